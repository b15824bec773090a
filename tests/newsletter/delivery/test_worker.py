"""A run of sending reads answers: it pauses over refusals of the sender, backs off domains, suppresses dead mailboxes."""

import time

import pytest

from newsletter.delivery import dispatch, worker
from newsletter.delivery.journal import Journal
from newsletter.models import Delivery, DeliveryLease, DomainBackoff, Mailing, Subscriber, Suppression
from newsletter.transport.types import SendResult, SendState
from tests.newsletter import sample_mailing
from tests.smtpsink import sink, use_sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing(settings, tmp_path) -> Mailing:
    settings.VAR_DIR = tmp_path
    return sample_mailing.compose_mailing()


def test_refusals_of_the_sender_pause_the_mailing_and_keep_the_codes(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 80)
    words = "550 5.7.1 our system has detected that this message is likely unsolicited mail"
    with sink(lambda step, _recipient: words if step == "dot" else None) as server:
        use_sink(settings, server)
        dispatch.send_due_mailings()

    mailing.refresh_from_db()
    found = sample_mailing.count_states(mailing)
    assert (mailing.state, server.received) == ("paused", [])
    assert mailing.wait_reason == {
        "code": "wait.refused_reply",
        "params": {"refused": 20, "settled": 20, "reply": "550 5.7.1"},
    }
    assert Delivery.objects.filter(server_reply=words).count() == found["failed"]
    assert 20 <= found["failed"] <= 20 + 2 * settings.SMTP_CONNECTIONS
    assert found["failed"] + found["queued"] == 80
    assert Suppression.objects.count() == 0


def test_one_in_twenty_refused_for_policy_pauses_a_mailing(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 400)
    seen: list[str] = []

    def answer(step: str, recipient: str) -> str | None:
        if step != "dot":
            return None
        seen.append(recipient)
        return "554 5.7.1 blocked" if len(seen) % 12 == 0 else None

    with sink(answer) as server:
        use_sink(settings, server)
        dispatch.send_due_mailings()

    mailing.refresh_from_db()
    found = sample_mailing.count_states(mailing)
    assert (mailing.state, found["accepted"]) == ("paused", len(server.received))
    assert 200 <= found["accepted"] + found["failed"] <= 215


def test_dead_mailboxes_are_suppressed_and_pause_nothing(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 40)
    with sink(lambda step, _r: "550 5.1.1 no such user" if step == "rcpt" else None) as server:
        use_sink(settings, server)
        dispatch.send_due_mailings()

    mailing.refresh_from_db()
    assert (mailing.state, sample_mailing.count_states(mailing)) == ("done", {"planned": 40, "failed": 40})
    assert set(Suppression.objects.values_list("email", flat=True)) == set(
        Subscriber.objects.values_list("email", flat=True)
    )


def test_a_domain_that_asks_to_wait_is_left_alone_at_once_and_others_go_on(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 120)
    for reader in Subscriber.objects.order_by("pk")[::2]:
        Subscriber.objects.filter(pk=reader.pk).update(email=f"r{reader.pk}@gmail.test")
    deferred: list[str] = []

    def answer(step: str, recipient: str) -> str | None:
        if step == "dot" and recipient.endswith("@gmail.test"):
            deferred.append(recipient)
            return "421 4.7.28 unusual rate of mail" if len(deferred) < 3 else "450 4.7.28 unusual rate of mail"
        return None

    with sink(answer) as server:
        use_sink(settings, server)
        dispatch.send_due_mailings()
        dispatch.send_due_mailings()

    assert len(deferred) <= 2 * settings.SMTP_CONNECTIONS
    assert sample_mailing.count_states(mailing) == {"planned": 120, "accepted": 60, "queued": 60}
    backoff = DomainBackoff.objects.get()
    assert (backoff.domain, backoff.times) == ("gmail.test", 1)
    assert backoff.server_reply in {"421 4.7.28", "450 4.7.28"}  # without the words, which may name a reader
    soonest = Delivery.objects.filter(state="queued").order_by("due_at").values_list("due_at", flat=True)
    minutes = (soonest[0] - mailing.send_at).total_seconds() / 60
    assert minutes > 5


def test_words_of_a_server_with_a_nul_are_kept_without_it(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 1)
    with sink(lambda step, _r: "250 2.0.0 ok\0done" if step == "dot" else None) as server:
        use_sink(settings, server)
        dispatch.send_due_mailings()

    assert Delivery.objects.get().server_reply == "250 2.0.0 okdone"


def test_a_lease_is_deleted_once_all_of_it_has_its_outcome(mailing, settings):
    settings.SEND_BATCH = 10
    sample_mailing.subscribe_random_sets(mailing, 35)
    dispatch.begin_due_mailings()
    run = worker.MailingRun(
        Mailing.objects.select_related("digest__publication").get(), time.monotonic() + 60, Journal()
    )
    leases = []
    for one in run.claims():
        leases.append(DeliveryLease.objects.count())
        run.settle(one.id, SendResult(SendState.ACCEPTED, "250 ok"))
    run.end()

    # One is on its way, and the next is claimed already; of four.
    assert (sample_mailing.count_states(mailing), max(leases), DeliveryLease.objects.count()) == (
        {"planned": 35, "accepted": 35},
        2,
        0,
    )


@pytest.mark.parametrize(
    ("most", "count", "seconds", "then"),
    [
        (4000, 1000, 0.1, 2000),  # gone in no time
        (1500, 1000, 0.1, 1500),
        (4000, 999, 0.1, 1000),  # there were no more
        (4000, 1000, 1.0, 1000),
        (4000, 1000, 9.0, 500),
        (50, 50, 9.0, 50),
    ],
)
def test_a_batch_suits_the_pace_of_the_relay(mailing, settings, most, count, seconds, then):
    settings.SEND_BATCH = most
    run = worker.MailingRun(mailing, time.monotonic() + 60, Journal())

    run._adjust_batch_size(count, seconds)

    run.end()
    assert run.batch == then
