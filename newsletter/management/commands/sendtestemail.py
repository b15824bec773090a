"""Django's test of its own backend, which no mail of ours leaves by -> check_mail, for each address."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Addresses -> a check each."""

    help = "Replaced by check_mail: connects, sends one mail to each address by the way of all mail, and says what is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the addresses, as Django's command does."""
        parser.add_argument("email", nargs="+", metavar="ADDRESS", help="who gets the mail")

    def handle(self, *_args: Any, email: list[str], **_options: Any) -> None:
        """Check each; raises CommandError where one went wrong."""
        wrong = []
        for address in email:
            try:
                call_command("check_mail", address, stdout=self.stdout, skip_checks=True)
            except CommandError as error:
                wrong.append(f"{address}: {error}")
        if wrong:
            raise CommandError("; ".join(wrong))
