"""Send what is due from the shell: what the clock does every ten seconds, once."""

from typing import Any

from django.core.management.base import BaseCommand

from newsletter.delivery.dispatch import begin_due, send_due, stop_on_sigterm
from newsletter.delivery.queue import counts
from newsletter.delivery.worker import stopping
from newsletter.models import Mailing


class Command(BaseCommand):
    """Approved digests whose moment has come -> mail."""

    help = "Begin and send the mailings that are due. Running it twice sends nothing twice."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Send, and print the counts of each mailing that moved."""
        stop_on_sigterm()
        begin_due()
        moving = list(Mailing.objects.filter(state=Mailing.State.SENDING).select_related("digest__publication"))
        while send_due() and not stopping.is_set():
            pass
        for mailing in moving:
            mailing.refresh_from_db(fields=["state", "excluded"])
            parts = [f"{name} {n}" for name, n in counts(mailing).items()]
            parts += [f"excluded {reason} {n}" for reason, n in sorted(mailing.excluded.items())]
            self.stdout.write(f"{mailing}: {', '.join(parts)}")
        if not moving:
            self.stdout.write("nothing is due")
