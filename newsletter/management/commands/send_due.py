"""Sends the due mailings from the shell, once, as the clock does every ten seconds."""

from typing import Any

from django.core.management.base import BaseCommand

from newsletter.delivery.dispatch import begin_due_mailings, send_due_mailings, stop_on_sigterm
from newsletter.delivery.queue import count_deliveries
from newsletter.delivery.worker import stop_requested
from newsletter.models import Mailing


class Command(BaseCommand):
    """Begin and send the mailings that are due."""

    help = "Begin and send the mailings that are due. Running it twice sends nothing twice."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Send, and print the counts of each mailing that was being sent."""
        stop_on_sigterm()
        begin_due_mailings()
        moving = list(Mailing.objects.filter(state=Mailing.State.SENDING).select_related("digest__publication"))
        while send_due_mailings() and not stop_requested.is_set():
            pass
        for mailing in moving:
            mailing.refresh_from_db(fields=["state", "excluded"])
            parts = [f"{name} {n}" for name, n in count_deliveries(mailing).items()]
            parts += [f"excluded {reason} {n}" for reason, n in sorted(mailing.excluded.items())]
            self.stdout.write(f"{mailing}: {', '.join(parts)}")
        if not moving:
            self.stdout.write("nothing is due")
