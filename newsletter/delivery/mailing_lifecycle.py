"""Carries out what a person decides about a mailing: schedule it, undo it before the first message leaves, or end it.

Until the first message leaves, everything can be undone: what is planned is taken back, and the digest is open for changes
again. After that a mailing can only be ended; what has left has left. Not here: pause and resume (queue).
"""

import datetime as dt
import logging

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests.models import Digest
from digests.review.approve import is_as_approved, reopen_digest
from newsletter.delivery import database_identity, queue, queue_order, sent_marks, sql
from newsletter.delivery.send_times import find_start_time
from newsletter.emails.compose import make_subject
from newsletter.models import Delivery, Mailing, TakenBack
from newsletter.models.deliveries import DeliveryReason

logger = logging.getLogger(__name__)

_LEFT = gettext_lazy("Some emails have already gone out, so you can’t cancel. You can pause or stop the mailing.")
_OLDER = gettext_lazy("This issue may already have been sent. Decide about that first.")
UNSENT_STATES = [Delivery.State.QUEUED, Delivery.State.SKIPPED]


class ScheduleError(Exception):
    """A decision comes too late or too early; the text says to the editor why."""


def get_or_create_mailing(digest: Digest, **when: object) -> tuple[Mailing, bool]:
    """Return the mailing of an approved digest, made with the columns of `when` where there is none; and whether it was made."""
    defaults = {
        "subject": make_subject(digest),
        "approved_hash": digest.approved_hash,
        "database": database_identity.read_identity(),
        **when,
    }
    return Mailing.objects.get_or_create(digest=digest, defaults=defaults)


def schedule_mailing(digest: Digest, send_at: dt.datetime | None = None) -> Mailing:
    """Schedule an approved digest for a moment, the same for all readers; without one, for its own send hours.

    Until the mailing begins, it can be scheduled again. Raises ScheduleError.
    """
    if not is_as_approved(digest):
        raise ScheduleError(_("The current version isn’t approved. Approve it first."))
    when = {"send_at": send_at or find_start_time(digest), "at_once": send_at is not None}
    mailing, made = get_or_create_mailing(digest, **when)
    waiting = Mailing.objects.filter(pk=mailing.pk, planned_at=None, older_why="")
    if not made and not waiting.update(**when, state=Mailing.State.PLANNED, wait_reason={}):
        raise ScheduleError(_OLDER if mailing.older_why else _("This mailing has already started."))
    mailing.refresh_from_db()
    logger.info("scheduled mailing=%s at=%s", mailing.pk, mailing.send_at.isoformat())
    return mailing


@transaction.atomic
def undo_mailing(mailing: Mailing) -> None:
    """Delete a mailing of which no message has left, and reopen its digest for changes. Raises ScheduleError."""
    row = Mailing.objects.select_for_update().select_related("digest").get(pk=mailing.pk)
    if row.older_why:
        raise ScheduleError(_OLDER)
    # A worker that claims at this moment holds the mailing's row: this waits for it, and then finds its lease.
    if row.claims.exists():
        raise ScheduleError(_LEFT)
    with connection.cursor() as cursor:
        cursor.execute(sql.TAKE_BACK_DELIVERIES, [row.pk])
    if row.deliveries.exists():  # one that is accepted, failed or unknown; the transaction brings the others back
        raise ScheduleError(_LEFT)
    digest = row.digest
    if row.reached_id:  # claimed and given back: the mark outside the database must not stop the next mailing
        TakenBack.objects.update_or_create(digest=digest, defaults={"mark": sent_marks.read_row_mark(row).text()})
    row.delete()
    Digest.objects.filter(pk=digest.pk).update(released_at=None)
    reopen_digest(digest)
    logger.info("undone mailing=%s digest=%s", mailing.pk, digest.pk)


def can_undo_mailing(mailing: Mailing) -> bool:
    """Return whether a mailing can still be undone: no message of it has left, as far as the rows say."""
    return (
        not mailing.older_why
        and not mailing.claims.exists()
        and not mailing.deliveries.exclude(state__in=UNSENT_STATES).exists()
    )


@transaction.atomic
def end_mailing(mailing: Mailing, now: dt.datetime | None = None) -> int:
    """End a mailing here: readers who are still queued get nothing. Return how many these are. Raises ScheduleError."""
    now = now or timezone.now()
    row = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if row.planned_at is None:
        raise ScheduleError(_("This mailing hasn’t started. Cancel it instead."))
    queued = row.deliveries.filter(queue_order.WAITING)  # what is under way gets its outcome
    skipped = queued.update(state=Delivery.State.SKIPPED, reason=DeliveryReason.CANCELLED, settled_at=now)
    queue.close_mailing(row, [Mailing.State.SENDING, Mailing.State.PAUSED], now)
    logger.info("ended mailing=%s cancelled=%d", row.pk, skipped)
    return skipped
