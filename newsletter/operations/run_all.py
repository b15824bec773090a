"""Runs the Procfile's processes in one terminal, with the name of its process before each line of output.

All stop when one of them stops, or on Ctrl-C; a worker finishes its batch first. This is for one machine: on several,
each line of the Procfile is a service of its own.
"""

import os
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from honcho import manager
from honcho.environ import parse_procfile
from honcho.printer import Printer

# Seconds until honcho kills what does not stop. Its own 5 are too few: a message under way may take EMAIL_TIMEOUT.
manager.KILL_WAIT = 60


class RunError(Exception):
    """The processes cannot start; the text says why to the person who typed the command."""


def check_port(port: int) -> None:
    """Raise RunError where nothing could listen on `port`, before anything else is done."""
    listen = os.environ.get("LISTEN") or "127.0.0.1"
    with socket.socket() as probe:
        # As a web server sets it: a port that a moment ago was closed counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", "") or str(error).rstrip(".")
            raise RunError(f"Port {port} on {listen}: {reason}. Choose another: PORT=8001 make run") from error


def run_processes(*, port: int) -> int:
    """Start the Procfile's processes, the site on `port`; return the exit code once they have ended."""
    started = manager.Manager(Printer(sys.stdout, colour=sys.stdout.isatty()))
    procfile = (settings.BASE_DIR / "Procfile").read_text(encoding="utf-8")
    for name, command in parse_procfile(procfile).processes.items():
        started.add_process(name, command, env=build_environment(port), cwd=str(settings.BASE_DIR))
    started.loop()
    # Ctrl-C (130) and SIGTERM (143) are no failures.
    return 0 if started.returncode in {130, 143} else started.returncode


def build_environment(port: int) -> dict[str, str]:
    """Return the processes' environment: this interpreter's programs come first in PATH, and SITE_URL leads to `port`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {
        "SITE_URL": f"http://localhost:{port}",
        "PYTHONUNBUFFERED": "1",  # each line is shown when it is written
        **{name: value for name, value in os.environ.items() if value},
        "PORT": str(port),
        "PATH": path,
    }


def describe_addresses(*, port: int) -> list[str]:
    """Return the lines that say what to open in the browser, and where emails go."""
    site = os.environ.get("SITE_URL") or f"http://localhost:{port}"
    lines = [
        f"{site}/".ljust(34) + "the site",
        f"{site}/admin/".ljust(34) + "the editor’s desk",
    ]
    if not get_user_model().objects.filter(is_superuser=True).exists():
        lines.append("  Create an account first: " + f"{_short_path(Path(sys.executable))} manage.py createsuperuser")
    lines.append(_describe_mail())
    if urlsplit(settings.CELERY_BROKER_URL).scheme == "filesystem":
        lines.append("REDIS_URL isn’t set, so worker and beat use files. This works on one machine only.")
    return [*lines, "Ctrl-C stops everything."]


def _describe_mail() -> str:
    if settings.EMAIL_BACKEND == "newsletter.transport.eml_backend.EmailBackend":
        return f"{_short_path(settings.EMAIL_OUTBOX_DIR)}/".ljust(34) + "emails are saved as files here; none are sent"
    return f"Emails are sent through {settings.EMAIL_BACKEND}."


def _short_path(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
