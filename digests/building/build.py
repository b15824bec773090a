"""The items of a publication's window -> a digest in review: categorized, selected, summarized, with its chart.

The window: items that came out, or came in, within the publication's days, and that no other digest of the
publication carries. What does not fit today may come tomorrow, as long as it is in the window. A build may be
repeated at any moment: it leaves an approved digest and every section that a person edited as they are, and what
did not change is not paid for again. An empty digest is never made.
"""

import datetime as dt
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import Count, Max, Q, Sum
from django.utils import timezone

from digests.llm.budget import Budget
from digests.models import Category, Classification, Digest, Item, Publication, Section, SectionItem
from digests.models.row_failures import handle_each_row
from digests.quality.section_checks import recheck_section
from digests.selection.candidates import find_candidate_items
from digests.selection.categorize import categorize_items
from digests.selection.ranking import Candidate, select_items
from digests.writing.chart import draw_digest_chart
from digests.writing.summarize import summarize_sections

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=30)  # a build that died is taken up again after this; a model may take minutes per section


def build_due_digests(now: dt.datetime | None = None) -> list[Digest]:
    """Build what is due by the publications' own clocks; a publication without a due moment gets its first."""
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
    return bool(
        Publication.objects.filter(pk=publication.pk, next_build_at=publication.next_build_at).update(
            next_build_at=now + LEASE
        )
    )


def build_digest(
    publication: Publication, date: dt.date | None = None, *, progress: Callable[[str], None] = lambda _line: None
) -> Digest | None:
    """Build (or build again) the digest of a day; None where there is nothing to say that day."""
    date = date or publication.today()
    digest = Digest.objects.filter(publication=publication, date=date).first()
    if digest and (digest.state == Digest.State.APPROVED or digest.imported):
        return digest
    items = list(find_candidate_items(publication, date))
    progress(f"categorize {len(items)} items")
    budget = Budget(spent=digest.cost) if digest else Budget()
    categorize_items(publication, items, budget=budget)
    chosen = select_items(
        _candidates(publication, items),
        category_limit=publication.category_limit,
        digest_limit=publication.digest_limit,
    )
    digest = _write_sections(publication, date, chosen)
    if digest is None:
        logger.info("nothing to build publication=%s date=%s items=%d", publication.slug, date, len(items))
        return None
    progress(f"summarize {digest.sections.count()} sections")
    reasons: set[str] = set()
    summarize_sections(
        digest, progress=lambda section: progress(f"  {_progress_line(section, reasons)}"), budget=budget
    )
    return _finish_digest(digest)


def _progress_line(section: Section, reasons: set[str]) -> str:
    """Return a section's line; a reason that was told already is not told again."""
    new = {section.fallback_reason} - reasons - {""}
    reasons |= new
    origin = Section.Origin(section.origin).label  # in English, as every other line of a terminal
    return f"{section}: {origin}" + "".join(f" ({reason})" for reason in new)


def _candidates(publication: Publication, items: list[Item]) -> list[Candidate]:
    """Return the sorted items with what ranks them; items kept by an edited section are not offered again."""
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
    """Write the digest's sections and their items; sections that a person edited stay as they are."""
    digest, _made = Digest.objects.get_or_create(
        publication=publication, date=date, defaults={"title": f"{publication.name} ({date.isoformat()})"}
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
        _fill_section(section, [pk for pk in chosen[category.pk] if pk not in kept_items])
    digest.sections.filter(items=None, edited_at=None).delete()
    if digest.sections.exists():
        return digest
    digest.delete()
    return None


def _park_sections(digest: Digest) -> None:
    """Move the sections out of the way, so that no two meet on a position while they are put in order."""
    for section in digest.sections.filter(position__gte=0):
        digest.sections.filter(pk=section.pk).update(position=-1 - section.position)


def _count_found_items(publication: Publication, date: dt.date) -> dict[int, int]:
    """Return how many items of the window each category has."""
    rows = Classification.objects.filter(
        publication=publication, item__in=find_candidate_items(publication, date).values("pk")
    )
    counts = rows.filter(category__isnull=False).values_list("category").annotate(n=Count("pk"))
    return dict(counts)


def _fill_section(section: Section, item_ids: list[int]) -> None:
    """Give a section its items in order; an unchanged list is left alone."""
    if list(section.items.values_list("item", flat=True)) == item_ids:
        return
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
    """Draw the chart, keep what the gates say of the texts as they stand, and hand the digest to the editor."""
    for section in digest.sections.exclude(text=""):
        recheck_section(section)
    draw_digest_chart(digest)
    digest.built_at = timezone.now()
    Digest.objects.filter(pk=digest.pk).exclude(state=Digest.State.APPROVED).update(
        state=Digest.State.IN_REVIEW,
        built_at=digest.built_at,
        chart=digest.chart,
        chart_alt=digest.chart_alt,
    )
    digest.refresh_from_db()
    logger.info("built digest=%s publication=%s date=%s", digest.pk, digest.publication_id, digest.date)
    return digest
