"""Mailings on their way: begin what is due, then claim, send and settle batch after batch.

Two ways out: the SMTP relay by our own pipelined client (smtp, wire), and any other Django email backend, such as an
ESP through anymail, one message after the other (transport). A worker that is killed here loses nobody: what its
journal says is settled by whoever comes next (outbox.recover). A relay that can't be reached leaves everything queued.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import Error as DatabaseGone
from django.utils import timezone

from newsletter import compose, message, outbox, smtp, transport, wire
from newsletter.journal import Journal, JournalError, Outcome
from newsletter.models import Mailing
from newsletter.outbox import Claimed

logger = logging.getLogger(__name__)

TOO_LATE = dt.timedelta(hours=6)
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


def begin_due() -> list[Mailing]:
    """Open the mailings of approved digests, and compose and plan those whose moment has come."""
    outbox.open_mailings()
    begun = []
    due = Mailing.objects.filter(state=Mailing.State.PLANNED, send_at__lte=timezone.now())
    for mailing in due.select_related("digest__publication"):
        late = timezone.now() - mailing.send_at
        if late > TOO_LATE:
            # A restored backup or a second scheduler must not mail yesterday's digest unasked.
            outbox.pause(mailing, why=f"it should have begun {late.total_seconds() / 3600:.0f} hours ago")
        elif outbox.renew(mailing):
            compose.store(mailing)
            outbox.plan(mailing)
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


@dataclass
class Run:
    """One process's work on one mailing: its journal, and the outcomes that are not in the database yet."""

    mailing: Mailing
    stop: float  # of the monotonic clock
    journal: Journal
    outcomes: list[Outcome] = field(default_factory=list)
    settled: int = 0

    def claims(self) -> Iterator[Claimed]:
        """Yield claimed deliveries, batch after batch, until nothing is due, the time is over or the database is gone."""
        while time.monotonic() < self.stop:
            try:
                batch = outbox.claim(self.mailing, limit=settings.SEND_BATCH, token=self.journal.token)
            except DatabaseGone as error:
                logger.warning("mailing=%s waits for the database: %s", self.mailing.pk, error)
                return
            if not batch:
                return
            yield from batch

    def settle(self, delivery_id: int, state: str, answer: str, message_id: str = "") -> None:
        """Take an outcome: at once into the journal, a batch at a time into the database."""
        outcome = Outcome(delivery_id, state, answer[:1000], message_id)
        self.outcomes.append(outcome)
        if not self.journal.settled(outcome) or len(self.outcomes) >= settings.SEND_BATCH:
            self.flush()

    def flush(self) -> None:
        """Write the outcomes so far; without a database they stay in the journal, and no more is claimed."""
        try:
            outbox.settle(self.outcomes)
        except DatabaseGone as error:
            logger.warning("mailing=%s keeps %d outcomes: %s", self.mailing.pk, len(self.outcomes), error)
            self.stop = 0
        else:
            self.settled += len(self.outcomes)
            self.outcomes = []

    def end(self) -> None:
        """Write what is left; what the database does not know stands in the journal that is left behind."""
        self.flush()
        if self.outcomes or self.journal.doubtful:
            self.journal.leave()
        else:
            outbox.release_claim(self.journal.token)
            self.journal.remove()


def send_mailing(mailing: Mailing, *, stop: float) -> int:
    """Send what is due of one mailing until `stop` (of the monotonic clock); return how many were settled."""
    run = Run(mailing, stop, Journal())
    letter = message.load(mailing)
    try:
        if settings.EMAIL_BACKEND == SMTP_BACKEND:
            _by_smtp(run, letter)
        else:
            _by_backend(run, letter)
    except (smtp.SendError, JournalError) as error:
        logger.warning("mailing=%s waits: %s", mailing.pk, error)
    finally:
        run.end()
    logger.info("sent mailing=%s settled=%d", mailing.pk, run.settled)
    return run.settled


def _by_smtp(run: Run, letter: message.Letter) -> None:
    """Send over a few pipelined connections to the relay of the settings."""

    def letters(*, eight_bit: bool) -> Iterator[smtp.Letter]:
        press = wire.Press(letter, eight_bit)
        for delivery in run.claims():
            try:
                yield wire.stamp(press, delivery)
            except wire.AddressError as error:
                run.settle(delivery.id, smtp.FAILED, str(error))

    hooks = smtp.Hooks(started=run.journal.started, settled=run.settle, returned=run.journal.returned)
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
    """Send one after the other through Django's email backend."""
    backend: BaseEmailBackend = get_connection()
    try:
        transport.connect(backend)
        for delivery in run.claims():
            run.journal.started(delivery.id)
            state, words, provider_id = transport.send_one(backend, message.build(letter, delivery))
            run.settle(delivery.id, state, words, provider_id)
            if transport.is_broken(state, words):
                backend.close()
                transport.connect(backend)
    finally:
        backend.close()
