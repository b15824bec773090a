"""The line in which queued deliveries stand, by due moment and id, and the mark up to which their mailing was handed out.

What is queued up to the mark is under way; what is queued again goes behind it, or no claim would find it. Whoever moves
the mark, or queues again, holds the mailing's row. Not here: taking the first of the line (outbox).
"""

import datetime as dt
from collections.abc import Iterable

from django.db.models import BooleanField, F, Func, Q, QuerySet

from newsletter.models import Delivery, Mailing

_TICK = dt.timedelta(microseconds=1)  # the least by which two moments differ

# Rows are found by indexes, one by one. Left to itself, the planner believes statistics that are older than this mailing:
# it reads whole tables, or compares every queued row with every row of the batch, which took fourteen seconds; and it
# compiles a statement whose cost it overrates, which takes longer than the statement.
USE_INDEXES_SQL = (
    "".join(f"SET LOCAL enable_{way} = off;" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material"))
    + "SET LOCAL jit = off"
)


def _compare_place(sign: str) -> Func:
    """Compare a delivery's place in the line with its mailing's mark, as a database compares rows: by the index."""
    places = (
        Func(F(at), F(pk), template="(%(expressions)s)", output_field=BooleanField())
        for at, pk in (("due_at", "pk"), ("mailing__reached_at", "mailing__reached_id"))
    )
    return Func(*places, template="%(expressions)s", arg_joiner=sign, output_field=BooleanField())


UNDER_WAY = Q(_compare_place("<="), state=Delivery.State.QUEUED)
WAITING = Q(_compare_place(">"), state=Delivery.State.QUEUED)


def lock_marks(mailing_ids: Iterable[int]) -> dict[int, dt.datetime]:
    """Return up to which due moment each mailing was handed out, and hold that until the transaction ends."""
    rows = Mailing.objects.select_for_update(no_key=True).filter(pk__in=set(mailing_ids)).order_by("pk")
    return dict(rows.values_list("pk", "reached_at"))


def find_due_behind_mark(mark: dt.datetime, due_at: dt.datetime) -> dt.datetime:
    """Return the moment at which a delivery is queued again: the one that was meant, or the first behind the mark."""
    return max(due_at, mark + _TICK)


def requeue_deliveries(rows: QuerySet[Delivery], due_at: dt.datetime, **changes: str) -> int:
    """Put deliveries back into the line; return how many. Within a transaction."""
    count = 0
    for pk, mark in lock_marks(rows.order_by().values_list("mailing", flat=True).distinct()).items():
        changed = rows.filter(mailing=pk)
        count += changed.update(state=Delivery.State.QUEUED, due_at=find_due_behind_mark(mark, due_at), **changes)
    return count
