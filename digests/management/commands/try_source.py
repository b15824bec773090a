"""Look at what an address would bring: `try_source https://example.org/feed.xml`; saves nothing."""

import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from digests.collect import preview
from digests.fetch import FetchError
from digests.models import Source
from digests.parse import ParsedEntry, ParseError
from digests.text import clean_line

SELECTORS = ("item", "title", "link", "summary", "text")


class Command(BaseCommand):
    """An address -> its entries, on the screen."""

    help = "Show the entries that an address would bring, and save nothing. Exit 2 with a reason where it cannot."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the address, its kind, the selectors of a page, and the form of the answer."""
        parser.add_argument("url")
        parser.add_argument(
            "--kind", choices=Source.Kind.values, help="feed where left out; page if a selector is given"
        )
        parser.add_argument("--json", action="store_true", help="one JSON line per entry")
        for name in SELECTORS:
            parser.add_argument(f"--{name}", metavar="CSS", default="", help=f"for a page: the {name}'s selector")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Fetch, parse and print."""
        selectors = {name: options[name] for name in SELECTORS if options[name]}
        kind = options["kind"] or ("page" if selectors else "feed")
        try:
            entries = preview(options["url"], kind=kind, selectors=selectors)
        except (FetchError, ParseError) as error:
            self.stderr.write(clean_line(str(error)))
            sys.exit(2)
        if options["json"]:
            self._print([_as_json(entry) for entry in entries])
        else:
            self._print([*(_as_text(number, entry) for number, entry in enumerate(entries, 1)), _count(entries)])

    def _print(self, lines: list[str]) -> None:
        try:
            for line in lines:
                self.stdout.write(line)
            self.stdout.flush()
        except BrokenPipeError:  # `try_source ... | head`; what is still held would fail again when Python ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _as_json(entry: ParsedEntry) -> str:
    fields = {
        "title": entry.title,
        "url": entry.url,
        "summary": entry.summary,
        "published": entry.published and entry.published.isoformat(),
        "authors": entry.authors,
        "arxiv_id": entry.arxiv_id,
    }
    return json.dumps(fields, ensure_ascii=False)


def _as_text(number: int, entry: ParsedEntry) -> str:
    date = f"{entry.published:%Y-%m-%d %H:%M}" if entry.published else "no date"
    lines = [
        f"{number:3}. {entry.title or '(no title: it would be refused)'}",
        f"     {date:16}  {entry.url or '(no link: it would be refused)'}",
        f"     {clean_line(entry.summary, 110)}",
    ]
    return "\n".join(line for line in lines if line.strip())


def _count(entries: list[ParsedEntry]) -> str:
    usable = sum(bool(entry.title and entry.url) for entry in entries)
    total = f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"
    return total if usable == len(entries) else f"{total}, {usable} of them with title and link"
