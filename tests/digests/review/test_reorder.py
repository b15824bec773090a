"""Moving sections and sources within a digest, out of it and into it."""

import datetime as dt

import pytest
from django.contrib.auth.models import User

from digests.models import Classification, Digest, Entry, Section
from digests.review.edit import EditError
from digests.review.reorder import (
    add_section_item,
    find_left_out_items,
    move_section_item,
    remove_section_item,
    shift_section,
    shift_section_item,
)
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    return User.objects.create_user("ann")


@pytest.fixture
def digest():
    robots, language, empty = build.category("robots"), build.category("language"), build.category("empty")
    publication = build.publication(
        categories=[robots, language, empty, build.category("retired", retired=True)], sources=[build.source("feed")]
    )
    made = build.digest(publication, state="in_review", date=publication.today())
    build.section(made, robots, items=[build.item(title) for title in ("A", "B", "C")])
    build.section(made, language, items=[build.item("D")])
    return made


def laid_out(digest):
    return {s.category.slug: [line.title for line in s.items.all()] for s in digest.sections.all()}


def line(digest, title):
    found = digest.sections.get(items__title=title).items.get(title=title)
    return found, found.section


def waiting(digest, title):
    item = build.item(title)
    publication = digest.publication
    Entry.objects.create(source=publication.sources.get(), item=item, guid=title, url=item.url, title=title)
    return Classification.objects.create(publication=publication, item=item, by="rules", suggested="Wish")


def test_shift_section_swaps_with_its_neighbor_and_stays_at_the_end(digest, ann):
    robots = digest.sections.get(category__slug="robots")
    for _ in range(2):
        shift_section(robots, 1, by=ann)

    assert list(digest.sections.values_list("category__slug", "position")) == [("language", 0), ("robots", 1)]


def test_shift_line_swaps_with_its_neighbor_and_stays_at_the_end(digest, ann):
    c, _section = line(digest, "C")
    for _ in range(3):
        shift_section_item(c, -1, by=ann)

    assert laid_out(digest) == {"robots": ["C", "A", "B"], "language": ["D"]}


def test_move_files_the_item_as_a_person_did(digest, ann):
    b, robots = line(digest, "B")
    move_section_item(b, digest.publication.categories.get(slug="language"), seen=robots, by=ann)

    assert laid_out(digest) == {"robots": ["A", "C"], "language": ["D", "B"]}
    assert list(Classification.objects.values_list("item__title", "category__slug", "by")) == [
        ("B", "language", "person")
    ]


def test_move_to_a_category_without_section_makes_one_that_is_empty(digest, ann):
    b, robots = line(digest, "B")
    made = move_section_item(b, digest.publication.categories.get(slug="empty"), seen=robots, by=ann)

    assert (made.position, made.text, laid_out(digest)["empty"]) == (2, "", ["B"])


def test_move_to_a_retired_category_is_refused(digest, ann):
    b, robots = line(digest, "B")

    with pytest.raises(EditError):
        move_section_item(b, digest.publication.categories.get(slug="retired"), seen=robots, by=ann)


def test_move_of_what_was_moved_already_is_refused(digest, ann):
    b, robots = line(digest, "B")
    move_section_item(b, digest.publication.categories.get(slug="language"), seen=robots, by=ann)

    with pytest.raises(EditError):
        remove_section_item(b, seen=robots, by=ann)
    assert laid_out(digest) == {"robots": ["A", "C"], "language": ["D", "B"]}


def test_take_out_asks_for_a_new_verdict_and_keeps_what_stood_there(digest, ann):
    Section.objects.update(verdict="good")
    b, robots = line(digest, "B")
    remove_section_item(b, seen=robots, by=ann)

    assert list(digest.revisions.values_list("what", "before", "after")) == [("items", "A\nB\nC", "A\nC")]
    assert dict(digest.sections.values_list("category__slug", "verdict")) == {"robots": "", "language": "good"}


def test_bring_in_puts_what_was_left_out_at_the_end(digest, ann):
    row = waiting(digest, "E")
    assert [one.item.title for one in find_left_out_items(digest)] == ["E"]

    add_section_item(digest, row.item, digest.publication.categories.get(slug="language"), by=ann)

    assert (laid_out(digest)["language"], list(find_left_out_items(digest))) == (["D", "E"], [])


def test_bring_in_twice_is_refused(digest, ann):
    row = waiting(digest, "E")
    category = digest.publication.categories.get(slug="language")
    add_section_item(digest, row.item, category, by=ann)

    with pytest.raises(EditError):
        add_section_item(digest, row.item, category, by=ann)


def test_left_out_shows_nothing_of_an_earlier_digest(digest):
    row = waiting(digest, "E")
    earlier = build.digest(digest.publication, date=digest.date - dt.timedelta(days=90))
    build.section(earlier, build.category(), items=[row.item])

    assert list(find_left_out_items(digest)) == []


def test_moves_redraw_the_chart(digest, ann):
    b, robots = line(digest, "B")
    remove_section_item(b, seen=robots, by=ann)
    two = Digest.objects.get(pk=digest.pk).chart_alt
    remove_section_item(line(digest, "C")[0], seen=robots, by=ann)

    assert two != Digest.objects.get(pk=digest.pk).chart_alt
