"""Command that approves a digest from the shell, with an override if need be: `approve_digest papers 2026-05-22`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from digests.management.arguments import get_publication, parse_day
from digests.quality.section_checks import find_blocked_sections, record_override
from digests.review.approve import ApprovalError, approve_digest


class Command(BaseCommand):
    """Approves a digest; the conditions are in `digests.review.approve`."""

    help = "Approve a digest that has been reviewed. It is sent at the publication's send hour, or at once when that is past."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("publication", help="slug, such as papers")
        parser.add_argument("date", type=parse_day, help="day of the digest (YYYY-MM-DD)")
        parser.add_argument(
            "--override", metavar="REASON", default="", help="approve although a quality gate blocks it"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        publication = get_publication(options["publication"])
        digest = publication.digests.filter(date=options["date"]).first()
        if digest is None:
            raise CommandError(f"{publication.slug} has no digest of {options['date']}; run build_digest first")
        try:
            # One reason for all sections that a gate blocks: the operator has been shown them by the first attempt.
            for section, _findings in find_blocked_sections(digest) if options["override"] else []:
                record_override(section, options["override"])
            approve_digest(digest)
        except ApprovalError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{digest}: approved, {digest.approved_hash[:12]}")
