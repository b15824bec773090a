"""Runs loops over rows so that an unexpected error of one row is recorded for that row and does not stop the others.

A failing row is recorded as a RowFailure and skipped for a pause that doubles up to an hour; the record is deleted once
the row succeeds. The operator's alarms read these records. A database that cannot be reached is not a row's failure: it
ends the loop. Not here: errors that a loop expects, which it handles itself.
"""

import datetime as dt
import functools
import logging
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection, models
from django.db.models import F, Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)

DATABASE_DOWN_ERRORS = (OperationalError, InterfaceError)
# An hour at most: within one the row is tried again after a fault was mended.
FIRST_RETRY_DELAY, MAX_RETRY_DELAY = dt.timedelta(minutes=1), dt.timedelta(hours=1)
MAX_ROW_KEY_CHARS = 100  # what the column holds

_Row = TypeVar("_Row")
_Result = TypeVar("_Result")
_Parameters = ParamSpec("_Parameters")


class RowFailure(models.Model):
    """A row that a loop of the clock could not handle: how often, why, and when it is tried again."""

    step = models.CharField(_("step"), max_length=40, help_text=_("The job’s step: build, decide, index, ..."))
    row = models.CharField(_("row"), max_length=MAX_ROW_KEY_CHARS, help_text=_("The row’s key in that step"))
    failures = models.PositiveIntegerField(_("failures"), default=0, help_text=_("In a row"))
    error = models.TextField(
        _("error"), help_text=_("Type and place of the error. Its text isn’t kept, as it may contain an address.")
    )
    failed_at = models.DateTimeField(_("failed at"), default=timezone.now)
    retry_at = models.DateTimeField(_("retry at"))

    class Meta:
        verbose_name = _("row failure")
        verbose_name_plural = _("row failures")
        ordering = ["step", "row"]
        constraints = [models.UniqueConstraint(fields=["step", "row"], name="row_failure_once")]

    def __str__(self) -> str:
        return f"{self.step} {self.row}: {self.failures}"


def _primary_key(row: object) -> object:
    return row.pk if isinstance(row, Model) else row


def handle_each_row(
    step: str,
    rows: Iterable[_Row],
    handle: Callable[[_Row], _Result],
    *,
    key: Callable[[_Row], object] = _primary_key,
    reraise: tuple[type[Exception], ...] = (),
) -> Iterator[_Result]:
    """Yield what `handle` returns for each row; if it raises, the row is recorded as failed, and the loop goes on.

    `step` names the loop, `key` returns a row's name within it. A row that failed before is skipped until its pause is
    over. Raises OperationalError or InterfaceError where the database cannot be reached, and the errors in `reraise`,
    because they are not the fault of one row.
    """
    fatal: tuple[type[Exception], ...] = (*DATABASE_DOWN_ERRORS, *reraise)
    retry_times = dict(RowFailure.objects.filter(step=step).values_list("row", "retry_at"))
    for row in rows:
        name = str(key(row))[:MAX_ROW_KEY_CHARS]
        if name in retry_times and retry_times[name] > timezone.now():
            continue
        try:
            result = handle(row)
        except fatal:
            raise
        except Exception as error:
            record_row_failure(step, name, error)
            continue
        if name in retry_times:
            RowFailure.objects.filter(step=step, row=name).delete()
        yield result


def record_row_failure(step: str, row: str, error: Exception) -> None:
    """Record that a row of a loop failed, and set when it is tried again."""
    place = describe_error(error)
    logger.error("step=%s row=%s failed: %s", step, row, place)
    now = timezone.now()
    failure, _ = RowFailure.objects.get_or_create(step=step, row=row, defaults={"error": place, "retry_at": now})
    # The exponent is bounded because a timedelta overflows long before a row that always fails is mended.
    pause = min(FIRST_RETRY_DELAY * 2 ** min(failure.failures, 10), MAX_RETRY_DELAY)
    # F, so that two workers that fail on the same row at once both count.
    RowFailure.objects.filter(pk=failure.pk).update(
        failures=F("failures") + 1, error=place, failed_at=now, retry_at=now + pause
    )


def describe_error(error: BaseException) -> str:
    """Return the class of an error and where it was raised, without its message, which may hold a reader's address."""
    frames = traceback.extract_tb(error.__traceback__)
    return (
        f"{type(error).__name__} in {Path(frames[-1].filename).name}:{frames[-1].lineno}"
        if frames
        else type(error).__name__
    )


def skip_when_database_is_down(
    function: Callable[_Parameters, _Result],
) -> Callable[_Parameters, _Result | None]:
    """Decorate a function of the clock so that it logs one line and returns None where the database cannot be reached."""

    @functools.wraps(function)
    def wrapped(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result | None:
        try:
            return function(*args, **kwargs)
        except DATABASE_DOWN_ERRORS as error:
            logger.warning("%s waits for the database: %s", function.__name__, " ".join(str(error).split()))
            connection.close()  # the next tick opens a new one
            return None

    return wrapped
