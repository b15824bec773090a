"""Bounce mails of all kinds of servers are read, and prove their delivery by what only we can have signed."""

import datetime as dt
import re
import time

import pytest
from django.utils import timezone

from newsletter.emails import message
from newsletter.feedback import bounce_mailbox
from newsletter.feedback.bounce_reports import BounceReport, read_report
from newsletter.models import Delivery
from newsletter.transport import wire_format
from tests import build
from tests.newsletter.bounce_mails import SAMPLES, build_arf, build_dsn, list_samples, read_sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(settings) -> Delivery:
    settings.BOUNCE_ADDRESS = "bounces@news.example"
    return build.delivery(settled_at=timezone.now() - dt.timedelta(hours=1))


def said(raw: bytes) -> tuple[str, str, int | None] | None:
    report = read_report(raw)
    return (report.kind, report.weight, report.delivery) if report else None


def test_a_dead_mailbox_is_a_hard_bounce(delivery):
    report = read_report(build_dsn(delivery))

    assert report == BounceReport(
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
    assert said(build_dsn(delivery, **fields)) == (*expected, delivery.pk)


@pytest.mark.parametrize(
    ("action", "status", "diagnosis", "expected"),
    [
        ("relayed", "2.0.0", "smtp; 250 taken", ("sent", "")),
        ("expanded", "2.0.0", "", ("sent", "")),
        ("failed (bad mailbox)", "5.1.1 (bad)", "smtp; 550 User unknown", ("bounced", "hard")),
        ("error", "5.0.0", "", ("bounced", "soft")),
        ("nonsense", "5.1.1", "smtp; 550 User unknown", ("bounced", "hard")),
        ("nonsense", "4.4.1", "smtp; no answer", ("deferred", "")),
        ("nonsense", "nonsense", "smtp; 550 User unknown", ("bounced", "soft")),
    ],
)
def test_an_action_is_read_with_comments_and_without_sense(delivery, action, status, diagnosis, expected):
    raw = build_dsn(delivery, action=action, status=status, diagnosis=diagnosis)

    assert said(raw) == (*expected, delivery.pk)


@pytest.mark.parametrize(
    ("second", "weight"),
    [
        ("Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user", "hard"),
        ("Action: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 mailbox full", "soft"),
        ("Action: delivered\nStatus: 2.0.0", "soft"),
        ("Action: delayed\nStatus: 4.4.1", "soft"),
    ],
)
def test_an_alias_of_several_mailboxes_lives_as_long_as_one_of_them(delivery, second, weight):
    raw = build_dsn(delivery)
    raw = raw.replace(
        b"\r\n--B1\r\nContent-Type: text/rfc822", f"\r\n{second}\r\n\r\n--B1\r\nContent-Type: text/rfc822".encode()
    )

    assert said(raw) == ("bounced", weight, delivery.pk)


def test_samples_are_sixty_and_more_of_many_servers():
    names = [name for name, _kind, _weight in list_samples()]

    assert sorted(path.stem for path in SAMPLES.glob("*.eml")) == sorted(names)
    assert (len(names) >= 60, len({name.partition("-")[0] for name in names}) >= 30) == (True, True)


@pytest.mark.parametrize(("name", "kind", "weight"), list_samples())
def test_a_sample_says_what_is_right(delivery, name, kind, weight):
    report = read_report(read_sample(name, delivery))

    assert ((report.kind, report.weight) if report else ("none", "")) == (kind, weight)


@pytest.mark.parametrize(
    ("name", "kind", "weight"), [one for one in list_samples() if one[0] not in {"forged", "proof-in-the-copy"}]
)
def test_a_sample_without_proof_says_nothing(delivery, name, kind, weight):
    raw = re.sub(rb"\+\d+-[0-9a-f]{12}@|<\d+\.\d+\.[\w-]{12}@", b"+1-000000000000@", read_sample(name, delivery))

    assert read_report(raw) is None


def test_a_gateways_veto_reaches_the_prose_beside_a_bare_status(delivery):
    raw = build_dsn(delivery, status="5.1.1", diagnosis="smtp; 550").replace(
        b"could not be delivered.", b"was refused:\r\n552 the box is over quota"
    )

    assert said(raw) == ("bounced", "soft", delivery.pk)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_change_nothing(delivery, end):
    raw = read_sample("workmail-fields-in-text", delivery).replace(b"\n", end.encode())

    assert said(raw) == ("bounced", "hard", delivery.pk)


def test_words_of_our_own_mail_prove_no_dead_mailbox(delivery):
    own = "Return-Path: <>\n\nYour account has been closed? No such user, says a study.\n550 5.1.1 User unknown\n"

    assert said(prose(delivery, f"It came back.\n\n--- Below this line is a copy of the message.\n\n{own}")) == (
        "bounced",
        "soft",
        delivery.pk,
    )


def test_an_answer_without_marks_of_its_own_is_no_bounce(delivery):
    raw = prose(delivery, "I read it when I am back.", sender="reader@example.org")

    assert said(b"Return-Path: <>\r\nSubject: Re: Morning letter\r\n" + raw) == ("autoresponded", "", delivery.pk)
    assert said(b"Return-Path: <>\r\nSubject: Morning letter\r\n" + raw) == ("bounced", "soft", delivery.pk)


def test_a_persons_answer_is_no_bounce(delivery):
    own = message.make_message_id(delivery.mailing_id, delivery.subscriber_id)
    answer = f"From: reader@example.org\nTo: news@news.example\nIn-Reply-To: {own}\nSubject: Re: x\n\nDelivery failed? 550 5.1.1"

    assert said(answer.encode()) is None


@pytest.mark.parametrize("part", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_is_proven_by_our_message_id_in_what_it_encloses(delivery, part):
    own = message.make_message_id(delivery.mailing_id, delivery.subscriber_id)
    report = read_report(build_dsn(delivery, to="news@news.example", enclosed=f"Message-ID: {own}", part=part))

    assert report is not None
    assert (report.weight, report.delivery, report.message_id) == ("hard", None, own)


def test_a_report_is_proven_by_the_return_path_in_what_it_encloses(delivery):
    path = wire_format.make_return_path(delivery.pk).decode()

    assert said(build_dsn(delivery, to="x@news.example", enclosed=f"Return-Path: <{path}>")) == (
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
    assert said(build_dsn(delivery, **fields)) is None


def test_a_complaint_is_known_by_our_message_id(delivery):
    report = read_report(build_arf(delivery))

    assert report is not None
    assert (report.kind, report.weight, report.words) == ("complained", "complaint", "feedback report: abuse")


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_other_feedback_is_no_complaint(delivery, kind):
    assert said(build_arf(delivery, kind=kind)) is None


def test_a_forged_complaint_proves_nothing(delivery):
    assert said(build_arf(delivery, enclosed="<1.1.AAAAAAAAAAAA@news.example>")) is None


def prose(delivery: Delivery, body: str, *, sender: str = "MAILER-DAEMON@mx.example") -> bytes:
    return f"From: {sender}\r\nTo: {wire_format.make_return_path(delivery.pk).decode()}\r\n\r\n{body}".encode()


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
    away = read_sample("absence-null-sender", delivery).replace(b"Automatic reply", b"Undeliverable: Automatic reply")
    assert [said(read_sample("absence-null-sender", delivery)), said(away)] == [
        ("autoresponded", "", delivery.pk),
        ("bounced", "soft", delivery.pk),
    ]


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

    assert bounce_mailbox.parse_event(raw) is None


@pytest.mark.parametrize("long", ["a" * 200_000, "a@" * 100_000, "5.4.1 " * 40_000, "<" * 200_000])
def test_a_hostile_mail_takes_no_time(delivery, long):
    began = time.process_time()
    for raw in (
        build_dsn(delivery, to=long),
        build_dsn(delivery, diagnosis=long),
        build_dsn(delivery, to="", enclosed=f"Message-ID: {long}"),
    ):
        bounce_mailbox.parse_event(raw[:262_144])
    bounce_mailbox.parse_event(prose(delivery, long))

    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "body",
    [
        "--=_cut\n\nx\n" * 30_000,
        "--=_cut\nContent-Type: message/delivery-status\n\n" + "Action: failed\nStatus: 5.0.0\n\n" * 8_000,
        "--=_cut\nContent-Type: text/plain\n\n" + "550 x\n\n" * 30_000,
        "--=_cut\nContent-Type: text/plain\n\n" + "\n" * 200_000,
        "--=_cut\nContent-Type: text/plain\n\n" + "-" * 200_000,
        "--=_cut\nContent-Type: text/html\n\n" + "<style" * 40_000,
        "--=_cut\nContent-Type: message/rfc822\n\n" * 5_000,
    ],
)
def test_a_hostile_report_takes_no_time(delivery, body):
    head = 'Content-Type: multipart/report; report-type=delivery-status; boundary="=_cut"'
    path = wire_format.make_return_path(delivery.pk).decode()
    raw = f"Return-Path: <>\nTo: {path}\n{head}\n\n{body}".encode()[:262_144]

    began = time.process_time()
    bounce_mailbox.parse_event(raw)

    assert time.process_time() - began < 3


def test_a_report_that_was_cut_off_is_still_understood(delivery):
    whole = build_dsn(delivery)
    cut = whole[: whole.index(b"Content-Type: text/rfc822-headers")]

    assert said(cut) == ("bounced", "hard", delivery.pk)
