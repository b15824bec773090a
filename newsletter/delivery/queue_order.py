"""Orders the queued deliveries of a mailing by due moment and id, and keeps the mark up to which they were handed out.

What is queued up to the mark is under way; what is queued again goes behind the mark, or no claim would find it. Every
function that moves the mark, or queues again, holds the mailing's row. Not here: taking the first of the line (queue).
"""

import datetime as dt
from collections.abc import Iterable

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, F, Func, Q, QuerySet

from newsletter.delivery import sql
from newsletter.models import Delivery, Mailing

_TICK = dt.timedelta(microseconds=1)  # the least by which two moments differ


def use_indexes(cursor: CursorWrapper) -> None:
    """Have PostgreSQL find rows by indexes for the rest of this transaction; SQLite does so by itself."""
    if connection.vendor == "postgresql":
        cursor.execute(sql.USE_INDEXES)


def _compare_place(sign: str) -> Func:
    """Compare a delivery's place in the line with its mailing's mark, as one row with another.

    (a, b) <= (c, d) goes by the index of the line; `a < c OR (a = c AND b <= d)`, as Q objects say it, does not.
    """
    places = (
        Func(F(at), F(pk), template="(%(expressions)s)", output_field=BooleanField())
        for at, pk in (("due_at", "pk"), ("mailing__reached_at", "mailing__reached_id"))
    )
    return Func(*places, template="%(expressions)s", arg_joiner=sign, output_field=BooleanField())


UNDER_WAY = Q(_compare_place("<="), state=Delivery.State.QUEUED)
WAITING = Q(_compare_place(">"), state=Delivery.State.QUEUED)


def lock_marks(mailing_ids: Iterable[int]) -> dict[int, dt.datetime]:
    """Lock the marks of mailings until the transaction ends; return up to which due moment each was handed out."""
    # In one order, so that two transactions never wait for each other. Without the key, so that rows which refer to the
    # mailing can be written meanwhile.
    rows = Mailing.objects.select_for_update(no_key=True).filter(pk__in=set(mailing_ids)).order_by("pk")
    return dict(rows.values_list("pk", "reached_at"))


def find_due_behind_mark(mark: dt.datetime, due_at: dt.datetime) -> dt.datetime:
    """Return the due moment of a delivery that is queued again: the intended one, or the first behind the mark."""
    return max(due_at, mark + _TICK)


def requeue_deliveries(rows: QuerySet[Delivery], due_at: dt.datetime, **changes: str) -> int:
    """Queue deliveries again, behind the marks of their mailings; return how many. Call it within a transaction."""
    count = 0
    for pk, mark in lock_marks(rows.order_by().values_list("mailing", flat=True).distinct()).items():
        changed = rows.filter(mailing=pk)
        count += changed.update(state=Delivery.State.QUEUED, due_at=find_due_behind_mark(mark, due_at), **changes)
    return count
