"""Mailings on their way: begin what is due, and choose the way out.

Two ways out: SMTP relays by our own pipelined client (smtp, wire), and any other Django email backend, such as an
ESP through anymail (transport). A worker that is killed here loses nobody: what its journal says is settled by whoever
comes next (recover). A relay that can't be reached leaves everything queued, and so does a database that is gone.
"""

import datetime as dt
import logging
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from digests.models.row_failures import handle_each_row
from newsletter.delivery import audience, queue, recovery, restored_database
from newsletter.delivery.journal import Journal, JournalError
from newsletter.delivery.worker import MailingRun, stop_requested
from newsletter.emails import compose, message
from newsletter.models import Mailing
from newsletter.subscribers.csv_import import jobs
from newsletter.transport import dkim, esp_backend, relays, smtp_pool, wire_format
from newsletter.transport.types import Relay, SendError, SendHooks, SendResult, SendState, StartError, WireMessage

logger = logging.getLogger(__name__)

TOO_LATE = dt.timedelta(hours=6)
_LOOKED_AFTER_INTERVAL = dt.timedelta(minutes=1)  # is written no more often than this
MAX_READERS_PER_REQUEST = 1000  # readers; no provider takes more at once


def begin_due_mailings() -> list[Mailing]:
    """Open the mailings of approved digests, and compose and plan those whose moment has come."""
    audience.open_mailings()
    planned = Mailing.objects.filter(state=Mailing.State.PLANNED, send_at__lte=timezone.now())
    due = list(planned.select_related("digest__publication"))
    restored_database.pause_uncertain_mailings()  # at those too: which of them may not begin does not
    return [mailing for mailing in handle_each_row("begin", due, _begin_mailing, reraise=(JournalError,)) if mailing]


def _begin_mailing(mailing: Mailing) -> Mailing | None:
    """Compose and plan a mailing; None where it does not begin."""
    late = timezone.now() - mailing.send_at
    if late > TOO_LATE:
        # A restored backup or a second scheduler must not mail yesterday's digest unasked.
        queue.pause_mailing(mailing, why=f"it should have begun {late.total_seconds() / 3600:.0f} hours ago")
    elif not mailing.waited_for_import and jobs.is_import_running(mailing.digest.publication):
        queue.pause_for_import(mailing, jobs.count_remaining_lines(mailing.digest.publication))
    elif audience.renew_approval(mailing):
        compose.store_fragments(mailing)
        audience.plan_deliveries(mailing)
        return mailing if mailing.planned_at else None
    return None


def send_due_mailings(*, seconds: float = 20) -> int:
    """Begin what is due and send what is queued for about so long; return how many messages were settled.

    Several workers may run this at once: claims never overlap.
    """
    stop = time.monotonic() + seconds
    settled = 0
    try:
        begin_due_mailings()  # before anything is recovered: a restored database's claims are no longer anybody's
        recovery.recover_journals()
        going = Mailing.objects.filter(state=Mailing.State.SENDING).select_related("digest__publication")
        for count in handle_each_row("send", going, partial(_continue_mailing, stop=stop), reraise=(JournalError,)):
            settled += count
    except (OperationalError, InterfaceError) as error:
        logger.warning("sending waits for the database: %s", " ".join(str(error).split()))
        connection.close()  # the next tick opens a new one
    except JournalError as error:
        logger.warning("sending waits: %s", error)
    return settled


def _continue_mailing(mailing: Mailing, *, stop: float) -> int:
    """Send what is due of a mailing until `stop`, and close it where all is settled; return how many were settled."""
    if not _look_after(mailing):
        return 0
    settled = 0
    if queue.has_due(mailing, timezone.now() + dt.timedelta(seconds=stop - time.monotonic())):
        settled = send_mailing(mailing, stop=stop)
    queue.finish_mailing(mailing)
    return settled


def _look_after(mailing: Mailing) -> bool:
    """Note that a worker has a mailing in hand; where none had for hours, pause it for a person and return False.

    A mailing by readers' hours lasts a day. In a restored backup it would go on where the backup stood, and mail again
    whom it has mailed since.
    """
    now, last = timezone.now(), mailing.looked_after_at
    if last and now - last > TOO_LATE:
        queue.pause_mailing(
            mailing, why=f"no worker had it in hand for {(now - last).total_seconds() / 3600:.0f} hours"
        )
        return False
    if last is None or now - last > _LOOKED_AFTER_INTERVAL:
        Mailing.objects.filter(pk=mailing.pk).update(looked_after_at=now)
    return True


def stop_on_sigterm() -> None:
    """Let SIGTERM finish what is under way and begin nothing more: a deploy leaves nothing in doubt."""
    signal.signal(signal.SIGTERM, lambda *_arguments: stop_requested.set())


def send_mailing(mailing: Mailing, *, stop: float) -> int:
    """Send what is due of one mailing until `stop` (of the monotonic clock); return how many were settled."""
    letter = message.load_mailing_fragments(mailing)
    if settings.EMAIL_BACKEND == relays.SMTP_BACKEND:
        return _send_by_smtp(mailing, letter, stop)
    settled, _claimed = _run_sender(mailing, stop, "", lambda run: _send_by_backend(run, letter))
    return settled


def _run_sender(mailing: Mailing, stop: float, relay: str, way: Callable[[MailingRun], None]) -> tuple[int, int | None]:
    """Let a way out send; return how many were settled, and how many claimed: None where it could not send.

    Whoever was told to halt, or has no journal, has nothing more to claim.
    """
    try:
        run = MailingRun(mailing, stop, Journal(), relay)
    except JournalError as error:
        logger.warning("mailing=%s waits: %s", mailing.pk, error)
        return 0, 0
    able = True
    try:
        way(run)
    except JournalError as error:  # our own disk: the relay is not to blame
        logger.warning("mailing=%s waits: %s", mailing.pk, error)
        run.halted = True
    except SendError as error:
        logger.warning("mailing=%s waits: %s", mailing.pk, error)
        able = False
    finally:
        run.end()
    logger.info("sent mailing=%s settled=%d", mailing.pk, run.settled)
    if not able:
        return run.settled, None
    return run.settled, 0 if run.halted else run.claimed


def _send_by_smtp(mailing: Mailing, letter: message.MailingFragments, stop: float) -> int:
    """Send by one relay after the other, each for a few seconds; one that can't be reached makes way for the next."""
    rotation = relays.get_relay_rotation()
    known = rotation.relays
    settled = 0
    try:
        sealing = dkim.load_dkim_signer()
    except ImproperlyConfigured as error:
        logger.error("mailing=%s waits: %s", mailing.pk, error)
        return 0
    while relay := rotation.choose():
        until = min(stop, time.monotonic() + relays.TURN_SECONDS) if len(known) > 1 else stop
        done, claimed = _run_sender(mailing, until, relay.name, partial(_send_over_relay, relay, letter, sealing))
        settled += done
        if claimed is None and len(known) > 1:
            rotation.mark_down(relay)
        elif len(known) == 1 or not claimed or time.monotonic() >= stop:
            break
    return settled


def _send_over_relay(
    relay: Relay, letter: message.MailingFragments, sealing: "dkim.DkimSigner | None", run: MailingRun
) -> None:
    """Send over a few pipelined connections. Raises SendError, and JournalError where our own disk ends it."""
    unwritten: list[str] = []

    def letters(*, eight_bit: bool) -> Iterator[WireMessage | None]:
        press = wire_format.WireEncoder(letter, eight_bit)
        for delivery in run.offers():
            if delivery is None:
                yield None
                continue
            try:
                stamped = wire_format.encode_delivery(press, delivery)
                yield sealing.sign_message(stamped) if sealing else stamped
            except wire_format.EnvelopeAddressError as error:
                run.settle(delivery.id, SendState.FAILED, str(error))

    def started(delivery_id: int) -> None:
        try:
            run.journal.started(delivery_id)
        except JournalError as error:
            run.halted = True
            unwritten.append(str(error))
            # Only this connection ends, before its message; the others still hear what became of theirs.
            raise StartError(str(error)) from error

    hooks = SendHooks(started, settled=partial(_settle_result, run), returned=run.journal.returned)
    left = smtp_pool.deliver_messages(relay, letters, hooks)
    if unwritten:
        raise JournalError(unwritten[0])
    if left:
        raise SendError(f"{relay.name}: closes every connection")


def _send_by_backend(run: MailingRun, letter: message.MailingFragments) -> None:
    """Send through Django's email backend, to many readers at once where it is an ESP's that can."""
    hooks = SendHooks(run.journal.started, settled=partial(_settle_result, run), returned=run.journal.returned)
    esp_backend.deliver_batches(letter, run.claims(), hooks, window=min(settings.SEND_BATCH, MAX_READERS_PER_REQUEST))


def _settle_result(run: MailingRun, delivery_id: int, result: SendResult) -> None:
    run.settle(delivery_id, result.state, result.words, result.provider_id)
