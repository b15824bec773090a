"""Reads the bounce mailbox over IMAP: reports become events, requests to leave are done, what nobody can read is counted.

The mailbox takes the mail for BOUNCE_ADDRESS, for the feedback loops and for UNSUBSCRIBE_MAILTO. What was understood is
deleted from it once it stands as an event or is done; everything else stays there, seen, for a person, and is counted
by an event of its own, which the desk shows. Not here: what a mail reports (bounce_reports).
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
from newsletter.subscribers import consent
from newsletter.subscribers.mail_hosts import LOCAL_HOSTS
from newsletter.subscribers.unsubscribe_addresses import is_valid_signature, parse_unsubscribe_address

logger = logging.getLogger(__name__)

MAILBOX_PROVIDER = "mailbox"  # as events name where they come from
_HEADER_BYTES = 65_536  # bytes: To stands among the first
_FETCH_BYTES = 262_144  # bytes read of one mail: a report stands before the mail that it encloses
_BATCH_MAILS = 50
_UNREAD_RETENTION = dt.timedelta(days=30)
_READING_SECONDS = 120  # for one reading; the next one goes on


class MailboxError(Exception):
    """The mailbox can't be read; the text says why."""


def parse_event(raw: bytes) -> Event | None:
    """Return the event that a mail reports; one that can't be parsed reports nothing and holds up no other."""
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
        detail=report.words.replace("\0", ""),
        named=report.delivery,
        message_id=report.message_id[:200],
    )


def unsubscribe_by_mail(raw: bytes) -> bool:
    """End the subscription that a mail to a reader's own address asks to end; False where it is no such mail.

    A server's mail ends nothing: a bounce or an automatic answer that came to the address is no wish.
    """
    mail = email.message_from_bytes(raw[:_HEADER_BYTES])
    claims = [
        found
        for one in re.split(r"[\s<>,;\"]+", _recipient_headers(mail))
        if "@" in one and (found := parse_unsubscribe_address(one))
    ]
    if not claims or is_from_server(mail) or get_header(mail, "Auto-Submitted").lower().startswith("auto-replied"):
        return False
    pk, signature = claims[0]
    subscription = Subscription.objects.select_related("subscriber").filter(pk=pk).first()
    if subscription is None or not is_valid_signature(pk, subscription.subscriber.link_key, signature):
        return False
    consent.unsubscribe_from_publication(subscription)
    return True


def _recipient_headers(mail: Message) -> str:
    return " ".join(get_header(mail, name) for name in ("To", "Delivered-To", "X-Original-To", "Envelope-To", "Cc"))


def read_configured_mailbox() -> int:
    """Read the mailbox of the settings, if any; one that can't be read is told in the log, and read the next time."""
    if not settings.IMAP_HOST:
        return 0
    try:
        return read_mailbox()
    except MailboxError as error:
        logger.warning("the bounce mailbox can't be read: %s", error)
        return 0


def read_mailbox() -> int:
    """Read what is new in the bounce mailbox and act on it; return how many were understood. Raises MailboxError."""
    try:
        with _open_mailbox() as box:
            found = _read_new(box)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxError(f"{settings.IMAP_HOST}:{settings.IMAP_PORT}: {error}") from error
    events.process_due_events()
    return found


@contextlib.contextmanager
def _open_mailbox() -> Iterator[imaplib.IMAP4]:
    """Yield the mailbox, opened; a password goes over an encrypted connection, or to this machine."""
    host, port, safe = settings.IMAP_HOST, settings.IMAP_PORT, ssl.create_default_context()
    box = imaplib.IMAP4_SSL(host, port, ssl_context=safe, timeout=30) if port == 993 else imaplib.IMAP4(host, port, 30)
    with box:
        if "STARTTLS" in box.capabilities and port != 993:
            box.starttls(safe)
        elif port != 993 and host not in LOCAL_HOSTS:
            raise MailboxError(f"{host}:{port} offers no encryption")
        box.login(settings.IMAP_USER, settings.IMAP_PASSWORD)
        state, said = box.select(f'"{settings.IMAP_MAILBOX}"')
        if state != "OK":
            raise MailboxError(f"{settings.IMAP_MAILBOX}: {said[0]!r}")
        yield box


def _read_new(box: imaplib.IMAP4) -> int:
    """Keep the events of every new mail, a few at a time: what was understood goes from the mailbox."""
    _state, (listed, *_more) = box.uid("SEARCH", "UNSEEN", "UNDELETED")
    numbers = (listed or b"").split()
    until = time.monotonic() + _READING_SECONDS
    found = unread = 0
    for at in range(0, len(numbers), _BATCH_MAILS):
        if time.monotonic() > until:
            break
        batch = [(number, _fetch(box, number)) for number in numbers[at : at + _BATCH_MAILS]]
        some = dict(
            handle_each_row(
                "bounces", batch, lambda one: (one[0], _process_mail(one[1])), key=lambda one: one[0].decode()
            )
        )
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
    """Return a mail's event, or True where it asked to leave and that is done; False where nobody can read it."""
    return unsubscribe_by_mail(raw) or parse_event(raw) or False


def _record_unread(count: int, now: dt.datetime | None = None) -> None:
    """Keep how many mails nobody could read, for some weeks."""
    now = now or timezone.now()
    if count:
        UnreadMails.objects.create(count=count, at=now)
        UnreadMails.objects.filter(at__lt=now - _UNREAD_RETENTION).delete()


def _set_flags(box: imaplib.IMAP4, numbers: Sequence[bytes], flags: str) -> None:
    if numbers:
        box.uid("STORE", b",".join(numbers).decode(), "+FLAGS", flags)


def _fetch(box: imaplib.IMAP4, number: bytes) -> bytes:
    _state, data = box.uid("FETCH", number.decode(), f"(BODY.PEEK[]<0.{_FETCH_BYTES}>)")
    return next((part[1] for part in data if isinstance(part, tuple)), b"")
