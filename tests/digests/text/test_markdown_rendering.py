"""Rendering of Markdown from models and editors: what is shown, and what never is."""

import re
import time

import pytest

from digests.text.markdown_rendering import MAX_MARKDOWN_CHARS, markdown_to_html, markdown_to_text

PAPER = "https://arxiv.org/abs/2605.00001"
REPORT = f"""### 핵심 내용

1. **[어떤 \\[논문\\] 제목]({PAPER})** — 정확도를 3.5% 높였습니다.
2. 둘째 항목
   - 안쪽 *항목*

마지막 문단입니다."""


def test_to_html_of_a_report_keeps_its_structure() -> None:
    assert markdown_to_html(REPORT, links=[PAPER]) == (
        "<h3>핵심 내용</h3>\n<ol>\n"
        f'<li><strong><a href="{PAPER}">어떤 [논문] 제목</a></strong> — 정확도를 3.5% 높였습니다.</li>\n'
        "<li>둘째 항목\n<ul>\n<li>안쪽 <em>항목</em></li>\n</ul>\n</li>\n</ol>\n"
        "<p>마지막 문단입니다.</p>"
    )


def test_to_text_of_a_report_leaves_no_marks() -> None:
    assert markdown_to_text(REPORT, links=[PAPER]) == (
        "핵심 내용\n"
        f"1. 어떤 [논문] 제목 ({PAPER}) — 정확도를 3.5% 높였습니다.\n"
        "2. 둘째 항목\n"
        "   - 안쪽 항목\n\n"
        "마지막 문단입니다."
    )


@pytest.mark.parametrize(
    ("markdown", "html", "text"),
    [
        ("# One\n\n#### Four", "<h3>One</h3>\n<h4>Four</h4>", "One\nFour"),
        ("Set\n===\n\ntext", "<h3>Set</h3>\n<p>text</p>", "Set\ntext"),
        ("a  \nb", "<p>a<br>\nb</p>", "a\nb"),
        ("a\nb", "<p>a\nb</p>", "a b"),
        ("a\n\n---\n\nb", "<p>a</p>\n<p>b</p>", "a\n\nb"),
        ("```py\nx < 1\n```", "<p><code>x &lt; 1</code></p>", "x < 1"),
        ("    not code", "<p>not code</p>", "not code"),
        ("> said\n> so", "<blockquote>\n<p>said\nso</p>\n</blockquote>", "  said so"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>', "3. a\n4. b"),
        ("- a\n\n- b", "<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>", "- a\n\n- b"),
        ("5 * 3 * 2 \\*", "<p>5 * 3 * 2 *</p>", "5 * 3 * 2 *"),
        ("", "", ""),
    ],
)
def test_blocks_become_one_of_the_few_that_are_allowed(markdown: str, html: str, text: str) -> None:
    assert (markdown_to_html(markdown, links=[]), markdown_to_text(markdown, links=[])) == (html, text.strip())


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("a <svg/onload=alert(1)> b", "<p>a &lt;svg/onload=alert(1)&gt; b</p>"),
        ("<!-- a --> b", "<p>&lt;!-- a --&gt; b</p>"),
        ("[words](javascript:alert(1))", "<p>words</p>"),
        ("[words](data:text/html;base64,PHNjcmlwdD4=)", "<p>words</p>"),
        ("[**bold** words](https://evil.test)", "<p><strong>bold</strong> words</p>"),
        ("<https://evil.test>", "<p>&lt;https://evil.test&gt;</p>"),
        ("[words][1]\n\n[1]: https://evil.test", "<p>[words][1]</p>\n<p>[1]: https://evil.test</p>"),
        ("![a pixel](https://evil.test/1.png)", "<p>a pixel</p>"),
        (f"[![a pixel](https://evil.test/1.png)]({PAPER})", f'<p><a href="{PAPER}">a pixel</a></p>'),
        (f'[a]({PAPER} "title")', f'<p><a href="{PAPER}">a</a></p>'),
        (f"[a]({PAPER}#elsewhere)", "<p>a</p>"),
        ("&lt;b&gt; &amp;", "<p>&lt;b&gt; &amp;</p>"),
    ],
)
def test_hostile_text_becomes_words(markdown: str, html: str) -> None:
    assert markdown_to_html(markdown, links=[PAPER, "javascript:alert(1)"]) == html


def test_link_with_another_spelling_of_the_same_address_stays() -> None:
    assert markdown_to_html("[글](https://example.org/글?a=1&b=2)", links=["https://example.org/글?a=1&b=2"]) == (
        '<p><a href="https://example.org/%EA%B8%80?a=1&amp;b=2">글</a></p>'
    )


def test_to_text_of_a_link_that_is_its_own_words_says_it_once() -> None:
    assert (
        markdown_to_text(f"see [{PAPER}]({PAPER}) and [evil](https://evil.test)", links=[PAPER])
        == f"see {PAPER} and evil"
    )


def test_control_characters_and_direction_marks_are_removed() -> None:
    hostile = "a\x00b\x08c\x1bd\x85e\ud800f\ufffeg &#x202e;h\r\ni"
    assert markdown_to_html(hostile, links=[]) == "<p>abcdefg h\ni</p>"
    assert markdown_to_text(hostile, links=[]) == "abcdefg h i"


@pytest.mark.parametrize("unit", ["[", "![", "[a](", "*a ", "<a ", ">", "- ", "&", "a\n", "`"])
def test_ten_thousand_marks_take_no_quadratic_time(unit: str) -> None:
    started = time.process_time()
    markdown_to_html(unit * 10_000, links=[])
    markdown_to_text(unit * 10_000, links=[])
    assert time.process_time() - started < 3  # 0.6 s at most on a slow machine; quadratic would be minutes


@pytest.mark.parametrize("piece", ["![", "1. a\n", "x"])
def test_render_of_a_megabyte_costs_seconds_and_ends_after_a_whole_line(piece: str) -> None:
    text = (piece * (1_000_000 // len(piece))) + "\n\nThe end."
    started = time.process_time()
    html, plain = markdown_to_html(text, links=[PAPER]), markdown_to_text(text, links=[PAPER])
    assert time.process_time() - started < 5
    assert (html.count("The end."), plain.count("The end."), html.count("…"), plain[-1]) == (0, 0, 1, "…")


def test_render_shows_all_of_a_text_of_the_greatest_length() -> None:
    text = "word\n\n" * (MAX_MARKDOWN_CHARS // 6)
    assert markdown_to_text(text, links=[]).count("word") == MAX_MARKDOWN_CHARS // 6


def test_html_marks_the_language_of_links_and_of_quotes() -> None:
    report = f"Intro\n\n1. **[Title]({PAPER})** — Words of the paper.\n2. No link"
    link = f'<strong><a href="{PAPER}" lang="en">Title</a></strong>'

    assert f"<li>{link} — Words" in markdown_to_html(report, links={PAPER: "en"})
    html = markdown_to_html(report, links={PAPER: "en"}, quotes=True)
    assert f'<li lang="en">{link} — Words of the paper.</li>' in html
    assert "<li>No link</li>" in html
    assert "lang" not in markdown_to_html(report, links={PAPER: ""}, quotes=True)


def test_html_marks_the_first_list_item_of_a_link_and_gives_it_an_id() -> None:
    one, two = "https://a.test/1", "https://a.test/2"
    markdown = f"[One]({one})\n\n1. [One]({one}), [Two]({two})\n   - [Two]({two})\n2. [One]({one})\n3. none"

    html = markdown_to_html(
        markdown, links=[one, two], item_marks={one: "MARK1", two: "MARK2"}, item_ids={one: "llm-1", two: "llm-2"}
    )

    assert re.findall(r'id="[^"]*"|MARK.', html) == ['id="llm-1"', "MARK1", "MARK1"]
    assert html.index('<li id="llm-1">') < html.index("</ul>") < html.index("MARK1")


def test_html_has_no_id_of_a_writer() -> None:
    assert markdown_to_html('- <b id="x">word</b>', links=[]) == '<ul>\n<li>&lt;b id="x"&gt;word&lt;/b&gt;</li>\n</ul>'
