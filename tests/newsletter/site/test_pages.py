"""Public pages: only what was sent or imported, kept by browsers, and with a fixed number of queries."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Category, Digest, Publication, Section, SectionItem
from digests.models.digests import make_built_title
from digests.quality.section_outline import list_headlines
from newsletter.archive import queries
from newsletter.delivery import audience
from newsletter.models import Mailing
from newsletter.subscribers import consent
from newsletter.subscribers.links import make_manage_url, make_unsubscribe_url
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)


@pytest.fixture
def publication() -> Publication:
    return rows.publication()


def status(client: Client, address: str) -> int:
    return client.get(address).status_code


def texts(client: Client, address: str, selector: str) -> list[str]:
    """Return the texts of the elements of a page that a selector finds."""
    return page.texts(client.get(address, headers={"Accept-Language": "en"}).content, selector)


def test_digest_shows_its_sections_with_anchors_and_sources(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)

    assert texts(client, "/papers/2026-05-22/", "h1") == ["Issue of 2026-05-22"]
    assert texts(client, "/papers/2026-05-22/", "section.section .prose > p") == [
        "llm 분야의 글입니다.",
        "vision 분야의 글입니다.",
    ]
    content = client.get("/papers/2026-05-22/").content
    assert page.values(content, "section.section", "id") == ["llm", "vision"]
    assert page.values(content, "ul.sources li > a:first-child", "href") == list(
        Section.objects.values_list("items__url", flat=True)
    )


def test_digest_shows_a_title_that_was_stored_as_typed_as_it_reads(client: Client, publication: Publication) -> None:
    SectionItem.objects.filter(digest=rows.sent(publication, DAY)).update(title=r"$\tau^2$-Bench &amp; more")
    Digest.objects.update(imported=True)  # a report of the archive holds titles as they were printed

    assert texts(client, "/papers/2026-05-22/", "ul.sources li > a:first-child") == ["τ²-Bench & more"] * 2


def test_digest_is_hidden_until_it_is_sent(client: Client, publication: Publication) -> None:
    digest = rows.draft(publication, DAY)
    addresses = ["/papers/2026-05-22/", "/papers/2026-05-22/chart.png"]
    Digest.objects.update(chart=b"\x89PNG", chart_alt="3")
    assert [status(client, one) for one in addresses] == [404, 404]

    digest.delete()
    rows.sent(publication, DAY)
    Digest.objects.update(chart=b"\x89PNG", chart_alt="3", imported=True)
    assert [status(client, one) for one in addresses] == [200, 200]


def test_digest_that_was_approved_but_not_planned_is_hidden(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)
    Mailing.objects.update(planned_at=None)

    assert status(client, "/papers/2026-05-22/") == 404
    assert texts(client, "/papers/archive/", "ol.issues time") == []


def test_digest_that_was_changed_after_its_approval_is_hidden(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)
    Section.objects.filter(category__slug="llm").update(text="nobody approved this")

    assert status(client, "/papers/2026-05-22/") == 404


def test_digest_of_the_archive_is_shown(client: Client, publication: Publication) -> None:
    digest = build.digest(publication, date=DAY, imported=True, title="Papers of old")
    build.section(digest, publication.categories.get(slug="llm"))

    assert texts(client, "/papers/2026-05-22/", "h1") == ["Papers of old"]


def test_digest_shows_hostile_text_as_text(client: Client, publication: Publication) -> None:
    digest = build.digest(publication, date=DAY, imported=True, title="<script>alert(1)</script>")
    text = "<img src=x onerror=alert(1)> [click](javascript:alert(1)) [bank](https://evil.test/)"
    section = build.section(digest, publication.categories.get(slug="llm"), text=text, heading="<b>bold</b>")
    section.items.update(title='"><script>alert(2)</script>')

    content = client.get("/papers/2026-05-22/").content

    assert page.texts(content, "script:not([type='application/ld+json']):not([src]), img, .prose a, h2 b") == []
    assert content.count(b"</script>") == 2  # of the data, which holds the same words, and of the sharing
    assert page.texts(content, "h1") == ["<script>alert(1)</script>"]
    assert page.texts(content, "ul.sources li > a:first-child") == ['"><script>alert(2)</script>']


def titled(publication: Publication, day: dt.date, headlines: Sequence[str], **fields: Any) -> Digest:
    """Return a sent digest whose sections have one point each, and the title of a build unless another is given."""
    fields = {"title": make_built_title(publication, day)} | fields
    digest = rows.draft(publication, day, ())
    Digest.objects.filter(pk=digest.pk).update(**fields)
    for slug, headline in zip(("llm", "vision", "audio"), headlines, strict=False):
        item = build.item(f"Paper of {slug} {day}", language="en")
        text = f"### 핵심 내용\n\n1. **[{headline}]({item.url})** — 글을 다룹니다."
        build.section(digest, Category.objects.get(slug=slug), items=[item], text=text)
    digest.refresh_from_db()
    digest.headlines = list_headlines(digest)
    build.approve_unchecked(digest)
    audience.open_mailings()
    Mailing.objects.update(planned_at=timezone.now())
    return digest


def test_digest_has_its_first_headline_as_its_title(client: Client, publication: Publication) -> None:
    titled(publication, DAY, ["첫 글", "둘째 글", "셋째 글"])
    content = client.get("/papers/2026-05-22/", headers={"Accept-Language": "en"}).content

    assert page.texts(content, "h1, title") == ["첫 글", "첫 글"]
    assert page.texts(content, ".kicker") == ["Papers Friday, May 22, 2026"]
    assert page.texts(content, ".folio") == ["3 items · 3 categories"]
    assert page.texts(content, ".contents .count") == ["1", "1", "1"]
    meta = page.values(content, 'meta[property^="og:"], meta[name=description]', "content")
    assert meta[:4] == ["둘째 글 · 셋째 글", "Daily Insights", "첫 글", "둘째 글 · 셋째 글"]
    assert page.values(content, 'meta[property="og:image"]', "content") == [
        "http://localhost:8000/papers/2026-05-22/card.png"
    ]
    published = page.values(content, 'meta[property="article:published_time"]', "content")
    assert dt.datetime.fromisoformat(published[0]) == Digest.objects.get().approved_at


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"title": "추석 특집"}, "추석 특집"),
        ({"subject": "편집자의 제목"}, "편집자의 제목"),
        ({"title": "추석 특집", "subject": "편집자의 제목"}, "추석 특집"),
        ({"imported": True}, "Papers (2026-05-22)"),
    ],
)
def test_digest_keeps_the_title_that_a_person_gave_it(
    client: Client, publication: Publication, fields: dict[str, Any], title: str
) -> None:
    titled(publication, DAY, ["첫 글"], **fields)

    assert texts(client, "/papers/2026-05-22/", "h1, title") == [title, title]


def test_digest_titled_by_a_paper_names_the_language_of_the_title(client: Client, publication: Publication) -> None:
    item = build.item("Reading Less", language="en")
    digest = build.digest(publication, date=DAY, title=make_built_title(publication, DAY))
    build.section(digest, publication.categories.get(slug="llm"), items=[item], text=f"- [Reading Less]({item.url})")
    digest.headlines = list_headlines(digest)
    build.approve_unchecked(digest)
    audience.open_mailings()
    Mailing.objects.update(planned_at=timezone.now())

    assert page.values(client.get("/papers/2026-05-22/").content, "h1", "lang") == ["en"]


def test_digest_leads_to_its_neighbors_by_their_headlines(client: Client, publication: Publication) -> None:
    for n in (-1, 0, 1):
        titled(publication, DAY + dt.timedelta(days=n), [f"글 {n}"])

    assert texts(client, "/papers/2026-05-22/", ".turn a") == [
        "← Previous issue · Thursday, May 21, 2026 글 -1",
        "Next issue · Saturday, May 23, 2026 → 글 1",
    ]
    assert texts(client, "/papers/2026-05-21/", ".turn a") == ["Next issue · Friday, May 22, 2026 → 글 0"]


def test_card_is_a_picture_of_public_digests_alone(client: Client, publication: Publication) -> None:
    digest = titled(publication, DAY, ["첫 글", "둘째 글"])
    response = client.get("/papers/2026-05-22/card.png")
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(response.content)).size == (1200, 630)
    assert client.get("/papers/2026-05-22/card.png").content == response.content

    Digest.objects.filter(pk=digest.pk).update(subject="nobody approved this")
    assert status(client, "/papers/2026-05-22/card.png") == 404
    rows.draft(publication, DAY - dt.timedelta(days=1))
    assert status(client, "/papers/2026-05-21/card.png") == 404


def test_archive_lists_issues_by_month_with_headline_and_counts(client: Client, publication: Publication) -> None:
    titled(publication, DAY, ["첫 글", "둘째 글"])
    titled(publication, dt.date(2026, 5, 1), ["오월의 글"])
    old = build.digest(publication, date=dt.date(2026, 4, 30), imported=True, title="Papers of old")
    build.section(old, publication.categories.get(slug="llm"), items=[build.item(), build.item()])
    build.section(old, publication.categories.get(slug="audio"), text="")
    build.digest(publication, date=dt.date(2026, 4, 1), imported=True, title="Empty")

    assert texts(client, "/papers/archive/", "h2") == ["May 2026", "April 2026"]
    assert texts(client, "/papers/archive/", ".issues a") == ["첫 글", "오월의 글", "Papers of old", "Empty"]
    assert texts(client, "/papers/archive/", ".issues p") == [
        "Friday, May 22, 2026 · 2 items · 2 categories",
        "Friday, May 1, 2026 · 1 item · 1 category",
        "Thursday, April 30, 2026 · 2 items · 1 category",
        "Wednesday, April 1, 2026 · 0 items · 0 categories",
    ]


@pytest.mark.parametrize("date", ["2026-02-30", "9999-99-99", "2026-05-23", "0000-00-00"])
def test_digest_of_a_day_without_one_is_not_found(client: Client, publication: Publication, date: str) -> None:
    rows.sent(publication, DAY)

    assert status(client, f"/papers/{date}/") == 404


@pytest.mark.parametrize(("slugs", "charts"), [(("llm",), 0), (("llm", "vision"), 1)])
def test_digest_of_one_section_has_no_chart(
    client: Client, publication: Publication, slugs: tuple[str, ...], charts: int
) -> None:
    rows.sent(publication, DAY, slugs)
    Digest.objects.update(chart=b"\x89PNG", chart_alt="llm 3", imported=True)

    assert len(texts(client, "/papers/2026-05-22/", "figure.figures figcaption")) == charts


def test_pages_of_a_subscription_call_the_newsletter_by_its_short_name(
    client: Client, publication: Publication
) -> None:
    Publication.objects.update(name="The Long Name of the Papers", short_name="AI papers")
    rows.sent(publication, DAY)
    publication.refresh_from_db()
    reader = build.subscription(publication, list(publication.categories.all()))
    pending = build.subscription(publication, [], state="pending", confirmed_at=None)
    key = reader.subscriber.link_key
    addresses = [
        make_manage_url(reader.pk, key),
        make_unsubscribe_url(reader.pk, key),
        f"/c/{consent.make_confirm_token(pending)}/",
        "/papers/2026-05-22/feedback/",
    ]

    shown = [" ".join(texts(client, address, "main")) for address in addresses]

    assert ["AI papers" in one for one in shown] == [True] * 4
    assert ["Long Name" in one for one in shown] == [False] * 4


def test_home_lists_open_publications_and_their_newest_issue(client: Client, publication: Publication) -> None:
    rows.publication("news")
    build.publication("secret", enabled=False)
    rows.sent(publication, DAY)
    rows.sent(publication, DAY - dt.timedelta(days=1))
    Publication.objects.filter(slug="papers").update(short_name="AI papers")

    assert texts(client, "/", "article.publication h2") == ["News", "AI papers"]
    assert texts(client, "/", "article.publication .kicker") == ["Friday, May 22, 2026"]


def test_home_shows_the_headlines_of_the_newest_issue_with_their_places(
    client: Client, publication: Publication
) -> None:
    rows.publication("news")
    digest = rows.draft(publication, DAY, ("llm",))
    llm = Section.objects.get()
    item = llm.items.get()
    llm.text = (
        f"### 핵심 내용\n\n1. **[재학습 없이 다섯 배 빠른 추론]({item.url})** 두 배 빠릅니다. 한 문장이 더 있습니다."
    )
    llm.save()
    build.approve_unchecked(digest)
    Digest.objects.update(headlines=list_headlines(digest))
    Mailing.objects.create(digest=digest, subject="s", planned_at=timezone.now(), state="done")

    assert texts(client, "/", ".headlines li") == ["재학습 없이 다섯 배 빠른 추론 🧩 두 배 빠릅니다."]
    assert page.values(client.get("/").content, ".headlines a", "href") == ["/papers/2026-05-22/#llm-1"]
    assert page.values(client.get("/").content, ".headlines h3", "lang") == ["ko"]


def test_home_shows_the_title_of_an_issue_without_headlines(client: Client, publication: Publication) -> None:
    rows.publication("news")
    build.digest(publication, date=DAY, imported=True, title="Papers of old")

    assert texts(client, "/", "article.publication h3") == ["Papers of old"]


def test_home_of_a_single_publication_is_its_page(client: Client, publication: Publication) -> None:
    assert texts(client, "/", "h1") == ["Papers"]
    canonical = page.values(client.get("/").content, 'link[rel="canonical"]', "href")
    assert canonical == ["http://localhost:8000/papers/"]


def test_publication_offers_open_categories_with_what_they_bring(client: Client, publication: Publication) -> None:
    publication.categories.filter(slug="audio").update(retired=True)
    rows.sent(publication, publication.today())

    assert texts(client, "/papers/", ".card strong") == ["Llm", "Vision"]
    assert texts(client, "/papers/", ".card .rate") == ["1 a week", "1 a week"]
    assert texts(client, "/papers/", "#chosen") == ["2 categories 2 a week"]


def test_publication_tells_no_rate_of_what_nothing_is_known_about(client: Client, publication: Publication) -> None:
    rows.sent(publication, publication.today() - dt.timedelta(weeks=3))
    rows.sent(publication, publication.today(), ("audio",))
    vision = Category.objects.get(slug="vision")
    SectionItem.objects.filter(section__category=vision).delete()

    rates = texts(client, "/papers/", ".card")
    assert rates == ["🧩 Llm occasionally", "🧩 Vision", "🧩 Audio occasionally"]
    assert texts(client, "/papers/?category=vision", "#chosen") == ["1 category"]


def test_publication_of_one_category_has_it_ticked_and_nothing_to_choose_at_once(client: Client) -> None:
    build.publication("one", categories=[build.category("only")])

    assert page.values(client.get("/one/").content, "input[name=category][checked]") == ["only"]
    assert texts(client, "/one/", ".sets button") == []


@pytest.mark.parametrize(
    ("query", "ticked", "said"),
    [
        ("?category=vision", ["vision"], "1 category 1 a week"),
        ("?category=audio&category=nonsense&category=llm", ["llm", "audio"], "2 categories 1 a week"),
        ("?category=", [], "Select at least one category"),
    ],
)
def test_publication_says_what_the_categories_of_its_address_bring(
    client: Client, publication: Publication, query: str, ticked: list[str], said: str
) -> None:
    rows.sent(publication, publication.today())

    content = client.get(f"/papers/{query}", headers={"Accept-Language": "en"}).content

    assert page.values(content, "input[name=category][checked]") == ticked
    assert page.texts(content, "#chosen") == [said]


@pytest.mark.parametrize(
    ("days", "rate"),
    [
        ([0], 1),
        ([0, 1, 2], 3),
        (range(7), 7),
        (range(8), 7),
        (range(60), 7),
        ([0, 7], 1),  # a weekly one, in its second week
        ([0, 7, 14, 21], 1),
        ([0, 2, 4, 7, 9, 11], 3),
        ([20, 21], 1),  # nothing since
    ],
)
def test_a_category_brings_as_much_a_week_as_the_weeks_there_are_have_shown(
    publication: Publication, days: Sequence[int], rate: int
) -> None:
    llm = Category.objects.get(slug="llm")
    for n in days:
        digest = build.digest(publication, date=publication.today() - dt.timedelta(days=n), imported=True)
        build.section(digest, llm)

    assert queries.count_items_per_week(publication) == {llm.pk: rate}


def test_publication_ticks_what_most_readers_chose(client: Client, publication: Publication) -> None:
    audio = publication.categories.get(slug="audio")
    for _ in range(2):
        build.subscription(publication, [audio])
    build.subscription(publication, list(publication.categories.all()), state="left")

    assert queries.count_popular_categories() == 1
    assert page.values(client.get("/papers/").content, "input[name=category][checked]") == ["audio"]


def test_publication_without_readers_ticks_what_has_most_to_read(client: Client, publication: Publication) -> None:
    for n in range(4):
        rows.sent(publication, publication.today() - dt.timedelta(days=n), ("vision", "audio") if n else ("audio",))

    assert page.values(client.get("/papers/").content, "input[name=category][checked]") == ["vision", "audio"]


def test_publication_that_is_closed_shows_its_archive_only(client: Client) -> None:
    closed = rows.publication("closed")
    closed.enabled = False
    closed.save()
    assert status(client, "/closed/") == 404

    rows.sent(closed, DAY)
    assert texts(client, "/closed/", "main form") == []
    assert status(client, "/closed/archive/") == 200


def test_archive_filters_by_month_and_category(client: Client, publication: Publication) -> None:
    rows.sent(publication, DAY)
    rows.sent(publication, dt.date(2026, 5, 1), ("audio",))
    rows.sent(publication, dt.date(2026, 4, 30))
    dates = "ol.issues time"

    assert texts(client, "/papers/archive/", dates) == [
        "Friday, May 22, 2026",
        "Friday, May 1, 2026",
        "Thursday, April 30, 2026",
    ]
    assert texts(client, "/papers/archive/?month=2026-04", dates) == ["Thursday, April 30, 2026"]
    assert texts(client, "/papers/archive/?category=audio", dates) == ["Friday, May 1, 2026"]
    assert texts(client, "/papers/archive/?category=audio&month=2026-04", dates) == []
    assert len(texts(client, "/papers/archive/?category=nonsense&month=x&page=-1", dates)) == 3


def test_archive_turns_its_pages(client: Client, publication: Publication) -> None:
    for n in range(31):
        build.digest(publication, date=DAY - dt.timedelta(days=n), imported=True)

    assert len(texts(client, "/papers/archive/", "ol.issues time")) == 30
    assert texts(client, "/papers/archive/?page=2", "ol.issues time") == ["Wednesday, April 22, 2026"]
    assert texts(client, "/papers/archive/?page=99999999999999999999", "nav.turn a") == ["← Older issues"]


@pytest.mark.parametrize(
    ("address", "queries", "title"),
    [
        ("/", 3, "고른 분야의 소식만 요약해 메일로 보내 드립니다"),
        ("/papers/", 13, "Papers"),
        ("/papers/2026-05-22/", 9, "Issue of 2026-05-22"),
        ("/papers/archive/", 6, "지난 호"),
        ("/about/", 4, "뉴스레터 소개"),
        ("/privacy/", 3, "개인정보 처리방침"),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_a_fixed_number_of_queries(
    client: Client,
    publication: Publication,
    django_assert_num_queries: DjangoAssertNumQueries,
    address: str,
    queries: int,
    title: str,
    count: int,
) -> None:
    rows.publication("news")
    for n in range(count):
        rows.sent(publication, DAY - dt.timedelta(days=n))
        build.subscription(publication, list(publication.categories.all()[:count]))
        if n:
            rows.publication(f"more-{n}")

    with django_assert_num_queries(queries):
        response = client.get(address)

    assert page.status_and_heading(response) == (200, title)


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/papers/", "/papers/2026-05-22/", "/papers/archive/", "/papers/feed.xml", "/papers/llm/feed.xml"),
        *("/sitemap.xml", "/robots.txt", "/colors.css", "/about/", "/privacy/", "/papers/preview/?category=llm"),
    ],
)
def test_public_page_is_answered_by_304_while_it_says_the_same(
    client: Client, publication: Publication, address: str
) -> None:
    rows.sent(publication, DAY)
    first = client.get(address)

    again = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first["Vary"] == "Accept-Language, Cookie"
    assert not first.cookies
    assert len(first.content) < 50_000


def test_public_page_changes_its_etag_with_its_language(client: Client, publication: Publication) -> None:
    etags = {client.get("/", headers={"Accept-Language": language})["ETag"] for language in ("ko", "en", "ko-KR")}

    assert len(etags) == 2


@pytest.mark.parametrize(
    "address",
    [
        *("/papers/archive/?category=%00&month=%00&page=%00", "/papers/?category=%00", "/papers/preview/?category=%00"),
        *("/papers/archive/?category=%ff&month=%f0%28", "/papers/%ed%a0%80/", "/%00/", "/papers/2026-05-22/%00"),
    ],
)
def test_page_survives_what_no_browser_sends(client: Client, publication: Publication, address: str) -> None:
    rows.sent(publication, DAY)

    assert {status(client, address)} <= {200, 400, 404}


def test_privacy_names_the_days_that_the_code_keeps_to(client: Client, settings: Settings) -> None:
    settings.POSTAL_ADDRESS = "1 Example Street"

    assert texts(client, reverse("privacy"), "dl.kept div:nth-child(3) dd.quiet") == ["14 days"]
    assert texts(client, reverse("privacy"), "dl.kept div:nth-child(4) dd.quiet") == ["7 days"]


def test_page_that_is_not_there_looks_like_ours(client: Client) -> None:
    assert texts(client, "/no/such/page/", "h1") == ["Page not found"]
    assert status(client, "/no/such/page/") == 404
