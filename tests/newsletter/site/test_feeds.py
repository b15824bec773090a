"""Feeds, sitemap and colors: the public archive for programs."""

import datetime as dt
import json
from pathlib import Path

import feedparser
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from lxml import etree
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Category, Digest, Publication, Section
from digests.review.approve import approve_digest
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)
SCHEMA = Path(__file__).parents[2] / "data/atom.rng"  # the grammar of RFC 4287, section by section


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
    assert feed.entries[0].content[0].value.count("<h2>") == 2


@pytest.mark.parametrize("path", ["feed.xml", "llm/feed.xml"])
def test_feed_brings_the_newest_however_many_there_are(client: Client, publication: Publication, path: str) -> None:
    days = [DAY + dt.timedelta(days=n) for n in (4, 0, 8, 1, 3, 2, 5, 7, 6)]
    for day in days:
        rows.sent(publication, day)

    feed = feedparser.parse(client.get(f"/papers/{path}").content)

    assert [one.title for one in feed.entries] == [f"Issue of {day}" for day in sorted(days, reverse=True)[:7]]


def test_feed_is_atom_as_rfc_4287_defines_it(client: Client, publication: Publication) -> None:
    for n in range(2):
        rows.sent(publication, DAY + dt.timedelta(days=n))
    Digest.objects.update(title="논문 & <소식>", imported=True)  # the archive's issues all have one title
    build.publication("empty")
    schema = etree.RelaxNG(etree.parse(SCHEMA))

    identities: list[str] = []
    for path in ("papers/feed.xml", "papers/llm/feed.xml", "papers/vision/feed.xml", "empty/feed.xml"):
        content = client.get(f"/{path}").content
        assert schema.validate(etree.fromstring(content)), schema.error_log
        feed = feedparser.parse(content)
        identities += [feed.feed.id, *(one.id for one in feed.entries)]
        assert feed.feed.author == feed.feed.title.partition(":")[0]
        assert [link.href for link in feed.feed.links if link.rel == "self"] == [f"http://localhost:8000/{path}"]
        assert len({one.title for one in feed.entries}) == len(feed.entries) == (0 if "empty" in path else 2)
        assert [one.content[0].type for one in feed.entries] == ["text/html"] * len(feed.entries)
        assert all(one.updated <= feed.feed.updated for one in feed.entries)
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<author><name>Papers</name></author>", b""),
        (b"</id>", b"</id><id>urn:two</id>"),
        (b"+00:00</updated>", b"</updated>"),
        (b'type="html"', b'type="markup"'),
        (b"<title>", b"<name>x</name><title>"),
    ],
)
def test_schema_of_atom_refuses_what_the_rfc_refuses(
    client: Client, publication: Publication, old: bytes, new: bytes
) -> None:
    rows.sent(publication, DAY)
    content = client.get("/papers/feed.xml").content
    assert content.count(old) > 0

    assert not etree.RelaxNG(etree.parse(SCHEMA)).validate(etree.fromstring(content.replace(old, new)))


def test_feed_of_a_category_brings_that_alone(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)
    rows.sent(publication, DAY - dt.timedelta(days=1), ("audio",))

    feed = feedparser.parse(client.get("/papers/vision/feed.xml").content)

    assert [one.link for one in feed.entries] == ["http://localhost:8000/papers/2026-05-22/#vision"]
    text, _between, provenance = feed.entries[0].content[0].value.partition("<p><small>")
    assert text == "<h2>🧩 vision 분야</h2><h3>주요 주제</h3>\n<p>vision 분야의 글입니다.</p>"
    assert feed.entries[0].rights.startswith(provenance.removesuffix("</small></p>"))


@pytest.mark.parametrize("address", ["/nonsense/feed.xml", "/papers/nonsense/feed.xml", "/closed/feed.xml"])
def test_feed_of_nothing_is_not_found(client: Client, publication: Publication, address: str) -> None:
    build.publication("closed", enabled=False)

    assert page.status_and_heading(client.get(address)) == page.NOT_FOUND


@pytest.mark.parametrize("count", [1, 3])
def test_feed_asks_a_fixed_number_of_queries(
    client: Client, publication: Publication, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(count):
        rows.sent(publication, DAY - dt.timedelta(days=n))

    with django_assert_num_queries(6 + 2 * count):  # two compare a digest with its approval; there are seven at most
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

    assert (feed.bozo, feed.entries[0].title) == (False, "ab & <c> (2026-05-22)")


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
    assert page.status_and_heading(client.get("/papers/2026-05-22/chart.png")) == page.NOT_FOUND


def test_manifest_names_the_site_and_icons_that_are_there(client: Client, settings: Settings) -> None:
    settings.SITE_NAME = "데일리"
    home = client.get("/").content

    response = client.get(page.values(home, "link[rel=manifest]", "href")[0])

    manifest = json.loads(response.content)
    assert (response["Content-Type"], manifest["name"], manifest["start_url"]) == (
        "application/manifest+json",
        "데일리",
        "/",
    )
    linked = page.values(home, "link[rel=icon], link[rel=apple-touch-icon]", "href")
    named = {one.removeprefix("/static/") for one in [*linked, *(icon["src"] for icon in manifest["icons"])]}
    assert {Path(one).name for one in named} == {
        f"icon{kind}" for kind in ("-32.png", "-180.png", "-192.png", "-512.png", ".svg")
    }
    assert [one for one in named if not finders.find(one)] == []


def test_feed_of_a_category_has_an_issue_in_which_another_category_was_left_out(
    client: Client, publication: Publication
) -> None:
    digest = rows.draft(publication, DAY)
    digest.sections.filter(category__slug="vision").update(text="")
    rows.send(approve_digest(digest))

    counts = {
        one: len(feedparser.parse(client.get(f"/papers/{one}/feed.xml").content).entries) for one in ("llm", "vision")
    }
    assert counts == {"llm": 1, "vision": 0}
