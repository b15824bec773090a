"""Deliveries past their days become counts that still add up; those that are young, in doubt or under way stay."""

import datetime as dt

import pytest
from django.utils import timezone

from newsletter.delivery import audience, queue, retention
from newsletter.models import Delivery, Event, Mailing
from newsletter.operations import monitoring
from tests.newsletter import sample_mailing

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing(monkeypatch) -> Mailing:
    made = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(made, 12)
    audience.plan_deliveries(made)
    Delivery.objects.update(state="accepted")
    Delivery.objects.filter(pk__in=Delivery.objects.values("pk")[:2]).update(state="failed")
    Event.objects.create(kind="delivered", delivery=Delivery.objects.earliest("pk"))
    long_ago = timezone.now() - dt.timedelta(days=91)
    Mailing.objects.update(state="done", finished_at=long_ago)
    monkeypatch.setattr(retention, "BATCH_ROWS", 5)  # so that twelve rows are three batches
    return Mailing.objects.select_related("digest__publication").get()


def test_archive_due_turns_rows_into_counts_that_add_up(mailing):
    before = queue.count_deliveries(mailing)

    archived = retention.archive_old_deliveries(), retention.archive_old_deliveries()

    mailing.refresh_from_db()
    assert archived == (12, 0)
    assert (Delivery.objects.count(), Event.objects.count()) == (0, 0)
    assert queue.count_deliveries(mailing) == before
    assert monitoring.has_consistent_counts(mailing, queue.count_deliveries(mailing))


def test_archive_due_keeps_what_is_in_doubt(mailing):
    Delivery.objects.filter(pk=Delivery.objects.latest("pk").pk).update(state="unknown")

    assert (retention.archive_old_deliveries(), Delivery.objects.get().state) == (11, "unknown")


@pytest.mark.parametrize(("keep", "archived"), [(90, 12), (92, 0), (0, 0)])
def test_archive_due_obeys_the_setting(mailing, settings, keep, archived):
    settings.KEEP_DELIVERIES_DAYS = keep

    assert retention.archive_old_deliveries() == archived


def test_archive_due_leaves_a_mailing_that_goes_on_alone(mailing):
    Mailing.objects.update(state="sending")

    assert retention.archive_old_deliveries() == 0
