"""Tries the mail settings from the shell: connects, sends one mail, and looks up the sender's domain."""

import dns.resolver
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import translation

from digests.text.counts import count_noun
from newsletter.operations import mail_trial
from newsletter.operations.sender_dns import FindingMood

_SIGNS = {FindingMood.GOOD: "ok", FindingMood.LOOK: "look", FindingMood.WRONG: "WRONG"}


class Command(BaseCommand):
    """Print a line for each step of the trial."""

    help = (
        "Test the mail settings: connect to each relay, send one email to ADDRESS, and look up SPF, DKIM and DMARC of the "
        "sender’s domain. Prints what is wrong, and fails if anything is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the address, and a DNS server other than this machine's."""
        parser.add_argument("address", metavar="ADDRESS", help="where the test email goes")
        parser.add_argument(
            "--nameserver",
            metavar="IP[:PORT]",
            default="",
            help="DNS server to ask; that of your own domain knows new records first",
        )

    def handle(self, *_args: object, address: str, nameserver: str = "", **_options: object) -> None:
        """Print the findings. Raises CommandError where one is wrong."""
        try:
            validate_email(address)
            resolver = _resolver(nameserver) if nameserver else None
        except (ValidationError, ValueError) as error:
            if isinstance(error, ValidationError):
                raise CommandError(f"Not an email address: {address}. Use one such as you@example.org.") from error
            raise CommandError(f"Not a DNS server: {nameserver}. Use --nameserver IP or IP:PORT.") from error
        wrong_ones = 0
        with translation.override("en"):
            for finding in mail_trial.try_mail_settings(address, resolver):
                self.stdout.write(f"{_SIGNS[finding.mood]:<6}{finding.about}: {finding.text}")
                self.stdout.flush()
                wrong_ones += finding.mood == FindingMood.WRONG
        if wrong_ones:
            raise CommandError(
                f"{count_noun(wrong_ones, 'problem')} found. Fix the lines above and run check_mail again."
            )


def _resolver(nameserver: str) -> dns.resolver.Resolver:
    """Return a resolver that asks one DNS server, given as IP or IP:PORT. Raises ValueError."""
    host, _colon, port = nameserver.rpartition(":") if nameserver.count(":") == 1 else (nameserver, "", "")
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port = [host], int(port or 53)
    if not 0 < made.port < 65536:
        raise ValueError("no port")
    return made
