"""Runs benchmarks and prints their figures as one Markdown table: `python -m bench [NAME ...] [--database sqlite]`.

A NAME is a module here with `measure()`. Each runs in a process of its own on an empty database of its own: in a
private PostgreSQL that flushes to the disk as an operator's does, or in an SQLite file under var/bench. An operator's
settings and rows are never touched.
"""

# ruff: noqa: T201 - a program for a terminal
import argparse
import importlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from django.core.management import call_command
from psycopg import sql

from tests import environment, installed, services

Rows = list[tuple[str, str]]
FOLDER = environment.ROOT / "var" / "bench"
# Set in a child process: it runs one benchmark and writes its rows into this file.
ROWS_FILE = "BENCH_ROWS_FILE"


def main() -> int:
    """Run the benchmarks of the command line and print the table; return 1 where one failed."""
    options = _arguments()
    if path := os.environ.get(ROWS_FILE):
        _measure_here(options.names[0], Path(path))
        return 0
    rows: Rows = []
    failed = 0
    with services.run_postgres(durable=True) if options.database == "postgresql" else nullcontext("") as server:
        machine = _machine(server)
        for name in options.names:
            measured = _measure(name, server)
            failed += measured is None
            rows += [("measurement failed", f"`{name}`")] if measured is None else measured
    print(f"\n{machine}\n\n{format_table(rows)}")
    return 1 if failed else 0


def format_table(rows: Rows) -> str:
    """Return the rows as a Markdown table, aligned."""
    cells = [("What", "Figure"), *((label.replace("|", "\\|"), figure.replace("|", "\\|")) for label, figure in rows)]
    widths = [max(len(row[column]) for row in cells) for column in (0, 1)]
    lines = [f"| {label.ljust(widths[0])} | {figure.rjust(widths[1])} |" for label, figure in cells]
    return "\n".join([lines[0], f"|{'-' * (widths[0] + 2)}|{'-' * (widths[1] + 1)}:|", *lines[1:]])


def _arguments() -> argparse.Namespace:
    there = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py") if "\ndef measure(" in path.read_text())
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, and print one Markdown table.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"what to measure; all where none is named: {', '.join(there)}"
    )
    parser.add_argument("--database", choices=["postgresql", "sqlite"], help="PostgreSQL where it is installed")
    options = parser.parse_args()
    if unknown := set(options.names) - set(there):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    options.names = options.names or there
    options.database = options.database or ("postgresql" if installed.postgres_folder() else "sqlite")
    return options


def _measure(name: str, server: str) -> Rows | None:
    """Run one benchmark in a process of its own; return its rows, None where it failed."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"Measuring {name}", end="", flush=True)
    started = time.monotonic()
    with _database(server, f"bench_{name}") as url:
        child = _bare_environment() | {
            "ENV_FILE": os.devnull,
            "VAR_DIR": str(folder),
            "DATABASE_URL": url,
            "SECRET_KEY": "bench",
            "FETCH_ALLOW_PRIVATE": "1",  # the servers that are measured against are on loopback
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "newsletter.settings",
            ROWS_FILE: str(folder / "rows.json"),
        }
        command = [sys.executable, "-m", "bench", name]
        done = subprocess.run(command, cwd=environment.ROOT, env=child, check=False)  # noqa: S603 - one of our own names
    print(f": {time.monotonic() - started:.0f} s", flush=True)
    return (
        [(row[0], row[1]) for row in json.loads((folder / "rows.json").read_text())] if done.returncode == 0 else None
    )


def _measure_here(name: str, path: Path) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    path.write_text(json.dumps(importlib.import_module(f"bench.{name}").measure()))


@contextmanager
def _database(server: str, name: str) -> Iterator[str]:
    """Yield the URL of an empty database on `server`; an empty text means the SQLite file of VAR_DIR."""
    if not server:
        yield ""
        return
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _bare_environment() -> dict[str, str]:
    """Return the environment without our settings: an operator's mail, model and database stay out of it."""
    ours = environment.list_settings()
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ours and name.removesuffix("_FILE") not in ours and not name.startswith("ANYMAIL_")
    }


def _machine(server: str) -> str:
    return f"{os.cpu_count()} cores ({_processor()}), Python {platform.python_version()}, {_engine(server)}."


def _engine(server: str) -> str:
    if not server:
        return "SQLite"
    with psycopg.connect(server) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return f"PostgreSQL {str(row[0]).split()[0]}" if row else "PostgreSQL"


def _processor() -> str:
    """Return the processor's name from Linux, else its family."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


if __name__ == "__main__":
    sys.exit(main())
