"""Backups are restored in the middle of a mailing, in every way we know; at the receiver nobody is counted twice."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests import installed, services
from tests.espserver import EspRequest, EspServer, esp_server
from tests.newsletter.delivery.test_crash import Machine, slowly
from tests.newsletter.delivery.test_outage import own_database
from tests.smtpsink import SmtpSink, sink

pytestmark = [pytest.mark.services, pytest.mark.slow]
READERS = 400
BATCH = 50  # as the worker sets it: what was claimed and not begun when it was stopped is no more than two of them
Found = dict[str, Any]


@dataclass
class Drill:
    """A mailing that was sent on after a backup; `sent_since` mails are unknown to it."""

    server: SmtpSink
    sent_since: int


@contextmanager
def in_mid_mailing(machine: Machine, back_up: Callable[[], object]) -> Iterator[Drill]:
    """Send some, back up, send some more; yield while the receiver is still there."""
    machine.run("plan", READERS)
    with sink(slowly) as server:
        assert machine.send_and_stop(server, 80, signal.SIGTERM)
        back_up()
        before = len(server.received)
        assert machine.send_and_stop(server, 100, signal.SIGTERM)
        yield Drill(server, len(server.received) - before)


def waits(restored: Machine, drill: Drill) -> Found:
    """Let the restored database's workers run, and return what they wait for: nothing was sent by them."""
    before = len(drill.server.received)
    found = restored.run("ticks", drill.server.port)
    assert len(drill.server.received) == before
    return dict(found["older"])


def assert_nobody_twice_and_the_others_once(restored: Machine, drill: Drill, found: Found) -> None:
    """Decide that those between have it: they are who got it, and at most what was claimed and not begun; the rest gets it."""
    assert (found["known"], found["state"]) == (True, "paused")
    assert drill.sent_since <= found["n"] <= drill.sent_since + 2 * BATCH
    report = restored.run("settle", found["n"], drill.server.port)
    assert [reader for reader, n in Counter(drill.server.recipients).items() if n > 1] == []
    assert READERS - len(drill.server.received) == found["n"] - drill.sent_since
    assert (report["counts"]["accepted"], report["counts"]["unknown"]) == (READERS, 0)


def assert_nobody_twice_where_nothing_is_known(restored: Machine, drill: Drill, found: Found, why: str) -> None:
    """Decide that all who are queued have it: nobody gets two, and nothing is sent any more."""
    before = len(drill.server.received)
    assert found == {"why": why, "known": False, "n": found["n"], "state": "paused"}
    assert READERS - before <= found["n"] - drill.sent_since <= READERS
    report = restored.run("settle", found["n"], drill.server.port)
    assert len(drill.server.received) == before == len(set(drill.server.recipients))
    assert (report["counts"]["accepted"], report["counts"]["unknown"]) == (READERS, 0)


# PostgreSQL


def tool(name: str, *arguments: object) -> None:
    folder = installed.postgres_folder()
    assert folder is not None
    subprocess.run([str(folder / name), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def dump(url: str, path: Path) -> None:
    tool("pg_dump", "--format=custom", f"--file={path}", url)


def new_database(url: str) -> str:
    name = f"{urlsplit(url).path[1:]}_new"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.mark.parametrize("machine_is_new", [False, True])
def test_a_dump_restored_into_a_new_database_mails_nobody_twice(postgres_url, tmp_path, machine_is_new):
    machine, kept = Machine(postgres_url, tmp_path / "var"), tmp_path / "kept"
    with in_mid_mailing(machine, lambda: dump(postgres_url, kept)) as drill:
        url = new_database(postgres_url)
        tool("pg_restore", f"--dbname={url}", kept)
        restored = Machine(url, tmp_path / ("other" if machine_is_new else "var"))
        found = waits(restored, drill)

        assert found["why"] == "database"
        if machine_is_new:
            assert_nobody_twice_where_nothing_is_known(restored, drill, found, "database")
        else:
            assert_nobody_twice_and_the_others_once(restored, drill, found)


def test_a_dump_restored_over_its_own_database_mails_nobody_twice(postgres_url, tmp_path):
    machine, kept = Machine(postgres_url, tmp_path / "var"), tmp_path / "kept"
    with in_mid_mailing(machine, lambda: dump(postgres_url, kept)) as drill:
        tool("pg_restore", "--clean", f"--dbname={postgres_url}", kept)
        found = waits(machine, drill)

        assert found["why"] == "database"  # its tables were made again
        assert_nobody_twice_and_the_others_once(machine, drill, found)


def restore_rows(url: str, kept: Path) -> None:
    """Put the rows of a dump into the very tables that they came from."""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        connection.execute(f"TRUNCATE {', '.join(name for (name,) in tables)} CASCADE")
    tool("pg_restore", "--data-only", "--disable-triggers", f"--dbname={url}", kept)


def test_rows_restored_into_the_same_tables_mail_nobody_twice(postgres_url, tmp_path):
    machine, kept = Machine(postgres_url, tmp_path / "var"), tmp_path / "kept"
    with in_mid_mailing(machine, lambda: dump(postgres_url, kept)) as drill:
        restore_rows(postgres_url, kept)
        found = waits(machine, drill)

        assert found["why"] == "mark"
        assert_nobody_twice_and_the_others_once(machine, drill, found)


def test_rows_and_var_dir_restored_together_mail_nobody_twice(postgres_url, tmp_path):
    machine, kept = Machine(postgres_url, tmp_path / "var"), tmp_path / "kept"

    def back_up() -> None:
        dump(postgres_url, kept)
        subprocess.run(["cp", "-a", tmp_path / "var", tmp_path / "kept-var"], check=True)

    with in_mid_mailing(machine, back_up) as drill:
        restore_rows(postgres_url, kept)
        subprocess.run(["cp", "-a", f"{tmp_path}/kept-var/.", tmp_path / "var"], check=True)
        found = waits(machine, drill)

        assert_nobody_twice_where_nothing_is_known(machine, drill, found, "folder")


def test_redis_knows_what_a_new_machine_does_not(postgres_url, redis_url, tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_MARKS_URL", redis_url)
    machine, kept = Machine(postgres_url, tmp_path / "var"), tmp_path / "kept"
    with in_mid_mailing(machine, lambda: dump(postgres_url, kept)) as drill:
        restore_rows(postgres_url, kept)
        restored = Machine(postgres_url, tmp_path / "other")
        found = waits(restored, drill)

        assert found["why"] == "mark"
        assert_nobody_twice_and_the_others_once(restored, drill, found)


def test_a_promoted_replica_mails_nobody_twice(tmp_path):
    with own_database() as primary, replica_of(primary.url) as replica:
        machine = Machine(primary.url, tmp_path)
        machine.migrate()
        with in_mid_mailing(machine, replica.catch_up_and_stop) as drill:
            primary.stop()
            replica.promote()
            promoted = Machine(replica.url, tmp_path)
            found = waits(promoted, drill)

            assert found["why"] == "database"
            assert_nobody_twice_and_the_others_once(promoted, drill, found)
            primary.start()


class Replica:
    """A streaming replica on loopback."""

    def __init__(self, primary: str, folder: Path) -> None:
        self.primary, self.folder, self.port = primary, folder, services.find_free_port()
        parts = urlsplit(primary)
        self.url = urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{self.port}"))
        self._tool("pg_basebackup", "-D", f"{folder}/data", "-R", "-d", primary)
        self._start()

    def _tool(self, name: str, *arguments: str) -> None:
        binaries = installed.postgres_folder()
        assert binaries is not None
        owner = services._as(services._unprivileged())  # PostgreSQL refuses root
        command = [str(binaries / name), *arguments]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **owner)

    def _start(self) -> None:
        options = " ".join([f"-p {self.port}", *services.POSTGRES_OPTIONS, *services.UNSAFE_OPTIONS])
        self._tool("pg_ctl", "-D", f"{self.folder}/data", "-w", "start", "-o", options)

    def stop(self) -> None:
        self._tool("pg_ctl", "-D", f"{self.folder}/data", "-w", "stop", "-m", "fast")

    def catch_up_and_stop(self) -> None:
        """Be a replica that was cut off here."""
        with psycopg.connect(self.primary) as connection:
            (written,) = connection.execute("SELECT pg_current_wal_flush_lsn()").fetchone() or ("",)
        deadline = time.monotonic() + 30
        with psycopg.connect(self.url, autocommit=True) as connection:
            behind = "SELECT pg_last_wal_replay_lsn() < %s::pg_lsn"
            while connection.execute(behind, [written]).fetchone() != (False,):
                assert time.monotonic() < deadline, "the replica does not catch up"
                time.sleep(0.05)
        self.stop()

    def promote(self) -> None:
        self._start()
        self._tool("pg_ctl", "-D", f"{self.folder}/data", "-w", "promote")


@contextmanager
def replica_of(primary: str) -> Iterator[Replica]:
    with services._folder("replica", services._unprivileged()) as folder:
        made = Replica(primary, folder)
        try:
            yield made
        finally:
            made.stop()


# SQLite


@pytest.fixture(scope="module")
def migrated(tmp_path_factory) -> Path:
    path = Path(tmp_path_factory.mktemp("migrated")) / "db.sqlite3"
    Machine(f"sqlite:///{path}", path.parent).migrate()
    return path


@pytest.fixture
def here(migrated, tmp_path) -> Machine:
    made = Machine(f"sqlite:///{tmp_path}/var/db.sqlite3", tmp_path / "var")
    made.folder.mkdir()
    copy_database(migrated, made.folder / "db.sqlite3")
    return made


def copy_database(source: Path, target: Path) -> None:
    """Copy as sqlite3's .backup does; over a file that is there, its inode stays."""
    for suffix in ("-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    with sqlite3.connect(source) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(source, target)


@pytest.mark.parametrize("target", ["var/db.sqlite3", "copy.sqlite3"])
def test_a_copied_database_mails_nobody_twice(here, tmp_path, target):
    kept = tmp_path / "kept.sqlite3"
    with in_mid_mailing(here, lambda: copy_database(here.folder / "db.sqlite3", kept)) as drill:
        copy_database(kept, tmp_path / target)
        restored = Machine(f"sqlite:///{tmp_path / target}", here.folder)
        found = waits(restored, drill)

        assert found["why"] == ("mark" if target == "var/db.sqlite3" else "database")
        assert_nobody_twice_and_the_others_once(restored, drill, found)


WAYS = {
    "a folder that was replaced": "rm -rf var && tar -xf kept.tar",
    "a folder that was written over": "cp -a kept/var/. var && rm -f var/db.sqlite3-*",
    "a folder without its marks": "rm -rf var && tar -xf kept.tar --exclude=var/marks",
    "a folder elsewhere": "rm -rf var && cp -a kept/var elsewhere && mv elsewhere var",
}


@pytest.mark.parametrize("way", WAYS)
def test_database_and_var_dir_restored_together_mail_nobody_twice(here, tmp_path, way):
    def back_up() -> None:
        copy_database(here.folder / "db.sqlite3", tmp_path / "checkpointed")
        shell("mkdir kept && cp -a var kept/ && tar -cf kept.tar var")

    def shell(command: str) -> None:
        subprocess.run(command, shell=True, cwd=tmp_path, check=True)

    with in_mid_mailing(here, back_up) as drill:
        shell(WAYS[way])
        found = waits(here, drill)

        assert found["why"] in {"database", "folder"}
        assert_nobody_twice_where_nothing_is_known(here, drill, found, found["why"])


def test_a_backup_from_before_the_mailing_was_planned_mails_nobody_twice(here, tmp_path):
    kept = tmp_path / "kept.sqlite3"
    here.run("compose", READERS)
    copy_database(here.folder / "db.sqlite3", kept)
    with sink(slowly) as server:
        here.run("begin")
        assert here.send_and_stop(server, 150, signal.SIGTERM)
        copy_database(kept, here.folder / "db.sqlite3")
        drill = Drill(server, len(server.received))
        found = waits(here, drill)
        assert found == {"why": "mark", "known": False, "n": READERS, "state": "paused"}
        found = here.run("settle", READERS, server.port)["older"]

    assert len(server.recipients) == len(set(server.recipients)) == drill.sent_since
    assert found["state"] == "done"


# Another way out


def test_an_esp_gets_nobody_twice(here, tmp_path, monkeypatch):
    kept = tmp_path / "kept.sqlite3"
    here.run("plan", READERS)
    with esp_server("mailgun", _slowly) as esp:
        monkeypatch.setenv("WORKER_ANYMAIL", json.dumps(esp.settings()))
        send_some(here, esp)
        copy_database(here.folder / "db.sqlite3", kept)
        before = len(esp.mails)
        send_some(here, esp)
        sent = [mail.to for mail in esp.mails]
        copy_database(kept, here.folder / "db.sqlite3")
        found = here.run("ticks")["older"]
        assert len(esp.mails) == len(sent)
        assert (found["why"], found["known"], found["n"] >= len(sent) - before > 0) == ("mark", True, True)
        here.run("settle", found["n"])

    received = Counter(mail.to for mail in esp.mails)
    assert [reader for reader, n in received.items() if n > 1] == []
    assert READERS - len(received) == found["n"] - (len(sent) - before)


def _slowly(_request: EspRequest) -> None:
    time.sleep(0.05)


def send_some(machine: Machine, esp: EspServer) -> None:
    """Let a worker make some requests, and stop it."""
    target = len(esp.requests) + 40
    worker = machine.start("send")
    while worker.poll() is None and len(esp.requests) < target:
        time.sleep(0.005)
    assert worker.poll() is None
    os.kill(worker.pid, signal.SIGTERM)
    worker.communicate(timeout=60)
