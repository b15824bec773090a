"""The preview of the newest email for chosen categories, joined from the fragments that were sent."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from digests.models import Publication
from newsletter.archive import queries
from newsletter.emails import message
from newsletter.emails.size_limit import make_marker
from newsletter.site.rendering import cache_publicly, get_language_of, render_page

# Reading speed: a character of Hangul, Han or kana says as much as three of another script.
_DENSE_CHARACTERS_PER_MINUTE, _CHARACTERS_PER_MINUTE = 400, 1200
_DENSE_SCRIPT = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_ADDRESS = re.compile(r"https?://\S+")  # a URL is not read letter by letter
# An email has styles of its own; its pictures are ours, and nothing in it may run.
_POLICY = (
    "default-src 'none'; img-src 'self' {site}; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'; "
    "base-uri 'self'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@require_safe
@xframe_options_sameorigin
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


def _render_email(request: HttpRequest, letter: message.MailingFragments, bits: int) -> str:
    html, text = message.join_fragments(letter, bits)
    marks = "|".join(make_marker(letter.nonce, name) for name in ("manage", "leave"))
    html = re.sub(rf"({marks})(/[\w-]+)?", "#", html)  # there is no reader to link to; a category may follow "leave"
    language = get_language_of(request)
    bar = render_to_string(
        "site/preview_bar.html",
        {
            "language": language,
            "mailing": letter.mailing,
            "sections": bits.bit_count(),
            "minutes": count_reading_minutes(text),
        },
    )
    html = html.replace("</head>", '<base target="_blank"></head>', 1)
    head, body, rest = html.partition("<body")
    attributes, close, rest = rest.partition(">")
    return head + body + attributes + close + bar + rest


def count_reading_minutes(text: str) -> int:
    """Return the minutes that it takes to read a text, 1 at least, by the scripts of its characters."""
    words = " ".join(_ADDRESS.sub("", text).split())
    dense = len(_DENSE_SCRIPT.findall(words))
    return max(1, round(dense / _DENSE_CHARACTERS_PER_MINUTE + (len(words) - dense) / _CHARACTERS_PER_MINUTE))
