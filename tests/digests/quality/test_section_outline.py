"""A section's Markdown is read back as lead, items and meaning, whatever an editor made of it; items of all sections are ranked."""

import pytest

from digests.models import Section, Source
from digests.models.items import Entry
from digests.quality.section_outline import SectionOutline, list_headlines, load_outlines, rank_items
from tests import build

pytestmark = pytest.mark.django_db

SOURCE = "Detectors are slow. We propose RabbitNet, an anchor-free detector for small drones."
TEXT = """### 주요 주제

드론의 눈을 다룹니다.

### 공통 키워드와 동향

RabbitNet · 검출

가벼운 모델이 늘었습니다.

### 핵심 내용

1. **[드론용 검출기](https://example.org/a)** — RabbitNet은 드론용 검출기입니다. 느린 앞선 방법보다 훨씬 빠르다고 합니다.
2. **[Second Paper](https://example.org/b)**
3. 편집자가 덧붙인 말입니다.

### 영향

쓸 곳이 늘어납니다.

### 결론과 전망

더 작은 칩이 남았습니다.
"""


def make_section(text: str = TEXT, **fields: object) -> Section:
    first = build.item("RabbitNet: Fast Detectors", summary=SOURCE, url="https://example.org/a", language="en")
    second = build.item("Second Paper", url="https://example.org/b", language="en")
    return build.section(build.digest(), build.category("vision"), items=[first, second], text=text, **fields)


def outline(section: Section) -> SectionOutline:
    return load_outlines(section.digest)[0]


def test_the_parts_of_a_written_section():
    found = outline(make_section(origin=Section.Origin.MODEL))

    assert (found.lead, found.meaning) == (
        "드론의 눈을 다룹니다. 가벼운 모델이 늘었습니다.",
        "쓸 곳이 늘어납니다. 더 작은 칩이 남았습니다.",
    )
    assert found.notes == ("편집자가 덧붙인 말입니다.",)
    assert [(one.number, one.headline, one.text, one.language) for one in found.items] == [
        (
            1,
            "드론용 검출기",
            "RabbitNet은 드론용 검출기입니다. 느린 앞선 방법보다 훨씬 빠르다고 합니다.",
            "",
        ),
        (2, "Second Paper", "", "en"),
    ]
    assert [(one.line, one.anchor) for one in found.items] == [
        ("RabbitNet은 드론용 검출기입니다.", "vision-1"),
        ("", "vision-2"),
    ]


def test_the_words_of_a_source_have_its_language():
    quoted = "1. **[RabbitNet: Fast Detectors](https://example.org/a)** — We propose RabbitNet, an anchor-free detector for small drones."
    found = outline(make_section(quoted))

    assert [(one.language, one.text_language, one.has_evidence) for one in found.items] == [
        ("en", "en", True),
        ("en", "en", False),
    ]


def test_an_item_that_the_text_does_not_name_has_its_title():
    found = outline(make_section("편집자가 전부 다시 썼습니다."))

    assert (found.lead, found.notes, found.meaning) == ("편집자가 전부 다시 썼습니다.", (), "")
    assert [one.headline for one in found.items] == ["RabbitNet: Fast Detectors", "Second Paper"]


def test_a_headline_that_an_editor_broke_is_one_line():
    found = outline(
        make_section(
            "1. **[드론용\n   검출기](https://example.org/a)** — 느린 방법보다\n   빠릅니다.",
            origin=Section.Origin.MODEL,
        )
    )

    assert (found.items[0].headline, found.items[0].text) == ("드론용 검출기", "느린 방법보다 빠릅니다.")


def test_items_are_ranked_by_sources_then_votes_and_a_section_keeps_its_order():
    digest = build.digest()
    papers = Source.objects.create(slug="hf", name="HF", url="https://hf.test/api", kind=Source.Kind.HUGGINGFACE)
    items = [build.item(f"Paper number {n} of the day") for n in range(4)]
    for item, votes in zip(items, (0, 90, 3, 0), strict=True):
        Entry.objects.create(source=papers, item=item, guid=item.title, url=item.url, title=item.title, votes=votes)
    Entry.objects.create(source=build.source(), item=items[3], guid="x", url=items[3].url, title="x", votes=500)
    for pair in (items[:2], items[2:]):
        text = "\n".join(f"1. **[{one.title}]({one.url})** — 내용입니다." for one in pair)
        build.section(digest, build.category(), items=pair, text=text)

    ranked = rank_items(load_outlines(digest))

    assert [(one.row.item, one.votes.sources, one.votes.votes) for one in ranked] == [
        (items[2], 1, 3),
        (items[3], 2, 0),
        (items[0], 1, 0),
        (items[1], 1, 90),
    ]


def test_the_headlines_of_a_digest_begin_with_items_that_have_a_text():
    section = make_section(
        "1. [Second Paper](https://example.org/b) — 둘째 논문의 내용입니다.\n", origin=Section.Origin.MODEL
    )

    assert list_headlines(section.digest) == [
        {
            "headline": "Second Paper",
            "language": "en",
            "line": "둘째 논문의 내용입니다.",
            "line_language": "",
            "emoji": section.emoji,
            "anchor": "vision-2",
        },
        {
            "headline": "RabbitNet: Fast Detectors",
            "language": "en",
            "line": "",
            "line_language": "",
            "emoji": section.emoji,
            "anchor": "vision-1",
        },
    ]
