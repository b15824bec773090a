"""Fragments and a claimed delivery -> the bytes that cross the wire, encoded once per set of sections.

Per reader only bytes are put together: the set's pieces, joined and dot-stuffed before, and the reader's own between them.
HTML and text go as 8bit where the server takes it and no line is too long, else as quoted-printable; base64 could not
be joined at any place. Not here: Django's slower path through EmailMessage (message), which says the same.
"""

import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime

from django.conf import settings
from django.utils import timezone

from newsletter.emails import message
from newsletter.emails.fit import make_marker
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.subscribers import mail_hosts
from newsletter.subscribers.links import get_link_maker
from newsletter.transport import smtp_connection

_MAX_LINE_BYTES = 990  # RFC 5321 allows 998 octets; some room for a reader's own link
_READER_FIELDS = ("to", "id", "unsubscribe", "manage", "leave")
_ADDRESS = re.compile(rb"[!-;=?-~]+@[!-;=?A-~]+")  # printable ASCII without space, <, > and a second @


class EnvelopeAddressError(Exception):
    """The address can't be written on an envelope; the text says why."""


@dataclass
class WireEncoder:
    """A mailing in memory with the sets encoded so far; `eight_bit` is what the server offers.

    What is the reader's own is made by functions that have read the settings once.
    """

    letter: message.MailingFragments
    eight_bit: bool
    sets: dict[int, tuple[list[bytes], list[tuple[int, str]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.links = get_link_maker()
        self.message_id = message.get_message_id_maker(self.letter.mailing.pk)
        self.unsubscribe = message.get_list_unsubscribe_maker()
        self.return_path = make_return_path_builder()


def encode_delivery(press: WireEncoder, delivery: ClaimedDelivery) -> smtp_connection.WireMessage:
    """Return the letter of one delivery. Raises AddressError."""
    if delivery.sections not in press.sets:
        press.sets[delivery.sections] = _encode(press, delivery.sections)
    address = encode_recipient(delivery.email)
    manage, leave = press.links(delivery.subscription_id, delivery.link_key)
    own = {
        "to": address,
        "id": press.message_id(delivery.subscriber_id).encode(),
        "unsubscribe": press.unsubscribe(delivery.subscription_id, delivery.link_key, leave).encode(),
        "manage": manage.encode(),
        "leave": leave.encode(),
    }
    pieces, places = press.sets[delivery.sections]
    content = pieces.copy()
    for at, name in places:
        content[at] = own[name]
    return smtp_connection.WireMessage(delivery.id, press.return_path(delivery.id), address, b"".join(content))


def encode_recipient(email: str) -> bytes:
    """Return an address as it stands on the envelope, the domain in its ASCII form. Raises AddressError."""
    local, _at, domain = email.rpartition("@")
    try:
        address = f"{local}@{domain if domain.isascii() else mail_hosts.encode_host_as_ascii(domain)}".encode()
    except ValueError as error:
        raise EnvelopeAddressError("the domain of the address is not valid") from error
    if not _ADDRESS.fullmatch(address):
        raise EnvelopeAddressError("the address holds characters that no envelope takes")
    return address


def make_return_path(delivery_id: int) -> bytes:
    """Return the envelope sender: one per delivery where bounces have a mailbox of their own (VERP)."""
    return make_return_path_builder()(delivery_id)


def make_return_path_builder() -> Callable[[int], bytes]:
    """Return a function from a delivery's id to its envelope sender, quick for many readers."""
    if not settings.BOUNCE_ADDRESS:
        sender = settings.FROM_EMAIL.rpartition("<")[2].rstrip("> ").encode()
        return lambda _delivery_id: sender
    local, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    key = settings.SECRET_KEY
    return lambda delivery_id: f"{local}+{delivery_id}-{_mac(key, delivery_id)}@{domain}".encode()


def parse_return_path(address: str) -> int | None:
    """Return the delivery whose return path an address is; None for one that we did not make."""
    local, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    form = rf"{re.escape(local)}\+([0-9]{{1,18}})-([0-9a-f]{{12}})@{re.escape(domain)}"
    found = re.fullmatch(form, address.strip(), re.IGNORECASE) if local else None
    if not found:
        return None
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    ours = any(hmac.compare_digest(_mac(key, int(found[1])), found[2].lower()) for key in keys)
    return int(found[1]) if ours else None


def _mac(key: str, delivery_id: int) -> str:
    """Return what makes a return path ours, so that nobody can forge a bounce; in digits that no server changes."""
    secret = hashlib.blake2b(key.encode()).digest()
    return hashlib.blake2b(b"%d" % delivery_id, key=secret, person=b"return path", digest_size=6).hexdigest()


def _encode(press: WireEncoder, sections: int) -> tuple[list[bytes], list[tuple[int, str]]]:
    """Return the set's content in pieces, and which of them are the reader's own: index and name."""
    letter = press.letter
    html, text = message.join_fragments(letter, sections)
    marks = {make_marker(letter.nonce, name): name for name in _READER_FIELDS}
    boundary = f"=_{letter.nonce}"
    head = _headers(letter, boundary)
    parts = [_part(kind, body, marks, eight_bit=press.eight_bit) for kind, body in (("plain", text), ("html", html))]
    between = f"\r\n--{boundary}\r\n".encode()
    whole = head + between + between.join(parts) + f"\r\n--{boundary}--\r\n".encode()
    stuffed = whole.replace(b"\r\n.", b"\r\n..")
    pieces = re.split(b"(" + b"|".join(mark.encode() for mark in marks) + b")", stuffed)
    return pieces, [(at, marks[pieces[at].decode()]) for at in range(1, len(pieces), 2)]


def _headers(letter: message.MailingFragments, boundary: str) -> bytes:
    """Return the header block: encoded by Django, the reader's own lines added as marks."""
    fixed = message.OutgoingMail(
        subject=letter.mailing.subject,
        from_email=message.make_from_header(letter.mailing.digest.publication.name),
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers=message.make_shared_headers(letter.mailing) | {"Date": format_datetime(timezone.localtime())},
    ).message()
    lines = [
        f"{name}: {value}"
        for name, value in fixed.items()
        if name not in {"Content-Type", "Content-Transfer-Encoding", "Message-ID"}
    ]
    lines += [
        f"To: {make_marker(letter.nonce, 'to')}",
        f"Message-ID: {make_marker(letter.nonce, 'id')}",
        f"List-Unsubscribe: {make_marker(letter.nonce, 'unsubscribe')}",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
    ]
    return re.sub(r"\r?\n", "\r\n", "\n".join(lines) + "\n").encode("ascii")


def _part(kind: str, body: str, marks: Mapping[str, str], *, eight_bit: bool) -> bytes:
    """Return one body part with its own header block."""
    lines = body.replace("\r\n", "\n").split("\n")
    short = all(len(line.encode()) <= _MAX_LINE_BYTES for line in lines)
    name, content = ("8bit", body.encode()) if eight_bit and short else ("quoted-printable", _quoted(body, marks))
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {name}\r\n\r\n'
    return head.encode() + re.sub(rb"\r?\n", b"\r\n", content)


def _quoted(body: str, marks: Mapping[str, str]) -> bytes:
    """Return quoted-printable in which every mark stands alone between soft line breaks."""
    pieces = re.split("(" + "|".join(map(re.escape, marks)) + ")", body)
    return b"=\n".join(
        piece.encode() if piece in marks else binascii.b2a_qp(piece.encode(), istext=True) for piece in pieces if piece
    )
