"""Mailings that are due are sent: each message leaves once, and every answer is kept on its row."""

import datetime as dt
import time
from pathlib import Path

import pytest
from django.core import mail
from django.db.models import F
from django.utils import timezone

from newsletter.delivery import audience, dispatch, journal, queue, recovery
from newsletter.delivery.journal import DeliveryOutcome, Journal
from newsletter.models import Delivery, Mailing, Subscription
from tests import build
from tests.newsletter import sample_mailing
from tests.smtpsink import CLOSE, sink, use_sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing(settings, tmp_path) -> Mailing:
    settings.VAR_DIR = tmp_path
    return sample_mailing.compose_mailing()


def test_send_due_sends_each_reader_one_message_and_finishes(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 40)
    with sink() as server:
        use_sink(settings, server)
        first, second = dispatch.send_due_mailings(), dispatch.send_due_mailings()

    mailing.refresh_from_db()
    assert (first, second, len(server.received), len(set(server.recipients))) == (40, 0, 40, 40)
    assert (mailing.state, sample_mailing.count_states(mailing)) == ("done", {"planned": 40, "accepted": 40})
    assert list(Path(settings.VAR_DIR, "journal").iterdir()) == []


def test_send_due_waits_for_the_mailings_moment(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 1)
    Mailing.objects.update(send_at=timezone.now() + dt.timedelta(hours=1))

    assert dispatch.send_due_mailings() == 0


def test_send_due_through_another_backend_sends_one_message_each(mailing, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sample_mailing.subscribe_random_sets(mailing, 5)

    assert (dispatch.send_due_mailings(), dispatch.send_due_mailings()) == (5, 0)
    assert sorted(m.to[0] for m in mail.outbox) == sorted(
        Subscription.objects.values_list("subscriber__email", flat=True)
    )
    assert sample_mailing.count_states(mailing) == {"planned": 5, "accepted": 5}


def test_a_changed_digest_is_not_sent(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 1)
    mailing.digest.sections.update(text="changed behind the approval")

    dispatch.send_due_mailings()

    mailing.refresh_from_db()
    assert (mailing.state, mailing.deliveries.count()) == ("planned", 0)


def test_a_refused_reader_fails_for_good_and_a_deferred_one_waits(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 3)
    refused, deferred, _fine = Subscription.objects.order_by("pk").values_list("subscriber__email", flat=True)

    def answer(step: str, recipient: str) -> str | None:
        replies = {refused: "550 5.1.1 no such user", deferred: "451 4.7.1 greylisted"}
        return replies.get(recipient) if step == "rcpt" else None

    with sink(answer) as server:
        use_sink(settings, server)
        dispatch.send_due_mailings()
        dispatch.send_due_mailings()

    assert list(Delivery.objects.order_by("pk").values_list("state", "server_reply", "attempts")) == [
        ("failed", "550 5.1.1 no such user", 1),
        ("queued", "451 4.7.1 greylisted", 1),
        ("accepted", "250 2.0.0 queued", 1),
    ]


def test_no_relay_leaves_everything_queued(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 3)
    with sink() as server:
        use_sink(settings, server)

    assert dispatch.send_due_mailings() == 0
    assert sample_mailing.count_states(mailing) == {"planned": 3, "queued": 3}


def test_a_relay_that_vanishes_in_mid_mailing_leaves_the_rest_queued(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 12)
    accepted: list[str] = []

    def answer(step: str, recipient: str) -> str | None:
        if step == "mail" and len(accepted) >= 4:
            return CLOSE
        if step == "after-dot":
            accepted.append(recipient)
        return None

    with sink(answer) as server:
        use_sink(settings, server)
        dispatch.send_due_mailings()
        found = sample_mailing.count_states(mailing)
        assert found["accepted"] == len(server.received)
        assert found["accepted"] + found["queued"] == 12
    with sink() as healthy:
        use_sink(settings, healthy)
        dispatch.send_due_mailings()

    everyone = server.recipients + healthy.recipients
    assert (len(everyone), len(set(everyone)), sample_mailing.count_states(mailing)) == (
        12,
        12,
        {"planned": 12, "accepted": 12},
    )


def test_an_address_that_no_envelope_takes_fails_by_itself(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 2)
    first = Subscription.objects.earliest("pk").subscriber
    first.email = "사람@example.org"
    first.save()
    with sink() as server:
        use_sink(settings, server)
        dispatch.send_due_mailings()

    assert list(Delivery.objects.order_by("pk").values_list("state", "server_reply", "reason")) == [
        ("failed", "", "bad_address"),
        ("accepted", "250 2.0.0 queued", ""),
    ]


def test_recover_believes_the_journal_of_a_dead_process(mailing):
    sample_mailing.subscribe_random_sets(mailing, 4)
    audience.plan_deliveries(mailing)
    dead = Journal()
    accepted, refused, doubtful, untouched = queue.claim_deliveries(mailing, limit=4, token=dead.token)
    for delivery in (accepted, refused, doubtful):
        dead.record_start(delivery.id)
    dead.record_outcome(DeliveryOutcome(accepted.id, "accepted", "250 ok"))
    dead.record_outcome(DeliveryOutcome(refused.id, "failed", "554 no"))
    dead.leave()

    assert recovery.recover_journals() == 4
    assert [Delivery.objects.get(pk=d.id).state for d in (accepted, refused, doubtful, untouched)] == [
        "accepted",
        "failed",
        "unknown",
        "queued",
    ]
    assert (recovery.recover_journals(), list(journal.make_journal_folder().iterdir())) == (0, [])


def test_recover_leaves_a_living_process_alone(mailing):
    sample_mailing.subscribe_random_sets(mailing, 1)
    audience.plan_deliveries(mailing)
    living = Journal()
    queue.claim_deliveries(mailing, limit=1, token=living.token)

    recovered = recovery.recover_journals()
    swept = recovery.expire_stale_leases(now=timezone.now() + recovery.LEASE * 2)
    living.remove()

    assert (recovered, swept, sample_mailing.count_states(mailing)) == (0, 0, {"planned": 1, "sending": 1})


def test_a_journal_of_before_a_power_cut_is_not_trusted_with_what_it_does_not_say(mailing):
    sample_mailing.subscribe_random_sets(mailing, 2)
    audience.plan_deliveries(mailing)
    dead = Journal()
    accepted, silent = queue.claim_deliveries(mailing, limit=2, token=dead.token)
    dead.record_outcome(DeliveryOutcome(accepted.id, "accepted", "250 ok"))
    dead.leave()
    dead.path.write_text(dead.path.read_text().replace('["boot","', '["boot","earlier-'))

    recovery.recover_journals()

    assert [Delivery.objects.get(pk=d.id).state for d in (accepted, silent)] == ["accepted", "unknown"]


def _by_readers_hours(mailing: Mailing, minutes: dict[str, int]) -> None:
    """Plan a mailing with one reader per address, due so many minutes from now."""
    for name in minutes:
        person = build.subscriber(name)
        build.subscription(
            mailing.digest.publication, list(mailing.digest.publication.categories.all()), subscriber_=person
        )
    audience.plan_deliveries(mailing)
    for name, far in minutes.items():
        at = timezone.now() + dt.timedelta(minutes=far)
        mailing.deliveries.filter(subscriber__email=name).update(due_at=at)


def test_send_due_leaves_readers_of_a_later_hour_to_a_later_tick_and_holds_nothing(mailing, settings):
    _by_readers_hours(mailing, {"now@example.org": -1, "tonight@example.org": 600})
    with sink() as server:
        use_sink(settings, server)
        began = time.monotonic()
        settled = [dispatch.send_due_mailings(seconds=20) for _ in range(3)]
        took = time.monotonic() - began

    mailing.refresh_from_db()
    assert (settled, server.recipients, mailing.state) == ([1, 0, 0], ["now@example.org"], "sending")
    assert (took < 10, server.connections <= 4) == (True, True)  # the second and third tick connected to nobody
    assert sample_mailing.count_states(mailing) == {"planned": 2, "accepted": 1, "queued": 1}
    assert list(Path(settings.VAR_DIR, "journal").iterdir()) == []


def test_send_due_within_limits_does_not_wait_for_readers_hours(mailing, settings):
    settings.SEND_LIMITS = "1000/h"
    _by_readers_hours(mailing, {"now@example.org": -1, "tonight@example.org": 600})
    with sink() as server:
        use_sink(settings, server)
        began = time.monotonic()
        settled = dispatch.send_due_mailings(seconds=20)

    assert (settled, time.monotonic() - began < 10) == (1, True)


def test_send_due_takes_up_a_mailing_again_when_the_next_hour_has_come(mailing, settings):
    _by_readers_hours(mailing, {"now@example.org": -1, "tonight@example.org": 600})
    with sink() as server:
        use_sink(settings, server)
        dispatch.send_due_mailings()
        mailing.deliveries.filter(state="queued").update(due_at=timezone.now())
        dispatch.send_due_mailings()

    mailing.refresh_from_db()
    assert (server.recipients, mailing.state) == (["now@example.org", "tonight@example.org"], "done")


def test_a_mailing_that_nobody_had_in_hand_for_hours_waits_for_a_person(mailing, settings):
    _by_readers_hours(mailing, {"now@example.org": -1})
    Mailing.objects.update(looked_after_at=timezone.now() - dt.timedelta(hours=7))
    with sink() as server:
        use_sink(settings, server)
        before = dispatch.send_due_mailings()
        mailing.refresh_from_db()
        waits = (mailing.state, mailing.wait_reason)
        queue.resume_mailing(mailing)
        after = dispatch.send_due_mailings()

    assert waits == ("paused", {"code": "wait.no_progress", "params": {"hours": 7}})
    assert (before, after) == (0, 1)


def test_a_mailing_that_waits_for_the_evening_is_looked_after(mailing, settings):
    _by_readers_hours(mailing, {"tonight@example.org": 600})
    stamps = []
    for hours in (0, 5, 5):
        Mailing.objects.exclude(looked_after_at=None).update(
            looked_after_at=F("looked_after_at") - dt.timedelta(hours=hours)
        )
        dispatch.send_due_mailings()
        mailing.refresh_from_db()
        stamps.append(timezone.now() - mailing.looked_after_at < dt.timedelta(minutes=1))

    assert (stamps, mailing.state) == ([True, True, True], "sending")
