"""Composing a digest: what its email says, and that any set of sections is complete and fits."""

import itertools
import re
from pathlib import Path

import babel.messages
import pytest
from babel.messages.mofile import write_mo
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import etree
from lxml import html as lxml_html
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Category, Digest, Section
from newsletter.emails.compose import (
    MAX_HTML_BYTES,
    ComposedEmail,
    compose_digest,
    compose_service_mail,
    store_fragments,
)
from newsletter.emails.compose_problems import ComposeError
from newsletter.emails.markers import make_marker
from newsletter.models import Fragment, Mailing
from tests import build

pytestmark = pytest.mark.django_db

NONCE = "0123456789abcdef"
LONG = "이 논문은 적은 계산으로도 긴 문맥을 다루는 방법을 제안하고, 공개된 벤치마크에서 기존 방법보다 나은 결과를 보고합니다. "


def digest_of(*slugs: str, language: str = "ko", **fields: object) -> Digest:
    """Return a digest with a section per slug, each with one item and a text of its own."""
    publication = build.publication("papers", name="Daily Insights: Papers", language=language)
    digest = build.digest(publication, title="논문 2026-05-22", **fields)
    for slug in slugs:
        category = build.category(slug, names={"ko": f"분야 {slug}", "en": f"Field {slug}"}, color="#0d9488")
        item = build.item(f"Paper on {slug}", url=f"https://example.org/{slug}")
        text = f"### 주요 주제\n\n{slug} 이야기\n\n### 핵심 내용\n\n1. **[{item.title}]({item.url})** — 요점"
        build.section(digest, category, items=[item], text=text, origin=Section.Origin.MODEL)
    return digest


def joined(composed: ComposedEmail, chosen: set[int] | None = None) -> tuple[str, str]:
    """Return HTML and text of the chosen sections, the markers of a reader filled in."""
    pieces = [piece for piece in composed.sections if chosen is None or piece.position in chosen]
    values = {"preheader": "PREHEADER", "manage": "https://m.test/", "leave": "https://l.test/u"}
    html = composed.head.html + "".join(piece.html for piece in pieces) + composed.tail.html
    text = composed.head.text + "".join(piece.text for piece in pieces) + composed.tail.text
    for name, value in values.items():
        html, text = html.replace(make_marker(NONCE, name), value), text.replace(make_marker(NONCE, name), value)
    return html, text


def translate(folder: Path, settings: Settings, language: str, entries: dict[str, str]) -> None:
    """Add a catalog of a language to those of the project, for one test."""
    catalog = babel.messages.Catalog(language)
    for words, translation in entries.items():
        catalog.add(words, translation)
    path = folder / language / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalog)
    settings.LOCALE_PATHS = [folder, *settings.LOCALE_PATHS]


def document(html: str) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(html)


def text_of(element: etree._Element) -> str:
    return " ".join("".join(str(part) for part in element.itertext()).split())


def test_compose_says_everything_of_a_section_in_html() -> None:
    digest = digest_of("llm")
    digest.sections.update(found=14)
    (piece,) = compose_digest(digest, nonce=NONCE).sections
    root = document(piece.html)
    assert [(element.tag, text_of(element)) for element in root.iter("h2", "h3", "p", "li")] == [
        ("h2", "🧩 분야 llm"),
        ("p", "모은 글 14편 중 1편 요약"),
        ("h3", "주요 주제"),
        ("p", "llm 이야기"),
        ("h3", "핵심 내용"),
        ("li", "Paper on llm — 요점"),
        ("h3", "출처"),
        ("li", "Paper on llm"),
        ("p", "웹에서 분야 llm 보기"),
        ("p", "이 분야 그만 받기"),
    ]
    assert [element.get("href") for element in root.iter("a")] == [
        "https://example.org/llm",
        "https://example.org/llm",
        "http://localhost:8000/papers/2026-05-22/#llm",
        make_marker(NONCE, "leave") + "/llm",
    ]
    assert (piece.position, piece.section_id, piece.label) == (0, digest.sections.get().pk, "🧩 분야 llm")


def test_compose_says_the_same_in_text(settings: Settings) -> None:
    settings.SITE_NAME, settings.POSTAL_ADDRESS = "Insights", "서울 어딘가 1"
    digest = digest_of("llm", opening="오늘은 **조용**합니다.", chart=b"png", chart_alt="분야별 건수: llm 1건")
    _html, text = joined(compose_digest(digest, nonce=NONCE))
    assert text == (
        "Daily Insights: Papers\n2026년 5월 22일 금요일\nPREHEADER\n\n"
        "웹에서 보기: http://localhost:8000/papers/2026-05-22/\n\n"
        "오늘은 조용합니다.\n\n분야별 건수: llm 1건\n\n\n"
        "===========\n🧩 분야 llm\n===========\n1편 요약\n\n"
        "주요 주제\nllm 이야기\n\n핵심 내용\n1. Paper on llm (https://example.org/llm) — 요점\n\n"
        "출처\n- Paper on llm\n  https://example.org/llm\n\n"
        "웹에서 분야 llm 보기: http://localhost:8000/papers/2026-05-22/#llm\n"
        "이 분야 그만 받기: https://l.test/u/llm\n\n\n"
        "----------------------------------------\n"
        "Insights의 Daily Insights: Papers 수신에 동의하신 분께 보내 드리는 메일입니다.\n\n"
        "분야 바꾸기: https://m.test/\n구독 해지: https://l.test/u\n\n"
        "Insights · 서울 어딘가 1\n"
    )


def test_compose_frames_the_sections_with_masthead_chart_and_the_ways_out(settings: Settings) -> None:
    settings.POSTAL_ADDRESS = "서울 <어딘가> 1"
    digest = digest_of("llm", chart=b"png", chart_alt='분야별 "건수": llm 1건')
    html, _text = joined(compose_digest(digest, nonce=NONCE))
    root = document(html)
    assert html.startswith("<!DOCTYPE html>")
    assert (root.get("lang"), text_of(root.find(".//title")), text_of(root.find(".//h1"))) == (
        "ko",
        "논문 2026-05-22",
        "Daily Insights: Papers",
    )
    (image,) = root.iter("img")
    assert (image.get("src"), image.get("alt"), image.get("width"), image.get("height")) == (
        "http://localhost:8000" + reverse("digest_chart", args=["papers", "2026-05-22"]),
        '분야별 "건수": llm 1건',
        "560",
        "auto",
    )
    assert [(text_of(link), link.get("href")) for link in root.xpath("//div[@class='foot']//a")] == [
        ("분야 바꾸기", "https://m.test/"),
        ("구독 해지", "https://l.test/u"),
        ("웹에서 보기", "http://localhost:8000/papers/2026-05-22/"),
    ]
    assert text_of(root.xpath("//div[@class='foot']/p")[-1]).endswith("· 서울 <어딘가> 1")
    assert {table.get("role") for table in root.iter("table")} == {"presentation"}


def test_compose_without_chart_has_no_picture() -> None:
    html, _text = joined(compose_digest(digest_of("llm"), nonce=NONCE))
    assert list(document(html).iter("img")) == []


def test_compose_in_a_language_without_words_speaks_english() -> None:
    digest = digest_of("llm", language="fr")
    digest.sections.update(origin=Section.Origin.EXTRACTED, found=2)
    html, text = joined(compose_digest(digest, nonce=NONCE))
    root = document(html)
    assert root.get("lang") == "en"
    assert text_of(root.xpath("//h2/following-sibling::p")[0]) == "1 of 2 items · excerpts"
    assert text.splitlines()[:2] == ["Daily Insights: Papers", "vendredi 22 mai 2026"]


def test_compose_under_a_name_from_right_to_left_does_not_turn_the_email_around() -> None:
    digest = digest_of("llm", language="ar")
    digest.publication.name = digest.title = "ملخص الذكاء الاصطناعي"

    html, _text = joined(compose_digest(digest, nonce=NONCE))

    assert document(html).getroottree().getroot().get("dir") == "ltr"


def test_compose_keeps_what_dark_mode_and_phones_need() -> None:
    html = compose_digest(digest_of("llm"), nonce=NONCE).head.html
    dark = html[html.index("@media (prefers-color-scheme: dark)") :]
    assert re.findall(r"body, \.page \{\s*background-color: (#\w+) (!important)", dark)[:1] == [
        ("#15171c", "!important")
    ]
    assert html.count('<meta name="color-scheme" content="light dark">') == 1
    assert html.count("url(") == 0


def test_compose_leaves_out_a_section_without_text() -> None:
    digest = digest_of("llm", "vision")
    digest.sections.filter(category__slug="llm").update(text="")
    assert [piece.position for piece in compose_digest(digest, nonce=NONCE).sections] == [1]


def test_compose_of_a_digest_without_text_is_refused() -> None:
    digest = digest_of("llm")
    digest.sections.update(text="")
    with pytest.raises(ComposeError, match="No section of this issue has text"):
        compose_digest(digest, nonce=NONCE)


def test_any_set_is_byte_for_byte_what_composing_that_set_alone_gives() -> None:
    slugs = ["llm", "vision", "audio", "robots"]
    digest = digest_of(*slugs, opening="안녕하세요.", chart=b"png", chart_alt="숫자")
    digest.sections.update(found=9)
    composed = compose_digest(digest, nonce=NONCE)
    for chosen in [{0}, {3}, {0, 2}, {1, 3}, {0, 1, 2}, {1, 2, 3}]:
        alone = Digest.objects.get(pk=digest.pk)
        moved = Category.objects.exclude(sections__position__in=chosen).values("pk")
        texts = dict(digest.sections.filter(category__in=moved).values_list("pk", "text"))
        digest.sections.filter(category__in=moved).update(text="")
        assert joined(compose_digest(alone, nonce=NONCE)) == joined(composed, chosen)
        for pk, text in texts.items():
            Section.objects.filter(pk=pk).update(text=text)


def test_a_title_that_was_stored_as_typed_reads_well() -> None:
    digest = digest_of("llm")
    typed = r"$\text{Name}^2$: Cram\'er-Rao for $\tau^2$-Bench, H$_2$O and 360$^\circ$ views &amp; AI&#8217;s"
    digest.sections.get().items.update(title=typed)

    html, text = joined(compose_digest(digest, nonce=NONCE))

    read = "Name²: Cramér-Rao for τ²-Bench, H₂O and 360° views & AI’s"
    assert [text_of(link) for link in document(html).xpath("//ul//a")] == [read]
    assert [line for line in text.splitlines() if line.startswith("- ")] == [f"- {read}"]


def test_hostile_rows_come_out_as_words() -> None:
    hostile = '</mj-text></mjml><script>alert("1")</script> & <b> \x0b\u202e{{ marks }} ]]> <!-- x -->'
    category = build.category("llm", names={"ko": hostile})
    publication = build.publication("papers", name=hostile, tagline=hostile)
    digest = build.digest(publication, title=hostile, opening=hostile, chart=b"png", chart_alt=hostile)
    item = build.item(hostile, url="https://example.org/?a=1&b=\"'<>한글")
    bad = build.item("bad", url="https://example.org/bad")
    section = build.section(digest, category, items=[item, bad], heading=hostile, text=hostile, emoji="<i>&")
    section.items.filter(item=bad).update(url="javascript:alert(1)")
    html, text = joined(compose_digest(digest, nonce=NONCE))
    root = document(html)
    words = '</mj-text></mjml><script>alert("1")</script> & <b> {{ marks }} ]]> <!-- x -->'
    assert [text_of(root.find(f".//{tag}")) for tag in ("title", "h1", "h2")] == [words, words, f"<i>& {words}"]
    assert list(root.iter("script", "b", "i")) == []
    hrefs = [link.get("href") for link in root.xpath("//ul//a")]
    assert hrefs == ["https://example.org/?a=1&b=%22'%3C%3E%ED%95%9C%EA%B8%80"]
    assert [text_of(line) for line in root.xpath("//ul/li")] == [words, "bad"]
    assert text.count("javascript:") == 0
    assert re.findall("[\x00-\x08\x0b-\x1f\u202e]", html + text) == []


def crowded(sections: int, items: int, *, blocks: int = 3) -> Digest:
    """Return a digest of long Korean texts with long titles."""
    digest = build.digest(build.publication("papers", name="Daily Artificial Intelligence Insights: Papers"))
    for number in range(sections):
        title = f"A Rather Long Title of the Kind That Papers Have Nowadays, With a Subtitle, Number {number}"
        lines = [build.item(f"{title}.{n}", url=f"https://example.org/{number}/{n}") for n in range(items)]
        points = "\n".join(f"{n}. **[{one.title}]({one.url})** — {LONG * 2}" for n, one in enumerate(lines, 1))
        text = f"### 주요 주제\n\n{LONG * blocks}\n\n### 핵심 내용\n\n{points}\n\n### 영향\n\n{LONG * blocks}"
        build.section(digest, build.category(f"c{number}"), items=lines, text=text)
    return digest


def test_any_set_of_24_long_sections_fits_and_ends_after_whole_items() -> None:
    composed = compose_digest(crowded(24, 6), nonce=NONCE)
    html, text = joined(composed)
    links = 2 * 24 * len(" · 🧩 분류 1234".encode())
    assert MAX_HTML_BYTES * 0.9 < len(html.encode()) + links < MAX_HTML_BYTES
    for piece in composed.sections:
        root = document(piece.html)
        points = [text_of(item) for item in root.xpath("//ol/li")]
        sources = [text_of(item) for item in root.xpath("//ul/li")]
        assert points, "a section of 24 has room for a point"
        assert {point.endswith("보고합니다.") for point in points} == {True}
        assert {bool(re.fullmatch(r"A Rather .* Number \d+\.\d", source)) for source in sources} == {True}
        assert text_of(root.xpath("//p")[-2]).endswith("계속 읽기")
        assert re.findall(r"(?m)^(\d)\. A Rather", piece.text) == [str(n + 1) for n in range(len(points))]
        assert re.findall(r"(?m)^- (A Rather.*)$", piece.text) == sources
    assert text.count("계속 읽기: ") == 24


def test_a_short_digest_is_not_shortened() -> None:
    composed = compose_digest(crowded(3, 6), nonce=NONCE)
    assert [text_of(document(piece.html).xpath("//p")[-2]).startswith("웹에서 ") for piece in composed.sections] == [
        True,
        True,
        True,
    ]
    assert [len(document(piece.html).xpath("//ol/li")) for piece in composed.sections] == [6, 6, 6]


def test_as_many_sections_as_a_delivery_can_hold_fit() -> None:
    html, _text = joined(compose_digest(crowded(62, 1), nonce=NONCE))
    assert len(html.encode()) < MAX_HTML_BYTES
    assert len(document(html).xpath("//h2")) == 62


def test_compose_asks_as_many_queries_for_one_section_as_for_three(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    one = digest_of("llm")
    with CaptureQueriesContext(connection) as queries:
        compose_digest(Digest.objects.select_related("publication").get(pk=one.pk), nonce=NONCE)
    assert len(queries) == 4  # the digest with its publication, the sections, their items, split categories
    for n in range(2):
        build.section(one, build.category(f"more-{n}"), items=[build.item(), build.item()])
    with django_assert_num_queries(4):
        compose_digest(Digest.objects.select_related("publication").get(pk=one.pk), nonce=NONCE)


def mailing_of(digest: Digest) -> Mailing:
    return Mailing.objects.create(digest=digest, subject="Insights", approved_hash=NONCE + "f" * 48)


def test_store_makes_the_fragments_of_a_mailing_once() -> None:
    mailing = mailing_of(digest_of("llm", "vision"))
    store_fragments(mailing)
    first = list(Fragment.objects.order_by("pk").values())
    store_fragments(mailing)
    store_fragments(Mailing.objects.get(pk=mailing.pk))
    assert list(Fragment.objects.order_by("pk").values()) == first
    assert [(row["kind"], row["position"], row["label"]) for row in first] == [
        ("head", 0, ""),
        ("section", 0, "🧩 분야 llm"),
        ("section", 1, "🧩 분야 vision"),
        ("tail", 0, ""),
    ]
    composed = compose_digest(mailing.digest, nonce=NONCE)
    assert "".join(row["html"] for row in first) == "".join(
        itertools.chain([composed.head.html], [piece.html for piece in composed.sections], [composed.tail.html])
    )
    assert mailing.composed_at is not None


def test_store_after_a_renewed_approval_replaces_them() -> None:
    mailing = mailing_of(digest_of("llm", "vision"))
    store_fragments(mailing)
    mailing.digest.sections.filter(position=1).delete()
    mailing.approved_hash = "fedcba9876543210" + "f" * 48
    store_fragments(mailing)
    assert list(mailing.fragments.order_by("pk").values_list("kind", flat=True)) == ["head", "section", "tail"]
    tail = mailing.fragments.get(kind=Fragment.Kind.TAIL)
    assert [tail.html.count(make_marker(nonce, "leave")) for nonce in (NONCE, "fedcba9876543210")] == [0, 1]


def test_store_of_a_digest_that_fails_leaves_nothing() -> None:
    mailing = mailing_of(digest_of("llm"))
    mailing.digest.sections.update(text="")
    with pytest.raises(ComposeError):
        store_fragments(mailing)
    mailing.refresh_from_db()
    assert (mailing.composed_at, mailing.fragments.count()) == (None, 0)


@pytest.mark.parametrize(
    ("language", "title", "button"),
    [
        ("ko", "구독을 확인해 주세요", "구독 시작하기"),
        ("en", "Confirm your subscription", "Confirm subscription"),
    ],
)
def test_compose_note_of_a_confirmation_has_one_button(language: str, title: str, button: str) -> None:
    url = "https://news.test/c/abc/?x=1&y=2"
    context = {"publication": "Papers <1>", "url": url, "categories": "A&B, C", "days": 7}
    html, text = compose_service_mail("confirm", context, language=language)
    root = document(html)
    assert (root.get("lang"), text_of(root.find(".//h1")), text_of(root.find(".//title"))) == (language, title, title)
    assert [(text_of(link), link.get("href")) for link in root.iter("a")] == [(button, url), (url, url)]
    assert (text.splitlines()[0], text.splitlines().count(url)) == (title, 1)
    assert [line.partition(": ")[2] for line in text.splitlines() if line.endswith("A&B, C")] == ["A&B, C"]


def test_compose_note_without_its_template_says_so() -> None:
    with pytest.raises(ComposeError, match=r"email/nothing\.mjml has an error"):
        compose_service_mail("nothing", {}, language="ko")


@pytest.mark.parametrize(("enabled", "words"), [(False, ("en", "View on the web")), (True, ("de", "Im Web ansehen"))])
def test_compose_takes_the_words_of_the_publications_language_where_it_is_enabled(
    settings: Settings, tmp_path: Path, enabled: bool, words: tuple[str, str]
) -> None:
    if enabled:
        settings.LANGUAGES = [*settings.LANGUAGES, ("de", "German")]
    translate(tmp_path, settings, "de", {"View on the web": "Im Web ansehen"})

    html, text = joined(compose_digest(digest_of("llm", language="de"), nonce=NONCE))

    lines = text.splitlines()
    assert (document(html).get("lang"), lines[4].partition(":")[0]) == words
    assert lines[1] == "Freitag, 22. Mai 2026"
