"""Sends the due service mails from the shell, once, as the clock does every five seconds."""

from typing import Any

from django.core.management.base import BaseCommand

from newsletter.transactional.mails import send_due_mails


class Command(BaseCommand):
    """Send the confirmations, welcomes and links that are due."""

    help = "Send the service mails that readers asked for: confirmations, welcomes, links."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Send, and print how many went out."""
        self.stdout.write(f"{send_due_mails()} sent")
