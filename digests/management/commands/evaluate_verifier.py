"""Command that measures the model that checks texts: `evaluate_verifier --sections 20`. It changes nothing."""

import argparse
import sys
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from digests.llm.prompts import PromptError
from digests.llm.servers import get_verifier, is_model_configured
from digests.text.counts import count_noun
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
from digests.writing.verifier_evaluation import (
    Evaluation,
    FaultySection,
    choose_sections,
    estimate_evaluation,
    evaluate_verifier,
    format_evaluation,
    read_verifier_set,
)

MAX_SECTIONS = 40  # the file has no more
PROGRESS_STEP = 10  # requests


class Command(BaseCommand):
    """Measures and prints; the work is in `digests.writing.verifier_evaluation`."""

    help = "Measure which wrong sentences the checking model of the settings finds, and its false alarms. Nothing is saved."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kinds", default="", metavar="A,B", help="kinds of faults; all by default")
        parser.add_argument(
            "--sections",
            type=_parse_count,
            default=MAX_SECTIONS,
            metavar="N",
            help=f"at most {MAX_SECTIONS}, two requests each",
        )
        parser.add_argument(
            "--limit", type=parse_usd, metavar="USD", help="stop at this cost; LLM_BUDGET_USD by default"
        )
        parser.add_argument("--language", choices=["ko", "en"], default="", help="of the sections; both by default")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not is_model_configured():
            raise CommandError("No AI is set up. Set OPENAI_API_KEY or OPENAI_BASE_URL.")
        verifier, limit = make_tried_model(get_verifier()), find_limit(options["limit"])
        kinds = [kind.strip() for kind in options["kinds"].split(",") if kind.strip()]
        try:
            sections = choose_sections(read_verifier_set(), kinds, options["sections"], options["language"])
            self._announce(sections, verifier, limit)
            found = evaluate_verifier(sections, verifier, limit, self._show_progress)
        except TrialError as error:
            raise CommandError(str(error)) from error
        except PromptError as error:
            raise CommandError(describe_failure(error.message)) from error
        self._show(found, verifier)

    def _announce(self, sections: list[FaultySection], verifier: TriedModel, limit: Decimal) -> None:
        """Print what will be asked and what it will cost; raise TrialError where that is beyond the limit."""
        faults = sum(len(section.faults) for section in sections)
        self.stdout.write(
            f"{count_noun(len(sections), 'section')}, {count_noun(2 * len(sections), 'request')}, {count_noun(faults, 'fault')}."
        )
        cost = estimate_evaluation(sections, verifier)
        for line in describe_models(limit, [(verifier, cost)]):
            self.stdout.write(line)
        check_limit(limit, cost or Decimal(0), [verifier])
        self.stdout.flush()

    def _show_progress(self, done: int) -> None:
        if done and done % PROGRESS_STEP == 0:
            self.stderr.write(f"{done} requests answered")

    def _show(self, found: Evaluation, verifier: TriedModel) -> None:
        """Print what there is; exit with 1 where the server ended the evaluation, with 130 after Ctrl-C."""
        if found.judged or found.ended_by:
            self.stdout.write("")
            for line in format_evaluation(found, verifier):
                self.stdout.write(line)
        if found.error or not (found.judged or found.ended_by):
            raise CommandError(found.error or f"{verifier.label}: {next(iter(found.failures))}")
        if found.is_interrupted:
            sys.exit(130)  # as shells expect of a program that Ctrl-C has ended


def _parse_count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MAX_SECTIONS:
        raise argparse.ArgumentTypeError(f"“{text}” isn’t a number of sections from 1 to {MAX_SECTIONS}.")
    return int(text)
