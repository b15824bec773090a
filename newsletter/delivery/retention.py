"""Turns deliveries and events past KEEP_DELIVERIES_DAYS into counts on their mailing, and deletes their rows.

Small batches, each a transaction of its own that moves the counts along, so that they add up at every moment and no
sender waits. What is in doubt or queued stays, whatever its age. Not here: erasing what a person asks to be forgotten
(operations.erasure).
"""

import datetime as dt
import logging
import time
from collections import Counter

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from digests.models.row_failures import handle_each_row
from newsletter.delivery import sql
from newsletter.models import Delivery, Mailing

logger = logging.getLogger(__name__)

BATCH_ROWS = 5000  # rows in one transaction: a third of a second at 17,000 a second (docs/scaling.md)
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
    """Move up to BATCH_ROWS rows of one mailing into its counts; return how many."""
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
    with connection.cursor() as cursor:
        cursor.execute(sql.build_delete_events(len(ids)), ids)
        cursor.execute(sql.build_delete_deliveries(len(ids)), ids)
