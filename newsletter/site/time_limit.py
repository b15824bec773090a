"""A time limit for each statement that the database carries out for a page of the site: what a stranger asks must not occupy it.

The desk has none: who gets in there may count a million readers. A statement that is broken off is answered with the page of
a busy site (headers).
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
    """Middleware: limit the statements of everything but the desk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer within the limit."""
        if request.path.startswith("/admin/"):
            return self.get_response(request)
        with limit_statements(LIMIT_SECONDS):
            return self.get_response(request)


@contextlib.contextmanager
def limit_statements(seconds: float) -> Iterator[None]:
    """Let each statement within take so many seconds at most; one that takes longer raises OperationalError.

    The limit is set before the first statement: a page that asks the database nothing pays nothing.
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
    """Set the limit on the driver's own connection: it is no query of the page."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
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
    except psycopg.Error:  # lost, or in the middle of what failed: nobody may get it with the limit
        if not connection.in_atomic_block:
            connection.close()
