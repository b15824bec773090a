"""One process's work on one mailing: claimed deliveries out to whoever sends them, outcomes back into journal and rows.

It asks every second whether the mailing is still sending; what has not begun to go out by then is given back, and so is
everything for a domain that asks us to wait. Refusals that are not the readers' fault (policy, content) pause the mailing
at twenty in a row, or at one in twenty of at least two hundred: going on would only burn the sender's name. Not here:
which rows may be claimed (outbox, limits), and how a message leaves (smtp, transport).
"""

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import Error as DatabaseGone
from django.db import connection, transaction

from newsletter.delivery import queue, rate_limits, restored_database, sent_marks
from newsletter.delivery.journal import DeliveryOutcome, Journal
from newsletter.delivery.outcomes import back_off_domain, extract_domain, is_backoff_request, settle_deliveries
from newsletter.models import DeliveryLease, Mailing
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.transport.reply_classes import classify_reply
from newsletter.transport.responses import extract_codes
from newsletter.transport.types import SendState

logger = logging.getLogger(__name__)
T = TypeVar("T")

CHECK_EVERY_SECONDS = 1.0  # seconds between two questions whether the mailing is still sending
FIRST_BATCH_SIZE, LEAST_BATCH_SIZE = 1000, 100  # deliveries that are claimed at once; never more than SEND_BATCH
QUICK_SECONDS, SLOW_SECONDS = 0.5, 2.0  # seconds that a batch takes to begin to go out
MAX_POLICY_REFUSALS_IN_A_ROW = 20
MAX_POLICY_REFUSAL_SHARE, MIN_SETTLED_FOR_SHARE = 0.05, 200

stop_requested = (
    threading.Event()
)  # set where the process was asked to end: what is under way is finished, nothing begun


class DatabaseThread:
    """Does the database's part of a run: beside the sending, in a thread of its own, where it can be.

    SQLite has one writer, and a test's transaction belongs to one connection: there everything is done at once.
    """

    def __init__(self) -> None:
        aside = connection.vendor == "postgresql" and not connection.in_atomic_block
        self._thread = ThreadPoolExecutor(1, "ledger") if aside else None

    def ask(self, function: Callable[[], T]) -> "Future[T]":
        """Have a function called, in the order of asking; its result or error waits in the future."""
        if self._thread is not None:
            return self._thread.submit(function)
        done: Future[T] = Future()
        try:
            done.set_result(function())
        except (DatabaseGone, sent_marks.MarkError) as error:
            done.set_exception(error)
        return done

    def close(self) -> None:
        """End the thread and its connection."""
        if self._thread is not None:
            self._thread.submit(connection.close)
            self._thread.shutdown()


@dataclass
class _Refusals:
    """What was refused of a mailing in this process for reasons that are not the readers'."""

    settled: int = 0
    policy: int = 0
    in_a_row: int = 0

    def take(self, state: str, answer: str) -> bool:
        """Count an outcome; True where it is time to pause."""
        self.settled += 1
        if state == SendState.ACCEPTED:
            self.in_a_row = 0
        elif state == SendState.FAILED and classify_reply(answer) == "policy":
            self.policy += 1
            self.in_a_row += 1
            return self.in_a_row >= MAX_POLICY_REFUSALS_IN_A_ROW or (
                self.settled >= MIN_SETTLED_FOR_SHARE and self.policy > self.settled * MAX_POLICY_REFUSAL_SHARE
            )
        return False


_refusals: defaultdict[int, _Refusals] = defaultdict(_Refusals)  # by mailing: a run lasts some seconds, a mailing a day


@dataclass
class MailingRun:
    """One process's work on one mailing: its journal, and the outcomes that are not in the database yet."""

    mailing: Mailing
    stop: float  # of the monotonic clock
    journal: Journal
    relay: str = ""  # whose limits hold
    desk: DatabaseThread = field(default_factory=DatabaseThread)
    outcomes: list[DeliveryOutcome] = field(default_factory=list)
    writing: "Future[None] | None" = None
    settled: int = 0
    claimed: int = 0
    grants: list[rate_limits.OpenReservation] = field(default_factory=list)
    going: dict[int, ClaimedDelivery] = field(default_factory=dict)  # what has no outcome yet
    open: Counter[int] = field(default_factory=Counter)  # how many these are, by claim
    held: set[str] = field(default_factory=set)
    halted: bool = False
    coming: "Future[rate_limits.ClaimedBatch] | None" = None  # claimed while the batch before it is being sent
    looking: "Future[bool] | None" = None
    look_at: float = field(default_factory=lambda: time.monotonic() + CHECK_EVERY_SECONDS)

    def __post_init__(self) -> None:
        self.counted, self.batch = _refusals[self.mailing.pk], min(FIRST_BATCH_SIZE, settings.SEND_BATCH)

    def claims(self) -> Iterator[ClaimedDelivery]:
        """Yield claimed deliveries until nothing is due, the time is over or the database is gone."""
        for one in self.offers():
            if one is None:
                time.sleep(0.05)
            else:
                yield one

    def offers(self) -> Iterator[ClaimedDelivery | None]:
        """Yield the same, and None again and again while limits let none leave just now.

        The next batch is claimed while this one is being sent.
        """
        self.coming = self._claim()
        try:
            while batch := self._came():
                self.claimed += len(batch.claimed)
                if not batch.claimed:
                    yield from self._wait(batch.again)
                    if batch.again is None or batch.again > self.stop or self._halts():
                        return
                    self.coming = self._claim()
                    continue
                self.coming = self._claim() if time.monotonic() < self.stop else None
                yield from self._going(batch.claimed)
                if self.halted:
                    return
        except DatabaseGone as error:
            logger.warning("mailing=%s waits for the database: %s", self.mailing.pk, " ".join(str(error).split()))

    def _claim(self) -> "Future[rate_limits.ClaimedBatch]":
        used = [grant for grant in self.grants if not grant.open]
        self.grants = [grant for grant in self.grants if grant.open]
        claim = partial(rate_limits.claim_within_limits, self.mailing, limit=self.batch, token=self.journal.token)
        return self.desk.ask(partial(_claim_and_write_mark, self.mailing, partial(claim, relay=self.relay, used=used)))

    def _came(self) -> rate_limits.ClaimedBatch | None:
        """Return the batch that was asked for, if one was; its allowances are this run's from now on."""
        coming, self.coming = self.coming, None
        try:
            batch = coming.result() if coming else None
        except sent_marks.MarkError as error:
            logger.warning("mailing=%s waits: %s", self.mailing.pk, error)
            self.halted, batch = True, None  # what was claimed goes back at the end
        if batch:
            self.grants += batch.grants
            self.open.update(one.claim for one in batch.claimed)
        return batch

    def _going(self, claimed: list[ClaimedDelivery]) -> Iterator[ClaimedDelivery]:
        """Yield what may begin to go out."""
        began = time.monotonic()
        for one in claimed:
            if self._halts():
                return
            if not self.held or extract_domain(one.email) not in self.held:
                self.going[one.id] = one
                yield one
        self._suit_batch(len(claimed), time.monotonic() - began)

    def _suit_batch(self, count: int, seconds: float) -> None:
        """Claim more at once where a batch is gone in no time, and less where it lasts: what is in hand is not free to go."""
        if count >= self.batch and seconds < QUICK_SECONDS:
            self.batch = min(2 * self.batch, settings.SEND_BATCH)
        elif seconds > SLOW_SECONDS:
            self.batch = max(self.batch // 2, min(LEAST_BATCH_SIZE, settings.SEND_BATCH))

    def _wait(self, again: float | None) -> Iterator[None]:
        while again is not None and again <= self.stop and time.monotonic() < again and not self._halts():
            yield None

    def _halts(self) -> bool:
        """Say whether nothing more may begin; asks the database beside the sending, once a second."""
        if self.looking is not None:
            if self.looking.done():
                self.halted = self.halted or not self.looking.result()
                self.looking = None
        elif time.monotonic() >= self.look_at:
            self.look_at = time.monotonic() + CHECK_EVERY_SECONDS
            self.looking = self.desk.ask(partial(_is_sending, self.mailing.pk))
        self.halted = self.halted or stop_requested.is_set()
        return self.halted

    def settle(self, delivery_id: int, state: str, answer: str, message_id: str = "") -> None:
        """Take an outcome: at once into the journal, a batch at a time into the database."""
        outcome = DeliveryOutcome(delivery_id, state, answer[:1000], message_id[:200])
        self.outcomes.append(outcome)
        written = self.journal.settled(outcome)
        one = self.going.pop(delivery_id, None)
        for grant in self.grants:
            grant.open.discard(delivery_id)
        if one is not None:
            self.open[one.claim] -= 1
            if is_backoff_request(state, answer) and (name := extract_domain(one.email)) not in self.held:
                self.held.add(name)
                self.desk.ask(partial(back_off_domain, name, outcome.answer))
        if self.counted.take(state, answer):
            self._pause(outcome.answer)
        if not written or len(self.outcomes) >= self.batch:
            self.flush()

    def _pause(self, answer: str) -> None:
        """Stop for a person to look: this is about the sender or the content, not about the readers."""
        counted, self.counted = self.counted, _Refusals()
        _refusals.pop(self.mailing.pk, None)
        said = extract_codes(answer)  # the words stand on each reader's own delivery
        why = f"{counted.policy} of {counted.settled} were refused for what we send or who we are"
        why = f"{why}: {said}" if said else why
        logger.warning("mailing=%s paused: %s", self.mailing.pk, why)
        self.halted = True
        self.desk.ask(partial(queue.pause_mailing, self.mailing, why=why))

    def flush(self) -> None:
        """Have the outcomes written; without a database they stay in the journal, and no more is claimed."""
        self._written()
        if self.outcomes and self.stop:
            outcomes, self.outcomes = self.outcomes, []
            self.settled += len(outcomes)
            done = [claim for claim, left in self.open.items() if not left]
            for claim in done:
                del self.open[claim]
            self.writing = self.desk.ask(partial(_write_outcomes, outcomes, done))

    def _written(self) -> None:
        """Wait until what was asked for before stands in the database."""
        writing, self.writing = self.writing, None
        try:
            if writing is not None:
                writing.result()
        except DatabaseGone as error:
            words = " ".join(str(error).split())
            logger.warning("mailing=%s keeps its outcomes in the journal: %s", self.mailing.pk, words)
            self.stop = 0

    def end(self) -> None:
        """Write what is left; what the database does not know stands in the journal that is left behind."""
        self.flush()
        self._written()
        if self.stop and not self.outcomes and not self.journal.doubtful and self._given_back():
            self.journal.remove()
        else:
            self.journal.leave()
        self.desk.close()

    def _given_back(self) -> bool:
        """Release what did not go out, and close what was allowed; False where the database is gone."""

        def give_back() -> None:
            queue.release_leases(self.journal.token)
            rate_limits.close_reservations(self.grants)

        try:
            self._came()  # claimed and not begun: it counts for no limit
            self.desk.ask(give_back).result()
        except DatabaseGone as error:
            logger.warning("mailing=%s leaves its journal behind: %s", self.mailing.pk, " ".join(str(error).split()))
            return False
        return True


def _claim_and_write_mark(mailing: Mailing, claim: Callable[[], rate_limits.ClaimedBatch]) -> rate_limits.ClaimedBatch:
    """Claim, and keep outside the database how far that went, before any of it may leave. Raises marks.MarkError."""
    try:
        batch = claim()
    except queue.OutdatedDatabaseError:
        restored_database.pause_uncertain_mailings()
        return rate_limits.ClaimedBatch([], [])
    if batch.claimed and (mark := batch.claimed[-1].mark):
        sent_marks.write_mark(mailing, mark)
    return batch


@transaction.atomic
def _write_outcomes(outcomes: list[DeliveryOutcome], done: list[int]) -> None:
    """Write outcomes, and that nothing of some claims is in hand any more."""
    settle_deliveries(outcomes)
    DeliveryLease.objects.filter(pk__in=done).delete()


def _is_sending(mailing_id: int) -> bool:
    return Mailing.objects.filter(pk=mailing_id, state=Mailing.State.SENDING).exists()
