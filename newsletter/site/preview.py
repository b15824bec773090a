"""The preview of the newest email for chosen categories: whole, joined from the fragments that were sent, or its headlines."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from digests.models import Digest, Publication, Section
from digests.quality.section_outline import MAX_HEADLINES, describe_headline, load_outlines, rank_items
from newsletter.archive import queries
from newsletter.emails import joining
from newsletter.emails.markers import make_marker
from newsletter.models import Mailing
from newsletter.site.rendering import cache_publicly, get_language_of, render_page

_CACHE_SECONDS = 3600  # as the digest of a hash never changes, this only bounds what is kept of old ones
# An email has styles of its own; its pictures are ours, and nothing in it may run.
_POLICY = (
    "default-src 'none'; img-src 'self' {site}; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; "
    "base-uri 'self'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@dataclass(frozen=True)
class EmailPreview:
    """What the newest email holds for chosen categories: its first headlines, its length, and what its texts are."""

    digest: Digest
    headlines: list[dict[str, Any]]
    items: int
    minutes: int
    is_compared: bool  # a model wrote, and the checks compared that with the sources
    is_excerpt: bool  # all of it stands in the sources


def preview_newest_email(publication: Publication, wanted: Collection[str]) -> EmailPreview | None:
    """Return the preview for the slugs of categories; None where no email was composed yet, or not of what was approved."""
    digest = queries.find_newest_mailed_digest(publication)
    ranked = _rank_headlines(digest) if digest else []
    if not (digest and ranked):
        return None
    chosen = [one for one in ranked if one["category"] in wanted]
    origins = {one["origin"] for one in chosen}
    return EmailPreview(
        digest,
        chosen[:MAX_HEADLINES],
        len(chosen),
        _measure_minutes(digest, {one["position"] for one in chosen}) if chosen else 0,
        is_compared=Section.Origin.MODEL in origins,
        is_excerpt=origins == {Section.Origin.EXTRACTED},
    )


def _rank_headlines(digest: Digest) -> list[dict[str, Any]]:
    """Return all items of a digest, the most important first; read from its rows once for each approval."""
    key = f"ranked:{digest.pk}:{digest.approved_hash}"
    found: list[dict[str, Any]] | None = cache.get(key)
    if found is None:
        if not queries.is_public(digest):
            return []
        ranked = rank_items(load_outlines(digest))
        found = [describe_headline(item) | _describe_section(item.section) for item in ranked]
        cache.set(key, found, _CACHE_SECONDS)
    return found


def _describe_section(section: Section) -> dict[str, Any]:
    return {"category": section.category.slug, "position": section.position, "origin": section.origin}


def _measure_minutes(digest: Digest, positions: Collection[int]) -> int:
    """Return the reading time of the email of the sections at some positions; it is joined once for each set of them."""
    bits = sum(1 << position for position in positions)
    key = f"minutes:{digest.pk}:{digest.approved_hash}:{bits}"
    minutes: int | None = cache.get(key)
    if minutes is None:
        letter = joining.load_mailing_fragments(Mailing.objects.get(digest=digest))
        minutes = joining.join_fragments(letter, bits).minutes
        cache.set(key, minutes, _CACHE_SECONDS)
    return minutes


@require_safe
@cache_publicly(max_age=60)
def show_newest_email(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the newest email with the categories of the query string, below a bar with subject and reading time."""
    publication = get_object_or_404(Publication, slug=slug, enabled=True)
    letter = queries.load_newest_mailing(publication)
    bits = queries.get_section_bits(letter, set(request.GET.getlist("category"))) if letter else 0
    if letter and bits:
        response = HttpResponse(_render_email(request, letter, bits))
    else:
        response = render_page(request, "preview_none", {"publication": publication})
    response["Content-Security-Policy"] = _POLICY.format(site=settings.SITE_URL)
    response["X-Robots-Tag"] = "noindex"
    return response


def _render_email(request: HttpRequest, letter: joining.MailingFragments, bits: int) -> str:
    joined = joining.join_fragments(letter, bits)
    marks = "|".join(make_marker(letter.nonce, name) for name in ("manage", "leave"))
    html = re.sub(
        rf"({marks})(/[\w-]+|#\w+)?", "#", joined.html
    )  # there is no reader to link to; a category may follow "leave"
    language = get_language_of(request)
    bar = render_to_string(
        "site/preview_bar.html",
        {
            "language": language,
            "subject": joined.subject,
            "publication": letter.mailing.digest.publication,
            "sections": bits.bit_count(),
            "minutes": joined.minutes,
            "query": urlencode({"category": request.GET.getlist("category")}, doseq=True),
        },
    )
    html = html.replace("</head>", '<base target="_blank"></head>', 1)
    head, body, rest = html.partition("<body")
    attributes, close, rest = rest.partition(">")
    return head + body + attributes + close + bar + rest
