"""Imports and workers: killed, taken over, discarded; and mailings that are due while an import is running."""

import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from digests.models import Category, RowFailure
from digests.text.messages import make_message
from newsletter.delivery import dispatch, queue
from newsletter.models import Import, ImportPart, Mailing, Subscriber, Subscription
from newsletter.settings import BASE_DIR
from newsletter.subscribers import category_split
from newsletter.subscribers.csv_import import jobs
from newsletter.subscribers.csv_import.import_errors import ImportErrorCode
from newsletter.subscribers.csv_import.read_files import ImportFileLines, read_header, read_records
from tests import build
from tests.newsletter import sample_mailing


def _begun(publication, text: str) -> Import:
    """Return an import that a person began and no worker has."""
    row = Import(publication=publication, name="readers.csv", consent="x")
    jobs.start_import(row, io.BytesIO(text.encode()))
    jobs.run_due_imports(only=row.pk)
    assert jobs.confirm_import(row)
    row.refresh_from_db()
    return row


def _emails(count: int, start: int = 0) -> str:
    return "".join(f"r{n}@example.org\n" for n in range(start, start + count))


@pytest.fixture
def publication():
    return build.publication(categories=[build.category("llm")])


# Killed workers, and those who take over


def _run(database: str, folder: Any, *arguments: object) -> "subprocess.Popen[str]":
    environment = os.environ | {
        "DATABASE_URL": database,
        "TEST_VAR_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "tests.newsletter.importer", *map(str, arguments)]
    return subprocess.Popen(command, env=environment, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True)


def _read_report(process: "subprocess.Popen[str]") -> dict[str, Any]:
    output, _errors = process.communicate(timeout=300)
    return dict(json.loads(output.splitlines()[-1]))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def database(request, tmp_path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    url = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=BASE_DIR, env=environment, check=True)
    return url


def test_import_of_a_killed_worker_loses_and_doubles_no_line(database, tmp_path):
    lines = 1_200
    assert _read_report(_run(database, tmp_path, "begin", lines))["state"] == "importing"
    killed = 0
    for pause in (0.1, 0.3):
        worker = _run(database, tmp_path, "import")
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(pause)
        if worker.poll() is None:
            worker.send_signal(signal.SIGKILL)
            killed += 1
        worker.communicate(timeout=60)
        found = _read_report(_run(database, tmp_path, "report"))
        assert found["rows"] == found["done"] == sum(found["counts"].values())
        _expire_lease(database, tmp_path)
    found = _read_report(_run(database, tmp_path, "import"))

    half = lines // 2
    assert killed
    assert found == {
        "state": "done",
        "done": lines,
        "counts": {"new": half, "left": half},
        "rows": lines,
        "active": half,
    }


def _expire_lease(database: str, folder: Any) -> None:
    """Let the lease of a killed worker run out."""
    script = "from newsletter.models import Import; Import.objects.update(worked_at='2020-01-01T00:00:00Z')"
    environment = os.environ | {
        "DATABASE_URL": database,
        "TEST_VAR_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", script], cwd=BASE_DIR, env=environment, check=True
    )


@pytest.mark.django_db
def test_import_goes_on_at_the_line_at_which_it_stopped(publication, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK_LINES", 2)
    row = _begun(publication, "email\n" + _emails(3) + "R0@example.org\n" + _emails(2, start=3))
    jobs.run_due_imports(seconds=0)
    row.refresh_from_db()
    assert (row.state, row.done, row.token) == ("importing", 2, "")
    reads: list[int] = []
    monkeypatch.setattr(ImportFileLines, "_iterate_lines", _counting(ImportFileLines._iterate_lines, reads))
    jobs.run_due_imports()
    row.refresh_from_db()

    assert (row.state, row.counts) == ("done", {"new": 5, "double": 1})
    assert reads[1] == row.size - len("email\n" + _emails(2))


def _counting(read: Any, counts: list[int]) -> Any:
    def counted(self: ImportFileLines) -> Any:
        n = len(counts)
        counts.append(0)
        for line in read(self):
            counts[n] += len(line)
            yield line

    return counted


@pytest.mark.django_db
def test_import_of_a_living_worker_is_left_to_it(publication):
    row = _begun(publication, "email\n" + _emails(3))
    Import.objects.update(token="another", worked_at=timezone.now())
    assert jobs.run_due_imports() == 0

    Import.objects.update(worked_at=timezone.now() - 2 * jobs.LEASE)
    assert jobs.run_due_imports() == 1
    row.refresh_from_db()
    assert row.state == "done"


@pytest.mark.django_db
def test_import_that_another_worker_took_over_writes_nothing_more(publication, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK_LINES", 1)
    row = _begun(publication, "email\n" + _emails(3))
    note = jobs._save_progress

    def taken_over(*arguments: Any) -> None:
        note(*arguments)
        Import.objects.update(token="another")

    monkeypatch.setattr(jobs, "_save_progress", taken_over)
    jobs.run_due_imports()
    row.refresh_from_db()

    assert (row.done, row.token, Subscriber.objects.count()) == (1, "another", 1)


@pytest.mark.django_db
def test_import_that_fails_stops_no_other(publication, monkeypatch):
    first, second = (_begun(publication, "email\n" + _emails(1, start=n)) for n in range(2))
    ImportPart.objects.filter(of=first).update(text='email\n"r0@example.org\n')
    jobs.run_due_imports()
    first.refresh_from_db()
    second.refresh_from_db()

    assert (first.state, second.state) == ("failed", "done")


@pytest.mark.django_db
def test_import_with_an_unexpected_error_is_noted_and_given_up_after_a_few(publication, monkeypatch, caplog):
    row = _begun(publication, "email\n" + _emails(1))
    other = _begun(publication, "email\n" + _emails(1, start=1))
    # A row as an older version wrote it.
    Import.objects.filter(pk=row.pk).update(mapping={"roles": ["email"], "values": [{}], "whole": "r0@example.org"})
    for _n in range(5):
        jobs.run_due_imports()
        Import.objects.filter(pk=row.pk).update(worked_at=timezone.now() - 2 * jobs.LEASE)
    row.refresh_from_db()
    other.refresh_from_db()

    assert (row.state, row.error, other.state) == ("failed", make_message(ImportErrorCode.UNEXPECTED), "done")
    assert RowFailure.objects.get().failures == 5
    assert "example.org" not in caplog.text
    jobs.discard_import(row)
    assert RowFailure.objects.count() == 0


@pytest.mark.django_db
def test_import_whose_category_is_gone_asks_again(publication):
    row = _begun(publication, "email\n" + _emails(1))
    publication.categories.filter(slug="llm").update(retired=True)
    jobs.run_due_imports()
    row.refresh_from_db()

    assert (row.state, row.error, Subscriber.objects.count()) == (
        "asking",
        make_message(ImportErrorCode.CATEGORY_GONE, slug="llm"),
        0,
    )


@pytest.mark.django_db
def test_import_after_a_division_gives_all_parts(publication):
    row = _begun(publication, "email\n" + _emails(1))
    parts = [Category(slug=slug, names={"ko": slug, "en": slug}) for slug in ("agents", "models")]
    category_split.split_category(publication.categories.get(), parts, keep=False)
    jobs.run_due_imports()
    row.refresh_from_db()

    assert row.state == "done"
    assert sorted(one.slug for one in Subscription.objects.get().categories.all()) == ["agents", "models"]


@pytest.mark.django_db
def test_purge_forgets_files_that_nobody_decided_about(publication):
    old, new = (Import(publication=publication, name="x", consent="x") for _n in range(2))
    for row in (old, new):
        jobs.start_import(row, io.BytesIO(b"email\na@example.org\n"))
    Import.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(days=8))

    assert jobs.purge_undecided_imports() == 1
    assert list(Import.objects.values_list("pk", flat=True)) == [new.pk]
    assert set(ImportPart.objects.values_list("of", flat=True)) == {new.pk}


@pytest.mark.django_db
def test_lines_come_in_pieces_and_from_any_place(publication, monkeypatch):
    monkeypatch.setattr("newsletter.subscribers.csv_import.read_files._PART_CHARS", 30)
    row = Import(publication=publication, name="x", consent="x")
    text = "email,name\n" + "".join(f'r{n}@example.org,"Kim,\nthe {n}th"\n' for n in range(20))
    jobs.start_import(row, io.BytesIO(text.encode("utf-16")))  # with the mark that spreadsheets write
    assert ImportPart.objects.count() > 10
    lines = ImportFileLines(row)
    between, names = read_header(lines)
    found, places = [], []
    for number, cells in read_records(lines, between, len(names)):
        found.append((number, cells))
        places.append((lines.place, lines.number))

    assert found == [(2 + 2 * n, [f"r{n}@example.org", f"Kim,\nthe {n}th"]) for n in range(20)]
    assert list(read_records(ImportFileLines(row, *places[7]), between, 2)) == found[8:]


@pytest.mark.django_db
def test_import_asks_as_often_for_three_lines_as_for_one(publication):
    counted = []
    for n in (1, 3):
        row = _begun(publication, "email,status\n" + "".join(f"{n}{k}@example.org,active\n" for k in range(n)))
        with CaptureQueriesContext(connection) as made:
            jobs.run_due_imports()
        row.refresh_from_db()
        assert row.counts == {"new": n}
        counted.append(len(made))

    assert counted[0] == counted[1]


# A mailing that is due while an import is running


@pytest.fixture
def mailing(db, settings, tmp_path) -> Mailing:
    settings.EMAIL_OUTBOX_DIR = tmp_path / "outbox"
    made = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(made, 3)
    return made


@pytest.mark.django_db
def test_mailing_waits_for_a_click_while_an_import_is_running(mailing):
    row = _begun(mailing.digest.publication, "email\n" + _emails(4))
    dispatch.begin_due_mailings()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.wait_reason, mailing.planned_at) == (
        "paused",
        {"code": "wait.import", "params": {"lines": 4}},
        None,
    )

    jobs.run_due_imports()
    row.refresh_from_db()
    dispatch.begin_due_mailings()
    mailing.refresh_from_db()
    assert (row.state, mailing.state) == ("done", "paused")  # for the click

    queue.resume_mailing(mailing)
    dispatch.begin_due_mailings()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.planned) == ("sending", 7)


@pytest.mark.django_db
def test_mailing_that_begins_all_the_same_leaves_who_comes_later_to_the_next_issue(mailing, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK_LINES", 1)
    _begun(mailing.digest.publication, "email\n" + _emails(4))
    jobs.run_due_imports(seconds=0)
    dispatch.begin_due_mailings()
    queue.resume_mailing(mailing)
    dispatch.begin_due_mailings()
    jobs.run_due_imports()
    dispatch.begin_due_mailings()
    mailing.refresh_from_db()

    assert (mailing.state, mailing.planned, mailing.deliveries.count()) == ("sending", 4, 4)
    assert Subscription.objects.filter(publication=mailing.digest.publication, state="active").count() == 7


@pytest.mark.django_db
def test_mailing_of_another_publication_does_not_wait(mailing):
    _begun(build.publication(categories=[build.category("x")]), "email\n" + _emails(4))
    dispatch.begin_due_mailings()
    mailing.refresh_from_db()

    assert mailing.state == "sending"


@pytest.mark.django_db
def test_mailing_page_tells_how_far_the_import_is(client, mailing):
    person = User.objects.create_user("publisher", is_staff=True)
    person.groups.add(Group.objects.get(name="publisher"))
    client.force_login(person)
    _begun(mailing.digest.publication, "email\n" + _emails(4))
    sending = client.get(reverse("admin:newsletter_schedule", args=[mailing.digest_id]))
    assert (sending.context["import_running"], sending.context["lines_to_come"]) == (True, 4)
    dispatch.begin_due_mailings()
    Import.objects.update(done=1)
    figures = reverse("admin:newsletter_figures", args=[mailing.pk])
    with override("en"):
        waits_for = client.get(figures, headers={"accept-language": "en"}).json()["waits_for"]
    assert (
        waits_for
        == "Import running, 3 lines to go. Subscribers who aren’t imported when the mailing starts get the next issue."
    )

    Import.objects.update(done=0)
    jobs.run_due_imports()
    waits_for = client.get(figures, headers={"accept-language": "en"}).json()["waits_for"]
    assert waits_for == "The import has finished, so its subscribers get this issue too. Select “Start now” to send it."
