"""Tries the mail settings from the shell: connects, sends one mail, and looks up the sender's domain."""

import dns.resolver
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import translation

from newsletter.operations import mail_trial
from newsletter.operations.sender_dns import FindingMood

_SIGNS = {FindingMood.GOOD: "ok", FindingMood.LOOK: "look", FindingMood.WRONG: "WRONG"}


class Command(BaseCommand):
    """Print a line for each step of the trial."""

    help = (
        "Connect to each relay (encryption, login), send one mail to ADDRESS, and look up SPF, DKIM and DMARC of the sender's "
        "domain; says in a sentence what is missing, and fails where something is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the address, and a DNS server other than this machine's."""
        parser.add_argument("address", metavar="ADDRESS", help="who gets the mail")
        parser.add_argument(
            "--nameserver",
            metavar="IP[:PORT]",
            default="",
            help="the DNS server to ask, such as that of your domain, which knows a new record first",
        )

    def handle(self, *_args: object, address: str, nameserver: str = "", **_options: object) -> None:
        """Print the findings. Raises CommandError where one is wrong."""
        try:
            validate_email(address)
            resolver = _resolver(nameserver) if nameserver else None
        except (ValidationError, ValueError) as error:
            wrong = address if isinstance(error, ValidationError) else nameserver
            raise CommandError(f"This is no address: {wrong}") from error
        wrong_ones = 0
        with translation.override("en"):
            for finding in mail_trial.try_mail_settings(address, resolver):
                self.stdout.write(f"{_SIGNS[finding.mood]:<6}{finding.about}: {finding.text}")
                self.stdout.flush()
                wrong_ones += finding.mood == FindingMood.WRONG
        if wrong_ones:
            raise CommandError(f"{wrong_ones} to mend" if wrong_ones > 1 else "1 thing to mend")


def _resolver(nameserver: str) -> dns.resolver.Resolver:
    """Return a resolver that asks one DNS server, given as IP or IP:PORT. Raises ValueError."""
    host, _colon, port = nameserver.rpartition(":") if nameserver.count(":") == 1 else (nameserver, "", "")
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port = [host], int(port or 53)
    if not 0 < made.port < 65536:
        raise ValueError("no port")
    return made
