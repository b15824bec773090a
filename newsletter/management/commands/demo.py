"""Runs the demo, one real day offline for twelve subscribers (`make demo`), in a folder and a database of its own."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from newsletter.demo import failures, report, run

_INNER = "DAILY_INSIGHTS_DEMO"  # set in the process that runs on the demo's own settings


class Command(BaseCommand):
    """Write the demo's emails and pages below var/demo."""

    help = "Show a whole day offline: feeds, issues, emails. Needs no network, key or mail server."
    requires_migrations_checks = False
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Start the command again in a process with the demo's settings; in that process, run the demo."""
        if os.environ.get(_INNER):
            self._run(Path(settings.VAR_DIR))
            return
        folder = Path(settings.VAR_DIR) / "demo"
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "manage.py", "demo"]
        if subprocess.run(command, cwd=settings.BASE_DIR, env=_environment(folder), check=False).returncode:  # noqa: S603 - ourselves
            raise CommandError("The demo failed. See the lines above.")

    def _run(self, folder: Path) -> None:
        began = time.monotonic()

        def say(line: str) -> None:
            self.stdout.write(f"[{time.monotonic() - began:4.1f} s] {line}")
            self.stdout.flush()

        say("Creating the database")
        call_command("migrate", verbosity=0)
        day = run.run_demo(say)
        rows = report.write_report(day, failures.build_failure_digests(say), folder)
        self.stdout.write("\n" + "\n".join(report.format_table(rows)))
        self.stdout.write(f"\n{day.writer}")
        self.stdout.write(
            f"Done in {time.monotonic() - began:.0f} s. Open {_shown(folder / 'index.html')} in a browser."
        )


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of the demo: a database and an outbox of its own, no Redis; the key of a model stays."""
    own = {
        _INNER: "1",
        "VAR_DIR": str(folder),
        "DATABASE_URL": "",
        "DATABASE_URL_FILE": "",
        "REDIS_URL": "",  # marks of what was sent must not outlive the demo
        "REDIS_URL_FILE": "",
        "EMAIL_BACKEND": "newsletter.transport.eml_backend.EmailBackend",
        "EMAIL_OUTBOX_DIR": str(folder / "outbox"),
        "FETCH_ALLOW_PRIVATE": "1",
        "LOG_LEVEL": "WARNING",
        "POSTAL_ADDRESS": settings.POSTAL_ADDRESS or "Daily Insights, 1 Example Street, Seoul",
        "SITE_URL": os.environ.get("SITE_URL") or "https://news.example.org",
        "FROM_EMAIL": os.environ.get("FROM_EMAIL") or "newsletter@news.example.org",
        "DJANGO_SETTINGS_MODULE": "newsletter.settings",
    }
    return os.environ | own


def _shown(path: Path) -> str:
    """Return a path relative to the working directory where it is below it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
