"""Exports a digest as Markdown, in one of two layouts, which `digests.interchange.markdown_reader` can read back.

"archive" is the layout, byte for byte, of the reports that were kept as files before there was a database: the picture is on
the line of the title, sources are indented by one space, two empty lines end a section, and nothing is escaped. "clean" is
proper Markdown in the same order: date, picture and opening are paragraphs of their own, and the words of feeds and models
are escaped, so that they cannot become a heading, a picture or HTML.
"""

import itertools
import re

from digests.interchange.markdown_reader import (
    PICTURE_FILE_NAME,
    SECTION_MARKS,
    MarkdownReport,
    ReportLayout,
    ReportSection,
    ReportSource,
)
from digests.models import Digest, Section
from digests.text.markdown_rendering import escape_markdown
from digests.text.section_labels import get_parts_by_heading, get_section_labels

# The parts in the order of a section, with the names of their headings.
_PARTS = (
    ("themes", "themes"),
    ("trends", "keywords_and_trends"),
    ("points", "points"),
    ("impact", "impact"),
    ("outlook", "outlook"),
)
ARCHIVE_ALT_TEXT = "Category Distribution Graph"  # what every report of the archive has
PICTURE_PREFIXES = {"papers": "paper", "news": "news"}  # as the archive names its pictures; others have their slug


def make_chart_file_name(digest: Digest) -> str:
    """Return the file name of the chart; a digest that was imported keeps the name in its report."""
    name = str(_archived_title_line(digest).get("picture", ""))
    slug = digest.publication.slug
    return name if PICTURE_FILE_NAME.fullmatch(name) else f"{PICTURE_PREFIXES.get(slug, slug)}_{digest.date}.png"


def make_report_file_name(digest: Digest) -> str:
    """Return the file name of the report."""
    return f"{digest.publication.slug.capitalize()}_{digest.date}_report.md"


def export_markdown(digest: Digest, *, layout: ReportLayout) -> str:
    """Return the digest as Markdown; the layout of the archive has no place for the editor's opening."""
    archive = layout == ReportLayout.ARCHIVE
    report = MarkdownReport(
        layout=layout,
        language="ko" if archive or digest.publication.language == "ko" else "en",
        title=digest.title,
        date=digest.date,
        picture=make_chart_file_name(digest) if archive or digest.chart else "",
        alt=str(_archived_title_line(digest).get("alt", ARCHIVE_ALT_TEXT)) if archive else digest.chart_alt,
        opening=digest.opening,
        sections=tuple(_report_section(section) for section in digest.sections.prefetch_related("items")),
    )
    return render_report(report)


def _archived_title_line(digest: Digest) -> dict[str, str]:
    """Return picture name and alt text of the title line of an imported report (see `archive_import`), or nothing."""
    first = digest.sections.first() if digest.imported else None
    return first.summary if first else {}


def _report_section(section: Section) -> ReportSection:
    sources = tuple(ReportSource(item.title, item.url) for item in section.items.all())
    return ReportSection(section.heading, section.emoji, _fill_empty_parts(section), sources)


def _fill_empty_parts(section: Section) -> str:
    """Return the text of a written section with a phrase in the place of each part that was left out for lack of evidence."""
    if section.origin != Section.Origin.MODEL or not section.text:
        return section.text
    labels = get_section_labels(section.digest.publication.language)
    is_single = len(section.summary.get("points", [])) == 1
    blocks = section.text.split("\n\n")
    for place, (part, label) in enumerate(_PARTS):
        # A single item has no trends, and its impact and outlook stand under one heading.
        names = ("impact", "outlook") if is_single and part == "impact" else (part,)
        if (is_single and part in {"trends", "outlook"}) or any(section.summary.get(name) != [] for name in names):
            continue
        heading = labels["impact_and_outlook" if is_single and part == "impact" else label]
        later = {one for one, _label in _PARTS[place + 1 :]}
        at = next((n for n, block in enumerate(blocks) if _find_part(block) in later), len(blocks))
        has_heading = any(_find_part(block) == part for block in blocks)
        blocks[at:at] = [labels["empty"]] if has_heading else [f"### {heading}", labels["empty"]]
    return "\n\n".join(blocks)


def _find_part(block: str) -> str:
    """Return the part that a block of Markdown is the heading of, or ""."""
    heading = re.match(r"#{3,4}\s+(.+)", block)
    return get_parts_by_heading().get(heading[1].strip().casefold(), "") if heading else ""


def render_report(report: MarkdownReport) -> str:
    """Return the Markdown of a report, in the layout of the report."""
    return _render_archive_layout(report) if report.layout == ReportLayout.ARCHIVE else _render_clean_layout(report)


def _render_archive_layout(report: MarkdownReport) -> str:
    parts = [f"# {_join_lines(report.title)}![{_join_lines(report.alt)}]({report.picture})\n\n"]
    for section in report.sections:
        heading = f"{section.emoji} {section.heading}" if section.emoji else section.heading
        sources = "".join(
            f" - {_join_lines(source.title)} ({_encode_spaces(source.url)})\n" for source in section.sources
        )
        parts += f"## {_join_lines(heading)}\n\n**요약:**\n\n{_escape_section_headings(section.text)}\n\n**출처:**\n\n{sources}\n\n"
    return "".join(parts)


def _render_clean_layout(report: MarkdownReport) -> str:
    summary, sources = SECTION_MARKS[report.language]
    blocks = [f"# {escape_markdown(report.title)}", report.date.isoformat()]
    if report.picture:
        blocks.append(f"![{escape_markdown(report.alt)}]({report.picture})")
    if report.opening.strip():
        blocks.append(tame_markdown(report.opening))
    for section in report.sections:
        blocks += [
            f"## {escape_markdown(f'{section.emoji} {section.heading}')}",
            summary,
            tame_markdown(section.text),
            sources,
        ]
        blocks.append(
            "\n".join(f"- {escape_markdown(one.title)} ({_percent_encode(one.url)})" for one in section.sources)
        )
    return "\n\n".join(block for block in blocks if block) + "\n"


def _join_lines(words: str) -> str:
    return re.sub(r"[\r\n]+", " ", words)


def _encode_spaces(url: str) -> str:
    return re.sub(r"\s", "%20", url)


def _percent_encode(url: str) -> str:
    """Percent-encode the characters that Markdown would read as marks."""
    return re.sub(r"[\x00-\x20\x7f\"*<>\[\\\]^`{|}]", lambda found: f"%{ord(found[0]):02X}", url)


def tame_markdown(text: str) -> str:
    """Return Markdown without big headings, HTML, pictures and code blocks, and with links to http(s) only."""
    lines = _normalize_line_ends(text).strip("\n").split("\n")
    return "\n".join(_tame_line(line, before) for before, line in itertools.pairwise(["", *lines]))


def _normalize_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _tame_line(line: str, before: str) -> str:
    # A text may not contain the mark behind which the reader expects the sources.
    if line.strip() in {sources for _, sources in SECTION_MARKS.values()}:
        return line.replace("**", r"\*\*")
    line = re.sub(r"^((?:[\s>*+-]|\d+[.)])*)(?=#{1,2}(?:\s|$))", r"\1\\", line)
    if before.strip():  # a line of = or - below a paragraph makes it a heading
        line = re.sub(r"^([\s>]*)(?=(?:=+|-+)\s*$)", r"\1\\", line)
    # A code block that is not closed would include everything after it.
    line = re.sub(r"`{3,}|~{3,}", lambda found: "".join(f"\\{mark}" for mark in found[0]), line)
    # An odd number of backslashes has escaped the mark already; one more would set it free.
    line = re.sub(r"(?<!\\)((?:\\\\)*)<(?=[A-Za-z/!?])(?!https?://)", r"\1\\<", line)
    line = re.sub(r"(?<!\\)((?:\\\\)*)\](?=:|\((?!\s*<?https?://))", r"\1\\]", line)
    line = line.replace("![", "!\\[")
    return re.sub(r"(?<=\S)\s$|^\s+$", "", line)  # two spaces at the end are a line break, one means nothing


def _escape_section_headings(text: str) -> str:
    """Escape headings in a text that the archive's reader would take for the beginning of the next section."""
    summaries = "|".join(re.escape(summary) for summary, _ in SECTION_MARKS.values())
    return re.sub(rf"^(?=##(?!#).*\n\s*(?:{summaries})\s*$)", r"\\", _normalize_line_ends(text), flags=re.MULTILINE)
