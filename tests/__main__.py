"""Runs the whole suite (`make test`): on SQLite with every server, then the database tests again on PostgreSQL.

It uses DATABASE_URL and REDIS_URL where they are set, else starts private servers, else installs them by apt, else says
what to install and fails. Arguments are passed to pytest.
"""

# ruff: noqa: T201 - a program for a terminal
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import pytest

from tests import installed, services

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "var" / "test"
FOREIGN = ["DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE"]


def main(arguments: list[str]) -> int:
    """Run both passes and return an exit code."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)
    lacking = installed.find_missing()
    if lacking and not installed.install_packages(lacking):
        raise SystemExit(installed.install_hint(installed.find_missing()))
    REPORTS.mkdir(parents=True, exist_ok=True)
    with ExitStack() as servers:
        try:
            postgres_url = installed.get_given_server("DATABASE_URL") or servers.enter_context(services.run_postgres())
            redis_url = installed.get_given_server("REDIS_URL") or servers.enter_context(services.run_redis())
        except services.ServiceError as error:
            raise SystemExit(str(error)) from error
        environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        environment |= {"TEST_DATABASE_URL": postgres_url, "TEST_REDIS_URL": redis_url}
        codes = [
            _pytest("SQLite", environment, arguments),
            # Tests that start servers or browsers of their own, or ask no database, do the same on either.
            _pytest(
                "PostgreSQL",
                environment | {"DATABASE_URL": postgres_url},
                ["-m", "django_db and not browser and not services", *arguments],
            ),
        ]
    if arguments and codes[1] == pytest.ExitCode.NO_TESTS_COLLECTED:
        codes[1] = 0  # the chosen tests ask no database
    print(*(_summary(name) for name in ("SQLite", "PostgreSQL")), sep="\n")
    return max(codes)


def _pytest(name: str, environment: dict[str, str], arguments: list[str]) -> int:
    print(f"== The suite on {name} ==", flush=True)
    report = REPORTS / f"{name.lower()}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", f"--junit-xml={report}", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode


def _summary(name: str) -> str:
    """Return a line with a pass's counts, from its report."""
    report = REPORTS / f"{name.lower()}.xml"
    if not report.exists():
        return f"{name}: no report"
    suite = next(ET.parse(report).iter("testsuite"))  # our own file
    count, failed, errors, skipped = (int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped"))
    passed = count - failed - errors - skipped
    return f"{name}: {passed} passed, {failed} failed, {errors} errors, {skipped} skipped in {suite.get('time')} s"


def _leave(number: int, _frame: FrameType | None) -> None:
    """Turn a signal into SystemExit, so that the servers are stopped on the way out."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
