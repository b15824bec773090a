"""Benchmark of importing a CSV file of another tool: time and memory, beside a minimal program that reads the same file."""

import csv
import io
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from digests.models import Category, Publication
from newsletter.models import Import
from newsletter.subscribers.csv_import import jobs

LINES = 500_000
STATES = ("active", "active", "active", "active", "active", "active", "active", "unsubscribed", "bounced", "pending")
# The least that any importer does: read the table, and keep each address once, as text.
_REFERENCE = """
import csv, resource, sys
seen = set()
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        seen.add(row["email"].lower())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure() -> list[tuple[str, str]]:
    """Return label and figure of each row."""
    publication = Publication.objects.create(slug="bench", name="Bench", language="en")
    publication.categories.set(
        [Category.objects.create(slug=f"c{n}", names={"en": f"C{n}"}, position=n) for n in range(5)]
    )
    measured = [("before: memory of this process", _memory())]
    with TemporaryFile() as file:
        for line in _file():
            file.write(line)
        measured.append(("file", f"{LINES:,} lines, {file.tell() / 1e6:.0f} MB"))
        row = Import(publication=publication, name="subscribers.csv", consent="bench")
        measured.append(("keep the file (in the web process)", _timed(lambda: jobs.start_import(row, file))))
        measured.append(
            ("look through the columns, count what becomes of each line", _timed(lambda: _until(row, "ready")))
        )
        jobs.confirm_import(row)
        measured.append(("import it", _timed(lambda: _until(row, "done"))))
        measured.append(("memory of this process at its most", _memory()))
        measured.append(_reference(file))
    row.refresh_from_db()
    if sum(row.counts.values()) != LINES:
        raise RuntimeError(f"{row.counts} of {LINES} lines")
    return measured


def _until(row: Import, state: str) -> None:
    while row.state != state:
        jobs.run_due_imports(only=row.pk)
        row.refresh_from_db()


def _file() -> Iterator[bytes]:
    """Yield the lines of an export with the usual columns."""
    yield b"email,first_name,last_name,status,tags,subscribed_at,city,open_rate\r\n"
    for n in range(LINES):
        text = io.StringIO()
        tags = f"c{n % 5}, vip" if n % 3 else ""
        cells = [
            f"reader.number{n}@example{n % 97}.org",
            f"First{n}",
            f"Last{n}",
            STATES[n % 10],
            tags,
            "2026-05-20 10:00:00",
            f"City {n % 5000}",
            n % 101,
        ]
        csv.writer(text).writerow(cells)
        yield text.getvalue().encode()


def _timed(step: "object") -> str:
    started = time.perf_counter()
    step()  # type: ignore[operator] # a function without arguments
    taken = time.perf_counter() - started
    return f"{taken:.1f} s, {LINES / taken:,.0f} lines/s"


def _memory() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"


def _reference(file: IO[bytes]) -> tuple[str, str]:
    """Return time and memory of a csv.DictReader and a set of addresses for the same file."""
    path = f"/proc/{os.getpid()}/fd/{file.fileno()}"
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _REFERENCE, path], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    taken = time.perf_counter() - started
    return (
        f"the same file by csv.DictReader and a set of addresses, {Path(sys.executable).name} alone",
        f"{taken:.1f} s, {int(done.stdout) / 1024:.0f} MB",
    )
