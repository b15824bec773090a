"""Service mail has a queue and processes of its own: it waits for no mailing, no model and no feed."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from newsletter.celery import app
from newsletter.operations import heartbeats
from tests import environment
from tests.newsletter.operations.test_run_all import _free_port, _manage, _running, _wait
from tests.smtpsink import sink

SERVICE = {"newsletter.tasks.send_notes", "newsletter.tasks.remind_due", "newsletter.tasks.sound_alarms"}
READERS = 60
# Two mailings that are due, as the tests build them, in an operator's database.
MAILINGS = """
import datetime as dt
from digests.review.approve import approve_digest
from newsletter.models import Mailing
from tests import build
from tests.newsletter import sample_mailing
mailing = sample_mailing.compose_mailing()
sample_mailing.subscribe_random_sets(mailing, READERS)
second = build.digest(mailing.digest.publication, state="in_review", date=mailing.digest.date + dt.timedelta(days=1), title="Two")
for section in mailing.digest.sections.all():
    build.section(second, section.category)
approve_digest(second)
"""
SIGN_UP = """
from digests.models import Publication
from newsletter.site import wake_worker
from newsletter.subscribers import consent
consent.record_sign_up(email="asked@example.org", publication=Publication.objects.get(slug="papers"), categories=["alpha"], language="en")
wake_worker.send_mails_soon()
"""


def _queue(task: str, options: dict[str, str] | None = None) -> str:
    return str(app.amqp.router.route(options or {}, task)["queue"].name)


def _procfile() -> dict[str, str]:
    """Return the name of each worker of the Procfile, by its queue."""
    lines = (environment.ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    found = (re.match(r"(\w+): .* --queues (\S+) ", line) for line in lines)
    return {match[2]: match[1] for match in found if match}


def test_queue_of_service_mail_holds_nothing_else():
    app.loader.import_default_modules()
    tasks = {name for name in app.tasks if not name.startswith("celery.")}

    assert {name for name in tasks if _queue(name) == "notes"} == SERVICE
    assert {_queue(name) for name in tasks} == {"notes", "mail", "digests"}


def test_every_queue_has_a_process_and_every_process_a_heartbeat():
    assert sorted(_procfile().values()) == sorted(heartbeats.WORKER_NAMES)
    beat: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE
    scheduled = {(_queue(one["task"], one["options"]), tuple(one.get("args", ()))) for one in beat.values()}
    assert {(queue, name) for queue, name in scheduled if name} == {(q, (name,)) for q, name in _procfile().items()}
    assert {queue for queue, _name in scheduled} == set(_procfile())


def test_service_mail_leaves_late_where_its_process_is_away():
    beat: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE
    late = {
        one["task"] for one in beat.values() if one["task"] in SERVICE and _queue(one["task"], one["options"]) == "mail"
    }

    assert late == {"newsletter.tasks.send_notes", "newsletter.tasks.sound_alarms"}


@pytest.fixture
def operator(tmp_path: Path) -> dict[str, str]:
    made = {"ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"], "PORT": str(_free_port())}
    _manage(["migrate"], made).check_returncode()
    return made


def _script(words: str, variables: dict[str, str]) -> None:
    setup = f"import sys; sys.path.insert(0, '.')\nimport django; django.setup()\n{words}"
    subprocess.run(
        [sys.executable, "-c", setup],
        cwd=environment.ROOT,
        env=variables | {"DJANGO_SETTINGS_MODULE": "newsletter.settings"},
        check=True,
    )


def _overtakes(variables: dict[str, str], folder: Path) -> None:
    """Hold every digest back at the relay: a confirmation is taken all the same, and no digest before it."""
    go_on, waiting = threading.Event(), []

    def answer(step: str, recipient: str) -> None:
        if step == "dot" and recipient != "asked@example.org":
            waiting.append(recipient)
            go_on.wait(25)  # shorter than the sender's patience

    log = folder / "log"
    with sink(answer) as relay:
        sending = variables | {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(relay.port),
        }
        _script(MAILINGS.replace("READERS", str(READERS)), variables)
        with _running(sending, log):
            # Both processes of the mailer have all their connections in the midst of a digest.
            assert _wait(lambda: len(waiting) >= 8), log.read_text()
            _script(SIGN_UP, sending)
            assert _wait(lambda: relay.recipients == ["asked@example.org"], seconds=20), log.read_text()
            go_on.set()
            assert _wait(lambda: len(relay.received) >= 2 * READERS + 1, seconds=90), log.read_text()

    assert relay.recipients[0] == "asked@example.org"
    assert sorted(map(relay.recipients.count, set(relay.recipients))) == [1] + [2] * READERS


@pytest.mark.slow
def test_a_confirmation_overtakes_two_mailings_without_a_broker(operator, tmp_path):
    _overtakes(operator, tmp_path)


@pytest.mark.slow
@pytest.mark.services
def test_a_confirmation_overtakes_two_mailings_with_redis(operator, tmp_path, redis_url):
    _overtakes(operator | {"REDIS_URL": redis_url}, tmp_path)
