"""The bounce mailbox -> events: reports of delivery (RFC 3464) and of abuse (RFC 5965), read over IMAP.

Whose mail a report is about is proven by our signed return path, or by our signed Message-ID in what it encloses; the
address that it names proves nothing, and a report that proves nothing harms nobody. Reports that were understood are
deleted from the mailbox once they stand as events; everything else stays there, seen, for a person.
"""

import contextlib
import email
import hashlib
import imaplib
import logging
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message

from anymail.signals import EventType
from django.conf import settings
from django.utils import timezone

from newsletter import events, wire
from newsletter.answers import reason
from newsletter.checks import LOCAL_HOSTS
from newsletter.models import Event
from newsletter.weights import COMPLAINT, HARD, POLICY, SOFT

logger = logging.getLogger(__name__)

_MOST = 262_144  # bytes read of one mail: a report stands before the mail that it encloses
_AT_ONCE = 50
_SECONDS = 120  # for one reading; the next one goes on
_TO = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_CODE = re.compile(r"\b(?:[45]\d\d[ -]|[45]\.\d{1,3}\.\d{1,3}\b)[^\n]*(?:\n[ \t]+[^\n]*)*")
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)  # what the parser of mail raises
_DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery|^<>$", re.IGNORECASE)


class MailboxError(Exception):
    """The mailbox can't be read; the text says why."""


@dataclass(frozen=True)
class Report:
    """What a mail in the bounce mailbox says of one of our mails."""

    kind: str
    weight: str
    delivery: int | None  # proven by our return path
    message_id: str  # of the mail that it is about
    words: str


def parse(raw: bytes) -> Report | None:
    """Return what a mail reports; None where it is no report, or proves nothing of a mail of ours."""
    # The old policy: the new one takes minutes over headers that are made for that.
    mail = email.message_from_bytes(raw)
    kind = str(mail.get_param("report-type", "", unquote=True) or "").lower()
    if kind == "feedback-report":
        return _complaint(mail)
    if kind == "delivery-status":
        return _status(mail)
    # Some servers write a bounce as prose; an absence note says that it is one, and has no code.
    if _DAEMON.search(_header(mail, "From")) or _header(mail, "Return-Path") == "<>":
        return _prose(mail)
    return None


def _complaint(mail: Message) -> Report | None:
    """Read a report of abuse; other kinds, such as `not-spam`, are no complaint."""
    fields = _fields(mail, "message/feedback-report")
    said = next((block["feedback-type"] for block in fields if "feedback-type" in block), "").lower()
    if said in {"not-spam", "auth-failure", "dmarc", "virus"}:
        return None
    senders = [block.get("original-mail-from", "") for block in fields]
    return _proven(mail, EventType.COMPLAINED, COMPLAINT, f"feedback report: {said}", senders)


def _status(mail: Message) -> Report | None:
    """Read a delivery status; of several recipients the first that failed counts, for our mails have one."""
    blocks = [block for block in _fields(mail, "message/delivery-status") if "action" in block]
    order = {"failed": 0, "delayed": 1, "delivered": 2, "relayed": 3, "expanded": 3}
    blocks.sort(key=lambda block: order.get(block["action"].lower(), 4))
    if not blocks:
        return None
    action, words = blocks[0]["action"].lower(), _words(blocks[0])
    if action == "failed":
        return _proven(mail, EventType.BOUNCED, _weight(words), words)
    kinds = {"delayed": EventType.DEFERRED, "delivered": EventType.DELIVERED}
    return _proven(mail, kinds[action], "", words) if action in kinds else None


def _words(block: dict[str, str]) -> str:
    """Return status and diagnosis in the form of a server's reply."""
    said = block.get("diagnostic-code", "")
    said = said.partition(";")[2].strip() if ";" in said[:20] else said
    status = block.get("status", "")
    return said if _STATUS.search(said) else f"{status} {said}".strip()


def _weight(words: str) -> str:
    return {"mailbox": HARD, "policy": POLICY}.get(reason(words), SOFT)


def _prose(mail: Message) -> Report | None:
    texts = (part for part in mail.walk() if part.get_content_maintype() == "text")
    body = next((bytes(part.get_payload(decode=True) or b"") for part in texts), b"").decode("utf-8", "replace")
    found = _CODE.search(body)
    if not found:
        return None
    words = " ".join(found[0].split())[:500]
    kind, weight = (EventType.DEFERRED, "") if words.startswith("4") else (EventType.BOUNCED, _weight(words))
    return _proven(mail, kind, weight, words)


def _proven(mail: Message, kind: str, weight: str, words: str, senders: Sequence[str] = ()) -> Report | None:
    """Return a report, if it proves which mail of ours it is about."""
    enclosed = list(_enclosed(mail))
    addresses = [_header(mail, name) for name in _TO] + [_header(one, "Return-Path") for one in enclosed]
    candidates = re.split(r"[\s<>,;]+", " ".join([*addresses, *senders]))
    delivery = next((found for address in candidates if "@" in address and (found := wire.delivery_of(address))), None)
    ids = [_header(one, "Message-ID").strip() for one in enclosed]
    message_id = next((one for one in ids if events.is_own(one)), "")
    if delivery is None and not message_id:
        return None
    return Report(kind, weight, delivery, message_id, words[:2000])


def _fields(mail: Message, kind: str) -> list[dict[str, str]]:
    """Return the blocks of fields of the parts of one kind, names in small letters: the parser makes each a message."""
    parts = [part.get_payload() for part in mail.walk() if part.get_content_type() == kind]
    blocks = [block for inner in parts if isinstance(inner, list) for block in inner if isinstance(block, Message)]
    return [{name.lower(): " ".join(str(value).split()) for name, value in block.raw_items()} for block in blocks]


def _enclosed(mail: Message) -> Iterator[Message]:
    """Yield the mails that a report encloses, or their headers alone."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822" and isinstance(part.get_payload(), list):
            yield from part.get_payload()  # type: ignore[misc] # one message, as the type says
        elif part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers"}:
            text = bytes(part.get_payload(decode=True) or b"")
            yield email.message_from_bytes(text)


def _header(mail: Message, name: str) -> str:
    """Return a header as it was written: nothing of it is parsed."""
    return " ".join(" ".join(str(value).split()) for key, value in mail.raw_items() if key.lower() == name.lower())


def event(raw: bytes) -> Event | None:
    """Return the event that a mail reports; one that can't be parsed reports nothing and holds up no other."""
    try:
        report = parse(raw)
    except _MALFORMED as error:
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
