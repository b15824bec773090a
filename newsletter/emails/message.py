"""A claimed delivery and the mailing's fragments -> one message: joins, never renders.

All readers of one set of sections share the joined HTML and text; per reader only the links are filled in. Not here:
what the fragments look like (compose) and how a message leaves (transport).
"""

import base64
import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from email.charset import BASE64, Charset
from email.header import decode_header, make_header
from email.utils import formataddr, getaddresses
from html import escape
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from digests.models import Publication
from newsletter.emails.fit import make_marker
from newsletter.models import Fragment, Mailing
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.subscribers import unsubscribe_addresses
from newsletter.subscribers.links import make_manage_url, make_unsubscribe_url

# Base64 costs a third in size and a third of the time of quoted-printable, which triples Korean text anyway.
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = BASE64
_LONGEST_WORD, _LONGEST_LINE = 75, 76  # RFC 2047, 2: an encoded word, and a line of a header that holds one


class OutgoingMail(EmailMultiAlternatives):
    """A mail whose headers keep to RFC 2047; Django lets an encoded word be a letter or two too long."""

    def message(self, **options: Any) -> Any:
        """Return the message as it is sent; `options` are Django's own."""
        made = super().message(**options)
        for name in ("Subject", "From", "Reply-To"):
            if "=?" in str(made.get(name, "")):
                made.replace_header(name, shorten_encoded_words(name, str(made[name])))
        return made


@functools.lru_cache(maxsize=64)  # all messages of a mailing share theirs
def shorten_encoded_words(name: str, value: str) -> str:
    """Return an encoded header with words of the length that RFC 2047 allows, folded between them."""
    taken = len(f"{name}: ")
    if name == "Subject":
        return "\n ".join(_encoded_words(_decode_header_text(value), taken))
    lines: list[str] = []
    for person, address in getaddresses([value]):
        if "=?" not in person:
            lines.append(f"{formataddr((person, address))},")
            continue
        *before, last = _encoded_words(_decode_header_text(person), taken)
        fits = taken + len(f"{last} <{address}>,") <= _LONGEST_LINE
        lines += [*before, f"{last} <{address}>,"] if fits else [*before, last, f"<{address}>,"]
    return "\n ".join(lines).rstrip(",")


def _decode_header_text(value: str) -> str:
    return str(make_header(decode_header(value)))


def _encoded_words(text: str, taken: int) -> list[str]:
    """Return a text as encoded words, each with whole letters; the first line has room for all but `taken` characters."""
    words, piece, room = [], "", _LONGEST_LINE - taken
    for letter in text:
        if piece and len(_UTF8.header_encode(piece + letter)) > room:
            words.append(_UTF8.header_encode(piece))
            piece, room = "", _LONGEST_WORD
        piece += letter
    return [*words, _UTF8.header_encode(piece)]


@dataclass
class MailingFragments:
    """A mailing's fragments in memory, and the sets of sections joined so far.

    `sets` grows by one entry per set of categories in use, not per reader.
    """

    mailing: Mailing
    nonce: str
    fragments: list[Fragment]
    sets: dict[int, tuple[str, str]] = field(default_factory=dict)


def load_mailing_fragments(mailing: Mailing) -> MailingFragments:
    """Return the letter of a composed mailing, by one query."""
    return MailingFragments(mailing=mailing, nonce=mailing.approved_hash[:16], fragments=list(mailing.fragments.all()))


def join_fragments(letter: MailingFragments, sections: int) -> tuple[str, str]:
    """Return HTML and text of a set of sections, given as bits; the per-reader links are still markers."""
    if sections not in letter.sets:
        everybody = {Fragment.Kind.HEAD, Fragment.Kind.TAIL}
        chosen = [f for f in letter.fragments if f.kind in everybody or sections >> f.position & 1]
        order = {Fragment.Kind.HEAD: 0, Fragment.Kind.NOTE: 1, Fragment.Kind.SECTION: 2, Fragment.Kind.TAIL: 3}
        chosen.sort(key=lambda f: (order[Fragment.Kind(f.kind)], f.position))
        preheader = _preheader([f.label for f in chosen if f.label])
        mark = make_marker(letter.nonce, "preheader")
        letter.sets[sections] = (
            "".join(f.html for f in chosen).replace(mark, escape(preheader)),
            "".join(f.text for f in chosen).replace(mark, preheader),
        )
    return letter.sets[sections]


def _preheader(labels: list[str]) -> str:
    """Return the reader's own categories in the length that inboxes show (about 120 characters)."""
    shown = list(labels)
    while len(shown) > 1 and len(" · ".join(shown)) > 120:
        shown.pop()
    more = len(labels) - len(shown)
    return " · ".join(shown) + (f" +{more}" if more else "")


def build_message(letter: MailingFragments, delivery: ClaimedDelivery) -> OutgoingMail:
    """Return the one message of a delivery: text first, HTML last."""
    html, text = join_fragments(letter, delivery.sections)
    manage = make_manage_url(delivery.subscription_id, delivery.link_key)
    leave = make_unsubscribe_url(delivery.subscription_id, delivery.link_key)
    fill = _filler(letter.nonce, {"manage": manage, "leave": leave})
    message = OutgoingMail(
        subject=letter.mailing.subject,
        body=fill(text),
        from_email=make_from_header(letter.mailing.digest.publication.name),
        to=[delivery.email],
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers=make_shared_headers(letter.mailing)
        | {
            "Message-ID": make_message_id(letter.mailing.pk, delivery.subscriber_id),
            "List-Unsubscribe": make_list_unsubscribe(delivery.subscription_id, delivery.link_key),
        },
    )
    message.encoding = _UTF8
    message.attach_alternative(fill(html), "text/html")
    return message


def _filler(nonce: str, links: dict[str, str]) -> Callable[[str], str]:
    """Return a function that puts a reader's links in; addresses of ours need no escaping."""

    def fill(text: str) -> str:
        for name, link in links.items():
            text = text.replace(make_marker(nonce, name), link)
        return text

    return fill


def get_sender_domain() -> str:
    """Return the host that Message-IDs and list ids are made of."""
    return settings.FROM_EMAIL.rpartition("@")[2].rstrip(">") or urlsplit(settings.SITE_URL).hostname or "localhost"


def make_from_header(name: str) -> str:
    """Return the From header: a publication's name before the address that all share."""
    if "<" in settings.FROM_EMAIL:
        return settings.FROM_EMAIL
    return f'"{name.translate({34: None, 92: None, 10: None, 13: None})}" <{settings.FROM_EMAIL}>'


def make_message_id(mailing_id: int, subscriber_id: int) -> str:
    """Return the Message-ID of a pair: the same at every attempt, so that a double can be told by it."""
    return get_message_id_maker(mailing_id)(subscriber_id)


def get_message_id_maker(mailing_id: int) -> Callable[[int], str]:
    """Return a function from a subscriber's id to the Message-ID of the pair, quick for many readers."""
    keyed = hashlib.blake2b(f"{mailing_id}.".encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=9)
    end = f"@{get_sender_domain()}>"

    def of(subscriber_id: int) -> str:
        mac = keyed.copy()
        mac.update(f"{subscriber_id}".encode())
        return f"<{mailing_id}.{subscriber_id}.{base64.urlsafe_b64encode(mac.digest()).decode()}{end}"

    return of


def make_list_unsubscribe(subscription_id: int, link_key: str) -> str:
    """Return the List-Unsubscribe header: the one-click address, then the reader's own mail address where there is one."""
    return get_list_unsubscribe_maker()(subscription_id, link_key, make_unsubscribe_url(subscription_id, link_key))


def get_list_unsubscribe_maker() -> Callable[[int, str, str], str]:
    """Return a function from a subscription's id, link key and leave link to its List-Unsubscribe header, quick for many."""
    if not settings.UNSUBSCRIBE_MAILTO:
        return lambda _subscription_id, _link_key, leave: f"<{leave}>"
    address = unsubscribe_addresses.get_unsubscribe_address_maker()
    return lambda subscription_id, link_key, leave: f"<{leave}>, <mailto:{address(subscription_id, link_key)}>"


def make_list_id(publication: Publication) -> str:
    """Return the List-Id header, by which people and filters sort a publication's mail."""
    return f"<{publication.slug}.{get_sender_domain()}>"


def make_shared_headers(mailing: Mailing) -> dict[str, str]:
    """Return the headers that all messages of a mailing share."""
    publication = mailing.digest.publication
    return {
        "List-Id": make_list_id(publication),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": f"{mailing.pk}:{publication.slug[:30]}:digest:insights",  # the sender is 5 to 15 letters long
        "Auto-Submitted": "auto-generated",
    }
