"""Builds the message of a claimed delivery from the mailing's fragments: joins them and fills in links, renders nothing.

All readers of one set of sections share the joined HTML and text; per reader only the links are filled in. Also makes the
headers that messages share: From, Message-ID, List-Unsubscribe (RFC 8058), List-Id, Feedback-ID. Not here: what the fragments
look like (compose), the bytes of SMTP (transport/wire_format), and how a message leaves (transport).
"""

import base64
import functools
import hashlib
from collections.abc import Callable
from email.charset import BASE64, Charset
from email.header import decode_header, make_header
from email.utils import formataddr, getaddresses, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from digests.models import Publication
from newsletter.emails.joining import MailingFragments, join_fragments
from newsletter.emails.markers import make_marker
from newsletter.models import Mailing
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.subscribers import unsubscribe_addresses
from newsletter.subscribers.links import make_manage_url, make_unsubscribe_url

# Base64 costs a third in size and a third of the time of quoted-printable, which triples Korean text anyway.
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = BASE64
_MAX_WORD_CHARS, _MAX_LINE_CHARS = 75, 76  # RFC 2047, 2: an encoded word, and a line of a header that holds one


class OutgoingMail(EmailMultiAlternatives):
    """A mail whose headers keep to RFC 2047; Django's encoded words may be a letter or two too long."""

    def message(self, **options: Any) -> Any:
        """Return the message as it is sent; `options` are those of Django."""
        made = super().message(**options)
        for name in ("Subject", "From", "Reply-To"):
            if "=?" in str(made.get(name, "")):
                made.replace_header(name, shorten_encoded_words(name, str(made[name])))
        return made


@functools.lru_cache(maxsize=64)  # all messages of a mailing share theirs
def shorten_encoded_words(name: str, value: str) -> str:
    """Return an encoded header with words of at most 75 characters (RFC 2047), folded between them."""
    taken = len(f"{name}: ")
    if name == "Subject":
        return "\n ".join(_split_into_encoded_words(_decode_header_text(value), taken))
    lines: list[str] = []
    for person, address in getaddresses([value]):
        if "=?" not in person:
            lines.append(f"{formataddr((person, address))},")
            continue
        *before, last = _split_into_encoded_words(_decode_header_text(person), taken)
        fits = taken + len(f"{last} <{address}>,") <= _MAX_LINE_CHARS
        lines += [*before, f"{last} <{address}>,"] if fits else [*before, last, f"<{address}>,"]
    return "\n ".join(lines).rstrip(",")


def _decode_header_text(value: str) -> str:
    return str(make_header(decode_header(value)))


def _split_into_encoded_words(text: str, taken: int) -> list[str]:
    """Return a text as encoded words that split no letter; `taken` characters of the first line are used already."""
    words, piece, room = [], "", _MAX_LINE_CHARS - taken
    for letter in text:
        if piece and len(_UTF8.header_encode(piece + letter)) > room:
            words.append(_UTF8.header_encode(piece))
            piece, room = "", _MAX_WORD_CHARS
        piece += letter
    return [*words, _UTF8.header_encode(piece)]


def build_message(letter: MailingFragments, delivery: ClaimedDelivery) -> OutgoingMail:
    """Return the message of a delivery: multipart/alternative, text first, HTML last."""
    joined = join_fragments(letter, delivery.sections)
    manage = make_manage_url(delivery.subscription_id, delivery.link_key)
    leave = make_unsubscribe_url(delivery.subscription_id, delivery.link_key)
    fill = _make_link_filler(letter.nonce, {"manage": manage, "leave": leave})
    message = OutgoingMail(
        subject=joined.subject,
        body=fill(joined.text),
        from_email=make_from_header(letter.mailing.digest.publication.sender_name),
        to=[delivery.email],
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers=make_shared_headers(letter.mailing)
        | {
            "Message-ID": make_message_id(letter.mailing.pk, delivery.subscriber_id),
            "List-Unsubscribe": make_list_unsubscribe(delivery.subscription_id, delivery.link_key),
        },
    )
    message.encoding = _UTF8
    message.attach_alternative(fill(joined.html), "text/html")
    return message


def _make_link_filler(nonce: str, links: dict[str, str]) -> Callable[[str], str]:
    """Return a function that replaces the markers by a reader's links; URLs of ours need no escaping in HTML."""

    def fill(text: str) -> str:
        for name, link in links.items():
            text = text.replace(make_marker(nonce, name), link)
        return text

    return fill


def get_sender_domain() -> str:
    """Return the host for Message-ID and List-Id: that of FROM_EMAIL, else of the site."""
    return settings.FROM_EMAIL.rpartition("@")[2].rstrip(">") or urlsplit(settings.SITE_URL).hostname or "localhost"


def get_sender_address() -> str:
    """Return the address that all mail comes from, without a name."""
    return parseaddr(settings.FROM_EMAIL)[1]


def make_from_header(name: str) -> str:
    """Return the From header: a publication's name before FROM_EMAIL, unless that has a name of its own."""
    if "<" in settings.FROM_EMAIL:
        return settings.FROM_EMAIL
    # Quotes, backslashes and line ends would break out of the quoted name, into other headers.
    return f'"{name.translate({34: None, 92: None, 10: None, 13: None})}" <{settings.FROM_EMAIL}>'


def make_message_id(mailing_id: int, subscriber_id: int) -> str:
    """Return the Message-ID of a mailing and a reader: the same at every attempt, so that a duplicate can be recognized."""
    return get_message_id_maker(mailing_id)(subscriber_id)


def get_message_id_maker(mailing_id: int) -> Callable[[int], str]:
    """Return a function that makes the Message-ID from a subscriber's id; the key is prepared once, for many readers."""
    keyed = hashlib.blake2b(f"{mailing_id}.".encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=9)
    end = f"@{get_sender_domain()}>"

    def make_id(subscriber_id: int) -> str:
        mac = keyed.copy()
        mac.update(f"{subscriber_id}".encode())
        return f"<{mailing_id}.{subscriber_id}.{base64.urlsafe_b64encode(mac.digest()).decode()}{end}"

    return make_id


def make_list_unsubscribe(subscription_id: int, link_key: str) -> str:
    """Return the List-Unsubscribe header: the one-click URL, then the mail address where UNSUBSCRIBE_MAILTO is set."""
    return get_list_unsubscribe_maker()(subscription_id, link_key, make_unsubscribe_url(subscription_id, link_key))


def get_list_unsubscribe_maker() -> Callable[[int, str, str], str]:
    """Return a function that makes the List-Unsubscribe header from subscription id, link key and leave URL, for many readers."""
    if not settings.UNSUBSCRIBE_MAILTO:
        return lambda _subscription_id, _link_key, leave: f"<{leave}>"
    address = unsubscribe_addresses.get_unsubscribe_address_maker()
    return lambda subscription_id, link_key, leave: f"<{leave}>, <mailto:{address(subscription_id, link_key)}>"


def make_list_id(publication: Publication) -> str:
    """Return the List-Id header (RFC 2919), by which filters sort a publication's mail."""
    return f"<{publication.slug}.{get_sender_domain()}>"


def make_shared_headers(mailing: Mailing) -> dict[str, str]:
    """Return the headers that all messages of a mailing share, beside Subject and From."""
    publication = mailing.digest.publication
    return {
        "List-Id": make_list_id(publication),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": f"{mailing.pk}:{publication.slug[:30]}:digest:insights",  # Gmail takes a sender id of 5 to 15 letters
        "Auto-Submitted": "auto-generated",
    }
