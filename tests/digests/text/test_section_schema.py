"""The five parts of a section become Markdown in which only the items' own addresses are linked."""

from typing import Any

import pytest
from pydantic import ValidationError

from digests.text.markdown_rendering import markdown_to_html
from digests.text.section_schema import (
    SectionAnswer,
    SectionPoint,
    SectionSentence,
    SourceMaterial,
    render_extracted_section,
    render_written_section,
)

ONE = SourceMaterial(1, "FastThing: Reading *Less*", "https://example.org/a_(b)?x=1&y=2", "Text " * 40)
TWO = SourceMaterial(2, "Plain", "https://example.org/2", "")


def make_point(number: int, text: str, headline: str = "") -> SectionPoint:
    """Return a point of one sentence without a passage; without a headline, the item's title stands there."""
    return SectionPoint.model_validate({"number": number, "headline": headline, "sentences": [text]})


def make_parts(**changes: Any) -> SectionAnswer:
    """Return an answer on two items; each sentence may be given as a bare string."""
    parts = {
        "themes": ["주제를 말합니다."],
        "keywords": ["효율", "FastThing"],
        "trends": ["동향을 말합니다."],
        "points": [make_point(1, "FastThing은 빠릅니다."), make_point(2, "Plain은 느립니다.")],
        "impact": ["영향을 말합니다."],
        "outlook": ["전망을 말합니다."],
    }
    return SectionAnswer.model_validate(parts | changes)


PARTS = make_parts()


def test_written_has_five_parts_in_korean():
    assert render_written_section(PARTS, [ONE, TWO], "ko") == (
        "### 주요 주제\n\n주제를 말합니다.\n\n"
        "### 공통 키워드와 동향\n\n효율 · FastThing\n\n동향을 말합니다.\n\n"
        "### 핵심 내용\n\n"
        "1. **[FastThing: Reading \\*Less\\*](https://example.org/a_\\(b\\)?x=1&y=2)** — FastThing은 빠릅니다.\n"
        "2. **[Plain](https://example.org/2)** — Plain은 느립니다.\n\n"
        "### 영향\n\n영향을 말합니다.\n\n"
        "### 결론과 전망\n\n전망을 말합니다."
    )


def test_written_has_five_parts_in_english():
    headings = [line for line in render_written_section(PARTS, [ONE, TWO], "en").split("\n") if line.startswith("#")]

    assert headings == [
        "### Themes",
        "### Keywords and trends",
        "### Key points",
        "### Impact",
        "### Conclusion and outlook",
    ]


def test_written_in_a_language_without_headings_takes_the_english_ones():
    assert render_written_section(PARTS, [ONE, TWO], "fi") == render_written_section(PARTS, [ONE, TWO], "en")


def test_written_section_of_one_item_has_no_trend():
    single = make_parts(trends=[], points=PARTS.points[:1], keywords=["효율"])

    assert render_written_section(single, [SourceMaterial(1, "A", "https://example.org/1", "")], "ko") == (
        "### 주요 주제\n\n주제를 말합니다.\n\n키워드: 효율 (글이 한 편이라 동향은 싣지 않았습니다.)\n\n"
        "### 핵심 내용\n\n1. **[A](https://example.org/1)** — FastThing은 빠릅니다.\n\n"
        "### 영향과 전망\n\n영향을 말합니다. 전망을 말합니다."
    )


def test_written_shows_the_headline_of_a_point_or_else_the_items_title():
    points = [make_point(1, "FastThing은 빠릅니다.", "*반만* 읽는 FastThing"), make_point(2, "Plain은 느립니다.")]

    lines = render_written_section(make_parts(points=points), [ONE, TWO], "ko").split("\n")

    assert [line for line in lines if line.startswith(("1.", "2."))] == [
        "1. **[\\*반만\\* 읽는 FastThing](https://example.org/a_\\(b\\)?x=1&y=2)** — FastThing은 빠릅니다.",
        "2. **[Plain](https://example.org/2)** — Plain은 느립니다.",
    ]


def test_written_joins_the_sentences_of_a_part_and_of_a_point():
    point = {"number": 2, "headline": "", "sentences": ["Plain은 느립니다.", "쉽습니다."]}

    text = render_written_section(make_parts(themes=["하나입니다.", "둘입니다."], points=[point]), [TWO], "ko")

    assert [line for line in text.split("\n") if line.endswith(("둘입니다.", "쉽습니다."))] == [
        "하나입니다. 둘입니다.",
        "2. **[Plain](https://example.org/2)** — Plain은 느립니다. 쉽습니다.",
    ]


@pytest.mark.parametrize(
    ("part", "printed"),
    [
        ("themes", "### 주요 주제\n\n주제를 말합니다.\n\n"),
        ("impact", "\n\n### 영향\n\n영향을 말합니다."),
        ("outlook", "\n\n### 결론과 전망\n\n전망을 말합니다."),
    ],
)
def test_written_does_not_print_an_empty_part(part, printed):
    whole = render_written_section(PARTS, [ONE, TWO], "ko")

    assert whole.count(printed) == 1
    assert render_written_section(make_parts(**{part: []}), [ONE, TWO], "ko") == whole.replace(printed, "")


def test_written_without_trends_has_the_keywords_alone():
    text = render_written_section(make_parts(trends=[]), [ONE, TWO], "ko")

    assert text.partition("\n\n### 핵심 내용")[0] == (
        "### 주요 주제\n\n주제를 말합니다.\n\n### 공통 키워드와 동향\n\n효율 · FastThing"
    )


def test_written_section_of_one_item_has_no_heading_over_nothing():
    single = make_parts(trends=[], points=PARTS.points[:1], keywords=[], themes=[], impact=[], outlook=[])

    assert render_written_section(single, [SourceMaterial(1, "A", "https://example.org/1", "")], "ko") == (
        "### 핵심 내용\n\n1. **[A](https://example.org/1)** — FastThing은 빠릅니다."
    )


def test_written_lists_an_item_without_a_point_by_its_title():
    lines = render_written_section(make_parts(points=PARTS.points[:1]), [ONE, TWO], "ko").split("\n")

    assert [line for line in lines if line.startswith("2.")] == ["2. **[Plain](https://example.org/2)**"]


def test_extracted_section_has_a_notice():
    assert render_extracted_section({1: "We propose FastThing."}, ["speed"], [ONE, TWO], "ko") == (
        "글마다 원문에서 핵심 문장 하나를 그대로 옮겼습니다.\n\n### 공통 키워드\n\nspeed\n\n### 핵심 내용\n\n"
        "1. **[FastThing: Reading \\*Less\\*](https://example.org/a_\\(b\\)?x=1&y=2)** — We propose FastThing.\n"
        "2. **[Plain](https://example.org/2)**"
    )


def test_extracted_section_of_titles_alone_has_a_notice():
    assert render_extracted_section({}, [], [TWO], "en") == (
        "The sources have little or no text, so only titles are listed.\n\n"
        "### Key points\n\n2. **[Plain](https://example.org/2)**"
    )


def test_links_survive_the_renderer():
    for url in (
        "https://example.org/a_(b)?x=1&y=2",
        "https://example.org/a*b_c_~d",
        "https://example.org/?a=1&copy;=2",
    ):
        html = markdown_to_html(render_extracted_section({}, [], [SourceMaterial(1, "T", url, "")], "en"), links={url})

        assert html.count("<a href=") == 1, url


HOSTILE = [
    "</a><script>alert(1)</script>",
    "](https://evil.example) [x",
    "![p](https://evil.example/p.png)",
    "# Heading\n\n## Another\n- list",
    "<svg/onload=alert(1)>",
    "`code` **bold** {{ braces }} {% if %} $x$",
    "https://evil.example www.evil.example",
]


def test_hostile_titles_and_texts_stay_words():
    for words in HOSTILE:
        material = SourceMaterial(1, words, "https://example.org/1", "")
        parts = make_parts(
            points=[make_point(1, words, words)],
            themes=[words],
            keywords=[words],
        )

        html = markdown_to_html(
            render_written_section(parts, [material], "en"), links={material.url, "https://evil.example"}
        )

        assert html.count("<a ") == 1, words
        assert (html.count("<h3>"), html.count("<li>"), html.count("<img"), html.count("<s")) == (3, 1, 0, 1), words


@pytest.mark.parametrize(
    "hidden", ["\u200d", "\u200c", "\u200b", "\u3164", "\u115f", "\u2800", "\u202e", "\x00", "\u2060"]
)
def test_invisible_letters_are_removed(hidden):
    typed = hidden.join("evil.com 지시")

    point = make_point(1, typed, typed)

    assert (point.text, point.headline) == ("evil.com 지시", "evil.com 지시")


@pytest.mark.parametrize("words", ["می\u200cخواهم", "क्\u200dष"])
def test_joiners_stay_where_a_script_needs_them(words):
    assert make_point(1, words).text == words


def test_a_text_that_lost_a_letter_is_refused():
    with pytest.raises(ValidationError, match="a letter was lost"):
        make_point(1, "모델\ufffd\ufffd 연구입니다.")


def test_a_passage_that_lost_a_letter_is_refused():
    with pytest.raises(ValidationError, match="a letter was lost"):
        SectionSentence.model_validate({"text": "x", "passages": [{"number": 1, "quote": "a model \ufffd of"}]})


def test_floods_of_points_and_keywords_are_cut():
    points = [{"number": 1, "headline": "", "sentences": ["x"]}] * 1000
    made = make_parts(points=points, keywords=["x"] * 1000)

    assert (len(made.points), len(made.keywords)) == (300, 300)


def test_floods_of_sentences_and_passages_are_cut():
    flood = {"text": "x", "passages": [{"number": 1, "quote": "y"}] * 1000}
    made = make_parts(themes=[flood] * 1000, points=[{"number": 1, "headline": "", "sentences": ["x"] * 1000}])

    assert (len(made.themes), len(made.themes[0].passages), len(made.points[0].sentences)) == (300, 300, 300)


def test_a_bare_string_is_a_sentence_without_a_passage():
    made = make_parts(impact=["영향을 말합니다.", {"text": "또 말합니다.", "passages": []}])

    assert made.impact == [
        SectionSentence(text="영향을 말합니다.", passages=[]),
        SectionSentence(text="또 말합니다.", passages=[]),
    ]


def test_a_string_in_the_place_of_a_list_is_read_as_its_sentences():
    made = make_parts(impact="It needs 1.5 GB, e.g. a phone. It is small.", outlook="", points=[])

    assert ([one.text for one in made.impact], made.outlook) == (
        ["It needs 1.5 GB, e.g. a phone.", "It is small."],
        [],
    )


@pytest.mark.parametrize(
    "extra",
    [
        {"points": [{"number": 1, "headline": "", "sentences": [], "text": "x"}]},
        {"impact": [{"text": "x", "passages": [], "verdict": "supported"}]},
        {"impact": [{"text": "x", "passages": [{"number": 1, "quote": "y", "verdict": "supported"}]}]},
        {"verdict": "supported"},
    ],
)
def test_a_field_that_nobody_asked_for_is_refused(extra):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        make_parts(**extra)
