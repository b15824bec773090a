"""Which database this is: what tells it from a copy, from a restored backup, and from a replica that was promoted.

PostgreSQL: the cluster's system identifier, its timeline (a promotion or a point-in-time recovery begins a new one), the
database's oid, and the oid of one of our tables, which is made again where a dump is restored over its own database. All
of it may be read by a plain role. SQLite: device and inode of the file, and the name of the folder of marks that it was
used with. Not here: what follows from another identity (restored).
"""

import logging
from functools import cache
from pathlib import Path

from django.db import DataError, InternalError, NotSupportedError, ProgrammingError, connection, transaction

from newsletter.delivery import sent_marks

logger = logging.getLogger(__name__)

# The timeline is that of the log as it is written now: what pg_control_checkpoint() says is up to a checkpoint late, and
# right after a promotion still the old one. 0.1 ms.
_IDENTITY_SQL = """
    SELECT s.system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), d.oid,
        CAST(to_regclass('newsletter_mailing') AS oid)
    FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()
"""
# Where a provider took these functions from plain roles: a dump that was restored is seen all the same.
_PLAIN_ROLE_SQL = """
    SELECT d.oid, CAST(to_regclass('newsletter_mailing') AS oid) FROM pg_database d WHERE d.datname = current_database()
"""


def read_identity() -> str:
    """Return the identity of the database that this process works on; one query on PostgreSQL, none on SQLite."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_choose_statement())
            return " ".join(["postgresql", *map(str, cursor.fetchone() or ())])
    if connection.is_in_memory_db():  # type: ignore[attr-defined] # SQLite's own
        return "sqlite in memory"
    file = Path(connection.settings_dict["NAME"]).stat()
    return f"sqlite {file.st_dev} {file.st_ino} {sent_marks.identify_folder().name}"


@cache
def _choose_statement() -> str:
    """Return what this role may ask, tried once per process."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_IDENTITY_SQL)
    except (ProgrammingError, NotSupportedError, InternalError, DataError) as error:
        logger.warning("a promoted replica will not be noticed: %s", " ".join(str(error).split()))
        return _PLAIN_ROLE_SQL
    return _IDENTITY_SQL
