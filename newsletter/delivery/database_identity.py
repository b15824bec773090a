"""Identifies the database that a process works on, so that a copy, a restored backup or a promoted replica is noticed.

PostgreSQL: the cluster's system identifier, its timeline (a promotion or a point-in-time recovery begins a new one), the
database's oid, and the oid of one of our tables, which is made again where a dump is restored over its own database. All
of it may be read by a plain role. SQLite: device and inode of the file, and the name of the folder of marks that it was
used with. Not here: what follows from another identity (restored_database).
"""

import logging
from functools import cache
from pathlib import Path

from django.db import DataError, InternalError, NotSupportedError, ProgrammingError, connection, transaction

from newsletter.delivery import sent_marks, sql

logger = logging.getLogger(__name__)


def read_identity() -> str:
    """Return the identity of the database that this process works on; one query on PostgreSQL, none on SQLite."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_choose_statement())
            return " ".join(["postgresql", *map(str, cursor.fetchone() or ())])
    if connection.is_in_memory_db():  # type: ignore[attr-defined] # SQLite's own
        return "sqlite in memory"
    # A copy of the file has another inode, and on another machine the folder of marks has another name.
    file = Path(connection.settings_dict["NAME"]).stat()
    return f"sqlite {file.st_dev} {file.st_ino} {sent_marks.identify_folder().name}"


@cache
def _choose_statement() -> str:
    # What a role may call does not change while a process lives: tried once, not with each claim.
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.READ_IDENTITY)
    except (ProgrammingError, NotSupportedError, InternalError, DataError) as error:
        logger.warning("a promoted replica will not be noticed: %s", " ".join(str(error).split()))
        return sql.READ_IDENTITY_AS_PLAIN_ROLE
    return sql.READ_IDENTITY
