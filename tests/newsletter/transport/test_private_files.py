"""Files about readers are private, and a full disk of our own is named as the reason."""

import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from pytest_django import Settings

from newsletter.delivery import dispatch, journal
from newsletter.models import Alarm
from newsletter.operations import monitoring
from newsletter.transport import esp_backend, private_files, relays
from newsletter.transport.types import SendResult, SendState
from tests import environment
from tests.newsletter import sample_mailing
from tests.smtpsink import sink


def file_mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.fixture
def _careless() -> Iterator[None]:
    """Let this process make files that everybody may read, as most do."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """Let no file grow beyond `room` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("_careless")
def test_mails_in_files_and_journals_are_private(tmp_path: Path, settings: Settings) -> None:
    settings.VAR_DIR, settings.EMAIL_OUTBOX_DIR = tmp_path, tmp_path / "outbox"
    get_connection("newsletter.transport.eml_backend.EmailBackend").send_messages(
        [EmailMessage("s", "b", "f@example.net", ["me@example.org"])]
    )
    open_journal = journal.Journal()

    made = sorted(path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*"))
    assert made == ["journal", "journal", "outbox", "outbox"]
    assert {file_mode(path) for path in tmp_path.rglob("*") if path.is_file()} == {"0o600"}
    assert {file_mode(path) for path in tmp_path.iterdir()} == {"0o700"}
    open_journal.remove()


def test_file_that_a_killed_process_left_half_written_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_text("half")

    private_files.write_file(tmp_path / "a.eml", b"whole")

    assert [(path.name, path.read_bytes(), file_mode(path)) for path in tmp_path.iterdir()] == [
        ("a.eml", b"whole", "0o600")
    ]


@pytest.mark.usefixtures("_careless")
@pytest.mark.parametrize("there", [True, False])
def test_database_file_is_private_from_the_first_command_on(tmp_path: Path, there: bool) -> None:
    database = tmp_path / "db.sqlite3"
    if there:
        database.touch(mode=0o644)
    variables = {"ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    script = (
        "from newsletter.local_files import make_local_files; make_local_files(); import django; django.setup(); "
        "from django.db import connection as c; c.cursor().execute('CREATE TABLE t (a)')"
    )
    subprocess.run(
        [sys.executable, "-c", f"{script}; import pathlib, os; os._exit(0)"],  # without a last checkpoint: -wal stays
        cwd=environment.ROOT,
        env=variables | {"DJANGO_SETTINGS_MODULE": "newsletter.settings"},
        check=True,
    )

    files = {path.name: file_mode(path) for path in tmp_path.glob("db.sqlite3*")}
    assert files == dict.fromkeys(["db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm"], "0o600")


def test_full_disk_is_what_a_mail_that_cannot_be_written_fails_by(tmp_path: Path) -> None:
    backend = get_connection("newsletter.transport.eml_backend.EmailBackend", directory=tmp_path)
    one = EmailMultiAlternatives("s", "b" * 9000, "f@example.net", ["me@example.org"])

    with full_disk(1000):
        found = esp_backend.send_message(backend, one)

    assert (found, list(tmp_path.iterdir())) == (SendResult(SendState.RETRY, "[Errno 27] File too large"), [])


@pytest.mark.django_db
def test_full_disk_of_our_own_is_an_alarm_that_says_so(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.VAR_DIR, settings.OPERATOR_EMAIL = tmp_path, "op@example.net"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Alarm.objects.create(key="disk-another-machine", message={}, mailed_at="2026-01-01T00:00Z")
    with caplog.at_level("ERROR"), full_disk(1000):
        assert [str(alarm).partition(" can’t ")[2] for alarm in monitoring.update_alarms()] == [
            "write its files, so it can’t send email: File too large"
        ]
        assert (len(mail.outbox), list(tmp_path.iterdir())) == (1, [])
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert errors == ["this machine can't write its files: File too large"]

    assert monitoring.update_alarms() == []
    assert [alarm.key for alarm in Alarm.objects.filter(cleared_at=None)] == ["disk-another-machine"]


@pytest.mark.django_db
def test_full_disk_in_mid_mailing_sets_no_relay_down(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.VAR_DIR = tmp_path
    mailing = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(mailing, 600)
    settings.EMAIL_BACKEND, settings.SEND_BATCH = relays.SMTP_BACKEND, 50
    with sink() as one, sink() as two, full_disk(16_384):
        settings.SMTP_RELAYS = ", ".join(f"smtp://127.0.0.1:{server.port}?connections=1" for server in (one, two))
        dispatch.send_due_mailings()
        sent = len(one.received) + len(two.received)

    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert {line.partition(" waits: ")[2] for line in warnings} == {"the journal can't be written: File too large"}
    assert 0 < sent < 600
    assert [relays.get_relay_rotation().choose() in relays.list_relays() for _ in range(2)] == [True, True]
