"""Mails that come back, as tests make them: a report of Postfix, a complaint of a feedback loop, the samples on disk."""

import csv
from pathlib import Path

from newsletter.emails import message
from newsletter.models import Delivery
from newsletter.transport import wire_format

SAMPLES = Path(__file__).parents[1] / "data" / "bounces"


def list_samples() -> list[tuple[str, str, str]]:
    """Return name, kind and weight of every sample; the kind is `none` where it reports nothing."""
    with (SAMPLES / "right.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["name"], row["kind"], row["weight"]) for row in csv.DictReader(lines)]


def read_sample(name: str, delivery: Delivery) -> bytes:
    """Return a sample as it would come back of a delivery: `{VERP}` is its return path, `{OWN}` its Message-ID."""
    own = message.make_message_id(delivery.mailing_id, delivery.subscriber_id or 0)
    text = (SAMPLES / f"{name}.eml").read_text(encoding="utf-8")
    return text.replace("{VERP}", wire_format.make_return_path(delivery.pk).decode()).replace("{OWN}", own).encode()


def build_dsn(
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
    to = wire_format.make_return_path(delivery.pk).decode() if to is None else to
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


def build_arf(delivery: Delivery, *, kind: str = "abuse", enclosed: str | None = None) -> bytes:
    """Return a report as a feedback loop writes it, the reader's address taken out."""
    own = message.make_message_id(delivery.mailing_id, delivery.subscriber_id or 0)
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
