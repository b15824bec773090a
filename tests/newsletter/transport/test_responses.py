"""Real answers of providers, and whose fault they are: a wrong `failed` would silence a reader for good."""

import pytest
import requests

from newsletter.transport import responses
from newsletter.transport.types import SendReason, SendResult, SendState


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("'to' parameter is not a valid address. please check documentation", SendState.FAILED),  # Mailgun
        ("'from' parameter is not a valid address. please check documentation", SendState.STOP),
        (
            '{"message": "Does not contain a valid address.", "field": "personalizations.0.to.0.email"}',
            SendState.FAILED,
        ),
        ('{"message": "The from address does not match a verified Sender Identity", "field": "from"}', SendState.STOP),
        ("Invalid `to` field. The email address needs to follow the `email@example.com` format", SendState.FAILED),
        ("The gmail.com domain is not verified. Please add and verify your domain", SendState.STOP),  # Resend
        ('{"code": "invalid_parameter", "message": "email is not valid in to"}', SendState.FAILED),  # Brevo
        ("Sending has been rejected because the sender you used x is not valid", SendState.STOP),
        ("The to.0.email must be a valid email address.", SendState.FAILED),  # MailerSend
        ("The from.email domain must be verified in your account to send emails. #MS42207", SendState.STOP),
        ("Error validating domain name syntax for email: 'x'", SendState.FAILED),  # SparkPost
        ("Unconfigured Sending Domain <news.example>", SendState.STOP),
        ("Email address is not verified. The following identities failed the check: x@y", SendState.STOP),  # SES
        ("Local address contains control or whitespace", SendState.FAILED),
        ("Free accounts are for test purposes only, upgrade your plan", SendState.STOP),
        ("computer says no", SendState.REFUSED),
    ],
)
def test_blame_of_real_refusals(words, expected):
    assert responses.classify_blame(words) == expected


@pytest.mark.parametrize(
    ("header", "expected"), [("3", 3.0), ("0.5", 0.5), ("Fri, 22 May", None), ("-1", None), ("", None)]
)
def test_seconds_to_wait(header, expected):
    response = requests.Response()
    response.headers["Retry-After"] = header

    assert responses.read_retry_after_seconds(response) == expected


def test_seconds_to_wait_without_an_answer():
    assert responses.read_retry_after_seconds(None) is None


def test_statuses_belong_to_addresses_whatever_their_case():
    class Status:
        status: str | None = "queued"
        message_id: str | None = "7"

    assert responses.read_statuses_in_order({"A@Example.org": Status()}, ["a@example.org", "b@example.org"]) == [
        SendResult(SendState.ACCEPTED, "queued", "7"),
        SendResult(SendState.UNKNOWN, reason=SendReason.NOT_REPORTED),
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("550 5.7.1 <me@example.org> is blocked", "550 5.7.1"),
        ("421-4.7.28 Gmail has detected an unusual rate", "421 4.7.28"),
        ("Mailgun API response 401 (Unauthorized): me@example.org", "401"),
        ("SMTP error 5.7.26 for me@example.org", "5.7.26"),
        ("no numbers of ours", ""),
        ("", ""),
    ],
)
def test_codes_of_an_answer_name_nobody(words: str, expected: str) -> None:
    assert responses.extract_codes(words) == expected
