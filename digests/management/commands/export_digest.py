"""Command that exports a digest as a Markdown report, with its chart as a picture beside it."""

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests.interchange.markdown_export import export_markdown, make_chart_file_name, make_report_file_name
from digests.interchange.markdown_reader import ReportLayout
from digests.models import Digest, Publication


class Command(BaseCommand):
    """Writes the files of a digest; their content comes from `digests.interchange.markdown_export`."""

    help = "Write a digest as Markdown, with its chart beside it, and print the paths of both."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("publication", help="Slug, such as papers")
        parser.add_argument("date", help="Day of the digest, such as 2026-05-22")
        parser.add_argument(
            "--layout",
            choices=[layout.value for layout in ReportLayout],
            default=ReportLayout.CLEAN,
            help="archive: byte for byte like an old archive",
        )
        parser.add_argument("--output", type=Path, default=Path(), metavar="DIR", help="Made where it does not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        digest = _get_digest(options["publication"], options["date"])
        files = {
            make_report_file_name(digest): export_markdown(digest, layout=ReportLayout(options["layout"])).encode()
        }
        if digest.chart:
            files[make_chart_file_name(digest)] = bytes(digest.chart)
        for name, content in files.items():
            self.stdout.write(str(_write_file(options["output"] / name, content)))


def _get_digest(slug: str, day: str) -> Digest:
    publication = Publication.objects.filter(slug=slug).first()
    if publication is None:
        known = ", ".join(Publication.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"no publication {slug!r}; there are: {known}")
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        raise CommandError(f"{day!r} is not a date such as 2026-05-22") from None
    digest = publication.digests.filter(date=date).first()
    if digest is None:
        latest = ", ".join(str(one.date) for one in publication.digests.all()[:5]) or "none yet"
        raise CommandError(f"{slug} has no digest of {date}; the latest are: {latest}")
    return digest


def _write_file(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error
    return path
