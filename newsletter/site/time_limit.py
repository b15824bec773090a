"""Limits the time of each database statement for a page of the site, so that no stranger's request can occupy the database.

The desk has no limit: its people may count a million readers. A statement that is cancelled leads to the page of a busy
site (middleware).
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.db import connection
from django.http import HttpRequest, HttpResponseBase

LIMIT_SECONDS = 5  # the slowest page takes a tenth of a second with a thousand digests
_STEPS_BETWEEN_CHECKS = 10_000  # of SQLite's virtual machine between two looks at the clock: less than a millisecond


class StatementTimeLimit:
    """Middleware that limits the statements of every page but the desk's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request under the limit."""
        if request.path.startswith("/admin/"):
            return self.get_response(request)
        with limit_statements(LIMIT_SECONDS):
            return self.get_response(request)


@contextlib.contextmanager
def limit_statements(seconds: float) -> Iterator[None]:
    """Limit each statement within to `seconds`; a longer one raises OperationalError.

    The limit is set before the first statement, so that a page without statements pays nothing.
    """
    begun: list[float] = []

    def limited(execute: Callable[..., Any], *call: Any) -> Any:
        if not begun:
            _set_limit(seconds, begun)
        begun[:] = [time.monotonic()]
        return execute(*call)

    with connection.execute_wrapper(limited):
        try:
            yield
        finally:
            if begun:
                _lift_limit()


def _set_limit(seconds: float, begun: list[float]) -> None:
    """Set the limit on the driver's connection, past Django: it must not count as a query of the page."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        # For the session, not the transaction: a page may use several, and _lift_limit resets it.
        connection.connection.execute(f"SET statement_timeout = {int(seconds * 1000)}")
    else:
        connection.connection.set_progress_handler(lambda: time.monotonic() - begun[0] > seconds, _STEPS_BETWEEN_CHECKS)


def _lift_limit() -> None:
    if connection.connection is None:
        return
    if connection.vendor != "postgresql":
        connection.connection.set_progress_handler(None, 0)
        return
    try:
        connection.connection.execute("RESET statement_timeout")
    except psycopg.Error:  # lost, or in a failed transaction: no later request may get it with the limit
        if not connection.in_atomic_block:
            connection.close()
