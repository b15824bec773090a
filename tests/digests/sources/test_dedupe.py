"""Deduplication: when two entries are one story, and what a story gains from a second entry."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests.models import Entry, Item, Source
from digests.models.refusals import serialize_refusals
from digests.sources.dedupe import FilingResult, file_entries
from digests.sources.parsing import ParsedEntry
from digests.text.cleaning import parse_arxiv_id
from tests import build

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 22, 9, tzinfo=dt.UTC)
TITLE = "A Long Enough Title to Prove Sameness"


def entry(title: str = TITLE, url: str = "https://example.org/1", **fields: object) -> ParsedEntry:
    defaults: dict[str, object] = {"guid": url, "arxiv_id": parse_arxiv_id(url), "published": NOW}
    return ParsedEntry(title=title, url=url, **defaults | fields)  # type: ignore[arg-type] # ** of mixed types


def filed(source: Source, *entries: ParsedEntry, now: dt.datetime = NOW) -> FilingResult:
    return file_entries(source, list(entries), now=now)


def counts(one: FilingResult) -> dict[str, int]:
    named = {"new": one.new, "duplicates": one.duplicates, "known": one.known, "refused": one.refused}
    return {name: number for name, number in named.items() if number}


def test_file_entries_saves_all_fields_of_an_entry():
    source = build.source(language="ko")
    filed(source, entry(url="https://arxiv.org/abs/2605.00001v2", summary="An abstract.", authors=["Ada"], votes=3))
    item, row = Item.objects.get(), Entry.objects.get()
    assert (item.title, item.url, item.summary, item.authors, item.language, item.published_at, item.collected_at) == (
        TITLE, "https://arxiv.org/abs/2605.00001v2", "An abstract.", ["Ada"], "ko", NOW, NOW,
    )  # fmt: skip
    assert (item.arxiv_id, item.url_key, item.title_key) == (
        "2605.00001",
        "arxiv.org/abs/2605.00001",
        "alongenoughtitletoprovesameness",
    )
    assert (row.source, row.item, row.guid, row.url, row.title, row.votes) == (
        source,
        item,
        item.url,
        item.url,
        TITLE,
        3,
    )


def test_file_entries_takes_now_for_a_missing_date():
    filed(build.source(), entry(published=None))
    assert Item.objects.get().published_at == NOW


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (entry("One", "https://arxiv.org/abs/2605.00001v1"), entry("Two", "https://huggingface.co/papers/2605.00001")),
        (
            entry("One", "https://arxiv.org/abs/2605.00001v1"),
            entry("Two", "http://export.arxiv.org/pdf/2605.00001v3.pdf"),
        ),
        *(
            (entry("One", "https://arxiv.org/abs/2605.00001"), entry("Two", f"https://{page}"))
            for page in (
                "papers.cool/arxiv/2605.00001",
                "www.alphaxiv.org/abs/2605.00001v2",
                "alphaxiv.org/overview/2605.00001",
                "www.alphaxiv.org/ko/overview/2605.00001",
                "www.alphaxiv.org/resources/2605.00001",
                "scirate.com/arxiv/2605.00001",
                "www.semanticscholar.org/arxiv/2605.00001",
                "www.semanticscholar.org/paper/arXiv:2605.00001",
                "api.semanticscholar.org/arXiv:2605.00001",
                "hf.co/papers/2605.00001",
            )
        ),
        (entry("One", "https://www.example.org/a/?utm_source=x"), entry("Two", "http://example.org/a#part")),
        (entry(TITLE, "https://arxiv.org/abs/2605.00001"), entry(TITLE.upper() + "!", "https://deeplearn.example/1")),
        (
            entry(TITLE, "https://example.org/1"),
            entry(TITLE, "https://example.com/2", published=NOW - dt.timedelta(days=30)),
        ),
    ],
    ids=lambda one: one.url.removeprefix("https://"),
)
def test_one_story_from_two_sources_is_one_item(first, second):
    one, two = build.source(max_age_days=0), build.source(max_age_days=0)
    assert counts(filed(one, first)) == {"new": 1}
    assert counts(filed(two, second)) == {"duplicates": 1}
    item = Item.objects.get()
    assert (item.title, [row.source for row in item.entries.all()]) == (first.title, [one, two])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (entry(TITLE, "https://arxiv.org/abs/2605.00001"), entry(TITLE, "https://arxiv.org/abs/2605.00002")),
        (entry("Weekly digest", "https://example.org/1"), entry("Weekly digest", "https://example.org/2")),
        (
            entry(TITLE, "https://example.org/1"),
            entry(TITLE, "https://example.org/2", published=NOW - dt.timedelta(days=31)),
        ),
        (entry("One", "https://example.org/?id=1"), entry("Two", "https://example.org/?id=2")),
    ],
    ids=["two papers of one title", "short title", "a month apart", "query"],
)
def test_two_stories_stay_two_items(first, second):
    filed(build.source(max_age_days=0), first)
    assert counts(filed(build.source(max_age_days=0), second)) == {"new": 1}


def test_two_entries_of_one_document_may_be_one_story():
    source = build.source()
    result = filed(
        source, entry(guid="1"), entry(url="https://example.com/2", guid="2"), entry("Other", "https://a.example/")
    )
    assert counts(result) == {"new": 2, "duplicates": 1}
    assert list(Entry.objects.values_list("item__title", flat=True)) == [TITLE, TITLE, "Other"]


@pytest.mark.parametrize(
    "again",
    [
        entry("Version two", "https://www.example.org/1?utm_source=x", guid="same"),
        entry("Version one", "https://a.example/2", guid="same"),
    ],
    ids=["one address", "one title"],
)
def test_one_guid_twice_in_a_document_is_one_entry(again):
    result = filed(build.source(), entry("Version one", guid="same"), again)
    assert counts(result) == {"new": 1, "known": 1}
    assert [row.title for row in Entry.objects.all()] == ["Version one"]


def headline(number: int, **fields: object) -> ParsedEntry:
    title = f"A wholly different headline, number {number} of them"
    return entry(title, f"https://example.org/{number}", **{"guid": "https://example.org/?p="} | fields)


def test_a_guid_that_several_entries_share_identifies_none():
    source = build.source()
    assert counts(filed(source, *map(headline, range(5)))) == {"new": 5}
    source.refresh_from_db()
    assert counts(filed(source, *map(headline, range(5)))) == {"known": 5}
    assert counts(filed(source, headline(5))) == {"new": 1}
    assert counts(filed(source, headline(6))) == {"new": 1}
    assert counts(filed(source, headline(5), headline(6))) == {"known": 2}
    assert sorted(Entry.objects.values_list("guid", flat=True)) == [f"https://example.org/{n}" for n in range(7)]
    assert source.shared_guids == ["https://example.org/?p="]


def test_a_guid_that_a_later_document_shares_identifies_none():
    source = build.source()
    assert counts(filed(source, headline(1))) == {"new": 1}
    assert counts(filed(source, headline(1), headline(2), headline(3))) == {"new": 2, "duplicates": 1}
    assert counts(filed(source, headline(1), headline(2), headline(3))) == {"known": 3}


def test_a_guid_that_stands_for_another_story_every_day_identifies_none():
    source, days = build.source(), [NOW + dt.timedelta(days=n) for n in range(4)]
    found = [counts(filed(source, headline(n, published=day), now=day)) for n, day in enumerate(days)]
    assert found == [{"new": 1}] * 4
    assert counts(filed(source, headline(3, published=days[3]), now=days[3])) == {"known": 1}


def test_a_shared_guid_does_not_bring_back_what_was_known_by_its_address():
    source = build.source()
    assert counts(filed(source, headline(1, guid="https://example.org/1"))) == {"new": 1}
    assert counts(filed(source, headline(0), headline(2))) == {"new": 2}
    assert counts(filed(source, headline(1))) == {"known": 1}


def test_file_entries_makes_as_many_queries_for_shared_guids():
    numbers = []
    for n in (2, 6):
        source = build.source()
        with CaptureQueriesContext(connection) as captured:
            filed(source, *[headline(10 * n + one) for one in range(n)])
        numbers.append(len([query for query in captured if "SAVEPOINT" not in query["sql"]]))
    assert numbers == [
        6,
        6,
    ]  # three to read (there is no paper), one for the guid, a statement each for items and entries


def undated(n: int) -> ParsedEntry:
    return entry(f"An undated story with the number {n}", f"https://example.org/{n}", published=None)


def test_first_visit_takes_five_undated_entries_as_news():
    source = build.source()
    dated = entry("A story with a date of its own", "https://example.org/dated")
    assert counts(filed(source, *map(undated, range(4)), dated, *map(undated, range(4, 20)))) == {"new": 6, "known": 15}
    assert set(Item.objects.values_list("url", flat=True)) == {
        *(f"https://example.org/{n}" for n in range(5)),
        "https://example.org/dated",
    }
    assert Entry.objects.filter(item=None).count() == 15
    source.last_success_at = NOW
    assert counts(filed(source, *map(undated, range(20)), undated(20), undated(21))) == {"new": 2, "known": 20}


def test_an_undated_entry_has_the_moment_at_which_it_was_first_seen():
    source = build.source(last_success_at=NOW)
    later = NOW + dt.timedelta(days=3)
    assert counts(filed(source, undated(1))) == {"new": 1}
    assert counts(filed(source, undated(1), undated(2), now=later)) == {"known": 1, "new": 1}
    assert list(Item.objects.order_by("pk").values_list("published_at", flat=True)) == [NOW, later]


def test_an_undated_entry_of_a_new_source_may_be_a_known_story():
    filed(build.source(), entry("An undated story with the number 7", "https://example.org/7"))
    source = build.source()
    assert counts(filed(source, *map(undated, range(10)))) == {"new": 5, "duplicates": 1, "known": 4}
    assert Entry.objects.get(source=source, guid="https://example.org/7").item == Item.objects.get(url__endswith="/7")


def test_an_undated_entry_of_a_new_source_is_news_when_another_source_brings_it():
    filed(build.source(), *map(undated, range(10)))
    assert counts(filed(build.source(), entry("An undated story with the number 7", "https://example.org/7"))) == {
        "new": 1
    }


def test_an_entry_seen_before_is_known():
    source = build.source()
    filed(source, entry())
    later = NOW + dt.timedelta(days=90)
    assert counts(
        filed(source, entry("Another title", "https://example.org/moved", guid="https://example.org/1"), now=later)
    ) == {"known": 1}
    assert Item.objects.get().title == TITLE


def test_the_same_guid_of_two_sources_proves_nothing():
    filed(build.source(), entry("One", "https://example.org/1", guid="1"))
    assert counts(filed(build.source(), entry("Two", "https://example.com/1", guid="1"))) == {"new": 1}


@pytest.mark.parametrize("url", ["http://[::1]/x", "http://10.0.0.8/wiki", "http://localhost:8080/", "http://wiki/"])
def test_entries_that_lead_into_a_private_network_are_refused(url, settings):
    settings.FETCH_ALLOW_PRIVATE = False

    assert counts(
        filed(build.source(), entry(url=url), entry("Another Title That Is Long Enough", "https://a.example/1"))
    ) == {
        "new": 1,
        "refused": 1,
    }
    assert list(Item.objects.values_list("url", flat=True)) == ["https://a.example/1"]


def test_a_private_link_is_taken_where_that_is_allowed(settings):
    settings.FETCH_ALLOW_PRIVATE = True

    assert counts(filed(build.source(), entry(url="http://10.0.0.8/wiki"))) == {"new": 1}


def test_entries_without_title_or_link_or_too_old_are_refused():
    source = build.source(max_age_days=7)
    result = filed(
        source,
        entry(title=""),
        entry(url=""),
        entry("Old", "https://example.org/old", published=NOW - dt.timedelta(days=8)),
        entry("Fresh", "https://example.org/fresh", published=NOW - dt.timedelta(days=6)),
    )
    assert counts(result) == {"new": 1, "refused": 3}
    assert serialize_refusals(result.refusals) == [
        {"reason": "link", "days": 0, "n": 1},
        {"reason": "old", "days": 7, "n": 1},
        {"reason": "title", "days": 0, "n": 1},
    ]


@pytest.mark.parametrize(
    ("paper", "outcome"),
    [
        ("2605.00001", {"new": 1}),
        ("2604.00001", {"refused": 1}),
        ("2412.00001", {"refused": 1}),
        ("cs/0501001", {"refused": 1}),
    ],
)
def test_a_new_version_of_an_old_paper_is_too_old(paper, outcome):
    result = filed(build.source(max_age_days=7), entry(url=f"https://arxiv.org/abs/{paper}", arxiv_id=paper))
    assert counts(result) == outcome


def test_a_story_gains_what_it_lacks():
    filed(build.source(), entry(url="https://news.example/1", summary="A teaser."))
    filed(build.source(), entry(url="https://arxiv.org/abs/2605.00001", summary="The whole abstract.", authors=["Ada"]))
    item = Item.objects.get()
    assert (item.url, item.summary, item.authors, item.arxiv_id) == (
        "https://news.example/1",
        "The whole abstract.",
        ["Ada"],
        "2605.00001",
    )


def test_a_story_keeps_what_it_has():
    abstract = "A whole abstract. " * 30
    filed(build.source(), entry(url="https://arxiv.org/abs/2605.00001", summary=abstract, authors=["Ada"]))
    filed(build.source(), entry(url="https://blog.example/1", summary="A long post. " * 200, authors=["Bob"]))
    item = Item.objects.get()
    assert (item.summary, item.authors) == (abstract, ["Ada"])


def test_a_story_found_by_its_title_is_then_found_by_its_paper():
    filed(build.source(), entry(url="https://news.example/1"))
    result = filed(
        build.source(),
        entry(url="https://arxiv.org/abs/2605.00001"),
        entry("Quite Another Title of the Same Paper", "https://huggingface.co/papers/2605.00001"),
    )
    assert (counts(result), Item.objects.count()) == ({"duplicates": 2}, 1)


def test_a_story_does_not_gain_the_paper_of_another():
    paper = build.item(
        "The First Title of a Paper", arxiv_id="2605.00001", url_key="arxiv.org/abs/2605.00001", published_at=NOW
    )
    source = build.source()
    filed(source, entry("A Page About Something Else", "https://news.example/1", guid="1"))
    filed(source, entry("A Page About Something Else", "https://arxiv.org/abs/2605.00001", guid="1"))
    assert [item.arxiv_id for item in Item.objects.order_by("pk")] == [paper.arxiv_id, ""]


def test_votes_are_those_of_the_last_visit():
    source = build.source()
    filed(source, entry(votes=1))
    filed(source, entry(votes=8))
    assert Entry.objects.get().votes == 8


def test_file_entries_takes_a_story_that_was_imported():
    imported = build.item(TITLE, url_key="example.org/1", title_key="", published_at=NOW)
    filed(build.source(), entry())
    assert Entry.objects.get().item == imported


@pytest.mark.parametrize("number", [1, 3])
def test_file_entries_makes_as_many_queries_for_one_as_for_three(number):
    source, other = build.source(), build.source()
    known = [entry(f"{TITLE} {n}", f"https://arxiv.org/abs/2605.0000{n}", votes=1) for n in range(number)]
    filed(other, *known)
    again = [
        entry(one.title, f"https://huggingface.co/papers/{one.arxiv_id}", summary="Longer.", votes=n)
        for n, one in enumerate(known)
    ]
    new = [entry(f"New {n}", f"https://example.org/{n}") for n in range(number)]
    with CaptureQueriesContext(connection) as captured:
        result = filed(source, *again, *new)
    assert counts(result) == {"new": number, "duplicates": number}
    # Four to read (guid, arXiv id, address, title), a statement each for items, gains and entries; those that write
    # many rows open a savepoint.
    assert len([query for query in captured if "SAVEPOINT" not in query["sql"]]) == 7


def test_file_entries_takes_a_large_day():
    source = build.source()
    entries = [entry(f"{TITLE} {n}", f"https://arxiv.org/abs/2605.{n:05}") for n in range(1, 2001)]
    assert counts(filed(source, *entries)) == {"new": 2000}
    assert counts(filed(source, *entries)) == {"known": 2000}


WITHDRAWN = "This paper has been withdrawn by the author."


def test_a_withdrawn_paper_is_kept_with_the_reason():
    filed(build.source(), entry(url="https://arxiv.org/abs/2605.00001", summary=WITHDRAWN, withdrawn=WITHDRAWN))
    item = Item.objects.get()
    assert (item.withdrawn, item.withdrawn_at) == (WITHDRAWN, NOW)


@pytest.mark.parametrize("url", ["https://arxiv.org/abs/2605.00001v1", "https://arxiv.org/abs/2605.00001v2"])
def test_a_known_paper_is_marked_when_it_is_withdrawn_however_old_it_is(url):
    one, two = build.source(), build.source()
    filed(one, entry(url="https://arxiv.org/abs/2605.00001v1", summary="An abstract."))
    later = NOW + dt.timedelta(days=40)
    for source in (one, two):
        filed(source, entry(url=url, summary=WITHDRAWN * 3, withdrawn=WITHDRAWN, published=later), now=later)
    item = Item.objects.get()
    assert (item.withdrawn, item.withdrawn_at, item.summary) == (WITHDRAWN, later, "An abstract.")


def test_an_old_paper_that_nobody_has_carried_is_refused_withdrawn_or_not():
    old = entry(url="https://arxiv.org/abs/2401.00001", withdrawn=WITHDRAWN)
    assert counts(filed(build.source(), old)) == {"refused": 1}


def test_a_withdrawal_that_a_person_removed_stays_removed():
    source, paper = build.source(), entry(url="https://arxiv.org/abs/2605.00001", withdrawn=WITHDRAWN)
    filed(source, paper)
    Item.objects.update(withdrawn="")
    filed(source, paper, now=NOW + dt.timedelta(hours=1))
    assert Item.objects.get().withdrawn == ""
