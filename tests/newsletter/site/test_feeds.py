"""Feeds, sitemap and colors: the public archive for programs."""

import datetime as dt

import feedparser
import pytest
from django.test import Client
from lxml import etree
from pytest_django import DjangoAssertNumQueries

from digests.models import Category, Digest, Publication, Section
from tests import build
from tests.newsletter.site import rows

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)


@pytest.fixture
def publication() -> Publication:
    return rows.publication()


def test_feed_brings_what_was_sent(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)
    rows.draft(publication, DAY + dt.timedelta(days=1))

    feed = feedparser.parse(client.get("/papers/feed.xml").content)

    assert (feed.bozo, feed.version, feed.feed.title, feed.feed.language) == (False, "atom10", "Papers", "ko")
    assert [(one.title, one.link) for one in feed.entries] == [
        ("Issue of 2026-05-22", "http://localhost:8000/papers/2026-05-22/")
    ]
    assert feed.entries[0].summary.count("<h2>") == 2


def test_feed_of_a_category_brings_that_alone(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)
    rows.sent(publication, DAY - dt.timedelta(days=1), ("audio",))

    feed = feedparser.parse(client.get("/papers/vision/feed.xml").content)

    assert [one.link for one in feed.entries] == ["http://localhost:8000/papers/2026-05-22/#vision"]
    assert feed.entries[0].summary == "<h2>🧩 vision 분야</h2><h3>주요 주제</h3>\n<p>vision 분야의 글입니다.</p>"


@pytest.mark.parametrize("address", ["/nonsense/feed.xml", "/papers/nonsense/feed.xml", "/closed/feed.xml"])
def test_feed_of_nothing_is_not_found(client: Client, publication: Publication, address: str) -> None:
    build.publication("closed", enabled=False)

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_feed_asks_a_fixed_number_of_queries(
    client: Client, publication: Publication, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(count):
        rows.sent(publication, DAY - dt.timedelta(days=n))

    with django_assert_num_queries(5 + 2 * count):  # two compare a digest with its approval; there are seven at most
        first = client.get("/papers/feed.xml").content
    with django_assert_num_queries(2):
        assert client.get("/papers/feed.xml").content == first


def test_feed_does_not_show_what_was_changed_after_its_approval(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)
    rows.sent(publication, DAY - dt.timedelta(days=1))
    Section.objects.filter(digest__date=DAY).update(text="nobody approved this")

    feed = feedparser.parse(client.get("/papers/feed.xml").content)

    assert [one.title for one in feed.entries] == ["Issue of 2026-05-21"]


def test_feed_shows_a_new_digest_at_once(client: Client, publication: Publication) -> None:
    counts = []
    for n in range(2):
        rows.sent(publication, DAY + dt.timedelta(days=n))
        counts.append(len(feedparser.parse(client.get("/papers/feed.xml").content).entries))

    assert counts == [1, 2]


def test_feed_survives_text_that_xml_refuses(client: Client, publication: Publication) -> None:
    digest = build.digest(publication, imported=True, title="a\x0bb & <c>")
    build.section(digest, publication.categories.get(slug="llm"), text="xy\x1f ]]> <script>", heading="h\x08")

    feed = feedparser.parse(client.get("/papers/feed.xml").content)

    assert (feed.bozo, feed.entries[0].title) == (False, "ab & <c>")


def test_sitemap_lists_public_pages_only(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)
    rows.draft(publication, DAY + dt.timedelta(days=1))

    tree = etree.fromstring(client.get("/sitemap.xml").content)

    assert [one.text for one in tree.iter("{*}loc")] == [
        f"http://localhost:8000{path}"
        for path in ("/", "/about/", "/privacy/", "/papers/", "/papers/archive/", "/papers/2026-05-22/")
    ]


def test_robots_stay_off_personal_links(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()

    assert lines[1:6] == ["Disallow: /m/", "Disallow: /u/", "Disallow: /c/", "Disallow: /o/", "Disallow: /a/"]
    assert lines[-1] == "Sitemap: http://localhost:8000/sitemap.xml"


def test_colors_are_classes_and_nothing_else(client: Client, publication: Publication) -> None:
    Category.objects.filter(slug="audio").update(color="red}*{")

    response = client.get("/colors.css")

    assert (response["Content-Type"], response.content) == (
        "text/css",
        b".c-llm{--c:#2563eb}\n.c-vision{--c:#0891b2}\n",
    )


def test_chart_is_the_picture_that_was_approved(client: Client, publication: Publication) -> None:
    digest = build.digest(publication, imported=True, chart=b"\x89PNG")
    response = client.get("/papers/2026-05-22/chart.png")
    assert (response["Content-Type"], response.content) == ("image/png", b"\x89PNG")

    Digest.objects.filter(pk=digest.pk).update(chart=b"")
    assert client.get("/papers/2026-05-22/chart.png").status_code == 404
