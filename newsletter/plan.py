"""An approved digest -> its mailing, and a Delivery per reader: who gets one, who doesn't and why.

One statement makes a row per active subscriber whose chosen categories meet the digest's sections; everybody else is
counted by reason, so that candidates = planned + excluded. What becomes of the rows is told in outbox.
"""

import datetime as dt
import logging

from django.db import connection, transaction
from django.utils import timezone

from digests.approve import is_as_approved
from digests.models import Digest
from newsletter import asking
from newsletter.models import Fragment, Mailing
from newsletter.outbox import SUPPRESSED, moments

logger = logging.getLogger(__name__)

# The bit of the note to those who have not said yet which parts of a divided category they want; 0 where there is none.
_ASKED = f"""
    CASE WHEN %(note)s > 0 AND EXISTS (
        SELECT 1 FROM newsletter_question a WHERE a.subscription_id = s.id AND a.told < {asking.TELLINGS}
    ) THEN CAST(%(note)s AS bigint) ELSE 0 END"""  # noqa: S608 - built from constants

_PLAN = f"""
    INSERT INTO newsletter_delivery
        (mailing_id, subscriber_id, sections, state, due_at, attempts, answer, message_id, claim)
    SELECT %(mailing)s, s.subscriber_id, CAST(SUM(CAST(1 AS bigint) << d.position) AS bigint) + {_ASKED},
        'queued', %(now)s, 0, '', '', ''
    FROM newsletter_subscription s
    JOIN newsletter_subscriber r ON r.id = s.subscriber_id
    JOIN newsletter_subscription_categories c ON c.subscription_id = s.id
    JOIN digests_section d ON d.digest_id = %(digest)s AND d.category_id = c.category_id AND d.text <> ''
    WHERE s.publication_id = %(publication)s AND s.state = 'active'
        AND (r.paused_until IS NULL OR r.paused_until <= %(today)s)
        AND NOT {SUPPRESSED}
    GROUP BY s.subscriber_id, s.id
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - built from constants

_EXCLUDED = f"""
    SELECT CASE
        WHEN s.state <> 'active' THEN s.state
        WHEN {SUPPRESSED} THEN 'suppressed'
        WHEN r.paused_until > %(today)s THEN 'paused'
        ELSE 'no_match' END AS reason, COUNT(*)
    FROM newsletter_subscription s
    JOIN newsletter_subscriber r ON r.id = s.subscriber_id
    LEFT JOIN newsletter_delivery q ON q.mailing_id = %(mailing)s AND q.subscriber_id = s.subscriber_id
    WHERE s.publication_id = %(publication)s AND q.id IS NULL
    GROUP BY reason
"""  # noqa: S608 - built from constants


def open_mailings(now: dt.datetime | None = None) -> list[Mailing]:
    """Make the mailing of each approved digest that has none, due at the publication's send hour or at once."""
    now = now or timezone.now()
    approved = Digest.objects.filter(state=Digest.State.APPROVED, imported=False, mailing=None)
    opened = []
    for digest in approved.select_related("publication"):
        mailing, made = Mailing.objects.get_or_create(
            digest=digest,
            defaults={
                "subject": digest.subject or digest.title,
                "approved_hash": digest.approved_hash,
                "send_at": max(now, digest.publication.moment(digest.date, digest.publication.send_hour)),
            },
        )
        opened += [mailing] if made else []
    return opened


def renew(mailing: Mailing) -> bool:
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
def plan(mailing: Mailing, now: dt.datetime | None = None) -> int:
    """Make the deliveries of a composed mailing and set it sending; a second call changes nothing.

    Returns the number of deliveries. Who gets none is counted by reason, so that candidates = planned + excluded.
    """
    now = now or timezone.now()
    begun = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PLANNED, composed_at__isnull=False)
    if not begun.update(state=Mailing.State.SENDING, planned_at=now):
        mailing.refresh_from_db()
        return mailing.planned
    publication = mailing.digest.publication
    values = {
        "mailing": mailing.pk,
        "digest": mailing.digest_id,
        "publication": publication.pk,
        "note": 1 << asking.NOTE if mailing.fragments.filter(kind=Fragment.Kind.NOTE).exists() else 0,
        **moments(publication, now),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, values)
        cursor.execute(_EXCLUDED, values)
        mailing.excluded = dict(cursor.fetchall())
    mailing.planned = mailing.deliveries.count()
    mailing.candidates = mailing.planned + sum(mailing.excluded.values())
    mailing.save(update_fields=["planned", "excluded", "candidates"])
    mailing.refresh_from_db()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Until its statistics know of the new rows, the planner sorts all of them for every claim.
            cursor.execute("ANALYZE newsletter_delivery")
    logger.info("planned mailing=%s deliveries=%d excluded=%s", mailing.pk, mailing.planned, mailing.excluded)
    return mailing.planned
