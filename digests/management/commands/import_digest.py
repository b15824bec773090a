"""Command that imports Markdown reports as issues. It prints a line per file; a file that is refused does not stop it."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests.interchange.archive_import import find_publication, import_report
from digests.interchange.markdown_export import render_report
from digests.interchange.markdown_reader import MarkdownReport, ReportError, parse_report
from digests.management.arguments import get_publication
from digests.models import Digest, Publication
from digests.text.counts import count_noun

DATED_REPORTS = "*[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*.md"  # a folder may contain a README too
DIFFERS = "; exporting it gives a file that differs in white space or escapes"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Command(BaseCommand):
    """Imports files; the parser is `digests.interchange.markdown_reader`, the rest `digests.interchange.archive_import`."""

    help = "Import Markdown reports and their charts as public issues. They’re never emailed."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", nargs="+", type=Path, help="a report, or a folder: every dated *.md in it")
        parser.add_argument(
            "--publication",
            metavar="SLUG",
            help="slug of the newsletter; by default the one that the report’s title names",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        publication = get_publication(options["publication"]) if options["publication"] else None
        paths = [path for given in options["file"] for path in _find_reports(given)]
        refused = 0
        for path in paths:
            try:
                self.stdout.write(f"{path}: {_import_file(path, publication)}")
            except ReportError as error:
                refused += 1
                self.stderr.write(f"{path}:{error}")  # file:line: reason, which editors can jump to
            except OSError as error:
                refused += 1
                self.stderr.write(f"{path}: can’t read the file: {error.strerror}")
        if refused:
            raise CommandError(
                f"{refused} of {count_noun(len(paths), 'file')} not imported. Fix the lines above and run import_digest again."
            )


def _find_reports(given: Path) -> Iterator[Path]:
    if not given.is_dir():
        yield given
        return
    found = sorted(given.rglob(DATED_REPORTS))
    if not found:
        raise CommandError(
            f"No report in {given}. A report is a *.md file with its date in its name, such as papers_2026-05-22.md."
        )
    yield from found


def _import_file(path: Path, publication: Publication | None) -> str:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReportError(content.count(b"\n", 0, error.start) + 1, "the file isn’t UTF-8") from None
    report = parse_report(text)
    digest, new = import_report(
        report, publication=publication or find_publication(report), picture=_read_picture(path.parent, report)
    )
    if not new:
        return f"already imported as {digest}, no changes"
    # An archive is kept byte for byte, so the command says if an export would differ.
    return _describe_import(digest, report) + ("" if render_report(report).encode() == content else DIFFERS)


def _read_picture(folder: Path, report: MarkdownReport) -> bytes:
    """Return the bytes of the chart in the folder of the report, or b"" if there is none."""
    path = folder / report.picture
    if not report.picture or not path.is_file():
        return b""
    content = path.read_bytes()
    if not content.startswith(PNG_SIGNATURE):
        raise ReportError(report.line, f"{report.picture} isn’t a PNG picture")
    return content


def _describe_import(digest: Digest, report: MarkdownReport) -> str:
    items = sum(len(section.sources) for section in report.sections)
    counts = f"{count_noun(len(report.sections), 'section')}, {count_noun(items, 'item')}"
    return f"imported as {digest}, {counts}{', with its chart' if digest.chart else ''}"
