"""Plans the mailing of an approved digest: a Delivery per reader who gets it, and a count by reason of those who don't.

One statement makes a row per active subscriber whose chosen categories meet the digest's sections, due at the reader's
moment (send_times); everybody else is counted by reason, so that candidates = planned + excluded. Rows of the same set of
sections stand together, and so leave together: an ESP takes a thousand of them in one request. Not here: what becomes of
the rows (queue).
"""

import datetime as dt
import logging
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from digests.models import Digest
from digests.models.row_failures import handle_each_row
from digests.review.approve import is_as_approved
from newsletter.delivery import send_times, sql
from newsletter.delivery.mailing_lifecycle import get_or_create_mailing
from newsletter.delivery.queue import adapt_moments
from newsletter.emails.compose import make_subject
from newsletter.models import Fragment, Mailing
from newsletter.subscribers import split_prompts

logger = logging.getLogger(__name__)


def open_mailings(now: dt.datetime | None = None) -> list[Mailing]:
    """Create the mailing of each approved digest that has none, due at its send hour or, where that is past, at once."""
    now = now or timezone.now()
    approved = Digest.objects.filter(state=Digest.State.APPROVED, imported=False, mailing=None)
    opened = handle_each_row("open", approved.select_related("publication"), partial(_open_mailing, now=now))
    return [mailing for mailing in opened if mailing]


def _open_mailing(digest: Digest, *, now: dt.datetime) -> Mailing | None:
    mailing, made = get_or_create_mailing(digest, send_at=send_times.find_start_time(digest, now))
    return mailing if made else None


def renew_approval(mailing: Mailing) -> bool:
    """Bind a mailing that has not begun to the present approval of its digest; return whether it may begin."""
    digest = mailing.digest
    if not is_as_approved(digest):
        logger.warning("mailing=%s waits: digest=%s is not as it was approved", mailing.pk, digest.pk)
        return False
    mailing.approved_hash, mailing.subject = digest.approved_hash, make_subject(digest)
    return bool(
        Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PLANNED, planned_at=None).update(
            approved_hash=mailing.approved_hash, subject=mailing.subject
        )
    )


@transaction.atomic
def plan_deliveries(mailing: Mailing, now: dt.datetime | None = None) -> int:
    """Insert the deliveries of a composed mailing and set it sending; a second call changes nothing.

    Returns the number of deliveries; 0 where the digest was changed since it was composed, because its approval is void.
    Readers who get none are counted by reason, so that candidates = planned + excluded.
    """
    now = now or timezone.now()
    if not _check_approval_or_discard(mailing):
        return 0
    composed = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PLANNED, composed_at__isnull=False)
    due = send_times.find_due_times(mailing, now)
    last = max(due.values())
    # A conditional UPDATE: of two workers that plan at once, one changes the row and the other plans nothing.
    if not composed.update(state=Mailing.State.SENDING, planned_at=now, last_due_at=last if last > now else None):
        mailing.refresh_from_db()
        return mailing.planned
    Digest.objects.filter(pk=mailing.digest_id).update(released_at=now)  # from here on no editor changes it
    values = {
        "mailing": mailing.pk,
        "digest": mailing.digest_id,
        "publication": mailing.digest.publication_id,
        "note": 1 << split_prompts.SPLIT_PROMPT_BIT
        if mailing.fragments.filter(kind=Fragment.Kind.NOTE).exists()
        else 0,
        **adapt_moments(mailing, now),
    }
    with connection.cursor() as cursor:
        _refresh_statistics(sql.REFRESH_STATISTICS_OF_READERS)
        cursor.execute(sql.build_insert_deliveries(len(due)), values | _list_zone_values(due))
        cursor.execute(sql.COUNT_EXCLUDED, values)
        mailing.excluded = dict(cursor.fetchall())
    mailing.planned = mailing.deliveries.count()
    mailing.candidates = mailing.planned + sum(mailing.excluded.values())
    mailing.save(update_fields=["planned", "excluded", "candidates"])
    mailing.refresh_from_db()
    _refresh_statistics(sql.REFRESH_STATISTICS_OF_DELIVERIES)
    logger.info("planned mailing=%s deliveries=%d excluded=%s", mailing.pk, mailing.planned, mailing.excluded)
    return mailing.planned


def _check_approval_or_discard(mailing: Mailing) -> bool:
    """Return whether the digest is as it was when the mailing was composed; if not, delete its fragments, to be composed again."""
    # An edit at this moment waits for the digest's row, and then finds a mailing that has begun: it is refused.
    digest = Digest.objects.select_for_update().get(pk=mailing.digest_id)
    if is_as_approved(digest) and digest.approved_hash == mailing.approved_hash:
        return True
    if Mailing.objects.filter(pk=mailing.pk, planned_at=None).update(composed_at=None):
        mailing.fragments.all().delete()
    logger.warning("mailing=%s does not begin: digest=%s was changed meanwhile", mailing.pk, digest.pk)
    return False


def _list_zone_values(due: dict[str, dt.datetime]) -> dict[str, Any]:
    """Return what fills the places for zones and moments in the statement that plans."""
    adapt = connection.ops.adapt_datetimefield_value
    values: dict[str, Any] = {"here": adapt(due[send_times.PUBLICATION_ZONE])}
    for n, (name, moment) in enumerate(due.items()):
        values |= {f"zone{n}": name, f"due{n}": adapt(moment)}
    return values


def _refresh_statistics(statement: str) -> None:
    if connection.vendor == "postgresql":  # SQLite's planner has done without
        with connection.cursor() as cursor:
            cursor.execute(statement)
