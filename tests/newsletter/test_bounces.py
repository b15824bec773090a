"""The bounce mailbox: reports are read whoever writes them, proven by what only we can have signed, and acted on."""

import datetime as dt
import time

import pytest
from django.utils import timezone

from digests.models import Digest
from newsletter import bounces, message, wire
from newsletter.models import Delivery, Event, Mailing, Suppression
from tests import build
from tests.feedserver import closed_port
from tests.imapserver import PASSWORD, Mailbox, imap_server

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


def dsn(
    delivery: Delivery,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnosis: str = "smtp; 550 5.1.1 <reader@example.org>: Recipient address rejected: User unknown",
    to: str | None = None,
    enclosed: str = "",
    part: str = "text/rfc822-headers",
) -> bytes:
    """Return a report as Postfix writes it."""
    to = wire.return_path(delivery.pk).decode() if to is None else to
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

--B1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Fri, 22 May 2026 07:00:00 +0900 (KST)

Final-Recipient: rfc822; reader@example.org
Original-Recipient: rfc822;reader@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: {diagnosis}

--B1
Content-Type: {part}

{enclosed or "Subject: hello"}

--B1--
""".replace("\n", "\r\n").encode()


def arf(delivery: Delivery, *, kind: str = "abuse", enclosed: str | None = None) -> bytes:
    """Return a report as a feedback loop writes it, the reader's address taken out."""
    own = message.message_id(delivery.mailing_id, delivery.subscriber_id or 0)
    return f"""\
From: <feedback@isp.example>
To: <fbl@news.example>
Subject: FW: Daily Insights
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B2"

--B2
Content-Type: text/plain

This is an email abuse report for a message received from 192.0.2.1.

--B2
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: redacted@isp.example

--B2
Content-Type: message/rfc822
Content-Disposition: inline

From: "Daily Insights" <news@news.example>
To: redacted
Message-ID: {own if enclosed is None else enclosed}
Subject: Daily Insights

body
--B2--
""".encode()


def said(raw: bytes) -> tuple[str, str, int | None] | None:
    report = bounces.parse(raw)
    return (report.kind, report.weight, report.delivery) if report else None


def test_a_dead_mailbox_is_a_hard_bounce(delivery):
    report = bounces.parse(dsn(delivery))

    assert report == bounces.Report(
        "bounced",
        "hard",
        delivery.pk,
        "",
        "550 5.1.1 <reader@example.org>: Recipient address rejected: User unknown",
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "5.2.2", "diagnosis": "smtp; 552 5.2.2 mailbox full"}, ("bounced", "soft")),
        ({"status": "5.7.1", "diagnosis": "smtp; 550 5.7.1 blocked as spam"}, ("bounced", "policy")),
        ({"status": "5.1.10", "diagnosis": ""}, ("bounced", "hard")),
        ({"status": "5.4.4", "diagnosis": "X-Postfix; Host or domain name not found"}, ("bounced", "soft")),
        ({"action": "delayed", "status": "4.4.1"}, ("deferred", "")),
        ({"action": "delivered", "status": "2.0.0"}, ("delivered", "")),
        ({"action": "Failed"}, ("bounced", "hard")),
    ],
)
def test_a_delivery_status_weighs_what_it_says(delivery, fields, expected):
    assert said(dsn(delivery, **fields)) == (*expected, delivery.pk)


@pytest.mark.parametrize("fields", [{"action": "relayed"}, {"action": "nonsense"}])
def test_a_status_that_means_nothing_is_no_report(delivery, fields):
    assert said(dsn(delivery, **fields)) is None


@pytest.mark.parametrize("part", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_is_proven_by_our_message_id_in_what_it_encloses(delivery, part):
    own = message.message_id(delivery.mailing_id, delivery.subscriber_id)
    report = bounces.parse(dsn(delivery, to="news@news.example", enclosed=f"Message-ID: {own}", part=part))

    assert report is not None
    assert (report.weight, report.delivery, report.message_id) == ("hard", None, own)


def test_a_report_is_proven_by_the_return_path_in_what_it_encloses(delivery):
    path = wire.return_path(delivery.pk).decode()

    assert said(dsn(delivery, to="x@news.example", enclosed=f"Return-Path: <{path}>")) == (
        "bounced",
        "hard",
        delivery.pk,
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"to": "bounces@news.example"},
        {"to": "bounces+1-000000000000@news.example"},
        {"to": "x@news.example", "enclosed": "Message-ID: <1.1.AAAAAAAAAAAA@localhost>"},
    ],
)
def test_a_forged_report_proves_nothing(delivery, fields):
    assert said(dsn(delivery, **fields)) is None


def test_a_complaint_is_known_by_our_message_id(delivery):
    report = bounces.parse(arf(delivery))

    assert report is not None
    assert (report.kind, report.weight, report.words) == ("complained", "complaint", "feedback report: abuse")


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_other_feedback_is_no_complaint(delivery, kind):
    assert said(arf(delivery, kind=kind)) is None


def test_a_forged_complaint_proves_nothing(delivery):
    assert said(arf(delivery, enclosed="<1.1.AAAAAAAAAAAA@news.example>")) is None


def prose(delivery: Delivery, body: str, *, sender: str = "MAILER-DAEMON@mx.example") -> bytes:
    return f"From: {sender}\r\nTo: {wire.return_path(delivery.pk).decode()}\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hi. This is the qmail-send program.\n<reader@example.org>:\n550 5.1.1 no such user", ("bounced", "hard")),
        ("Sorry, it was refused:\n  554 5.7.1 message blocked", ("bounced", "policy")),
        ("It will be tried again:\n451 4.7.1 greylisted", ("deferred", "")),
        ("552 5.2.2 over quota", ("bounced", "soft")),
    ],
)
def test_a_bounce_in_prose_is_understood(delivery, body, expected):
    assert said(prose(delivery, body)) == (*expected, delivery.pk)


def test_an_absence_note_is_no_bounce(delivery):
    assert said(prose(delivery, "I am away until 550 BC.", sender="reader@example.org")) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff\xfe",
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nno parts",
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n--x\r\n\r\n--x--",
        b"From: MAILER-DAEMON\r\nContent-Type: text/plain; charset=klingon\r\n\r\n550 5.1.1 x",
        b"From: postmaster\r\nTo: =?utf-8?q?=FF?=\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"To: <<<>>>@@,;\r\nContent-Type: multipart/report; report-type=\"delivery-status\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 300,
        b"Message-ID: <" + b"9" * 100_000 + b">\r\n\r\n",
    ],
)  # fmt: skip
def test_a_malformed_mail_reports_nothing(raw, settings):
    settings.BOUNCE_ADDRESS = "bounces@news.example"

    assert bounces.event(raw) is None


@pytest.mark.parametrize("long", ["a" * 200_000, "a@" * 100_000, "5.4.1 " * 40_000, "<" * 200_000])
def test_a_hostile_mail_takes_no_time(delivery, long):
    began = time.process_time()
    for raw in (
        dsn(delivery, to=long),
        dsn(delivery, diagnosis=long),
        dsn(delivery, to="", enclosed=f"Message-ID: {long}"),
    ):
        bounces.event(raw[:262_144])
    bounces.event(prose(delivery, long))

    assert time.process_time() - began < 5


def test_a_report_that_was_cut_off_is_still_understood(delivery):
    whole = dsn(delivery)
    cut = whole[: whole.index(b"Content-Type: text/rfc822-headers")]

    assert said(cut) == ("bounced", "hard", delivery.pk)


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
