"""Claims sign-up requests and mails that are due, and decides when one that failed is tried again.

Sending such a mail twice does no harm, so all but a final refusal is tried again, a few times; what could not be carried out says
why on its row from the first failure on. Not here: what a request leads to (requests), composing and sending (mails).
"""

import datetime as dt
import re
from typing import NamedTuple, TypeVar

from django.db.models import F, Q, Value
from django.utils import timezone

from newsletter.models import SignupRequest, TransactionalMail
from newsletter.models.columns import clean_for_database
from newsletter.models.requests import ServiceMailReason

LEASE = dt.timedelta(minutes=10)  # a row whose worker was killed in the middle is not waited for longer
DOUBLE_PRESS_WITHIN = dt.timedelta(minutes=1)  # a press and the impatient next one; who waits longer wants another mail
# Minutes until a row is tried again: the relay may just have no connection to spare, or be away for half a day.
RETRY_MINUTES = (0.2, 1, 5, 20, 60, 180, 360)
MAX_ATTEMPTS = len(RETRY_MINUTES) + 1
FAILURES_SHOWN_FOR = dt.timedelta(days=1)  # what was given up
MAX_SILENT_DELAY = dt.timedelta(minutes=1)  # that a limit may hold a mail up before somebody should look
_MAX_REPLY_CHARACTERS = 1000  # of a server's words on a row
_NO_FAILURE = {"reason": "", "server_reply": ""}
_ADDRESS = re.compile(r"[^\s<>\"']+@[^\s<>\"']+")  # servers repeat it, and an alarm is read by others

AnyDueRow = SignupRequest | TransactionalMail
_Row = TypeVar("_Row", SignupRequest, TransactionalMail)


class Failure(NamedTuple):
    """Why an attempt failed, and what the server, or the program that failed, said of it."""

    reason: ServiceMailReason
    server_reply: str = ""

    def as_columns(self) -> dict[str, str]:
        """Return the columns of a row."""
        return {
            "reason": self.reason.value,
            "server_reply": clean_for_database(self.server_reply)[:_MAX_REPLY_CHARACTERS],
        }


class FailingRow(NamedTuple):
    """A request or mail whose last attempt failed: which kind, since when, when it is tried again (None: never), and why."""

    label: str
    at: dt.datetime
    due_at: dt.datetime | None
    failure: Failure

    def describe(self) -> str:
        """Return why, in the active language, and the server's words without the address that they may hold."""
        return self.failure.reason.describe(hide_addresses(self.failure.server_reply))


def list_due(model: type[AnyDueRow], limit: int) -> list[int]:
    """Return the numbers of rows that are due, those that wait longest first."""
    due = model._default_manager.filter(due_at__lte=timezone.now()).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:limit])


def claim_row(model: type[_Row], pk: int, *related: str) -> _Row | None:
    """Take a row that is due, together with what it names; None where another worker has it by now.

    The lease is the due moment itself, put off: one conditional UPDATE, of which the database lets one worker's match.
    """
    now = timezone.now()
    rows = model._default_manager.filter(pk=pk)
    taken = rows.filter(due_at__lte=now).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    return rows.select_related(*related).first() if taken else None


def settle_row(row: AnyDueRow, failure: Failure | None = None, *, due_at: dt.datetime | None = None) -> None:
    """Write how an attempt ended; without `due_at` it was the last one."""
    _update(row, **(failure.as_columns() if failure else _NO_FAILURE), due_at=due_at)


def retry_row_later(row: AnyDueRow, failure: Failure) -> None:
    """Try a row again after a while, each time longer, and not for ever."""
    pauses = RETRY_MINUTES[max(row.attempts, 1) - 1 :]
    settle_row(row, failure, due_at=timezone.now() + dt.timedelta(minutes=pauses[0]) if pauses else None)


def postpone_row(row: AnyDueRow, failure: Failure, until: dt.datetime) -> None:
    """Wait for a limit or for a domain's own wish: nothing was tried, so it counts as no attempt."""
    long = until - timezone.now() > MAX_SILENT_DELAY
    columns = failure.as_columns() if long else _NO_FAILURE
    _update(row, **columns, due_at=until, attempts=F("attempts") - 1)


def list_failing_rows(now: dt.datetime | None = None) -> list[FailingRow]:
    """Return what could not be carried out, the oldest first: it is tried again, or was given up less than a day ago."""
    recent = Q(due_at__isnull=False) | Q(at__gt=(now or timezone.now()) - FAILURES_SHOWN_FOR)
    shown = ("kind", "at", "due_at", "reason", "server_reply")
    sign_ups = SignupRequest.objects.annotate(kind=Value(TransactionalMail.Kind.CONFIRM.value))
    requests, mails = (
        rows.filter(recent).exclude(reason="").order_by() for rows in (sign_ups, TransactionalMail.objects.all())
    )
    # One query for both tables: the alarms look here every few minutes.
    rows = requests.values_list(*shown).union(mails.values_list(*shown), all=True).order_by("at")
    return [
        FailingRow(
            str(TransactionalMail.Kind(kind).label), at, due_at, Failure(ServiceMailReason(reason), server_reply)
        )
        for kind, at, due_at, reason, server_reply in rows
    ]


def hide_addresses(words: str) -> str:
    """Return why a row could not be carried out, without the address that a server's words may hold."""
    return _ADDRESS.sub("(address)", words)[:200]


def _update(row: AnyDueRow, **values: object) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**values)
