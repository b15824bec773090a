"""The public pages: home, publication, digest, archive, about, privacy."""

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from digests.models import Category, Digest, Publication, Source
from digests.models.digests import make_items_prefetch
from digests.quality.section_outline import load_votes
from digests.review.provenance import ApprovedBy, WrittenBy, make_provenance_prefetch
from digests.review.provenance_words import format_digest_provenance, format_issue_count, format_section_count
from digests.text.localization import separate_names
from digests.writing import share_card
from newsletter.archive import provenance_counts, queries
from newsletter.site import preview
from newsletter.site.evidence import ShownSection, render_section
from newsletter.site.forms import SignupForm
from newsletter.site.rendering import cache_publicly, get_page_number, render_page
from newsletter.site.structured_data import build_issue_data, serialize_for_page
from newsletter.subscribers import antispam, consent, mailbox_limits
from newsletter.transactional import requests

_PER_PAGE = 30  # about a month of a daily publication
_DAY_SECONDS = 86_400  # that a drawn card is cached: drawing takes about 0.1 s


@require_safe
@cache_publicly(max_age=0)
def show_home(request: HttpRequest) -> HttpResponse:
    """Show the open publications; where there is a single one, its own page."""
    publications = list(Publication.objects.filter(enabled=True))
    if len(publications) == 1:
        return render_page(request, "publication", build_publication_context(request, publications[0]))
    newest = queries.find_newest_digests(publications)
    cards = [(one, newest.get(one.pk)) for one in publications]
    return render_page(request, "home", {"cards": cards})


@require_safe
@cache_publicly(max_age=0)
def show_publication(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a publication: the sign-up, its categories, and what the newest email would have been."""
    return render_page(request, "publication", build_publication_context(request, _get_publication(slug)))


def build_publication_context(
    request: HttpRequest, publication: Publication, form: SignupForm | None = None
) -> dict[str, Any]:
    """Return the context of a publication's page; `form` is a sign-up to be corrected."""
    popular, rates = queries.list_popular_categories(publication), queries.count_items_per_week(publication)
    categories = list(consent.list_open_categories(publication))
    # Before readers make categories popular, those with the most items are proposed.
    busiest = sorted((c for c in categories if rates.get(c.pk)), key=lambda c: -rates[c.pk])[
        : queries.MAX_POPULAR_CATEGORIES
    ]
    if len(categories) == 1:  # there is nothing to choose
        busiest = categories
    usual = popular or [category.slug for category in busiest]
    wanted = _ticked_slugs(request, form, usual)
    chosen = [category for category in categories if category.slug in wanted]
    slugs = [category.slug for category in chosen]
    return {
        "publication": publication,
        "canonical": settings.SITE_URL + publication.get_absolute_url(),
        "categories": categories,
        "per_week": rates,
        "newest": queries.list_public_digests(publication).first(),
        "popular": popular,
        "chosen": slugs,
        "chosen_per_week": sum(rates.get(category.pk, 0) for category in chosen),
        "preview": preview.preview_newest_email(publication, slugs) if publication.enabled else None,
        "today": publication.today(),
        "email": form.data.get("email", "") if form else "",
        **build_puzzle_context(),
    }


def build_puzzle_context() -> dict[str, Any]:
    """Return what the form of a sign-up says of the puzzle: whether there is one, and what to do without a script."""
    full = antispam.get_site_limit_end()
    return {
        "puzzle": settings.PROOF_OF_WORK > 0 or full is not None,
        "come_back": antispam.count_minutes_until(full) if full and not settings.PROOF_OF_WORK else None,
        "contact": settings.REPLY_TO or settings.FROM_EMAIL,
    }


def _ticked_slugs(request: HttpRequest, form: SignupForm | None, usual: list[str]) -> list[str]:
    """Return the slugs of the ticked categories: those sent, else those in the address, else the usual ones.

    A reader who unticked all of them on our own page, whose form has a stamp, finds them unticked again; a form on
    another site may have no boxes to tick.
    """
    given = form.data if form else request.GET
    chosen = list(given.getlist("category")) if hasattr(given, "getlist") else []
    return chosen if chosen or (form and form.data.get("stamp")) else usual


@require_safe
@cache_publicly(max_age=300)
def show_digest(request: HttpRequest, slug: str, date: str) -> HttpResponse:
    """Show one digest; a section's address is that of the digest with the category after the #."""
    found = get_public_digest(slug, date)
    items = make_items_prefetch(summaries=True, authors=True)  # passages are looked up in them
    rows = found.sections.exclude(text="").select_related("category")
    sections = list(rows.prefetch_related(items, make_provenance_prefetch()))
    votes = load_votes(sections)
    shown = [render_section(section, votes) for section in sections]
    before, after = queries.find_neighbor_digests(found)
    context = {
        "digest": found,
        "publication": found.publication,
        "sections": shown,
        "n_items": sum(len(one.items) for one in shown),
        "described": _describe_digest(found, shown),
        "published": found.approved_at or found.date,
        "provenance": format_digest_provenance(found, sections),
        "structured_data": serialize_for_page(build_issue_data(found, sections, headline=found.shown_title)),
        "before": before,
        "after": after,
    }
    return render_page(request, "digest", context)


def _describe_digest(digest: Digest, sections: Iterable[ShownSection]) -> str:
    """Return what search engines and previews of links show below the title: the next headlines, else the headings."""
    headlines = [one["headline"] for one in digest.headlines if one["headline"] != digest.shown_title]
    return " · ".join(headlines or [one.section.heading for one in sections])


@require_safe
@cache_publicly(max_age=86_400)
def show_chart(_request: HttpRequest, slug: str, date: str) -> HttpResponse:
    """Return a digest's picture, which every email of it shows."""
    picture = bytes(get_public_digest(slug, date).chart)
    if not picture:
        raise Http404
    return HttpResponse(picture, content_type="image/png")


@require_safe
@cache_publicly(max_age=86_400)
def show_card(_request: HttpRequest, slug: str, date: str) -> HttpResponse:
    """Return the picture that a link to a digest is shown with elsewhere; drawn once for each state of what it shows."""
    digest = get_public_digest(slug, date)
    content = share_card.read_card(digest)
    key = hashlib.blake2b(repr(content).encode(), digest_size=12).hexdigest()
    picture = cache.get_or_set(f"card-1:{key}", lambda: share_card.draw_card_png(content), _DAY_SECONDS)
    return HttpResponse(picture, content_type="image/png")


@require_safe
@cache_publicly(max_age=60)
def show_archive(request: HttpRequest, slug: str) -> HttpResponse:
    """List a publication's digests, by month and by category."""
    publication = _get_publication(slug)
    digests = queries.list_public_digests(publication)
    months = list(digests.dates("date", "month", order="DESC"))
    category = Category.objects.filter(publications=publication, slug=request.GET.get("category", "")).first()
    month = next((m for m in months if f"{m:%Y-%m}" == request.GET.get("month")), None)
    digests = queries.filter_by_category(digests, category) if category else digests
    digests = queries.filter_by_month(digests, month) if month else digests
    number = get_page_number(request)
    page, more = _page_of_months(digests, number)
    shown = {"by_month": page, "number": number, "newer": number - 1, "older": number + 1 if more else 0}
    filters = {"months": months, "month": month, "category": category, "categories": publication.categories.all()}
    return render_page(request, "archive", {"publication": publication, **shown, **filters})


def _page_of_months(
    digests: QuerySet[Digest], number: int
) -> tuple[list[tuple[dt.date, list[tuple[Digest, queries.DigestCounts]]]], bool]:
    """Return the digests of a page with their counts, by the first day of their month, and whether more follow."""
    start = (number - 1) * _PER_PAGE
    rows = list(digests[start : start + _PER_PAGE + 1])
    page = rows[:_PER_PAGE]
    counts = queries.count_contents(page)
    months = itertools.groupby(page, key=lambda one: one.date.replace(day=1))
    return [(month, [(one, counts[one.pk]) for one in group]) for month, group in months], len(rows) > _PER_PAGE


@require_safe
@cache_publicly(max_age=300)
def show_about(request: HttpRequest) -> HttpResponse:
    """Say how the digests are made, by whom in the last 30 days, and from which sources."""
    publications = Publication.objects.filter(enabled=True)
    sources = Source.objects.filter(enabled=True, publications__in=publications).distinct()
    contact = settings.REPLY_TO or settings.FROM_EMAIL
    shown = {"sources": sources, "contact": contact}
    return render_page(request, "about", shown | _count_provenance())


def _count_provenance() -> dict[str, Any]:
    """Return how the sections of the last 30 days were written and their issues approved, in words."""
    counts = provenance_counts.count_recent_provenance()
    return {
        "provenance_days": provenance_counts.COUNTED_DAYS,
        "written": [
            format_section_count(one, n, counts.models[one]) for one in WrittenBy if (n := counts.sections[one])
        ],
        "approved": [format_issue_count(one, n) for one in ApprovedBy if (n := counts.issues[one])],
        "models": separate_names(counts.all_models),
    }


@require_safe
@cache_publicly(max_age=300)
def show_privacy(request: HttpRequest) -> HttpResponse:
    """Say what is stored, why and for how long; the figures are those that the code keeps to."""
    days = {"pending_days": 2 * consent.CONFIRM_LINK_LIFETIME.days, "request_days": requests.RETENTION.days}
    days |= {"undo_days": requests.UNDO_RETENTION.days, "mailbox_days": mailbox_limits.MAIL_COUNT_RETENTION.days}
    postal = {"contact": settings.REPLY_TO or settings.FROM_EMAIL, "postal_address": settings.POSTAL_ADDRESS}
    return render_page(request, "privacy", days | postal | _count_provenance() | {"tracking": settings.TRACKING})


def _get_publication(slug: str) -> Publication:
    """Return a publication that is open, or one that was and has an archive."""
    found = get_object_or_404(Publication, slug=slug)
    if not found.enabled and not queries.list_public_digests(found).exists():
        raise Http404
    return found


def get_public_digest(slug: str, date: str) -> Digest:
    """Return a public digest with its picture; raise Http404 if there is none on that day."""
    try:
        day = dt.date.fromisoformat(date)
    except ValueError as error:
        raise Http404 from error
    found = get_object_or_404(queries.list_public_digests().defer(None), publication__slug=slug, date=day)
    if not queries.is_public(found):
        raise Http404
    return found
