"""Replaces Django's sendtestemail, which tests a backend that none of our mail uses, by check_mail."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Run check_mail for each address."""

    help = "Run check_mail for each address: connect, send one email, and print what is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the addresses, as Django's command has them."""
        parser.add_argument("email", nargs="+", metavar="ADDRESS", help="where the test email goes")

    def handle(self, *_args: Any, email: list[str], **_options: Any) -> None:
        """Try the mail settings with each address. Raises CommandError where one failed."""
        wrong = []
        for address in email:
            try:
                call_command("check_mail", address, stdout=self.stdout, skip_checks=True)
            except CommandError as error:
                wrong.append(f"{address}: {error}")
        if wrong:
            raise CommandError("; ".join(wrong))
