"""Parsing reports: what is accepted, what is kept, and which line is named when a report is refused."""

import datetime as dt
import hashlib

import pytest

from digests.interchange.markdown_export import render_report
from digests.interchange.markdown_reader import (
    MarkdownReport,
    ReportError,
    ReportLayout,
    ReportSection,
    ReportSource,
    parse_report,
    split_emoji,
)
from digests.models import MAX_SECTIONS
from tests.reports import ARCHIVE, TITLE


def test_parse_report_archive_keeps_every_letter() -> None:
    assert parse_report(ARCHIVE) == MarkdownReport(
        layout=ReportLayout.ARCHIVE,
        language="ko",
        title="Daily Artificial Intelligence Insights : Papers",
        date=dt.date(2024, 12, 2),
        picture="paper_2024-12-02.png",
        alt="Category Distribution Graph",
        opening="",
        sections=(
            ReportSection(
                heading="Computer Vision",
                emoji="☀️",
                text="## 요약 보고서\n\n**제목:** 첫째 글 \n   \n**요약:**\n\n1. **주제**\n   - 두 줄\t\n\n**출처:** 본문 안의 말",
                sources=(
                    ReportSource(
                        "Deep Residual Learning for Image Recognition", "http://arxiv.org/abs/1512.03385v1", line=20
                    ),
                    ReportSource(
                        "Going (Much) Deeper: A Study  (of Depth)",
                        "https://papers.example/d/12/going-(much)-deeper:-a-study",
                        line=21,
                    ),
                ),
                line=3,
            ),
            ReportSection(
                heading="Open Domain  Reasoning ",
                emoji="",
                text="\n제목: '한 칸 아래'",
                sources=(
                    ReportSource(
                        "Deep Residual Learning for Image Recognition", "http://arxiv.org/abs/1512.03385v1", line=33
                    ),
                ),
                line=24,
            ),
        ),
        sha256=hashlib.sha256(ARCHIVE.encode()).hexdigest(),
        line=1,
    )


def test_render_archive_gives_the_same_bytes() -> None:
    assert render_report(parse_report(ARCHIVE)) == ARCHIVE


@pytest.mark.parametrize("text", ["\ufeff" + ARCHIVE, ARCHIVE.replace("\n", "\r\n"), ARCHIVE.replace("\n", "\r")])
def test_parse_report_byte_order_mark_and_line_ends_change_nothing(text: str) -> None:
    assert parse_report(text) == parse_report(ARCHIVE)


def test_parse_report_other_empty_lines_are_read_and_written_by_the_rule() -> None:
    squeezed = ARCHIVE.replace(")\n\n\n## ", ")\n## ").replace("**출처:**\n\n - ", "**출처:**\n - ").rstrip("\n")
    assert render_report(parse_report(squeezed)) == ARCHIVE


def test_parse_report_news_title() -> None:
    report = parse_report(ARCHIVE.replace("Papers!", "News!").replace("(paper_", "(news_"))
    assert (report.title, report.picture) == ("Daily Artificial Intelligence Insights : News", "news_2024-12-02.png")


def test_parse_report_clean_without_picture_is_dated_by_its_second_line() -> None:
    text = "# Title\n\n2024-12-02\n\n## LLM\n\n**Summary:**\n\nText\n\n**Sources:**\n\n- A (https://a.example)\n"
    report = parse_report(text)
    assert (report.layout, report.language, report.date) == ("clean", "en", dt.date(2024, 12, 2))
    assert render_report(report) == text


def test_parse_report_clean_without_date_line_is_dated_by_its_picture() -> None:
    head = TITLE.replace("![", "\n\n![")
    report = parse_report(ARCHIVE.replace(TITLE, head))
    assert (report.layout, report.date, report.opening) == ("clean", dt.date(2024, 12, 2), "")


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        (TITLE, "Daily Insights", 1, "a report starts with '# Title'"),
        (TITLE, "# Daily Insights : Papers", 1, "no date, and no chart with a date in its name"),
        ("paper_2024-12-02.png", "paper_2024-13-02.png", 1, "'paper_2024-13-02.png' isn’t a date"),
        (
            "paper_2024-12-02.png",
            "../paper_2024-12-02.png",
            1,
            "the chart must be named like paper_2026-05-22.png, not '../paper_2024-12-02.png'",
        ),
        (TITLE, TITLE.replace("![", "\n\n2024-12-03\n\n!["), 1, "two dates: 2024-12-02 and 2024-12-03"),
        ("Daily Artificial", "D" * 300, 1, "the title has 331 characters, and at most 300 are allowed"),
        ("# Daily Artificial Intelligence Insights : Papers!", "# !", 1, "the title is empty"),
        ("\n\n## ☀️", "\n\nA word\n\n## ☀️", 3, "expected a section: '## Name' with **요약:** below it"),
        ("Vision\n\n**요약:**\n\n## 요", "Vision\n\n## 요", 3, "no **요약:** below '## ☀️ Computer Vision'"),
        ("## ☀️ Computer Vision", "##", 3, "the section heading is empty"),
        ("Computer Vision", "C" * 201, 3, "the section heading has 201 characters, and at most 200 are allowed"),
        ("Reasoning \n\n**요약:**", "Reasoning \n\n", 24, "no **요약:** below '## Open Domain  Reasoning '"),
        ("\n\n제목: '한 칸 아래'", "", 26, "no text in the section 'Open Domain  Reasoning '"),
        ("아래'\n\n**출처:**", "아래'\n", 24, "no **출처:** in the section 'Open Domain  Reasoning '"),
        (
            "아래'\n\n**출처:**\n\n - Deep Residual Learning for Image Recognition (http://arxiv.org/abs/1512.03385v1)",
            "아래'\n\n**출처:**",
            31,
            "no item in the section 'Open Domain  Reasoning '",
        ),
        (
            "- Going",
            "Going",
            21,
            "not of the form ' - title (link)': 'Going (Much) Deeper: A Study  (of Depth) (https:/",
        ),
        (
            "(https://papers.example",
            "(ftp://papers.example",
            21,
            "not a link to the web: 'ftp://papers.example/d/12/going-",
        ),
        ("(https://papers.example", "(javascript:alert", 21, "not a link to the web: 'javascript:alert/d/12/going-"),
        ("papers.example/d", "papers .example/d", 21, "not of the form ' - title (link)': '- Going"),
        ("Going (Much)", "G" * 500, 21, "the title has 528 characters, and at most 500 are allowed"),
        ("- Going (Much) Deeper: A Study  (of Depth) (", "-  (", 21, "the title is empty"),
        ("첫째 글", "첫째\x00글", 9, "control character U+0000"),
        ("첫째 글", "글" * 50_001, 5, "the text has 50"),
    ],
)
def test_parse_report_malformed_is_refused_at_its_line(old: str, new: str, line: int, reason: str) -> None:
    assert old in ARCHIVE
    with pytest.raises(ReportError) as raised:
        parse_report(ARCHIVE.replace(old, new))
    assert (raised.value.line, raised.value.reason[: len(reason)]) == (line, reason)


@pytest.mark.parametrize("text", ["", "\n\n \n", "\ufeff", "#", "\x00", "## LLM\n\n**요약:**\n\n"])
def test_parse_report_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ReportError, match=r"^1: "):
        parse_report(text)


@pytest.mark.parametrize("count", [0, MAX_SECTIONS + 1])
def test_parse_report_without_or_with_too_many_sections_is_refused(count: int) -> None:
    section = "## LLM {}\n\n**요약:**\n\n글\n\n**출처:**\n\n - A (https://a.example)\n\n\n"
    text = f"{TITLE}\n\n" + "".join(section.format(n) for n in range(count))
    with pytest.raises(ReportError, match=rf"^1: {count} sections, but an issue has 1 to 62$"):
        parse_report(text)


@pytest.mark.parametrize(
    ("heading", "emoji", "name"),
    [
        ("👽 Multimodal", "👽", "Multimodal"),
        ("☀️ Security", "☀️", "Security"),
        ("👩‍💻 Code", "👩‍💻", "Code"),
        ("1️⃣ First", "1️⃣", "First"),
        ("🇰🇷 정책", "🇰🇷", "정책"),
        ("LLM", "", "LLM"),
        ("AI policy", "", "AI policy"),
        ("3 papers", "", "3 papers"),
        (" LLM", "", " LLM"),
        ("🧠  LLM", "🧠", " LLM"),
        ("🧠LLM", "", "🧠LLM"),
        ("🧠" * 17 + " LLM", "", "🧠" * 17 + " LLM"),
    ],
)
def test_split_emoji(heading: str, emoji: str, name: str) -> None:
    assert split_emoji(heading) == (emoji, name)
