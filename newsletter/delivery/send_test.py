"""Previews and tests the email of a digest, approved or not: the very email that a set of categories would get.

Composed and joined by the functions that make the real ones; nothing is stored and nothing is counted. The links in a test
are signed for nobody, so that a tester who follows them changes nothing. Not here: how it leaves (service_mail).
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
from newsletter.emails import compose, joining, message
from newsletter.emails.markers import make_marker
from newsletter.emails.size_limit import MAX_HTML_BYTES
from newsletter.models import Fragment, Mailing, Subscription
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.subscribers import split_prompts
from newsletter.transport.types import SendState

logger = logging.getLogger(__name__)

_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')  # composed HTML always quotes its attributes
MAX_TESTERS = 10  # a test is for colleagues; more is a mailing


@dataclass(frozen=True)
class EmailCheck:
    """The size of one joined email and its limit in bytes of HTML, the number of its links, and those that lead nowhere."""

    size: int
    limit: int
    links: int
    bad_links: list[str]

    @property
    def fits(self) -> bool:
        """Return whether mailbox providers show all of it."""
        return self.size <= self.limit


def compose_proof(digest: Digest) -> joining.MailingFragments:
    """Compose a digest as it stands into fragments that are not stored. Raises ComposeError."""
    nonce = secrets.token_hex(8)
    mailing = Mailing(digest=digest, subject=compose.make_subject(digest), approved_hash=nonce)
    pieces = compose.build_fragments(mailing, compose.compose_digest(digest, nonce=nonce))
    return joining.MailingFragments(mailing=mailing, nonce=nonce, fragments=pieces)


def select_all_sections(letter: joining.MailingFragments) -> int:
    """Return the set of all sections, one bit each."""
    return sum(1 << one.position for one in letter.fragments if one.kind in {Fragment.Kind.SECTION, Fragment.Kind.NOTE})


def select_sections(letter: joining.MailingFragments, categories: Iterable[int]) -> int:
    """Return the set of sections that readers of some categories get, without a note; 0 means no email."""
    rows = letter.mailing.digest.sections.filter(category__in=categories).values_list("position", flat=True)
    return sum(1 << position for position in rows) & select_all_sections(letter)


def select_reader_sections(letter: joining.MailingFragments, subscription: Subscription) -> int:
    """Return the set of a reader's own sections, with the note where the reader is to choose parts of a divided category."""
    own_sections = select_sections(letter, subscription.categories.values_list("pk", flat=True))
    has_open_prompt = subscription.questions.filter(accepted_emails__lt=split_prompts.MAX_PROMPT_EMAILS).exists()
    note = 1 << split_prompts.SPLIT_PROMPT_BIT & select_all_sections(letter)
    return own_sections | (note if own_sections and has_open_prompt else 0)


def render_preview(letter: joining.MailingFragments, sections: int) -> tuple[str, str]:
    """Return HTML and text for a preview, with the chart inside and with personal links that lead nowhere."""
    joined = joining.join_fragments(letter, sections)
    html, text = joined.html, joined.text
    for name in ("manage", "leave"):
        # With what follows the address: "##pause" is no address, and a category's link leads nowhere too.
        address = re.compile(rf'{make_marker(letter.nonce, name)}[^"\s]*')
        html, text = address.sub("#", html), address.sub("#", text)
    digest = letter.mailing.digest
    chart = settings.SITE_URL + reverse("digest_chart", args=[digest.publication.slug, digest.date.isoformat()])
    # The public address shows the charts of sent digests only, and this one may never be sent.
    return html.replace(chart, f"data:image/png;base64,{base64.b64encode(bytes(digest.chart)).decode()}"), text


def check_email(letter: joining.MailingFragments, sections: int) -> EmailCheck:
    """Measure an email as it would be sent, and check every link by its form; no address outside is asked."""
    one = message.build_message(letter, _make_claim_for_nobody(sections, "proof@example.org"))
    html = str(one.alternatives[0][0])
    links = _LINK.findall(html)
    bad = [link for link in links if not _leads_somewhere(unescape(link))]
    return EmailCheck(size=len(html.encode()), limit=MAX_HTML_BYTES, links=len(links), bad_links=bad)


def _leads_somewhere(link: str) -> bool:
    """Return whether a link has the form of one, and, where it is ours, a page; others are asked by sources.link_checker."""
    try:
        parts = urlsplit(link)
        if f"{parts.scheme}://{parts.netloc}" == settings.SITE_URL:
            resolve(parts.path or "/")
    except (ValueError, Resolver404):
        return False
    return parts.scheme == "mailto" or (parts.scheme in {"http", "https"} and bool(parts.hostname))


def send_test(letter: joining.MailingFragments, sections: int, to: Iterable[str]) -> list[str]:
    """Send a test, marked in its subject, to MAX_TESTERS addresses at most; return a sentence for each that did not get it."""
    testers = list(to)[:MAX_TESTERS]
    refused: list[str] = []

    def settled(number: int, outcome: service_mail.ServiceMailOutcome) -> None:
        refused.extend([] if outcome.state == SendState.ACCEPTED else [f"{testers[number]}: {outcome.describe()}"])

    mails = (
        service_mail.ServiceMail(number, _build_test(letter, sections, address))
        for number, address in enumerate(testers)
    )
    service_mail.deliver_service_mails(mails, settled)
    logger.info("test sent digest=%s refused=%d", letter.mailing.digest_id, len(refused))
    return refused


def _build_test(letter: joining.MailingFragments, sections: int, address: str) -> EmailMultiAlternatives:
    """Build the test for one address."""
    one = message.build_message(letter, _make_claim_for_nobody(sections, address))
    one.subject = f"[TEST] {one.subject}"
    one.extra_headers["Message-ID"] = make_msgid(domain=message.get_sender_domain())
    one.extra_headers.pop("Feedback-ID", None)  # mailbox providers count a mailing's complaints by it
    return one


def _make_claim_for_nobody(sections: int, email: str) -> ClaimedDelivery:
    """Return a delivery to a reader who does not exist."""
    return ClaimedDelivery(id=0, sections=sections, subscriber_id=0, subscription_id=0, email=email, link_key="")
