"""The labels of a section: one set per language, and all that older sections may have are still known."""

import pytest

from digests.quality.gates import check_section_text
from digests.text.localization import list_catalog_languages
from digests.text.section_labels import get_extraction_notices, get_parts_by_heading, get_section_labels
from digests.text.section_schema import SourceMaterial, render_written_section
from tests import build
from tests.answers import make_answer

LANGUAGES = ["ko", "de", "fr", "es", "pt", "it", "nl", "ja", "zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_has_all_labels(language: str) -> None:
    english, labels = get_section_labels("en"), get_section_labels(language)

    alike = {name for name, words in labels.items() if words == english[name]}
    assert alike <= {"impact"}  # the same word in another language, if any


def test_every_catalog_is_known() -> None:
    assert list_catalog_languages() == ("en", "de", "es", "fr", "it", "ja", "ko", "nl", "pt", "zh-hans")


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_headings_of_every_language_are_recognized(language: str) -> None:
    labels, parts = get_section_labels(language), get_parts_by_heading()

    assert [parts[labels[name].casefold()] for name in ("themes", "keywords_and_trends", "points", "outlook")] == [
        *("themes", "trends", "points", "outlook")
    ]
    assert {labels["quoted"], labels["titles"]} <= get_extraction_notices()


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("주요 주제", "themes"),
        ("공통 키워드와 동향", "trends"),
        ("키워드와 동향", "trends"),
        ("결론과 전망", "outlook"),
    ],
)
def test_headings_of_earlier_versions_are_recognized(heading: str, part: str) -> None:
    assert get_parts_by_heading()[heading] == part


@pytest.mark.parametrize(
    "notice",
    [
        "원문에서 핵심 문장을 한 문장씩 그대로 옮겼습니다.",
        "본문이 짧거나 없어 제목만 전합니다.",
        "Key sentences, one per source, word for word.",
        "The sources bring no text to speak of: titles only.",
        "Kernsätze, einer je Quelle, im Wortlaut.",
    ],
)
def test_notices_of_earlier_versions_are_recognized(notice: str) -> None:
    assert notice in get_extraction_notices()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [("ko", "새 방법이 나왔습니다."), ("en", "A new method came out.")],
)
@pytest.mark.parametrize("others", [0, 2])
def test_own_sentence_about_a_single_item_is_no_finding(language: str, words: str, others: int) -> None:
    items = [build.item(f"RabbitNet {n}") for n in range(1 + others)]
    materials = [SourceMaterial(n, one.title, one.url, one.summary) for n, one in enumerate(items, start=1)]
    points = [{"number": 1, "text": words}]
    parts = make_answer(
        {"themes": words, "keywords": ["RabbitNet"], "impact": words, "outlook": words, "points": points}, materials
    )

    text = render_written_section(parts, materials, language)

    label = get_section_labels(language)["single_text" if others else "single"]
    assert text.count(label) == 1
    assert [one for one in check_section_text(text, items, language) if label[:6] in str(one)] == []
    assert {one.gate for one in check_section_text(text, items, language)} <= {*("shape", "repetition", "generic")}
