"""The preview shows the email itself: its fragments, for the categories of the query string."""

import datetime as dt
import re

import pytest
from django.test import Client

from digests.models import Publication, Section, SectionItem
from digests.text.localization import format_short_date
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
    assert hosts == {"#", "http://localhost:8000", "https://example.org", "/papers/?category=llm"}


def test_preview_tells_subject_and_length(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)

    response = client.get("/papers/preview/?category=llm", headers={"Accept-Language": "en"})

    subject = joining.join_fragments(joining.load_mailing_fragments(Mailing.objects.get()), 1).subject
    assert page.texts(response.content, ".di-bar") == [f"{subject}1 category · 1 min read Choose categories"]
    assert page.values(response.content, ".di-bar a", "href") == ["/papers/?category=llm"]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_preview_tells_the_same_length_as_the_email(client: Client, publication: Publication, language: str) -> None:
    rows.sent(publication, DAY)
    head = Fragment.objects.get(kind="head")
    Fragment.objects.filter(pk=head.pk).update(text="두 어절 " * 430 + head.text)

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


def test_preview_runs_nothing_and_stands_in_no_other_page(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)

    response = client.get("/papers/preview/?category=llm")

    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["frame-ancestors"], policy.get("script-src")) == ("'none'", "'none'", None)
    assert response["X-Frame-Options"] == "DENY"


def test_preview_of_what_is_not_open_is_not_found(client: Client) -> None:
    build.publication("closed", enabled=False)

    assert page.status_and_heading(client.get("/closed/preview/")) == page.NOT_FOUND


def headlines(client: Client, address: str) -> list[str]:
    return page.texts(client.get(address, headers={"Accept-Language": "en"}).content, "#preview li")


def test_publication_shows_the_first_headlines_of_the_newest_email_for_the_choice(
    client: Client, publication: Publication
) -> None:
    digest = rows.draft(publication, DAY)
    llm, vision = digest.sections.all()
    for n in range(3):
        item = build.item(f"Agents of kind {n}")
        SectionItem.objects.create(
            section=llm, digest=digest, item=item, position=n + 1, title=item.title, url=item.url
        )
    map_url = vision.items.get().url
    vision.text = f"### 핵심 내용\n\n1. **[한 장으로 보는 지도]({map_url})** 지도를 그립니다."
    vision.save()
    rows.send(build.approve_unchecked(digest))

    first, *others = headlines(client, "/papers/?category=llm&category=vision")
    assert (first, len(others)) == ("한 장으로 보는 지도 🧩 지도를 그립니다.", 2)
    assert headlines(client, "/papers/?category=vision") == [first]
    content = client.get("/papers/?category=llm&category=vision", headers={"Accept-Language": "en"}).content
    assert page.texts(content, "#preview > p")[0] == "5 items · 1 min read"
    assert page.values(content, "#preview a", "href") == ["/papers/preview/?category=llm&category=vision"]


def test_publication_shows_no_headline_of_what_nobody_approved(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)
    Section.objects.filter(category__slug="llm").update(text="nobody approved this")

    assert headlines(client, "/papers/?category=llm") == []


def test_publication_shows_what_was_approved_while_rows_change(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)
    before = headlines(client, "/papers/?category=llm")
    Section.objects.filter(category__slug="llm").update(text="nobody approved this")

    assert (len(before), headlines(client, "/papers/?category=llm")) == (1, before)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?category=", "Select categories to see what you would have got."),
        (
            "?category=audio",
            "This issue has nothing in the categories you selected. On days like this, we don’t send an email.",
        ),
    ],
)
def test_publication_says_why_there_are_no_headlines(
    client: Client, publication: Publication, query: str, said: str
) -> None:
    rows.sent(publication, DAY)

    content = client.get(f"/papers/{query}", headers={"Accept-Language": "en"}).content

    assert page.texts(content, "#preview p") == [said]


@pytest.mark.parametrize(
    ("days", "title"), [(0, "What you would have got today"), (1, "What you would have got on {}")]
)
def test_publication_dates_the_email_that_it_previews(
    client: Client, publication: Publication, days: int, title: str
) -> None:
    day = publication.today() - dt.timedelta(days=days)
    rows.sent(publication, day)

    content = client.get("/papers/", headers={"Accept-Language": "en"}).content

    assert page.texts(content, "#preview h2") == [title.format(format_short_date(day, "en"))]


@pytest.mark.parametrize(
    ("imported", "said"), [(True, "Latest issue: Friday, May 22, 2026"), (False, "First issue coming soon")]
)
def test_publication_without_an_email_has_its_newest_issue(
    client: Client, publication: Publication, imported: bool, said: str
) -> None:
    build.section(build.digest(publication, date=DAY, imported=imported), publication.categories.get(slug="llm"))

    content = client.get("/papers/", headers={"Accept-Language": "en"}).content

    assert page.texts(content, "#preview p") == [said]


@pytest.mark.parametrize(
    ("origins", "said"),
    [
        (["model", "model"], "Summaries are compared with the sources."),
        (["model", "extracted"], "Summaries are compared with the sources."),
        (["extracted", "extracted"], "Every sentence is taken from the sources as it is."),
        (["imported", "extracted"], ""),
    ],
)
def test_publication_says_of_its_texts_only_what_their_rows_say(
    client: Client, publication: Publication, origins: list[str], said: str
) -> None:
    digest = rows.draft(publication, DAY)
    for section, origin in zip(digest.sections.all(), origins, strict=True):
        Section.objects.filter(pk=section.pk).update(origin=origin)
    rows.send(build.approve_unchecked(digest))

    content = client.get("/papers/?category=llm&category=vision", headers={"Accept-Language": "en"}).content

    begin = "Sent on weekdays at 8 am (Seoul time). About 1 minute to read. "
    assert page.texts(content, "#line") == [(begin + said).strip()]
