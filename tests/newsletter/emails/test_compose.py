"""Composing a digest: what its email says, and that any set of sections is complete and fits."""

import itertools
import re
from pathlib import Path

import babel.messages
import pytest
from babel.messages.mofile import write_mo
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import etree
from lxml import html as lxml_html
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Category, Digest, Item, Section
from digests.review.provenance_words import format_digest_provenance
from digests.text.localization import use_language
from newsletter.emails.compose import (
    build_fragments,
    compose_digest,
    compose_service_mail,
    make_subject,
    store_fragments,
)
from newsletter.emails.compose_problems import ComposeError
from newsletter.emails.joining import JoinedEmail, MailingFragments, join_fragments
from newsletter.emails.markers import make_marker
from newsletter.emails.size_limit import MAX_HTML_BYTES
from newsletter.emails.strings import format_own_counts, format_total
from newsletter.models import Fragment, Mailing
from tests import build

pytestmark = pytest.mark.django_db

NONCE = "0123456789abcdef"
LONG = "이 논문은 적은 계산으로도 긴 문맥을 다루는 방법을 제안하고, 공개된 벤치마크에서 기존 방법보다 나은 결과를 보고합니다. "


def digest_of(*slugs: str, language: str = "ko", publication: str = "papers", **fields: object) -> Digest:
    """Return a digest with a section per slug, each with one item and a text of its own."""
    of = build.publication(publication, name="Daily Insights: Papers", language=language)
    digest = build.digest(of, title="논문 2026-05-22", **fields)
    for slug in slugs:
        category = build.category(slug, names={"ko": f"분야 {slug}", "en": f"Field {slug}"}, color="#0d9488")
        item = build.item(f"Paper on {slug}", url=f"https://example.org/{slug}")
        text = f"### 주요 주제\n\n{slug} 이야기\n\n### 핵심 내용\n\n1. **[{item.title}]({item.url})** — 요점"
        build.section(digest, category, items=[item], text=text, origin=Section.Origin.MODEL)
    return digest


def letter_of(digest: Digest) -> MailingFragments:
    """Return the fragments of a digest as it stands."""
    mailing = Mailing(digest=digest, subject="", approved_hash=NONCE)
    return MailingFragments(mailing, NONCE, build_fragments(mailing, compose_digest(digest, nonce=NONCE)))


def joined(digest: Digest, chosen: set[int] | None = None) -> JoinedEmail:
    """Return the email of the chosen sections, else of all, the markers of a reader filled in."""
    letter = letter_of(digest)
    every = {one.position for one in letter.fragments if one.kind == Fragment.Kind.SECTION}
    found = join_fragments(letter, sum(1 << position for position in (every if chosen is None else chosen)))
    html, text = found.html, found.text
    for name, value in {"manage": "https://m.test/", "leave": "https://l.test/u"}.items():
        html, text = html.replace(make_marker(NONCE, name), value), text.replace(make_marker(NONCE, name), value)
    return JoinedEmail(found.subject, html, text)


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


def test_a_section_says_everything_in_html() -> None:
    digest = digest_of("llm")
    digest.sections.update(found=14)
    root = document(joined(digest).html)
    (section,) = root.xpath("//div[contains(@class, 'sec')]")
    assert [(element.tag, text_of(element)) for element in section.iter("h2", "p", "li")] == [
        ("h2", "🧩 분야 llm 14편 중 1편"),
        ("p", "Paper on llm"),
        ("p", "요점"),
        ("p", "웹에서 보기"),
        ("p", "이 분야 그만 받기"),
    ]
    assert [element.get("href") for element in section.iter("a")] == [
        "https://example.org/llm",
        "http://localhost:8000/papers/2026-05-22/#llm-1",
        "https://l.test/u/llm",
    ]


@pytest.mark.parametrize(
    ("items", "trends", "lead"),
    [
        (2, "둘 다 작은 모델을 씁니다.", ["둘 다 작은 모델을 씁니다."]),
        (2, "", ["긴 문맥 이야기입니다."]),
        (1, "", []),  # its text says the same
    ],
)
def test_the_lead_is_what_the_items_have_in_common(items: int, trends: str, lead: list[str]) -> None:
    digest = digest_of()
    rows = [build.item(f"Paper {n}") for n in range(items)]
    points = "\n".join(f"{n}. **[{one.title}]({one.url})** — 요점" for n, one in enumerate(rows, start=1))
    common = f"### 키워드와 동향\n\n{trends}\n\n" if trends else ""
    text = f"### 주요 주제\n\n긴 문맥 이야기입니다.\n\n{common}### 핵심 내용\n\n{points}"
    build.section(digest, build.category(), items=rows, text=text)

    leads = document(joined(digest).html).xpath("//p[@class='lead']")

    assert [text_of(one) for one in leads] == lead


def test_the_same_in_text(settings: Settings) -> None:
    settings.SITE_NAME, settings.POSTAL_ADDRESS = "Insights", "서울 어딘가 1"
    digest = digest_of("llm", opening="오늘은 **조용**합니다.", chart=b"png", chart_alt="분야별 건수: llm 1건")
    assert joined(digest).text == (
        "Daily Insights: Papers\n5월 22일 (금) · 1편 · 1분\n\n"
        "웹에서 보기: http://localhost:8000/papers/2026-05-22/\n\n"
        "오늘은 조용합니다.\n\n"
        "🧩 분야 llm (1편)\n-----------\n\n"
        "Paper on llm [1]\n요점\n\n"
        "[1] https://example.org/llm\n\n"
        "이 분야 그만 받기: https://l.test/u/llm\n\n"
        "----------------------------------------\n"
        "이번 호에 실린 1편\n받아 보신 분야: 이번 호의 모든 분야\n분야별 건수: llm 1건\n\n"
        "오늘 메일이 도움이 되었나요?\n"
        "네: http://localhost:8000/papers/2026-05-22/feedback/?answer=yes\n"
        "아니요: http://localhost:8000/papers/2026-05-22/feedback/?answer=no\n"
        "친구에게 보내기: http://localhost:8000/papers/2026-05-22/\n\n"
        + format_digest_provenance_in_korean(digest)
        + "\n\nInsights의 Daily Insights: Papers 수신에 동의하신 분께 보내 드리는 메일입니다. 평일 오전 8시에 보내 드립니다 (서울 시간).\n"
        "분야 바꾸기: https://m.test/\n일주일 쉬기: https://m.test/#pause\n구독 해지: https://l.test/u\n\n"
        "Insights · 서울 어딘가 1\n"
    )


def format_digest_provenance_in_korean(digest: Digest) -> str:
    with use_language("ko"):
        return format_digest_provenance(digest, digest.sections.all())


def test_the_frame_has_masthead_picture_and_the_ways_out(settings: Settings) -> None:
    settings.POSTAL_ADDRESS = "서울 <어딘가> 1"
    digest = digest_of("llm", chart=b"png", chart_alt='분야별 "건수": llm 1건')
    html = joined(digest).html
    root = document(html)
    assert html.startswith("<!DOCTYPE html>")
    assert (root.get("lang"), text_of(root.find(".//title"))) == ("ko", "논문 2026-05-22")
    assert [text_of(line) for line in root.xpath("//p[contains(@class, 'bar')]")] == [
        "Daily Insights: Papers 5월 22일 (금) · 1편 · 1분 · 웹에서 보기"
    ]
    (image,) = root.iter("img")
    assert (image.get("src"), image.get("alt"), image.get("width")) == (
        "http://localhost:8000" + reverse("digest_chart", args=["papers", "2026-05-22"]),
        '분야별 "건수": llm 1건',
        "560",
    )
    (end,) = root.xpath("//div[contains(@class, 'end')]")
    assert [(text_of(link), link.get("href")) for link in end.iter("a")] == [
        ("이번 호 전체 보기", "http://localhost:8000/papers/2026-05-22/"),
        ("네", "http://localhost:8000/papers/2026-05-22/feedback/?answer=yes"),
        ("아니요", "http://localhost:8000/papers/2026-05-22/feedback/?answer=no"),
        ("친구에게 보내기", "http://localhost:8000/papers/2026-05-22/"),
        ("분야 바꾸기", "https://m.test/"),
        ("일주일 쉬기", "https://m.test/#pause"),
        ("구독 해지", "https://l.test/u"),
    ]
    assert text_of(end.iterchildren("p").__iter__().__next__()) == "이번 호에 실린 1편"
    assert text_of(end.xpath("./p")[-1]).endswith("· 서울 <어딘가> 1")
    assert {table.get("role") for table in root.iter("table")} == {"presentation"}


def test_headlines_stand_on_top_from_four_items_on_and_contents_from_three_sections_on() -> None:
    few = document(joined(digest_of("a1", "a2", "a3")).html)
    Digest.objects.all().delete()
    many = document(joined(digest_of("b1", "b2", "b3", "b4", publication="others")).html)

    def read(root: lxml_html.HtmlElement, of: str) -> list[str]:
        return [text_of(one) for one in root.xpath(f"//p[contains(concat(' ', @class, ' '), ' {of} ')]")]

    assert (read(few, "t"), len(read(few, "toc"))) == ([], 1)
    assert read(many, "t") == [f"Paper on b{n}🧩 요점" for n in (1, 2, 3)]
    assert read(many, "toc") == ["🧩 분야 b1 1 · 🧩 분야 b2 1 · 🧩 분야 b3 1 · 🧩 분야 b4 1"]
    assert [link.get("href") for link in many.xpath("//p[contains(@class, 't')]/a[strong]")] == [
        f"http://localhost:8000/others/2026-05-22/#b{n}-1" for n in (1, 2, 3)
    ]


def test_subject_and_preheader_name_what_this_set_has_alone() -> None:
    digest = digest_of("a", "b", "c", "d")

    assert joined(digest, {1, 3}).subject == "Paper on b 외 1편"
    assert joined(digest).subject == "Paper on a 외 3편"
    assert text_of(document(joined(digest).html).find(".//body/div")) == "Paper on b · Paper on c"
    assert text_of(document(joined(digest, {3}).html).find(".//body/div")) == "요점"
    digest.subject = "편집자의 제목"
    assert joined(digest, {1, 3}).subject == "편집자의 제목"


def test_what_no_model_wrote_says_so_in_the_first_line_of_a_publication_of_another_language() -> None:
    digest = digest_of("llm")
    digest.sections.update(origin=Section.Origin.EXTRACTED)
    bar = document(joined(digest).html).xpath("//p[contains(@class, 'bar')]")[0]

    assert text_of(bar) == "Daily Insights: Papers 5월 22일 (금) · 1편 · 1분 · 원문 발췌 · 웹에서 보기"
    digest.publication.language = "en"
    assert "excerpts" not in text_of(document(joined(digest).html).xpath("//p[contains(@class, 'bar')]")[0])


def test_without_chart_there_is_no_picture() -> None:
    assert list(document(joined(digest_of("llm")).html).iter("img")) == []


def test_a_language_without_words_speaks_english_with_its_own_dates() -> None:
    digest = digest_of("llm", language="fr")
    digest.sections.update(found=2)
    found = joined(digest)
    root = document(found.html)
    assert root.get("lang") == "en"
    assert text_of(root.xpath("//h2/span")[0]) == "1 of 2 items"
    assert found.text.splitlines()[:2] == ["Daily Insights: Papers", "ven. 22 mai · 1 item · 1 min"]


def test_a_name_from_right_to_left_does_not_turn_the_email_around() -> None:
    digest = digest_of("llm", language="ar")
    digest.publication.name = digest.title = "ملخص الذكاء الاصطناعي"

    assert document(joined(digest).html).getroottree().getroot().get("dir") == "ltr"


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
    digest = digest_of(*slugs, opening="안녕하세요.")
    digest.sections.update(found=9)
    for chosen in [{0}, {3}, {0, 2}, {1, 3}, {0, 1, 2}, {1, 2, 3}]:
        of_all = joined(digest, chosen)
        alone = Digest.objects.get(pk=digest.pk)
        moved = Category.objects.exclude(sections__position__in=chosen).values("pk")
        texts = dict(digest.sections.filter(category__in=moved).values_list("pk", "text"))
        digest.sections.filter(category__in=moved).update(text="")
        whole = joined(alone)
        # How much the day had besides is the one thing that a set alone cannot know.
        counts = [(f"🧩 분야 {slug}", 1) for n, slug in enumerate(slugs) if n in chosen]
        with use_language("ko"):
            day = {
                format_total(len(chosen), len(slugs)): format_total(len(chosen), len(chosen)),
                format_own_counts(counts, len(slugs) - len(chosen)): format_own_counts(counts, 0),
            }
        html, text = of_all.html, of_all.text
        for words, other in day.items():
            assert words in html
            assert words in text
            html, text = html.replace(words, other), text.replace(words, other)
        assert JoinedEmail(of_all.subject, html, text) == whole
        for pk, section_text in texts.items():
            Section.objects.filter(pk=pk).update(text=section_text)


def test_a_title_that_was_stored_as_typed_reads_well() -> None:
    digest = digest_of("llm")
    typed = r"$\text{Name}^2$: Cram\'er-Rao for $\tau^2$-Bench, H$_2$O and 360$^\circ$ views &amp; AI&#8217;s"
    digest.sections.update(text="편집자가 다시 썼습니다.")
    digest.sections.get().items.update(title=typed)

    found = joined(digest)

    read = "Name²: Cramér-Rao for τ²-Bench, H₂O and 360° views & AI’s"
    assert [text_of(link) for link in document(found.html).xpath("//li/a")] == [read]
    assert [line for line in found.text.splitlines() if line.startswith("- ")] == [f"- {read} [1]"]


def test_hostile_rows_come_out_as_words() -> None:
    hostile = '</mj-text></mjml><script>alert("1")</script> & <b> \x0b\u202e{{ marks }} ]]> <!-- x -->'
    category = build.category("llm", names={"ko": hostile})
    publication = build.publication("papers", name=hostile, tagline=hostile)
    digest = build.digest(publication, title=hostile, opening=hostile, chart=b"png", chart_alt=hostile)
    item = build.item(hostile, url="https://example.org/?a=1&b=\"'<>한글", authors=[hostile, hostile])
    bad = build.item("bad", url="https://example.org/bad")
    section = build.section(digest, category, items=[item, bad], heading=hostile, text=hostile, emoji="<i>&")
    section.items.filter(item=bad).update(url="javascript:alert(1)")
    found = joined(digest)
    root = document(found.html)
    words = '</mj-text></mjml><script>alert("1")</script> & <b> {{ marks }} ]]> <!-- x -->'
    assert [text_of(root.find(f".//{tag}")) for tag in ("title", "h2")] == [words, f"<i>& {words} 2편"]
    assert list(root.iter("script", "b", "i")) == []
    assert [link.get("href") for link in root.xpath("//li/a")] == [
        "https://example.org/?a=1&b=%22'%3C%3E%ED%95%9C%EA%B8%80"
    ]
    assert [text_of(line) for line in root.xpath("//li")] == [words, "bad"]
    assert found.text.count("javascript:") == 0
    assert re.findall("[\x00-\x08\x0b-\x1f\u202e]", found.html + found.text) == []


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


def test_all_of_24_long_sections_fit_and_none_is_lost() -> None:
    found = joined(crowded(24, 6))
    root = document(found.html)
    assert len(found.html.encode()) < MAX_HTML_BYTES
    assert len(root.xpath("//h2")) == 24
    assert len(root.xpath("//div[contains(@class, 'item')]")) <= 15
    assert re.search(r" · ([1-5])분", found.text)
    lines = [text_of(line) for line in root.xpath("//li")]
    assert {bool(re.fullmatch(r"A Rather .* Number \d+\.\d", line)) for line in lines} == {True}
    shown = [re.findall(r"(?m)^(?:- )?A Rather.*\[(\d)\]$", part) for part in found.text.split("🧩 ")[1:]]
    links = [re.findall(r"(?m)^\[(\d)\] https", part) for part in found.text.split("🧩 ")[1:]]
    assert [sorted(one) for one in shown] == links


def test_a_short_digest_has_all_that_it_could_have() -> None:
    root = document(joined(crowded(2, 5, blocks=1)).html)
    assert len(root.xpath("//div[contains(@class, 'item')]")) == 10
    assert root.xpath("//li") == []
    assert len(root.xpath("//p[contains(@class, 'meaning')]")) == 2


def test_as_many_sections_as_a_delivery_can_hold_fit() -> None:
    html = joined(crowded(62, 1)).html
    assert len(html.encode()) < MAX_HTML_BYTES
    assert len(document(html).xpath("//h2")) == 62


def test_compose_asks_as_many_queries_for_one_section_as_for_three(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    one = digest_of("llm")
    with CaptureQueriesContext(connection) as queries:
        compose_digest(Digest.objects.select_related("publication").get(pk=one.pk), nonce=NONCE)
    assert (
        len(queries) == 6
    )  # digest with publication, sections, their items and votes, their changes, split categories
    for n in range(2):
        build.section(one, build.category(f"more-{n}"), items=[build.item(), build.item()])
    with django_assert_num_queries(6):
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

    found = joined(digest_of("llm", language="de"))

    lines = found.text.splitlines()
    assert (document(found.html).get("lang"), lines[3].partition(":")[0]) == words
    assert lines[1].startswith("Fr., 22. Mai · ")


def override(folder: Path, settings: Settings, template: str) -> None:
    """Put an operator's own template of the digest before ours, for one test."""
    path = folder / "email" / "digest.mjml"
    path.parent.mkdir(parents=True)
    path.write_text(template, encoding="utf-8")
    own = settings.TEMPLATES[0] | {"DIRS": [folder, *settings.TEMPLATES[0]["DIRS"]]}
    settings.TEMPLATES = [own]


def test_an_operators_template_replaces_one_block_and_keeps_the_rest(settings: Settings, tmp_path: Path) -> None:
    template = '{% extends "email/digest.mjml" %}{% block masthead %}<p>우리 소식 {{ marks.counts }}</p>{% endblock %}'
    override(tmp_path, settings, template)

    root = document(joined(digest_of("llm")).html)

    assert [text_of(line) for line in root.xpath("//div[contains(@class, 'head')]/p")] == ["우리 소식 1편 · 1분"]
    assert len(root.xpath("//div[contains(@class, 'item')]")) == 1


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            '{% extends "email/digest.mjml" %}\n\n{% block masthead %}{% wrong %}{% endblock %}',
            r"digest\.mjml .*line 3",
        ),
        (
            '{% extends "email/digest.mjml" %}\n{% block masthead %}{{ a|wrong }}{% endblock %}',
            r"digest\.mjml .*line 2",
        ),
        ("<mjml><mj-body></mj-body></mjml>", "“section0”"),
        ("<mjml><mj-body></mjml>", r"digest\.mjml isn’t valid MJML"),
    ],
)
def test_a_broken_template_is_refused_with_its_line(
    settings: Settings, tmp_path: Path, template: str, message: str
) -> None:
    override(tmp_path, settings, template)
    with pytest.raises(ComposeError, match=message):
        compose_digest(digest_of("llm"), nonce=NONCE)


def test_the_subject_of_all_sections_is_as_long_as_its_column() -> None:
    digest = digest_of("llm")
    digest.title = "제" * 300
    assert make_subject(digest) == "제" * 200

    digest.publication.name = "Nn" * 100
    digest.headlines = [{"headline": "LLM 에이전트"}]
    assert make_subject(digest) == "Nn" * 100
    digest.publication.short_name = "AI 논문"
    assert make_subject(digest) == "Daily Insights: LLM 에이전트"


@pytest.mark.parametrize(("by_clock", "says", "never"), [(True, "자동", "편집자"), (False, "편집자", "자동")])
def test_an_email_says_a_person_approved_it_only_where_one_did(by_clock: bool, says: str, never: str) -> None:
    person = None if by_clock else User.objects.create_user("hana", first_name="하나", last_name="김")
    digest = digest_of("llm")
    digest.state, digest.approved_at = Digest.State.APPROVED, timezone.now()
    digest.approved_by, digest.approved_by_clock = person, by_clock
    digest.approval_rule = Digest.ApprovalRule.CLEAN if by_clock else Digest.ApprovalRule.NONE
    digest.sections.update(model="gpt-4o-mini")

    found = joined(digest)

    for part in (found.text, text_of(document(found.html))):
        assert (says in part, never in part, "gpt-4o-mini" in part, "하나" in part) == (True, False, True, False)


def test_names_and_titles_from_right_to_left_do_not_turn_their_lines() -> None:
    digest = digest_of("llm", language="en")
    item = digest.sections.get().items.get()
    Item.objects.update(authors=["محمد علي", "Jane Doe"])
    text = f"### 핵심 내용\n\n1. **[مرحبا: GPT]({item.url})** — Point"
    digest.sections.update(text=text)

    found = joined(digest)

    (section,) = document(found.html).xpath("//div[contains(@class, 'sec')]")
    assert [text_of(one) for one in section.xpath(".//span[@dir='auto']")] == ["مرحبا: GPT", "محمد علي"]
    assert "\u2068مرحبا: GPT\u2069 [1]" in found.text.splitlines()
    assert "\u2068محمد علي\u2069, Jane Doe" in found.text.splitlines()
    assert found.subject == "Daily Insights: Papers: \u2068مرحبا: GPT\u2069"


def test_ordinary_email_has_no_invisible_letters() -> None:
    digest = digest_of("b", "c", "d", "e")
    Item.objects.update(authors=["Jane Doe"])
    found = joined(digest)

    assert [name for name in (found.html, found.text, found.subject) if re.search("[\u2066-\u2069]", name)] == []
    assert "<span dir=" not in found.html


def test_service_mail_shows_inboxes_no_more_than_they_show() -> None:
    html, text = compose_service_mail(
        "note", {"paragraphs": ["word " * 60], "title": "t", "button": "b"}, language="en"
    )
    (hidden,) = document(html).xpath("//div[contains(@style, 'display:none')]")

    assert text_of(hidden) == ("word " * 24).strip()
    assert "word " * 59 in text


def test_korean_words_of_a_service_mail_stay_whole() -> None:
    html, _text = compose_service_mail("note", {"paragraphs": ["가"], "title": "t", "button": "b"}, language="ko")
    blocks = document(html).xpath("//td[contains(@class, 'pad')]/div")

    assert len(blocks) == 3
    assert ["word-break:keep-all" in one.get("style").replace(" ", "") for one in blocks] == [True] * 3
