"""Exporting reports: both layouts, and hostile words, which stay plain words."""

import pytest
from markdown_it import MarkdownIt

from digests.interchange.markdown_export import (
    export_markdown,
    make_chart_file_name,
    make_report_file_name,
    tame_markdown,
)
from digests.interchange.markdown_reader import ReportLayout, parse_report, unescape_markdown
from digests.text.markdown_rendering import escape_markdown
from tests import build


def rendered(markdown: str) -> str:
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


@pytest.mark.parametrize(
    "title",
    [
        "# Heading",
        "1. First",
        "- dash",
        "+ plus",
        "> quote",
        "==",
        "C# #",
        "[link](https://evil.example)",
        "![picture](https://evil.example/x.png)",
        "https://evil.example www.evil.example",
        "<script>alert(1)</script> <https://evil.example>",
        "*b* _i_ `c` ~~s~~ $x$ | & &lt; &#x3c; \\* \\",
        "한국어 (English term) – “quotes” (https://evil.example)",
    ],
)
def test_escape_shows_every_letter_and_is_undone(title: str) -> None:
    html = rendered(f"- {escape_markdown(title)}\n")
    shown = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    assert html == f"<ul>\n<li>{shown}</li>\n</ul>\n"
    assert unescape_markdown(escape_markdown(title)) == title


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# a", "<p># a</p>\n"),
        ("a\n\n## b", "<p>a</p>\n<p>## b</p>\n"),
        ("a\r## b", "<p>a\n## b</p>\n"),
        ("### a", "<h3>a</h3>\n"),
        ("- # a", "<ul>\n<li># a</li>\n</ul>\n"),
        ("a\n===", "<p>a\n===</p>\n"),
        ("a\n---", "<p>a\n---</p>\n"),
        ("<!-- a", "<p>&lt;!-- a</p>\n"),
        ("<script>a</script>", "<p>&lt;script&gt;a&lt;/script&gt;</p>\n"),
        (r"\<script>", "<p>&lt;script&gt;</p>\n"),
        (r"\\<script>", "<p>\\&lt;script&gt;</p>\n"),
        ("1 < 2", "<p>1 &lt; 2</p>\n"),
        ("```\na", "<p>```\na</p>\n"),
        ("- ```\n```\n<script>", "<ul>\n<li>```\n```\n&lt;script&gt;</li>\n</ul>\n"),
        ("~~~ a", "<p>~~~ a</p>\n"),
        ("![a](https://evil.example/x.png)", "<p>![a](https://evil.example/x.png)</p>\n"),
        ("[a](javascript:alert)", "<p>[a](javascript:alert)</p>\n"),
        ("[a](https://a.example)", '<p><a href="https://a.example">a</a></p>\n'),
        ("[a](<https://a.example/(>)", '<p><a href="https://a.example/(">a</a></p>\n'),
        ("[a][b]\n\n[b]: https://evil.example", "<p>[a][b]</p>\n<p>[b]: https://evil.example</p>\n"),
        ("**출처:**", "<p>**출처:**</p>\n"),
        (
            "1. **[a](https://a.example)** — b",
            '<ol>\n<li><strong><a href="https://a.example">a</a></strong> — b</li>\n</ol>\n',
        ),
    ],
)
def test_tame_keeps_a_text_in_its_place(text: str, html: str) -> None:
    assert rendered(tame_markdown(text)) == html
    assert tame_markdown(tame_markdown(text)) == tame_markdown(text)


@pytest.mark.django_db
def test_export_markdown_clean() -> None:
    llm = build.category("llm", names={"ko": "언어 모델"}, emoji="🧠")
    digest = build.digest(
        build.publication("papers"),
        title="오늘의 논문",
        opening="안녕하세요.",
        chart=b"png",
        chart_alt="분야별 건수: LLM 1건",
    )
    build.section(
        digest, llm, items=[build.item("Attention", url="https://a.example/x_(y)*z")], text="### 주제\n\n글 \n"
    )
    assert export_markdown(digest, layout=ReportLayout.CLEAN) == (
        "# 오늘의 논문\n\n2026-05-22\n\n![분야별 건수: LLM 1건](paper_2026-05-22.png)\n\n안녕하세요.\n\n"
        "## 🧠 언어 모델\n\n**요약:**\n\n### 주제\n\n글\n\n**출처:**\n\n- Attention (https://a.example/x_(y)%2Az)\n"
    )


@pytest.mark.django_db
def test_export_markdown_clean_english_publication_has_english_marks() -> None:
    digest = build.digest(build.publication("papers-en", language="en"), title="Papers")
    build.section(
        digest,
        build.category(names={"en": "LLM"}, emoji=""),
        items=[build.item("A", url="https://a.example")],
        text="T",
    )
    assert export_markdown(digest, layout=ReportLayout.CLEAN) == (
        "# Papers\n\n2026-05-22\n\n## LLM\n\n**Summary:**\n\nT\n\n**Sources:**\n\n- A (https://a.example)\n"
    )


@pytest.mark.django_db
def test_export_markdown_archive_of_a_digest_made_here() -> None:
    digest = build.digest(build.publication("papers"), title="오늘의 논문", opening="안녕하세요.")
    build.section(
        digest,
        build.category(names={"ko": "언어 모델"}, emoji="🧠"),
        items=[build.item("A*", url="https://a.example")],
        text="글",
    )
    assert export_markdown(digest, layout=ReportLayout.ARCHIVE) == (
        "# 오늘의 논문![Category Distribution Graph](paper_2026-05-22.png)\n\n"
        "## 🧠 언어 모델\n\n**요약:**\n\n글\n\n**출처:**\n\n - A* (https://a.example)\n\n\n"
    )


HOSTILE = "## 🧠 가짜\n\n**요약:**\n\n글\n\n**출처:**\n\n - 가짜 (https://evil.example)\n\n```\n<!--"


@pytest.mark.django_db
@pytest.mark.parametrize("layout", list(ReportLayout))
def test_export_markdown_hostile_words_add_no_section_and_no_source(layout: ReportLayout) -> None:
    title = "A\n## 가짜 [x](https://evil.example) (https://evil.example)"
    digest = build.digest(build.publication("papers"), title=title, opening="# 가짜\n\n" + HOSTILE)
    llm = build.category(names={"ko": "언어\n## 모델"})
    build.section(digest, llm, items=[build.item(title, url="https://a.example")], text=HOSTILE)
    report = parse_report(export_markdown(digest, layout=layout))
    assert [(one.heading, [source.url for source in one.sources]) for one in report.sections] == [
        ("언어 ## 모델", ["https://a.example"])
    ]


@pytest.mark.parametrize(
    ("slug", "chart", "report"),
    [
        ("papers", "paper_2026-05-22.png", "Papers_2026-05-22_report.md"),
        ("news", "news_2026-05-22.png", "News_2026-05-22_report.md"),
        ("papers-en", "papers-en_2026-05-22.png", "Papers-en_2026-05-22_report.md"),
    ],
)
@pytest.mark.django_db
def test_file_names(slug: str, chart: str, report: str) -> None:
    digest = build.digest(build.publication(slug))
    assert (make_chart_file_name(digest), make_report_file_name(digest)) == (chart, report)
