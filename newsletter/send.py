"""Mailings on their way: begin what is due, then claim, send and settle batch after batch.

Two ways out: the SMTP relay by our own pipelined client (smtp, wire), and any other Django email backend, such as an
ESP through anymail (transport). A worker that is killed here loses nobody: what its
journal says is settled by whoever comes next (outbox.recover). A relay that can't be reached leaves everything queued.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import Error as DatabaseGone
from django.db import connection
from django.utils import timezone

from newsletter import channel, compose, message, outbox, plan, smtp, transport, wire
from newsletter.journal import Journal, JournalError, Outcome
from newsletter.models import Mailing
from newsletter.outbox import Claimed

logger = logging.getLogger(__name__)
T = TypeVar("T")

TOO_LATE = dt.timedelta(hours=6)
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


def begin_due() -> list[Mailing]:
    """Open the mailings of approved digests, and compose and plan those whose moment has come."""
    plan.open_mailings()
    begun = []
    due = Mailing.objects.filter(state=Mailing.State.PLANNED, send_at__lte=timezone.now())
    for mailing in due.select_related("digest__publication"):
        late = timezone.now() - mailing.send_at
        if late > TOO_LATE:
            # A restored backup or a second scheduler must not mail yesterday's digest unasked.
            outbox.pause(mailing, why=f"it should have begun {late.total_seconds() / 3600:.0f} hours ago")
        elif plan.renew(mailing):
            compose.store(mailing)
            plan.plan(mailing)
            begun.append(mailing)
    return begun


def send_due(*, seconds: float = 20) -> int:
    """Begin what is due and send what is queued for about so long; return how many messages were settled.

    Several workers may run this at once: claims never overlap.
    """
    outbox.recover()
    begin_due()
    stop = time.monotonic() + seconds
    settled = 0
    for mailing in Mailing.objects.filter(state=Mailing.State.SENDING).select_related("digest__publication"):
        settled += send_mailing(mailing, stop=stop)
        outbox.finish(mailing)
    return settled


class _Desk:
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
        except DatabaseGone as error:
            done.set_exception(error)
        return done

    def close(self) -> None:
        """End the thread and its connection."""
        if self._thread is not None:
            self._thread.submit(connection.close)
            self._thread.shutdown()


@dataclass
class Run:
    """One process's work on one mailing: its journal, and the outcomes that are not in the database yet."""

    mailing: Mailing
    stop: float  # of the monotonic clock
    journal: Journal
    desk: _Desk = field(default_factory=_Desk)
    outcomes: list[Outcome] = field(default_factory=list)
    writing: "Future[None] | None" = None
    settled: int = 0

    def claims(self) -> Iterator[Claimed]:
        """Yield claimed deliveries until nothing is due, the time is over or the database is gone.

        The next batch is claimed while this one is being sent.
        """
        claim = partial(outbox.claim, self.mailing, limit=settings.SEND_BATCH, token=self.journal.token)
        coming = self.desk.ask(claim)
        try:
            while batch := coming.result():
                ahead = time.monotonic() < self.stop
                coming = self.desk.ask(claim) if ahead else _nothing()
                yield from batch
        except DatabaseGone as error:
            logger.warning("mailing=%s waits for the database: %s", self.mailing.pk, error)

    def settle(self, delivery_id: int, state: str, answer: str, message_id: str = "") -> None:
        """Take an outcome: at once into the journal, a batch at a time into the database."""
        outcome = Outcome(delivery_id, state, answer[:1000], message_id)
        self.outcomes.append(outcome)
        if not self.journal.settled(outcome) or len(self.outcomes) >= settings.SEND_BATCH:
            self.flush()

    def flush(self) -> None:
        """Have the outcomes written; without a database they stay in the journal, and no more is claimed."""
        self._written()
        if self.outcomes and self.stop:
            outcomes, self.outcomes = self.outcomes, []
            self.settled += len(outcomes)
            self.writing = self.desk.ask(partial(outbox.settle, outcomes))

    def _written(self) -> None:
        """Wait until what was asked for before stands in the database."""
        writing, self.writing = self.writing, None
        try:
            if writing is not None:
                writing.result()
        except DatabaseGone as error:
            logger.warning("mailing=%s keeps its outcomes in the journal: %s", self.mailing.pk, error)
            self.stop = 0

    def end(self) -> None:
        """Write what is left; what the database does not know stands in the journal that is left behind."""
        self.flush()
        self._written()
        if self.stop and not self.outcomes and not self.journal.doubtful:
            self.desk.ask(partial(outbox.release_claim, self.journal.token)).result()
            self.journal.remove()
        else:
            self.journal.leave()
        self.desk.close()


def _nothing() -> "Future[list[Claimed]]":
    empty: Future[list[Claimed]] = Future()
    empty.set_result([])
    return empty


def send_mailing(mailing: Mailing, *, stop: float) -> int:
    """Send what is due of one mailing until `stop` (of the monotonic clock); return how many were settled."""
    run = Run(mailing, stop, Journal())
    letter = message.load(mailing)
    try:
        if settings.EMAIL_BACKEND == SMTP_BACKEND:
            _by_smtp(run, letter)
        else:
            _by_backend(run, letter)
    except (channel.SendError, JournalError) as error:
        logger.warning("mailing=%s waits: %s", mailing.pk, error)
    finally:
        run.end()
    logger.info("sent mailing=%s settled=%d", mailing.pk, run.settled)
    return run.settled


def _by_smtp(run: Run, letter: message.Letter) -> None:
    """Send over a few pipelined connections to the relay of the settings."""

    def letters(*, eight_bit: bool) -> Iterator[channel.Letter]:
        press = wire.Press(letter, eight_bit)
        for delivery in run.claims():
            try:
                yield wire.stamp(press, delivery)
            except wire.AddressError as error:
                run.settle(delivery.id, channel.FAILED, str(error))

    hooks = channel.Hooks(started=run.journal.started, settled=run.settle, returned=run.journal.returned)
    smtp.deliver(relay(), letters, hooks)


def relay() -> smtp.Relay:
    """Return the relay of the settings."""
    return smtp.Relay(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        user=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        starttls=settings.EMAIL_USE_TLS,
        tls=settings.EMAIL_USE_SSL,
        timeout=settings.EMAIL_TIMEOUT,
        connections=settings.SMTP_CONNECTIONS,
    )


def _by_backend(run: Run, letter: message.Letter) -> None:
    """Send through Django's email backend, to many readers at once where it is an ESP's that can."""
    hooks = transport.Hooks(started=run.journal.started, settled=run.settle, returned=run.journal.returned)
    transport.deliver(letter, run.claims(), hooks, window=settings.SEND_BATCH)
