"""A database of version 0.1 is moved by one command: every row, every link and every rule is there afterwards.

`tests/data/version_0_1` holds two such databases, as that version's own code made them: the demo's day, and around it
sign-ups, a change of address, suppressions, a divided category, two imports and an undone mailing. Texts are placeholders.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from newsletter.operations.database_move import OLD_NOTE_TABLE
from tests import environment

pytestmark = pytest.mark.slow  # each question to a moved database is a process of its own

DATA = environment.ROOT / "tests/data/version_0_1"
RENAMED = {
    "newsletter_allowance": "newsletter_ratereservation",
    "newsletter_claim": "newsletter_deliverylease",
    "newsletter_hold": "newsletter_domainbackoff",
    "newsletter_passage": "newsletter_searchdocument",
    "newsletter_pulse": "newsletter_heartbeat",
    "newsletter_question": "newsletter_splitprompt",
    "newsletter_split": "newsletter_categorysplit",
    "newsletter_split_parts": "newsletter_categorysplit_parts",
}
RENAMED_COLUMNS = {
    ("newsletter_split_parts", "split_id"): "categorysplit_id",
    ("newsletter_question", "told"): "accepted_emails",
    ("newsletter_delivery", "answer"): "server_reply",
    ("newsletter_hold", "answer"): "server_reply",
}
# In place of sentences stand codes.
_CODED = {
    *(("newsletter_alarm", "text"), ("newsletter_mailing", "waits_for"), ("digests_collection", "error")),
    *(("digests_source", "last_error"), ("digests_section", "fallback_reason"), ("digests_section", "findings")),
    *(("digests_rewrite", "reason"), ("digests_link", "detail"), ("digests_revision", "remark")),
}
# The identity names the tables themselves on PostgreSQL; a test of its own looks at it.
_APART = {OLD_NOTE_TABLE, "newsletter_knowndatabase"}
SPLIT = ("newsletter_signuprequest", "newsletter_transactionalmail")
_SHARED = ("id", "email", "language", "ip", "at", "due_at", "attempts")
_SAY = "(lambda found: print(json.dumps(found)))"

Query = Callable[[str], list[tuple[Any, ...]]]
Tables = dict[str, list[dict[str, Any]]]


class Place(NamedTuple):
    """A database, as processes name it, and the rows that a query finds in it."""

    variables: dict[str, str]
    query: Query
    vendor: str


class Moved(NamedTuple):
    """A moved database, what stood in it before, and a new one."""

    place: Place
    before: Tables
    fresh: Place
    said: list[str]


def _place(vendor: str, folder: Path, url: str) -> Place:
    variables = {"ENV_FILE": os.devnull, "PATH": os.environ["PATH"], "VAR_DIR": str(folder), "LOG_LEVEL": "WARNING"}
    variables |= {"SECRET_KEY": "a-database-of-before", "SITE_URL": "https://news.example.org", "BEHIND_PROXY": "1"}
    if url:
        variables["DATABASE_URL"] = url
    return Place(variables, _asks_sqlite(folder / "db.sqlite3") if vendor == "sqlite" else _asks_postgres(url), vendor)


def _asks_sqlite(file: Path) -> Query:
    def query(statement: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(file)
        try:
            # Django's own function, which the checks of these tables name.
            connection.create_function("REGEXP", 2, lambda pattern, words: re.search(pattern, words) is not None)
            found = connection.execute(statement).fetchall()
            connection.commit()
        finally:
            connection.close()
        return found

    return query


def _asks_postgres(url: str) -> Query:
    def query(statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(url) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    return query


def _load(place: Place) -> None:
    text = (DATA / f"{place.vendor}.sql").read_text(encoding="utf-8")
    if place.vendor == "postgresql":
        with psycopg.connect(place.variables["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(text.encode())
        return
    file = sqlite3.connect(Path(place.variables["VAR_DIR"]) / "db.sqlite3")
    file.create_function("REGEXP", 2, lambda pattern, words: re.search(pattern, words) is not None)
    file.executescript(text)
    file.close()


def _manage(place: Place, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=environment.ROOT,
        env=place.variables,
        capture_output=True,
        text=True,
        check=False,
    )


def _ask_code(place: Place, code: str) -> Any:
    """Return what the product's own code says of a database."""
    setup = f"import sys, json; sys.path.insert(0, '.')\nimport django; django.setup()\n{code}"
    variables = place.variables | {"DJANGO_SETTINGS_MODULE": "newsletter.settings"}
    done = subprocess.run(
        [sys.executable, "-c", setup], cwd=environment.ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _tables(place: Place) -> list[str]:
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if place.vendor == "sqlite"
        else "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    found = [name for (name,) in place.query(names) if name.startswith(("digests_", "newsletter_"))]
    return sorted(name for name in found if not re.match(r"newsletter_found_", name))


def _columns(place: Place, table: str) -> list[str]:
    names = (
        f"SELECT name FROM pragma_table_info('{table}')"
        if place.vendor == "sqlite"
        else f"SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"
    )
    return sorted(name for (name,) in place.query(names))


def _rows(query: Query, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    names = ", ".join(f'"{name}"' for name in columns)
    return sorted(query(f"SELECT {names} FROM {table}"), key=repr)


def _read_everything(place: Place) -> Tables:
    """Return the rows of every table of ours, by their columns' names."""
    found: Tables = {}
    for table in _tables(place):
        names = _columns(place, table)
        chosen = ", ".join(f'"{name}"' for name in names)
        found[table] = [dict(zip(names, row, strict=True)) for row in place.query(f"SELECT {chosen} FROM {table}")]
    return found


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def moved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Moved:
    """Move such a database twice; before that it learns that it is at home where it stands."""
    vendor = request.param
    url = request.getfixturevalue("empty_postgres_url") if vendor == "postgresql" else ""
    place = _place(vendor, tmp_path_factory.mktemp("moved"), url)
    _load(place)
    here = _ask_code(place, f"from newsletter.delivery import database_identity as one\n{_SAY}(one.read_identity())")
    place.query(f"UPDATE newsletter_knowndatabase SET identity = '{here}'")
    place.query(f"UPDATE newsletter_mailing SET database = '{here}'")
    before = _read_everything(place)
    runs = [_manage(place, "move_database") for _ in range(2)]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr
    if vendor == "postgresql":
        fresh = place._replace(query=_asks_postgres(request.getfixturevalue("_postgres_template")))
    else:
        fresh = _place("sqlite", tmp_path_factory.mktemp("fresh"), "")
        assert _manage(fresh, "migrate", "-v0").returncode == 0
    return Moved(place, before, fresh, [run.stdout.strip() for run in runs])


def test_every_row_is_there_with_its_values(moved: Moved) -> None:
    after = _read_everything(moved.place)

    assert set(after) == {RENAMED.get(table, table) for table in moved.before if table != OLD_NOTE_TABLE} | {
        *SPLIT,
        "newsletter_issuefeedback",
        "newsletter_leavereason",
    }
    for table, rows in moved.before.items():
        if table in _APART:
            continue
        expected = [
            {
                RENAMED_COLUMNS.get((table, name), name): value
                for name, value in row.items()
                if name != "database" and (table, name) not in _CODED
            }
            for row in rows
            if (table, row.get("kind")) != ("newsletter_event", "left")
        ]
        names = set(expected[0]) if expected else set()
        found = [{name: row[name] for name in names} for row in after[RENAMED.get(table, table)]]
        assert _sorted(found) == _sorted(expected), table


def test_sentences_have_become_codes(moved: Moved) -> None:
    code = """
from newsletter.models import Alarm, LeaveReason, Mailing
found = [[one.message for one in Alarm.objects.all()], list(LeaveReason.objects.values_list("reason", flat=True))]
found.append([one.wait_reason for one in Mailing.objects.all()])
"""
    assert _ask_code(moved.place, code + f"{_SAY}(found)") == [
        [{"code": "alarm.other", "params": {"words": "Mailing 1 should have begun"}}],
        ["often"],
        [{}, {}, {}],
    ]


def test_tables_hold_enough_for_these_tests_to_mean_something(moved: Moved) -> None:
    empty = {table for table, rows in moved.before.items() if not rows}

    assert empty <= {
        *("digests_collection", "digests_link", "digests_revision", "digests_rewrite", "digests_rowfailure"),
        *("newsletter_found",),
    }
    assert {row["kind"] for row in moved.before[OLD_NOTE_TABLE]} == {
        *("signup", "welcome", "link", "undo", "reminder")  # a change of address forgets the two that led to it
    }
    assert {row["state"] for row in moved.before["newsletter_subscription"]} == {"active", "pending", "left"}


def test_sign_ups_and_mails_have_tables_of_their_own_and_keep_their_numbers(moved: Moved) -> None:
    notes = moved.before[OLD_NOTE_TABLE]
    after = _read_everything(moved.place)
    for table, is_own, own in (
        ("newsletter_signuprequest", True, ("publication_id", "categories", "time_zone", "puzzle")),
        ("newsletter_transactionalmail", False, ("kind", "subscription_id", "digest_id", "used_at", "key")),
    ):
        names = {*_SHARED, *own}
        expected = [row for row in notes if (row["kind"] == "signup") is is_own]
        assert _sorted([{name: row[name] for name in names} for row in after[table]]) == _sorted(
            [{name: row[name] for name in names} for row in expected]
        )
    by_reader = {row["id"]: row["network"] == "reader" for row in notes if row["kind"] == "signup"}
    assert {row["id"]: bool(row["by_reader"]) for row in after["newsletter_signuprequest"]} == by_reader
    assert set(by_reader.values()) == {True, False}
    assert "reader" not in {row["network"] for row in after["newsletter_signuprequest"]}


def test_digests_say_that_they_were_released(moved: Moved) -> None:
    planned = {row["digest_id"]: row["planned_at"] for row in moved.before["newsletter_mailing"]}
    undone = json.loads((DATA / f"{moved.place.vendor}.json").read_text())["undone_digest"]

    released: dict[int, Any] = dict(moved.place.query("SELECT id, released_at FROM digests_digest"))

    assert released == {pk: planned.get(pk) for pk in released}
    assert (len([one for one in released.values() if one]), released[undone]) == (3, None)


def test_numbers_that_were_given_out_are_not_given_again(moved: Moved) -> None:
    code = """
from newsletter.models import SignupRequest, TransactionalMail, Subscriber, Digest
from django.db import transaction
with transaction.atomic():
    made = [Subscriber.objects.create(email="next@example.org").pk]
    for model in (SignupRequest, TransactionalMail):
        fields = {"publication_id": 1} if model is SignupRequest else {"kind": "link"}
        made.append(model.objects.create(email="next@example.org", **fields).pk)
    transaction.set_rollback(True)
"""
    made = _ask_code(moved.place, code.replace(", Digest", "") + f"{_SAY}(made)")

    last = {name: max(row["id"] for row in moved.before[name]) for name in ("newsletter_subscriber", OLD_NOTE_TABLE)}
    assert made[0] == last["newsletter_subscriber"] + 1
    assert made[1] == made[2] > last[OLD_NOTE_TABLE]


def test_links_in_mails_of_before_work(moved: Moved) -> None:
    links = json.loads((DATA / f"{moved.place.vendor}.json").read_text())
    asked = min(row["at"] for row in moved.before[OLD_NOTE_TABLE])
    code = f"""
import datetime as dt
from newsletter.subscribers import account, consent
links, now = {links!r}, dt.datetime.fromisoformat({str(asked)!r})
now = now if now.tzinfo else now.replace(tzinfo=dt.UTC)
now += dt.timedelta(minutes=5)
found = [consent.find_subscription(scope, links[scope]).pk for scope in ("manage", "leave")]
found.append(consent.find_pending_subscription(links["confirm"], now).pk)
found.append(account.find_account_request("undo", links["undo"].split("/")[-2], now).pk)
found.append(account.find_account_request("owner", links["owner"].split("/")[-2], now))
"""
    found = _ask_code(moved.place, code + f"{_SAY}(found)")

    # The owner's link ended with the change of address.
    assert found == [links["manage_pk"], links["manage_pk"], links["confirm_pk"], links["undo_pk"], None]


def test_search_finds_what_it_found(moved: Moved) -> None:
    code = "from newsletter.archive import search\nfound = len(search.search_digests('모델').passages)\n"

    assert _ask_code(moved.place, code + f"{_SAY}(found)") > 10


def test_schema_is_that_of_a_new_database(moved: Moved) -> None:
    assert _schema(moved.place) == _schema(moved.fresh)
    statement = "SELECT app, name FROM django_migrations"
    assert sorted(moved.place.query(statement)) == sorted(moved.fresh.query(statement))
    assert _manage(moved.place, "makemigrations", "--check", "--dry-run").returncode == 0
    assert _manage(moved.place, "migrate", "--check").returncode == 0


def _schema(place: Place) -> list[tuple[Any, ...]]:
    """Return tables, columns, types, indexes, constraints and functions."""
    if place.vendor == "sqlite":
        return sorted(place.query("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master"))
    found = place.query(
        "SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, numeric_precision, "
        "numeric_scale, is_nullable, column_default, is_identity, is_generated, generation_expression "
        "FROM information_schema.columns WHERE table_schema = 'public' "
        # The order of columns in Django's own tables depends on its versions, as they came one after the other.
        "AND (table_name LIKE 'digests%' OR table_name LIKE 'newsletter%')"
    )
    found += place.query("SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    found += place.query(
        "SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace"
    )
    found += place.query(
        "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "AND proname LIKE 'newsletter%'"
    )
    return sorted(found, key=repr)


def test_people_of_the_desk_may_do_what_they_might(moved: Moved) -> None:
    statement = """
        SELECT c.app_label, c.model, p.codename FROM auth_permission p
        JOIN django_content_type c ON c.id = p.content_type_id
    """
    assert sorted(moved.place.query(statement)) == sorted(moved.fresh.query(statement))
    of_ann = "SELECT p.codename FROM auth_user_user_permissions u JOIN auth_permission p ON p.id = u.permission_id"
    assert sorted(name for (name,) in moved.place.query(of_ann)) == [
        *("view_domainbackoff", "view_signuprequest", "view_transactionalmail")
    ]
    groups = """
        SELECT g.name, p.codename FROM auth_group_permissions a JOIN auth_group g ON g.id = a.group_id
        JOIN auth_permission p ON p.id = a.permission_id
    """
    assert sorted(moved.place.query(groups)) == sorted(moved.fresh.query(groups))
    logged = (
        "SELECT c.model FROM django_admin_log l JOIN django_content_type c ON c.id = l.content_type_id ORDER BY l.id"
    )
    assert [model for (model,) in moved.place.query(logged)] == ["domainbackoff", "mailing"]


def test_a_moved_database_is_not_taken_for_a_restored_one(moved: Moved) -> None:
    code = """
from newsletter.delivery import database_identity
from newsletter.models import KnownDatabase, Mailing
here = database_identity.read_identity()
found = [{*KnownDatabase.objects.values_list("identity", flat=True), *Mailing.objects.values_list("database", flat=True)} == {here}]
"""
    assert _ask_code(moved.place, code + f"{_SAY}(found)") == [True]


def test_second_run_says_that_nothing_is_left_to_do(moved: Moved) -> None:
    assert moved.said == ["The database was moved.", "The database is already at this version."]


def test_what_was_asked_for_before_is_carried_out_afterwards(tmp_path: Path) -> None:
    place = _place("sqlite", tmp_path, "")
    _load(place)
    assert _manage(place, "move_database").returncode == 0

    sent = _ask_code(place, f"from newsletter.transactional import mails\n{_SAY}(mails.send_due_mails())")

    receivers = sorted(path.name.split("-", 1)[1].rpartition("-")[0] for path in (tmp_path / "outbox").glob("*.eml"))
    assert receivers == [
        *("junho@example.org", "minji@example.org", "minji@example.org", "solved@example.org", "waits@example.org")
    ]
    assert sent == len(receivers)


def _stand(place: Place) -> list[tuple[Any, ...]]:
    return place.query("SELECT name FROM sqlite_master ORDER BY name") + place.query("SELECT * FROM newsletter_note")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "DELETE FROM django_migrations WHERE name = '0030_search_vector'",
            "Missing: newsletter.0030_search_vector. Unknown",
        ),
        (
            "INSERT INTO django_migrations (app, name, applied) VALUES ('digests', '0099_own', '2026-01-01')",
            "Unknown here: digests.0099_own.",
        ),
        ("UPDATE newsletter_pulse SET at = datetime('now') WHERE name = 'mailer'", "still running: mailer. Stop"),
        (
            "ALTER TABLE newsletter_keptaway DROP COLUMN at",
            "newsletter_keptaway has nothing for at of newsletter_keptaway",
        ),
        (
            "ALTER TABLE newsletter_keptaway ADD COLUMN own text",
            "newsletter_keptaway has no place for own of newsletter_keptaway",
        ),
        ("CREATE TABLE newsletter_own (id integer)", "no counterpart, so nothing was moved: newsletter_own"),
    ],
)
def test_a_database_that_cannot_be_moved_stays_as_it_was(tmp_path: Path, change: str, says: str) -> None:
    place = _place("sqlite", tmp_path, "")
    _load(place)
    place.query(change)
    before = _stand(place)

    done = _manage(place, "move_database")

    assert (done.returncode, done.stderr.count(says)) == (1, 1)
    assert _stand(place) == before


def test_migrate_refuses_a_database_that_has_to_be_moved_first(tmp_path: Path) -> None:
    place = _place("sqlite", tmp_path, "")
    _load(place)
    before = _stand(place)

    done = _manage(place, "migrate")

    assert (done.returncode, done.stderr.count("newsletter.E026"), done.stderr.count("manage.py move_database")) == (
        1,
        1,
        1,
    )
    assert _stand(place) == before


def test_an_empty_database_has_nothing_to_move(tmp_path: Path) -> None:
    done = _manage(_place("sqlite", tmp_path, ""), "move_database")

    assert (done.returncode, done.stderr.strip()) == (
        1,
        "CommandError: This database has no tables yet. Run `manage.py migrate`.",
    )
