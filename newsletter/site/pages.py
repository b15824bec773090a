"""The public pages: home, publication, digest, archive, about, privacy."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from digests.models import Category, Digest, Publication, Section, Source
from digests.models.digests import make_items_prefetch
from newsletter.archive import queries
from newsletter.site.evidence import render_section_html
from newsletter.site.forms import SignupForm
from newsletter.site.rendering import cache_publicly, get_page_number, render_page
from newsletter.subscribers import antispam, consent, mailbox_limits
from newsletter.transactional import requests

_PER_PAGE = 30  # about a month of a daily publication


@require_safe
@cache_publicly(max_age=0)
def show_home(request: HttpRequest) -> HttpResponse:
    """Show the open publications; where there is a single one, its own page."""
    publications = list(Publication.objects.filter(enabled=True).prefetch_related("categories"))
    if len(publications) == 1:
        return render_page(request, "publication", build_publication_context(request, publications[0]))
    newest = queries.find_newest_digests(publications)
    cards = [(one, newest.get(one.pk), [c for c in one.categories.all() if not c.retired]) for one in publications]
    daily = all(set(one.weekdays) == set("1234567") for one in publications)
    shown = {"cards": cards, "daily": daily, "by_person": _is_approved_by_person(publications)}
    return render_page(request, "home", shown)


@require_safe
@cache_publicly(max_age=0)
def show_publication(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a publication: its categories, the sign-up, and the newest digest as the email shows it."""
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
    return {
        "publication": publication,
        "canonical": settings.SITE_URL + publication.get_absolute_url(),
        "categories": categories,
        "per_week": rates,
        "newest": queries.list_public_digests(publication).first(),
        "popular": popular,
        "chosen": _ticked_slugs(request, form, popular or [category.slug for category in busiest]),
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
    found = _get_digest(slug, date)
    items = make_items_prefetch(summaries=True)  # passages are looked up in them
    sections = found.sections.exclude(text="").select_related("category").prefetch_related(items)
    before, after = queries.find_neighbor_digests(found)
    shown = {
        "digest": found,
        "publication": found.publication,
        "sections": [_ShownSection(section) for section in sections],
        "before": before,
        "after": after,
    }
    return render_page(request, "digest", shown)


class _ShownSection:
    """A section as the page shows it."""

    def __init__(self, section: Section) -> None:
        self.section = section
        self.items = list(section.items.all())
        self.html = render_section_html(section)


@require_safe
@cache_publicly(max_age=86_400)
def show_chart(_request: HttpRequest, slug: str, date: str) -> HttpResponse:
    """Return a digest's picture, which every email of it shows."""
    picture = bytes(_get_digest(slug, date).chart)
    if not picture:
        raise Http404
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
    page, more = _page_of_digests(digests, number)
    shown = {"digests": page, "number": number, "newer": number - 1, "older": number + 1 if more else 0}
    filters = {"months": months, "month": month, "category": category, "categories": publication.categories.all()}
    return render_page(request, "archive", {"publication": publication, **shown, **filters})


def _page_of_digests(digests: QuerySet[Digest], number: int) -> tuple[list[Digest], bool]:
    """Return the digests of a page with their sections, and whether more follow."""
    sections = Section.objects.exclude(text="").only("digest_id", "emoji", "heading", "position")
    start = (number - 1) * _PER_PAGE
    rows = list(digests.prefetch_related(Prefetch("sections", sections))[start : start + _PER_PAGE + 1])
    return rows[:_PER_PAGE], len(rows) > _PER_PAGE


def _is_approved_by_person(publications: Iterable[Publication]) -> bool:
    """Say whether no issue of these publications is ever approved by a rule, without a person."""
    return all(one.clock_allowed_at is None and one.when_nobody == Publication.WhenNobody.HOLD for one in publications)


@require_safe
@cache_publicly(max_age=300)
def show_about(request: HttpRequest) -> HttpResponse:
    """Say how the digests are made, from which sources, and how to embed the sign-up."""
    publications = Publication.objects.filter(enabled=True)
    sources = Source.objects.filter(enabled=True, publications__in=publications).distinct()
    contact = settings.REPLY_TO or settings.FROM_EMAIL
    shown = {"publications": publications, "sources": sources, "contact": contact}
    return render_page(request, "about", shown | {"by_person": _is_approved_by_person(publications)})


@require_safe
@cache_publicly(max_age=300)
def show_privacy(request: HttpRequest) -> HttpResponse:
    """Say what is stored, why and for how long; the figures are those that the code keeps to."""
    days = {"pending_days": 2 * consent.CONFIRM_LINK_LIFETIME.days, "request_days": requests.RETENTION.days}
    days |= {"undo_days": requests.UNDO_RETENTION.days, "mailbox_days": mailbox_limits.MAIL_COUNT_RETENTION.days}
    postal = {"contact": settings.REPLY_TO or settings.FROM_EMAIL, "postal_address": settings.POSTAL_ADDRESS}
    return render_page(request, "privacy", days | postal | {"tracking": settings.TRACKING})


def _get_publication(slug: str) -> Publication:
    """Return a publication that is open, or one that was and has an archive."""
    found = get_object_or_404(Publication, slug=slug)
    if not found.enabled and not queries.list_public_digests(found).exists():
        raise Http404
    return found


def _get_digest(slug: str, date: str) -> Digest:
    """Return a public digest with its picture."""
    try:
        day = dt.date.fromisoformat(date)
    except ValueError as error:
        raise Http404 from error
    found = get_object_or_404(queries.list_public_digests().defer(None), publication__slug=slug, date=day)
    if not queries.is_public(found):
        raise Http404
    return found
