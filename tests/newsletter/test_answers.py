"""What real servers say, and what it is about: a wrong `mailbox` would silence a reader for good."""

import pytest
import requests

from newsletter import answers
from newsletter.channel import FAILED

MAILBOX = [
    # Gmail
    "550-5.1.1 The email account that you tried to reach does not exist. Please check the recipient's address for typos",
    "550 5.2.1 The email account that you tried to reach is disabled.",
    "550-5.2.1 The email account that you tried to reach is inactive.",
    # Outlook and Exchange Online
    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [X.prod.protection.outlook.com]",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient x@contoso.example not found by SMTP address lookup",
    "550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [X.mail.protection.outlook.com]",
    # Naver, Daum and other Korean servers
    "550 5.1.1 No such user x@naver.com - nsmtp",
    "550 5.1.1 Inactive mbox",
    "550 5.1.1 Suspended user",
    "550 User unknown",
    "550 Account disabled",
    "550 5.1.1 RUSR 192.0.2.1: No such user: <x@example.org>",
    "550 5.1.1 <x@hanmail.net>... User unknown",
    # Yahoo
    "554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com) [-5] - mta1.mail.yahoo.com",
    "554 30 Sorry, your message to x@yahoo.com cannot be delivered. This mailbox is disabled (554.30).",
    "552 1 Requested mail action aborted, mailbox not found",
    # Postfix, Exim, Sendmail
    "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown in local recipient table",
    "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown in relay recipient table",
    "550 5.1.1 <x@example.org>: Recipient address rejected: undeliverable address: unknown user",
    "550 No Such User Here",
    "550-No Such User Here",
    "550 #5.1.0 Address rejected x@example.org: no such recipient",
    "5.1.10",
]
POLICY = [
    # Gmail
    "550-5.7.1 [192.0.2.1] Our system has detected that this message is likely unsolicited mail.",
    "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
    "421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.",
    "550-5.4.5 Daily sending quota exceeded for this account",
    # Outlook
    "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Part of their network is on our block list (S3140).",
    "550 5.7.606 Access denied, banned sending IP [192.0.2.1]",
    "550 5.7.511 Access denied, banned sender",
    "550 5.7.509 Access denied, sending domain does not pass DMARC verification and has a DMARC policy of reject.",
    "550 5.1.8 Access denied, bad outbound sender",
    # Naver, Daum and other Korean servers
    "421 4.3.2 Your IP(192.0.2.1) is filtered and this connection will be closed. You must register your IP",
    "421 4.3.2 Your ip blocked from this server - nsmtp",
    "550 5.7.1 <x@example.org>... Error.your access was denied. Since you sent too many e-mails",
    "550-'Transaction failed. (SPAM_SUSPECT:IP_CONTROL)",
    "550 You are registered as spammer (by user's reject list)",
    "554 5.0.0 Service unavailable (userid: mail is denied, by spam filter)",
    "550 5.7.1 Unable to relay for x@example.org",
    # Yahoo
    "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes",
    "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
    "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list",
    "554 Message not allowed - [PH01] Email not accepted for policy reasons.",
    # Others
    "550 5.1.1 <news@news.example>: Sender address rejected: User unknown in virtual mailbox table",
    "550 Verification failed for <news@news.example>: Sender verify failed; no such user here",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    "550 5.1.1 rejected due to local policy",
]
OTHER = [
    "452-4.2.2 The email account that you tried to reach is over quota.",
    "552-5.2.2 The email account that you tried to reach is over quota and inactive.",
    "450-4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
    "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
    "552 Requested mail action aborted: exceeded storage allocation",
    "451 4.3.0 Temporary lookup failure: user unknown",
    "450 Requested mail action not taken: mailbox unavailable",
    "451 mta113.mail.krs.yahoo.com Resources temporarily unavailable",
    "554 5.4.6 too long a loop",
    "550 5.4.4 Host or domain name not found",
    "550 5.3.4 Message too big",
    "554 delivery error: dd Requested mail action aborted - mta1.mail.yahoo.com",
    "",
    "550",
    "\0\ud800 💥",
]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        *((words, "mailbox") for words in MAILBOX),
        *((words, "policy") for words in POLICY),
        *((words, "other") for words in OTHER),
    ],
)
def test_reason_of_real_replies(words, expected):
    assert answers.reason(words) == expected


@pytest.mark.parametrize("words", MAILBOX)
def test_a_temporary_reply_never_proves_that_a_mailbox_is_dead(words):
    assert answers.reason(f"451 4.1.1 {words}") == "other"


@pytest.mark.parametrize("words", ["a" * 100_000, "5.4.1 " * 20_000, "mailbox " * 20_000, "user" + " is" * 50_000])
def test_reason_takes_no_time_over_long_words(words):
    assert answers.reason(words) in {"mailbox", "policy", "other"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("'to' parameter is not a valid address. please check documentation", FAILED),  # Mailgun
        ("'from' parameter is not a valid address. please check documentation", answers.STOP),
        ('{"message": "Does not contain a valid address.", "field": "personalizations.0.to.0.email"}', FAILED),
        ('{"message": "The from address does not match a verified Sender Identity", "field": "from"}', answers.STOP),
        ("Invalid `to` field. The email address needs to follow the `email@example.com` format", FAILED),
        ("The gmail.com domain is not verified. Please add and verify your domain", answers.STOP),  # Resend
        ('{"code": "invalid_parameter", "message": "email is not valid in to"}', FAILED),  # Brevo
        ("Sending has been rejected because the sender you used x is not valid", answers.STOP),
        ("The to.0.email must be a valid email address.", FAILED),  # MailerSend
        ("The from.email domain must be verified in your account to send emails. #MS42207", answers.STOP),
        ("Error validating domain name syntax for email: 'x'", FAILED),  # SparkPost
        ("Unconfigured Sending Domain <news.example>", answers.STOP),
        ("Email address is not verified. The following identities failed the check: x@y", answers.STOP),  # SES
        ("Local address contains control or whitespace", FAILED),
        ("Free accounts are for test purposes only, upgrade your plan", answers.STOP),
        ("computer says no", answers.REFUSED),
    ],
)
def test_blame_of_real_refusals(words, expected):
    assert answers._blame(words) == expected


@pytest.mark.parametrize(
    ("said", "expected"), [("3", 3.0), ("0.5", 0.5), ("Fri, 22 May", None), ("-1", None), ("", None)]
)
def test_seconds_to_wait(said, expected):
    response = requests.Response()
    response.headers["Retry-After"] = said

    assert answers.seconds_to_wait(response) == expected


def test_seconds_to_wait_without_an_answer():
    assert answers.seconds_to_wait(None) is None


def test_statuses_are_told_by_address_whatever_its_case():
    class Status:
        status, message_id = "queued", "7"

    assert answers.by_address({"A@Example.org": Status()}, ["a@example.org", "b@example.org"]) == [
        ("accepted", "queued", "7"),
        ("unknown", "the provider does not say what became of this reader", ""),
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
def test_codes_are_what_an_answer_says_without_naming_anybody(words: str, expected: str) -> None:
    assert answers.codes(words) == expected
