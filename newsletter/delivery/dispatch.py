"""Sends the mailings that are due: begins them, and hands their deliveries to SMTP relays or to an email backend.

There are two ways out: SMTP relays by our own pipelined client (transport.smtp_pool), and any other Django email backend,
such as an ESP's through anymail (transport.esp_backend). A worker that is killed here loses nobody: the next one settles
what its journal says (recovery). Where no relay can be reached, everything stays queued. Not here: what is claimed, and
what follows from an answer (worker, outcomes).
"""

import datetime as dt
import logging
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from digests.models.row_failures import handle_each_row
from newsletter.delivery import audience, queue, recovery, restored_database
from newsletter.delivery.journal import Journal, JournalError
from newsletter.delivery.worker import MailingRun, stop_requested
from newsletter.emails import compose, joining
from newsletter.models import Mailing
from newsletter.models.mailings import WaitReason
from newsletter.subscribers.csv_import import jobs
from newsletter.transport import dkim, esp_backend, relays, smtp_pool, wire_format
from newsletter.transport.types import (
    Relay,
    SendError,
    SendHooks,
    SendReason,
    SendResult,
    SendState,
    StartError,
    WireMessage,
)

logger = logging.getLogger(__name__)

TOO_LATE = dt.timedelta(hours=6)  # a mailing that is later than this waits for a person
_LOOKED_AFTER_INTERVAL = dt.timedelta(minutes=1)  # the note "a worker has it in hand" is written no more often
MAX_READERS_PER_REQUEST = 1000  # no ESP takes more in one request


@dataclass(frozen=True)
class SendingTurn:
    """What one turn of sending did: how many messages were settled, and why it ended."""

    settled: int
    has_more: bool  # something was claimed and nothing ended the turn early: more may be due
    has_failed: bool = False  # the relay or ESP can't be reached, or refuses us as a whole


def begin_due_mailings() -> list[Mailing]:
    """Create the mailings of approved digests, then compose and plan those whose moment has come; return the latter."""
    audience.open_mailings()
    planned = Mailing.objects.filter(state=Mailing.State.PLANNED, send_at__lte=timezone.now())
    due = list(planned.select_related("digest__publication"))
    restored_database.pause_uncertain_mailings()  # also among the due ones: what it pauses does not begin below
    return [mailing for mailing in handle_each_row("begin", due, _begin_mailing, reraise=(JournalError,)) if mailing]


def _begin_mailing(mailing: Mailing) -> Mailing | None:
    """Compose and plan a mailing; None where it does not begin: it is too late, an import runs, the approval is void."""
    late = timezone.now() - mailing.send_at
    if late > TOO_LATE:
        # A restored backup or a second scheduler must not mail yesterday's digest unasked.
        queue.pause_mailing(mailing, WaitReason.LATE, hours=_count_hours(late))
    elif not mailing.waited_for_import and jobs.is_import_running(mailing.digest.publication):
        queue.pause_for_import(mailing, jobs.count_remaining_lines(mailing.digest.publication))
    elif audience.renew_approval(mailing):
        compose.store_fragments(mailing)
        audience.plan_deliveries(mailing)
        return mailing if mailing.planned_at else None
    return None


def send_due_mailings(*, seconds: float = 20) -> int:
    """Begin what is due and send what is queued for about so many seconds; return how many messages were settled.

    Several workers may run this at once: claims never overlap. Raises OperationalError or InterfaceError where the database
    is away; what was sent until then stands in the journal.
    """
    stop = time.monotonic() + seconds
    settled = 0
    try:
        # Before anything is recovered: the claims of a restored database belong to processes that ended with the old one.
        begin_due_mailings()
        recovery.recover_journals()
        sending = Mailing.objects.filter(state=Mailing.State.SENDING).select_related("digest__publication")
        for count in handle_each_row("send", sending, partial(_continue_mailing, stop=stop), reraise=(JournalError,)):
            settled += count
    except JournalError as error:  # a full disk of our own: no mailing could be sent safely
        logger.warning("sending waits: %s", error)
    return settled


def _continue_mailing(mailing: Mailing, *, stop: float) -> int:
    """Send what is due of a mailing until `stop`, and finish it where all is settled; return how many were settled."""
    if not _take_in_hand(mailing):
        return 0
    settled = 0
    # Most hours of a mailing by readers' hours nothing is due: then no journal is begun and no relay is connected to.
    if queue.has_due(mailing, timezone.now() + dt.timedelta(seconds=stop - time.monotonic())):
        settled = send_mailing(mailing, stop=stop)
    queue.finish_mailing(mailing)
    return settled


def _take_in_hand(mailing: Mailing) -> bool:
    """Note that a worker has a mailing in hand; where none had for hours, pause it for a person and return False.

    A mailing by readers' hours lasts a day. In a restored backup it would go on from where the backup stood, and mail
    readers again who have had it since.
    """
    now, last = timezone.now(), mailing.looked_after_at
    if last and now - last > TOO_LATE:
        queue.pause_mailing(mailing, WaitReason.NO_PROGRESS, hours=_count_hours(now - last))
        return False
    if last is None or now - last > _LOOKED_AFTER_INTERVAL:
        Mailing.objects.filter(pk=mailing.pk).update(looked_after_at=now)
    return True


def _count_hours(span: dt.timedelta) -> int:
    return round(span.total_seconds() / 3600)


def stop_on_sigterm() -> None:
    """Let SIGTERM finish what is under way and begin nothing more, so that a deploy leaves no delivery in doubt."""
    signal.signal(signal.SIGTERM, lambda *_arguments: stop_requested.set())


def send_mailing(mailing: Mailing, *, stop: float) -> int:
    """Send what is due of one mailing until `stop` (of the monotonic clock); return how many messages were settled."""
    fragments = joining.load_mailing_fragments(mailing)
    if settings.EMAIL_BACKEND == relays.SMTP_BACKEND:
        return _send_by_smtp(mailing, fragments, stop)
    return _take_turn(mailing, stop, "", partial(_send_by_backend, fragments)).settled


def _take_turn(mailing: Mailing, stop: float, relay: str, send: Callable[[MailingRun], None]) -> SendingTurn:
    """Let `send` send what a run of this mailing claims, and write what became of it."""
    try:
        run = MailingRun(mailing, stop, Journal(), relay)
    except JournalError as error:
        logger.warning("mailing=%s waits: %s", mailing.pk, error)
        return SendingTurn(settled=0, has_more=False)
    has_failed = False
    try:
        send(run)
    except JournalError as error:  # our own disk: the relay is not to blame
        logger.warning("mailing=%s waits: %s", mailing.pk, error)
        run.halted = True
    except SendError as error:
        logger.warning("mailing=%s waits: %s", mailing.pk, error)
        has_failed = True
    finally:
        run.end()
    logger.info("sent mailing=%s settled=%d", mailing.pk, run.settled)
    return SendingTurn(run.settled, has_more=bool(run.claimed) and not run.halted, has_failed=has_failed)


def _send_by_smtp(mailing: Mailing, fragments: joining.MailingFragments, stop: float) -> int:
    """Send by one relay after the other, each for a few seconds; one that can't be reached makes way for the next."""
    rotation = relays.get_relay_rotation()
    settled = 0
    try:
        signer = dkim.load_dkim_signer()
    except ImproperlyConfigured as error:  # nothing leaves unsigned where it is to be signed
        logger.error("mailing=%s waits: %s", mailing.pk, error)
        return 0
    while relay := rotation.choose():
        # Several relays take turns by their weight; a single one has all the time.
        until = min(stop, time.monotonic() + relays.TURN_SECONDS) if len(rotation.relays) > 1 else stop
        turn = _take_turn(mailing, until, relay.name, partial(_send_over_relay, relay, fragments, signer))
        settled += turn.settled
        if turn.has_failed and len(rotation.relays) > 1:
            rotation.mark_down(relay)
        elif len(rotation.relays) == 1 or not turn.has_more or time.monotonic() >= stop:
            break
    return settled


def _send_over_relay(
    relay: Relay, fragments: joining.MailingFragments, signer: "dkim.DkimSigner | None", run: MailingRun
) -> None:
    """Send over a few pipelined connections. Raises SendError, and JournalError where our own disk ends it."""
    journal_errors: list[str] = []

    def encode_offers(*, eight_bit: bool) -> Iterator[WireMessage | None]:
        encoder = wire_format.WireEncoder(fragments, eight_bit)
        for delivery in run.offers():
            if delivery is None:
                yield None
                continue
            try:
                wire_message = wire_format.encode_delivery(encoder, delivery)
                yield signer.sign_message(wire_message) if signer else wire_message
            except wire_format.EnvelopeAddressError:
                run.settle(delivery.id, SendResult(SendState.FAILED, reason=SendReason.BAD_ADDRESS))

    def note_start(delivery_id: int) -> None:
        try:
            run.journal.record_start(delivery_id)
        except JournalError as error:
            run.halted = True
            journal_errors.append(str(error))
            # Only this connection ends, before its message; the others still hear what became of theirs.
            raise StartError(str(error)) from error

    hooks = SendHooks(note_start, settled=partial(_settle_result, run), returned=run.journal.record_return)
    left = smtp_pool.deliver_messages(relay, encode_offers, hooks)
    if journal_errors:
        raise JournalError(journal_errors[0])
    if left:
        raise SendError(f"{relay.name}: closes every connection")


def _send_by_backend(fragments: joining.MailingFragments, run: MailingRun) -> None:
    """Send through Django's email backend, to many readers at once where it is an ESP's that can."""
    hooks = SendHooks(
        run.journal.record_start, settled=partial(_settle_result, run), returned=run.journal.record_return
    )
    esp_backend.deliver_batches(
        fragments, run.claims(), hooks, window=min(settings.SEND_BATCH, MAX_READERS_PER_REQUEST)
    )


def _settle_result(run: MailingRun, delivery_id: int, result: SendResult) -> None:
    run.settle(delivery_id, result)
