"""Sends the due mailings from the shell, once, as the clock does every ten seconds."""

from typing import Any

from django.core.management.base import BaseCommand

from newsletter.delivery.dispatch import begin_due_mailings, send_due_mailings, stop_on_sigterm
from newsletter.delivery.queue import describe_counts
from newsletter.delivery.worker import stop_requested
from newsletter.models import Mailing


class Command(BaseCommand):
    """Begin and send the mailings that are due."""

    help = "Send the mailings that are due. It’s safe to run twice."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Send, and print the counts of each mailing that was being sent."""
        stop_on_sigterm()
        begin_due_mailings()
        moving = list(Mailing.objects.filter(state=Mailing.State.SENDING).select_related("digest__publication"))
        while send_due_mailings() and not stop_requested.is_set():
            pass
        for mailing in moving:
            mailing.refresh_from_db(fields=["state", "excluded"])
            self.stdout.write(f"{mailing}: {describe_counts(mailing)}")
        if not moving:
            self.stdout.write("Nothing is due.")
