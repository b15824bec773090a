"""manage.py bootstrap: the start content, as often as one likes."""

from typing import Any

from django.core.management.base import BaseCommand

from digests.seed.bootstrap import bootstrap_content


class Command(BaseCommand):
    """Call `digests.seed.bootstrap.bootstrap_content`."""

    help = "Make the first publications, categories and sources; what is there stays as it is."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print a line per kind."""
        for count in bootstrap_content():
            self.stdout.write(str(count))
