"""The metrics need the token; the health of each kind of process is open to everybody."""

import datetime as dt

import pytest
from django.utils import timezone

from newsletter.models import Heartbeat
from tests.newsletter.site.page import NOT_FOUND, status_and_heading

pytestmark = pytest.mark.django_db


def test_metrics_are_shown_to_a_holder_of_the_token(client, settings):
    settings.METRICS_TOKEN = "a-long-secret"

    answer = client.get("/metrics", headers={"Authorization": "Bearer a-long-secret"})

    assert (answer.status_code, answer["Content-Type"], answer.content.decode().splitlines()[0]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        "# HELP daily_insights_deliveries Deliveries of unfinished mailings",
    )


def test_metrics_come_in_the_format_that_a_scraper_asks_for(client, settings):
    settings.METRICS_TOKEN = "a-long-secret"
    asked = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"

    answer = client.get("/metrics", headers={"Authorization": "Bearer a-long-secret", "Accept": asked})

    assert (answer["Content-Type"].partition("; charset")[0], answer.content.decode().splitlines()[-1]) == (
        "application/openmetrics-text; version=1.0.0",
        "# EOF",
    )


@pytest.mark.parametrize(("token", "sent"), [("", "Bearer "), ("", ""), ("secret", "Bearer other"), ("secret", "")])
def test_metrics_are_not_there_for_anybody_else(client, settings, token, sent):
    settings.METRICS_TOKEN = token

    answer = client.get("/metrics", headers={"Authorization": sent})

    assert status_and_heading(answer) == NOT_FOUND


def test_health_says_ok(client):
    assert client.get("/health").content == b"ok\n"


def pulses(**seconds: float) -> None:
    for name, ago in seconds.items():
        Heartbeat.objects.create(name=name, at=timezone.now() - dt.timedelta(seconds=ago, milliseconds=100))


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("mailer", 503, "mailer: last seen 200 seconds ago\n"),
        ("worker", 200, "worker: last seen 20 seconds ago\n"),
        ("beat", 200, "beat: last seen 20 seconds ago\n"),
    ],
)
def test_process_health_tells_who_is_silent(client, time_machine, name, status, words):
    time_machine.move_to(timezone.now(), tick=False)  # the answer counts seconds
    pulses(mailer=200, worker=20)

    answer = client.get(f"/health/{name}")

    assert (answer.status_code, answer.content.decode(), answer["Cache-Control"]) == (status, words, "no-store")


@pytest.mark.parametrize("name", ["mailer", "notes", "worker", "beat"])
def test_process_health_of_who_was_never_seen_is_no_health(client, name):
    answer = client.get(f"/health/{name}")

    assert (answer.status_code, answer.content.decode()) == (503, f"{name}: never seen\n")


def test_process_health_a_worker_may_be_busy_as_long_as_its_model_may(client, settings):
    settings.LLM_BUDGET_SECONDS = 600
    pulses(worker=700)

    alive = client.get("/health/worker")

    settings.LLM_BUDGET_SECONDS = 300

    silent = client.get("/health/worker")

    words = b"worker: last seen 700 seconds ago\n"
    assert [(one.status_code, one.content) for one in (alive, silent)] == [(200, words), (503, words)]


def test_process_health_of_nothing_that_runs_is_no_page(client):
    assert status_and_heading(client.get("/health/database")) == NOT_FOUND
