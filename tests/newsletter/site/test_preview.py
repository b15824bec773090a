"""The preview shows the email itself: its fragments, for the categories of the query string."""

import datetime as dt
import re

import pytest
from django.test import Client

from digests.models import Publication
from newsletter.emails import joining
from newsletter.emails.markers import make_marker
from newsletter.models import Fragment, Mailing
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)


@pytest.fixture
def publication() -> Publication:
    return rows.publication()


def test_preview_joins_the_fragments_of_the_chosen_categories(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)

    content = client.get("/papers/preview/?category=vision&category=nonsense").content.decode()

    # up to the link that leaves a category: it is a reader's own
    mark = make_marker(joining.load_mailing_fragments(Mailing.objects.get()).nonce, "leave")
    pieces = Fragment.objects.filter(kind="section").values_list("html", flat=True)
    assert [html.partition(mark)[0] in content for html in pieces] == [False, True]


def test_preview_has_no_marker_and_no_readers_link(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)

    content = client.get("/papers/preview/?category=llm").content

    assert content.decode().count(joining.load_mailing_fragments(Mailing.objects.get()).nonce) == 0
    hosts = {"/".join(link.split("/")[:3]) for link in page.values(content, "a", "href")}
    assert hosts == {"#", "http://localhost:8000", "https://example.org"}


def test_preview_tells_subject_and_length(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)

    response = client.get("/papers/preview/?category=llm", headers={"Accept-Language": "en"})

    assert page.texts(response.content, ".di-bar") == ["Issue of 2026-05-221 category · 1 min read"]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("여섯 글자입니다. " * 200, 4),  # 1,400 letters of Hangul at 400 a minute, and what stands between them
        ("Six letters in a word or so. " * 165, 4),  # 4,800 of Latin at 1,200
        ("여섯 글자입니다. " * 100 + "Six letters in a word or so. " * 83, 4),
        ("See https://example.org/" + "x" * 5000, 0),  # nobody reads an address
    ],
)
def test_preview_tells_the_same_length_on_a_page_in_any_language(
    client: Client, publication: Publication, language: str, text: str, minutes: int
) -> None:
    rows.sent(publication, DAY)
    Fragment.objects.filter(kind="section", section__category__slug="llm").update(text=text)

    response = client.get("/papers/preview/?category=llm", headers={"Accept-Language": language})

    (said,) = page.texts(response.content, ".di-bar")
    assert re.findall(r"약 (\d+)분|· (\d+) min read", said) == [
        (str(max(1, minutes)), "") if language == "ko" else ("", str(max(1, minutes)))
    ]


@pytest.mark.parametrize("query", ["", "?category=audio", "?category=nonsense"])
def test_preview_without_content_says_that_nothing_would_come(
    client: Client, publication: Publication, query: str
) -> None:
    rows.sent(publication, DAY)

    response = client.get(f"/papers/preview/{query}", headers={"Accept-Language": "en"})

    assert page.texts(response.content, ".di-none") == [
        "This issue has nothing in the categories you selected. On days like this, we don’t send an email."
    ]


def test_preview_runs_nothing_and_stands_in_our_own_pages_only(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)

    response = client.get("/papers/preview/?category=llm")

    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["frame-ancestors"], policy.get("script-src")) == ("'none'", "'self'", None)
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_preview_of_what_is_not_open_is_not_found(client: Client) -> None:
    build.publication("closed", enabled=False)

    assert page.status_and_heading(client.get("/closed/preview/")) == page.NOT_FOUND
