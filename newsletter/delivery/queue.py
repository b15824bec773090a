"""Deliveries on their way: claim, release, finish, and what a person decides about those in doubt.

A claim takes the first of the line and moves the mailing's mark, under a lock of its row: no delivery is written for it.
Consent is read in the statement that takes the rows, so that who left a second ago gets nothing; the claim is committed
before the outside call. Not here: who gets a row at all (plan), the line itself (line), what follows from an answer
(settle), what killed processes left behind (recover), who may leave now (limits).
"""

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from newsletter.delivery import database_identity, outcomes, queue_order, send_times, sent_marks
from newsletter.models import Delivery, DeliveryLease, Mailing, deliveries
from newsletter.subscribers import split_prompts

logger = logging.getLogger(__name__)

IS_SUPPRESSED_SQL = "EXISTS (SELECT 1 FROM newsletter_suppression x WHERE LOWER(x.email) = LOWER(r.email))"

# An index holds the queued rows in this very order, and the search begins at the mark.
_FIRST_IN_LINE_SQL = f"""
    SELECT q.id, q.sections, q.subscriber_id, s.id, r.email, r.link_key, CASE
            WHEN s.id IS NULL THEN 'left'
            WHEN {IS_SUPPRESSED_SQL} THEN 'suppressed'
            WHEN r.paused_until > %(today)s THEN 'paused'
            ELSE '' END AS refusal
    FROM newsletter_delivery q
    LEFT JOIN newsletter_subscriber r ON r.id = q.subscriber_id
    LEFT JOIN newsletter_subscription s
        ON s.subscriber_id = q.subscriber_id AND s.publication_id = %(publication)s AND s.state = 'active'
    WHERE q.mailing_id = %(mailing)s AND q.state = 'queued' AND q.due_at <= %(now)s
        AND (q.due_at, q.id) > (%(reached_at)s, %(reached_id)s)
    ORDER BY q.due_at, q.id LIMIT %(limit)s
"""  # noqa: S608 - built from constants


_IN_HAND_SQL = """
    SELECT q.id FROM newsletter_deliverylease c
    JOIN newsletter_delivery q ON q.mailing_id = c.mailing_id AND q.state = 'queued'
        AND (q.due_at, q.id) > (c.behind_at, c.behind_id) AND (q.due_at, q.id) <= (c.to_at, c.to_id)
    WHERE c.id IN ({marks})
"""


class OutdatedDatabaseError(Exception):
    """More was sent than this database knows (restored): nothing may be claimed from it."""


def claim_deliveries(
    mailing: Mailing, *, limit: int, token: str = "", now: dt.datetime | None = None
) -> list[deliveries.ClaimedDelivery]:
    """Take up to `limit` due deliveries of a mailing that is sending; those without consent become skipped.

    `token` names the journal of the claiming process. An empty list means that nothing is due (or that the mailing is
    paused); committed before it returns. Raises OlderError.
    """
    now = now or timezone.now()
    outside = sent_marks.read_outside_mark(
        mailing
    )  # before the row is held: what was kept by now, this database has to know
    values = {
        "mailing": mailing.pk,
        "publication": mailing.digest.publication_id,
        "limit": limit,
        **adapt_moments(mailing, now),
    }
    while True:
        with transaction.atomic():
            mark = _lock_mark(mailing)
            rows = _first_in_line(mark, values) if mark else []
            if not mark or not rows:
                return []
            _check_database(mark, outside)
            noted = _move_mark(mark, rows[-1][0], token, now)
            _skip_refused((row[0], row[-1]) for row in rows if row[-1])
        reached = sent_marks.read_row_mark(mark)
        if taken := [deliveries.ClaimedDelivery._make((*row[:-1], noted, reached)) for row in rows if not row[-1]]:
            return taken
        # All of this batch had left; the next one may not have.


def _lock_mark(mailing: Mailing) -> Mailing | None:
    """Return up to where a mailing is handed out, and hold that until the transaction ends; None while it is not sending."""
    sending = Mailing.objects.select_for_update(no_key=True).filter(pk=mailing.pk, state=Mailing.State.SENDING)
    return sending.only("reached_at", "reached_id", "planned_at", "database", "older_mark").first()


def _check_database(mark: Mailing, outside: deliveries.Mark | None) -> None:
    """Raise OlderError where this is not the database that the mailing was started in, or one from before the last claim."""
    if outside and outside.text() > max(sent_marks.read_row_mark(mark).text(), mark.older_mark):
        raise OutdatedDatabaseError
    if mark.database not in {"", database_identity.read_identity()}:
        raise OutdatedDatabaseError


def _first_in_line(mark: Mailing, values: dict[str, Any]) -> list[Any]:
    """Return what is due behind the mark: what a message needs, and last why there is none to be sent."""
    reached_at = connection.ops.adapt_datetimefield_value(mark.reached_at)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(queue_order.USE_INDEXES_SQL)
        cursor.execute(_FIRST_IN_LINE_SQL, values | {"reached_at": reached_at, "reached_id": mark.reached_id})
        return list(cursor.fetchall())


def _move_mark(mark: Mailing, last: int, token: str, now: dt.datetime) -> int:
    """Set the mark behind the last delivery that was taken, and note who took them; return the note's id."""
    claim = DeliveryLease(
        mailing=mark, token=token, claimed_at=now, behind_at=mark.reached_at, behind_id=mark.reached_id
    )
    claim.to_at, claim.to_id = Delivery.objects.values_list("due_at", "pk").get(pk=last)
    claim.save()
    mark.reached_at, mark.reached_id = claim.to_at, claim.to_id
    mark.save(update_fields=["reached_at", "reached_id"])
    return claim.pk


def _skip_refused(refused: Iterable[tuple[int, str]]) -> None:
    """Write down whose consent is gone."""
    by_reason: dict[str, list[int]] = {}
    for pk, refusal in refused:
        by_reason.setdefault(refusal, []).append(pk)
    for refusal, ids in by_reason.items():
        Delivery.objects.filter(pk__in=ids).update(state=Delivery.State.SKIPPED, answer=refusal)


def adapt_moments(mailing: Mailing, now: dt.datetime) -> dict[str, Any]:
    """Return now and the day that pauses are held against, in the form that the database keeps."""
    adapt = connection.ops
    return {
        "now": adapt.adapt_datetimefield_value(now),
        "today": adapt.adapt_datefield_value(send_times.find_pause_day(mailing, now)),
    }


def has_due(mailing: Mailing, by: dt.datetime) -> bool:
    """Say whether any delivery of a mailing may leave until a moment: most hours none of a mailing of a day does."""
    return Delivery.objects.filter(queue_order.WAITING, mailing=mailing, due_at__lte=by).exists()


def find_deliveries_in_hand(token: str) -> set[int]:
    """Return the deliveries that a process has claimed and that have no outcome yet."""
    return find_leased_deliveries(DeliveryLease.objects.filter(token=token).values_list("pk", flat=True))


def find_leased_deliveries(claims: Iterable[int]) -> set[int]:
    """Return the deliveries of some claims that have no outcome yet."""
    ids = list(claims)
    if not ids:
        return set()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(queue_order.USE_INDEXES_SQL)
        cursor.execute(_IN_HAND_SQL.format(marks=",".join(["%s"] * len(ids))), ids)
        return {row[0] for row in cursor.fetchall()}


@transaction.atomic
def release_deliveries(delivery_ids: Iterable[int], *, due_at: dt.datetime | None = None) -> int:
    """Queue claimed deliveries again whose content never went out, for later where they must wait.

    Where a person ended the mailing in the meantime, they are skipped. Those of a mailing that may have been sent farther
    than the database knows stay where they are, and wait with it for a person.
    """
    ids = list(delivery_ids)
    rows = Delivery.objects.filter(pk__in=ids, state=Delivery.State.QUEUED, mailing__older_why="")
    count = queue_order.requeue_deliveries(rows, due_at or timezone.now())
    if count:
        outcomes.skip_ended_deliveries(ids)
    return count


def release_leases(token: str) -> int:
    """Queue again what a process claimed and did not get to; it has nothing in hand any more."""
    count = release_deliveries(find_deliveries_in_hand(token))
    DeliveryLease.objects.filter(token=token).delete()
    return count


def finish_mailing(mailing: Mailing, now: dt.datetime | None = None) -> bool:
    """Set a mailing done once nothing of it is queued; say whether it is done."""
    if Delivery.objects.filter(mailing=mailing, state=Delivery.State.QUEUED).exists():
        return False
    if close_mailing(mailing, [Mailing.State.SENDING], now or timezone.now()):
        logger.info("finished mailing=%s %s", mailing.pk, count_deliveries(mailing))
    return True


def close_mailing(mailing: Mailing, states: Iterable[str], now: dt.datetime) -> bool:
    """Set a mailing in one of these states done, and count whom it told of a divided category; say whether it was."""
    is_first = mailing.finished_at is None  # who is sent to again was told once
    going = Mailing.objects.filter(pk=mailing.pk, state__in=states)
    closed = bool(going.update(state=Mailing.State.DONE, finished_at=now, waits_for="", older_why=""))
    if closed and is_first:
        split_prompts.count_accepted_prompts(mailing)
    return closed


def count_deliveries(mailing: Mailing) -> dict[str, int]:
    """Return the number of deliveries per state, and `planned` that they add up to; `sending` are under way."""
    rows = Delivery.objects.filter(mailing=mailing)
    states = {str(state): Count("pk", filter=Q(state=state)) for state in Delivery.State.values}
    found: dict[str, int] = rows.aggregate(
        planned=Count("pk"), sending=Count("pk", filter=queue_order.UNDER_WAY), **states
    )
    found["queued"] -= found["sending"]
    # What was deleted by age (archive) still counts.
    return {state: n + mailing.archived.get(state, 0) for state, n in found.items()}


def pause_mailing(mailing: Mailing, *, why: str = "") -> bool:
    """Stop a mailing that is planned or sending; what is claimed already goes out."""
    going = Mailing.objects.filter(pk=mailing.pk, state__in=[Mailing.State.PLANNED, Mailing.State.SENDING])
    return bool(going.update(state=Mailing.State.PAUSED, waits_for=why or "paused by a person"))


def pause_for_import(mailing: Mailing, lines: int) -> bool:
    """Stop a mailing that is planned, once: an import is running, and a person says whether its readers are waited for."""
    due = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PLANNED, planned_at=None)
    why = f"import running: {lines} lines to come"
    return bool(due.update(state=Mailing.State.PAUSED, waits_for=why, waited_for_import=True))


def resume_mailing(mailing: Mailing) -> bool:
    """Go on with a paused mailing: from where it stood, or from the beginning, which is due now."""
    paused = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PAUSED, older_why="")
    again = {"waits_for": "", "looked_after_at": None}
    begun = paused.filter(planned_at__isnull=False).update(state=Mailing.State.SENDING, **again)
    return bool(begun or paused.update(state=Mailing.State.PLANNED, send_at=timezone.now(), **again))


def treat_unknown_as_sent(deliveries: Iterable[int], now: dt.datetime | None = None) -> int:
    """A person decides that unknown deliveries arrived."""
    return Delivery.objects.filter(pk__in=deliveries, state=Delivery.State.UNKNOWN).update(
        state=Delivery.State.ACCEPTED, answer="treated as sent", settled_at=now or timezone.now()
    )


@transaction.atomic
def resend_unknown(deliveries: Iterable[int], now: dt.datetime | None = None) -> int:
    """A person decides that unknown deliveries are sent once more, knowing that they may arrive twice."""
    rows = Delivery.objects.filter(pk__in=list(deliveries), state=Delivery.State.UNKNOWN)
    mailings = set(rows.values_list("mailing", flat=True))
    changed = queue_order.requeue_deliveries(rows, now or timezone.now(), answer="sent again")
    done = Mailing.objects.filter(pk__in=mailings, state=Mailing.State.DONE)
    done.update(state=Mailing.State.SENDING, looked_after_at=None)
    return changed
