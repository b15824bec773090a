"""Events of the ESPs: noted once, acted on where they say so."""

import pytest
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from digests.models import Digest
from newsletter import events
from newsletter.models import Delivery, Event, Mailing, Subscription, Suppression
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery() -> Delivery:
    category = build.category()
    publication = build.publication(categories=[category])
    subscription = build.subscription(publication, [category], subscriber_=build.subscriber("reader@example.org"))
    mailing = Mailing.objects.create(digest=build.digest(publication, state=Digest.State.DRAFT), subject="s")
    return Delivery.objects.create(
        mailing=mailing, subscriber=subscription.subscriber, sections=1, state="accepted", message_id="esp-1"
    )


def event(kind: str, **fields: object) -> AnymailTrackingEvent:
    defaults = {"event_id": "e1", "message_id": "esp-1", "recipient": "reader@example.org", "esp_event": {}}
    return AnymailTrackingEvent(event_type=kind, **defaults | fields)


def suppressed() -> list[tuple[str, str]]:
    return list(Suppression.objects.values_list("email", "reason"))


@pytest.mark.parametrize("reason", [RejectReason.INVALID, RejectReason.BOUNCED])
def test_a_hard_bounce_suppresses_at_once(delivery, reason):
    events.record(event(EventType.BOUNCED, reject_reason=reason), provider="Mailgun")

    assert suppressed() == [("reader@example.org", "bounce")]
    assert list(Event.objects.values_list("delivery", "kind", "provider")) == [(delivery.pk, "bounced", "Mailgun")]


@pytest.mark.parametrize("reason", [RejectReason.TIMED_OUT, RejectReason.BLOCKED, RejectReason.SPAM, None])
def test_a_soft_bounce_is_only_noted(delivery, reason):
    events.record(event(EventType.BOUNCED, reject_reason=reason), provider="Mailgun")

    assert (suppressed(), Event.objects.count()) == ([], 1)


def test_a_complaint_suppresses(delivery):
    events.record(event(EventType.COMPLAINED), provider="Postmark")

    assert suppressed() == [("reader@example.org", "complaint")]


def test_a_replay_is_a_no_op(delivery):
    first = events.record(event(EventType.COMPLAINED), provider="Postmark")
    Suppression.objects.all().delete()

    assert (first, events.record(event(EventType.COMPLAINED), provider="Postmark"), suppressed()) == (True, False, [])


def test_an_unknown_message_is_kept_without_its_delivery(delivery):
    events.record(event(EventType.DELIVERED, message_id="nobody knows"), provider="Mailgun")

    assert Event.objects.get().delivery is None


def test_an_unsubscribe_at_the_provider_leaves_that_publication(delivery):
    events.record(event(EventType.UNSUBSCRIBED), provider="SendGrid")

    assert Subscription.objects.get().state == Subscription.State.LEFT


def test_an_address_is_suppressed_once_whatever_its_case(delivery):
    events.suppress("Reader@Example.org", Suppression.Reason.MANUAL)

    assert events.suppress("reader@example.org", Suppression.Reason.BOUNCE) is False
