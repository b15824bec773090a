"""Problems become alarms: which there are, and that each is mailed to the operator once."""

import datetime as dt

import pytest
from django.core import mail
from django.utils import timezone

from digests.text.messages import OtherCode, format_message, make_message
from newsletter import tasks
from newsletter.delivery import audience, queue
from newsletter.models import Alarm, Delivery, Heartbeat, Mailing
from newsletter.models.mailings import WaitReason
from newsletter.operations import monitoring
from tests import build
from tests.newsletter import sample_mailing

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing() -> Mailing:
    made = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(made, 3)
    audience.plan_deliveries(made)
    return made


def keys(now: dt.datetime | None = None) -> list[str]:
    return [problem.key for problem in monitoring.find_problems(now)]


def test_a_stopped_source_is_a_problem_until_a_person_has_dealt_with_it():
    source = build.source(name="A feed", enabled=False, gone_days=3, gone_on=dt.date(2026, 11, 12), failures=9)
    (problem,) = monitoring.find_problems()
    said = "A feed: stopped because its server said for 3 days that it’s gone for good"
    assert (problem.key, format_message(problem.message)) == (f"source-gone-{source.pk}", said)
    source.gone_days = 0
    source.save()
    assert monitoring.find_problems() == []


def test_a_mailing_on_its_way_is_no_problem(mailing):
    assert keys() == []


def test_a_stalled_mailing_is_a_problem(mailing):
    assert keys(timezone.now() + dt.timedelta(minutes=20)) == [f"still-{mailing.pk}"]


def test_a_mailing_that_waits_for_readers_hours_does_not_stand_still(mailing):
    now = timezone.now()
    Delivery.objects.update(due_at=now + dt.timedelta(hours=9))

    assert (keys(now + dt.timedelta(hours=9)), keys(now + dt.timedelta(hours=9, minutes=20))) == (
        [],
        [f"still-{mailing.pk}"],
    )


def test_who_is_due_later_does_not_count_as_due(mailing):
    now = timezone.now()
    Delivery.objects.filter(pk=Delivery.objects.earliest("pk").pk).update(due_at=now + dt.timedelta(hours=9))

    (problem,) = monitoring.find_problems(now + dt.timedelta(minutes=20))

    name = f"Mailing {mailing.pk} ({mailing.digest})"
    assert format_message(problem.message) == f"{name}: stuck with 2 emails left to send"


def test_a_mailing_that_did_not_begin_is_a_problem():
    made = sample_mailing.compose_mailing()

    assert keys(timezone.now() + dt.timedelta(minutes=20)) == [f"late-{made.pk}"]


def test_a_paused_mailing_is_a_problem_with_its_reason(mailing):
    queue.pause_mailing(mailing, WaitReason.NO_PROGRESS, hours=1)

    (problem,) = monitoring.find_problems()

    name = f"Mailing {mailing.pk} ({mailing.digest})"
    assert format_message(problem.message) == f"{name}: paused: No progress for 1 hour"


def test_a_lost_delivery_is_a_problem(mailing):
    Delivery.objects.filter(pk=Delivery.objects.earliest("pk").pk).delete()

    assert keys() == [f"sum-{mailing.pk}"]


def test_an_unknown_delivery_is_a_problem(mailing):
    Delivery.objects.filter(pk=Delivery.objects.earliest("pk").pk).update(state="unknown")

    assert keys() == [f"unknown-{mailing.pk}"]


def test_many_refusals_are_a_problem(mailing):
    twelve_times = [build.subscriber() for _ in range(120)]
    Delivery.objects.bulk_create(
        Delivery(mailing=mailing, subscriber=one, sections=1, state="failed" if n < 20 else "accepted")
        for n, one in enumerate(twelve_times)
    )
    Mailing.objects.update(planned=123, candidates=123)

    assert keys() == [f"refused-{mailing.pk}"]


def test_a_source_that_keeps_failing_is_a_problem():
    source = build.source(failures=5, last_error=make_message(OtherCode.TEXT, text="404 Not Found"))

    assert keys() == [f"source-{source.pk}"]


def test_a_worker_that_fell_silent_is_a_problem():
    tasks.note_pulse("mailer")
    tasks.note_pulse("worker")

    assert keys() == []

    Heartbeat.objects.filter(name="mailer").update(at=timezone.now() - dt.timedelta(minutes=3))

    assert keys() == ["process-mailer"]


def test_an_alarm_is_mailed_once_and_cleared_when_it_is_gone(mailing, settings):
    settings.OPERATOR_EMAIL = "operator@example.org"
    queue.pause_mailing(mailing)

    first, second = monitoring.update_alarms(), monitoring.update_alarms()
    queue.resume_mailing(mailing)
    monitoring.update_alarms()

    assert (len(first), second, len(mail.outbox)) == (1, [], 1)
    assert mail.outbox[0].to == ["operator@example.org"]
    assert Alarm.objects.get().cleared_at is not None


def test_without_an_operator_alarms_wait_in_the_rows(mailing):
    queue.pause_mailing(mailing)

    monitoring.update_alarms()

    assert (mail.outbox, Alarm.objects.filter(cleared_at=None).count()) == ([], 1)


@pytest.mark.parametrize("mailings", [1, 3])
def test_looking_takes_a_bounded_number_of_queries_per_mailing(mailings, django_assert_max_num_queries):
    for n in range(mailings):
        digest = build.digest(date=dt.date(2026, 5, 1 + n))
        Mailing.objects.create(digest=digest, subject="s", planned_at=timezone.now(), state="sending")

    with django_assert_max_num_queries(4 + 3 * mailings):
        monitoring.find_problems()
