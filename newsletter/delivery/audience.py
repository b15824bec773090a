"""An approved digest -> its mailing, and a Delivery per reader: who gets one, who doesn't and why.

One statement makes a row per active subscriber whose chosen categories meet the digest's sections, due at the reader's
moment (hours); everybody else is counted by reason, so that candidates = planned + excluded. Rows of the same set of
sections stand together, and so leave together: an ESP takes a thousand of them in one request. What becomes of the rows
is told in outbox.
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
from newsletter.delivery import database_identity, send_times
from newsletter.delivery.queue import IS_SUPPRESSED_SQL, adapt_moments
from newsletter.models import Fragment, Mailing
from newsletter.subscribers import split_prompts

logger = logging.getLogger(__name__)

_READER_TABLES = "newsletter_subscriber, newsletter_subscription, newsletter_subscription_categories"

# The bit of the note to those who have not said yet which parts of a divided category they want; 0 where there is none.
_SPLIT_PROMPT_BIT_SQL = f"""
    CASE WHEN %(note)s > 0 AND EXISTS (
        SELECT 1 FROM newsletter_splitprompt a WHERE a.subscription_id = s.id AND a.told < {split_prompts.MAX_PROMPT_EMAILS}
    ) THEN CAST(%(note)s AS bigint) ELSE 0 END"""  # noqa: S608 - built from constants

# `z` holds the due moment of each time zone; who lives in none of them gets the publication's. The choices are added up
# before anybody is looked up by them: once per reader, not once per choice. Sets stand together among 100,000 neighbors at
# a time, so that a claim finds its readers on pages that are in memory already.
_PLAN_SQL = f"""
    WITH z(name, due_at) AS (VALUES {{zones}})
    INSERT INTO newsletter_delivery
        (mailing_id, subscriber_id, sections, state, due_at, attempts, answer, message_id)
    SELECT %(mailing)s, s.subscriber_id, chosen.sections + {_SPLIT_PROMPT_BIT_SQL},
        'queued', COALESCE(z.due_at, %(here)s), 0, '', ''
    FROM newsletter_subscription s
    JOIN newsletter_subscriber r ON r.id = s.subscriber_id
    JOIN (
        SELECT c.subscription_id, CAST(SUM(CAST(1 AS bigint) << d.position) AS bigint) AS sections
        FROM newsletter_subscription_categories c
        JOIN digests_section d ON d.digest_id = %(digest)s AND d.category_id = c.category_id AND d.text <> ''
        GROUP BY c.subscription_id
    ) chosen ON chosen.subscription_id = s.id
    LEFT JOIN z ON z.name = r.time_zone
    WHERE s.publication_id = %(publication)s AND s.state = 'active'
        AND (r.paused_until IS NULL OR r.paused_until <= %(today)s)
        AND NOT {IS_SUPPRESSED_SQL}
    ORDER BY s.subscriber_id / 100000, 3, 2
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - built from constants

_EXCLUDED_SQL = f"""
    SELECT CASE
        WHEN s.state <> 'active' THEN s.state
        WHEN {IS_SUPPRESSED_SQL} THEN 'suppressed'
        WHEN r.paused_until > %(today)s THEN 'paused'
        ELSE 'no_match' END AS reason, COUNT(*)
    FROM newsletter_subscription s
    JOIN newsletter_subscriber r ON r.id = s.subscriber_id
    LEFT JOIN newsletter_delivery q ON q.mailing_id = %(mailing)s AND q.subscriber_id = s.subscriber_id
    WHERE s.publication_id = %(publication)s AND q.id IS NULL
    GROUP BY reason
"""  # noqa: S608 - built from constants


def open_mailings(now: dt.datetime | None = None) -> list[Mailing]:
    """Make the mailing of each approved digest that has none, due when its hour strikes or at once."""
    now = now or timezone.now()
    approved = Digest.objects.filter(state=Digest.State.APPROVED, imported=False, mailing=None)
    opened = handle_each_row("open", approved.select_related("publication"), partial(_open_mailing, now=now))
    return [mailing for mailing in opened if mailing]


def _open_mailing(digest: Digest, *, now: dt.datetime) -> Mailing | None:
    mailing, made = Mailing.objects.get_or_create(
        digest=digest,
        defaults={
            "subject": digest.subject or digest.title,
            "approved_hash": digest.approved_hash,
            "send_at": send_times.find_start_time(digest, now),
            "database": database_identity.read_identity(),
        },
    )
    return mailing if made else None


def renew_approval(mailing: Mailing) -> bool:
    """Bind a mailing that has not begun to the digest's present approval; say whether it may begin."""
    digest = mailing.digest
    if not is_as_approved(digest):
        logger.warning("mailing=%s waits: digest=%s is not as it was approved", mailing.pk, digest.pk)
        return False
    mailing.approved_hash, mailing.subject = digest.approved_hash, digest.subject or digest.title
    return bool(
        Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PLANNED, planned_at=None).update(
            approved_hash=mailing.approved_hash, subject=mailing.subject
        )
    )


@transaction.atomic
def plan_deliveries(mailing: Mailing, now: dt.datetime | None = None) -> int:
    """Make the deliveries of a composed mailing and set it sending; a second call changes nothing.

    Returns the number of deliveries. Who gets none is counted by reason, so that candidates = planned + excluded. What
    was changed since it was composed is not sent: its approval is void.
    """
    now = now or timezone.now()
    if not _is_still_approved(mailing):
        return 0
    begun = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PLANNED, composed_at__isnull=False)
    due = send_times.find_due_times(mailing, now)
    last = max(due.values())
    if not begun.update(state=Mailing.State.SENDING, planned_at=now, last_due_at=last if last > now else None):
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
    zones, by_zone = _list_zone_values(due)
    with connection.cursor() as cursor:
        _refresh_statistics(_READER_TABLES)
        cursor.execute(_PLAN_SQL.format(zones=zones), values | by_zone)
        cursor.execute(_EXCLUDED_SQL, values)
        mailing.excluded = dict(cursor.fetchall())
    mailing.planned = mailing.deliveries.count()
    mailing.candidates = mailing.planned + sum(mailing.excluded.values())
    mailing.save(update_fields=["planned", "excluded", "candidates"])
    mailing.refresh_from_db()
    _refresh_statistics("newsletter_delivery")
    logger.info("planned mailing=%s deliveries=%d excluded=%s", mailing.pk, mailing.planned, mailing.excluded)
    return mailing.planned


def _is_still_approved(mailing: Mailing) -> bool:
    """Say whether the digest is as it was when the mailing was composed; else it has to be composed anew.

    Whoever changes it at this moment waits for its row, and then finds it sent.
    """
    digest = Digest.objects.select_for_update().get(pk=mailing.digest_id)
    if is_as_approved(digest) and digest.approved_hash == mailing.approved_hash:
        return True
    if Mailing.objects.filter(pk=mailing.pk, planned_at=None).update(composed_at=None):
        mailing.fragments.all().delete()
    logger.warning("mailing=%s does not begin: digest=%s was changed meanwhile", mailing.pk, digest.pk)
    return False


def _list_zone_values(due: dict[str, dt.datetime]) -> tuple[str, dict[str, Any]]:
    """Return the places of a list of zones and moments in a statement, and what fills them."""
    adapt = connection.ops.adapt_datetimefield_value
    values: dict[str, Any] = {"here": adapt(due[send_times.PUBLICATION_ZONE])}
    for n, (name, moment) in enumerate(due.items()):
        values |= {f"zone{n}": name, f"due{n}": adapt(moment)}
    return ", ".join(f"(%(zone{n})s, %(due{n})s)" for n in range(len(due))), values


def _refresh_statistics(tables: str) -> None:
    """Let PostgreSQL look at tables that an import, or this plan, has filled a moment ago; it would do so minutes later."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")
