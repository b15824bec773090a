"""The bounce mailbox -> events: reports of delivery (RFC 3464) and of abuse (RFC 5965), read over IMAP.

Whose mail a report is about is proven by our signed return path, or by our signed Message-ID in what it encloses; the
address that it names proves nothing, and a report that proves nothing harms nobody. Reports that were understood are
deleted from the mailbox once they stand as events; everything else stays there, seen, for a person.
"""

import contextlib
import hashlib
import imaplib
import logging
import ssl
import time
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.utils import timezone

from newsletter import events
from newsletter.bounce_reports import MALFORMED, read_report
from newsletter.checks import LOCAL_HOSTS
from newsletter.models import Event

logger = logging.getLogger(__name__)

_MOST = 262_144  # bytes read of one mail: a report stands before the mail that it encloses
_AT_ONCE = 50
_SECONDS = 120  # for one reading; the next one goes on


class MailboxError(Exception):
    """The mailbox can't be read; the text says why."""


def event(raw: bytes) -> Event | None:
    """Return the event that a mail reports; one that can't be parsed reports nothing and holds up no other."""
    try:
        report = read_report(raw)
    except MALFORMED as error:
        logger.warning("a mail in the bounce mailbox can't be parsed: %s", type(error).__name__)
        return None
    if report is None:
        return None
    return Event(
        provider="mailbox",
        provider_id=hashlib.blake2b(raw, digest_size=16).hexdigest(),
        kind=report.kind,
        weight=report.weight,
        at=timezone.now(),
        detail=report.words.replace("\0", ""),
        named=report.delivery,
        message_id=report.message_id[:200],
    )


def read_due() -> int:
    """Read the mailbox of the settings, if any; one that can't be read is told in the log, and read the next time."""
    if not settings.IMAP_HOST:
        return 0
    try:
        return read()
    except MailboxError as error:
        logger.warning("the bounce mailbox can't be read: %s", error)
        return 0


def read() -> int:
    """Read what is new in the bounce mailbox and act on it; return how many reports. Raises MailboxError."""
    try:
        with _mailbox() as box:
            found = _read_new(box)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxError(f"{settings.IMAP_HOST}:{settings.IMAP_PORT}: {error}") from error
    events.act_due()
    return found


@contextlib.contextmanager
def _mailbox() -> Iterator[imaplib.IMAP4]:
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
    """Keep the events of every new mail, a few at a time: what stands as an event goes from the mailbox."""
    _state, (listed, *_more) = box.uid("SEARCH", "UNSEEN", "UNDELETED")
    numbers = (listed or b"").split()
    until = time.monotonic() + _SECONDS
    found = 0
    for at in range(0, len(numbers), _AT_ONCE):
        if time.monotonic() > until:
            break
        some = {number: event(_fetch(box, number)) for number in numbers[at : at + _AT_ONCE]}
        events.keep([one for one in some.values() if one])
        _mark(box, [number for number, one in some.items() if one], r"(\Seen \Deleted)")
        _mark(box, [number for number, one in some.items() if not one], r"(\Seen)")
        found += sum(one is not None for one in some.values())
    if found:
        box.expunge()
    logger.info("read mails=%d reports=%d", len(numbers), found)
    return found


def _mark(box: imaplib.IMAP4, numbers: Sequence[bytes], flags: str) -> None:
    if numbers:
        box.uid("STORE", b",".join(numbers).decode(), "+FLAGS", flags)


def _fetch(box: imaplib.IMAP4, number: bytes) -> bytes:
    _state, data = box.uid("FETCH", number.decode(), f"(BODY.PEEK[]<0.{_MOST}>)")
    return next((part[1] for part in data if isinstance(part, tuple)), b"")
