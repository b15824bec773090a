"""Loops over rows in which one row's unexpected error is that row's failure, and a database that is away is nobody's.

A row that fails is noted (RowFailure), left alone for a pause that doubles up to an hour, and forgotten once it succeeds;
the operator's alarms read the notes. An error that a loop expects is handled where it is expected, not here.
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

logger = logging.getLogger(__name__)

DATABASE_DOWN_ERRORS = (OperationalError, InterfaceError)
FIRST_RETRY_DELAY, MAX_RETRY_DELAY = dt.timedelta(minutes=1), dt.timedelta(hours=1)

_Row = TypeVar("_Row")
_Result = TypeVar("_Result")
_Parameters = ParamSpec("_Parameters")


class RowFailure(models.Model):
    """A row that a loop of the clock could not handle: how often, why, and when it is tried again; gone once it is."""

    step = models.CharField(max_length=40, help_text="The loop: build, decide, index, ...")
    row = models.CharField(max_length=100, help_text="The row's key in it")
    failures = models.PositiveIntegerField(default=0, help_text="In a row")
    error = models.TextField(help_text="Kind and place of the error; never its words, which may hold an address")
    failed_at = models.DateTimeField(default=timezone.now)
    retry_at = models.DateTimeField()

    class Meta:
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
    of_nobody: tuple[type[Exception], ...] = (),
) -> Iterator[_Result]:
    """Yield what `handle` returns for each row; a row whose handling raises is noted as failed, and the loop goes on.

    `step` names the loop, `key` a row in it. A row that failed before is passed over until its pause is over. Raises
    OperationalError or InterfaceError where the database is away, and what `of_nobody` names: that is no fault of a row.
    """
    passed_on: tuple[type[Exception], ...] = (*DATABASE_DOWN_ERRORS, *of_nobody)
    failed = dict(RowFailure.objects.filter(step=step).values_list("row", "retry_at"))
    for row in rows:
        name = str(key(row))[:100]
        if name in failed and failed[name] > timezone.now():
            continue
        try:
            result = handle(row)
        except passed_on:
            raise
        except Exception as error:
            record_row_failure(step, name, error)
            continue
        if name in failed:
            RowFailure.objects.filter(step=step, row=name).delete()
        yield result


def record_row_failure(step: str, row: str, error: Exception) -> None:
    """Count a row's failure and set when it is tried again."""
    place = describe_error(error)
    logger.error("step=%s row=%s failed: %s", step, row, place)
    now = timezone.now()
    noted, _ = RowFailure.objects.get_or_create(step=step, row=row, defaults={"error": place, "retry_at": now})
    pause = min(FIRST_RETRY_DELAY * 2 ** min(noted.failures, 10), MAX_RETRY_DELAY)
    RowFailure.objects.filter(pk=noted.pk).update(
        failures=F("failures") + 1, error=place, failed_at=now, retry_at=now + pause
    )


def describe_error(error: BaseException) -> str:
    """Return the kind of an unexpected error and where it was raised: its own words may hold a reader's address."""
    frames = traceback.extract_tb(error.__traceback__)
    return (
        f"{type(error).__name__} in {Path(frames[-1].filename).name}:{frames[-1].lineno}"
        if frames
        else type(error).__name__
    )


def skip_when_database_is_down(
    function: Callable[_Parameters, _Result],
) -> Callable[_Parameters, _Result | None]:
    """Make a function of the clock one that leaves a line in the log where the database is away, and tries the next time."""

    @functools.wraps(function)
    def wrapped(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result | None:
        try:
            return function(*args, **kwargs)
        except DATABASE_DOWN_ERRORS as error:
            logger.warning("%s waits for the database: %s", function.__name__, " ".join(str(error).split()))
            connection.close()  # the next tick opens a new one
            return None

    return wrapped
