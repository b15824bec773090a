"""Builds the digest of a day for review: categorizes the candidates, selects, summarizes, and draws the chart.

An item that does not fit today may be carried tomorrow, as long as it is in the window (`digests.selection.candidates`). A
build may be repeated at any moment: an approved digest and every section that a person edited stay as they are, and a
section whose input did not change is not paid for again. No empty digest is created. Approval is not here
(`digests.review`).
"""

import datetime as dt
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import Count, F, Max, Q, Sum
from django.utils import timezone
from django.utils.translation import override

from digests.llm.budget import Budget
from digests.models import Category, Classification, Digest, Item, Publication, Section, SectionItem
from digests.models.digests import make_built_title
from digests.models.row_failures import handle_each_row
from digests.quality.section_checks import recheck_sections
from digests.selection.candidates import find_candidate_items
from digests.selection.categorize import categorize_items
from digests.selection.ranking import Candidate, select_items
from digests.text.counts import count_noun
from digests.text.messages import format_message
from digests.writing.chart import draw_digest_chart
from digests.writing.summarize import summarize_sections

logger = logging.getLogger(__name__)

# A build whose worker died is started again after this time. A model may take minutes per section.
LEASE = dt.timedelta(minutes=30)


def build_due_digests(now: dt.datetime | None = None) -> list[Digest]:
    """Build the digests that are due by their publications' time zones; set the first due time if a publication has none."""
    now = now or timezone.now()
    built = handle_each_row(
        "build", Publication.objects.filter(enabled=True), lambda publication: _build_if_due(publication, now)
    )
    return [digest for digest in built if digest]


def _build_if_due(publication: Publication, now: dt.datetime) -> Digest | None:
    if publication.next_build_at is None:
        Publication.objects.filter(pk=publication.pk, next_build_at=None).update(
            next_build_at=publication.build_after(now)
        )
    elif publication.next_build_at <= now and _claim_build(publication, now):
        digest = build_digest(publication, publication.today(now))
        Publication.objects.filter(pk=publication.pk).update(next_build_at=publication.build_after(now))
        return digest
    return None


def _claim_build(publication: Publication, now: dt.datetime) -> bool:
    # A conditional UPDATE: of two workers that tick at once, one changes the row and builds.
    return bool(
        Publication.objects.filter(pk=publication.pk, next_build_at=publication.next_build_at).update(
            next_build_at=now + LEASE
        )
    )


def build_digest(
    publication: Publication, date: dt.date | None = None, *, progress: Callable[[str], None] = lambda _line: None
) -> Digest | None:
    """Build (or build again) the digest of a day, today by default; return None if no item can be carried.

    `progress` gets a line per step for a terminal.
    """
    date = date or publication.today()
    digest = Digest.objects.filter(publication=publication, date=date).first()
    if digest and (digest.state == Digest.State.APPROVED or digest.imported):
        return digest
    items = list(find_candidate_items(publication, date))
    progress(f"Sorting {count_noun(len(items), 'item')} into categories")
    budget = Budget(spent=digest.cost) if digest else Budget()
    categorize_items(publication, items, budget=budget)
    chosen = select_items(
        _load_candidates(publication, items),
        category_limit=publication.category_limit,
        digest_limit=publication.digest_limit,
    )
    digest = _write_sections(publication, date, chosen)
    if digest is None:
        logger.info("nothing to build publication=%s date=%s items=%d", publication.slug, date, len(items))
        return None
    progress(f"Writing {count_noun(digest.sections.count(), 'section')}")
    reasons: set[str] = set()
    summarize_sections(
        digest, progress=lambda section: progress(f"  {_progress_line(section, reasons)}"), budget=budget
    )
    return _finish_digest(digest)


def _progress_line(section: Section, reasons: set[str]) -> str:
    """Return the line of a section. A reason is shown for the first section only: one cause often stops them all."""
    with override("en"):  # as every other line of a terminal
        new_reasons = {format_message(section.fallback_reason)} - reasons - {""}
        origin = str(Section.Origin(section.origin).label)
    reasons |= new_reasons
    return f"{section}: {origin}" + "".join(f" ({reason})" for reason in new_reasons)


def _load_candidates(publication: Publication, items: list[Item]) -> list[Candidate]:
    """Return the categorized items as candidates, with the values that rank them."""
    ids = [item.pk for item in items]
    active = publication.categories.filter(retired=False)
    rows = (
        Classification.objects.filter(publication=publication, item__in=ids, category__in=active)
        .annotate(
            sources=Count("item__entries__source", distinct=True),
            weight=Sum("item__entries__source__weight"),
            votes=Max("item__entries__votes"),
        )
        .values_list("item", "category", "sources", "weight", "votes", "item__published_at")
    )
    return [Candidate(*row) for row in rows]


@transaction.atomic
def _write_sections(publication: Publication, date: dt.date, chosen: dict[int, list[int]]) -> Digest | None:
    """Write the digest's sections and their items, except sections that a person edited; return None if none remains."""
    digest, _made = Digest.objects.get_or_create(
        publication=publication, date=date, defaults={"title": make_built_title(publication, date)}
    )
    edited = list(digest.sections.filter(edited_at__isnull=False))
    kept_items = set(SectionItem.objects.filter(section__in=edited).values_list("item", flat=True))
    kept_categories = {section.category_id for section in edited}
    digest.sections.exclude(category__in=[*chosen, *kept_categories]).delete()
    found = _count_found_items(publication, date)
    order = list(Category.objects.filter(Q(pk__in=chosen) | Q(pk__in=kept_categories)))
    _park_sections(digest)
    for position, category in enumerate(order):
        if category.pk in kept_categories:
            digest.sections.filter(category=category).update(position=position)
            continue
        section, _made = Section.objects.update_or_create(
            digest=digest,
            category=category,
            defaults={
                "position": position,
                "heading": category.name(publication.language)[:200],
                "emoji": category.emoji,
                "found": found.get(category.pk, 0),
            },
        )
        # An item that stands in an edited section stays there, whatever its category is today.
        _fill_section(section, [pk for pk in chosen[category.pk] if pk not in kept_items])
    digest.sections.filter(items=None, edited_at=None).delete()
    if digest.sections.exists():
        return digest
    digest.delete()
    return None


def _park_sections(digest: Digest) -> None:
    """Give the sections negative positions: the constraint allows no two on one position, even while they are reordered."""
    digest.sections.filter(position__gte=0).update(position=-1 - F("position"))


def _count_found_items(publication: Publication, date: dt.date) -> dict[int, int]:
    """Return how many items of the window each category has."""
    rows = Classification.objects.filter(
        publication=publication, item__in=find_candidate_items(publication, date).values("pk")
    )
    counts = rows.filter(category__isnull=False).values_list("category").annotate(n=Count("pk"))
    return dict(counts)


def _fill_section(section: Section, item_ids: list[int]) -> None:
    """Give a section its items in order; an unchanged list is not written again."""
    if list(section.items.values_list("item", flat=True)) == item_ids:
        return
    # A digest carries an item once (a constraint): one that came from another section leaves that one first.
    SectionItem.objects.filter(digest=section.digest_id, item__in=item_ids).delete()
    section.items.all().delete()
    items = Item.objects.in_bulk(item_ids)
    SectionItem.objects.bulk_create(
        SectionItem(
            section=section,
            digest_id=section.digest_id,
            item=items[pk],
            position=position,
            title=items[pk].title,
            url=items[pk].url,
        )
        for position, pk in enumerate(item_ids)
    )


def _finish_digest(digest: Digest) -> Digest:
    """Run the gates over the texts as saved, draw the chart, and put the digest in review."""
    recheck_sections(digest)
    draw_digest_chart(digest)
    digest.built_at = timezone.now()
    # An editor may have approved it while the model was writing: an approved digest keeps state and chart.
    Digest.objects.filter(pk=digest.pk).exclude(state=Digest.State.APPROVED).update(
        state=Digest.State.IN_REVIEW,
        built_at=digest.built_at,
        chart=digest.chart,
        chart_alt=digest.chart_alt,
    )
    digest.refresh_from_db()
    logger.info("built digest=%s publication=%s date=%s", digest.pk, digest.publication_id, digest.date)
    return digest
