"""Bring the database of version 0.1 to this one: once, with every process stopped."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from newsletter.operations.database_move import MoveError, move_database


class Command(BaseCommand):
    """A database of version 0.1 -> one of this version."""

    help = (
        "Move a database of version 0.1 to the tables of this version, then migrate. Make a backup and stop all processes "
        "first. It’s safe to run twice."
    )
    requires_migrations_checks = False

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Move, then bring up to date as any database."""
        try:
            moved = move_database()
        except MoveError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The database was moved." if moved else "The database is already at this version.")
        call_command("migrate", verbosity=0)
