"""Claims the deliveries of a mailing, releases and finishes them, and carries out what a person decides about doubtful ones.

A claim takes the first of the line and moves the mailing's mark, under a lock of its row: no delivery is written for it.
Consent is read in the statement that takes the rows, so that a reader who left a second ago gets nothing; the claim is
committed before the outside call. Not here: who gets a row at all (audience), the line itself (queue_order), what follows
from an answer (outcomes), what killed processes left behind (recovery), who may leave now (rate_limits).
"""

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import override

from digests.text.messages import make_message
from newsletter.delivery import database_identity, outcomes, queue_order, send_times, sent_marks, sql
from newsletter.models import Delivery, DeliveryLease, Mailing, deliveries
from newsletter.models.deliveries import DeliveryReason
from newsletter.models.mailings import WaitReason
from newsletter.subscribers import split_prompts

logger = logging.getLogger(__name__)


class _QueuedRow(NamedTuple):
    """A row of the statement that takes the first in line; `refusal` is a DeliveryReason, or empty where it may be sent."""

    id: int
    sections: int
    subscriber_id: int
    subscription_id: int
    email: str
    link_key: str
    refusal: str


class OutdatedDatabaseError(Exception):
    """More was sent than this database knows (restored_database): nothing may be claimed from it."""


def claim_deliveries(
    mailing: Mailing, *, limit: int, token: str = "", now: dt.datetime | None = None
) -> list[deliveries.ClaimedDelivery]:
    """Take up to `limit` due deliveries of a mailing that is sending; those without consent become skipped.

    `token` names the journal of the claiming process. Committed before it returns. An empty list means that nothing is due,
    or that the mailing is not sending. Raises OutdatedDatabaseError.
    """
    now = now or timezone.now()
    # Read before the row is locked: a mark that was written by now is one that this database has to know.
    outside = sent_marks.read_outside_mark(mailing)
    values = {
        "mailing": mailing.pk,
        "publication": mailing.digest.publication_id,
        "limit": limit,
        **adapt_moments(mailing, now),
    }
    while True:
        with transaction.atomic():
            mark = _lock_mark(mailing)
            rows = _fetch_first_in_line(mark, values) if mark else []
            if not mark or not rows:
                return []
            _check_database(mark, outside)
            # The mark moves past refused rows too: the next claim does not read them again.
            lease = _move_mark(mark, rows[-1].id, token, now)
            _skip_refused((row.id, row.refusal) for row in rows if row.refusal)
        reached = sent_marks.read_row_mark(mark)
        if claimed := [deliveries.ClaimedDelivery(*row[:-1], lease, reached) for row in rows if not row.refusal]:
            return claimed
        # All readers of this batch had left; those of the next one may not have.


def _lock_mark(mailing: Mailing) -> Mailing | None:
    """Lock a mailing until the transaction ends and return its mark; None while it is not sending."""
    # Claims of one mailing follow each other, so none takes what another took. Without the key, so that rows which refer
    # to the mailing can be written meanwhile.
    sending = Mailing.objects.select_for_update(no_key=True).filter(pk=mailing.pk, state=Mailing.State.SENDING)
    return sending.only("reached_at", "reached_id", "planned_at", "database", "older_mark").first()


def _check_database(mark: Mailing, outside: deliveries.Mark | None) -> None:
    """Raise OutdatedDatabaseError in another database than that of the mailing's start, or one from before the last claim."""
    if outside and outside.text() > max(sent_marks.read_row_mark(mark).text(), mark.older_mark):
        raise OutdatedDatabaseError
    if mark.database not in {"", database_identity.read_identity()}:
        raise OutdatedDatabaseError


def _fetch_first_in_line(mark: Mailing, values: dict[str, Any]) -> list[_QueuedRow]:
    """Return what is due behind the mark, in order."""
    reached_at = connection.ops.adapt_datetimefield_value(mark.reached_at)
    with connection.cursor() as cursor:
        queue_order.use_indexes(cursor)
        cursor.execute(sql.FIRST_IN_LINE, values | {"reached_at": reached_at, "reached_id": mark.reached_id})
        return list(map(_QueuedRow._make, cursor.fetchall()))


def _move_mark(mark: Mailing, last: int, token: str, now: dt.datetime) -> int:
    """Set the mark behind the last delivery that was taken, and note by whom; return the id of that lease."""
    lease = DeliveryLease(
        mailing=mark, token=token, claimed_at=now, behind_at=mark.reached_at, behind_id=mark.reached_id
    )
    lease.to_at, lease.to_id = Delivery.objects.values_list("due_at", "pk").get(pk=last)
    lease.save()
    mark.reached_at, mark.reached_id = lease.to_at, lease.to_id
    mark.save(update_fields=["reached_at", "reached_id"])
    return lease.pk


def _skip_refused(refused: Iterable[tuple[int, str]]) -> None:
    """Skip the deliveries of readers whose consent is gone, each with its reason."""
    by_reason: dict[str, list[int]] = {}
    for pk, refusal in refused:
        by_reason.setdefault(refusal, []).append(pk)
    for refusal, ids in by_reason.items():
        Delivery.objects.filter(pk__in=ids).update(state=Delivery.State.SKIPPED, reason=refusal)


def adapt_moments(mailing: Mailing, now: dt.datetime) -> dict[str, Any]:
    """Return now and the day that readers' pauses are compared with, in the form that the database keeps."""
    adapt = connection.ops
    return {
        "now": adapt.adapt_datetimefield_value(now),
        "today": adapt.adapt_datefield_value(send_times.find_pause_day(mailing, now)),
    }


def has_due(mailing: Mailing, by: dt.datetime) -> bool:
    """Return whether any delivery of a mailing is due by a moment."""
    return Delivery.objects.filter(queue_order.WAITING, mailing=mailing, due_at__lte=by).exists()


def find_deliveries_in_hand(token: str) -> set[int]:
    """Return the ids of deliveries that a process has leased and that have no outcome yet."""
    return find_leased_deliveries(DeliveryLease.objects.filter(token=token).values_list("pk", flat=True))


def find_leased_deliveries(leases: Iterable[int]) -> set[int]:
    """Return the ids of deliveries in some leases that have no outcome yet."""
    ids = list(leases)
    if not ids:
        return set()
    with transaction.atomic(), connection.cursor() as cursor:
        queue_order.use_indexes(cursor)
        cursor.execute(sql.build_leased_deliveries(len(ids)), ids)
        return {row[0] for row in cursor.fetchall()}


@transaction.atomic
def release_deliveries(delivery_ids: Iterable[int], *, due_at: dt.datetime | None = None) -> int:
    """Queue claimed deliveries again whose content never went out, for `due_at` or at once; return how many.

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
    """Queue again what a process claimed and did not get to, and delete its leases; return how many deliveries."""
    count = release_deliveries(find_deliveries_in_hand(token))
    DeliveryLease.objects.filter(token=token).delete()
    return count


def finish_mailing(mailing: Mailing, now: dt.datetime | None = None) -> bool:
    """Set a mailing done once nothing of it is queued; return whether it is done."""
    if Delivery.objects.filter(mailing=mailing, state=Delivery.State.QUEUED).exists():
        return False
    if close_mailing(mailing, [Mailing.State.SENDING], now or timezone.now()):
        logger.info("finished mailing=%s %s", mailing.pk, count_deliveries(mailing))
    return True


def close_mailing(mailing: Mailing, states: Iterable[str], now: dt.datetime) -> bool:
    """Set a mailing in one of these states done, and count the readers who got its note of a divided category.

    Returns whether it was in one of these states.
    """
    is_first = mailing.finished_at is None  # a mailing that was sent again counted its notes the first time
    going = Mailing.objects.filter(pk=mailing.pk, state__in=states)
    closed = bool(going.update(state=Mailing.State.DONE, finished_at=now, wait_reason={}, older_why=""))
    if closed and is_first:
        split_prompts.count_accepted_prompts(mailing)
    return closed


def count_deliveries(mailing: Mailing) -> dict[str, int]:
    """Return the number of deliveries per state, and `planned` that they add up to; `sending` are claimed and open."""
    rows = Delivery.objects.filter(mailing=mailing)
    states = {str(state): Count("pk", filter=Q(state=state)) for state in Delivery.State.values}
    found: dict[str, int] = rows.aggregate(
        planned=Count("pk"), sending=Count("pk", filter=queue_order.UNDER_WAY), **states
    )
    found["queued"] -= found["sending"]
    # What was deleted by age (retention) still counts.
    return {state: n + mailing.archived.get(state, 0) for state, n in found.items()}


def describe_counts(mailing: Mailing) -> str:
    """Return the counts of a mailing in one English line, for a terminal: "3 planned, 3 accepted, 1 had unsubscribed"."""
    parts = [f"{n:,} {state}" for state, n in count_deliveries(mailing).items() if n]
    with override("en"):
        reasons = {str(reason.value): str(reason.label) for reason in DeliveryReason}
    return ", ".join(parts + [f"{n:,} {reasons.get(why, why)}" for why, n in sorted(mailing.excluded.items())])


def pause_mailing(mailing: Mailing, code: WaitReason = WaitReason.PERSON, **params: Any) -> bool:
    """Pause a mailing that is planned or sending; what has begun to go out is finished. Return whether it was paused.

    `params` are those of the code's sentence.
    """
    going = Mailing.objects.filter(pk=mailing.pk, state__in=[Mailing.State.PLANNED, Mailing.State.SENDING])
    return bool(going.update(state=Mailing.State.PAUSED, wait_reason=make_message(code, **params)))


def pause_for_import(mailing: Mailing, lines: int) -> bool:
    """Pause a planned mailing once because an import of so many lines runs: a person decides whether to wait for its readers."""
    due = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PLANNED, planned_at=None)
    why = make_message(WaitReason.IMPORT, lines=lines)
    return bool(due.update(state=Mailing.State.PAUSED, wait_reason=why, waited_for_import=True))


def resume_mailing(mailing: Mailing) -> bool:
    """Go on with a paused mailing: from where it stood, or, where it has not begun, at once. Return whether it was paused."""
    paused = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PAUSED, older_why="")
    again: dict[str, Any] = {"wait_reason": {}, "looked_after_at": None}
    begun = paused.filter(planned_at__isnull=False).update(state=Mailing.State.SENDING, **again)
    return bool(begun or paused.update(state=Mailing.State.PLANNED, send_at=timezone.now(), **again))


def treat_unknown_as_sent(delivery_ids: Iterable[int], now: dt.datetime | None = None) -> int:
    """Set unknown deliveries to accepted, as a person decided; return how many."""
    return Delivery.objects.filter(pk__in=delivery_ids, state=Delivery.State.UNKNOWN).update(
        state=Delivery.State.ACCEPTED, reason=DeliveryReason.TREATED_AS_SENT, settled_at=now or timezone.now()
    )


@transaction.atomic
def resend_unknown(delivery_ids: Iterable[int], now: dt.datetime | None = None) -> int:
    """Queue unknown deliveries again, as a person decided who knows that they may arrive twice; return how many."""
    rows = Delivery.objects.filter(pk__in=list(delivery_ids), state=Delivery.State.UNKNOWN)
    mailings = set(rows.values_list("mailing", flat=True))
    changed = queue_order.requeue_deliveries(rows, now or timezone.now(), reason=DeliveryReason.SENT_AGAIN)
    done = Mailing.objects.filter(pk__in=mailings, state=Mailing.State.DONE)
    done.update(state=Mailing.State.SENDING, looked_after_at=None)
    return changed
