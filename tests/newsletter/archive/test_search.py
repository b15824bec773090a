"""Search: the same documents on SQLite and PostgreSQL, public ones only, whatever is typed."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from digests.models import Digest, Publication, Section
from newsletter.archive import search
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


def found(query: str) -> list[int]:
    """Return the positions of the sections that a query finds."""
    return [one.position for one in search.search_digests(query).passages]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("모델", [0, 2]),
        ("언어모델", [0]),
        ("모델은", [0]),
        ("모", [0, 2]),
        ("추론 gpt", [0]),
        ("gpt-4o", [0]),
        ("GPT4o", []),
        ("robot", [1]),
        ("ROBOTS", [1]),
        ("obots", []),
        ("a", [1]),
        ("c", [2]),
        ("3.5", [2]),
        ("paper", [0, 1, 2]),
        ("paper audio", [2]),
        ("호", [search.HEAD_POSITION]),
        ("2026-05-22", [search.HEAD_POSITION]),
        ("없는말", []),
    ],
)
def test_search_finds_sections_that_hold_every_word(publication: Publication, query: str, expected: list[int]) -> None:
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
    assert found("분야의") == [0, 1]

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

    assert (found("secret"), found("분야의")) == ([], [0, 1])


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
    assert (found("추론"), found("새로운")) == ([], [0])
    assert SearchDocument.objects.count() == 4


def test_index_of_a_digest_without_sections_is_made_once(publication: Publication) -> None:
    build.digest(publication, imported=True)

    assert [search.index_due_digests(), search.index_due_digests()] == [1, 0]


@pytest.mark.parametrize("count", [1, 3])
def test_search_asks_two_queries(
    publication: Publication, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for n in range(count):
        imported(publication, DAY - dt.timedelta(days=n), TEXTS)
    search.index_due_digests()

    with django_assert_num_queries(2):
        passages = search.search_digests("paper").passages
        assert [(one.digest.publication.slug, one.section and one.section.category.slug) for one in passages][-1] == (
            "papers",
            "audio",
        )


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
