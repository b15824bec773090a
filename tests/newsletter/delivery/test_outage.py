"""The database or the disk goes away in the middle of a mailing and comes back: it goes on, nobody is lost or gets two."""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

from tests import installed, services
from tests.newsletter.delivery.test_crash import Machine, slowly
from tests.smtpsink import sink

READERS = 600


class Database:
    """A private PostgreSQL that can be stopped and started again on the same port."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        self.folder = str(row[0])

    def control(self, *words: str) -> None:
        binaries = installed.postgres_folder()
        assert binaries is not None
        command = [str(binaries / "pg_ctl"), "-D", self.folder, "-w", *words]
        owner = services._as(services._unprivileged())  # PostgreSQL refuses root
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **owner)

    def stop(self) -> None:
        self.control("stop", "-m", "fast")

    def start(self) -> None:
        options = " ".join([f"-p {urlsplit(self.url).port}", *services.POSTGRES_OPTIONS, *services.UNSAFE_OPTIONS])
        self.control("start", "-o", options)


@contextmanager
def own_database() -> Iterator[Database]:
    with services.run_postgres() as url:
        made = Database(url)
        try:
            yield made
        finally:
            # What pg_ctl started is no child of the one that made it.
            made.stop()


@pytest.mark.services
@pytest.mark.slow
def test_a_mailing_goes_on_after_the_database_was_gone(tmp_path):
    with own_database() as database, sink(slowly) as server:
        machine = Machine(database.url, tmp_path)
        machine.migrate()
        machine.run("plan", READERS)
        worker = machine.start("send", server.port)
        while len(server.received) < 150:
            time.sleep(0.005)
        database.stop()
        worker.communicate(timeout=60)
        sent_before = len(server.received)
        machine.start("send", server.port).communicate(timeout=60)  # while it is gone
        sent_without = len(server.received) - sent_before
        database.start()
        while machine.run("send", server.port)["counts"]["queued"]:
            pass
        found = machine.run("report")

    assert (sent_without, 150 <= sent_before < READERS) == (0, True)
    assert Counter(server.recipients) == Counter(found["everyone"])
    assert (found["counts"]["accepted"], found["counts"]["unknown"]) == (READERS, 0)


@pytest.mark.services
@pytest.mark.slow
def test_a_mailing_goes_on_after_the_disk_was_full(postgres_url, tmp_path):
    machine = Machine(postgres_url, tmp_path)
    machine.run("plan", READERS)
    with sink(slowly) as server:
        while_full = [machine.run("send", server.port, room)["counts"] for room in (1000, 20_000, 100)]
        sent_while_full = len(server.received)
        while machine.run("send", server.port)["counts"]["queued"]:
            pass
        found = machine.run("report")

    assert [counts["unknown"] for counts in while_full] == [0, 0, 0]
    assert while_full[0]["accepted"] == 0 < while_full[1]["accepted"]
    assert while_full[1]["accepted"] == while_full[2]["accepted"] == sent_while_full < READERS
    assert Counter(server.recipients) == Counter(found["everyone"])
    assert (found["counts"]["accepted"], found["counts"]["unknown"]) == (READERS, 0)
