"""Deliveries on their way: claim, release, recover, sweep, finish.

Claim: one statement takes due rows and checks consent in the same breath, so that who left a second ago gets nothing.
The claim is committed before the outside call. What a killed process left is settled by its journal; what no journal
tells of is swept to `unknown`: it may or may not have arrived, so it is shown to a person and never sent again unasked.
Not here: who gets a row at all (plan), what follows from an answer (settle), who may leave now (limits).
"""

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from newsletter import asking, hours, journal, settle
from newsletter.journal import Outcome
from newsletter.models import Allowance, Delivery, Mailing

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=10)  # longer than any batch takes; after it a claimed delivery is in doubt

SUPPRESSED = "EXISTS (SELECT 1 FROM newsletter_suppression x WHERE LOWER(x.email) = LOWER(r.email))"

# Consent is read in the statement that takes the rows; an index holds the queued rows in this very order.
# Materialized, so that PostgreSQL takes the rows once: it may run a subquery with a LIMIT once per row of a join. The
# rows are locked as they were found, on SQLite the whole database: none can change before it is updated.
_CLAIM = f"""
    WITH t AS MATERIALIZED (
        SELECT q.id AS taken, s.id AS subscription_id, r.email, r.link_key, CASE
            WHEN s.id IS NULL THEN 'left'
            WHEN {SUPPRESSED} THEN 'suppressed'
            WHEN r.paused_until > %(today)s THEN 'paused'
            ELSE '' END AS refusal
        FROM newsletter_delivery q
        LEFT JOIN newsletter_subscriber r ON r.id = q.subscriber_id
        LEFT JOIN newsletter_subscription s
            ON s.subscriber_id = q.subscriber_id AND s.publication_id = %(publication)s AND s.state = 'active'
        WHERE q.mailing_id = %(mailing)s AND q.state = 'queued' AND q.due_at <= %(now)s
            AND EXISTS (SELECT 1 FROM newsletter_mailing m WHERE m.id = %(mailing)s AND m.state = 'sending')
        ORDER BY q.due_at, q.id LIMIT %(limit)s {{lock}}
    )
    UPDATE newsletter_delivery SET
        state = CASE WHEN t.refusal = '' THEN 'sending' ELSE 'skipped' END,
        answer = t.refusal,
        attempts = attempts + 1,
        claimed_at = %(now)s,
        claim = %(token)s
    FROM t
    WHERE id = t.taken
    RETURNING state, id, sections, attempts, subscriber_id, {{own}}
"""  # noqa: S608 - built from constants

# What a message needs of the reader: SQLite returns nothing of a joined table, but looks it up.
_OWN = {
    "postgresql": "t.subscription_id, t.email, t.link_key",
    "sqlite": """
        (SELECT s.id FROM newsletter_subscription s
            WHERE s.subscriber_id = newsletter_delivery.subscriber_id AND s.publication_id = %(publication)s),
        (SELECT r.email FROM newsletter_subscriber r WHERE r.id = newsletter_delivery.subscriber_id),
        (SELECT r.link_key FROM newsletter_subscriber r WHERE r.id = newsletter_delivery.subscriber_id)""",
}

# A claim goes by indexes, row by row. Left to itself, the planner believes statistics that are older than this mailing:
# it reads whole tables, or compares every queued row with every row of the batch, which took fourteen seconds.
_BY_INDEX = "".join(
    f"SET LOCAL enable_{way} = off;" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material")
)


class Claimed(NamedTuple):
    """A delivery that this worker, and no other, may send now."""

    id: int
    sections: int
    attempts: int
    subscriber_id: int
    subscription_id: int
    email: str
    link_key: str


_KILLED = "the worker was killed while it was sending"


def claim(mailing: Mailing, *, limit: int, token: str = "", now: dt.datetime | None = None) -> list[Claimed]:
    """Take up to `limit` due deliveries of a mailing that is sending; those without consent become skipped.

    `token` names the journal of the claiming process. An empty list means that nothing is due (or that the mailing is
    paused); committed before it returns.
    """
    now = now or timezone.now()
    values = {
        "mailing": mailing.pk,
        "publication": mailing.digest.publication_id,
        "limit": limit,
        "token": token,
        **moments(mailing, now),
    }
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(_BY_INDEX)
            cursor.execute(_claim_statement(), values)
            rows = cursor.fetchall()
        taken = sorted(Claimed(*own) for state, *own in rows if state == Delivery.State.SENDING)
        if taken or not rows:
            return taken
        # All of this batch had left; the next one may not have.


def _claim_statement() -> str:
    """Return the statement: other workers pass over rows that this one is taking; SQLite's one writer needs no lock."""
    lock = "FOR UPDATE OF q SKIP LOCKED" if connection.vendor == "postgresql" else ""
    return _CLAIM.format(lock=lock, own=_OWN[connection.vendor])


def moments(mailing: Mailing, now: dt.datetime) -> dict[str, Any]:
    """Return now and the day that pauses are held against, in the form that the database keeps."""
    adapt = connection.ops
    return {
        "now": adapt.adapt_datetimefield_value(now),
        "today": adapt.adapt_datefield_value(hours.day(mailing, now)),
    }


def has_due(mailing: Mailing, by: dt.datetime) -> bool:
    """Say whether any delivery of a mailing may leave until a moment: most hours none of a mailing of a day does."""
    return Delivery.objects.filter(mailing=mailing, state=Delivery.State.QUEUED, due_at__lte=by).exists()


def release(delivery_ids: Iterable[int] | QuerySet[Any], *, due_at: dt.datetime | None = None) -> int:
    """Queue claimed deliveries again whose content never went out, for later where they must wait.

    The attempt does not count. Where a person ended the mailing in the meantime, they are skipped.
    """
    ids = list(delivery_ids)
    rows = Delivery.objects.filter(pk__in=ids, state=Delivery.State.SENDING)
    moment = {"due_at": due_at} if due_at else {}
    count = rows.update(state=Delivery.State.QUEUED, attempts=F("attempts") - 1, **moment)
    if count:
        settle.close_ended(ids)
    return count


def release_claim(token: str) -> int:
    """Queue again what a process claimed and did not get to."""
    return release(Delivery.objects.filter(claim=token, state=Delivery.State.SENDING).values_list("pk", flat=True))


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
            settle.settle(Outcome(pk, *answer) for pk, answer in answered.items())
            settle.settle(Outcome(pk, Delivery.State.UNKNOWN, _KILLED) for pk in doubtful)
            release(ids - answered.keys() - doubtful)
            # It may have sent until a moment ago: what it was allowed counts from now.
            Allowance.objects.filter(claim=leftover.token, closed_at=None).update(closed_at=Now())
            recovered += len(ids)
            logger.warning("recovered claim=%s deliveries=%d unknown=%d", leftover.token, len(ids), len(doubtful))
    return recovered


def sweep(now: dt.datetime | None = None) -> int:
    """Set to `unknown` what was claimed long ago by a process that no journal tells of; return how many."""
    now = now or timezone.now()
    recover()
    settle.close_ended()
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
    if close(mailing, [Mailing.State.SENDING], now or timezone.now()):
        logger.info("finished mailing=%s %s", mailing.pk, counts(mailing))
    return True


def close(mailing: Mailing, states: Iterable[str], now: dt.datetime) -> bool:
    """Set a mailing in one of these states done, and count whom it told of a divided category; say whether it was."""
    is_first = mailing.finished_at is None  # who is sent to again was told once
    going = Mailing.objects.filter(pk=mailing.pk, state__in=states)
    closed = bool(going.update(state=Mailing.State.DONE, finished_at=now, waits_for=""))
    if closed and is_first:
        asking.count_told(mailing)
    return closed


def counts(mailing: Mailing) -> dict[str, int]:
    """Return the number of deliveries per state, and `planned` that they add up to."""
    states = {str(state): Count("pk", filter=Q(state=state)) for state in Delivery.State.values}
    found: dict[str, int] = Delivery.objects.filter(mailing=mailing).aggregate(planned=Count("pk"), **states)
    # What was deleted by age (archive) still counts.
    return {state: n + mailing.archived.get(state, 0) for state, n in found.items()}


def pause(mailing: Mailing, *, why: str = "") -> bool:
    """Stop a mailing that is planned or sending; what is claimed already goes out."""
    going = Mailing.objects.filter(pk=mailing.pk, state__in=[Mailing.State.PLANNED, Mailing.State.SENDING])
    return bool(going.update(state=Mailing.State.PAUSED, waits_for=why or "paused by a person"))


def resume(mailing: Mailing) -> bool:
    """Go on with a paused mailing: from where it stood, or from the beginning, which is due now."""
    paused = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PAUSED)
    again = {"waits_for": "", "looked_after_at": None}
    begun = paused.filter(planned_at__isnull=False).update(state=Mailing.State.SENDING, **again)
    return bool(begun or paused.update(state=Mailing.State.PLANNED, send_at=timezone.now(), **again))


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
    done = Mailing.objects.filter(pk__in=mailings, state=Mailing.State.DONE)
    done.update(state=Mailing.State.SENDING, looked_after_at=None)
    return changed
