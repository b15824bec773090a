"""The page of feedback: a GET counts nothing, a button counts once, and each answer is thanked for alike."""

import datetime as dt

import pytest
from django.test import Client

from digests.models import Category
from newsletter.models import IssueFeedback
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db

ADDRESS = "/papers/2026-05-22/feedback/"
THANKS = (200, "의견을 보내 주셔서 고맙습니다.")


@pytest.fixture(autouse=True)
def _issue() -> None:
    rows.sent(rows.publication(), dt.date(2026, 5, 22))


def _answers() -> list[tuple[str, str | None]]:
    return list(IssueFeedback.objects.order_by("pk").values_list("answer", "section__category__slug"))


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_link_chooses_and_counts_nothing(client: Client, method: str) -> None:
    response = getattr(client, method)(f"{ADDRESS}?answer=no&section=vision")

    assert (response.status_code, response["Cache-Control"], _answers()) == (200, "no-store", [])


def test_the_page_asks_about_the_issue_and_its_sections(client: Client) -> None:
    content = client.get(f"{ADDRESS}?answer=no&section=vision", headers={"Accept-Language": "en"}).content

    assert page.texts(content, "h1") == ["Was this issue helpful?"]
    assert page.texts(content, "option") == ["The whole issue", "🧩 llm 분야", "🧩 vision 분야"]
    assert page.values(content, "option[selected]") == ["vision"]
    assert page.texts(content, ".answers .button") == ["No"]
    assert page.texts(content, ".answers button") == ["Yes", "No"]


def test_an_issue_of_one_section_asks_for_none(client: Client) -> None:
    rows.sent(build.publication("one", categories=[Category.objects.get(slug="llm")]), dt.date(2026, 5, 21), ("llm",))

    assert page.texts(client.get("/one/2026-05-21/feedback/").content, "select") == []


def test_a_button_counts_once_and_says_thanks_each_time(client: Client) -> None:
    first = client.post(ADDRESS, {"answer": "no", "section": "vision"})
    again = client.post(ADDRESS, {"answer": "yes", "section": "llm"})

    assert page.status_and_heading(first) == page.status_and_heading(again) == THANKS
    assert first.content == again.content
    assert _answers() == [("no", "vision")]


@pytest.mark.parametrize("section", ["", "nonsense", "audio", "\x00"])
def test_an_unknown_section_counts_for_the_issue(client: Client, section: str) -> None:
    client.post(ADDRESS, {"answer": "yes", "section": section})

    assert _answers() == [("yes", None)]


@pytest.mark.parametrize("answer", ["", "maybe", "YES"])
def test_no_answer_is_asked_for_again(client: Client, answer: str) -> None:
    response = client.post(ADDRESS, {"answer": answer, "section": "vision"}, headers={"Accept-Language": "en"})

    assert (response.status_code, page.texts(response.content, ".error")) == (400, ["Select Yes or No."])
    assert page.values(response.content, "option[selected]") == ["vision"]
    assert _answers() == []


def test_a_trap_is_thanked_and_not_counted(client: Client) -> None:
    response = client.post(ADDRESS, {"answer": "yes", "website": "http://spam.test/"})

    assert (page.status_and_heading(response), _answers()) == (THANKS, [])


@pytest.mark.parametrize("address", ["/papers/2026-05-23/feedback/", "/none/2026-05-22/feedback/"])
def test_an_issue_that_is_not_public_takes_no_answer(client: Client, address: str) -> None:
    rows.draft(build.publication("draft"), dt.date(2026, 5, 23), ())

    assert page.status_and_heading(client.post(address, {"answer": "yes"})) == page.NOT_FOUND
    assert page.status_and_heading(client.get("/draft/2026-05-23/feedback/")) == page.NOT_FOUND


def test_the_issue_leads_to_its_feedback(client: Client) -> None:
    assert page.values(client.get("/papers/2026-05-22/").content, ".issue-end a", "href") == [ADDRESS]
