"""Parses a Markdown report, in either layout of `digests.interchange.markdown_export`, into plain values as printed.

A section begins with a heading that is followed by **요약:**, because the texts have headings of their own. Its sources
follow the last **출처:**, because texts may quote that mark too. Byte order marks, Windows line ends and additional empty
lines are accepted, but not kept. Anything else that cannot be kept is refused, with the number of its line. Nothing here
reads or writes a row.
"""

import dataclasses
import datetime as dt
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from digests.models import MAX_SECTIONS
from digests.text.cleaning import sanitize_url
from digests.text.counts import count_noun
from digests.text.markdown_rendering import MAX_MARKDOWN_CHARS


class ReportLayout(StrEnum):
    """The layout of a report: proper Markdown, or byte for byte that of the old archive."""

    CLEAN = "clean"
    ARCHIVE = "archive"


PICTURE_FILE_NAME = re.compile(r"[A-Za-z0-9_-]+_(\d{4}-\d{2}-\d{2})\.png", re.ASCII)
SECTION_MARKS = {"ko": ("**요약:**", "**출처:**"), "en": ("**Summary:**", "**Sources:**")}
# The sizes of the columns that keep them.
MAX_TITLE_CHARACTERS, MAX_HEADING_CHARACTERS, MAX_EMOJI_CHARACTERS, MAX_SOURCE_CHARACTERS = 300, 200, 16, 500

_TITLE = re.compile(r"# (?P<title>.*)!\[(?P<alt>.*)\]\((?P<picture>\S*)\)\s*")
_PREFACE = re.compile(
    r"(?:(?P<day>\d{4}-\d{2}-\d{2})[ ]*(?:\n\s*|$))?"
    r"(?:!\[(?P<alt>.*)\]\((?P<picture>\S*)\)[ ]*(?:\n\s*|$))?(?P<opening>[\s\S]*)"
)
# The link follows the last " (": titles hold parentheses, and links hold no space.
_SOURCE = re.compile(r" ?- (?P<title>.*) \((?P<url>\S*)\)\s*")
# The database refuses NUL, and the others have no place in a text; tab and line feed do.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_KEYCAP = re.compile("[0-9#*]?\ufe0f?\u20e3")  # the only emoji that begin with a digit


class ReportError(Exception):
    """A fault of a report, with its line, counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"{line}: {reason}")
        self.line, self.reason = line, reason


@dataclass(frozen=True)
class ReportSource:
    """A source as printed; `line` is its line in the file, or 0 if the report was made from rows."""

    title: str
    url: str
    line: int = 0


@dataclass(frozen=True)
class ReportSection:
    """A section as printed; `line` is the line of its heading in the file, or 0 if the report was made from rows."""

    heading: str
    emoji: str
    text: str
    sources: tuple[ReportSource, ...]
    line: int = 0


@dataclass(frozen=True)
class MarkdownReport:
    """A report as printed; `picture` is a file name, or empty in a clean report without a chart.

    `sha256` is the hash (hex) of the text that the report was read from, or empty if it was made from rows.
    """

    layout: ReportLayout
    language: str
    title: str
    date: dt.date
    picture: str
    alt: str
    opening: str
    sections: tuple[ReportSection, ...]
    sha256: str = ""
    line: int = 0


def parse_report(text: str) -> MarkdownReport:
    """Return the report in a text of either layout; raise ReportError at the first line that is wrong."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if found := _CONTROL.search(line):
            raise ReportError(at + 1, f"control character U+{ord(found[0]):04X}")
    title_at = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if not lines[title_at].startswith("# "):
        raise ReportError(title_at + 1, "a report starts with '# Title'")
    starts = [at for at in range(title_at + 1, len(lines)) if _is_section_heading(lines, at)]
    _check_preface(lines, title_at, starts[0] if starts else len(lines))
    if not 0 < len(starts) <= MAX_SECTIONS:
        raise ReportError(title_at + 1, f"{count_noun(len(starts), 'section')}, but an issue has 1 to {MAX_SECTIONS}")
    report = _parse_head(lines, title_at, starts[0])
    ends = [*starts[1:], len(lines)]
    sections = tuple(_parse_section(lines, start, end, report.layout) for start, end in zip(starts, ends, strict=True))
    return dataclasses.replace(report, sections=sections, sha256=hashlib.sha256(text.encode()).hexdigest())


def _next_text_line(lines: list[str], at: int) -> str:
    """Return the first line after `at` that is not empty, or "" if there is none."""
    return next((lines[below] for below in range(at + 1, len(lines)) if lines[below].strip()), "").rstrip()


def _is_section_heading(lines: list[str], at: int) -> bool:
    if not lines[at].startswith("##") or lines[at].startswith("###"):
        return False
    return _next_text_line(lines, at) in {summary for summary, _ in SECTION_MARKS.values()}


def _check_preface(lines: list[str], title_at: int, end: int) -> None:
    for at in range(title_at + 1, end):
        if lines[at].startswith("## "):
            raise ReportError(at + 1, f"no **요약:** below {lines[at]!r}")
        if lines[at].strip() and _TITLE.fullmatch(lines[title_at]):
            raise ReportError(at + 1, "expected a section: '## Name' with **요약:** below it")


def _parse_head(lines: list[str], title_at: int, end: int) -> MarkdownReport:
    """Parse the lines before the first section: paragraphs in the clean layout, one line in that of the archive."""
    layout = ReportLayout.ARCHIVE
    found = _TITLE.fullmatch(lines[title_at])
    day, opening, title = "", "", found["title"] if found else lines[title_at][2:].strip()
    if not found:
        layout, title = ReportLayout.CLEAN, unescape_markdown(title)
        found = _PREFACE.fullmatch("\n".join(lines[title_at + 1 : end]).strip())
        assert found, "every part of the pattern may be missing"  # noqa: S101 - for mypy
        day, opening = found["day"] or "", found["opening"]
        _require_length(opening or "-", MAX_MARKDOWN_CHARS, title_at, "introduction")
    picture, alt = found["picture"] or "", found["alt"] or ""
    return MarkdownReport(
        layout=layout,
        language="ko" if _next_text_line(lines, end) == SECTION_MARKS["ko"][0] else "en",
        title=_require_length(title, MAX_TITLE_CHARACTERS, title_at, "title"),
        date=_parse_date(day, picture, title_at),
        picture=picture,
        alt=alt if layout == ReportLayout.ARCHIVE else unescape_markdown(alt),
        opening=opening,
        sections=(),
        line=title_at + 1,
    )


def _parse_date(day: str, picture: str, title_at: int) -> dt.date:
    dated_name = PICTURE_FILE_NAME.fullmatch(picture)
    if picture and not dated_name:
        raise ReportError(title_at + 1, f"the chart must be named like paper_2026-05-22.png, not {picture!r}")
    days = {day, dated_name[1] if dated_name else ""} - {""}
    if len(days) != 1:
        raise ReportError(
            title_at + 1,
            f"two dates: {' and '.join(sorted(days))}" if days else "no date, and no chart with a date in its name",
        )
    try:
        return dt.date.fromisoformat(days.pop())
    except ValueError:
        raise ReportError(title_at + 1, f"{day or picture!r} isn’t a date") from None


def _require_length(words: str, limit: int, at: int, what: str) -> str:
    if not words.strip():
        raise ReportError(at + 1, f"the {what} is empty")
    if len(words) > limit:
        raise ReportError(
            at + 1, f"the {what} has {count_noun(len(words), 'character')}, and at most {limit:,} are allowed"
        )
    return words


def _parse_section(lines: list[str], start: int, end: int, layout: ReportLayout) -> ReportSection:
    words = lines[start][2:].removeprefix(" ")
    emoji, heading = split_emoji(words if layout == ReportLayout.ARCHIVE else unescape_markdown(words).strip())
    _require_length(heading, MAX_HEADING_CHARACTERS, start, "section heading")
    summary = next(at for at in range(start + 1, end) if lines[at].strip())
    marks = [
        at for at in range(summary + 1, end) if lines[at].rstrip() in {below for _, below in SECTION_MARKS.values()}
    ]
    if not marks:
        raise ReportError(start + 1, f"no **출처:** in the section {heading!r}")
    # Each mark but the last must be a quotation in the text, not the end of a section without a summary.
    for at in marks[:-1]:
        _check_swallowed(lines, at, marks[-1])
    text = "\n".join(_strip_empty_edges(lines[summary + 1 : marks[-1]]))
    if not text.strip():
        raise ReportError(summary + 1, f"no text in the section {heading!r}")
    _require_length(text, MAX_MARKDOWN_CHARS, summary, "text")
    sources = tuple(
        _parse_source(line, at, layout) for at, line in enumerate(lines[:end]) if at > marks[-1] and line.strip()
    )
    if not sources:
        raise ReportError(marks[-1] + 1, f"no item in the section {heading!r}")
    return ReportSection(heading, emoji, text, sources, line=start + 1)


def _check_swallowed(lines: list[str], mark: int, end: int) -> None:
    """Refuse a section without **요약:**, which would be read as text of the section before it."""
    heading = next((at for at in range(mark, end) if lines[at].startswith("## ")), None)
    if heading is not None and _SOURCE.fullmatch(_next_text_line(lines, mark)):
        raise ReportError(heading + 1, f"no **요약:** below {lines[heading]!r}")


def _strip_empty_edges(lines: list[str]) -> list[str]:
    """Remove one empty line before a text and one after it; further ones belong to the text."""
    start = 1 if lines and not lines[0] else 0
    end = len(lines) - (1 if len(lines) > start and not lines[-1] else 0)
    return lines[start:end]


def _parse_source(line: str, at: int, layout: ReportLayout) -> ReportSource:
    found = _SOURCE.fullmatch(line)
    if not found:
        raise ReportError(at + 1, f"not of the form ' - title (link)': {line.strip()[:80]!r}")
    title = found["title"] if layout == ReportLayout.ARCHIVE else unescape_markdown(found["title"])
    if not sanitize_url(found["url"]):
        raise ReportError(at + 1, f"not a link to the web: {found['url'][:80]!r}")
    return ReportSource(_require_length(title, MAX_SOURCE_CHARACTERS, at, "title"), found["url"], line=at + 1)


def split_emoji(words: str) -> tuple[str, str]:
    """Return emoji and name of a heading such as "🧠 LLM"; the emoji is "" if there is none."""
    first, space, rest = words.partition(" ")
    symbol = _KEYCAP.sub("", first)
    if (
        not first
        or not space
        or len(first) > MAX_EMOJI_CHARACTERS
        or any(unicodedata.category(c)[0] in "LNP" for c in symbol)
    ):
        return "", words
    return first, rest


def unescape_markdown(words: str) -> str:
    """Remove the backslashes that `digests.text.markdown_rendering.escape_markdown` puts before marks."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", words)
