"""Command that builds the issue (a Digest) of a day from the shell: `build_digest papers --date 2026-05-22`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from digests.building.build import build_digest
from digests.management.arguments import get_publication, parse_day
from digests.models import Classification, Digest
from digests.text.counts import count_noun


class Command(BaseCommand):
    """Builds a digest from the collected items; the work is in `digests.building.build`."""

    help = "Build or rebuild a newsletter’s issue for a day. Manual edits are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("publication", help="slug of the newsletter, such as papers")
        parser.add_argument("--date", type=parse_day, help="date of the issue (YYYY-MM-DD); today by default")

    def handle(self, *_args: Any, **options: Any) -> None:
        publication = get_publication(options["publication"])
        date = options["date"] or publication.today()
        digest = build_digest(publication, date, progress=self.stdout.write)
        if digest is None:
            waiting = Classification.objects.filter(publication=publication, category=None).count()
            self.stdout.write(f"{publication.slug} {date}: no new items, so no issue was built ({waiting} unsorted)")
            return
        sections = digest.sections.prefetch_related("items")
        items = sum(len(section.items.all()) for section in sections)
        state = Digest.State(digest.state).label.lower()  # commands print English whatever the language is
        self.stdout.write(f"{digest}: {count_noun(len(sections), 'section')}, {count_noun(items, 'item')}, {state}")
        if digest.cost_line:
            self.stdout.write(f"Cost of this issue: {digest.cost_line}")
