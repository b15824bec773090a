"""Command that tries a source: it shows the entries that an address would bring, and saves nothing."""

import json
import os
import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from digests.models import Source, refusals
from digests.models.refusals import Refusal
from digests.sources.collect import try_source_url
from digests.sources.dedupe import find_refusal
from digests.sources.http_client import FetchError
from digests.sources.parsing import ParsedEntry, ParseError
from digests.text.cleaning import clean_line
from digests.text.counts import count_noun

SELECTORS = ("item", "title", "link", "summary", "text")


class Command(BaseCommand):
    """Fetches, parses and prints; the work is in `digests.sources.collect`."""

    help = "Show the entries at an address without saving anything. Exits with 2 and a reason on failure."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", help="address of the feed or page")
        parser.add_argument("--kind", choices=Source.Kind.values, help="feed by default; page if a selector is given")
        parser.add_argument("--json", action="store_true", help="print one JSON line per entry that has a usable link")
        parser.add_argument(
            "--max-age-days", type=int, default=Source().max_age_days, help="skip older entries; 0 takes all"
        )
        for name in SELECTORS:
            parser.add_argument(f"--{name}", metavar="CSS", default="", help=f"for a page: the selector of the {name}")

    def handle(self, *_args: Any, **options: Any) -> None:
        selectors = {name: options[name] for name in SELECTORS if options[name]}
        kind = options["kind"] or ("page" if selectors else "feed")
        try:
            trial = try_source_url(options["url"], kind=kind, selectors=selectors)
        except (FetchError, ParseError) as error:
            self.stderr.write(clean_line(str(error)))
            sys.exit(2)
        # A much larger age would lead to a date before the year 1, which Python does not have.
        judged = _find_refusals(trial.entries, min(max(options["max_age_days"], 0), 100_000))
        if options["json"]:
            self._print([_entry_as_json(entry, why) for entry, why in judged if why is None or why.has_link])
            if without := sum(why is not None and not why.has_link for _entry, why in judged):
                self.stderr.write(f"Left out {_count_entries(without)} without a usable link.")
            return
        lines = [_entry_as_text(number, entry, why) for number, (entry, why) in enumerate(judged, 1)]
        moved = [f"This address has moved permanently to {trial.moved_to}"] if trial.moved_to else []
        self._print([*lines, _describe_counts([why for _entry, why in judged]), *moved])

    def _print(self, lines: list[str]) -> None:
        try:
            for line in lines:
                self.stdout.write(line)
            self.stdout.flush()
        except BrokenPipeError:  # `try_source ... | head`: Python would write its buffer once more at the end, and fail
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _find_refusals(entries: list[ParsedEntry], max_age_days: int) -> list[tuple[ParsedEntry, Refusal | None]]:
    """Return each entry with the reason why it would be refused, or None."""
    now = timezone.now()
    return [(entry, find_refusal(entry, max_age_days=max_age_days, now=now)) for entry in entries]


def _entry_as_json(entry: ParsedEntry, why: Refusal | None) -> str:
    fields: dict[str, Any] = {
        "title": entry.title,
        "url": entry.url,
        "summary": entry.summary,
        "published": entry.published and entry.published.isoformat(),
        "authors": entry.authors,
        "arxiv_id": entry.arxiv_id,
    }
    if why:
        fields["refused"] = why.in_english()
    return json.dumps(fields, ensure_ascii=False)


def _entry_as_text(number: int, entry: ParsedEntry, why: Refusal | None) -> str:
    date = f"{entry.published:%Y-%m-%d %H:%M}" if entry.published else "no date"
    lines = [
        f"{number:3}. {entry.title or '(no title)'}",
        f"     {date:16}  {entry.url or '(no link)'}",
        f"     skipped: {why.in_english()}" if why else "",
        f"     {clean_line(entry.summary, 110)}",
    ]
    return "\n".join(line for line in lines if line.strip())


def _describe_counts(reasons: list[Refusal | None]) -> str:
    refused = Counter(filter(None, reasons))
    return _count_entries(len(reasons)) + (f", {refusals.count_refusals_in_english(refused)}" if refused else "")


def _count_entries(n: int) -> str:
    return count_noun(n, "entry", "entries")
