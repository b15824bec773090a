"""Command that exports an issue (a Digest) as a Markdown report, with its chart as a picture beside it."""

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests.interchange.markdown_export import export_markdown, make_chart_file_name, make_report_file_name
from digests.interchange.markdown_reader import ReportLayout
from digests.management.arguments import get_publication, parse_day
from digests.models import Digest


class Command(BaseCommand):
    """Writes the files of an issue; their content comes from `digests.interchange.markdown_export`."""

    help = "Write an issue as Markdown, with its chart beside it, and print the paths of both."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("publication", help="slug of the newsletter, such as papers")
        parser.add_argument("date", type=parse_day, help="date of the issue (YYYY-MM-DD)")
        parser.add_argument(
            "--layout",
            choices=[layout.value for layout in ReportLayout],
            default=ReportLayout.CLEAN,
            help="clean by default; archive writes it byte for byte like an old archive",
        )
        parser.add_argument(
            "--output",
            type=Path,
            default=Path(),
            metavar="DIR",
            help="folder of the files; created if it doesn’t exist",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        digest = _get_digest(options["publication"], options["date"])
        files = {
            make_report_file_name(digest): export_markdown(digest, layout=ReportLayout(options["layout"])).encode()
        }
        if digest.chart:
            files[make_chart_file_name(digest)] = bytes(digest.chart)
        for name, content in files.items():
            self.stdout.write(str(_write_file(options["output"] / name, content)))


def _get_digest(slug: str, date: dt.date) -> Digest:
    publication = get_publication(slug)
    digest = publication.digests.filter(date=date).first()
    if digest is None:
        latest = ", ".join(str(one.date) for one in publication.digests.all()[:5])
        hint = f"Latest: {latest}." if latest else "Run build_digest first."
        raise CommandError(f"No issue of {slug} for {date}. {hint}")
    return digest


def _write_file(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"Can’t write {path}: {error.strerror}.") from error
    return path
