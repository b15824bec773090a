"""Command that collects sources from the shell: `collect` fetches those that are due, `collect --source SLUG` one now."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from digests.management.arguments import describe_choices
from digests.models import Collection, Source
from digests.sources.collect import collect_due_sources, collect_source, describe_visit


class Command(BaseCommand):
    """Visits sources and saves their items; the work is in `digests.sources.collect`."""

    help = "Fetch sources that are due, or the ones you name, and save their items."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--source",
            action="append",
            default=[],
            metavar="SLUG",
            help="fetch this source now, due or not; can be repeated",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["source"]:
            visits = [self._report(collect_source(source)) for source in _get_sources(options["source"])]
            if any(visit.error for visit in visits):  # the sources that a person named must all succeed
                sys.exit(1)
        elif not collect_due_sources(report=self._report):
            self.stdout.write(_describe_next_visit())

    def _report(self, visit: Collection) -> Collection:
        self.stdout.write(f"{visit.source.slug}: {describe_visit(visit)}")
        return visit


def _get_sources(slugs: list[str]) -> list[Source]:
    sources = {source.slug: source for source in Source.objects.all()}
    for slug in slugs:
        if slug not in sources:
            raise CommandError(f"No source “{slug}”. {describe_choices(sources)}")
    return [sources[slug] for slug in slugs]


def _describe_next_visit() -> str:
    coming = Source.objects.filter(enabled=True).order_by("next_fetch_at").first()
    if coming is None:
        return "No sources are enabled."
    return f"No sources are due. Next: {coming.slug} at {coming.next_fetch_at:%Y-%m-%d %H:%M} UTC."
