"""Tries models out side by side within one limit of money: what the comparison of models and the test of the verifier share.

Jobs go in, results come out as they are finished. An estimate is made before the first request, and no request may lead beyond the limit
(`digests.llm.budget`). Not here: what a job asks (`model_comparison`, `verifier_evaluation`). Nothing here reads or writes a row.
"""

import math
import queue
import threading
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from django.conf import settings

from digests.llm.budget import Budget
from digests.llm.model_problems import ModelProblem
from digests.llm.servers import ModelServer
from digests.text.localization import use_language
from digests.text.messages import format_message
from digests.text.numbers import format_usd

T = TypeVar("T")

# Measured by nobody's tokenizer in particular: an English word of six letters is 1.5 tokens, a syllable of Hangul 0.6 to 1.
ASCII_CHARACTERS_PER_TOKEN = 4
TOKENS_PER_OTHER_CHARACTER = 0.7

INTERRUPTED = "Stopped by Ctrl-C. The figures are of what was finished."

# Something has to be changed before another try: no later request can succeed.
_FATAL = {
    *(
        ModelProblem.NOT_SET_UP,
        ModelProblem.KEY,
        ModelProblem.QUOTA,
        ModelProblem.UNKNOWN_MODEL,
        ModelProblem.NO_SERVER,
    ),
    *(ModelProblem.NO_HOST, ModelProblem.NOT_LISTENING, ModelProblem.CERTIFICATE, ModelProblem.NO_TLS),
    *(ModelProblem.BAD_ADDRESS, ModelProblem.NO_PROMPT, ModelProblem.UNREADABLE_PROMPT),
    *(ModelProblem.INCOMPLETE_PROMPT, ModelProblem.UNKNOWN_PROMPT_PLACE),
}


class TrialError(Exception):
    """A trial cannot begin, or cannot go on; the text is an English sentence for the operator."""


Prices = tuple[Decimal, Decimal]  # in US dollars per million tokens, read and written


class FailureKind(StrEnum):
    """What follows from a failed request."""

    LIMIT = "limit"  # the limit of money is reached
    FATAL = "fatal"  # an operator has to change something: a key, an address, a prompt file
    GIVEN_UP = "given up"  # the server failed several times in a row
    ONCE = "once"  # this answer did not come, others may


@dataclass(frozen=True)
class TriedModel:
    """A model as tables name it, where it is asked, and whether its prices are known (a price of 0 may be one)."""

    label: str
    server: ModelServer
    has_prices: bool


def make_tried_model(server: ModelServer, prices: Prices | None = None, label: str = "") -> TriedModel:
    """Return a model with the prices that were given, else with those of its server, where 0 stands for a price not known."""
    price_in, price_out = prices or (server.price_in, server.price_out)
    priced = replace(server, price_in=price_in, price_out=price_out)
    return TriedModel(label or server.model, priced, bool(prices or price_in or price_out))


def parse_usd(text: str) -> Decimal:
    """Return an amount of US dollars above 0; raise ArgumentTypeError for anything else."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise ArgumentTypeError(f"“{text}” isn’t an amount of US dollars, such as 0.50.")
    return amount


def run_trials(jobs: Iterable[Callable[[], T]], threads: int, stop: threading.Event) -> Iterator[T]:
    """Yield the results of jobs as they are finished; after `stop` is set, no other job begins.

    The threads are daemons: after Ctrl-C nothing waits for a request that takes two minutes. An exception of a job is raised here.
    """
    waiting: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()
    finished: queue.SimpleQueue[tuple[list[T], BaseException | None]] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)

    def work() -> None:
        try:
            while not stop.is_set():
                finished.put(([waiting.get_nowait()()], None))
        except queue.Empty:
            pass
        except BaseException as error:
            finished.put(([], error))
        finally:
            finished.put(([], None))  # this thread has ended

    running = max(1, threads)
    for _number in range(running):
        threading.Thread(target=work, name="model-trial", daemon=True).start()
    while running:
        results, error = finished.get()
        if error:
            raise error
        running -= not results
        yield from results


@dataclass
class TrialRun:
    """How far a run of trials came: what ended it before its end, and what it has cost."""

    ended_by: str = ""  # the limit or Ctrl-C: a sentence
    is_interrupted: bool = False  # by Ctrl-C
    error: str = ""  # a server that nothing can be asked of: a sentence
    spent: Decimal = Decimal(0)  # by all requests, in US dollars


def collect_trials(
    run: TrialRun, jobs: Sequence[Callable[[], T]], threads: int, budget: Budget, keep: Callable[[T], bool]
) -> None:
    """Run jobs until there are none, `keep` says that no more is needed, or `run` has an end or an error.

    What has begun then is paid for, so it is waited for, but for an error and for Ctrl-C.
    """
    stop = threading.Event()
    try:
        for result in run_trials(jobs, threads, stop):
            if keep(result) or run.ended_by:
                stop.set()
            if run.error:
                break
    except KeyboardInterrupt:
        run.is_interrupted, run.ended_by = True, INTERRUPTED
    finally:
        stop.set()
        run.spent = budget.spent


def count_threads(limit: Decimal, estimate: Decimal, largest: Decimal) -> int:
    """Return how many jobs may run at once.

    Each reserves the most that its request may cost (`largest`, in US dollars). Many at once would reach a limit together that
    the costs themselves do not reach.
    """
    most = max(1, settings.LLM_CONCURRENCY)
    return max(1, min(most, int((limit - estimate) / largest))) if limit and largest else most


def find_limit(given: Decimal | None) -> Decimal:
    """Return the limit in US dollars: the one that was given, else LLM_BUDGET_USD; 0 is no limit."""
    return settings.LLM_BUDGET_USD if given is None else given


def make_trial_budget(limit: Decimal) -> Budget:
    """Return the budget of all requests of a trial. LLM_BUDGET_SECONDS is for one issue, so it does not count here."""
    return Budget(usd=limit, seconds=0)


def check_limit(limit: Decimal, estimate: Decimal, models: Sequence[TriedModel]) -> None:
    """Raise TrialError where the estimate is beyond the limit, or where a price that the limit needs is not known."""
    if not limit:
        return
    if unknown := [one.label for one in models if not one.has_prices]:
        raise TrialError(
            f"The limit of {format_usd(limit)} can’t be kept, because the prices of {', '.join(unknown)} aren’t known."
            " Set them (0 for a model that costs nothing), or remove the limit."
        )
    if estimate > limit:
        raise TrialError(
            f"The estimate of {format_usd(estimate)} is beyond the limit of {format_usd(limit)}. Nothing was asked."
        )


def describe_limit_reached(budget: Budget) -> str:
    """Return the sentence that says where a trial was stopped."""
    return (
        f"Stopped at the limit of {format_usd(budget.usd)}: {format_usd(budget.spent)} was spent,"
        " and the next request could have led beyond it. The figures are of what was finished."
    )


def describe_models(limit: Decimal, costs: Sequence[tuple[TriedModel, Decimal | None]]) -> list[str]:
    """Return a line per model with its estimated cost (None where a price is not known), and one for all of them."""
    lines = [
        f"  {model.label}: about {format_usd(cost)}"
        if cost is not None
        else f"  {model.label}: cost unknown (no prices)"
        for model, cost in costs
    ]
    known = [cost for _model, cost in costs if cost is not None]
    total = "cost unknown" if len(known) < len(costs) else f"about {format_usd(sum(known, Decimal(0)))}"
    return [*lines, f"Estimate: {total}. " + (f"Limit: {format_usd(limit)}." if limit else "There is no limit.")]


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text has."""
    ascii_letters = sum(letter.isascii() for letter in text)
    return math.ceil(
        ascii_letters / ASCII_CHARACTERS_PER_TOKEN + (len(text) - ascii_letters) * TOKENS_PER_OTHER_CHARACTER
    )


def classify_failure(message: Mapping[str, Any]) -> FailureKind:
    """Return what follows from a failed request, by its message."""
    codes = set(_list_message_codes(message))
    if ModelProblem.MONEY_USED_UP.value in codes:
        return FailureKind.LIMIT
    if codes & {problem.value for problem in _FATAL}:
        return FailureKind.FATAL
    return FailureKind.GIVEN_UP if ModelProblem.STOPPED.value in codes else FailureKind.ONCE


def _list_message_codes(message: Mapping[str, Any]) -> Iterator[str]:
    yield message["code"]
    for value in message.get("params", {}).values():
        if isinstance(value, Mapping):
            yield from _list_message_codes(value)


def describe_failure(message: Mapping[str, Any]) -> str:
    """Return a message as a line in English, which is what commands speak."""
    with use_language("en"):
        return format_message(message).removesuffix(".")


def format_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table as lines: the first column begins at the left, figures end at the right."""
    cells = [head, *rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    return [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]


def format_share(hits: int, of: int) -> str:
    """Return a share in per cent; a dash where there was no case."""
    return f"{hits / of:.1%}" if of else "–"
