"""For programs: Atom feeds per publication and category, sitemap, robots.txt, web manifest, and the style sheet of colors."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Sequence
from html import escape
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.templatetags.static import static
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digests.models import Category, Digest, Publication, Section
from digests.models.digests import make_items_prefetch
from digests.review.provenance import make_provenance_prefetch, read_author
from digests.review.provenance_words import format_digest_provenance
from digests.text.localization import get_enabled_language, use_language
from digests.text.markdown_rendering import remove_unsafe_characters
from newsletter.archive import queries
from newsletter.site.rendering import cache_publicly, render_page

_MAX_ENTRIES = 7  # a week of full texts; a feed reader that comes more rarely has the archive
_HOUR_SECONDS = 3600  # that a rendered feed is cached: the Markdown of a week takes a while
_MAX_SITEMAP_URLS = 50_000  # the protocol's limit for one file


@require_safe
@cache_publicly(max_age=600)
def show_atom_feed(_request: HttpRequest, slug: str, category: str = "") -> HttpResponse:
    """Return the Atom feed of the newest digests in full, or of one category; rendered once for each state of its content."""
    publication = get_object_or_404(Publication, slug=slug)
    only = get_object_or_404(Category, publications=publication, slug=category) if category else None
    digests = queries.list_public_digests(publication)
    found = queries.filter_by_category(digests, only) if only else digests
    # An aggregate drops the model's own ordering, and a slice without an order holds arbitrary digests.
    newest = list(found.annotate(last=Max("revisions")).order_by("-date", "-pk")[:_MAX_ENTRIES])
    if not newest and not publication.enabled:
        raise Http404
    issues = [(one.pk, one.approved_hash, str(one.approved_at), one.last) for one in newest]
    state = [publication.name, publication.tagline, publication.approver_shown, issues]
    key = hashlib.blake2b(json.dumps([slug, category, state]).encode(), digest_size=12).hexdigest()
    body = cache.get_or_set(f"atom-3:{key}", lambda: _render_in_own_language(publication, only, newest), _HOUR_SECONDS)
    return HttpResponse(body, content_type="application/atom+xml; charset=utf-8")


class _AtomFeed(Atom1Feed):
    """Atom whose entries hold the full text as their content and may have several authors; Django's have a summary and one."""

    def add_root_elements(self, handler: Any) -> None:
        """Write what stands before the entries."""
        super().add_root_elements(handler)
        handler.addQuickElement("generator", "Daily Insights")

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Write an entry."""
        super().add_item_elements(handler, item | {"description": None})
        for name in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")
        handler.addQuickElement("content", item["text"], {"type": "html"})


def _render_in_own_language(publication: Publication, only: Category | None, newest: Sequence[Digest]) -> str:
    """Return the feed with the words in the publication's language, whatever the browser of the first reader asks for."""
    with use_language(get_enabled_language(publication.language)):
        return _render_atom(publication, only, newest)


def _render_atom(publication: Publication, only: Category | None, newest: Sequence[Digest]) -> str:
    address = settings.SITE_URL + _feed_path(publication, only)
    feed = _AtomFeed(
        title=remove_unsafe_characters(
            f"{publication.name}: {only.name(publication.language)}" if only else publication.name
        ),
        link=settings.SITE_URL + publication.get_absolute_url(),
        description=None,
        subtitle=remove_unsafe_characters(publication.tagline) or None,
        language=publication.language,
        author_name=remove_unsafe_characters(publication.name),
        feed_url=address,
        feed_guid=address
        if only
        else None,  # the id of a whole publication's feed is its page; a category's needs another
        feed_copyright=_("The originals belong to their authors and publishers."),
    )
    whole = (
        queries.list_public_digests(publication)
        .defer(None)
        .filter(pk__in=[one.pk for one in newest])
        .select_related("approved_by")
        .order_by("-date")
    )
    approved = [one for one in whole if queries.is_public(one)]
    sections = Section.objects.filter(digest__in=approved).exclude(text="")
    sections = sections.prefetch_related(make_items_prefetch(), make_provenance_prefetch())
    texts = list(sections.filter(category=only) if only else sections)
    for digest in approved:
        _add_entry(feed, digest, [one for one in texts if one.digest_id == digest.pk], anchor=only.slug if only else "")
    return str(feed.writeString("utf-8"))


def _feed_path(publication: Publication, category: Category | None) -> str:
    if category:
        return reverse("category_feed", args=[publication.slug, category.slug])
    return reverse("feed", args=[publication.slug])


def _add_entry(feed: Atom1Feed, digest: Digest, sections: list[Section], *, anchor: str) -> None:
    link = settings.SITE_URL + digest.get_absolute_url() + (f"#{anchor}" if anchor else "")
    at = digest.approved_at or dt.datetime.combine(digest.date, dt.time(), tzinfo=digest.publication.zone)
    title, day = remove_unsafe_characters(digest.title), digest.date.isoformat()
    provenance = remove_unsafe_characters(format_digest_provenance(digest, sections))
    feed.add_item(
        title=title if day in title else f"{title} ({day})",  # where all issues have the same title
        link=link,
        description="",
        text="".join(_section_html(section) for section in sections) + f"<p><small>{escape(provenance)}</small></p>",
        authors=_list_authors(digest, sections),
        item_copyright=f"{provenance} {_('The originals belong to their authors and publishers.')}",
        unique_id=link,
        pubdate=at,
        updateddate=at,
    )


def _list_authors(digest: Digest, sections: Sequence[Section]) -> list[str]:
    """Return the newsletter, which answers for every text, and the AI models that wrote some of them."""
    found = [read_author(section) for section in sections]
    models = dict.fromkeys(name for one in found for name in one.models)
    names = [digest.publication.name, *(_("AI model ({model})").format(model=name) for name in models)]
    return [remove_unsafe_characters(name) for name in names]


def _section_html(section: Section) -> str:
    return f"<h2>{escape(remove_unsafe_characters(str(section)))}</h2>{section.to_html()}"


@require_safe
@cache_publicly(max_age=3600)
def show_sitemap(request: HttpRequest) -> HttpResponse:
    """Return the sitemap of all public pages."""
    pages = [reverse(name) for name in ("home", "about", "privacy")]
    for slug in Publication.objects.filter(enabled=True).values_list("slug", flat=True):
        pages += [reverse("publication", args=[slug]), reverse("archive", args=[slug])]
    days = (
        queries.list_public_digests()
        .order_by("-date")
        .values_list("publication__slug", "date")[: _MAX_SITEMAP_URLS - len(pages)]
    )
    pages += [reverse("digest", args=[slug, date.isoformat()]) for slug, date in days]
    response = render_page(request, "sitemap", {"pages": pages})
    response["Content-Type"] = "application/xml"
    return response


@require_safe
@cache_publicly(max_age=3600)
def show_robots(_request: HttpRequest) -> HttpResponse:
    """Return robots.txt: it excludes the search and the personal links, and names the sitemap."""
    lines = ["User-agent: *", *(f"Disallow: /{path}/" for path in ("m", "u", "c", "o", "a", "admin", "api", "search"))]
    return HttpResponse("\n".join([*lines, f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]), content_type="text/plain")


@require_safe
@cache_publicly(max_age=3600)
def show_manifest(_request: HttpRequest) -> HttpResponse:
    """Return the web manifest: how the site looks on a phone's home screen."""
    # The icons fill their square, and their strokes stay within the circle that a mask keeps.
    icons = [
        {
            "src": static(f"newsletter/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    manifest = {
        "name": settings.SITE_NAME,
        "id": "/",
        "start_url": reverse("home"),
        "display": "minimal-ui",
        "background_color": "#ffffff",
        "theme_color": "#1b4f8f",
        "icons": icons,
    }
    return JsonResponse(manifest, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@require_safe
@cache_publicly(max_age=600)
def show_color_styles(_request: HttpRequest) -> HttpResponse:
    """Return the categories' colors as CSS classes: the content security policy forbids styles inside a page."""
    rows = Category.objects.order_by("pk").values_list("slug", "color")
    lines = [f".c-{slug}{{--c:{color}}}" for slug, color in rows if re.fullmatch(r"#[0-9a-f]{6}", color)]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/css")
