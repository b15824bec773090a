"""Joins a claimed delivery and its mailing's fragments into the bytes that cross the wire; each set of sections is encoded once.

Per reader only bytes are put together: the pieces of the set, encoded and dot-stuffed before, and the reader's own values
between them. HTML and text go as 8bit where the server takes it and no line is too long, else as quoted-printable. Base64
could not be joined at any place. Not here: the slower path through Django's EmailMessage (emails/message), which gives
the same message.
"""

import binascii
import hashlib
import hmac
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.generator import BytesGenerator
from email.message import Message
from email.utils import format_datetime
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from newsletter.emails import joining, message
from newsletter.emails.markers import make_marker
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.subscribers import mail_hosts
from newsletter.subscribers.links import get_link_maker
from newsletter.transport.types import WireMessage

_MAX_LINE_BYTES = 990  # RFC 5321, 4.5.3.1.6, allows 998; some room for a reader's own link
_READER_FIELDS = ("to", "id", "unsubscribe", "manage", "leave")
_ADDRESS = re.compile(rb"[!-;=?-~]+@[!-;=?A-~]+")  # printable ASCII without space, <, > and a second @


class EnvelopeAddressError(Exception):
    """The address can't be written on an envelope; the text says why."""


class _EncodedSet(NamedTuple):
    """The content that readers of one set of sections share, cut where a reader's own values belong."""

    pieces: list[bytes]
    places: list[tuple[int, str]]  # index of the piece that is a reader's own, and the name of its value


@dataclass
class WireEncoder:
    """Encodes the messages of one mailing; `eight_bit` says whether the server takes 8-bit content."""

    fragments: joining.MailingFragments
    eight_bit: bool
    sets: dict[int, _EncodedSet] = field(default_factory=dict)  # by the bits of the sections

    def __post_init__(self) -> None:
        # These functions have read the settings once, so that no message has to look into them again.
        self.make_links = get_link_maker()
        self.make_message_id = message.get_message_id_maker(self.fragments.mailing.pk)
        self.make_unsubscribe = message.get_list_unsubscribe_maker()
        self.make_return_path = make_return_path_builder()


def encode_delivery(encoder: WireEncoder, delivery: ClaimedDelivery) -> WireMessage:
    """Return the message of one delivery. Raises EnvelopeAddressError."""
    if delivery.sections not in encoder.sets:
        encoder.sets[delivery.sections] = _encode_set(encoder, delivery.sections)
    address = encode_recipient(delivery.email)
    manage, leave = encoder.make_links(delivery.subscription_id, delivery.link_key)
    values = {
        "to": address,
        "id": encoder.make_message_id(delivery.subscriber_id).encode(),
        "unsubscribe": encoder.make_unsubscribe(delivery.subscription_id, delivery.link_key, leave).encode(),
        "manage": manage.encode(),
        "leave": leave.encode(),
    }
    pieces, places = encoder.sets[delivery.sections]
    content = pieces.copy()
    for index, name in places:
        content[index] = values[name]
    return WireMessage(delivery.id, encoder.make_return_path(delivery.id), address, b"".join(content))


def encode_recipient(email: str) -> bytes:
    """Return an address as it stands on the envelope, the domain in its ASCII form. Raises EnvelopeAddressError."""
    local, _at, domain = email.rpartition("@")
    try:
        address = f"{local}@{domain if domain.isascii() else mail_hosts.encode_host_as_ascii(domain)}".encode()
    except ValueError as error:
        raise EnvelopeAddressError("the domain of the address is not valid") from error
    # An address with a line break or a bracket could add commands or recipients of its own to the session.
    if not _ADDRESS.fullmatch(address):
        raise EnvelopeAddressError("the address holds characters that no envelope takes")
    return address


def make_return_path(delivery_id: int) -> bytes:
    """Return the envelope sender: one per delivery where bounces have a mailbox of their own (VERP)."""
    return make_return_path_builder()(delivery_id)


def make_return_path_builder() -> Callable[[int], bytes]:
    """Return a function from a delivery's id to its envelope sender; it reads no settings, so it is quick for many readers."""
    if not settings.BOUNCE_ADDRESS:
        sender = settings.FROM_EMAIL.rpartition("<")[2].rstrip("> ").encode()
        return lambda _delivery_id: sender
    local, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    key = settings.SECRET_KEY
    return lambda delivery_id: f"{local}+{delivery_id}-{_sign_delivery_id(key, delivery_id)}@{domain}".encode()


def parse_return_path(address: str) -> int | None:
    """Return the id of the delivery whose return path an address is; None for one that we did not make."""
    local, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    form = rf"{re.escape(local)}\+([0-9]{{1,18}})-([0-9a-f]{{12}})@{re.escape(domain)}"
    found = re.fullmatch(form, address.strip(), re.IGNORECASE) if local else None
    if not found:
        return None
    # Bounces come days later, so a return path that an earlier key signed is still ours.
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    ours = any(hmac.compare_digest(_sign_delivery_id(key, int(found[1])), found[2].lower()) for key in keys)
    return int(found[1]) if ours else None


def _sign_delivery_id(key: str, delivery_id: int) -> str:
    """Return 12 hexadecimal digits that only we can make, so that nobody can forge a bounce; servers may change their case."""
    secret = hashlib.blake2b(key.encode()).digest()
    return hashlib.blake2b(b"%d" % delivery_id, key=secret, person=b"return path", digest_size=6).hexdigest()


def _encode_set(encoder: WireEncoder, sections: int) -> _EncodedSet:
    fragments = encoder.fragments
    joined = joining.join_fragments(fragments, sections)
    # The marks hold the mailing's nonce, so that a mark which a feed wrote stays text.
    marks = {make_marker(fragments.nonce, name): name for name in _READER_FIELDS}
    boundary = f"=_{fragments.nonce}"
    head = _build_headers(fragments, joined.subject, boundary)
    parts = [
        _build_part(kind, body, marks, eight_bit=encoder.eight_bit)
        for kind, body in (("plain", joined.text), ("html", joined.html))
    ]
    between = f"\r\n--{boundary}\r\n".encode()
    whole = head + between + between.join(parts) + f"\r\n--{boundary}--\r\n".encode()
    stuffed = whole.replace(b"\r\n.", b"\r\n..")  # RFC 5321, 4.5.2: a line that is only a dot would end the message
    pieces = re.split(b"(" + b"|".join(mark.encode() for mark in marks) + b")", stuffed)
    # `split` puts what stands between marks at even places, and the marks at odd ones.
    return _EncodedSet(pieces, [(index, marks[pieces[index].decode()]) for index in range(1, len(pieces), 2)])


def _build_headers(fragments: joining.MailingFragments, subject: str, boundary: str) -> bytes:
    """Return the header block: encoded by Django, with marks on the lines that are the reader's own."""
    mailing = fragments.mailing
    fixed = message.OutgoingMail(
        subject=subject,
        from_email=message.make_from_header(mailing.digest.publication.sender_name),
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers=message.make_shared_headers(mailing) | {"Date": format_datetime(timezone.localtime())},
    ).message()
    lines = [
        f"{name}: {value}"
        for name, value in fixed.items()
        if name not in {"Content-Type", "Content-Transfer-Encoding", "Message-ID"}
    ]
    lines += [
        f"To: {make_marker(fragments.nonce, 'to')}",
        f"Message-ID: {make_marker(fragments.nonce, 'id')}",
        f"List-Unsubscribe: {make_marker(fragments.nonce, 'unsubscribe')}",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
    ]
    return re.sub(r"\r?\n", "\r\n", "\n".join(lines) + "\n").encode("ascii")


def _build_part(kind: str, body: str, marks: Mapping[str, str], *, eight_bit: bool) -> bytes:
    """Return one body part (`kind` is plain or html) with its own header block."""
    lines = body.replace("\r\n", "\n").split("\n")
    short = all(len(line.encode()) <= _MAX_LINE_BYTES for line in lines)
    name, content = (
        ("8bit", body.encode()) if eight_bit and short else ("quoted-printable", _encode_quoted_printable(body, marks))
    )
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {name}\r\n\r\n'
    return head.encode() + re.sub(rb"\r?\n", b"\r\n", content)


def _encode_quoted_printable(body: str, marks: Mapping[str, str]) -> bytes:
    """Return quoted-printable in which every mark stands alone between soft line breaks.

    So a value of any length that is put there changes the length of no other line.
    """
    pieces = re.split("(" + "|".join(map(re.escape, marks)) + ")", body)
    return b"=\n".join(
        piece.encode() if piece in marks else binascii.b2a_qp(piece.encode(), istext=True) for piece in pieces if piece
    )


def encode_for_wire(built: Message) -> bytes:
    """Return a message of Django's as bytes, with the line ends of SMTP; a line that begins with From stays as it is."""
    out = io.BytesIO()
    # Django's own as_bytes(linesep=...) does the same, but Python's messages, which Django uses from 6.0 on, do not take it.
    BytesGenerator(out, mangle_from_=False).flatten(built, linesep="\r\n")
    return out.getvalue()
