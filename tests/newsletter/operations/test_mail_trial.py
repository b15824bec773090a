"""`manage.py check_mail` and its page: real relays with and without TLS and login, a real DNS server, one mail."""

import io
import re
import subprocess
import sys

import dns.resolver
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from newsletter.models import SignupRequest
from newsletter.models.requests import ServiceMailReason
from newsletter.transport import relays
from tests import certificates, environment
from tests.dnsserver import serve_dns
from tests.newsletter.delivery.test_service_mail import ask
from tests.newsletter.operations.test_sender_dns import KEY, OURS
from tests.newsletter.site.page import FORBIDDEN, status_and_heading
from tests.smtpsink import SmtpSink, sink

pytestmark = pytest.mark.django_db
RECORDS: dict[str, list[str] | str] = {
    "news.test": ["v=spf1 include:relay.test -all"],
    "news._domainkey.news.test": [OURS],
    "_dmarc.news.test": ["v=DMARC1; p=reject"],
}


@pytest.fixture
def operator(settings):
    settings.EMAIL_BACKEND = relays.SMTP_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 5
    settings.FROM_EMAIL = settings.DEFAULT_FROM_EMAIL = "News <daily@news.test>"
    settings.DKIM_DOMAIN, settings.DKIM_SELECTOR, settings.DKIM_KEY = "news.test", "news", KEY
    settings.SITE_NAME = "Daily Insights"
    return settings


def run(
    server: SmtpSink | None, records: dict[str, list[str] | str], settings, command: str = "check_mail"
) -> tuple[list[str], str]:
    """Return the lines of the command, and what it ended with."""
    settings.EMAIL_PORT = server.port if server else 9
    out, error = io.StringIO(), ""
    with serve_dns(records) as resolver:
        where = f"127.0.0.1:{resolver.port}"
        try:
            call_command(command, "you@example.org", nameserver=where, stdout=out)
        except CommandError as caught:
            error = str(caught)
    return out.getvalue().splitlines(), error


def test_check_mail_says_what_is_right(operator, tmp_path):
    authority, context = certificates.make_certificate(tmp_path)
    operator.SMTP_CA_FILE, operator.EMAIL_USE_TLS = str(authority), True
    operator.EMAIL_HOST_USER, operator.EMAIL_HOST_PASSWORD = "me", "secret"
    with sink(tls=context, login="me:secret") as server:
        lines, error = run(server, RECORDS, operator)

    name = f"127.0.0.1:{server.port}"
    lines[0] = re.sub(r"TLSv1\.\d \(\w+\)|\d{4}-\d\d-\d\d", "*", lines[0])
    assert (lines, error) == (
        [
            f"ok    {name}: Encrypted with *. The certificate is trusted and valid until *.",
            f"ok    {name}: Logged in as me.",
            "ok    test email: The email to you@example.org was accepted: 250 2.0.0 queued",
            "ok    SPF: news.test has an SPF record. Make sure your mail server is in it: v=spf1 include:relay.test -all",
            "ok    DKIM: The DKIM record at news._domainkey.news.test has the key in DKIM_KEY.",
            "ok    DMARC: There’s a DMARC record at _dmarc.news.test: v=DMARC1; p=reject",
        ],
        "",
    )
    assert server.recipients == ["you@example.org"]
    assert server.received[0].content.count(b"DKIM-Signature: ") == 1


def test_check_mail_says_in_sentences_what_is_missing(operator):
    with sink(lambda step, _to: "550 5.7.1 relaying denied" if step == "rcpt" else None) as server:
        lines, error = run(server, {}, operator)

    name = f"127.0.0.1:{server.port}"
    assert [line[:44] for line in lines] == [
        line[:44]
        for line in (
            f"ok    {name}: Not encrypted. Within this machine no one else can see it.",
            f"ok    {name}: Connected without logging in: no user is set.",
            "WRONG test email: The email to you@example.org couldn’t be sent: 550 5.7.1 relaying denied",
            "WRONG SPF: news.test has no SPF record, so rivers can't tell",
            "WRONG DKIM: There’s no DKIM record at news._domainkey.news.test",
            "WRONG DMARC: news.test has no DMARC record, and large providers",
        )
    ]
    assert error == "4 problems found. Fix the lines above and run check_mail again."


def test_check_mail_goes_on_to_dns_where_the_relay_is_away(operator):
    lines, error = run(None, RECORDS, operator)

    refused = "127.0.0.1:9: [Errno 111] Connection refused"
    assert lines[:2] == [
        f"WRONG 127.0.0.1:9: No connection: {refused}",
        f"WRONG test email: The email to you@example.org couldn’t be sent: No mail server can be reached, or it refuses us: {refused}",
    ]
    assert ([line[:10] for line in lines[2:]], error) == (
        ["ok    SPF:", "ok    DKIM", "ok    DMAR"],
        "2 problems found. Fix the lines above and run check_mail again.",
    )


def test_check_mail_connects_to_every_relay_of_the_setting(operator):
    with sink() as one, sink(login="me:secret") as two:
        operator.SMTP_RELAYS = f"smtp://127.0.0.1:{one.port}, smtp://me:wrong@127.0.0.1:{two.port}?weight=1"
        lines, _error = run(None, RECORDS, operator)

    assert [line for line in lines if line.startswith(f"WRONG 127.0.0.1:{two.port}")] == [
        f"WRONG 127.0.0.1:{two.port}: No connection: 127.0.0.1:{two.port}: 535 5.7.8 wrong user or password"
    ]
    assert [line for line in lines if line.startswith(f"ok    127.0.0.1:{one.port}")] == [
        f"ok    127.0.0.1:{one.port}: Not encrypted. Within this machine no one else can see it.",
        f"ok    127.0.0.1:{one.port}: Connected without logging in: no user is set.",
    ]
    assert one.recipients == ["you@example.org"]


def test_check_mail_out_of_the_box_says_that_nothing_leaves(settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_OUTBOX_DIR = "newsletter.transport.eml_backend.EmailBackend", tmp_path
    lines, error = run(None, {}, settings)

    assert (lines, error) == (
        [
            "look  EMAIL_BACKEND: No emails leave this machine: EMAIL_BACKEND is newsletter.transport.eml_backend.EmailBackend.",
            "ok    test email: The email to you@example.org was accepted: accepted",
        ],
        "",
    )
    assert len(list(tmp_path.glob("*.eml"))) == 1


def test_commands_end_with_a_sentence_and_no_stack_trace(tmp_path):
    made = {
        "ENV_FILE": "/dev/null",
        "VAR_DIR": str(tmp_path),
        "EMAIL_BACKEND": relays.SMTP_BACKEND,
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": "9",
        "FROM_EMAIL": "news@localhost",
    }

    def manage(*arguments: str) -> tuple[int, str, bool]:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=environment.ROOT, env=made, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr.splitlines()[-1], "Traceback" in done.stderr + done.stdout

    manage("migrate")
    assert [
        manage("check_mail", "nobody"),
        manage("check_mail", "you@example.org", "--nameserver", "somewhere"),
        manage("sendtestemail", "nobody"),
        manage("sendtestemail", "you@example.org"),
    ] == [
        (1, "CommandError: Not an email address: nobody. Use one such as you@example.org.", False),
        (1, "CommandError: Not a DNS server: somewhere. Use --nameserver IP or IP:PORT.", False),
        (1, "CommandError: nobody: Not an email address: nobody. Use one such as you@example.org.", False),
        (1, "CommandError: you@example.org: 3 problems found. Fix the lines above and run check_mail again.", False),
    ]


@pytest.fixture
def publisher(client, django_user_model):
    made = django_user_model.objects.create_superuser("publisher", email="me@example.org")
    client.force_login(made)
    return client


def test_page_tries_the_settings_and_shows_each_step(publisher, operator, monkeypatch):
    with sink() as server, serve_dns(RECORDS | {"_dmarc.news.test": []}) as resolver:
        monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
        operator.EMAIL_PORT = server.port
        shown = publisher.get(reverse("admin:newsletter_check_mail"))
        before = list(server.recipients)
        done = publisher.post(reverse("admin:newsletter_check_mail"), {"address": "me@example.org"})

    assert (shown.status_code, before, server.recipients) == (200, [], ["me@example.org"])
    found = [(one.about, one.mood) for one in done.context["findings"]]
    name = f"127.0.0.1:{server.port}"
    assert found == [
        (name, "good"),
        (name, "good"),
        (found[2][0], "good"),
        ("SPF", "good"),
        ("DKIM", "good"),
        ("DMARC", "wrong"),
    ]


def test_page_takes_no_nonsense_for_an_address(publisher, operator):
    done = publisher.post(reverse("admin:newsletter_check_mail"), {"address": "nobody"})

    assert (done.status_code, done.context["findings"]) == (400, [])


def test_page_is_for_those_who_may_send(client, django_user_model):
    django_user_model.objects.create_user("editor", is_staff=True)
    client.force_login(django_user_model.objects.get())

    assert status_and_heading(client.get(reverse("admin:newsletter_check_mail"))) == FORBIDDEN


def test_today_shows_service_mail_that_could_not_be_sent(publisher):
    ask("one@example.org")
    ask("two@example.org")
    SignupRequest.objects.filter(email="one@example.org").update(
        reason=ServiceMailReason.SERVER, server_reply="451 later one@example.org", attempts=2
    )
    page = publisher.get(reverse("admin:index")).content.decode()

    assert page.count("메일 서버가 접수하지 않았습니다: 451 later (address)") == 1
    assert page.count("one@example.org") == 0
    assert page.count(reverse("admin:newsletter_check_mail")) >= 1
