"""Runs one process's work on one mailing: hands claimed deliveries to a sender, and their outcomes to journal and database.

It asks every second whether the mailing is still sending. If not, what has not begun to go out is released; so is everything
for a domain that asks us to wait. Refusals that are not the readers' fault (policy, content) pause the mailing at twenty in a
row, or at one in twenty of at least two hundred: going on would only harm the sender's reputation. Not here: which rows may
be claimed (queue, rate_limits), and how a message leaves (transport).
"""

import datetime as dt
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
from django.db import Error as DbError  # also an InterfaceError, which is no DatabaseError
from django.db import connection, transaction

from newsletter.delivery import queue, rate_limits, restored_database, sent_marks
from newsletter.delivery.journal import DeliveryOutcome, Journal
from newsletter.delivery.outcomes import back_off_domain, extract_domain, is_backoff_request, settle_deliveries
from newsletter.models import DeliveryLease, Mailing
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.models.mailings import WaitReason
from newsletter.transport.responses import extract_codes
from newsletter.transport.smtp_reply_rules import classify_reply
from newsletter.transport.types import SendResult, SendState

logger = logging.getLogger(__name__)
T = TypeVar("T")

CHECK_EVERY_SECONDS = 1.0  # so that a pause takes effect within two seconds, whatever a batch lasts
# Deliveries that are claimed at once. What a claim costs by itself is shared by more messages in a large batch; a slow relay
# gets small ones and so has fewer in hand. Never more than SEND_BATCH.
FIRST_BATCH_SIZE, LEAST_BATCH_SIZE = 1000, 100
QUICK_SECONDS = 0.5  # after a batch that was faster the next is twice as large
SLOW_SECONDS = 2.0  # after a slower one it is half as large
MAX_POLICY_REFUSALS_IN_A_ROW = 20
MAX_POLICY_REFUSAL_SHARE, MIN_SETTLED_FOR_SHARE = 0.05, 200
WAIT_SECONDS = 0.05  # between two looks of a sender that can't wait for several connections at once

# Set where the process was asked to end: what is under way is finished, and nothing more begins.
stop_requested = threading.Event()


class DatabaseThread:
    """Does the database's part of a run in a thread of its own, beside the sending, where the database allows it.

    SQLite has one writer, and a test's transaction belongs to one connection: there everything is done at once.
    """

    def __init__(self) -> None:
        has_thread = connection.vendor == "postgresql" and not connection.in_atomic_block
        self._thread = ThreadPoolExecutor(1, "deliveries-database") if has_thread else None

    def submit(self, function: Callable[[], T]) -> "Future[T]":
        """Have a function called, in the order of submitting; its result or error is in the future."""
        if self._thread is not None:
            return self._thread.submit(function)
        done: Future[T] = Future()
        try:
            done.set_result(function())
        except (DbError, sent_marks.MarkError) as error:
            done.set_exception(error)
        return done

    def close(self) -> None:
        """End the thread and its connection."""
        if self._thread is not None:
            self._thread.submit(connection.close)
            self._thread.shutdown()


@dataclass
class _Refusals:
    """Counts, over the runs of this process, what of a mailing was refused for reasons that are not the readers' fault."""

    settled: int = 0
    policy: int = 0
    in_a_row: int = 0

    def count(self, state: str, reply: str) -> bool:
        """Count an outcome; return whether the mailing has to be paused."""
        self.settled += 1
        if state == SendState.ACCEPTED:
            self.in_a_row = 0
        elif state == SendState.FAILED and classify_reply(reply) == "policy":
            self.policy += 1
            self.in_a_row += 1
            return self.in_a_row >= MAX_POLICY_REFUSALS_IN_A_ROW or (
                self.settled >= MIN_SETTLED_FOR_SHARE and self.policy > self.settled * MAX_POLICY_REFUSAL_SHARE
            )
        return False


# By mailing and plan: a run lasts some seconds, a mailing a day. In memory alone: each process sees enough to stop by.
_refusals: defaultdict[tuple[int, dt.datetime | None], _Refusals] = defaultdict(_Refusals)


@dataclass
class MailingRun:
    """One process's work on one mailing: its journal, and the outcomes that are not in the database yet."""

    mailing: Mailing
    stop: float  # of the monotonic clock; 0 once the database is gone
    journal: Journal
    relay: str = ""  # whose limits hold
    database: DatabaseThread = field(default_factory=DatabaseThread)
    outcomes: list[DeliveryOutcome] = field(default_factory=list)
    pending_write: "Future[None] | None" = None
    settled: int = 0
    claimed: int = 0
    reservations: list[rate_limits.OpenReservation] = field(default_factory=list)
    under_way: dict[int, ClaimedDelivery] = field(default_factory=dict)  # offered, and without an outcome yet
    open_by_lease: Counter[int] = field(default_factory=Counter)  # deliveries without an outcome
    backed_off: set[str] = field(default_factory=set)  # domains
    halted: bool = False
    pending_claim: "Future[rate_limits.ClaimedBatch] | None" = None  # made while the batch before it is being sent
    pending_check: "Future[bool] | None" = None
    check_at: float = field(default_factory=lambda: time.monotonic() + CHECK_EVERY_SECONDS)

    def __post_init__(self) -> None:
        self.refusals_key = self.mailing.pk, self.mailing.planned_at
        self.refusals = _refusals[self.refusals_key]
        self.batch = min(FIRST_BATCH_SIZE, settings.SEND_BATCH)

    def claims(self) -> Iterator[ClaimedDelivery]:
        """Yield claimed deliveries until nothing is due, the time is over or the database is gone."""
        for one in self.offers():
            if one is None:
                time.sleep(WAIT_SECONDS)
            else:
                yield one

    def offers(self) -> Iterator[ClaimedDelivery | None]:
        """Yield the same, and None again and again while limits let none leave just now.

        The next batch is claimed while this one is being sent.
        """
        self.pending_claim = self._claim()
        try:
            while batch := self._receive_batch():
                self.claimed += len(batch.claimed)
                if not batch.claimed:
                    yield from self._wait_until(batch.ask_again_at)
                    if batch.ask_again_at is None or batch.ask_again_at > self.stop or self._is_halted():
                        return
                    self.pending_claim = self._claim()
                    continue
                self.pending_claim = self._claim() if time.monotonic() < self.stop else None
                yield from self._offer_batch(batch.claimed)
                if self.halted:
                    return
        except DbError as error:
            logger.warning("mailing=%s waits for the database: %s", self.mailing.pk, " ".join(str(error).split()))

    def _claim(self) -> "Future[rate_limits.ClaimedBatch]":
        used = [one for one in self.reservations if not one.open]
        self.reservations = [one for one in self.reservations if one.open]
        claim = partial(rate_limits.claim_within_limits, self.mailing, limit=self.batch, token=self.journal.token)
        claim_by_relay = partial(claim, relay=self.relay, used=used)
        return self.database.submit(partial(_claim_and_write_mark, self.mailing, claim_by_relay))

    def _receive_batch(self) -> rate_limits.ClaimedBatch | None:
        """Return the pending batch, if there is one; its reservations are this run's from now on."""
        pending, self.pending_claim = self.pending_claim, None
        try:
            batch = pending.result() if pending else None
        except sent_marks.MarkError as error:
            logger.warning("mailing=%s waits: %s", self.mailing.pk, error)
            self.halted, batch = True, None  # what was claimed is released at the end
        if batch:
            self.reservations += batch.reservations
            self.open_by_lease.update(one.claim for one in batch.claimed)
        return batch

    def _offer_batch(self, claimed: list[ClaimedDelivery]) -> Iterator[ClaimedDelivery]:
        """Yield the deliveries of a batch that may begin to go out."""
        began = time.monotonic()
        for one in claimed:
            if self._is_halted():
                return
            if not self.backed_off or extract_domain(one.email) not in self.backed_off:
                self.under_way[one.id] = one
                yield one
        self._adjust_batch_size(len(claimed), time.monotonic() - began)

    def _adjust_batch_size(self, count: int, seconds: float) -> None:
        """Double the next batch where a whole one was gone quickly, halve it where one of `count` lasted long."""
        if count >= self.batch and seconds < QUICK_SECONDS:
            self.batch = min(2 * self.batch, settings.SEND_BATCH)
        elif seconds > SLOW_SECONDS:
            self.batch = max(self.batch // 2, min(LEAST_BATCH_SIZE, settings.SEND_BATCH))

    def _wait_until(self, moment: float | None) -> Iterator[None]:
        while moment is not None and moment <= self.stop and time.monotonic() < moment and not self._is_halted():
            yield None

    def _is_halted(self) -> bool:
        """Return whether nothing more may begin; asks the database beside the sending, once a second."""
        if self.pending_check is not None:
            if self.pending_check.done():
                self.halted = self.halted or not self.pending_check.result()
                self.pending_check = None
        elif time.monotonic() >= self.check_at:
            self.check_at = time.monotonic() + CHECK_EVERY_SECONDS
            self.pending_check = self.database.submit(partial(_is_sending, self.mailing.pk))
        self.halted = self.halted or stop_requested.is_set()
        return self.halted

    def settle(self, delivery_id: int, result: SendResult) -> None:
        """Take an outcome: write it into the journal at once, and into the database a batch at a time."""
        state, words, message_id, reason = result
        outcome = DeliveryOutcome(delivery_id, state, words[:1000], message_id[:200], reason)
        self.outcomes.append(outcome)
        is_journaled = self.journal.record_outcome(outcome)
        delivery = self.under_way.pop(delivery_id, None)
        for one in self.reservations:
            one.open.discard(delivery_id)
        if delivery is not None:
            self.open_by_lease[delivery.claim] -= 1
            name = extract_domain(delivery.email)
            if is_backoff_request(state, words) and name not in self.backed_off:
                self.backed_off.add(name)
                self.database.submit(partial(back_off_domain, name, outcome.server_reply))
        if self.refusals.count(state, words):
            self._pause(outcome.server_reply)
        # On a full disk the outcome is only in memory: it is written to the database at once.
        if not is_journaled or len(self.outcomes) >= self.batch:
            self.flush()

    def _pause(self, reply: str) -> None:
        """Pause the mailing for a person to look: this is about the sender or the content, not about the readers."""
        refusals, self.refusals = self.refusals, _Refusals()
        _refusals.pop(self.refusals_key, None)
        codes = extract_codes(reply)  # the words stand on each reader's own delivery
        counts = {"refused": refusals.policy, "settled": refusals.settled}
        logger.warning("mailing=%s paused refused=%d settled=%d: %s", self.mailing.pk, *counts.values(), codes)
        self.halted = True
        why, params = (WaitReason.REFUSED_REPLY, {"reply": codes}) if codes else (WaitReason.REFUSED, {})
        self.database.submit(partial(queue.pause_mailing, self.mailing, why, **counts, **params))

    def flush(self) -> None:
        """Have the outcomes written; without a database they stay in the journal, and no more is claimed."""
        self._await_write()
        if self.outcomes and self.stop:
            outcomes, self.outcomes = self.outcomes, []
            self.settled += len(outcomes)
            done = [lease for lease, count in self.open_by_lease.items() if not count]
            for lease in done:
                del self.open_by_lease[lease]
            self.pending_write = self.database.submit(partial(_write_outcomes, outcomes, done))

    def _await_write(self) -> None:
        """Wait until the outcomes of the last flush stand in the database."""
        pending, self.pending_write = self.pending_write, None
        try:
            if pending is not None:
                pending.result()
        except DbError as error:
            words = " ".join(str(error).split())
            logger.warning("mailing=%s keeps its outcomes in the journal: %s", self.mailing.pk, words)
            self.stop = 0

    def end(self) -> None:
        """Write what is left; if the database does not take it, the journal is left behind for recovery."""
        self.flush()
        self._await_write()
        if self.stop and not self.outcomes and not self.journal.doubtful and self._release_rest():
            self.journal.remove()
        else:
            self.journal.leave()
        self.database.close()

    def _release_rest(self) -> bool:
        """Release what did not go out and close the reservations; False where the database is gone."""

        def release() -> None:
            queue.release_leases(self.journal.token)
            rate_limits.close_reservations(self.reservations)

        try:
            self._receive_batch()  # claimed ahead and not begun: it counts for no limit
            self.database.submit(release).result()
        except DbError as error:
            logger.warning("mailing=%s leaves its journal behind: %s", self.mailing.pk, " ".join(str(error).split()))
            return False
        return True


def _claim_and_write_mark(mailing: Mailing, claim: Callable[[], rate_limits.ClaimedBatch]) -> rate_limits.ClaimedBatch:
    """Claim, and write how far that went outside the database, before any of it may leave. Raises MarkError."""
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
    """Write outcomes, and delete the leases of which nothing is open; else the end of a run would look through all."""
    settle_deliveries(outcomes)
    DeliveryLease.objects.filter(pk__in=done).delete()


def _is_sending(mailing_id: int) -> bool:
    return Mailing.objects.filter(pk=mailing_id, state=Mailing.State.SENDING).exists()
