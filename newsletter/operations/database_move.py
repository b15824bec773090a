"""Moves a database of version 0.1 to the tables of this one: renamed tables, sign-ups and mails apart, one first migration.

Everything is copied aside, the tables are made as a new database would have them, and the rows go back; so the result
cannot differ from a new database; then the migrations since run over them. It is one transaction on SQLite and PostgreSQL alike: where anything fails, or a row
would be lost, the database stays as it was. Numbers of rows stay, because links in mails and files beside the database
name them; so do the counters from which new numbers are given. Not here: what later migrations change.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management.sql import emit_post_migrate_signal
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from newsletter.delivery import database_identity

logger = logging.getLogger(__name__)

# Where version 0.1 (commit 1253301) ends: each of these, and no other.
_OLD_DIGESTS = """
    0001_initial 0002_revision 0003_override 0004_cost_and_attempts 0005_rewrite_and_deadline 0007_readers_hours
    0008_link 0009_sources_that_move 0011_item_withdrawn 0012_read_stored_texts 0020_row_failure
"""
_OLD_NEWSLETTER = """
    0001_initial 0002_note 0003_claims 0004_ledger_indexes 0005_alarms 0006_desk 0007_event_queue
    0008_search_and_puzzle 0009_limits_and_archive 0010_desk_language_and_reminder 0011_split_and_reader_search
    0012_claim_by_index 0013_readers_hours 0014_pulse 0015_claims_by_mark 0016_owners_links
    0017_no_addresses_in_what_stays 0018_limits_per_mailbox 0020_import_as_a_row 0022_unread_mails
    0024_restored_database 0026_note_that_failed 0030_search_vector
"""
OLD_MIGRATIONS = frozenset(("digests", name) for name in _OLD_DIGESTS.split()) | frozenset(
    ("newsletter", name) for name in _OLD_NEWSLETTER.split()
)
FIRST_MIGRATIONS = [("digests", "0001_initial"), ("newsletter", "0001_initial")]
OLD_NOTE_TABLE, _FOUND = "newsletter_note", "newsletter_found"
_FOUND_PARTS = tuple(f"{_FOUND}_{part}" for part in ("config", "content", "data", "docsize", "idx"))

_NEW_TABLES = {
    "newsletter_allowance": "newsletter_ratereservation",
    "newsletter_claim": "newsletter_deliverylease",
    "newsletter_hold": "newsletter_domainbackoff",
    "newsletter_passage": "newsletter_searchdocument",
    "newsletter_pulse": "newsletter_heartbeat",
    "newsletter_question": "newsletter_splitprompt",
    "newsletter_split": "newsletter_categorysplit",
    "newsletter_split_parts": "newsletter_categorysplit_parts",
}
# By the old name of the model; the new one is these words without spaces.
_NEW_MODELS = {
    "allowance": "rate reservation",
    "claim": "delivery lease",
    "hold": "domain backoff",
    "note": "transactional mail",
    "passage": "search document",
    "pulse": "heartbeat",
    "question": "split prompt",
    "split": "category split",
}
_COMPUTED = {"newsletter_searchdocument": {"vector"}}  # by PostgreSQL itself
# Columns of before that stand under another name now (_VALUES), or are computed.
_READ_OTHERWISE = {
    **_COMPUTED,
    "newsletter_categorysplit_parts": {"split_id"},
    "newsletter_splitprompt": {"told"},
}
_KINDS = (
    "'queued', 'sent', 'rejected', 'failed', 'bounced', 'deferred', 'delivered', 'autoresponded', 'opened', 'clicked'"
)
_KINDS += ", 'complained', 'unsubscribed', 'subscribed', 'inbound', 'inbound_failed', 'unknown', 'left'"
# What a column is filled with, where it is not the column of the same name: by table and column.
_VALUES = {
    # Until now the mailing's row alone said that a digest had begun to be sent.
    ("digests_digest", "released_at"): "(SELECT planned_at FROM moving_newsletter_mailing m WHERE m.digest_id = o.id)",
    ("newsletter_categorysplit_parts", "categorysplit_id"): "split_id",
    ("newsletter_splitprompt", "accepted_emails"): "told",
    # These are closed lists now.
    ("newsletter_event", "kind"): f"CASE WHEN kind IN ({_KINDS}) THEN kind ELSE 'unknown' END",
    ("newsletter_event", "weight"): (
        "CASE WHEN weight IN ('hard', 'soft', 'policy', 'complaint', 'machine') THEN weight ELSE '' END"
    ),
    # That a reader asked on the own page stood in the place of the network.
    ("newsletter_signuprequest", "by_reader"): "network = 'reader'",
    ("newsletter_signuprequest", "network"): "CASE WHEN network = 'reader' THEN '' ELSE network END",
}
# Whose rows a table takes, where it is not one of its own: sign-ups and mails keep their numbers.
_FROM_NOTES = {"newsletter_signuprequest": "kind = 'signup'", "newsletter_transactionalmail": "kind <> 'signup'"}


class MoveError(Exception):
    """The database is not moved; the text says why, and what to do."""


def move_database() -> bool:
    """Move the database of the settings; False where there is nothing to move. Raises MoveError."""
    if not _is_old_database():
        return False
    _refuse_live_workers()
    # SQLite looks at foreign keys only outside of a transaction, so they are off before it begins.
    with _foreign_keys_off(), transaction.atomic(), connection.cursor() as cursor:
        here = database_identity.read_identity()
        old = _list_our_tables(cursor)
        _lock_tables(cursor, old)
        counters = _read_counters(cursor, old)
        before = _copy_aside(cursor, old)
        _drop_tables(cursor, old)
        # The names of the first migrations are the same as in version 0.1: without this, none would run.
        MigrationRecorder.Migration.objects.filter(app__in=["digests", "newsletter"]).delete()
        MigrationExecutor(connection).migrate(FIRST_MIGRATIONS)
        _copy_back(cursor, before)
        _write_counters(cursor, counters)
        _rename_content_types()
        _keep_identity(cursor, here)
        for table in before:
            cursor.execute(f"DROP TABLE moving_{table}")
        # Rows went in while foreign keys were off or deferred: a dangling one has to end the move, not a later day.
        connection.check_constraints()
        _run_later_migrations(cursor)
        # SQLite makes a table again for a new column, and then counts from its rows.
        if connection.vendor == "sqlite":
            _write_counters(cursor, counters)
    logger.info("moved tables=%d rows=%d", len(before), sum(before.values()))
    return True


def _run_later_migrations(cursor: CursorWrapper) -> None:
    """Bring tables and rows from the first migrations to the newest ones, and make what `migrate` makes afterwards."""
    if connection.vendor == "postgresql":
        # A row of this transaction that a migration changes would leave a deferred check, and no table with one is altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    executor = MigrationExecutor(connection)
    executor.migrate([key for key in executor.loader.graph.leaf_nodes() if key[0] in {"digests", "newsletter"}])
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)  # content types, permissions, roles


def _is_old_database() -> bool:
    """Say whether the database is one of version 0.1; raise MoveError where it stands anywhere else than at its end."""
    applied = {key for key in MigrationRecorder(connection).applied_migrations() if key[0] in {"digests", "newsletter"}}
    if not applied:
        raise MoveError("This database has no tables yet. Run `manage.py migrate`.")
    if OLD_NOTE_TABLE not in connection.introspection.table_names():
        return False
    if applied == OLD_MIGRATIONS:
        return True
    missing = ", ".join(f"{app}.{name}" for app, name in sorted(OLD_MIGRATIONS - applied)) or "none"
    unknown = ", ".join(f"{app}.{name}" for app, name in sorted(applied - OLD_MIGRATIONS)) or "none"
    raise MoveError(
        "This database isn’t at the last migration of version 0.1. "
        f"Missing: {missing}. Unknown here: {unknown}. "
        "Check out the last commit of that version (1253301), run `manage.py migrate` there, come back to this one, and "
        "run `manage.py move_database` again."
    )


def _refuse_live_workers() -> None:
    """Raise MoveError where a worker answered the clock lately: it would write while its tables go."""
    # Four ticks: a worker that answered within them may hold rows right now. One that has waited longer for the model is not
    # seen, so the message and the documentation ask for all processes to be stopped.
    since = timezone.now() - dt.timedelta(seconds=4 * settings.HEARTBEAT_SECONDS)
    with connection.cursor() as cursor:
        # By text: the table goes by this name in version 0.1 alone.
        moment = connection.ops.adapt_datetimefield_value(since)
        cursor.execute("SELECT name FROM newsletter_pulse WHERE at > %s ORDER BY name", [moment])
        names = [name for (name,) in cursor.fetchall()]
    if names:
        raise MoveError(
            f"These processes are still running: {', '.join(names)}. Stop web, workers and beat, "
            f"wait {4 * settings.HEARTBEAT_SECONDS} seconds and try again."
        )


@contextmanager
def _foreign_keys_off() -> Iterator[None]:
    """Let SQLite drop tables that others name; it takes this outside of a transaction alone. PostgreSQL needs none of it."""
    if connection.vendor == "sqlite":
        connection.disable_constraint_checking()
    try:
        yield
    finally:
        connection.enable_constraint_checking()


def _list_our_tables(cursor: CursorWrapper) -> list[str]:
    names = connection.introspection.table_names(cursor)
    ours = [name for name in names if name.startswith(("digests_", "newsletter_"))]
    return sorted(name for name in ours if name not in _FOUND_PARTS)


def _lock_tables(cursor: CursorWrapper, tables: Iterable[str]) -> None:
    """Keep everybody else from the tables until the end; SQLite's transaction does so from its beginning."""
    if connection.vendor == "postgresql":
        try:
            cursor.execute("SET LOCAL lock_timeout = '10s'")  # a query of the site is over by then
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        except OperationalError as error:
            raise MoveError("Another process is using the tables. Stop every process and try again.") from error


def _copy_aside(cursor: CursorWrapper, tables: Iterable[str]) -> dict[str, int]:
    """Copy each table into a temporary one; return how many rows each has."""
    counts = {}
    for table in tables:
        # The number of a row of the full-text table is that of the document.
        what = "rowid AS id, words" if table == _FOUND else "*"
        cursor.execute(f"CREATE TEMPORARY TABLE moving_{table} AS SELECT {what} FROM {table}")  # noqa: S608 - own names
        cursor.execute(f"SELECT count(*) FROM moving_{table}")  # noqa: S608 - own names
        counts[table] = int(cursor.fetchone()[0])
    return counts


def _drop_tables(cursor: CursorWrapper, tables: Iterable[str]) -> None:
    if connection.vendor == "postgresql":
        cursor.execute("DROP FUNCTION IF EXISTS newsletter_find(tsquery)")
        cursor.execute(f"DROP TABLE {', '.join(tables)} CASCADE")  # they name each other
        return
    for table in tables:
        cursor.execute(f"DROP TABLE {table}")


def _copy_back(cursor: CursorWrapper, before: dict[str, int]) -> None:
    """Fill the new tables; raise MoveError where a table, a column or a row has no place or no source."""
    source = {_NEW_TABLES.get(table, table): table for table in before if table != OLD_NOTE_TABLE}
    source |= dict.fromkeys(_FROM_NOTES, OLD_NOTE_TABLE)
    if differing := set(source) ^ set(_list_our_tables(cursor)):
        raise MoveError(f"These tables have no counterpart, so nothing was moved: {', '.join(sorted(differing))}")
    after = dict.fromkeys(before, 0)
    for new, old in source.items():
        after[old] += _copy_table(cursor, new, old)
    if lost := [table for table in before if before[table] != after[table]]:
        raise MoveError(f"Rows of these tables would be lost, so nothing was moved: {', '.join(lost)}")


def _copy_table(cursor: CursorWrapper, new: str, old: str) -> int:
    """Copy the rows of one table, and return how many there were."""
    if new == _FOUND:
        cursor.execute(f"INSERT INTO {_FOUND} (rowid, words) SELECT id, words FROM moving_{_FOUND}")  # noqa: S608 - own
        return int(cursor.rowcount)
    columns = _columns(cursor, new) - _COMPUTED.get(new, set())
    given = _columns(cursor, f"moving_{old}")
    values = {name: _VALUES.get((new, name), f'"{name}"') for name in sorted(columns)}
    if missing := [name for name in columns - given if (new, name) not in _VALUES]:
        raise MoveError(f"{old} has nothing for {', '.join(sorted(missing))} of {new}, so nothing was moved")
    if new not in _FROM_NOTES and (lost := given - columns - _READ_OTHERWISE.get(new, set())):
        raise MoveError(f"{new} has no place for {', '.join(sorted(lost))} of {old}, so nothing was moved")
    names = ", ".join(f'"{name}"' for name in values)
    condition = _FROM_NOTES.get(new, "1 = 1")
    cursor.execute(
        f"INSERT INTO {new} ({names}) SELECT {', '.join(values.values())} FROM moving_{old} o WHERE {condition}"  # noqa: S608 - own
    )
    return int(cursor.rowcount)


def _columns(cursor: CursorWrapper, table: str) -> set[str]:
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608 - own names
    return {column[0] for column in cursor.description or ()}


def _read_counters(cursor: CursorWrapper, tables: Iterable[str]) -> dict[str, int]:
    """Return the last number that each table gave out: a deleted row's number must not be given again.

    Files beside the database say by it how far a mailing was handed out.
    """
    # SQLite keeps them in one table of its own, PostgreSQL in a sequence per column.
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name, seq FROM sqlite_sequence")
        return {name: int(last) for name, last in cursor.fetchall() if name in set(tables)}
    counters: dict[str, int] = {}
    for table in tables:
        if sequence := _find_sequence(cursor, table):
            cursor.execute(f"SELECT last_value FROM {sequence} WHERE is_called")  # noqa: S608 - PostgreSQL's name
            if row := cursor.fetchone():
                counters[table] = int(row[0])
    return counters


def _write_counters(cursor: CursorWrapper, counters: dict[str, int]) -> None:
    new = {_NEW_TABLES.get(table, table): last for table, last in counters.items() if table != OLD_NOTE_TABLE}
    if OLD_NOTE_TABLE in counters:
        new |= dict.fromkeys(_FROM_NOTES, counters[OLD_NOTE_TABLE])
    for table, last in new.items():
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s AND seq < %s", [table, last])
            cursor.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT %s, %s"
                " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = %s)",
                [table, last, table],
            )
        else:
            cursor.execute("SELECT setval(%s, %s)", [_find_sequence(cursor, table), last])


def _find_sequence(cursor: CursorWrapper, table: str) -> str | None:
    if "id" not in _columns(cursor, table):
        return None
    cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
    found: tuple[Any, ...] = cursor.fetchone()
    return str(found[0]) if found[0] else None


def _keep_identity(cursor: CursorWrapper, before: str) -> None:
    """Let mailings know the database again: on PostgreSQL a new table looks like a restored one."""
    # By text, as are all statements here: later migrations may change what the models say of these tables.
    values = [database_identity.read_identity(), before]
    cursor.execute("UPDATE newsletter_mailing SET database = %s WHERE database = %s", values)
    cursor.execute("UPDATE newsletter_knowndatabase SET identity = %s WHERE identity = %s", values)


def _rename_content_types() -> None:
    """Let permissions and the desk's log name the new tables; who might see notes may see both that came of them."""
    for old, words in _NEW_MODELS.items():
        # The rows stay, so that permissions of people and lines of the log, which name them by number, stay too.
        for kind in ContentType.objects.filter(app_label="newsletter", model=old):
            ContentType.objects.filter(pk=kind.pk).update(model=words.replace(" ", ""))
            for permission in Permission.objects.filter(content_type=kind):
                _name_permission(permission, words)
    ContentType.objects.clear_cache()
    sign_ups, _ = ContentType.objects.get_or_create(app_label="newsletter", model="signuprequest")
    for permission in Permission.objects.filter(
        content_type__app_label="newsletter", content_type__model="transactionalmail"
    ):
        twin = _name_permission(Permission(content_type=sign_ups, codename=permission.codename), "signup request")
        for group in Group.objects.filter(permissions=permission):
            group.permissions.add(twin)
        for user in User.objects.filter(user_permissions=permission):
            user.user_permissions.add(twin)


def _name_permission(permission: Permission, words: str) -> Permission:
    """Name a permission as Django names that of a model with these words."""
    action = permission.codename.partition("_")[0]
    permission.codename, permission.name = f"{action}_{words.replace(' ', '')}", f"Can {action} {words}"
    permission.save()
    return permission
