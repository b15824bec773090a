"""The text of a Markdown report, in either layout of `markdown` -> a Report: plain values as they are printed.

Sections begin with a heading that is followed by **요약:**, because the texts have headings of their own, and their
sources stand below the last **출처:**, because texts quote even that. Byte order marks, Windows line ends and other
numbers of empty lines are read, but written back by the rule. What cannot be kept is refused with its line.
"""

import dataclasses
import datetime as dt
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from digests.models import MAX_SECTIONS
from digests.text.cleaning import sanitize_url
from digests.text.markdown_rendering import MAX_MARKDOWN_CHARS

ReportLayout = Literal["clean", "archive"]

PICTURE_FILE_NAME = re.compile(r"[A-Za-z0-9_-]+_(\d{4}-\d{2}-\d{2})\.png", re.ASCII)
SECTION_MARKS = {"ko": ("**요약:**", "**출처:**"), "en": ("**Summary:**", "**Sources:**")}
MAX_TITLE_CHARACTERS, MAX_HEADING_CHARACTERS, MAX_EMOJI_CHARACTERS, MAX_SOURCE_CHARACTERS = (
    300,
    200,
    16,
    500,
)  # the columns that hold them

_TITLE = re.compile(r"# (?P<title>.*)!\[(?P<alt>.*)\]\((?P<picture>\S*)\)\s*")
_PREFACE = re.compile(
    r"(?:(?P<day>\d{4}-\d{2}-\d{2})[ ]*(?:\n\s*|$))?"
    r"(?:!\[(?P<alt>.*)\]\((?P<picture>\S*)\)[ ]*(?:\n\s*|$))?(?P<opening>[\s\S]*)"
)
# The link follows the last " (": titles hold parentheses, and links hold no space.
_SOURCE = re.compile(r" ?- (?P<title>.*) \((?P<url>\S*)\)\s*")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SYMBOL = re.compile("[0-9#*]?\ufe0f?\u20e3")  # the only emoji that begin with a digit


class ReportError(Exception):
    """What a report lacks, and in which of its lines, counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"{line}: {reason}")
        self.line, self.reason = line, reason


@dataclass(frozen=True)
class ReportSource:
    """A source as it is printed; `line` is its place in the file, 0 where it comes from rows."""

    title: str
    url: str
    line: int = 0


@dataclass(frozen=True)
class ReportSection:
    """A section as it is printed."""

    heading: str
    emoji: str
    text: str
    sources: tuple[ReportSource, ...]
    line: int = 0


@dataclass(frozen=True)
class MarkdownReport:
    """A report as it is printed; `picture` is a file name, empty where a clean report has no chart.

    `sha256` is the fingerprint of the text that it was read from, empty where it comes from rows.
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
    """Read a report in either layout; raise ReportError at the first line that is not as it must be."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if found := _CONTROL.search(line):
            raise ReportError(at + 1, f"a control character, U+{ord(found[0]):04X}")
    top = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if not lines[top].startswith("# "):
        raise ReportError(top + 1, "a report begins with '# Title'")
    starts = [at for at in range(top + 1, len(lines)) if _is_section(lines, at)]
    _check_preface(lines, top, starts[0] if starts else len(lines))
    if not 0 < len(starts) <= MAX_SECTIONS:
        raise ReportError(top + 1, f"{len(starts)} sections; a digest has 1 to {MAX_SECTIONS}")
    report = _parse_head(lines, top, starts[0])
    ends = [*starts[1:], len(lines)]
    sections = tuple(_parse_section(lines, start, end, report.layout) for start, end in zip(starts, ends, strict=True))
    return dataclasses.replace(report, sections=sections, sha256=hashlib.sha256(text.encode()).hexdigest())


def _next_words(lines: list[str], at: int) -> str:
    """Return the first line below `at` that is not empty."""
    return next((lines[below] for below in range(at + 1, len(lines)) if lines[below].strip()), "").rstrip()


def _is_section(lines: list[str], at: int) -> bool:
    if not lines[at].startswith("##") or lines[at].startswith("###"):
        return False
    return _next_words(lines, at) in {summary for summary, _ in SECTION_MARKS.values()}


def _check_preface(lines: list[str], top: int, end: int) -> None:
    for at in range(top + 1, end):
        if lines[at].startswith("## "):
            raise ReportError(at + 1, f"no **요약:** below {lines[at]!r}")
        if lines[at].strip() and _TITLE.fullmatch(lines[top]):
            raise ReportError(at + 1, "a section, '## Name' with **요약:** below it, was expected here")


def _parse_head(lines: list[str], top: int, end: int) -> MarkdownReport:
    """Read what stands above the first section; the clean layout has it in paragraphs, the archive in one line."""
    layout: ReportLayout = "archive"
    found = _TITLE.fullmatch(lines[top])
    day, opening, title = "", "", found["title"] if found else lines[top][2:].strip()
    if not found:
        layout, title = "clean", unescape_markdown(title)
        found = _PREFACE.fullmatch("\n".join(lines[top + 1 : end]).strip())
        assert found, "every part of the pattern may be missing"  # noqa: S101 - tells mypy
        day, opening = found["day"] or "", found["opening"]
        _require_length(opening or "-", MAX_MARKDOWN_CHARS, top, "opening")
    picture, alt = found["picture"] or "", found["alt"] or ""
    return MarkdownReport(
        layout=layout,
        language="ko" if _next_words(lines, end) == SECTION_MARKS["ko"][0] else "en",
        title=_require_length(title, MAX_TITLE_CHARACTERS, top, "title"),
        date=_parse_date(day, picture, top),
        picture=picture,
        alt=alt if layout == "archive" else unescape_markdown(alt),
        opening=opening,
        sections=(),
        line=top + 1,
    )


def _parse_date(day: str, picture: str, top: int) -> dt.date:
    named = PICTURE_FILE_NAME.fullmatch(picture)
    if picture and not named:
        raise ReportError(top + 1, f"the picture must be named like paper_2026-05-22.png, not {picture!r}")
    days = {day, named[1] if named else ""} - {""}
    if len(days) != 1:
        raise ReportError(top + 1, f"two dates: {' and '.join(sorted(days))}" if days else "no date, no dated picture")
    try:
        return dt.date.fromisoformat(days.pop())
    except ValueError:
        raise ReportError(top + 1, f"{day or picture!r} holds no date of the calendar") from None


def _require_length(words: str, limit: int, at: int, what: str) -> str:
    if not words.strip():
        raise ReportError(at + 1, f"the {what} is empty")
    if len(words) > limit:
        raise ReportError(at + 1, f"the {what} has {len(words)} characters; {limit} can be kept")
    return words


def _parse_section(lines: list[str], start: int, end: int, layout: ReportLayout) -> ReportSection:
    words = lines[start][2:].removeprefix(" ")
    emoji, heading = split_emoji(words if layout == "archive" else unescape_markdown(words).strip())
    _require_length(heading, MAX_HEADING_CHARACTERS, start, "heading")
    summary = next(at for at in range(start + 1, end) if lines[at].strip())
    marks = [
        at for at in range(summary + 1, end) if lines[at].rstrip() in {below for _, below in SECTION_MARKS.values()}
    ]
    if not marks:
        raise ReportError(start + 1, f"no **출처:** in the section {heading!r}")
    for at in marks[:-1]:
        _check_swallowed(lines, at, marks[-1])
    text = "\n".join(_without_frame(lines[summary + 1 : marks[-1]]))
    if not text.strip():
        raise ReportError(summary + 1, f"no text in the section {heading!r}")
    _require_length(text, MAX_MARKDOWN_CHARS, summary, "text")
    sources = tuple(
        _parse_source(line, at, layout) for at, line in enumerate(lines[:end]) if at > marks[-1] and line.strip()
    )
    if not sources:
        raise ReportError(marks[-1] + 1, f"no source in the section {heading!r}")
    return ReportSection(heading, emoji, text, sources, line=start + 1)


def _check_swallowed(lines: list[str], mark: int, end: int) -> None:
    """Refuse a section without **요약:**, which would become text of the section above it."""
    heading = next((at for at in range(mark, end) if lines[at].startswith("## ")), None)
    if heading is not None and _SOURCE.fullmatch(_next_words(lines, mark)):
        raise ReportError(heading + 1, f"no **요약:** below {lines[heading]!r}")


def _without_frame(lines: list[str]) -> list[str]:
    """Take away the one empty line above a text and the one below it; more are its own."""
    start = 1 if lines and not lines[0] else 0
    end = len(lines) - (1 if len(lines) > start and not lines[-1] else 0)
    return lines[start:end]


def _parse_source(line: str, at: int, layout: ReportLayout) -> ReportSource:
    found = _SOURCE.fullmatch(line)
    if not found:
        raise ReportError(at + 1, f"not of the form ' - title (link)': {line.strip()[:80]!r}")
    title = found["title"] if layout == "archive" else unescape_markdown(found["title"])
    if not sanitize_url(found["url"]):
        raise ReportError(at + 1, f"not a link to the web: {found['url'][:80]!r}")
    return ReportSource(_require_length(title, MAX_SOURCE_CHARACTERS, at, "title"), found["url"], line=at + 1)


def split_emoji(words: str) -> tuple[str, str]:
    """Split "🧠 LLM" into emoji and name; a heading without emoji has an empty one."""
    first, space, rest = words.partition(" ")
    symbol = _SYMBOL.sub("", first)
    if (
        not first
        or not space
        or len(first) > MAX_EMOJI_CHARACTERS
        or any(unicodedata.category(c)[0] in "LNP" for c in symbol)
    ):
        return "", words
    return first, rest


def unescape_markdown(words: str) -> str:
    """Undo `escape`."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", words)
