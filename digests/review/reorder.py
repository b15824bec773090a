"""Where things stand in a digest: sections and their sources moved up, down, elsewhere, out and in.

Each move names the section in which the source was seen, so that a move of what somebody else moved already is
refused. The texts stay as they are: what a text says about a source that left it is for the editor to mend. Not here:
the texts (edit).
"""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.models import MAX_SECTIONS, Category, Classification, Digest, Item, Revision, Section, SectionItem
from digests.review.edit import EditError, mark_edited, record_revision, redraw_chart, void_approval
from digests.selection.candidates import find_candidate_items

MAX_OFFERED_ITEMS = 100  # more than that nobody reads through in the morning
_PARKED_POSITION = 32_767  # a position that no source has, as large as the column takes


def find_left_out_items(digest: Digest) -> QuerySet[Classification]:
    """Return the items of the window that stand nowhere in the digest, with their categories, newest first."""
    here = SectionItem.objects.filter(digest=digest, item__isnull=False).values("item")
    items = find_candidate_items(digest.publication, digest.date).exclude(pk__in=here)
    found = Classification.objects.filter(publication=digest.publication, item__in=items.order_by().values("pk"))
    return found.select_related("item", "category").order_by("-item__published_at", "-pk")[:MAX_OFFERED_ITEMS]


@transaction.atomic
def shift_section(section: Section, step: int, *, by: AbstractBaseUser) -> None:
    """Move a section one place up (-1) or down (1); at the end it stays."""
    rows = list(Section.objects.select_for_update().filter(digest=section.digest_id).order_by("position"))
    here = next(place for place, row in enumerate(rows) if row.pk == section.pk)
    there = here + step
    if not 0 <= there < len(rows):
        return
    one, other = rows[here], rows[there]
    void_approval(one.digest, by)
    Section.objects.filter(pk=one.pk).update(position=-1 - one.position)  # out of the way: no two on one position
    Section.objects.filter(pk=other.pk).update(position=one.position)
    Section.objects.filter(pk=one.pk).update(position=other.position)
    record_revision(one.digest, one, Revision.What.ORDER, before=str(here + 1), after=str(there + 1), by=by)
    mark_edited(one, by)
    mark_edited(other, by)
    redraw_chart(one.digest)


@transaction.atomic
def shift_section_item(line: SectionItem, step: int, *, by: AbstractBaseUser) -> None:
    """Move a source one place up (-1) or down (1) within its section; at the end it stays."""
    rows = list(SectionItem.objects.select_for_update().filter(section=line.section_id).order_by("position"))
    here = next(place for place, row in enumerate(rows) if row.pk == line.pk)
    if not 0 <= here + step < len(rows):
        return
    one, other = rows[here], rows[here + step]
    before = _item_titles(one.section)
    void_approval(one.section.digest, by)
    SectionItem.objects.filter(pk=one.pk).update(position=_PARKED_POSITION)
    SectionItem.objects.filter(pk=other.pk).update(position=one.position)
    SectionItem.objects.filter(pk=one.pk).update(position=other.position)
    _record_item_change(one.section, before, by)


@transaction.atomic
def move_section_item(line: SectionItem, category: Category, *, seen: Section, by: AbstractBaseUser) -> Section:
    """Move a source to the end of another category's section, made where there is none; the choice is a person's.

    Returns the section that it stands in now.
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
    """Take a source out of the digest; as long as the window lasts it can be brought in again."""
    row = _lock_seen_item(line, seen)
    before = _item_titles(seen)
    void_approval(seen.digest, by)
    row.delete()
    _record_item_change(seen, before, by)
    redraw_chart(seen.digest)


@transaction.atomic
def add_section_item(digest: Digest, item: Item, category: Category, *, by: AbstractBaseUser) -> Section:
    """Put an item at the end of a category's section, made where there is none; the choice is a person's."""
    if SectionItem.objects.filter(digest=digest, item=item).exists():
        raise EditError(_("This source is in the digest already."))
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
    """Return the source's row while it stands where the editor saw it."""
    row = SectionItem.objects.select_for_update().filter(pk=line.pk, section=seen).first()
    if row is None:
        raise EditError(_("Somebody else moved this source in the meantime."))
    return row


def _find_or_create_section(digest: Digest, category: Category) -> Section:
    """Return the category's section; a new one is empty, and is not sent until somebody writes its text."""
    if not digest.publication.categories.filter(pk=category.pk, retired=False).exists():
        raise EditError(_("This publication has no such category."))
    last = digest.sections.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    found = digest.sections.filter(category=category).first()
    if found is None and position >= MAX_SECTIONS:
        raise EditError(_("A digest has at most %(n)d sections.") % {"n": MAX_SECTIONS})
    heading = category.name(digest.publication.language)[:200]
    return found or Section.objects.create(
        digest=digest, category=category, position=position, heading=heading, emoji=category.emoji
    )


def _next_position(section: Section) -> int:
    last = section.items.aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def _record_category_choice(digest: Digest, item: Item, category: Category) -> None:
    """Keep the category as a person's choice, which no later run overwrites."""
    Classification.objects.update_or_create(
        publication=digest.publication,
        item=item,
        defaults={"category": category, "by": Classification.By.PERSON, "at": timezone.now()},
    )


def _item_titles(section: Section) -> str:
    """Return a section's sources as the history shows them."""
    return "\n".join(section.items.values_list("title", flat=True))


def _record_item_change(section: Section, before: str, by: AbstractBaseUser) -> None:
    """Keep what became of a section's sources; whoever read it has to read it again."""
    record_revision(section.digest, section, Revision.What.ITEMS, before=before, after=_item_titles(section), by=by)
    Section.objects.filter(pk=section.pk, verdict=Section.Verdict.GOOD).update(verdict=Section.Verdict.OPEN)
    mark_edited(section, by)
