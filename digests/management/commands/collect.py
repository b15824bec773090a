"""Collect sources from the shell: `collect` those that are due, `collect --source SLUG` one at once."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from digests.models import Collection, Source
from digests.sources.collect import collect_due_sources, collect_source, describe_visit


class Command(BaseCommand):
    """Sources -> items."""

    help = "Visit the sources that are due, or those that are named, and file what they bring."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the sources."""
        parser.add_argument(
            "--source", action="append", default=[], metavar="SLUG", help="visit this one now, due or not; repeatable"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Visit, and print a line for each."""
        if options["source"]:
            visits = [self._report(collect_source(source)) for source in _named(options["source"])]
            if any(visit.error for visit in visits):
                sys.exit(1)
        elif not collect_due_sources(report=self._report):
            self.stdout.write(_nothing_due())

    def _report(self, visit: Collection) -> Collection:
        self.stdout.write(f"{visit.source.slug}: {describe_visit(visit)}")
        return visit


def _named(slugs: list[str]) -> list[Source]:
    sources = {source.slug: source for source in Source.objects.all()}
    for slug in slugs:
        if slug not in sources:
            known = ", ".join(sorted(sources)) or "none; run bootstrap first"
            raise CommandError(f"no source {slug!r} (there are: {known})")
    return [sources[slug] for slug in slugs]


def _nothing_due() -> str:
    coming = Source.objects.filter(enabled=True).order_by("next_fetch_at").first()
    if coming is None:
        return "there is no enabled source"
    return f"no source is due; the next is {coming.slug} at {coming.next_fetch_at:%Y-%m-%d %H:%M} UTC"
