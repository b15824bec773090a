"""Migrates the database, then runs the site, the workers and beat until Ctrl-C (`make run`)."""

import os
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from digests.text.counts import count_noun
from newsletter.delivery import audience, restored_database
from newsletter.operations import run_all


class Command(BaseCommand):
    """Set up and run everything on this machine."""

    help = "Update the database, create the starting content, and start all processes. PORT sets the port."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --paused."""
        parser.add_argument(
            "--paused",
            action="store_true",
            help="pause every open mailing first; use it after this whole machine was restored from a snapshot",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until a process ends, and exit with its code. Raises CommandError where the port is unusable."""
        port = os.environ.get("PORT") or "8000"
        if not port.isdecimal():
            raise CommandError(f"PORT must be a whole number, not {port!r}")
        try:
            run_all.check_port(int(port))
        except run_all.RunError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Updating the database…")
        call_command("migrate", verbosity=0)
        call_command("bootstrap", stdout=self.stdout)
        if options["paused"]:
            audience.open_mailings()  # the mailings of approved digests have to exist to be paused
            paused = count_noun(restored_database.pause_all_open_mailings(), "mailing")
            self.stdout.write(f"Paused {paused}. Decide on their pages at the editor’s desk.")
        self.stdout.write("\n" + "\n".join(run_all.describe_addresses(port=int(port))) + "\n\n")
        self.stdout.flush()
        sys.exit(run_all.run_processes(port=int(port)))
