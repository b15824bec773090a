"""The figures for Prometheus, read back by its own parser: which there are, what they count, and in which format they come."""

import datetime as dt

import pytest
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open_metrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from newsletter import tasks
from newsletter.delivery import audience
from newsletter.models import Alarm, Delivery, Event, Mailing
from newsletter.operations import metrics
from tests import build
from tests.newsletter import sample_mailing

pytestmark = pytest.mark.django_db

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


def scrape(accept: str = "", parse=parse_text) -> dict[str, dict[str, float]]:
    """Return the values of each figure by its label."""
    body, _content_type = metrics.render_metrics(accept)
    return {
        family.name.removeprefix("daily_insights_"): {
            "".join(sample.labels.values()): sample.value for sample in family.samples
        }
        for family in parse(body.decode())
    }


def test_metrics_of_an_empty_database_name_every_figure():
    body, _content_type = metrics.render_metrics()

    assert [line for line in body.decode().splitlines() if not line.startswith("# HELP")] == [
        "# TYPE daily_insights_deliveries gauge",
        "# TYPE daily_insights_due gauge",
        'daily_insights_due{state="sending"} 0.0',
        "# TYPE daily_insights_mailings gauge",
        "# TYPE daily_insights_readers gauge",
        "# TYPE daily_insights_events gauge",
        "# TYPE daily_insights_failing_sources gauge",
        'daily_insights_failing_sources{which="enabled"} 0.0',
        "# TYPE daily_insights_alarms gauge",
        'daily_insights_alarms{which="open"} 0.0',
        "# TYPE daily_insights_pulse_age_seconds gauge",
    ]


@pytest.mark.parametrize(("accept", "parse"), [("", parse_text), (OPEN_METRICS, parse_open_metrics)])
def test_metrics_count_rows(accept, parse):
    mailing = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(mailing, 3)
    audience.plan_deliveries(mailing)
    first, second, _third = Delivery.objects.order_by("pk")
    Delivery.objects.filter(pk=first.pk).update(due_at=timezone.now() + dt.timedelta(hours=9))
    Event.objects.create(delivery=second, kind="bounced", provider_id="1")
    Event.objects.create(delivery=second, kind="bounced", provider_id="2")
    build.source(failures=1)
    Mailing.objects.create(digest=build.digest(date=dt.date(2026, 5, 1)), subject="s", state="paused")
    Alarm.objects.create(key="a", message={}, since=timezone.now())
    Alarm.objects.create(key="b", message={}, since=timezone.now(), cleared_at=timezone.now())
    tasks.note_pulse("mailer")

    assert scrape(accept, parse) == {
        "deliveries": {"queued": 3},
        "due": {"sending": 2},
        "mailings": {"paused": 1, "sending": 1},
        "readers": {mailing.digest.publication.slug: 3},
        "events": {"bounced": 2},
        "failing_sources": {"enabled": 1},
        "alarms": {"open": 1},
        "pulse_age_seconds": {"beat": 0, "mailer": 0},
    }


def test_metrics_of_a_second_scrape_are_those_of_the_rows_then():
    assert scrape()["events"] == {}
    Event.objects.create(kind="bounced", provider_id="1")

    assert scrape()["events"] == {"bounced": 1}


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/plain;version=abc", "text/plain; version=0.0.4; charset=utf-8"),
        (f"{OPEN_METRICS},text/plain;q=0.5", f"{OPEN_METRICS}; charset=utf-8; escaping=underscores"),
    ],
)
def test_metrics_come_in_the_format_that_is_asked_for(accept, content_type):
    assert metrics.render_metrics(accept)[1] == content_type


def test_metrics_take_one_query_per_figure(django_assert_num_queries):
    with django_assert_num_queries(8):
        metrics.render_metrics()
