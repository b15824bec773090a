"""The bounce mailbox: what comes back is read over IMAP, kept as events, and acted on."""

import datetime as dt

import pytest
from django.utils import timezone

from digests.models import Digest
from newsletter import bounces
from newsletter.models import Delivery, Event, Mailing, Suppression
from tests import build
from tests.feedserver import closed_port
from tests.imapserver import PASSWORD, Mailbox, imap_server
from tests.newsletter.bounce_mails import arf, dsn

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(settings) -> Delivery:
    settings.BOUNCE_ADDRESS = "bounces@news.example"
    category = build.category()
    publication = build.publication(categories=[category])
    subscription = build.subscription(publication, [category], subscriber_=build.subscriber("reader@example.org"))
    mailing = Mailing.objects.create(digest=build.digest(publication, state=Digest.State.DRAFT), subject="s")
    return Delivery.objects.create(
        mailing=mailing,
        subscriber=subscription.subscriber,
        sections=1,
        state="accepted",
        settled_at=timezone.now() - dt.timedelta(hours=1),
    )


# The mailbox


@pytest.fixture
def box(settings):
    with imap_server() as server:
        settings.IMAP_HOST, settings.IMAP_PORT = "127.0.0.1", server.port
        settings.IMAP_USER, settings.IMAP_PASSWORD, settings.IMAP_MAILBOX = "bounces", PASSWORD, "INBOX"
        yield server


def left(box: Mailbox) -> list[tuple[bytes, set[str]]]:
    return [(mail.raw, mail.flags) for mail in box.mails]


def test_reading_acts_at_once_and_deletes_what_it_understood(delivery, box):
    letter = b"From: a@b.example\r\nSubject: a question\r\n\r\nHello"
    box.put(dsn(delivery), letter)

    found = [bounces.read(), bounces.read()]

    assert found == [1, 0]
    assert list(Suppression.objects.values_list("email", "reason")) == [("reader@example.org", "bounce")]
    assert list(Event.objects.values_list("provider", "delivery", "kind")) == [("mailbox", delivery.pk, "bounced")]
    assert left(box) == [(letter, {r"\Seen"})]


def test_a_complaint_in_the_mailbox_suppresses(delivery, box):
    box.put(arf(delivery))
    bounces.read()

    assert list(Suppression.objects.values_list("reason", flat=True)) == ["complaint"]


def test_a_report_that_comes_twice_is_one_event(delivery, box):
    box.put(dsn(delivery), dsn(delivery))

    assert (bounces.read(), Event.objects.count(), left(box)) == (2, 1, [])


def test_a_huge_mail_is_read_in_part(delivery, box):
    box.put(dsn(delivery) + b"x" * 3_000_000)

    assert (bounces.read(), Event.objects.get().weight) == (1, "hard")


def test_many_reports_are_read_in_one_go(delivery, box):
    box.put(*(dsn(delivery, diagnosis=f"smtp; 552 5.2.2 full {n}") for n in range(120)))

    assert (bounces.read(), Event.objects.count(), left(box)) == (120, 120, [])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("IMAP_PASSWORD", "wrong", "wrong password"),
        ("IMAP_MAILBOX", "Nowhere", "no such mailbox"),
        ("IMAP_PORT", 0, "Connection refused"),
    ],
)
def test_a_mailbox_that_cannot_be_read_is_told_in_a_sentence(delivery, box, settings, caplog, name, value, expected):
    setattr(settings, name, value or closed_port())

    assert bounces.read_due() == 0
    (line,) = caplog.messages
    assert line.startswith("the bounce mailbox can't be read: ")
    assert expected in line


def test_without_a_mailbox_nothing_is_read(settings):
    settings.IMAP_HOST = ""

    assert bounces.read_due() == 0
