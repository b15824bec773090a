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
from newsletter.emails import joining
from newsletter.emails.markers import make_marker
from newsletter.site.rendering import cache_publicly, get_language_of, render_page

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
        },
    )
    html = html.replace("</head>", '<base target="_blank"></head>', 1)
    head, body, rest = html.partition("<body")
    attributes, close, rest = rest.partition(">")
    return head + body + attributes + close + bar + rest
