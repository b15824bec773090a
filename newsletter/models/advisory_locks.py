"""PostgreSQL's advisory locks: every number that this project takes, in one place, so that no two steps share one unknowingly.

A lock of this kind belongs to no row. It is held until the transaction ends, whatever becomes of the process. Not here: locks
of rows (`select_for_update`), which stand where the row is read.
"""

from enum import IntEnum

from django.db import connection


class AdvisoryLock(IntEnum):
    """The steps that wait for each other. The numbers mean nothing, but all processes of an installation must agree on them."""

    RATE_RESERVATIONS = 4_606_127_001  # one process at a time reserves messages within SEND_LIMITS
    CATEGORY_CHANGES = 610_062  # readers' choices of categories share it, a merge or division has it alone


def take_advisory_lock(lock: AdvisoryLock, *, shared: bool = False) -> None:
    """Wait for a lock and hold it until the transaction ends; others may hold a `shared` one too.

    SQLite has one writer at a time, whose transactions do the same by themselves.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # A function call without a table: no plan, and no lock of a row that others would want.
            function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
            cursor.execute(f"SELECT {function}(%s)", [lock.value])
