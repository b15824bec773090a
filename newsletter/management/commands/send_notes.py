"""Sends the due service emails from the shell, once, as the clock does every five seconds."""

from typing import Any

from django.core.management.base import BaseCommand

from digests.text.counts import count_noun
from newsletter.transactional.mails import send_due_mails


class Command(BaseCommand):
    """Send the confirmations, welcomes and links that are due."""

    help = "Send the service emails that are due: confirmations, welcomes, links."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Send, and print how many went out."""
        self.stdout.write(f"Sent {count_noun(send_due_mails(), 'service email')}.")
