"""Search: the same documents on SQLite and PostgreSQL, public ones only, whatever is typed."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from digests.models import Digest, Item, Publication, Section, SectionItem
from digests.models.digests import make_built_title
from digests.review.approve import approve_digest
from newsletter.archive import search
from newsletter.delivery import audience
from newsletter.models import Mailing, SearchDocument
from tests import build
from tests.newsletter.site import rows

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)
TEXTS = [
    "대규모 언어모델은 추론을 잘합니다. GPT-4o 결과도 있습니다.",
    "로봇이 물건을 잡습니다. Robots grasp objects, a transformer plans.",
    "음성 합성 모델. Speech synthesis in C and Rust, 3.5 times faster.",
]


@pytest.fixture
def publication() -> Publication:
    return rows.publication()


def imported(publication: Publication, day: dt.date, texts: list[str]) -> Digest:
    digest = build.digest(publication, date=day, imported=True, title=f"호 {day}")
    for category, text in zip(publication.categories.all(), texts, strict=False):
        build.section(digest, category, text=text, items=[build.item(f"Paper of {category.slug}")])
    return digest


def places(found: Iterable[SearchDocument]) -> list[str]:
    """Return the anchors of documents: of a section, of an item in it, or "" for a digest's own words."""
    return [one.url.partition("#")[2] for one in found]


def found(query: str) -> list[str]:
    """Return the anchors of what a query finds."""
    return places(search.search_digests(query).passages)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("모델", ["llm", "audio"]),
        ("언어모델", ["llm"]),
        ("모델은", ["llm"]),
        ("모", ["llm", "audio"]),
        ("추론 gpt", ["llm"]),
        ("gpt-4o", ["llm"]),
        ("GPT4o", []),
        ("robot", ["vision"]),
        ("ROBOTS", ["vision"]),
        ("obots", []),
        ("a", ["vision"]),
        ("c", ["audio"]),
        ("3.5", ["audio"]),
        ("paper", ["llm-1", "vision-1", "audio-1"]),
        ("paper audio", ["audio-1"]),
        ("호", [""]),
        ("2026-05-22", [""]),
        ("없는말", []),
    ],
)
def test_search_finds_what_holds_every_word(publication: Publication, query: str, expected: list[str]) -> None:
    imported(publication, DAY, TEXTS)
    search.index_due_digests()

    assert found(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        *(
            "",
            " ",
            '"',
            "'; DROP TABLE newsletter_searchdocument;--",
            "모델\0",
            "%",
            "_",
            "\\",
            "(((((",
            "NEAR(a b)",
            "a:* & !b",
        ),
        *("words:x", "* OR *", "-모델", "^a", "{a b}", "🧩", "\ud800", "'" * 500, "a " * 5000, "모" * 5000, "<->"),
        *("AND", "NOT", "''::tsquery", "$1", "%s", "é́́́", "İ", "ﬀ", "ᄒ", "\u202e"),
    ],
)
def test_search_survives_any_query(publication: Publication, query: str) -> None:
    imported(publication, DAY, TEXTS)
    search.index_due_digests()

    assert len(search.search_digests(query).passages) <= search.RESULTS_PER_PAGE


def test_search_finds_public_digests_alone(publication: Publication) -> None:
    rows.sent(publication, DAY)
    rows.draft(publication, DAY + dt.timedelta(days=1))
    assert search.index_due_digests() == 1
    assert found("분야의") == ["llm", "vision"]

    Mailing.objects.update(planned_at=None)
    assert found("분야의") == []


def test_search_never_finds_what_nobody_approved(publication: Publication) -> None:
    rows.sent(publication, DAY)
    Section.objects.update(text="secret words")

    search.index_due_digests()

    assert (found("secret"), found("분야의")) == ([], [])


def test_search_shows_what_was_approved_even_after_an_edit_behind_our_back(publication: Publication) -> None:
    rows.sent(publication, DAY)
    search.index_due_digests()
    Section.objects.update(text="secret words")
    search.index_due_digests()

    assert (found("secret"), found("분야의")) == ([], ["llm", "vision"])


def test_search_is_of_one_publication_or_of_all_and_newest_first(publication: Publication) -> None:
    news = rows.publication("news")
    imported(publication, DAY, TEXTS)
    imported(news, DAY + dt.timedelta(days=1), TEXTS)
    search.index_due_digests()

    slugs = [one.digest.publication.slug for one in search.search_digests("robot").passages]
    assert slugs == ["news", "papers"]
    assert [one.digest.publication for one in search.search_digests("robot", publication=publication).passages] == [
        publication
    ]


def written(publication: Publication, day: dt.date, item: Item, headline: str, **fields: Any) -> Digest:
    """Return a report of one section with one point about an item."""
    digest = build.digest(publication, date=day, imported=True, title=f"호 {day}")
    text = f"### 주요 주제\n\n오늘의 주제.\n\n### 핵심 내용\n\n1. **[{headline}]({item.url})** — 음성을 다룹니다."
    build.section(digest, publication.categories.get(slug="llm"), items=[item], text=text, **fields)
    return digest


def test_search_finds_an_item_with_its_headline_title_and_text(publication: Publication) -> None:
    item = build.item("Reading Less", language="en")
    written(publication, DAY, item, "덜 읽기")
    search.index_due_digests()

    for query in ("덜", "reading", "음성", "덜 reading 음성을"):
        (one,) = search.search_digests(query).passages
        assert (one.url, one.headline, one.title, one.text) == (
            "/papers/2026-05-22/#llm-1",
            "덜 읽기",
            "Reading Less",
            "음성을 다룹니다.",
        )
    assert found("주제 음성") == []  # the words of a section are one document, those of its item another


def test_search_shows_an_item_of_several_issues_once_with_its_other_places(publication: Publication) -> None:
    news, item = rows.publication("news"), build.item("Reading Less")
    for n, one in enumerate((publication, publication, news)):
        written(one, DAY - dt.timedelta(days=n), item, f"덜 읽기 {n}")
    unsent = rows.draft(publication, DAY + dt.timedelta(days=1), ())
    build.section(unsent, publication.categories.get(slug="llm"), items=[item])
    search.index_due_digests()

    results = search.search_digests("reading")
    assert [one.url for one in results.passages] == ["/papers/2026-05-22/#llm-1"]
    assert [one.url for one in results.places[item.pk]] == ["/papers/2026-05-21/#llm-1", "/news/2026-05-20/#llm-1"]

    older = search.search_digests("읽기 1")
    assert [one.url for one in older.passages] == ["/papers/2026-05-21/#llm-1"]
    assert [one.url for one in older.places[item.pk]] == ["/papers/2026-05-22/#llm-1", "/news/2026-05-20/#llm-1"]
    assert [one.url for one in search.search_digests("reading", publication=news).passages] == [
        "/news/2026-05-20/#llm-1"
    ]


def test_search_looks_in_one_month(publication: Publication) -> None:
    for day in (DAY, dt.date(2026, 4, 30), dt.date(2025, 5, 1)):
        written(publication, day, build.item(f"Reading {day}"), "덜 읽기")
    search.index_due_digests()

    days = [one.digest.date for one in search.search_digests("덜", month=dt.date(2026, 5, 1)).passages]
    assert days == [DAY]
    assert len(search.search_digests("덜").passages) == 3


def test_search_has_an_item_once_that_a_report_lists_twice(publication: Publication) -> None:
    item = build.item("Reading Less")
    digest = written(publication, DAY, item, "덜 읽기")
    SectionItem.objects.create(section=digest.sections.get(), digest=digest, position=1, title=item.title, url=item.url)
    search.index_due_digests()

    assert found("reading") == ["llm-1"]


def test_search_does_not_find_the_title_that_every_issue_has(publication: Publication) -> None:
    digest = rows.draft(publication, DAY)
    Digest.objects.update(title=make_built_title(publication, DAY), opening="여는 말입니다")
    publish_draft(digest)
    search.index_due_digests()

    assert found("2026-05-22") == []
    (one,) = search.search_digests("여는").passages
    assert (one.url, one.headline) == ("/papers/2026-05-22/", Digest.objects.get().headlines[0]["headline"])


def publish_draft(digest: Digest) -> None:
    approve_digest(digest)
    audience.open_mailings()
    Mailing.objects.update(planned_at=timezone.now())


def test_index_gives_issues_of_before_their_headlines(publication: Publication) -> None:
    imported(publication, DAY, TEXTS)
    search.index_due_digests()

    assert [one["headline"] for one in Digest.objects.get().headlines] == [
        "Paper of llm",
        "Paper of vision",
        "Paper of audio",
    ]


def test_documents_of_an_earlier_form_are_found_until_they_are_replaced(publication: Publication) -> None:
    imported(publication, DAY, TEXTS)
    search.index_due_digests()
    SearchDocument.objects.filter(item__isnull=False).delete()
    SearchDocument.objects.update(edition="of before", headline="")

    assert found("추론") == ["llm"]
    assert search.index_due_digests() == 1
    assert found("paper") == ["llm-1", "vision-1", "audio-1"]


def test_search_turns_its_pages(publication: Publication) -> None:
    for n in range(search.RESULTS_PER_PAGE + 1):
        imported(publication, DAY - dt.timedelta(days=n), TEXTS[:1])
    search.index_due_digests()

    first, second = search.search_digests("추론"), search.search_digests("추론", page=2)

    assert (len(first.passages), first.more) == (search.RESULTS_PER_PAGE, True)
    assert (len(second.passages), second.more) == (1, False)
    assert [search.search_digests("추론", page=n).passages for n in (0, -1, 10**9)] == [[], [], []]


def test_index_is_made_once_and_again_after_a_change(publication: Publication) -> None:
    digest = imported(publication, DAY, TEXTS)
    assert [search.index_due_digests(), search.index_due_digests()] == [1, 0]

    digest.sections.filter(position=0).update(text="새로운 글")
    digest.revisions.create(what="text")
    assert [search.index_due_digests(), search.index_due_digests()] == [1, 0]
    assert (found("추론"), found("새로운")) == ([], ["llm"])
    assert SearchDocument.objects.count() == 7


def test_index_of_a_digest_without_sections_is_made_once(publication: Publication) -> None:
    build.digest(publication, imported=True)

    assert [search.index_due_digests(), search.index_due_digests()] == [1, 0]


@pytest.mark.parametrize("count", [1, 3])
def test_search_asks_three_queries(
    publication: Publication, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for n in range(count):
        imported(publication, DAY - dt.timedelta(days=n), TEXTS)
    search.index_due_digests()

    with django_assert_num_queries(3):
        results = search.search_digests("paper")
        shown = [(one.url, one.item and one.item.language, one.digest.shown_title) for one in results.passages]
        assert shown[0] == ("/papers/2026-05-22/#llm-1", "en", "호 2026-05-22")


def test_search_finds_by_the_index_of_the_words(publication):
    imported(publication, DAY, TEXTS)
    search.index_due_digests()
    with CaptureQueriesContext(connection) as captured, connection.cursor() as cursor:
        search.search_digests("모델")
        if connection.vendor == "postgresql":
            # The function's own plan: EXPLAIN of a call does not show it.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN SELECT id FROM newsletter_searchdocument WHERE vector @@ '''모델'''::tsquery")
        else:
            cursor.execute("EXPLAIN QUERY PLAN " + captured[0]["sql"])
        plan = str(cursor.fetchall())

    by_index = {
        "postgresql": ("newsletter_find(", "on newsletter_searchdocument_found"),
        "sqlite": ("MATCH", "SCAN newsletter_found"),
    }
    statement, way = by_index[connection.vendor]
    assert (statement in captured[0]["sql"], way in plan) == (True, True)
