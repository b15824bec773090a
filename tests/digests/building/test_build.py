"""Building a digest without a model: which items it carries, and what a second build keeps."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from digests.building.build import build_digest, build_due_digests
from digests.models import Category, Classification, Digest, Entry, Item, Publication, Section, SectionItem, Source
from digests.quality.section_checks import find_blocked_sections
from digests.review.approve import approve_digest
from digests.selection.candidates import find_withdrawn_items
from digests.sources.collect import collect_source
from tests import build as make
from tests.feedserver import feed_server

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)
NOON = dt.datetime(2026, 5, 22, 3, tzinfo=dt.UTC)  # noon in Seoul


@pytest.fixture
def source() -> Source:
    return make.source()


@pytest.fixture
def categories() -> list[Category]:
    return [make.category("robotics", keywords=["robot"]), make.category("audio", keywords=["speech"])]


@pytest.fixture
def publication(source, categories) -> Publication:
    return make.publication("papers", categories=categories, sources=[source], window_days=2)


def carried(source: Source, title: str, *, published_at: dt.datetime = NOON, **fields: object) -> Item:
    """Return an item that a source carries, collected long after the day that is built."""
    item = make.item(title, published_at=published_at, **fields)
    votes = 0
    Entry.objects.create(source=source, item=item, guid=item.url, url=item.url, title=title, votes=votes)
    return item


def outline(digest: Digest | None) -> dict[str, list[str]]:
    """Return the titles of each section, by slug, in order."""
    assert digest is not None
    return {
        section.category.slug: [line.title for line in section.items.all()]
        for section in digest.sections.select_related("category").prefetch_related("items")
    }


def test_build_files_items_into_sections_in_the_publications_order(publication, source):
    carried(source, "Speech in noise")
    carried(source, "A robot that folds")

    digest = build_digest(publication, DAY)

    assert outline(digest) == {"robotics": ["A robot that folds"], "audio": ["Speech in noise"]}
    assert digest is not None
    assert digest.state == Digest.State.IN_REVIEW
    assert bytes(digest.chart).startswith(b"\x89PNG")
    assert "1" in digest.chart_alt


def test_build_says_what_each_section_is_made_of(publication, source):
    publication.category_limit = 1
    publication.save()
    for number in range(3):
        carried(source, f"A robot number {number}")

    section = Section.objects.get(digest=build_digest(publication, DAY))

    assert (section.found, section.items.count(), section.origin) == (3, 1, Section.Origin.EXTRACTED)
    assert section.text != ""


def test_build_tells_its_progress_in_english_whatever_language_the_site_has(publication, source):
    carried(source, "A robot that folds")
    lines: list[str] = []

    with translation.override("ko"):
        build_digest(publication, DAY, progress=lines.append)

    assert lines == [
        "Sorting 1 item into categories",
        "Writing 1 section",
        f"  {Section.objects.get()}: excerpts from the sources",
    ]


def test_build_takes_only_the_window(publication, source):
    carried(source, "A robot too early", published_at=NOON - dt.timedelta(days=2))
    carried(source, "A robot in time", published_at=NOON - dt.timedelta(days=1))
    carried(source, "A robot of tomorrow", published_at=NOON + dt.timedelta(days=1))

    assert outline(build_digest(publication, DAY)) == {"robotics": ["A robot in time"]}


def test_build_takes_what_came_in_today_though_it_came_out_earlier(publication, source):
    today = publication.today()
    carried(source, "A robot announced late", published_at=timezone.now() - dt.timedelta(days=5))

    assert outline(build_digest(publication, today)) == {"robotics": ["A robot announced late"]}


def test_build_takes_only_the_publications_own_sources(publication):
    carried(make.source(), "A robot of somebody else")

    assert build_digest(publication, DAY) is None


def test_build_never_repeats_what_an_earlier_digest_carried(publication, source):
    carried(source, "A robot once")
    build_digest(publication, DAY - dt.timedelta(days=0))
    carried(source, "A robot again")

    assert outline(build_digest(publication, DAY + dt.timedelta(days=1))) == {"robotics": ["A robot again"]}


def test_what_did_not_fit_today_comes_tomorrow(publication, source):
    publication.category_limit = 1
    publication.save()
    carried(source, "A robot first", published_at=NOON + dt.timedelta(hours=1))
    carried(source, "A robot second")

    today, tomorrow = build_digest(publication, DAY), build_digest(publication, DAY + dt.timedelta(days=1))

    assert (outline(today), outline(tomorrow)) == ({"robotics": ["A robot first"]}, {"robotics": ["A robot second"]})


def test_build_makes_no_empty_digest(publication, source):
    carried(source, "Something of no known kind at all")

    assert build_digest(publication, DAY) is None
    assert Digest.objects.count() == 0
    assert Classification.objects.get().category is None


def test_an_unsorted_item_comes_in_once_a_person_sorted_it(publication, source, categories):
    carried(source, "Something of no known kind at all")
    build_digest(publication, DAY)
    Classification.objects.update(category=categories[1], by=Classification.By.PERSON)

    assert outline(build_digest(publication, DAY)) == {"audio": ["Something of no known kind at all"]}


def test_build_twice_changes_nothing(publication, source):
    carried(source, "A robot that folds")
    first = build_digest(publication, DAY)
    before = (
        outline(first),
        list(SectionItem.objects.values_list("pk")),
        list(Section.objects.values_list("pk", "text")),
    )

    second = build_digest(publication, DAY)

    after = (
        outline(second),
        list(SectionItem.objects.values_list("pk")),
        list(Section.objects.values_list("pk", "text")),
    )
    assert before == after


def test_build_again_takes_in_what_came_since(publication, source):
    carried(source, "A robot that folds")
    build_digest(publication, DAY)
    carried(source, "Speech in noise")

    assert set(outline(build_digest(publication, DAY))) == {"robotics", "audio"}


def test_build_again_leaves_an_edited_section_as_it_is(publication, source):
    carried(source, "A robot that folds")
    build_digest(publication, DAY)
    Section.objects.update(text="An editor's own words.", edited_at=timezone.now())
    carried(source, "A robot that came later")
    carried(source, "Speech in noise")

    digest = build_digest(publication, DAY)

    assert outline(digest) == {"robotics": ["A robot that folds"], "audio": ["Speech in noise"]}
    assert Section.objects.get(category__slug="robotics").text == "An editor's own words."


def test_build_again_leaves_an_approved_digest_as_it_is(publication, source):
    carried(source, "A robot that folds")
    digest = build_digest(publication, DAY)
    assert digest is not None
    approve_digest(digest)
    carried(source, "Speech in noise")

    again = build_digest(publication, DAY)

    assert again is not None
    assert (outline(again), again.state) == ({"robotics": ["A robot that folds"]}, Digest.State.APPROVED)


def test_build_again_drops_a_section_that_lost_its_items(publication, source, categories):
    carried(source, "A robot that folds")
    build_digest(publication, DAY)
    Classification.objects.update(category=categories[1], by=Classification.By.PERSON)

    assert outline(build_digest(publication, DAY)) == {"audio": ["A robot that folds"]}


def test_more_sources_rank_higher(publication, source):
    publication.category_limit = 1
    publication.save()
    carried(source, "A robot that is newest", published_at=NOON + dt.timedelta(hours=2))
    spread = carried(source, "A robot that is everywhere")
    second = make.source()
    publication.sources.add(second)
    Entry.objects.create(source=second, item=spread, guid="x", url=spread.url, title=spread.title)

    assert outline(build_digest(publication, DAY)) == {"robotics": ["A robot that is everywhere"]}


def test_build_due_builds_once_at_the_build_hour(publication, source):
    carried(source, "A robot that folds")
    early, due = publication.moment(DAY, 4), publication.moment(DAY, 5)

    first = build_due_digests(early)  # sets the clock
    waiting = build_due_digests(early + dt.timedelta(minutes=1))
    built = build_due_digests(due)
    again = build_due_digests(due + dt.timedelta(minutes=1))

    publication.refresh_from_db()
    assert (first, waiting, [d.date for d in built], again) == ([], [], [DAY], [])
    # 22 May 2026 is a Friday, and the publication comes out on working days.
    assert publication.next_build_at == publication.moment(dt.date(2026, 5, 25), 5)


def test_build_due_takes_up_a_build_that_died(publication, source):
    carried(source, "A robot that folds")
    due = publication.moment(DAY, 5)
    Publication.objects.update(next_build_at=due + dt.timedelta(minutes=30))  # the lease of a worker that died

    assert len(build_due_digests(due + dt.timedelta(minutes=31))) == 1


def test_a_publication_that_is_switched_off_is_not_built(publication, source):
    carried(source, "A robot that folds")
    Publication.objects.update(enabled=False, next_build_at=NOON)

    assert build_due_digests(NOON) == []


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_build_digest_refuses_a_day_that_is_none(day):
    make.publication("papers")

    with pytest.raises(CommandError, match=f"“{day}” isn’t a date. Use YYYY-MM-DD, such as 2026-05-22.$"):
        call_command("build_digest", "papers", "--date", day)

    assert Digest.objects.count() == 0


def test_build_takes_no_paper_that_was_withdrawn(publication, source):
    kept = carried(source, "A robot that stays")
    gone = carried(source, "A robot that folds", withdrawn="This paper has been withdrawn by the author.")
    assert outline(build_digest(publication, DAY)) == {"robotics": [kept.title]}
    assert list(find_withdrawn_items(publication, DAY)) == [gone]


def test_a_paper_that_is_withdrawn_before_the_approval_leaves_with_the_next_build_or_holds_its_section(
    publication, source
):
    kept, gone = carried(source, "A robot that stays"), carried(source, "A robot that folds")
    digest = build_digest(publication, DAY)
    assert digest is not None
    Item.objects.filter(pk=gone.pk).update(withdrawn="Withdrawn: Theorem 3 is wrong.", withdrawn_at=NOON)

    ((section, findings),) = find_blocked_sections(digest)
    number = section.items.get(item=gone).position + 1
    message = f"Item {number} was withdrawn: Withdrawn: Theorem 3 is wrong."
    assert [(one.part, one.sentence) for one in findings] == [(f"point {number}", message)]

    assert outline(build_digest(publication, DAY)) == {"robotics": [kept.title]}
    assert find_blocked_sections(digest) == []


def test_a_paper_that_its_feed_says_is_withdrawn_gives_no_section(publication, source):
    feed = (
        '<rss version="2.0"><channel><title>w</title><item><title>A robot study of reasoning</title>'
        '<link>https://arxiv.org/abs/2611.00001</link><guid isPermaLink="false">oai:arXiv.org:2611.00001v2</guid><description>'
        "This paper has been withdrawn by the author due to a crucial error in Theorem 3.</description></item></channel></rss>"
    )
    with feed_server() as server:
        Source.objects.filter(pk=source.pk).update(url=server.serve("/feed", feed), max_age_days=0)
        source.refresh_from_db()
        assert collect_source(source).new == 1

    assert build_digest(publication) is None
    assert [item.withdrawn for item in find_withdrawn_items(publication, publication.today())] == [
        "This paper has been withdrawn by the author due to a crucial error in Theorem 3."
    ]
