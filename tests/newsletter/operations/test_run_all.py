"""`manage.py run` as an operator uses it: the site answers, the clock's ticks arrive, Ctrl-C ends all of it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from newsletter.operations import run_all
from tests import environment, llmserver

# A reader asked to join; the next tick answers by mail.
SIGN_UP = """
from digests.models import Publication
from newsletter.models import SignupRequest
publication = Publication.objects.get(slug="papers")
slugs = [category.slug for category in publication.categories.all()[:2]]
SignupRequest.objects.create(email="NAME@example.org", publication=publication, categories=slugs)
"""
# An editor has requested a rewrite of a section; the next tick asks the model.
WISH = """
from digests.models import Category, Digest, Item, Publication, Rewrite, Section, SectionItem
from digests.quality.section_checks import fingerprint_section
from django.utils import timezone
publication = Publication.objects.get(slug="papers")
digest = Digest.objects.create(publication=publication, date="2026-05-22", title="A day", state="in_review")
section = Section.objects.create(digest=digest, category=Category.objects.first(), position=0, heading="x", text="Old.")
said = "In this paper, we propose FastThing, which reads only what matters in a text, on three public benchmarks."
item = Item.objects.create(title="FastThing: Reading", url="https://a.test/1", url_key="1", summary=said, published_at=timezone.now())
SectionItem.objects.create(section=section, digest=digest, item=item, position=0, title=item.title, url=item.url)
Rewrite.objects.create(section=section, before=fingerprint_section(section))
"""
BECAME = "from digests.models import Rewrite; print(Rewrite.objects.get().outcome)"
# A digest is approved and its reader waits; on a sound machine the next tick would send it.
APPROVED = """
from digests.models import Publication
from tests import build
publication = Publication.objects.get(slug="papers")
category = publication.categories.first()
digest = build.digest(publication, date=publication.today())
build.section(digest, category)
build.subscription(publication, [category], subscriber_=build.subscriber("waits@example.org"))
build.approve_unchecked(digest)
publication.send_hour = 0
publication.save()
"""
WAITS = "from newsletter.models import Mailing; one = Mailing.objects.get(); print(one.state, one.older_why)"
PAUSE_SOURCES = "from digests.models import Source; Source.objects.update(enabled=False)"


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return the environment of a new installation whose sources are all paused: nothing here calls the world."""
    made = {"ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"], "PORT": str(_free_port())}
    for command in (["migrate"], ["bootstrap"], ["shell", "-c", PAUSE_SOURCES]):
        _manage(command, made).check_returncode()
    with llmserver.serve_llm() as model:
        yield made | {"OPENAI_BASE_URL": model.url}


def _manage(command: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=environment.ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def _running(variables: dict[str, str], log: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start everything in a session of its own; whatever is left of it at the end is killed."""
    command = [sys.executable, "manage.py", "run", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=environment.ROOT, env=variables, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=90)


def _wait(happened: Callable[[], bool], *, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.1)
    return False


def _answers(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/admin/login/", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _answers_by_mail(name: str, variables: dict[str, str]) -> bool:
    """Ask to join: beat sends the tick, the broker carries it, the worker writes the mail."""
    _manage(["shell", "-c", SIGN_UP.replace("NAME", name)], variables).check_returncode()
    return _wait(lambda: any(Path(variables["VAR_DIR"], "outbox").glob(f"*-{name}@example.org-*.eml")), seconds=150)


def _starts_ticks_and_stops(variables: dict[str, str], folder: Path) -> None:
    log = folder / "log"
    with _running(variables, log) as process:
        assert _wait(lambda: _answers(variables["PORT"])), log.read_text()
        assert _answers_by_mail("reader", variables), log.read_text()
        _manage(["shell", "-c", WISH], variables).check_returncode()
        written = ["shell", "-v0", "-c", BECAME]
        assert _wait(lambda: _manage(written, variables).stdout == "written\n"), log.read_text()
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=70) == 0
    assert "Traceback" not in log.read_text()
    assert not _answers(variables["PORT"])


@pytest.mark.slow
def test_run_starts_ticks_and_stops_without_a_broker(operator, tmp_path):
    _starts_ticks_and_stops(operator, tmp_path)


@pytest.mark.slow
@pytest.mark.services
def test_run_starts_ticks_and_stops_with_redis(operator, tmp_path, redis_url):
    _starts_ticks_and_stops(operator | {"REDIS_URL": redis_url}, tmp_path)


@pytest.mark.slow
def test_run_paused_sends_no_open_mailing(operator, tmp_path):
    log = tmp_path / "log"
    _manage(["shell", "-c", APPROVED], operator).check_returncode()
    with _running(operator, log, "--paused"):
        assert _answers_by_mail("reader", operator), log.read_text()
        time.sleep(12)  # a tick of the mailings

    assert "Paused 1 mailing." in log.read_text()
    assert _manage(["shell", "-v0", "-c", WAITS], operator).stdout == "paused asked\n"
    assert list(tmp_path.glob("outbox/*waits@example.org*")) == []


@pytest.mark.slow
@pytest.mark.services
def test_run_goes_on_after_the_broker_was_killed_and_came_back_empty(operator, tmp_path):
    port = _free_port()
    log = tmp_path / "log"
    with _running(operator | {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}, log):
        with _broker(port, tmp_path) as first:
            assert _answers_by_mail("before", operator), log.read_text()
            first.kill()
        time.sleep(3)  # ticks are lost
        with _broker(port, tmp_path):
            assert _answers_by_mail("after", operator), log.read_text()


@contextmanager
def _broker(port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Redis that keeps nothing."""
    binary = shutil.which("redis-server")
    assert binary is not None
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_run_reports_a_taken_port_before_anything_is_done(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = _manage(["run"], {"ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path), "PORT": str(port)})

    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"CommandError: Port {port} on 127.0.0.1: Address already in use. Choose another: PORT=8001 make run\n",
    )
    assert (tmp_path / "db.sqlite3").stat().st_size == 0  # made to be private, and nothing in it


@pytest.mark.parametrize(
    ("port", "reason"),
    [
        ("80x", "PORT must be a whole number, not '80x'"),
        ("99999", "Port 99999 on 127.0.0.1: bind(): port must be 0-65535. Choose another: PORT=8001 make run"),
    ],
)
def test_run_reports_a_port_that_is_none(tmp_path, port, reason):
    done = _manage(["run"], {"ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path), "PORT": port})

    assert (done.returncode, done.stderr) == (1, f"CommandError: {reason}\n")


def test_run_environment_links_lead_to_the_port(monkeypatch):
    monkeypatch.setenv("SITE_URL", "")

    assert run_all.build_environment(8123)["SITE_URL"] == "http://localhost:8123"


def test_run_environment_keeps_the_operators_address(monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://news.example.org")

    assert run_all.build_environment(8123)["SITE_URL"] == "https://news.example.org"


@pytest.mark.django_db
def test_run_prints_the_addresses_to_open(settings, monkeypatch, tmp_path, django_user_model):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SITE_URL", raising=False)
    settings.EMAIL_BACKEND, settings.EMAIL_OUTBOX_DIR = (
        "newsletter.transport.eml_backend.EmailBackend",
        tmp_path / "var" / "outbox",
    )
    settings.CELERY_BROKER_URL = "redis://localhost/0"
    django_user_model.objects.create_superuser("editor")

    assert run_all.describe_addresses(port=8123) == [
        "http://localhost:8123/            the site",
        "http://localhost:8123/admin/      the editor’s desk",
        "var/outbox/                       emails are saved as files here; none are sent",
        "Ctrl-C stops everything.",
    ]


@pytest.mark.django_db
def test_run_prints_what_is_missing(settings, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SITE_URL", "https://news.example.org")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.CELERY_BROKER_URL = "filesystem://localhost"

    assert run_all.describe_addresses(port=8000) == [
        "https://news.example.org/         the site",
        "https://news.example.org/admin/   the editor’s desk",
        f"  Create an account first: {sys.executable} manage.py createsuperuser",
        "Emails are sent through django.core.mail.backends.smtp.EmailBackend.",
        "REDIS_URL isn’t set, so worker and beat use files. This works on one machine only.",
        "Ctrl-C stops everything.",
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
