"""Command that compares models on sections of past issues: `compare_models small large --days 5`. It changes nothing."""

import argparse
import os
import sys
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from digests.llm.prompts import PromptError
from digests.llm.servers import get_verifier, is_model_configured, is_verifier_configured
from digests.management.arguments import get_publication
from digests.text.counts import count_noun
from digests.text.numbers import format_usd
from digests.writing.model_comparison import (
    Comparison,
    KeptSection,
    Rewriting,
    check_prices_are_used,
    compare_models,
    estimate_costs,
    format_comparison,
    load_kept_sections,
    parse_models,
    parse_prices,
)
from digests.writing.model_trials import (
    TrialError,
    TriedModel,
    check_limit,
    describe_failure,
    describe_models,
    find_limit,
    make_tried_model,
    parse_usd,
)


class Command(BaseCommand):
    """Compares and prints; the work is in `digests.writing.model_comparison`."""

    help = "Have several models write sections of past issues once more, and compare trust and price. Nothing is saved or sent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "models",
            nargs="+",
            metavar="MODEL",
            help="NAME, NAME@https://server/v1, or NAME@https://server/v1@VARIABLE with the environment variable of the key",
        )
        parser.add_argument(
            "--days", type=_parse_count, default=5, help="issues of the last N days that have some; 5 by default"
        )
        parser.add_argument("--publication", metavar="SLUG", help="slug of the newsletter; all by default")
        parser.add_argument(
            "--verifier", metavar="MODEL", help="model that checks all texts; that of the settings by default"
        )
        parser.add_argument(
            "--limit", type=parse_usd, metavar="USD", help="stop at this cost; LLM_BUDGET_USD by default"
        )
        parser.add_argument(
            "--price",
            action="append",
            default=[],
            metavar="NAME=IN,OUT",
            help="US dollars per million tokens; those of the settings by default",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if len(options["models"]) < 2:
            raise CommandError("Name at least two models to compare.")
        publication = get_publication(options["publication"]) if options["publication"] else None
        try:
            models, verifier = _choose_models(options)
            sections, limit = load_kept_sections(options["days"], publication), find_limit(options["limit"])
            if not sections:
                raise CommandError("No issue has a section whose items have a text. Build one first.")
            self._announce(sections, models, verifier, limit)
            found = compare_models(sections, models, verifier, limit, self._show_progress)
        except TrialError as error:
            raise CommandError(str(error)) from error
        except PromptError as error:
            raise CommandError(describe_failure(error.message)) from error
        self._show(found, models, sections)

    def _announce(
        self, sections: list[KeptSection], models: list[TriedModel], verifier: TriedModel | None, limit: Decimal
    ) -> None:
        """Print what will be asked and what it will cost; raise TrialError where that is beyond the limit."""
        checked = f"checked by {verifier.label}" if verifier else "not checked by a second model (LLM_VERIFY=0)"
        requests = len(sections) * (2 if verifier else 1)
        costs = estimate_costs(sections, models, verifier)
        self.stdout.write(
            f"{count_noun(len(sections), 'section')}, written by {count_noun(len(models), 'model')}, {checked}.\n"
            f"Requests per model: {requests:,}, and up to {2 * requests:,} if every section is sent back."
        )
        for line in describe_models(limit, list(zip(models, costs, strict=True))):
            self.stdout.write(line)
        if verifier and verifier.server.name in {model.server.name for model in models}:
            self.stdout.write(
                f"{verifier.label} checks its own texts too: a model overlooks its own mistakes more often."
            )
        estimate = sum((cost or Decimal(0) for cost in costs), Decimal(0))
        check_limit(limit, estimate, [*models, *filter(None, [verifier])])
        self.stdout.flush()

    def _show_progress(self, one: Rewriting) -> None:
        outcome = "written" if one.text else "held"
        if one.writer_failures and not one.text:
            outcome = f"no answer: {describe_failure(one.writer_failures[0])}"
        self.stderr.write(f"{one.kept.name}: {one.model.label}: {outcome} ({one.seconds:.1f} s)")

    def _show(self, found: Comparison, models: list[TriedModel], sections: list[KeptSection]) -> None:
        """Print the table of what there is; exit with 1 where a server ended the comparison, with 130 after Ctrl-C."""
        if found.results or not found.error:
            self.stdout.write("")
            for line in format_comparison(found, models, sections):
                self.stdout.write(line)
        if found.spent:
            self.stdout.write(f"Spent: {format_usd(found.spent)}.")
        if found.error or not (found.results or found.ended_by):
            raise CommandError(found.error or "No model gave an answer.")
        if found.is_interrupted:
            sys.exit(130)  # as shells expect of a program that Ctrl-C has ended


def _parse_count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"“{text}” isn’t a number of days, such as 5.")
    return int(text)


def _choose_models(options: dict[str, Any]) -> tuple[list[TriedModel], TriedModel | None]:
    """Return the models to compare, and the one that checks; None where nothing is checked."""
    if not is_model_configured() and not all("@" in name for name in options["models"]):
        raise TrialError("No AI is set up. Set OPENAI_API_KEY or OPENAI_BASE_URL.")
    prices = dict(parse_prices(text) for text in options["price"])
    named = [*options["models"], *filter(None, [options["verifier"]])]
    check_prices_are_used(prices, [*named, get_verifier().model])
    models = parse_models(options["models"], prices, os.environ)
    if options["verifier"]:
        return models, parse_models([options["verifier"]], prices, os.environ)[0]
    return models, make_tried_model(
        get_verifier(), prices.get(get_verifier().model)
    ) if is_verifier_configured() else None
