"""An approved digest -> deliveries: plan, claim, settle, sweep. Every change of a Delivery's state stands here.

Plan: one statement makes a row per active subscriber whose chosen categories meet the digest's sections. Claim: one
statement takes due rows and checks consent in the same breath, so that who left a second ago gets nothing. The claim
is committed before the outside call; settle writes what the call answered. What was claimed and never settled is
swept to `unknown`: it may or may not have arrived, so it is shown to a person and never sent again unasked.
"""

import datetime as dt
import logging
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from digests.approve import is_as_approved
from digests.models import Digest, Publication
from newsletter import journal
from newsletter.journal import Outcome
from newsletter.models import Delivery, Mailing, Subscription

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=10)  # longer than any batch takes; after it a claimed delivery is in doubt
GIVE_UP = dt.timedelta(hours=24)  # a temporary failure is tried again for so long
FIRST_RETRY = dt.timedelta(minutes=5)

_SUPPRESSED = "EXISTS (SELECT 1 FROM newsletter_suppression x WHERE LOWER(x.email) = LOWER(r.email))"

_PLAN = f"""
    INSERT INTO newsletter_delivery
        (mailing_id, subscriber_id, sections, state, due_at, attempts, answer, message_id, claim)
    SELECT %(mailing)s, s.subscriber_id, CAST(SUM(CAST(1 AS bigint) << d.position) AS bigint),
        'queued', %(now)s, 0, '', '', ''
    FROM newsletter_subscription s
    JOIN newsletter_subscriber r ON r.id = s.subscriber_id
    JOIN newsletter_subscription_categories c ON c.subscription_id = s.id
    JOIN digests_section d ON d.digest_id = %(digest)s AND d.category_id = c.category_id AND d.text <> ''
    WHERE s.publication_id = %(publication)s AND s.state = 'active'
        AND (r.paused_until IS NULL OR r.paused_until <= %(today)s)
        AND NOT {_SUPPRESSED}
    GROUP BY s.subscriber_id
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - built from constants

_EXCLUDED = f"""
    SELECT CASE
        WHEN s.state <> 'active' THEN s.state
        WHEN {_SUPPRESSED} THEN 'suppressed'
        WHEN r.paused_until > %(today)s THEN 'paused'
        ELSE 'no_match' END AS reason, COUNT(*)
    FROM newsletter_subscription s
    JOIN newsletter_subscriber r ON r.id = s.subscriber_id
    LEFT JOIN newsletter_delivery q ON q.mailing_id = %(mailing)s AND q.subscriber_id = s.subscriber_id
    WHERE s.publication_id = %(publication)s AND q.id IS NULL
    GROUP BY reason
"""  # noqa: S608 - built from constants

# Consent is read in the statement that takes the rows; an index holds the queued rows in this very order.
_CLAIM = f"""
    UPDATE newsletter_delivery SET
        state = CASE WHEN t.refusal = '' THEN 'sending' ELSE 'skipped' END,
        answer = t.refusal,
        attempts = attempts + 1,
        claimed_at = %(now)s,
        claim = %(token)s
    FROM (
        SELECT q.id AS taken, CASE
            WHEN s.id IS NULL THEN 'left'
            WHEN {_SUPPRESSED} THEN 'suppressed'
            WHEN r.paused_until > %(today)s THEN 'paused'
            ELSE '' END AS refusal
        FROM newsletter_delivery q
        LEFT JOIN newsletter_subscriber r ON r.id = q.subscriber_id
        LEFT JOIN newsletter_subscription s
            ON s.subscriber_id = q.subscriber_id AND s.publication_id = %(publication)s AND s.state = 'active'
        WHERE q.mailing_id = %(mailing)s AND q.state = 'queued' AND q.due_at <= %(now)s
            AND EXISTS (SELECT 1 FROM newsletter_mailing m WHERE m.id = %(mailing)s AND m.state = 'sending')
        ORDER BY q.due_at, q.id LIMIT %(limit)s {{lock}}
    ) AS t
    WHERE id = t.taken AND state = 'queued'
    RETURNING id, state
"""  # noqa: S608 - built from constants


@dataclass(frozen=True)
class Claimed:
    """A delivery that this worker, and no other, may send now."""

    id: int
    sections: int
    attempts: int
    subscriber_id: int
    subscription_id: int
    email: str
    link_key: str


RETRY = "retry"
_KILLED = "the worker was killed while it was sending"


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
        **_moments(publication, now),
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


def claim(mailing: Mailing, *, limit: int, token: str = "", now: dt.datetime | None = None) -> list[Claimed]:
    """Take up to `limit` due deliveries of a mailing that is sending; those without consent become skipped.

    `token` names the journal of the claiming process. An empty list means that nothing is due (or that the mailing is
    paused); committed before it returns.
    """
    now = now or timezone.now()
    publication = mailing.digest.publication
    values = {
        "mailing": mailing.pk,
        "publication": publication.pk,
        "limit": limit,
        "token": token,
        **_moments(publication, now),
    }
    # Other workers pass over rows that this one is taking; SQLite has one writer at a time and needs no lock.
    lock = "FOR UPDATE OF q SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(lock=lock), values)
        rows = cursor.fetchall()
    taken = [pk for pk, state in rows if state == Delivery.State.SENDING]
    if rows and not taken:
        return claim(
            mailing, limit=limit, token=token, now=now
        )  # all of this batch had left; the next one may not have
    return _load(taken, publication.pk)


def _moments(publication: Publication, now: dt.datetime) -> dict[str, Any]:
    """Return now and the publication's today, in the form that the database keeps."""
    adapt = connection.ops
    return {
        "now": adapt.adapt_datetimefield_value(now),
        "today": adapt.adapt_datefield_value(publication.today(now)),
    }


def _load(delivery_ids: list[int], publication_id: int) -> list[Claimed]:
    """Return what a message needs of each claimed delivery, by one query."""
    rows = Subscription.objects.filter(publication=publication_id, subscriber__deliveries__in=delivery_ids).values_list(
        "subscriber__deliveries__pk",
        "subscriber__deliveries__sections",
        "subscriber__deliveries__attempts",
        "subscriber_id",
        "pk",
        "subscriber__email",
        "subscriber__link_key",
    )
    return [Claimed(*row) for row in rows.order_by("subscriber__deliveries__pk")]


@transaction.atomic
def settle(outcomes: Iterable[Outcome], now: dt.datetime | None = None) -> None:
    """Write what became of claimed deliveries; a row that is no longer `sending` is left alone."""
    now = now or timezone.now()
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for outcome in outcomes:
        groups[(outcome.state, outcome.answer, outcome.message_id)].append(outcome.delivery_id)
    for (state, answer, message_id), ids in groups.items():
        rows = Delivery.objects.filter(pk__in=ids, state=Delivery.State.SENDING)
        if state == RETRY:
            _retry(rows.values_list("pk", "attempts", "mailing__planned_at"), answer, now)
        else:
            rows.update(state=state, answer=answer, message_id=message_id, settled_at=now)


def _retry(rows: Iterable[tuple[int, int, dt.datetime | None]], answer: str, now: dt.datetime) -> None:
    """Queue deliveries again, each time later; after a day they have failed."""
    for pk, attempts, planned_at in rows:
        row = Delivery.objects.filter(pk=pk, state=Delivery.State.SENDING)
        if planned_at and now - planned_at > GIVE_UP:
            row.update(state=Delivery.State.FAILED, answer=f"gave up after 24 hours: {answer}", settled_at=now)
            continue
        wait = FIRST_RETRY * 2 ** min(attempts - 1, 6) * random.uniform(1.0, 1.3)  # noqa: S311 - jitter, not a secret
        row.update(state=Delivery.State.QUEUED, answer=answer, due_at=now + wait)


def release(delivery_ids: Iterable[int] | QuerySet[Any]) -> int:
    """Queue claimed deliveries again whose content never went out; the attempt does not count."""
    return Delivery.objects.filter(pk__in=delivery_ids, state=Delivery.State.SENDING).update(
        state=Delivery.State.QUEUED, attempts=F("attempts") - 1
    )


def release_claim(token: str) -> int:
    """Queue again what a process claimed and did not get to."""
    return release(Delivery.objects.filter(claim=token).values("pk"))


def recover() -> int:
    """Settle what processes that died on this machine left behind, by their journals; return how many rows.

    What was accepted is accepted, what had begun to go out is unknown, the rest is queued again.
    """
    recovered = 0
    with journal.leftovers() as found, transaction.atomic():
        for leftover in found:
            rows = Delivery.objects.filter(claim=leftover.token, state=Delivery.State.SENDING)
            ids = set(rows.values_list("pk", flat=True))
            answered = {pk: answer for pk, answer in leftover.answers.items() if pk in ids}
            # After a power cut the end of the journal may be missing: whatever has no answer is in doubt.
            doubtful = (ids if leftover.rebooted else ids & leftover.started) - answered.keys()
            settle(Outcome(pk, *answer) for pk, answer in answered.items())
            settle(Outcome(pk, Delivery.State.UNKNOWN, _KILLED) for pk in doubtful)
            release(ids - answered.keys() - doubtful)
            recovered += len(ids)
            logger.warning("recovered claim=%s deliveries=%d unknown=%d", leftover.token, len(ids), len(doubtful))
    return recovered


def sweep(now: dt.datetime | None = None) -> int:
    """Set to `unknown` what was claimed long ago by a process that no journal tells of; return how many."""
    now = now or timezone.now()
    recover()
    stale = Delivery.objects.filter(state=Delivery.State.SENDING, claimed_at__lt=now - LEASE)
    lost = stale.exclude(claim__in=journal.living()).update(
        state=Delivery.State.UNKNOWN, answer=_KILLED, settled_at=now
    )
    if lost:
        logger.warning("swept deliveries=%d to unknown", lost)
    return lost


def finish(mailing: Mailing, now: dt.datetime | None = None) -> bool:
    """Set a mailing done once nothing of it is queued or sending; say whether it is done."""
    open_states = [Delivery.State.QUEUED, Delivery.State.SENDING]
    if Delivery.objects.filter(mailing=mailing, state__in=open_states).exists():
        return False
    done = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.SENDING)
    if done.update(state=Mailing.State.DONE, finished_at=now or timezone.now()):
        logger.info("finished mailing=%s %s", mailing.pk, counts(mailing))
    return True


def counts(mailing: Mailing) -> dict[str, int]:
    """Return the number of deliveries per state, and `planned` that they add up to."""
    states = {str(state): Count("pk", filter=Q(state=state)) for state in Delivery.State.values}
    found: dict[str, int] = Delivery.objects.filter(mailing=mailing).aggregate(planned=Count("pk"), **states)
    return found


def pause(mailing: Mailing, *, why: str = "") -> bool:
    """Stop a mailing that is planned or sending; what is claimed already goes out."""
    going = Mailing.objects.filter(pk=mailing.pk, state__in=[Mailing.State.PLANNED, Mailing.State.SENDING])
    return bool(going.update(state=Mailing.State.PAUSED, waits_for=why or "paused by a person"))


def resume(mailing: Mailing) -> bool:
    """Go on with a paused mailing: from where it stood, or from the beginning, which is due now."""
    paused = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PAUSED)
    begun = paused.filter(planned_at__isnull=False).update(state=Mailing.State.SENDING, waits_for="")
    return bool(begun or paused.update(state=Mailing.State.PLANNED, waits_for="", send_at=timezone.now()))


def treat_as_sent(deliveries: Iterable[int], now: dt.datetime | None = None) -> int:
    """A person decides that unknown deliveries arrived."""
    return Delivery.objects.filter(pk__in=deliveries, state=Delivery.State.UNKNOWN).update(
        state=Delivery.State.ACCEPTED, answer="treated as sent", settled_at=now or timezone.now()
    )


@transaction.atomic
def send_again(deliveries: Iterable[int], now: dt.datetime | None = None) -> int:
    """A person decides that unknown deliveries are sent once more, knowing that they may arrive twice."""
    rows = Delivery.objects.filter(pk__in=deliveries, state=Delivery.State.UNKNOWN)
    mailings = set(rows.values_list("mailing", flat=True))
    changed = rows.update(state=Delivery.State.QUEUED, answer="sent again", due_at=now or timezone.now())
    Mailing.objects.filter(pk__in=mailings, state=Mailing.State.DONE).update(state=Mailing.State.SENDING)
    return changed
