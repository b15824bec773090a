"""Reorders a digest: moves sections and sources up and down, and moves, removes and adds sources.

Each move names the section in which the editor saw the source, so that it is refused if somebody else has moved the source
already. The texts are not changed: the editor corrects what a text says about a source that has left its section, with
`digests.review.edit`.
"""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.models import MAX_SECTIONS, Category, Classification, Digest, Item, Revision, Section, SectionItem
from digests.review.edit import EditError, mark_edited, record_revision, redraw_chart, void_approval
from digests.selection.candidates import find_candidate_items

MAX_OFFERED_ITEMS = 100  # an editor does not read more than that in a morning
_PARKED_POSITION = 32_767  # the maximum of the column, which no source has


def find_left_out_items(digest: Digest) -> QuerySet[Classification]:
    """Return the candidates that are not in the digest, with their categories, newest first."""
    here = SectionItem.objects.filter(digest=digest, item__isnull=False).values("item")
    items = find_candidate_items(digest.publication, digest.date).exclude(pk__in=here)
    found = Classification.objects.filter(publication=digest.publication, item__in=items.order_by().values("pk"))
    return found.select_related("item", "category").order_by("-item__published_at", "-pk")[:MAX_OFFERED_ITEMS]


@transaction.atomic
def shift_section(section: Section, step: int, *, by: AbstractBaseUser) -> None:
    """Move a section one position up (-1) or down (1); the first and the last stay where they are."""
    rows = list(Section.objects.select_for_update().filter(digest=section.digest_id).order_by("position"))
    here = next(place for place, row in enumerate(rows) if row.pk == section.pk)
    there = here + step
    if not 0 <= there < len(rows):
        return
    one, other = rows[here], rows[there]
    void_approval(one.digest, by)
    # A constraint allows no two on one position, so one of them is parked at a negative one.
    Section.objects.filter(pk=one.pk).update(position=-1 - one.position)
    Section.objects.filter(pk=other.pk).update(position=one.position)
    Section.objects.filter(pk=one.pk).update(position=other.position)
    record_revision(one.digest, one, Revision.What.ORDER, before=str(here + 1), after=str(there + 1), by=by)
    mark_edited(one, by)
    mark_edited(other, by)
    redraw_chart(one.digest)


@transaction.atomic
def shift_section_item(line: SectionItem, step: int, *, by: AbstractBaseUser) -> None:
    """Move a source one position up (-1) or down (1) within its section; the first and the last stay where they are."""
    rows = list(SectionItem.objects.select_for_update().filter(section=line.section_id).order_by("position"))
    here = next(place for place, row in enumerate(rows) if row.pk == line.pk)
    if not 0 <= here + step < len(rows):
        return
    one, other = rows[here], rows[here + step]
    before = _item_titles(one.section)
    void_approval(one.section.digest, by)
    # Parked like a section, but the column of sources has no negative positions.
    SectionItem.objects.filter(pk=one.pk).update(position=_PARKED_POSITION)
    SectionItem.objects.filter(pk=other.pk).update(position=one.position)
    SectionItem.objects.filter(pk=one.pk).update(position=other.position)
    _record_item_change(one.section, before, by)


@transaction.atomic
def move_section_item(line: SectionItem, category: Category, *, seen: Section, by: AbstractBaseUser) -> Section:
    """Move a source to the end of another category's section, and return that section.

    The section is created if there is none, and the category is kept as a person's choice. Raises EditError if the source is
    no longer in `seen`.
    """
    row = _lock_seen_item(line, seen)
    target = _find_or_create_section(seen.digest, category)
    if target.pk == seen.pk:
        return seen
    befores = {section.pk: _item_titles(section) for section in (seen, target)}
    void_approval(seen.digest, by)
    SectionItem.objects.filter(pk=row.pk).update(section=target, position=_next_position(target))
    if row.item:
        _record_category_choice(seen.digest, row.item, category)
    for section in (seen, target):
        _record_item_change(section, befores[section.pk], by)
    redraw_chart(seen.digest)
    return target


@transaction.atomic
def remove_section_item(line: SectionItem, *, seen: Section, by: AbstractBaseUser) -> None:
    """Remove a source from the digest; while it is in the window, it can be added again."""
    row = _lock_seen_item(line, seen)
    before = _item_titles(seen)
    void_approval(seen.digest, by)
    row.delete()
    _record_item_change(seen, before, by)
    redraw_chart(seen.digest)


@transaction.atomic
def add_section_item(digest: Digest, item: Item, category: Category, *, by: AbstractBaseUser) -> Section:
    """Add an item at the end of a category's section, and return that section.

    The section is created if there is none, and the category is kept as a person's choice. Raises EditError if the digest
    has the item already, or if it was withdrawn.
    """
    if SectionItem.objects.filter(digest=digest, item=item).exists():
        raise EditError(_("This item is already in the issue."))
    if item.withdrawn:
        raise EditError(_("This paper was withdrawn."))
    section = _find_or_create_section(digest, category)
    before = _item_titles(section)
    void_approval(digest, by)
    SectionItem.objects.create(
        section=section, digest=digest, item=item, position=_next_position(section), title=item.title, url=item.url
    )
    _record_category_choice(digest, item, category)
    _record_item_change(section, before, by)
    redraw_chart(digest)
    return section


def _lock_seen_item(line: SectionItem, seen: Section) -> SectionItem:
    """Return the source's row, locked; raise EditError if it is no longer in the section where the editor saw it."""
    row = SectionItem.objects.select_for_update().filter(pk=line.pk, section=seen).first()
    if row is None:
        raise EditError(_("Someone else has moved this item."))
    return row


def _find_or_create_section(digest: Digest, category: Category) -> Section:
    """Return the category's section; a new one has no text, and is not sent until somebody writes it."""
    if not digest.publication.categories.filter(pk=category.pk, retired=False).exists():
        raise EditError(_("This newsletter doesn’t have that category."))
    last = digest.sections.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    found = digest.sections.filter(category=category).first()
    if found is None and position >= MAX_SECTIONS:
        raise EditError(
            ngettext("An issue can have up to %(n)d section.", "An issue can have up to %(n)d sections.", MAX_SECTIONS)
            % {"n": MAX_SECTIONS}
        )
    heading = category.name(digest.publication.language)[:200]
    return found or Section.objects.create(
        digest=digest, category=category, position=position, heading=heading, emoji=category.emoji
    )


def _next_position(section: Section) -> int:
    last = section.items.aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def _record_category_choice(digest: Digest, item: Item, category: Category) -> None:
    """Save the category as a person's choice, which no later build overwrites."""
    Classification.objects.update_or_create(
        publication=digest.publication,
        item=item,
        defaults={"category": category, "by": Classification.By.PERSON, "at": timezone.now()},
    )


def _item_titles(section: Section) -> str:
    """Return the titles of a section's sources, a line each, as the history shows them."""
    return "\n".join(section.items.values_list("title", flat=True))


def _record_item_change(section: Section, before: str, by: AbstractBaseUser) -> None:
    """Record the new sources of a section, and withdraw the verdict "good": the section has to be read again."""
    record_revision(section.digest, section, Revision.What.ITEMS, before=before, after=_item_titles(section), by=by)
    Section.objects.filter(pk=section.pk, verdict=Section.Verdict.GOOD).update(verdict=Section.Verdict.OPEN)
    mark_edited(section, by)
