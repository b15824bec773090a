"""The preview shows the email itself: its fragments, for the categories of the query string."""

import datetime as dt
import re

import pytest
from django.test import Client

from digests.models import Publication
from newsletter.emails import joining
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

    joined = joining.join_fragments(joining.load_mailing_fragments(Mailing.objects.get()), 0b10)
    assert page.texts(content.encode(), "h2") == page.texts(joined.html.encode(), "h2")
    assert len(page.texts(content.encode(), "h2")) == 1


def test_preview_has_no_marker_and_no_readers_link(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)

    content = client.get("/papers/preview/?category=llm").content

    assert content.decode().count(joining.load_mailing_fragments(Mailing.objects.get()).nonce) == 0
    hosts = {"/".join(link.split("/")[:3]) for link in page.values(content, "a", "href")}
    assert hosts == {"#", "http://localhost:8000", "https://example.org"}


def test_preview_tells_subject_and_length(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)

    response = client.get("/papers/preview/?category=llm", headers={"Accept-Language": "en"})

    subject = joining.join_fragments(joining.load_mailing_fragments(Mailing.objects.get()), 1).subject
    assert page.texts(response.content, ".di-bar") == [f"{subject}1 category · 1 min read"]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_preview_tells_the_same_length_as_the_email(client: Client, publication: Publication, language: str) -> None:
    rows.sent(publication, DAY)
    head = Fragment.objects.get(kind="head")
    Fragment.objects.filter(pk=head.pk).update(text="여섯 글자입니다. " * 200 + head.text)

    response = client.get("/papers/preview/?category=llm", headers={"Accept-Language": language})

    (said,) = page.texts(response.content, ".di-bar")
    joined = joining.join_fragments(joining.load_mailing_fragments(Mailing.objects.get()), 1)
    assert re.findall(r"약 (\d+)분|· (\d+) min read", said) == [("4", "") if language == "ko" else ("", "4")]
    assert (joined.minutes, "· 4분" in joined.text) == (4, True)


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
