"""Command that creates the seed content: the first newsletters, categories and sources. It may be repeated."""

from typing import Any

from django.core.management.base import BaseCommand

from digests.seed.bootstrap import bootstrap_content


class Command(BaseCommand):
    """Creates the seed content; the rows are in `digests.seed`."""

    help = "Create the first newsletters, categories and sources. Existing ones aren’t changed."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for count in bootstrap_content():
            self.stdout.write(str(count))
