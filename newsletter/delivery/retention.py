"""Deliveries and events past their days -> counts on their mailing: the ledger stays as large as its days.

Small batches, each a transaction of its own that moves the counts along, so that they add up at every moment and no
sender waits. What is in doubt or queued stays, whatever its age. Not here: what a person asks to be forgotten (owner).
"""

import datetime as dt
import logging
import time
from collections import Counter

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from digests.models.row_failures import handle_each_row
from newsletter.models import Delivery, Mailing

logger = logging.getLogger(__name__)

BATCH_ROWS = 5000
SETTLED_STATES = [Delivery.State.ACCEPTED, Delivery.State.FAILED, Delivery.State.SKIPPED]


def archive_old_deliveries(now: dt.datetime | None = None, *, seconds: float = 60) -> int:
    """Turn the rows of mailings that finished KEEP_DELIVERIES_DAYS ago into counts; return how many rows.

    Stops after about so many seconds: the next tick goes on.
    """
    if not settings.KEEP_DELIVERIES_DAYS:
        return 0
    stop = time.monotonic() + seconds
    before = (now or timezone.now()) - dt.timedelta(days=settings.KEEP_DELIVERIES_DAYS)
    finished = Mailing.objects.filter(state=Mailing.State.DONE, finished_at__lt=before).order_by("finished_at")
    archived = sum(handle_each_row("archive", finished, lambda mailing: _archive_until(mailing, stop)))
    if archived:
        logger.info("archived deliveries=%d", archived)
    return archived


def _archive_until(mailing: Mailing, stop: float) -> int:
    archived = 0
    while time.monotonic() < stop and (count := _archive_some(mailing.pk)):
        archived += count
    return archived


@transaction.atomic
def _archive_some(mailing_id: int) -> int:
    """Move up to a batch of rows of one mailing into its counts."""
    mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
    rows = Delivery.objects.filter(mailing=mailing, state__in=SETTLED_STATES)
    taken = dict(rows.values_list("pk", "state")[:BATCH_ROWS])
    if not taken:
        return 0
    counts = Counter(mailing.archived) + Counter(taken.values()) + Counter(planned=len(taken))
    mailing.archived = dict(counts)
    mailing.save(update_fields=["archived"])
    _delete_deliveries(list(taken))
    return len(taken)


def _delete_deliveries(ids: list[int]) -> None:
    """Delete rows and what hangs on them, without Django's look at each."""
    marks = ",".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM newsletter_event WHERE delivery_id IN ({marks})", ids)  # noqa: S608 - only marks
        cursor.execute(f"DELETE FROM newsletter_delivery WHERE id IN ({marks})", ids)  # noqa: S608 - only marks
