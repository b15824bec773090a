"""Workers are killed in the middle of a batch, as real processes; their mails are counted at the receiver."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsletter.settings import BASE_DIR
from tests.smtpsink import SmtpSink, sink

READERS = 800
CONNECTIONS = 4  # of SMTP_CONNECTIONS: as many messages may be in flight on a killed process


@dataclass
class Machine:
    """A database and a var folder, as the workers of one machine share them."""

    database: str
    folder: Path

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        environment = os.environ | {
            "DATABASE_URL": self.database,
            "TEST_VAR_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-m", "tests.newsletter.worker", *map(str, arguments)]
        return subprocess.Popen(command, env=environment, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True)

    def migrate(self) -> None:
        environment = os.environ | {"DATABASE_URL": self.database, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=BASE_DIR, env=environment, check=True)

    def run(self, *arguments: object) -> dict[str, Any]:
        output, _errors = self.start(*arguments).communicate(timeout=120)
        return dict(json.loads(output.splitlines()[-1]))

    def send_and_stop(self, server: SmtpSink, after: int, how: signal.Signals) -> bool:
        """Start a worker and send it a signal once so many more mails have arrived; False where it ended before."""
        target = len(server.received) + after
        worker = self.start("send", server.port)
        assert worker.stdout is not None
        worker.stdout.readline()
        while worker.poll() is None and len(server.received) < target:
            time.sleep(0.0005)
        stopped = worker.poll() is None
        if stopped:
            worker.send_signal(how)
        worker.communicate(timeout=60)
        return stopped


@pytest.fixture(params=["sqlite", "postgres"])
def machine(request, tmp_path) -> Machine:
    if request.param == "postgres":
        return Machine(request.getfixturevalue("postgres_url"), tmp_path)
    made = Machine(f"sqlite:///{tmp_path / 'db.sqlite3'}", tmp_path)
    made.migrate()
    return made


def slowly(step: str, _recipient: str) -> str | None:
    """Answer as a relay does that takes a moment for each message."""
    if step == "dot":
        time.sleep(0.002)
    return None


@pytest.mark.services
@pytest.mark.slow
def test_killed_workers_lose_nobody_and_double_nobody_unseen(machine):
    machine.run("plan", READERS)

    kills = 0
    with sink(slowly) as server:
        while machine.run("report")["counts"]["queued"]:
            kills += machine.send_and_stop(server, 60 + 37 * kills, signal.SIGKILL)
            assert kills < 30, "no progress"

    found = machine.run("report")
    received = Counter(server.recipients)
    assert kills >= 4
    assert [reader for reader, n in received.items() if n > 1] == []
    assert set(found["everyone"]) - set(received) <= set(found["unknown"])
    assert found["counts"]["accepted"] + found["counts"]["unknown"] == found["counts"]["planned"] == READERS
    assert len(found["unknown"]) <= kills * CONNECTIONS


@pytest.mark.services
@pytest.mark.slow
def test_a_worker_that_is_asked_to_stop_leaves_nothing_in_doubt(machine):
    machine.run("plan", READERS)

    stops = 0
    with sink(slowly) as server:
        while machine.run("report")["counts"]["queued"]:
            stops += machine.send_and_stop(server, 200, signal.SIGTERM)
            assert stops < 20, "no progress"

    counts = machine.run("report")["counts"]
    assert (stops > 0, counts["accepted"], counts["unknown"]) == (True, READERS, 0)
    assert len(server.recipients) == len(set(server.recipients)) == READERS


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.parametrize(("order", "left"), [("pause", "queued"), ("end", "skipped")])
def test_an_order_takes_effect_within_two_seconds_over_all_workers(machine, order, left):
    machine.run("plan", READERS)
    arrivals: list[float] = []

    def very_slowly(step: str, _recipient: str) -> None:
        if step == "dot":
            time.sleep(0.2)  # a batch of 50 takes a worker more than two seconds
            arrivals.append(time.monotonic())

    with sink(very_slowly) as server:
        workers = [machine.start("send", server.port) for _ in range(2)]
        while len(arrivals) < 20:
            time.sleep(0.01)
        machine.start(order).communicate(timeout=30)
        ordered = time.monotonic()
        for worker in workers:
            worker.communicate(timeout=60)

    counts = machine.run("report")["counts"]
    assert max(arrivals) - ordered < 2
    assert (counts["accepted"], counts[left]) == (len(server.received), READERS - len(server.received))
    assert 0 < len(server.received) < READERS


@pytest.mark.services
@pytest.mark.slow
def test_two_schedulers_at_once_send_everything_once(machine):
    machine.run("plan", READERS)

    with sink(slowly) as server:
        workers = [machine.start("send", server.port) for _ in range(3)]
        for worker in workers:
            worker.communicate(timeout=60)
        while machine.run("report")["counts"]["queued"]:
            machine.run("send", server.port)

    assert Counter(server.recipients) == Counter(machine.run("report")["everyone"])
