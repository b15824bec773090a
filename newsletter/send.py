"""Mailings on their way: begin what is due, then claim, send and settle batch after batch.

A worker that is killed here loses nobody: what it had claimed is swept to `unknown`, the rest is still queued. A
relay that can't be reached leaves everything queued for a later tick.
"""

import logging
import time

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from newsletter import compose, message, outbox, transport
from newsletter.models import Mailing

logger = logging.getLogger(__name__)


def begin_due() -> list[Mailing]:
    """Open the mailings of approved digests, and compose and plan those whose moment has come."""
    outbox.open_mailings()
    begun = []
    due = Mailing.objects.filter(state=Mailing.State.PLANNED, send_at__lte=timezone.now())
    for mailing in due.select_related("digest__publication"):
        if outbox.renew(mailing):
            compose.store(mailing)
            outbox.plan(mailing)
            begun.append(mailing)
    return begun


def send_due(*, seconds: float = 50) -> int:
    """Begin what is due and send what is queued for at most so long; return how many messages were settled.

    Several workers may run this at once: claims never overlap.
    """
    begin_due()
    stop = time.monotonic() + seconds
    settled = 0
    for mailing in Mailing.objects.filter(state=Mailing.State.SENDING).select_related("digest__publication"):
        settled += send_mailing(mailing, stop=stop)
        outbox.finish(mailing)
    return settled


def send_mailing(mailing: Mailing, *, stop: float) -> int:
    """Send what is due of one mailing until `stop` (of the monotonic clock); return how many were settled."""
    letter = message.load(mailing)
    backend: BaseEmailBackend = get_connection()
    settled = 0
    try:
        transport.connect(backend)
        while time.monotonic() < stop and (batch := outbox.claim(mailing, limit=settings.SEND_BATCH)):
            outcomes = list(transport.send(backend, letter, batch))
            outbox.settle(outcomes)
            settled += len(outcomes)
    except transport.SendError as error:
        logger.warning("mailing=%s waits: %s", mailing.pk, error)
    finally:
        backend.close()
    logger.info("sent mailing=%s settled=%d", mailing.pk, settled)
    return settled
