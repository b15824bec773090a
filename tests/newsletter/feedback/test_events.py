"""Events of the ESPs: written at once, acted on by the tick, weighed by each provider's own word."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from digests.models import RowFailure
from newsletter.delivery import outcomes
from newsletter.delivery.journal import DeliveryOutcome
from newsletter.emails import message
from newsletter.feedback import events
from newsletter.models import Delivery, Event, Mailing, Subscriber, Subscription, Suppression
from newsletter.operations import erasure
from newsletter.subscribers import suppression
from newsletter.subscribers.addresses import hash_address
from tests import build

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailInsecureWebhookWarning"),
]


@pytest.fixture
def delivery() -> Delivery:
    return build.delivery(message_id="esp-1")


def event(kind: str, **fields: object) -> AnymailTrackingEvent:
    defaults = {"event_id": "e1", "message_id": "esp-1", "recipient": "reader@example.org", "esp_event": {}}
    return AnymailTrackingEvent(event_type=kind, **defaults | fields)


def take(kind: str, *, provider: str = "Mailgun", **fields: object) -> None:
    events.record_event(event(kind, **fields), provider=provider)
    events.process_due_events()


def suppressed() -> list[tuple[str | None, str]]:
    return list(Suppression.objects.values_list("email", "reason"))


@pytest.mark.parametrize("reason", [RejectReason.INVALID, RejectReason.BOUNCED])
def test_a_hard_bounce_suppresses_at_once(delivery, reason):
    take(EventType.BOUNCED, reject_reason=reason)

    assert suppressed() == [("reader@example.org", "bounce")]
    assert list(Event.objects.values_list("delivery", "kind", "provider", "weight")) == [
        (delivery.pk, "bounced", "Mailgun", "hard")
    ]


@pytest.mark.parametrize("reason", [RejectReason.TIMED_OUT, RejectReason.BLOCKED, RejectReason.SPAM, None])
def test_another_bounce_is_only_noted(delivery, reason):
    take(EventType.BOUNCED, reject_reason=reason)

    assert (suppressed(), Event.objects.count()) == ([], 1)


def test_a_hard_bounce_for_policy_is_not_the_readers_fault(delivery):
    words = "550 5.7.1 blocked using Spamhaus"
    take(EventType.BOUNCED, mta_response=words, esp_event={"event-data": {"severity": "permanent"}})

    assert (suppressed(), Event.objects.get().weight) == ([], "policy")


HARD_AND_SOFT: list[tuple[str, dict[str, Any], str]] = [
    ("Amazon SES", {"bounce": {"bounceType": "Permanent"}}, "hard"),
    ("Amazon SES", {"bounce": {"bounceType": "Transient"}}, "soft"),
    ("Brevo", {"event": "hard_bounce"}, "hard"),
    ("Brevo", {"event": "soft_bounce"}, "soft"),
    ("MailerSend", {"data": {"type": "hard_bounced"}}, "hard"),
    ("MailerSend", {"data": {"type": "soft_bounced"}}, "soft"),
    ("Mailgun", {"event-data": {"severity": "permanent"}}, "hard"),
    ("Mailjet", {"hard_bounce": True}, "hard"),
    ("Mailjet", {"hard_bounce": False}, "soft"),
    ("Postmark", {"Type": "HardBounce"}, "hard"),
    ("Postmark", {"Type": "SoftBounce"}, "soft"),
    ("Resend", {"data": {"bounce": {"type": "Permanent"}}}, "hard"),
    ("Resend", {"data": {"bounce": {"type": "Transient"}}}, "soft"),
    ("SendGrid", {"type": "bounce"}, "hard"),
    ("SendGrid", {"type": "blocked"}, "policy"),
    ("SparkPost", {"msys": {"message_event": {"bounce_class": "10"}}}, "hard"),
    ("SparkPost", {"msys": {"message_event": {"bounce_class": "22"}}}, "soft"),
    ("SparkPost", {"msys": {"message_event": {"bounce_class": "51"}}}, "policy"),
    ("Nobody knows", {"surprise": ["a", "list"]}, "hard"),
]


@pytest.mark.parametrize(
    ("said", "weight"),
    [
        ("552 5.1.1 sorry, over quota", "soft"),
        ("550-5.2.1 The user you write to receives mail at a rate that leaves no place", "soft"),
        ("550 5.1.1 <reader@example.org>: unverified address: connect timed out", "soft"),
        ("5.1.0 - Unknown address error 550-'5.2.2 <reader@example.org> box full' (delivery attempts: 0)", "soft"),
        ("550 5.7.1 blocked as spam", "policy"),
        ("554 5.4.14 Hop count exceeded", "soft"),
        ("550 5.3.4 Message too large", "soft"),
        ("554 Transaction failed", "soft"),
        ("550 5.1.1 only members may write to this list", "soft"),
        ("550 5.1.1 User unknown", "hard"),
        ("550 Unrouteable address", "hard"),
        ("the provider's own words", "hard"),
    ],
)
@pytest.mark.parametrize(("provider", "raw"), [(name, raw) for name, raw, weight in HARD_AND_SOFT if weight == "hard"])
def test_a_hard_bounce_is_as_hard_as_the_receiving_servers_words(delivery, provider, raw, said, weight):
    take(EventType.BOUNCED, provider=provider, reject_reason=RejectReason.BOUNCED, esp_event=raw, mta_response=said)
    unproven = {"the provider's own words", "550 Unrouteable address"}
    expected = "soft" if provider == "Nobody knows" and said in unproven else weight

    assert (Event.objects.get().weight, bool(suppressed())) == (expected, expected == "hard")


def test_an_invalid_address_is_vetoed_by_the_servers_words(delivery):
    take(EventType.REJECTED, reject_reason=RejectReason.INVALID, mta_response="550 5.1.1 try again later")

    assert (Event.objects.get().weight, suppressed()) == ("soft", [])


@pytest.mark.parametrize(("provider", "raw", "weight"), HARD_AND_SOFT)
def test_the_providers_own_word_says_how_hard_a_bounce_is(delivery, provider, raw, weight):
    take(EventType.BOUNCED, provider=provider, reject_reason=RejectReason.BOUNCED, esp_event=raw)

    assert (Event.objects.get().weight, bool(suppressed())) == (weight, weight == "hard")


def test_a_complaint_suppresses(delivery):
    take(EventType.COMPLAINED, provider="Postmark")

    assert suppressed() == [("reader@example.org", "complaint")]


def test_a_spam_filters_bounce_is_no_complaint(delivery):
    take(EventType.COMPLAINED, provider="Postmark", esp_event={"Type": "SpamNotification"})

    assert suppressed() == []


@pytest.mark.parametrize("event_id", ["e1", None])
def test_a_replay_is_a_no_op(delivery, event_id):
    at = timezone.now()
    take(EventType.COMPLAINED, event_id=event_id, timestamp=at)
    Suppression.objects.all().delete()
    take(EventType.COMPLAINED, event_id=event_id, timestamp=at)

    assert (suppressed(), Event.objects.count()) == ([], 1)


def test_an_event_without_an_id_is_distinguished_from_another(delivery):
    take(EventType.BOUNCED, event_id=None, timestamp=timezone.now(), provider="Brevo")
    take(EventType.BOUNCED, event_id=None, timestamp=timezone.now() + dt.timedelta(days=1), provider="Brevo")

    assert Event.objects.count() == 2


def test_an_unknown_message_of_a_stranger_is_kept_and_harms_nobody(delivery):
    take(EventType.COMPLAINED, message_id="nobody knows", recipient="stranger@example.org")

    assert (Event.objects.get().delivery, suppressed()) == (None, [])


def test_an_unknown_message_to_a_reader_counts(delivery):
    take(EventType.COMPLAINED, message_id="a service mail", recipient="Reader@Example.org")

    assert suppressed() == [("Reader@Example.org", "complaint")]


def test_the_delivery_is_found_by_our_own_message_id(delivery):
    own = message.make_message_id(delivery.mailing_id, delivery.subscriber_id)
    take(EventType.BOUNCED, message_id=own, event_id="with")
    take(EventType.BOUNCED, message_id=own.strip("<>"), event_id="without")

    assert list(Event.objects.values_list("delivery", flat=True)) == [delivery.pk] * 2


def test_a_forged_message_id_leads_nowhere(delivery):
    own = message.make_message_id(delivery.mailing_id, delivery.subscriber_id)
    digit = own.index("@") - 1
    forged = f"{own[:digit]}{'A' if own[digit] != 'A' else 'B'}{own[digit + 1 :]}"
    take(EventType.BOUNCED, message_id=forged, recipient="", reject_reason=RejectReason.INVALID)

    assert (Event.objects.get().delivery, suppressed()) == (None, [])


def test_the_delivery_is_found_by_the_number_we_sent_along(delivery):
    take(EventType.BOUNCED, message_id="another", metadata={"delivery": str(delivery.pk)})

    assert Event.objects.get().delivery == delivery


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30, "9" * 18, None, ["1"], {"a": 1}, "٣"])
def test_a_nonsense_number_is_no_delivery(delivery, number):
    take(EventType.BOUNCED, message_id="another", metadata={"delivery": number})

    assert Event.objects.get().delivery is None


def test_one_id_for_a_whole_batch_is_distinguished_by_the_recipient(delivery):
    other = build.subscriber("other@example.org")
    second = Delivery.objects.create(
        mailing=delivery.mailing, subscriber=other, sections=1, state="accepted", message_id="esp-1"
    )
    take(EventType.COMPLAINED, recipient="OTHER@example.org")

    assert Event.objects.get().delivery == second


def test_an_unsubscribe_at_the_provider_leaves_that_publication(delivery):
    take(EventType.UNSUBSCRIBED, provider="SendGrid")

    assert Subscription.objects.get().state == Subscription.State.LEFT


def test_a_delivery_in_doubt_is_believed_when_it_arrived(delivery):
    Delivery.objects.update(state="unknown")
    take(EventType.DELIVERED)

    assert Delivery.objects.get().state == "accepted"


def test_an_address_is_suppressed_once_whatever_its_case(delivery):
    suppression.suppress_address("Reader@Example.org", Suppression.Reason.MANUAL)

    assert suppression.suppress_address("reader@example.org", Suppression.Reason.BOUNCE) is False


def test_the_address_is_forgotten_once_it_was_acted_on(delivery):
    events.record_event(event(EventType.COMPLAINED), provider="Mailgun")
    before = Event.objects.get().recipient
    events.process_due_events()

    assert (before, Event.objects.get().recipient) == ("reader@example.org", "")


def test_what_no_database_takes_is_kept_without_it(delivery):
    metadata = {"delivery": str(delivery.pk)}
    take(EventType.BOUNCED, description="a\0b\ud800c", message_id="x\0" * 300, metadata=metadata)

    assert (Event.objects.get().detail, len(Event.objects.get().message_id)) == ("ab?c", 200)


@pytest.mark.parametrize(
    ("tracking", "agent", "expected"),
    [
        (False, "Mozilla/5.0 (iPhone)", []),
        (True, "Mozilla/5.0 (iPhone)", [""]),
        (True, "Mozilla/5.0", ["machine"]),
        (
            True,
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            ["machine"],
        ),
        (True, None, ["machine"]),
    ],
)
def test_opens_are_kept_only_where_wanted_and_machines_set_apart(delivery, settings, tracking, agent, expected):
    settings.TRACKING = tracking
    take(EventType.OPENED, user_agent=agent)

    assert list(Event.objects.values_list("weight", flat=True)) == expected


# Soft bounces


def soft_bounces(delivery: Delivery, days: list[int], *, arrived: tuple[int, ...] = ()) -> None:
    """Let mails of so many days ago bounce softly, oldest first; those of `arrived` did not."""
    for number, day in enumerate(days):
        digest = build.digest(delivery.mailing.digest.publication, date=dt.date(2026, 1, 1) + dt.timedelta(number))
        one = Delivery.objects.create(
            mailing=Mailing.objects.create(digest=digest, subject="s"),
            subscriber=delivery.subscriber,
            sections=1,
            state="accepted",
            settled_at=timezone.now() - dt.timedelta(days=day),
        )
        if day not in arrived:
            take(
                EventType.BOUNCED,
                provider="Postmark",
                event_id=f"{number}",
                metadata={"delivery": str(one.pk)},
                esp_event={"Type": "SoftBounce"},
            )


@pytest.mark.parametrize(
    ("days", "arrived", "expected"),
    [
        ([12, 9, 6, 3, 0], (), True),
        ([9, 7, 5, 3, 0], (), False),  # not yet ten days
        ([12, 8, 4, 0], (), False),  # not yet five mails
        ([20, 16, 12, 8, 4, 0], (12,), False),  # one arrived in between
        ([30, 12, 9, 6, 3, 0], (30,), True),  # one arrived before
    ],
)
def test_soft_bounces_suppress_after_five_over_ten_days_without_a_delivery(delivery, days, arrived, expected):
    Delivery.objects.update(settled_at=timezone.now() - dt.timedelta(days=60))
    soft_bounces(delivery, days, arrived=arrived)

    assert bool(suppressed()) is expected


FULL = "552 5.2.2 mailbox full"


def refused(delivery: Delivery, day: int, words: str, *, state: str = "failed", number: int) -> Delivery:
    """Let a mail of so many days ago be refused at SMTP, or put off for too long."""
    publication = delivery.mailing.digest.publication
    digest = build.digest(publication, date=dt.date(2026, 2, 1) + dt.timedelta(number))
    at = timezone.now() - dt.timedelta(days=day)
    mailing = Mailing.objects.create(digest=digest, subject="s", planned_at=at - dt.timedelta(hours=25))
    one = Delivery.objects.create(mailing=mailing, subscriber=delivery.subscriber, sections=1)
    outcomes.settle_deliveries([DeliveryOutcome(one.pk, state, words)], now=at)
    events.process_due_events()
    return one


@pytest.mark.parametrize(
    ("words", "state", "expected"),
    [
        ([FULL] * 5, "failed", True),
        (["450 4.2.2 mailbox full"] * 5, "retry", True),
        (["550 5.1.1 unverified address: connect timed out"] * 5, "failed", True),
        (["550-5.2.1 receiving mail at a rate"] * 5, "failed", True),
        ([FULL] * 4, "failed", False),
        (["550 5.7.1 blocked as spam"] * 5, "failed", False),  # the sender's fault
        ([*["550 5.7.1 blocked as spam"] * 5, FULL], "failed", False),
        ([FULL, "550 5.7.1 blocked as spam", *[FULL] * 4], "failed", True),  # it says nothing of the mailbox
        (["451 4.3.0 the relay's disk is full"] * 5, "retry", False),  # of our own relay
        (["451 4.4.2 connection to the relay timed out"] * 5, "retry", False),
    ],
)
def test_refusals_at_smtp_suppress_like_soft_bounces(delivery, words, state, expected):
    Delivery.objects.update(settled_at=timezone.now() - dt.timedelta(days=60))
    for number, said in enumerate(words):
        refused(delivery, 3 * (len(words) - number - 1), said, state=state, number=number)

    assert bool(suppressed()) is expected


def test_refusals_and_soft_bounces_make_one_streak(delivery):
    Delivery.objects.update(settled_at=timezone.now() - dt.timedelta(days=60))
    soft_bounces(delivery, [12, 9])
    refused(delivery, 6, FULL, number=1)
    soft_bounces_later = [3, 0]
    for number, day in enumerate(soft_bounces_later, 2):
        assert suppressed() == []
        refused(delivery, day, FULL, number=number)

    (row,) = Suppression.objects.all()
    assert (row.email, row.reason, row.detail) == ("reader@example.org", "bounce", f"bounced for ten days: {FULL}")


def test_a_mail_that_arrived_between_refusals_begins_the_count_again(delivery):
    for number, day in enumerate([20, 16, 12, 8, 4, 0]):
        if day == 12:
            Delivery.objects.create(
                mailing=Mailing.objects.create(
                    digest=build.digest(delivery.mailing.digest.publication, date=dt.date(2026, 3, 1)), subject="s"
                ),
                subscriber=delivery.subscriber,
                sections=1,
                state="accepted",
                settled_at=timezone.now() - dt.timedelta(days=day),
            )
        else:
            refused(delivery, day, FULL, number=number)

    assert suppressed() == []


def test_an_automatic_answer_shows_that_the_mailbox_lives(delivery):
    Delivery.objects.update(settled_at=timezone.now() - dt.timedelta(days=60))
    for number, day in enumerate([12, 9, 6, 3]):
        one = refused(delivery, day, FULL, number=number)
    take(EventType.AUTORESPONDED, event_id="away", metadata={"delivery": str(one.pk)})
    refused(delivery, 0, FULL, number=4)

    assert suppressed() == []


def test_a_refusal_of_a_dead_mailbox_suppresses_at_once_and_is_no_event(delivery):
    refused(delivery, 0, "550 5.1.1 User unknown", number=0)

    assert (suppressed(), Event.objects.count()) == ([("reader@example.org", "bounce")], 0)


def test_a_refusal_that_is_settled_twice_is_one_event(delivery):
    one = refused(delivery, 0, FULL, number=0)
    outcomes.settle_deliveries([DeliveryOutcome(one.pk, "failed", FULL)])

    found = list(Event.objects.values_list("provider", "kind", "weight", "delivery", "detail"))
    assert found == [("smtp", "rejected", "soft", one.pk, FULL)]


# The way in

SECRET = "user:pass-word"


@pytest.fixture
def web(settings) -> Client:
    settings.ANYMAIL = {
        "WEBHOOK_SECRET": SECRET,
        "MAILGUN_WEBHOOK_SIGNING_KEY": "signing",
        "MAILERSEND_SIGNING_SECRET": "signing",
    }
    return Client(headers={"Authorization": f"Basic {base64.b64encode(SECRET.encode()).decode()}"})


def _hex(data: str) -> str:
    return hmac.new(b"signing", data.encode(), hashlib.sha256).hexdigest()


WHO = "reader@example.org"
SNS = {"Type": "Notification", "MessageId": "sns-1", "Timestamp": "2026-05-22T00:00:00Z"}
BODIES: dict[str, Any] = {
    "amazon_ses": SNS
    | {
        "Message": json.dumps(
            {
                "eventType": "Bounce",
                "mail": {"messageId": "esp-1", "destination": [WHO]},
                "bounce": {
                    "bounceType": "Permanent",
                    "bounceSubType": "General",
                    "bouncedRecipients": [{"emailAddress": WHO}],
                },
            }
        )
    },
    "brevo": {"event": "hard_bounce", "email": WHO, "message-id": "esp-1", "ts_epoch": 1779408000000},
    "mailersend": {
        "type": "activity.hard_bounced",
        "data": {
            "type": "hard_bounced",
            "id": "m1",
            "created_at": "2026-05-22T00:00:00Z",
            "email": {"message": {"id": "esp-1"}, "recipient": {"email": WHO}},
        },
    },
    "mailgun": {
        "signature": {"timestamp": "1", "token": "t", "signature": _hex("1t")},
        "event-data": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "timestamp": 1779408000,
            "recipient": WHO,
            "message": {"headers": {"message-id": "esp-1"}},
            "delivery-status": {"message": "550 5.1.1 no such user"},
        },
    },
    "mailjet": [{"event": "bounce", "time": 1779408000, "MessageID": "esp-1", "email": WHO, "hard_bounce": True}],
    "postmark": {"RecordType": "Bounce", "Type": "HardBounce", "MessageID": "esp-1", "Email": WHO, "ID": 7, "BouncedAt": "2026-05-22T00:00:00Z"},
    "resend": {
        "type": "email.bounced",
        "created_at": "2026-05-22T00:00:00Z",
        "data": {"email_id": "esp-1", "to": [WHO], "bounce": {"message": "bounce message", "type": "Permanent"}},
    },
    "sendgrid": [{"event": "bounce", "type": "bounce", "sg_event_id": "s1", "email": WHO, "anymail_id": "esp-1", "timestamp": 1779408000}],
    "sparkpost": [
        {"msys": {"message_event": {"type": "bounce", "bounce_class": "10", "event_id": "sp1", "raw_rcpt_to": WHO, "transmission_id": "esp-1", "timestamp": "1779408000"}}}
    ],
}  # fmt: skip


def post(client: Client, settings: Any, name: str) -> int:
    body = json.dumps(BODIES[name])
    settings.EMAIL_BACKEND = f"anymail.backends.{name}.EmailBackend"
    headers = {"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": "sns-1", "Signature": _hex(body)}
    found = client.post(f"/anymail/{name}/tracking/", body, content_type="application/json", headers=headers)
    return int(found.status_code)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_each_providers_hard_bounce_arrives_once(delivery, web, settings, name):
    if name == "mailgun":
        Delivery.objects.update(message_id="<esp-1>")

    statuses = [post(web, settings, name) for _replay in range(2)]
    events.process_due_events()

    assert statuses == [200, 200]
    assert list(Event.objects.values_list("delivery", "weight")) == [(delivery.pk, "hard")]
    assert suppressed() == [(WHO, "bounce")]


@pytest.mark.parametrize("name", sorted(BODIES))
def test_nobody_without_the_secret_is_heard(delivery, web, settings, name):
    assert (post(Client(), settings, name), Event.objects.count()) == (401 if name == "amazon_ses" else 400, 0)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_nothing_is_taken_where_no_secret_is_set(delivery, web, settings, name):
    del settings.ANYMAIL["WEBHOOK_SECRET"]

    assert (post(Client(), settings, name), Event.objects.count()) == (403, 0)


def test_an_event_costs_one_statement(delivery, django_assert_num_queries):
    with django_assert_num_queries(1):
        events.record_event(event(EventType.DELIVERED), provider="Mailgun")


@pytest.mark.parametrize("count", [1, 3])
def test_acting_on_deliveries_takes_the_same_queries_for_any_number(delivery, django_assert_num_queries, count):
    for number in range(count):
        events.record_event(event(EventType.DELIVERED, event_id=str(number)), provider="Mailgun")

    # What failed before, the rows, the deliveries by number, by Message-ID and by the provider's id, the link, the mark, and the next look
    # that finds nothing; each round in a transaction of its own.
    with django_assert_num_queries(10):
        events.process_due_events()


def test_a_burst_is_queued_and_acted_on(delivery):
    for number in range(2500):
        events.record_event(event(EventType.DELIVERED, event_id=str(number)), provider="Mailgun")

    assert (events.process_due_events(), Event.objects.filter(acted_at=None).count()) == (2500, 0)
    assert Event.objects.filter(delivery=delivery).count() == 2500


def test_words_about_a_mail_of_nobody_known_are_not_kept(delivery: Delivery) -> None:
    take(EventType.BOUNCED, description="550 <who@example.org>", message_id="esp-9", recipient="who@example.org")

    assert list(Event.objects.values_list("kind", "detail", "recipient")) == [("bounced", "", "")]


def test_late_complaint_of_an_erased_reader_keeps_the_hash_alone(delivery: Delivery) -> None:
    erasure.erase_subscriber(Subscriber.objects.get())
    metadata = {"delivery": str(delivery.pk)}

    take(EventType.BOUNCED, metadata=metadata, reject_reason=RejectReason.BOUNCED)
    assert Suppression.objects.count() == 0
    take(EventType.COMPLAINED, metadata=metadata, event_id="e2", description="by reader@example.org")

    assert list(Suppression.objects.values_list("email", "address_hash", "detail", "reason")) == [
        (None, hash_address("reader@example.org"), "", "complaint")
    ]
    assert {row.detail + row.recipient + row.message_id for row in Event.objects.all()} == {""}


def test_late_complaint_of_who_was_erased_and_reads_again_suppresses_as_ever(delivery: Delivery) -> None:
    erasure.erase_subscriber(Subscriber.objects.get())
    build.subscriber("Reader@example.org")

    take(EventType.COMPLAINED, metadata={"delivery": str(delivery.pk)})

    assert suppressed() == [("reader@example.org", "complaint")]


_REFUSE = {  # a rule that the database alone knows, undone with the test's transaction
    "sqlite": "CREATE TRIGGER refuse BEFORE INSERT ON newsletter_suppression WHEN NEW.email = 'b@example.org' "
    "BEGIN SELECT RAISE(ABORT, 'b@example.org is refused'); END",
    "postgresql": "ALTER TABLE newsletter_suppression ADD CONSTRAINT refuse CHECK (email <> 'b@example.org')",
}
_ALLOW = {
    "sqlite": "DROP TRIGGER refuse",
    "postgresql": "ALTER TABLE newsletter_suppression DROP CONSTRAINT refuse",
}


def test_an_event_that_fails_fails_alone_and_is_tried_again(delivery):
    connection.cursor().execute(_REFUSE[connection.vendor])
    for name in "abc":
        bounce = event(
            EventType.BOUNCED, event_id=name, recipient=f"{name}@example.org", reject_reason=RejectReason.BOUNCED
        )
        events.record_event(bounce, provider="Mailgun")

    assert (events.process_due_events(), events.process_due_events(), sorted(suppressed())) == (
        2,
        0,
        [("a@example.org", "bounce"), ("c@example.org", "bounce")],
    )
    assert list(RowFailure.objects.values_list("step", "failures")) == [("events", 1)]

    connection.cursor().execute(_ALLOW[connection.vendor])
    RowFailure.objects.update(retry_at=timezone.now())
    assert (events.process_due_events(), ("b@example.org", "bounce") in suppressed(), RowFailure.objects.count()) == (
        1,
        True,
        0,
    )


def test_every_type_of_anymail_is_a_kind_that_a_row_may_have():
    known = {value for name, value in vars(EventType).items() if name.isupper()}

    assert set(Event.Kind.values) == known


@pytest.mark.parametrize("values", [{"kind": "nonsense"}, {"kind": "bounced", "weight": "nonsense"}])
def test_kind_and_weight_are_closed_lists(values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.create(**values)


def test_an_event_that_this_anymail_does_not_know_is_kept_as_unknown(settings):
    event = AnymailTrackingEvent(event_type="teleported", event_id="1", recipient="r@example.org")
    events.record_event(event, provider="SendGrid")

    assert list(Event.objects.values_list("kind", "provider_id")) == [("unknown", "1")]
