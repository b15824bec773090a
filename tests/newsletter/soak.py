"""Soaks sending in kills: `python -m tests.newsletter.soak [KILLS] [READERS] [WORKERS]` kills 200 workers by default.

Works on a private PostgreSQL that waits for the disk. Each round sends a mailing to so many readers by several workers at
once, and kills one after a random number of mails, until everything is settled; then the next round begins. Prints how many
readers got none without being in doubt (0), how many got two (0), and how many are in doubt.
"""

# ruff: noqa: T201 - a program for a terminal
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests import environment, services
from tests.newsletter.delivery.test_crash import CONNECTIONS, Machine, slowly
from tests.smtpsink import SmtpSink, sink


@dataclass
class SoakCounts:
    """Counts of the receiver and of the rows, over all rounds."""

    kills: int = 0
    planned: int = 0
    received: int = 0
    lost: int = 0
    doubled: int = 0
    unknown: int = 0


def main(kills: int = 200, readers: int = 10_000, workers: int = 2) -> int:
    """Run rounds until `kills` workers were killed; return 1 where a reader was lost or doubled, or too many are in doubt."""
    chance = random.Random(20260522)  # the same kills in each run, as far as the machine allows
    found = SoakCounts()
    began = time.monotonic()
    rounds = 0
    with services.run_postgres(durable=True) as server:
        while found.kills < kills:
            rounds += 1
            _round(server, f"soak_{rounds}", readers, workers, kills, chance, found)
            print(f"round {rounds}: {found}", flush=True)
    print(f"{rounds} mailings to {readers:,} readers in {time.monotonic() - began:.0f} s, {workers} workers: {found}")
    return 1 if found.lost or found.doubled or found.unknown > found.kills * CONNECTIONS else 0


def _round(
    server: str, name: str, readers: int, workers: int, kills: int, chance: random.Random, found: SoakCounts
) -> None:
    with tempfile.TemporaryDirectory() as folder, psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        machine = Machine(urlunsplit(urlsplit(server)._replace(path=f"/{name}")), Path(folder))
        machine.migrate()
        machine.run("plan", readers)
        with sink(slowly) as receiver:
            found.kills += _send(machine, receiver, (readers, workers), kills - found.kills, chance)
            _count(machine, receiver, found)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _send(machine: Machine, receiver: SmtpSink, size: tuple[int, int], kills: int, chance: random.Random) -> int:
    """Keep so many workers going, kill one at a time, until nothing is queued; return how many were killed."""
    killed = 0
    readers, workers = size
    running = [machine.start("send", receiver.port) for _ in range(workers)]
    while True:
        victim = running.pop(0)
        target = len(receiver.received) + chance.randint(1, 400)
        while victim.poll() is None and len(receiver.received) < target:
            time.sleep(0.001)
        if victim.poll() is None and killed < kills:
            victim.send_signal(signal.SIGKILL)
            killed += 1
        victim.communicate(timeout=120)
        running.append(machine.start("send", receiver.port))
        # A worker that starts settles what the killed one left, so a report is worth its time near the end only.
        if len(receiver.received) >= readers * 0.9 and not machine.run("report")["counts"]["queued"]:
            _finish(running)
            if not machine.run("report")["counts"]["queued"]:
                return killed
            running = [machine.start("send", receiver.port) for _ in range(workers)]


def _finish(running: "list[subprocess.Popen[str]]") -> None:
    for worker in running:
        worker.communicate(timeout=120)


def _count(machine: Machine, receiver: SmtpSink, found: SoakCounts) -> None:
    report = machine.run("report")
    received = Counter(receiver.recipients)
    found.planned += report["counts"]["planned"]
    found.received += len(received)
    found.unknown += report["counts"]["unknown"]
    found.lost += len(set(report["everyone"]) - set(received) - set(report["unknown"]))
    found.doubled += sum(n > 1 for n in received.values())


if __name__ == "__main__":
    if str(environment.ROOT) != str(Path.cwd()):
        sys.exit("Start it where manage.py stands.")
    sys.exit(main(*map(int, sys.argv[1:])))
