"""Benchmark of the time from a sign-up to its confirmation, on an idle machine and beside two mailings.

The real processes run: worker, mailer, notes and beat, as the Procfile starts them. The relay is a sink on this machine
that delays every reply by 50 ms; the model and the feeds are a server that takes connections and never answers. A
figure is the time from the sign-up to the relay's acceptance.
"""

import datetime as dt
import os
import signal
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.db import connection
from django.utils import timezone
from honcho.environ import parse_procfile

django.setup()

from bench import letters, sink  # noqa: E402 - the settings come first
from digests.models import Digest, Publication, Rewrite, Source  # noqa: E402 - see above
from digests.quality.section_checks import fingerprint_section  # noqa: E402 - see above
from newsletter.models import Mailing  # noqa: E402 - see above
from newsletter.operations import run_all  # noqa: E402 - see above
from newsletter.site import wake_worker  # noqa: E402 - see above
from newsletter.subscribers import consent  # noqa: E402 - see above
from newsletter.transport import relays  # noqa: E402 - see above
from tests import installed, services  # noqa: E402 - see above

RELAY_MS = 50
READERS = 20_000  # of each of the two mailings: more than are sent during the measurement
SIGN_UPS = 20  # one a second
Row = tuple[str, str]


def measure() -> list[Row]:
    """Return label and figure of each row."""
    publication = letters.create_publication()
    letters.create_readers(publication, READERS)
    mailings = [letters.compose_mailing(publication, dt.date(2026, 5, 22 + n), sections=4, words=10) for n in range(2)]
    Mailing.objects.update(send_at=timezone.now() + dt.timedelta(days=1))
    with ExitStack() as stack:
        relay, silent = stack.enter_context(_relay()), stack.enter_context(_silent_server())
        stack.enter_context(_processes(_environment(relay.port, silent, stack)))
        _confirmation(relay, publication, "asked-first@bench.invalid")  # the processes have started
        idle = _latencies(relay, publication, "idle")
        _keep_the_worker_waiting(publication, silent)
        _wait(lambda: Rewrite.objects.get().started_at is not None, "the model is not asked")
        Mailing.objects.update(send_at=timezone.now())
        _wait(lambda: relay.taken > 200, "the mailings do not begin")
        busy = _latencies(relay, publication, "busy")
        going = Mailing.objects.filter(state=Mailing.State.SENDING).count()
    if going != len(mailings):
        raise RuntimeError(f"{going} of {len(mailings)} mailings were still under way")
    label = f"a confirmation reaches a relay of {RELAY_MS} ms,"
    return [
        (f"{label} nothing else to do", _figure(idle)),
        (f"{label} two mailings, a slow model and slow feeds beside it", _figure(busy)),
    ]


def _figure(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.1f} s, at most {max(seconds):.1f} s"


def _environment(relay: int, silent: int, stack: ExitStack) -> dict[str, str]:
    """Return the processes' environment: the broker is Redis beside PostgreSQL, files beside SQLite."""
    broker = {}
    if connection.vendor == "postgresql" and "Redis" not in installed.find_missing():
        broker["REDIS_URL"] = os.environ["CELERY_BROKER_WRITE_URL"] = stack.enter_context(services.run_redis())
    return (
        run_all.build_environment(8000)
        | broker
        | {
            "EMAIL_BACKEND": relays.SMTP_BACKEND,
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(relay),
            "OPENAI_BASE_URL": f"http://127.0.0.1:{silent}/v1",
        }
    )


class ConfirmationSink(sink.LoadSink):
    """A sink that records when it took the confirmation of each address that signed up."""

    def __init__(self) -> None:
        super().__init__(RELAY_MS / 1000)
        self.port: int = self.listener.getsockname()[1]
        self.came: dict[str, float] = {}
        self.recipients: dict[int, str] = {}

    def _command(self, session: sink.SinkConnection, line: bytes) -> bytes:
        if line[:4].upper() == b"RCPT":
            self.recipients[id(session)] = line.partition(b"<")[2].partition(b">")[0].decode()
        return super()._command(session, line)

    def _end(self, session: sink.SinkConnection) -> bytes:
        if (recipient := self.recipients[id(session)]).startswith("asked"):
            self.came[recipient] = time.monotonic()
        return super()._end(session)


@contextmanager
def _relay() -> Iterator[ConfirmationSink]:
    relay = ConfirmationSink()
    thread = threading.Thread(target=relay.serve, daemon=True)
    thread.start()
    yield relay
    with socket.create_connection(("127.0.0.1", relay.port)) as stop:
        stop.sendall(b"STOP\r\n")
        thread.join(timeout=10)


@contextmanager
def _silent_server() -> Iterator[int]:
    """Yield the port of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        yield server.getsockname()[1]


@contextmanager
def _processes(variables: dict[str, str]) -> Iterator[None]:
    """Run the processes of the Procfile without the site, which gets no requests."""
    procfile = parse_procfile((settings.BASE_DIR / "Procfile").read_text(encoding="utf-8"))
    with Path(settings.VAR_DIR, "processes.log").open("wb") as log, ExitStack() as stack:
        for name, command in procfile.processes.items():
            if name != "web":
                process = subprocess.Popen(  # noqa: S602 - lines of our own, as the operator's shell reads them
                    command, shell=True, env=variables, stdout=log, stderr=log, start_new_session=True
                )
                stack.callback(process.wait)
                stack.callback(os.killpg, process.pid, signal.SIGKILL)  # the worker would wait for the silent model
        yield


def _latencies(relay: ConfirmationSink, publication: Publication, name: str) -> list[float]:
    """Let readers sign up, one a second; return the seconds until the relay took each confirmation."""
    found = []
    for number in range(SIGN_UPS):
        seconds = _confirmation(relay, publication, f"asked-{name}-{number}@bench.invalid")
        found.append(seconds)
        time.sleep(max(0.0, 1 - seconds))
    return found


def _confirmation(relay: ConfirmationSink, publication: Publication, address: str) -> float:
    """Sign up as the site does; return the seconds until the relay took the confirmation."""
    began = time.monotonic()
    consent.record_sign_up(email=address, publication=publication, categories=["c0"], language="ko")
    wake_worker.send_mails_soon()
    _wait(lambda: address in relay.came, f"no confirmation for {address}")
    return relay.came[address] - began


def _wait(happened: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + 120
    while not happened():
        if time.monotonic() > until:
            raise RuntimeError(otherwise)
        time.sleep(0.01)


def _keep_the_worker_waiting(publication: Publication, silent: int) -> None:
    """Queue a rewrite that the model never answers, and fifty sources that never answer."""
    digest = Digest.objects.create(publication=publication, date=dt.date(2026, 5, 30), state=Digest.State.IN_REVIEW)
    section = letters.create_section(digest, publication.categories.earliest("pk"), 0, 10)
    Rewrite.objects.create(section=section, before=fingerprint_section(section))
    for number in range(50):
        url = f"http://127.0.0.1:{silent}/{number}"
        publication.sources.add(Source.objects.create(slug=f"slow-{number}", name=f"Slow {number}", url=url))
