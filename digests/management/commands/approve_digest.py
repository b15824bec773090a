"""Command that approves an issue (a Digest) from the shell, with an override if need be: `approve_digest papers 2026-05-22`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from digests.management.arguments import get_publication, parse_day
from digests.quality.section_checks import find_blocked_sections, record_override
from digests.review.approve import ApprovalError, BlockedError, approve_digest


class Command(BaseCommand):
    """Approves a digest; the conditions are in `digests.review.approve`."""

    help = "Approve a reviewed issue. It’s sent at the newsletter’s send time, or right away if that has passed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("publication", help="slug of the newsletter, such as papers")
        parser.add_argument("date", type=parse_day, help="date of the issue (YYYY-MM-DD)")
        parser.add_argument(
            "--override", metavar="REASON", default="", help="approve even if a check blocks it, with this reason"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        publication = get_publication(options["publication"])
        digest = publication.digests.filter(date=options["date"]).first()
        if digest is None:
            raise CommandError(f"No issue of {publication.slug} for {options['date']}. Run build_digest first.")
        try:
            # One reason for all sections that a gate blocks: the operator has been shown them by the first attempt.
            for section, _findings in find_blocked_sections(digest) if options["override"] else []:
                record_override(section, options["override"])
            approve_digest(digest)
        except BlockedError as error:
            raise CommandError(f"{error}. Edit the text at the desk, or add --override REASON.") from error
        except ApprovalError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Approved the issue {digest} (fingerprint {digest.approved_hash[:12]}).")
