"""Command that builds the digest of a day from the shell: `build_digest papers --date 2026-05-22`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from digests.building.build import build_digest
from digests.management.arguments import get_publication, parse_day
from digests.models import Classification, Digest


class Command(BaseCommand):
    """Builds a digest from the collected items; the work is in `digests.building.build`."""

    help = "Build (or build again) the digest of a publication for a day. What a person edited stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("publication", help="slug, such as papers")
        parser.add_argument("--date", type=parse_day, help="day of the digest (YYYY-MM-DD); today where left out")

    def handle(self, *_args: Any, **options: Any) -> None:
        publication = get_publication(options["publication"])
        date = options["date"] or publication.today()
        digest = build_digest(publication, date, progress=self.stdout.write)
        if digest is None:
            waiting = Classification.objects.filter(publication=publication, category=None).count()
            self.stdout.write(f"{publication.slug} {date}: nothing to say, no digest made ({waiting} items unsorted)")
            return
        sections = digest.sections.prefetch_related("items")
        items = sum(len(section.items.all()) for section in sections)
        state = Digest.State(digest.state).label.lower()  # commands print English whatever the language is
        self.stdout.write(f"{digest}: {len(sections)} sections, {items} items, {state}")
        if digest.cost_line:
            self.stdout.write(f"Cost of this digest: {digest.cost_line}")
