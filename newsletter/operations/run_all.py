"""The Procfile's processes in one terminal: their lines in, one stream with the process's name out.

Stops when one of them stops, or on Ctrl-C; a worker may finish its batch first. Not for many machines: there each
line of the Procfile is a service of its own.
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

# honcho kills after 5 seconds; a message under way may take EMAIL_TIMEOUT, and Celery itself 5.
manager.KILL_WAIT = 60


class RunError(Exception):
    """Why it cannot start, in words for the person who typed the command."""


def check_port(port: int) -> None:
    """Raise RunError where nothing could listen on `port`, before anything else is done."""
    listen = os.environ.get("LISTEN") or "127.0.0.1"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", "") or str(error).rstrip(".")
            raise RunError(f"Port {port} on {listen}: {reason}. Choose another: PORT=8001 make run") from error


def run_processes(*, port: int) -> int:
    """Start the Procfile's processes on `port`, wait for their end and return an exit code."""
    # WhiteNoise warns of a folder that is not there; the files themselves are found in the packages.
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    started = manager.Manager(Printer(sys.stdout, colour=sys.stdout.isatty()))
    procfile = (settings.BASE_DIR / "Procfile").read_text(encoding="utf-8")
    for name, command in parse_procfile(procfile).processes.items():
        started.add_process(name, command, env=build_environment(port), cwd=str(settings.BASE_DIR))
    started.loop()
    # A person's Ctrl-C is no failure.
    return 0 if started.returncode in {130, 143} else started.returncode


def build_environment(port: int) -> dict[str, str]:
    """Return the processes' environment: this interpreter's programs first, links that lead to `port`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {
        "SITE_URL": f"http://localhost:{port}",
        "PYTHONUNBUFFERED": "1",  # lines come when they are written, not by the block
        **{name: value for name, value in os.environ.items() if value},
        "PORT": str(port),
        "PATH": path,
    }


def describe_addresses(*, port: int) -> list[str]:
    """Return lines that tell a person what to open next."""
    site = os.environ.get("SITE_URL") or f"http://localhost:{port}"
    lines = [
        f"{site}/".ljust(34) + "the site",
        f"{site}/admin/".ljust(34) + "the editor's desk",
    ]
    if not get_user_model().objects.filter(is_superuser=True).exists():
        lines.append("  It needs an account: " + f"{_short_path(Path(sys.executable))} manage.py createsuperuser")
    lines.append(_describe_mail())
    if urlsplit(settings.CELERY_BROKER_URL).scheme == "filesystem":
        lines.append("No REDIS_URL: worker and beat talk through files, on this machine only.")
    return [*lines, "Ctrl-C stops it."]


def _describe_mail() -> str:
    if settings.EMAIL_BACKEND == "newsletter.transport.eml_backend.EmailBackend":
        return f"{_short_path(settings.EMAIL_OUTBOX_DIR)}/".ljust(34) + "emails, as files: none leaves this machine"
    return f"Emails leave through {settings.EMAIL_BACKEND}."


def _short_path(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
