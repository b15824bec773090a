"""Reads the bounce mailbox over IMAP: reports become events, requests to unsubscribe are carried out, the rest is counted.

The mailbox takes the mail for BOUNCE_ADDRESS, for the feedback loops and for UNSUBSCRIBE_MAILTO. A mail that was
understood is deleted once its event is written or its request carried out. Every other mail stays in the mailbox,
marked as seen, for a person; the desk shows how many there are. Not here: parsing what a mail reports (bounce_reports).
"""

import contextlib
import datetime as dt
import email
import hashlib
import imaplib
import logging
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from email.message import Message

from django.conf import settings
from django.utils import timezone

from digests.models.row_failures import handle_each_row
from newsletter.feedback import events
from newsletter.feedback.bounce_reports import is_from_server, read_report
from newsletter.feedback.mail_parts import MALFORMED_MAIL_ERRORS, get_header
from newsletter.models import Event, Subscription, UnreadMails
from newsletter.models.columns import clean_for_database
from newsletter.subscribers import consent
from newsletter.subscribers.mail_hosts import LOCAL_HOSTS
from newsletter.subscribers.unsubscribe_addresses import is_valid_signature, parse_unsubscribe_address

logger = logging.getLogger(__name__)

MAILBOX_PROVIDER = "mailbox"  # the provider of events that come from here
_HEADER_BYTES = 65_536  # the recipient stands in the header, which is parsed alone
_FETCH_BYTES = 262_144  # of one mail: a report stands before the mail that it encloses
_BATCH_MAILS = 50  # held in memory together, and acknowledged together
_UNREAD_RETENTION = dt.timedelta(days=30)
_READING_SECONDS = 120  # for one tick; the next one goes on with what is left


class MailboxError(Exception):
    """The bounce mailbox cannot be read; the text says why."""


def parse_event(raw: bytes) -> Event | None:
    """Return the event that a mail reports; None where it reports nothing, or cannot be parsed."""
    try:
        report = read_report(raw)
    except MALFORMED_MAIL_ERRORS as error:
        logger.warning("a mail in the bounce mailbox can't be parsed: %s", type(error).__name__)
        return None
    if report is None:
        return None
    return Event(
        provider=MAILBOX_PROVIDER,
        provider_id=hashlib.blake2b(raw, digest_size=16).hexdigest(),
        kind=report.kind,
        weight=report.weight,
        at=timezone.now(),
        detail=clean_for_database(report.words),
        named=report.delivery,
        message_id=report.message_id[:200],
    )


def unsubscribe_by_mail(raw: bytes) -> bool:
    """End the subscription that a mail to a signed unsubscribe address asks to end; False where it is no such mail.

    A bounce or an automatic reply that came to such an address ends nothing: it is not the reader's wish.
    """
    mail = email.message_from_bytes(raw[:_HEADER_BYTES])
    signed = [
        found
        for one in re.split(r"[\s<>,;\"]+", _recipient_headers(mail))
        if "@" in one and (found := parse_unsubscribe_address(one))
    ]
    if not signed or is_from_server(mail) or get_header(mail, "Auto-Submitted").lower().startswith("auto-replied"):
        return False
    pk, signature = signed[0]
    subscription = Subscription.objects.select_related("subscriber").filter(pk=pk).first()
    if subscription is None or not is_valid_signature(pk, subscription.subscriber.link_key, signature):
        return False
    consent.unsubscribe_from_publication(subscription)
    return True


def _recipient_headers(mail: Message) -> str:
    return " ".join(get_header(mail, name) for name in ("To", "Delivered-To", "X-Original-To", "Envelope-To", "Cc"))


def read_configured_mailbox() -> int:
    """Read the mailbox of the settings, if one is set; an error is logged, and the next tick tries again."""
    if not settings.IMAP_HOST:
        return 0
    try:
        return read_mailbox()
    except MailboxError as error:
        logger.warning("the bounce mailbox can't be read: %s", error)
        return 0


def read_mailbox() -> int:
    """Read the unseen mails of the bounce mailbox and act on them; return how many were understood. Raises MailboxError."""
    try:
        with _open_mailbox() as box:
            found = _read_new(box)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxError(f"{settings.IMAP_HOST}:{settings.IMAP_PORT}: {error}") from error
    events.process_due_events()
    return found


@contextlib.contextmanager
def _open_mailbox() -> Iterator[imaplib.IMAP4]:
    """Yield the mailbox, logged in and selected; the password is sent over TLS alone, or to this machine."""
    host, port, safe = settings.IMAP_HOST, settings.IMAP_PORT, ssl.create_default_context()
    box = imaplib.IMAP4_SSL(host, port, ssl_context=safe, timeout=30) if port == 993 else imaplib.IMAP4(host, port, 30)
    with box:
        if "STARTTLS" in box.capabilities and port != 993:
            box.starttls(safe)
        elif port != 993 and host not in LOCAL_HOSTS:
            raise MailboxError(f"{host}:{port} offers no encryption")
        box.login(settings.IMAP_USER, settings.IMAP_PASSWORD)
        state, answer = box.select(f'"{settings.IMAP_MAILBOX}"')
        if state != "OK":
            raise MailboxError(f"{settings.IMAP_MAILBOX}: {answer[0]!r}")
        yield box


def _read_new(box: imaplib.IMAP4) -> int:
    """Process every unseen mail, in batches; return how many were understood."""
    _state, (listed, *_more) = box.uid("SEARCH", "UNSEEN", "UNDELETED")
    numbers = (listed or b"").split()
    until = time.monotonic() + _READING_SECONDS
    found = unread = 0
    for at in range(0, len(numbers), _BATCH_MAILS):
        if time.monotonic() > until:
            break
        batch = [(number, _fetch_mail(box, number)) for number in numbers[at : at + _BATCH_MAILS]]
        some = dict(
            handle_each_row(
                "bounces", batch, lambda one: (one[0], _process_mail(one[1])), key=lambda one: one[0].decode()
            )
        )
        # The events are committed before the mails are flagged: a crash in between reads a mail twice, and a replayed
        # event makes no second row.
        events.save_new_events([one for one in some.values() if isinstance(one, Event)])
        _set_flags(box, [number for number, one in some.items() if one], r"(\Seen \Deleted)")
        _set_flags(box, [number for number, one in some.items() if not one], r"(\Seen)")
        found += sum(bool(one) for one in some.values())
        unread += sum(not one for one in some.values())
    if found:
        box.expunge()
    _record_unread(unread)
    logger.info("read mails=%d understood=%d", found + unread, found)
    return found


def _process_mail(raw: bytes) -> Event | bool:
    """Return the event of a mail, True where it was a request to unsubscribe, or False where it was not understood."""
    return unsubscribe_by_mail(raw) or parse_event(raw) or False


def _record_unread(count: int, now: dt.datetime | None = None) -> None:
    """Count the mails that were not understood, for the desk."""
    now = now or timezone.now()
    if count:
        UnreadMails.objects.create(count=count, at=now)
        UnreadMails.objects.filter(at__lt=now - _UNREAD_RETENTION).delete()


def _set_flags(box: imaplib.IMAP4, numbers: Sequence[bytes], flags: str) -> None:
    if numbers:
        box.uid("STORE", b",".join(numbers).decode(), "+FLAGS", flags)


def _fetch_mail(box: imaplib.IMAP4, number: bytes) -> bytes:
    # PEEK leaves the mail unseen: a crash before its flags are set lets the next tick read it again.
    _state, data = box.uid("FETCH", number.decode(), f"(BODY.PEEK[]<0.{_FETCH_BYTES}>)")
    return next((part[1] for part in data if isinstance(part, tuple)), b"")
