"""Service mail leaves as digests do: relays, certificates, DKIM and limits hold for a confirmation too."""

import ast
import base64
import datetime as dt
import email
import email.policy
import sys
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from digests.models import Publication
from newsletter.delivery import audience, queue, rate_limits, send_test, service_mail
from newsletter.delivery.journal import Journal
from newsletter.models import Alarm, DomainBackoff, Heartbeat, RateReservation, SignupRequest, TransactionalMail
from newsletter.models.requests import ServiceMailReason
from newsletter.operations import monitoring
from newsletter.subscribers import consent
from newsletter.transactional import attempts, mails
from newsletter.transport import esp_batches, relays
from newsletter.transport.types import SendState
from tests import build, certificates, environment
from tests.newsletter import sample_mailing
from tests.newsletter.site import rows
from tests.smtpsink import CLOSE, sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def smtp(settings, tmp_path):
    settings.VAR_DIR, settings.EMAIL_BACKEND = tmp_path, relays.SMTP_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    settings.OPERATOR_EMAIL = "operator@example.org"
    settings.FROM_EMAIL = "news@example.org"
    return settings


def closed_port() -> int:
    with sink() as gone:
        return gone.port


def ask(address: str = "new@example.org") -> SignupRequest:
    publication = Publication.objects.filter(slug="papers").first() or rows.publication()
    return consent.record_sign_up(email=address, publication=publication, categories=["llm"], language="en")


def send_each_kind() -> list[str]:
    """Send one mail of each kind that this project writes to one person; return to whom, sorted."""
    ask("confirm@example.org")
    publication = Publication.objects.get()
    digest = build.digest(publication, state="in_review", date=publication.today() + dt.timedelta(days=1))
    build.section(digest, publication.categories.earliest("pk"))
    TransactionalMail.objects.create(kind="reminder", email="editor@example.org", digest=digest)
    reader = build.subscription(publication, [])
    TransactionalMail.objects.create(kind="owner", email="owner@example.org", subscription=reader)
    TransactionalMail.objects.create(kind="welcome", email="welcome@example.org", subscription=reader)
    assert mails.send_due_mails() == 4
    assert send_test.send_test(send_test.compose_proof(digest), 1, ["tester@example.org"]) == []
    Heartbeat.objects.create(name="mailer", at=timezone.now() - dt.timedelta(hours=1))
    monitoring.update_alarms()
    return sorted(f"{who}@example.org" for who in ("confirm", "editor", "owner", "welcome", "tester", "operator"))


def test_every_kind_leaves_by_the_relays_of_the_setting(smtp, tmp_path):
    authority, context = certificates.make_certificate(tmp_path)
    with sink(tls=context, login="me:secret") as server:
        smtp.SMTP_CA_FILE = str(authority)
        smtp.SMTP_RELAYS = f"smtp://me:secret@127.0.0.1:{server.port}?starttls=1"
        to = send_each_kind()

    assert sorted(server.recipients) == to
    assert {command.split()[0] for command in server.commands[:3]} == {"ehlo", "STARTTLS"}


def test_every_kind_is_signed(smtp):
    key = ed25519.Ed25519PrivateKey.generate()
    smtp.DKIM_KEY, smtp.DKIM_DOMAIN = base64.b64encode(key.private_bytes_raw()).decode(), "example.org"
    record = b"v=DKIM1; k=ed25519; p=" + base64.b64encode(key.public_key().public_bytes_raw())
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        send_each_kind()

    good = [dkim.verify(one.content, dnsfunc=lambda *_a, **_k: record) for one in server.received]
    assert good == [True] * 6


def test_a_mail_by_the_relay_says_what_was_written(smtp):
    mail = EmailMultiAlternatives(
        "제목 하나", ".한 줄\n. \n" + "긴 줄 " * 400, '"뉴스" <news@example.org>', ["r@example.org"]
    )
    mail.attach_alternative("<p>본문</p>", "text/html")
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        outcome = service_mail.send_service_mail(mail)

    (got,) = server.received
    read = email.message_from_bytes(got.content, policy=email.policy.default)
    text, html = (part.get_content() for part in read.iter_parts())
    assert outcome == service_mail.ServiceMailOutcome(SendState.ACCEPTED, server_reply="250 2.0.0 queued")
    assert (got.sender, got.recipient) == ("news@example.org", "r@example.org")
    assert read["Subject"] == "제목 하나"
    assert (text.replace("\r\n", "\n").strip(), html.strip()) == (
        (".한 줄\n. \n" + "긴 줄 " * 400).strip(),
        "<p>본문</p>",
    )
    assert read["Message-ID"].endswith("@example.org>")
    assert max(map(len, got.content.split(b"\r\n"))) < 998
    assert got.content.isascii()


def test_bounces_of_service_mail_return_to_the_bounce_mailbox(smtp):
    smtp.BOUNCE_ADDRESS = "bounces@example.org"
    ask()
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        mails.send_due_mails()

    assert [one.sender for one in server.received] == ["bounces@example.org"]


def test_a_relay_that_is_gone_makes_way_for_the_next(smtp):
    for number in range(12):
        ask(f"r{number}@example.org")
    with sink() as server:
        smtp.SMTP_RELAYS = f"smtp://127.0.0.1:{closed_port()}?weight=999, smtp://127.0.0.1:{server.port}"
        assert mails.send_due_mails() == 12

    assert sorted(server.recipients) == sorted(f"r{number}@example.org" for number in range(12))
    assert attempts.list_failing_rows() == []


def test_a_relay_that_drops_every_connection_makes_way_for_the_next(smtp):
    for number in range(5):
        ask(f"r{number}@example.org")
    with sink(lambda step, _to: CLOSE if step == "mail" else None) as bad, sink() as server:
        smtp.SMTP_RELAYS = f"smtp://127.0.0.1:{bad.port}?weight=999, smtp://127.0.0.1:{server.port}"
        sent = mails.send_due_mails()

    # Over whom two connections were lost waits for the next tick; the others take the other relay.
    assert (sent, len(server.recipients), len(set(server.recipients))) == (sent, sent, sent)
    assert sent + len(attempts.list_failing_rows()) == 5


def test_an_unreachable_relay_is_tried_once_and_every_mail_says_why(smtp):
    for number in range(3):
        ask(f"r{number}@example.org")

    assert mails.send_due_mails() == 0

    failures = set(TransactionalMail.objects.values_list("reason", "server_reply"))
    assert failures == {(ServiceMailReason.UNREACHABLE, "127.0.0.1:9: [Errno 111] Connection refused")}
    assert TransactionalMail.objects.filter(due_at__gt=timezone.now(), attempts=1).count() == 3


def test_a_key_that_cannot_sign_sends_nothing_unsigned(smtp):
    smtp.DKIM_KEY = "nonsense"
    ask()
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        assert mails.send_due_mails() == 0

    assert server.received == []
    waits = TransactionalMail.objects.get()
    assert (waits.reason, waits.server_reply[:20]) == (ServiceMailReason.SETUP, "DKIM_KEY can't sign:")


@pytest.mark.real_clock  # what counts is counted by the clock of the database
def test_limits_count_service_mail_and_hold_it_back(smtp):
    smtp.SEND_LIMITS = "2/h"
    for number in range(3):
        ask(f"r{number}@example.org")
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        assert mails.send_due_mails() == 2
        TransactionalMail.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        assert mails.send_due_mails() == 0

    assert len(server.recipients) == 2
    waits = TransactionalMail.objects.get(due_at__isnull=False)
    assert waits.due_at is not None
    assert (waits.attempts, waits.due_at > timezone.now() + dt.timedelta(minutes=50)) == (0, True)
    assert (waits.reason, waits.server_reply) == (ServiceMailReason.LIMIT, "")
    assert RateReservation.objects.filter(closed_at=None).count() == 0


def test_what_never_left_counts_for_no_limit(smtp):
    smtp.SEND_LIMITS = "1/h"
    ask()
    with sink(lambda step, _to: CLOSE if step == "mail" else None) as server:
        smtp.EMAIL_PORT = server.port
        mails.send_due_mails()
    TransactionalMail.objects.update(due_at=timezone.now())
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        sent = mails.send_due_mails()

    assert (sent, server.recipients) == (1, ["new@example.org"])


def test_an_address_that_no_envelope_takes_is_given_up_and_counts_for_no_limit(smtp):
    smtp.SEND_LIMITS = "1/h"
    SignupRequest.objects.filter(pk=ask("사람@example.org").pk).update(due_at=timezone.now() - dt.timedelta(seconds=9))
    ask("fine@example.org")
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        assert mails.send_due_mails() == 1

    given_up = TransactionalMail.objects.exclude(reason="").get()
    assert (server.recipients, given_up.due_at) == (["fine@example.org"], None)
    assert (given_up.reason, given_up.server_reply) == (ServiceMailReason.BAD_ADDRESS, "")


def test_a_mailing_leaves_room_for_service_mail(smtp):
    mailing = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(mailing, 100)
    audience.plan_deliveries(mailing)
    smtp.SEND_LIMITS = "40/h"
    batch = rate_limits.claim_within_limits(mailing, limit=100, token=Journal().token)
    ask()
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        sent = mails.send_due_mails()

    assert (len(batch.claimed), sent, server.recipients) == (38, 1, ["new@example.org"])
    assert queue.count_deliveries(mailing)["sending"] == 38


def test_a_domain_that_asks_for_a_pause_gets_it_from_service_mail_too(smtp):
    ask("a@slow.example")
    with sink(lambda step, _to: "421 4.7.28 too many messages, slow down" if step == "rcpt" else None) as server:
        smtp.EMAIL_PORT = server.port
        mails.send_due_mails()
    ask("b@slow.example")
    ask("c@quick.example")
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        mails.send_due_mails()

    assert list(DomainBackoff.objects.values_list("domain", flat=True)) == ["slow.example"]
    assert server.recipients == ["c@quick.example"]


def test_one_row_that_fails_holds_no_other_up(smtp):
    broken = ask("broken@example.org")
    SignupRequest.objects.filter(pk=broken.pk).update(categories=7)  # no list: iterating over it fails
    ask("fine@example.org")
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        assert mails.send_due_mails() == 1

    broken.refresh_from_db()
    assert (server.recipients, broken.attempts) == (["fine@example.org"], 1)
    assert (broken.reason, broken.server_reply[:13]) == (ServiceMailReason.UNEXPECTED, "TypeError in ")
    assert broken.due_at is not None


@pytest.mark.parametrize(
    ("answer", "key", "says"),
    [
        ("451 4.3.0 try later <new@example.org>", "mail-waits", "couldn’t be sent yet"),
        ("550 5.1.1 <new@example.org>: no such user", "mail-refused", "couldn’t be sent"),
    ],
)
def test_the_first_failure_of_a_confirmation_raises_an_alarm_without_the_address(smtp, answer, key, says):
    ask()

    def reply(step: str, recipient: str) -> str | None:
        return answer if step == "rcpt" and recipient == "new@example.org" else None

    with sink(reply) as server:
        smtp.EMAIL_PORT = server.port
        mails.send_due_mails()
        monitoring.update_alarms()

    # The codes alone: a server's words stay on the reader's own row.
    asked, words = f"{TransactionalMail.objects.get().at:%Y-%m-%d %H:%M}", answer[:9]
    assert [(alarm.key, str(alarm)) for alarm in Alarm.objects.all()] == [
        (key, f"1 service email {says}. Requested at {asked} UTC: Not accepted by the mail server; {words}")
    ]
    (mail,) = server.received
    assert (mail.recipient, b"new@example.org" in mail.content) == ("operator@example.org", False)


def test_the_alarm_ends_when_the_mail_has_left(smtp):
    ask()
    mails.send_due_mails()
    monitoring.update_alarms()
    TransactionalMail.objects.update(due_at=timezone.now())
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        mails.send_due_mails()
        monitoring.update_alarms()

    assert Alarm.objects.filter(key="mail-waits", cleared_at=None).count() == 0
    assert server.recipients == ["new@example.org"]


def test_an_alarm_that_could_not_be_mailed_is_mailed_by_a_later_tick(smtp):
    Heartbeat.objects.create(name="mailer", at=timezone.now() - dt.timedelta(hours=1))
    monitoring.update_alarms()  # no relay: no stack trace either
    with sink() as server:
        smtp.EMAIL_PORT = server.port
        monitoring.update_alarms()
        monitoring.update_alarms()

    assert server.recipients == ["operator@example.org"]


def test_a_mail_is_tried_again_soon_and_then_less_and_less_often(smtp):
    ask()
    pauses = []
    for _attempt in range(attempts.MAX_ATTEMPTS):
        TransactionalMail.objects.update(due_at=timezone.now())
        mails.send_due_mails()
        note = TransactionalMail.objects.get()
        pauses.append(round((note.due_at - timezone.now()).total_seconds()) if note.due_at else None)

    assert [pause if pause is None else (pause + 5) // 12 for pause in pauses] == [1, 5, 25, 100, 300, 900, 1800, None]


def test_given_up_mails_are_shown_for_a_day(smtp):
    note = ask()
    SignupRequest.objects.update(due_at=None, reason=ServiceMailReason.SERVER, server_reply="550 no")

    failure = attempts.Failure(ServiceMailReason.SERVER, "550 no")
    assert attempts.list_failing_rows() == [attempts.FailingRow("Confirmation email", note.at, None, failure)]
    assert attempts.list_failing_rows(timezone.now() + dt.timedelta(hours=25)) == []


@pytest.mark.parametrize("tracking", [False, True])
def test_an_esp_reads_no_field_into_service_mail_and_tracks_it_only_where_asked(settings, tracking):
    settings.EMAIL_BACKEND, settings.TRACKING = "anymail.backends.postmark.EmailBackend", tracking
    mail = EmailMultiAlternatives("{{ one }}", "{{ two }}", "news@example.org", ["r@example.org"])
    mail.attach_alternative("<p>{{ three }}</p>", "text/html")

    made: Any = esp_batches.prepare_service_mail(mail)

    parts = (str(made.subject), str(made.body), str(made.alternatives[0][0]))
    assert [part.count("{{") for part in parts] == [0, 0, 0]
    assert (made.track_opens, made.track_clicks) == (tracking, tracking)


def test_service_mail_without_the_client_of_amazon_waits_and_says_what_to_install(settings, monkeypatch):
    settings.EMAIL_BACKEND = "anymail.backends.amazon_ses.EmailBackend"
    monkeypatch.setitem(sys.modules, "boto3", None)  # as where the extra is not installed

    outcome = service_mail.send_service_mail(
        EmailMultiAlternatives("One", "two", "news@example.org", ["r@example.org"])
    )

    assert outcome == service_mail.ServiceMailOutcome(
        SendState.RETRY,
        ServiceMailReason.SETUP,
        "Amazon SES needs boto3, which isn't installed. "
        "Run: .venv/bin/pip install --require-hashes -r requirements-ses.lock",
    )


def test_nothing_else_hands_a_mail_to_a_server():
    makes = {"get_connection", "send_mail", "send_mass_mail", "mail_admins", "mail_managers"}
    found = set()
    for package in ("newsletter", "digests"):
        for path in (environment.ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "django.core.mail":
                    found |= {(path.stem, alias.name) for alias in node.names if alias.name in makes}

    assert found == {("esp_batches", "get_connection")}
