"""A digest as it stands, approved or not -> the very email that a set of categories would get: to look at, or as a test.

Composed and joined by the functions that make the real ones; nothing is stored and nothing is counted. The links in a
proof are signed for nobody, so that a tester who follows them changes nothing.
"""

import base64
import logging
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import make_msgid
from html import unescape
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import Resolver404, resolve, reverse

from digests.models import Digest
from newsletter.delivery import service_mail
from newsletter.emails import compose, message
from newsletter.emails.compose import LIMIT
from newsletter.emails.fit import marker
from newsletter.models import Fragment, Mailing, Subscription
from newsletter.models.deliveries import Claimed
from newsletter.subscribers import split_prompts
from newsletter.transport.smtp_connection import ACCEPTED

logger = logging.getLogger(__name__)

_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')  # composed HTML always quotes

MOST_TESTERS = 10  # a test is for colleagues; more is a mailing


@dataclass(frozen=True)
class Check:
    """What can be said of one joined email by looking at it."""

    size: int
    limit: int
    links: int
    bad_links: list[str]

    @property
    def fits(self) -> bool:
        """Say whether mailbox providers show all of it."""
        return self.size <= self.limit


def load(digest: Digest) -> message.Letter:
    """Return the letter of a digest as it stands. Raises ComposeError."""
    nonce = secrets.token_hex(8)
    mailing = Mailing(digest=digest, subject=digest.subject or digest.title, approved_hash=nonce)
    pieces = compose.fragments(mailing, compose.compose(digest, nonce=nonce))
    return message.Letter(mailing=mailing, nonce=nonce, fragments=pieces)


def every(letter: message.Letter) -> int:
    """Return the bits of all sections: no other set is larger, so what fits this one fits every reader."""
    return sum(1 << one.position for one in letter.fragments if one.kind in {Fragment.Kind.SECTION, Fragment.Kind.NOTE})


def bits(letter: message.Letter, categories: Iterable[int]) -> int:
    """Return the bits of the sections that readers of some categories get, without a note; 0 means no email."""
    rows = letter.mailing.digest.sections.filter(category__in=categories).values_list("position", flat=True)
    return sum(1 << position for position in rows) & every(letter)


def of_reader(letter: message.Letter, subscription: Subscription) -> int:
    """Return the bits of a reader's own sections, and of the note where the reader is asked something."""
    theirs = bits(letter, subscription.categories.values_list("pk", flat=True))
    asked = subscription.questions.filter(told__lt=split_prompts.TELLINGS).exists()
    return theirs | (1 << split_prompts.NOTE & every(letter) if theirs and asked else 0)


def join(letter: message.Letter, sections: int) -> tuple[str, str]:
    """Return HTML and text to look at, with the chart inside and links that lead nowhere."""
    html, text = message.join(letter, sections)
    for name in ("manage", "leave"):
        html, text = html.replace(marker(letter.nonce, name), "#"), text.replace(marker(letter.nonce, name), "#")
    digest = letter.mailing.digest
    chart = settings.SITE_URL + reverse("digest_chart", args=[digest.publication.slug, digest.date.isoformat()])
    # The public address shows the chart of what was sent only, and this may never be.
    return html.replace(chart, f"data:image/png;base64,{base64.b64encode(bytes(digest.chart)).decode()}"), text


def check(letter: message.Letter, sections: int) -> Check:
    """Measure an email as it would be sent, and look at every link."""
    one = message.build(letter, _nobody(sections, "proof@example.org"))
    html = str(one.alternatives[0][0])
    links = _LINK.findall(html)
    bad = [link for link in links if not _leads_somewhere(unescape(link))]
    return Check(size=len(html.encode()), limit=LIMIT, links=len(links), bad_links=bad)


def _leads_somewhere(link: str) -> bool:
    """Say whether a link has the form of one, and, where it is ours, a page behind it; the clock asks strangers (follow)."""
    try:
        parts = urlsplit(link)
        if f"{parts.scheme}://{parts.netloc}" == settings.SITE_URL:
            resolve(parts.path or "/")
    except (ValueError, Resolver404):
        return False
    return parts.scheme == "mailto" or (parts.scheme in {"http", "https"} and bool(parts.hostname))


def send_test(letter: message.Letter, sections: int, to: Iterable[str]) -> list[str]:
    """Send a marked test to a few addresses; return a sentence for each that did not get it."""
    testers = list(to)[:MOST_TESTERS]
    refused: list[str] = []

    def settled(number: int, outcome: service_mail.Outcome) -> None:
        refused.extend([] if outcome.state == ACCEPTED else [f"{testers[number]}: {outcome.words}"])

    mails = (service_mail.Mail(number, _test(letter, sections, address)) for number, address in enumerate(testers))
    service_mail.deliver(mails, settled)
    logger.info("test sent digest=%s refused=%d", letter.mailing.digest_id, len(refused))
    return refused


def _test(letter: message.Letter, sections: int, address: str) -> EmailMultiAlternatives:
    """Return the marked test for one address."""
    one = message.build(letter, _nobody(sections, address))
    one.subject = f"[TEST] {one.subject}"
    one.extra_headers["Message-ID"] = make_msgid(domain=message.host())
    one.extra_headers.pop("Feedback-ID", None)  # providers count by it
    return one


def _nobody(sections: int, email: str) -> Claimed:
    """Return a delivery to a reader who does not exist."""
    return Claimed(id=0, sections=sections, subscriber_id=0, subscription_id=0, email=email, link_key="")
