"""Account: the export holds all data that is kept about a reader, and erasure leaves nothing that leads back to a person."""

import pytest

from digests.models import Category
from newsletter.delivery.journal import DeliveryOutcome
from newsletter.delivery.outcomes import settle_deliveries
from newsletter.feedback import events
from newsletter.models import Delivery, Event, Mailing, SignupRequest, Subscriber, Subscription, TransactionalMail
from newsletter.operations import erasure
from newsletter.subscribers import account
from newsletter.subscribers.category_split import split_category
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription() -> Subscription:
    category = build.category("llm")
    reader = build.subscriber("me@example.org", time_zone="Europe/Paris")
    return build.subscription(build.publication("papers", categories=[category]), [category], subscriber_=reader)


@pytest.fixture
def delivery(subscription: Subscription) -> Delivery:
    digest = build.digest(subscription.publication)
    mailing = Mailing.objects.create(digest=digest, subject="Issue", approved_hash="a")
    return Delivery.objects.create(
        mailing=mailing,
        subscriber=subscription.subscriber,
        sections=1,
        state="failed",
        server_reply="550 <me@example.org>",
    )


def test_erase_keeps_the_count_and_nothing_of_the_person(subscription: Subscription, delivery: Delivery) -> None:
    event = Event.objects.create(delivery=delivery, kind="bounced", detail="550 <me@example.org>")
    account.request_account_link(subscription, "address", email="new@example.org", language="en", ip="192.0.2.1")
    SignupRequest.objects.create(email="ME@example.org", publication=subscription.publication)
    other = build.subscriber("other@example.org")

    erasure.erase_subscriber(subscription.subscriber)

    delivery.refresh_from_db()
    event.refresh_from_db()
    assert (delivery.subscriber, delivery.server_reply, delivery.message_id, delivery.state) == (None, "", "", "failed")
    assert (event.detail, list(Subscriber.objects.all())) == ("", [other])
    assert (SignupRequest.objects.count(), TransactionalMail.objects.count()) == (0, 0)


def test_export_holds_what_is_kept(subscription: Subscription, delivery: Delivery) -> None:
    account.request_account_link(subscription, "address", email="new@example.org", language="en", ip="192.0.2.1")

    old = subscription.categories.get()
    split_category(old, [Category(slug=slug, names={"en": slug}) for slug in ("small", "large")], keep=False)

    kept = account.export_reader_data(subscription.subscriber)

    assert kept["time_zone"] == "Europe/Paris"
    assert (kept["email"], [one["mailing__subject"] for one in kept["mails"]]) == ("me@example.org", ["Issue"])
    assert [(one["email"], one["ip"]) for one in kept["requests"]] == [("new@example.org", "192.0.2.1")]
    (one,) = kept["subscriptions"]
    assert (sorted(one["categories"]), one["asked_about"]) == (["large", "llm", "small"], ["llm"])


def test_erased_in_mid_mailing_leaves_no_word_of_the_server(delivery: Delivery) -> None:
    Delivery.objects.update(state=Delivery.State.QUEUED, server_reply="")
    erasure.erase_subscriber(Subscriber.objects.get())

    settle_deliveries(
        [DeliveryOutcome(delivery.pk, "failed", "550 5.1.1 <me@example.org>: no such user", "<1.2.x@example.org>")]
    )

    delivery.refresh_from_db()
    assert (delivery.subscriber, delivery.state, delivery.server_reply, delivery.message_id) == (None, "failed", "", "")


def test_event_after_the_erasure_keeps_no_word_of_the_server(delivery: Delivery) -> None:
    erasure.erase_subscriber(Subscriber.objects.get())
    event = Event.objects.create(
        kind="bounced", named=delivery.pk, recipient="me@example.org", detail="550 <me@example.org>"
    )

    events.process_due_events()

    event.refresh_from_db()
    assert (event.delivery, event.detail, event.recipient) == (delivery, "", "")
