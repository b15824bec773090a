"""The search page: hits with marks and the way to them, whatever was typed."""

import datetime as dt

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digests.models import Publication
from newsletter.archive import search
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)


@pytest.fixture
def publication() -> Publication:
    made = rows.publication()
    for n in range(search.RESULTS_PER_PAGE + 1):
        digest = build.digest(made, date=DAY - dt.timedelta(days=n), imported=True, title="Papers")
        text = f"언어 모델은 {n}번째로 <b>추론</b>합니다."
        build.section(digest, made.categories.get(slug="llm"), text=text, items=[])
    search.index_due_digests()
    return made


def get(client: Client, query: str) -> bytes:
    response = client.get(f"/search/{query}", headers={"Accept-Language": "en"})
    assert response.status_code == 200
    return response.content


def test_search_page_marks_what_was_asked_for_and_leads_there(client: Client, publication: Publication) -> None:
    content = get(client, "?q=모델 0번째")

    assert page.values(content, ".hits h2 a", "href")[0] == "/papers/2026-05-22/#llm"
    assert page.texts(content, ".hits li:first-child mark") == ["모델", "0번째"]
    assert page.texts(content, ".hits li:first-child p:not(.quiet)") == ["언어 모델은 0번째로 <b>추론</b>합니다."]
    assert page.values(content, 'meta[name="robots"]', "content") == ["noindex"]


def test_search_page_shows_hostile_words_as_text(client: Client, publication: Publication) -> None:
    content = get(client, '?q="><script>alert(1)</script>')

    assert page.texts(content, "script") == []
    assert page.values(content, "input[name=q]") == ['"><script>alert(1)</script>']
    assert page.texts(content, ".empty") == [
        'No results for “"><script>alert(1)</script>”. Try fewer or different words.'
    ]


def test_search_page_turns(client: Client, publication: Publication) -> None:
    assert page.values(get(client, "?q=추론&publication=papers"), ".turn a", "href") == [
        "?q=%EC%B6%94%EB%A1%A0&publication=papers&page=2"
    ]
    second = get(client, "?q=추론&publication=papers&page=2")
    assert len(page.texts(second, ".hits li")) == 1
    assert page.texts(second, ".turn a") == ["Newer results →"]


@pytest.mark.parametrize(
    "query",
    ["", "?q=", "?q=%00", "?q=%ff%fe", "?q=모델&page=-1", "?q=모델&page=x", "?q=a&publication=%00", "?q=%F0%9F"],
)
def test_search_page_survives_nonsense(client: Client, publication: Publication, query: str) -> None:
    assert page.texts(get(client, query)) == ["Search"]


def test_search_page_offers_a_choice_of_publications(client: Client, publication: Publication) -> None:
    rows.publication("news")

    content = get(client, "?q=추론&publication=news")

    assert page.values(content, "select option[selected]") == ["news"]
    assert page.texts(content, ".hits li") == []


def test_archive_has_the_search_of_its_publication(client: Client, publication: Publication) -> None:
    content = client.get("/papers/archive/").content

    assert page.values(content, "form.find", "action") == ["/search/"]
    assert page.values(content, "form.find [name=publication]") == ["papers"]


@pytest.mark.parametrize(("query", "queries"), [("", 2), ("?q=없음", 3), ("?q=0번째", 4), ("?q=추론", 4)])
def test_search_page_asks_a_fixed_number_of_queries(
    client: Client,
    publication: Publication,
    django_assert_num_queries: DjangoAssertNumQueries,
    query: str,
    queries: int,
) -> None:
    with django_assert_num_queries(queries):
        get(client, query)


def test_search_page_shows_a_paper_with_its_title_and_its_other_places(client: Client) -> None:
    papers, item = rows.publication(), build.item("Reading Less", language="en")
    for n in range(6):
        digest = build.digest(papers, date=DAY - dt.timedelta(days=n), imported=True, title="Papers")
        text = f"### 핵심 내용\n\n1. **[덜 읽기]({item.url})** — 적게 읽는 모델입니다."
        build.section(digest, papers.categories.get(slug="llm"), text=text, items=[item], origin="model")
    search.index_due_digests()

    content = get(client, "?q=read 읽기")

    assert page.texts(content, ".hits h2") == ["덜 읽기"]
    assert page.values(content, ".hits a", "href") == [f"/papers/2026-05-{day}/#llm-1" for day in (22, 21, 20, 19)]
    assert page.values(content, ".hits h2, .hits p", "lang") == ["ko", "en", "ko", "", ""]
    assert page.texts(content, ".hits mark") == ["읽기", "Reading"]
    assert page.texts(content, ".hits .places") == [
        "Also in: Papers 2026-05-21, Papers 2026-05-20, Papers 2026-05-19, 2 more issues"
    ]


def test_search_page_looks_in_one_month(client: Client, publication: Publication) -> None:
    build.section(
        build.digest(publication, date=dt.date(2026, 4, 1), imported=True),
        publication.categories.get(slug="llm"),
        text="추론하는 로봇",
    )
    search.index_due_digests()

    assert page.values(get(client, ""), "select[name=month] option", "value") == ["", "2026-05", "2026-04"]
    content = get(client, "?q=추론&month=2026-04")
    assert page.values(content, ".hits h2 a", "href") == ["/papers/2026-04-01/#llm"]
    assert page.values(content, "select[name=month] option[selected]", "value") == ["2026-04"]
    assert len(page.texts(get(client, "?q=추론&month=2026-13"), ".hits li")) == search.RESULTS_PER_PAGE
    assert page.values(get(client, "?q=추론&month=2026-05"), ".turn a", "href") == [
        "?q=%EC%B6%94%EB%A1%A0&month=2026-05&page=2"
    ]
