"""The bounce mailbox: what comes back is read over IMAP, kept as events, and acted on."""

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.translation import override

from newsletter.feedback import bounce_mailbox
from newsletter.models import Delivery, Event, Subscriber, Subscription, Suppression, UnreadMails
from newsletter.staff import dashboard
from newsletter.subscribers import unsubscribe_addresses
from tests import build
from tests.feedserver import closed_port
from tests.imapserver import PASSWORD, ImapMailbox, imap_server
from tests.newsletter.bounce_mails import build_arf, build_dsn, read_sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(settings) -> Delivery:
    settings.BOUNCE_ADDRESS = "bounces@news.example"
    return build.delivery(settled_at=timezone.now() - dt.timedelta(hours=1))


# The mailbox


@pytest.fixture
def box(settings):
    with imap_server() as server:
        settings.IMAP_HOST, settings.IMAP_PORT = "127.0.0.1", server.port
        settings.IMAP_USER, settings.IMAP_PASSWORD, settings.IMAP_MAILBOX = "bounces", PASSWORD, "INBOX"
        yield server


def left(box: ImapMailbox) -> list[tuple[bytes, set[str]]]:
    return [(mail.raw, mail.flags) for mail in box.mails]


def test_reading_acts_at_once_and_deletes_what_it_understood(delivery, box):
    letter = b"From: a@b.example\r\nSubject: a question\r\n\r\nHello"
    box.put(build_dsn(delivery), letter)

    found = [bounce_mailbox.read_mailbox(), bounce_mailbox.read_mailbox()]

    assert found == [1, 0]
    assert list(Suppression.objects.values_list("email", "reason")) == [("reader@example.org", "bounce")]
    assert list(Event.objects.values_list("provider", "delivery", "kind")) == [("mailbox", delivery.pk, "bounced")]
    assert left(box) == [(letter, {r"\Seen"})]


def test_a_complaint_in_the_mailbox_suppresses(delivery, box):
    box.put(build_arf(delivery))
    bounce_mailbox.read_mailbox()

    assert list(Suppression.objects.values_list("reason", flat=True)) == ["complaint"]


def test_a_report_that_comes_twice_is_one_event(delivery, box):
    box.put(build_dsn(delivery), build_dsn(delivery))

    assert (bounce_mailbox.read_mailbox(), Event.objects.count(), left(box)) == (2, 1, [])


def test_a_huge_mail_is_read_in_part(delivery, box):
    box.put(build_dsn(delivery) + b"x" * 3_000_000)

    assert (bounce_mailbox.read_mailbox(), Event.objects.get().weight) == (1, "hard")


def test_many_reports_are_read_in_one_go(delivery, box):
    box.put(*(build_dsn(delivery, diagnosis=f"smtp; 552 5.2.2 full {n}") for n in range(120)))

    assert (bounce_mailbox.read_mailbox(), Event.objects.count(), left(box)) == (120, 120, [])


def test_what_nobody_can_read_is_counted_and_stays(delivery, box):
    UnreadMails.objects.create(count=7, at=timezone.now() - dt.timedelta(days=31))
    letters = [b"From: a@b.example\r\n\r\nHello", read_sample("forged", delivery), b"\0\xff"]
    box.put(*letters, build_dsn(delivery), read_sample("unreadable", delivery))

    found = bounce_mailbox.read_mailbox()

    assert (found, list(UnreadMails.objects.values_list("count", flat=True))) == (2, [3])
    assert left(box) == [(letter, {r"\Seen"}) for letter in letters]
    assert bounce_mailbox.read_mailbox() == 0
    assert UnreadMails.objects.count() == 1


def test_today_shows_what_nobody_could_read(delivery, box, admin_user):
    title = "Unreadable emails in the bounce mailbox"
    with override("en"):
        before = [card.title for card in dashboard.build_cards(admin_user)]
        box.put(b"From: a@b.example\r\n\r\nHello", read_sample("unreadable", delivery))
        bounce_mailbox.read_mailbox()
        (card,) = [card for card in dashboard.build_cards(admin_user) if card.title == title]

    assert title not in before
    assert (card.count, card.mood, [(line.text, line.note) for line in card.lines]) == (
        2,
        "waits",
        [
            ("1 email that has no report, or none about our emails", "INBOX"),
            ("1 bounce without a reason, counted as temporary", ""),
        ],
    )


# Leaving by mail


@pytest.fixture
def subscription(delivery, settings) -> Subscription:
    settings.UNSUBSCRIBE_MAILTO = "leave@news.example"
    return Subscription.objects.get()


def wish(subscription: Subscription, *, to: str | None = None, headers: str = "") -> bytes:
    """Return the mail that a mail program sends where a reader presses its button."""
    address = (
        unsubscribe_addresses.get_unsubscribe_address_maker()(subscription.pk, subscription.subscriber.link_key)
        if to is None
        else to
    )
    return f"From: Reader <reader@example.org>\r\n{headers}To: <{address}>\r\nSubject: unsubscribe\r\n\r\n\r\n".encode()


def test_a_mail_to_the_readers_own_address_leaves_that_publication(subscription, box):
    other = build.subscription(build.publication("news", categories=[]), [], subscriber_=subscription.subscriber)
    box.put(wish(subscription), wish(subscription, headers="X-Original-To: list@isp.example\r\n"))

    found = bounce_mailbox.read_mailbox()

    states = list(Subscription.objects.order_by("pk").values_list("pk", "state"))
    assert (found, states, left(box)) == (2, [(subscription.pk, "left"), (other.pk, other.state)], [])
    assert UnreadMails.objects.count() == 0


@pytest.mark.parametrize("change", [str.upper, lambda address: f"x@y.example>, <{address}"])
def test_leaving_by_mail_bears_what_servers_do_to_an_address(subscription, box, change):
    own = unsubscribe_addresses.get_unsubscribe_address_maker()(subscription.pk, subscription.subscriber.link_key)
    box.put(wish(subscription, to=change(own)))

    assert (bounce_mailbox.read_mailbox(), Subscription.objects.get().state) == (1, "left")


@pytest.mark.parametrize(
    "headers",
    ["Return-Path: <>\r\n", "Auto-Submitted: auto-replied\r\n"],
)
def test_a_servers_mail_is_no_wish_to_leave(subscription, box, headers):
    box.put(wish(subscription, headers=headers))

    assert (bounce_mailbox.read_mailbox(), Subscription.objects.get().state) == (0, "active")


def test_a_bounce_that_encloses_the_address_is_no_wish_to_leave(subscription, delivery, box):
    own = unsubscribe_addresses.get_unsubscribe_address_maker()(subscription.pk, subscription.subscriber.link_key)
    box.put(
        build_dsn(
            delivery,
            status="5.2.2",
            diagnosis="smtp; 552 full",
            enclosed=f"List-Unsubscribe: <mailto:{own}>\nTo: {own}",
        )
    )

    assert (bounce_mailbox.read_mailbox(), Subscription.objects.get().state) == (1, "active")


@pytest.mark.parametrize(
    "to",
    [
        "leave@news.example",
        "leave+1-0000000000000000@news.example",
        "leave+999999999999999999-0000000000000000@news.example",
        "other+1-0000000000000000@news.example",
    ],
)
def test_a_guessed_address_leaves_nothing(subscription, box, to):
    box.put(wish(subscription, to=to))

    assert (bounce_mailbox.read_mailbox(), Subscription.objects.get().state) == (0, "active")
    assert UnreadMails.objects.get().count == 1


def test_a_new_link_key_ends_the_address_and_an_old_secret_key_does_not(subscription, settings):
    mail = wish(subscription)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another key that is long enough to be one",
    )
    Subscriber.objects.update(link_key="new")
    renewed = bounce_mailbox.unsubscribe_by_mail(mail)
    Subscriber.objects.update(link_key=subscription.subscriber.link_key)

    assert (renewed, bounce_mailbox.unsubscribe_by_mail(mail)) == (False, True)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("IMAP_PASSWORD", "wrong", "wrong password"),
        ("IMAP_MAILBOX", "Nowhere", "no such mailbox"),
        ("IMAP_PORT", 0, "Connection refused"),
    ],
)
def test_a_mailbox_that_cannot_be_read_is_logged_in_one_sentence(
    delivery, box, settings, caplog, name, value, expected
):
    setattr(settings, name, value or closed_port())

    assert bounce_mailbox.read_configured_mailbox() == 0
    (line,) = caplog.messages
    assert line.startswith("the bounce mailbox can't be read: ")
    assert expected in line


def test_without_a_mailbox_nothing_is_read(settings):
    settings.IMAP_HOST = ""

    assert bounce_mailbox.read_configured_mailbox() == 0
