"""Mail settings that contradict each other are named, each by an id; settings that agree are silent."""

import pytest

from newsletter.operations.mail_checks import check_mail_settings
from newsletter.operations.sender_dns import is_related_domain
from newsletter.transport import relays
from tests import certificates

SMTP = relays.SMTP_BACKEND
SOUND = {
    "EMAIL_BACKEND": SMTP,
    "EMAIL_HOST": "mail.example.org",
    "EMAIL_PORT": 587,
    "EMAIL_HOST_USER": "me",
    "EMAIL_HOST_PASSWORD": "secret",
    "EMAIL_USE_TLS": True,
    "FROM_EMAIL": "News <news@example.org>",
    "DKIM_DOMAIN": "example.org",
}
NO_HOST = {
    "EMAIL_HOST": "localhost",
    "EMAIL_PORT": 25,
    "EMAIL_HOST_USER": "",
    "EMAIL_HOST_PASSWORD": "",
    "EMAIL_USE_TLS": False,
}


@pytest.fixture
def operator(settings):
    for name, value in SOUND.items():
        setattr(settings, name, value)
    return settings


def _ids() -> list[str | None]:
    return [message.id for message in check_mail_settings()]


def test_settings_that_agree_are_silent(operator):
    assert _ids() == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"EMAIL_BACKEND": "newsletter.transport.eml_backend.EmailBackend"}, ["newsletter.W021"]),
        (
            {
                **NO_HOST,
                "EMAIL_BACKEND": "newsletter.transport.eml_backend.EmailBackend",
                "ANYMAIL": {"MAILGUN_API_KEY": "k"},
            },
            ["newsletter.W021"],
        ),
        (
            {
                **NO_HOST,
                "EMAIL_BACKEND": "newsletter.transport.eml_backend.EmailBackend",
                "SMTP_RELAYS": "smtp://relay.example",
            },
            ["newsletter.W021"],
        ),
        ({"SMTP_RELAYS": "smtps://relay.example"}, ["newsletter.W022"]),
        ({"ANYMAIL": {"MAILGUN_WEBHOOK_SIGNING_KEY": "k"}}, []),
        ({"TRACKING": True}, ["newsletter.W022"]),
        (
            {"EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend", "ANYMAIL": {"MAILGUN_API_KEY": "k"}},
            ["newsletter.W022"],
        ),
        ({"EMAIL_USE_SSL": True, "EMAIL_PORT": 465}, ["newsletter.E021"]),
        ({"EMAIL_PORT": 465}, ["newsletter.W023"]),
        ({"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True}, ["newsletter.W023"]),
        ({**NO_HOST, "SMTP_RELAYS": "smtp://relay.example:465, smtps://relay.example"}, ["newsletter.W023"]),
        ({**NO_HOST, "SMTP_RELAYS": "smtps://relay.example:587"}, ["newsletter.W023"]),
        ({"EMAIL_HOST_USER": ""}, ["newsletter.W024"]),
        ({"EMAIL_HOST_PASSWORD": ""}, ["newsletter.W024"]),
        ({"EMAIL_USE_TLS": False}, ["newsletter.W006"]),
        ({**NO_HOST, "SMTP_RELAYS": "smtp://me:secret@relay.example:587"}, ["newsletter.W006"]),
        ({"SMTP_CA_FILE": "/no/such/file.pem"}, ["newsletter.E022"]),
        ({"SMTP_CA_FILE": __file__}, ["newsletter.E022"]),
        (
            {"SEND_LIMITS": "1000/h, mail.example.org:25 5/s, gmail.com 1/s"},
            ["newsletter.W026"],
        ),
        ({"SEND_LIMITS": "1000/h, mail.example.org:587 5/s"}, []),
        ({"DKIM_KEY": "nonsense"}, ["newsletter.E023"]),
        ({"DKIM_KEY": "A" * 43 + "=", "DKIM_DOMAIN": "example.com"}, ["newsletter.W027"]),
        ({"DKIM_KEY": "A" * 43 + "=", "DKIM_DOMAIN": "mail.example.org"}, []),
        ({**NO_HOST, "EMAIL_BACKEND": "anymail.backends.resend.EmailBackend"}, ["newsletter.W028"]),
        (
            {
                **NO_HOST,
                "EMAIL_BACKEND": "anymail.backends.resend.EmailBackend",
                "ANYMAIL": {"POSTMARK_SERVER_TOKEN": "k"},
            },
            ["newsletter.W028"],
        ),
        ({**NO_HOST, "EMAIL_BACKEND": "anymail.backends.amazon_ses.EmailBackend"}, []),
        ({"OPERATOR_EMAIL": "me at example.org"}, ["newsletter.W029"]),
        ({"UNSUBSCRIBE_MAILTO": "nonsense"}, ["newsletter.W029"]),
        ({"UNSUBSCRIBE_MAILTO": "leave@example.org?subject=leave"}, []),
        ({"FROM_EMAIL": "a@example.org, b@example.org"}, ["newsletter.W029"]),
        ({"FROM_EMAIL": "Kim, Lee <news@example.org>"}, ["newsletter.W029"]),
        ({"EMAIL_HOST": ""}, ["newsletter.E024"]),
        ({"EMAIL_HOST": "smtp.example.org:587"}, ["newsletter.E024"]),
        ({"EMAIL_HOST": "https://smtp.example.org"}, ["newsletter.E024"]),
        ({"EMAIL_HOST": "mail server"}, ["newsletter.E024"]),
        ({"EMAIL_HOST": "smtp..example.org"}, ["newsletter.E024"]),
        ({"EMAIL_HOST": "2001:db8::1"}, []),
        ({"EMAIL_HOST": "192.0.2.1"}, []),
        ({"EMAIL_PORT": 0}, ["newsletter.E025"]),
        ({"EMAIL_PORT": 99999}, ["newsletter.E025"]),
        ({**NO_HOST, "SMTP_RELAYS": "smtps://relay.example?starttls=1"}, ["newsletter.E021"]),
        ({"IMAP_USER": "me"}, ["newsletter.W022"]),
        (
            {"IMAP_HOST": "imap.example.org", "IMAP_USER": "me", "IMAP_PASSWORD": "p", "IMAP_PORT": 0},
            ["newsletter.E025"],
        ),
        ({"REPLY_TO": "News <news@example.org>"}, []),
        ({"IMAP_HOST": "imap.example.org", "IMAP_USER": "me"}, ["newsletter.W030"]),
    ],
)
def test_settings_that_contradict_each_other_are_named(operator, changed, expected):
    for name, value in changed.items():
        setattr(operator, name, value)

    assert _ids() == expected


def test_certificates_for_a_relay_that_does_not_encrypt_vouch_for_nobody(operator, tmp_path):
    authority, _context = certificates.make_certificate(tmp_path)
    operator.SMTP_CA_FILE = str(authority)

    assert _ids() == []

    operator.EMAIL_USE_TLS, operator.EMAIL_HOST = False, "localhost"

    assert _ids() == ["newsletter.W025"]


def test_no_password_is_repeated(operator):
    operator.SMTP_RELAYS = "smtp://me:s3cr3t@relay.example:465"
    operator.EMAIL_HOST_PASSWORD = "s3cr3t"

    assert [one.id for one in check_mail_settings() if "s3cr3t" in f"{one.msg} {one.hint}"] == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("example.org", "example.org", True),
        ("news.example.org", "example.org", True),
        ("example.org", "news.example.org", True),
        ("example.org", "anexample.org", False),
        ("example.org", "example.com", False),
    ],
)
def test_domains_are_related_by_whole_labels(one, other, expected):
    assert is_related_domain(one, other) is expected
