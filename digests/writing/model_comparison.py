"""Compares models on sections of past issues: each writes them once more, by the prompts, gates, repair and verifier of a build.

Kept materials and models in, a table with a row per model out: how much of its texts is kept, what the verifier says of them, what they
cost. Nothing is saved and nothing is sent. Not here: how the requests run side by side within a limit (`model_trials`).
"""

import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from digests.llm.budget import EXPECTED_ANSWER_TOKENS, Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import PromptError, PromptFile, load_prompt
from digests.llm.servers import ModelServer, get_verifier, get_writer
from digests.models import Publication, Section, SectionItem
from digests.models.digests import make_items_prefetch
from digests.text.cleaning import clean_line
from digests.text.evidence import Verdict
from digests.text.numbers import format_usd
from digests.text.section_schema import PROSE_PARTS, SectionAnswer
from digests.writing.model_trials import (
    FailureKind,
    Prices,
    TrialError,
    TrialRun,
    TriedModel,
    classify_failure,
    collect_trials,
    count_threads,
    describe_failure,
    describe_limit_reached,
    estimate_tokens,
    format_share,
    format_table,
    make_trial_budget,
    make_tried_model,
)
from digests.writing.section_writer import (
    EXCERPT_CHARACTERS,
    HeldByGatesError,
    SectionBrief,
    WritingRecord,
    WritingStep,
)
from digests.writing.summarize import SectionDraft, make_brief, write_draft

# Of the sections of tests/eval, with their passages: 350 tokens and 350 per item in Korean, less in English.
ANSWER_TOKENS, ANSWER_TOKENS_PER_ITEM = 350, 350
VERDICT_TOKENS, VERDICT_TOKENS_PER_ITEM = 200, 200  # three sentences per item and a few more, each with a quote
REPAIR_SHARE = Decimal("0.5")  # how many sections are sent back; a guess, between a large and a small model
HEAD = (
    *("model", "sections", "held", "left out", "sent back", "supported", "not stated", "contradicted", "distance"),
    *("cost", "checking", "s/section"),
)

# A name may hold an @ itself ("@cf/meta/llama"), so the address tells the parts.
_ELSEWHERE = re.compile(r"(?P<name>[^\s]+?)@(?P<url>https?://[^@\s]+)(?:@(?P<variable>[A-Za-z_][A-Za-z0-9_]*))?")


@dataclass(frozen=True)
class KeptSection:
    """A section of a past issue: its materials for a model, and its present text."""

    name: str
    brief: SectionBrief
    template: PromptFile
    text: str
    is_edited: bool  # by a person


@dataclass(frozen=True)
class Rewriting:
    """What became of one section by one model; `text` is "" where no text of the model is used, and `failures` say why."""

    model: TriedModel
    kept: KeptSection
    text: str
    sentences: int  # of the model's answer, where its text is used
    left_out: int  # of these, dropped or replaced by a sentence of the source
    is_sent_back: bool
    verdicts: Counter[str]
    bill: Bill
    checking: Bill
    seconds: float
    writer_failures: tuple[Mapping[str, Any], ...] = ()
    verifier_failures: tuple[Mapping[str, Any], ...] = ()


@dataclass
class Comparison(TrialRun):
    """The results so far, and which models were given up and why."""

    results: list[Rewriting] = field(default_factory=list)
    given_up: dict[str, str] = field(default_factory=dict)  # the reason by the model's label


def parse_prices(text: str) -> tuple[str, Prices]:
    """Return the model and its prices of "NAME=IN,OUT" (US dollars per million tokens); raise TrialError for anything else."""
    name, _equals, words = text.rpartition("=")
    try:
        price_in, price_out = (Decimal(word) for word in words.split(","))
        if not name or not all(price.is_finite() and price >= 0 for price in (price_in, price_out)):
            raise ValueError(text)
    except (ValueError, InvalidOperation):
        raise TrialError(
            f"“{text}” isn’t a price. Use NAME=IN,OUT in US dollars per million tokens, such as small=0.15,0.60."
        ) from None
    return name, (price_in, price_out)


def parse_models(
    texts: Sequence[str], prices: Mapping[str, Prices], environment: Mapping[str, str]
) -> list[TriedModel]:
    """Return the models that texts name: NAME, NAME@URL or NAME@URL@VARIABLE; raise TrialError where one cannot be asked.

    VARIABLE names the variable of `environment` that holds the key; it is never the key itself. `prices` are by NAME or NAME@URL.
    """
    models = [_parse_model(text, prices, environment) for text in texts]
    labels = Counter(model.label for model in models)
    if twice := [label for label, times in labels.items() if times > 1]:
        raise TrialError(f"{twice[0]} is named twice.")
    return models


def check_prices_are_used(prices: Mapping[str, Prices], texts: Iterable[str]) -> None:
    """Raise TrialError where a price is for none of the models: it would be a typing error."""
    known = {name for text in texts for name in _list_price_names(text)}
    if unknown := [name for name in prices if name not in known]:
        raise TrialError(f"The price is for {unknown[0]}, which isn’t one of the models.")


def _list_price_names(text: str) -> tuple[str, ...]:
    found = _ELSEWHERE.fullmatch(text)
    return (f"{found['name']}@{found['url']}", found["name"]) if found else (text,)


def _parse_model(text: str, prices: Mapping[str, Prices], environment: Mapping[str, str]) -> TriedModel:
    found, writer = _ELSEWHERE.fullmatch(text), get_writer()
    if found and urlsplit(found["url"]).hostname:
        name, url, variable = found["name"], found["url"], found["variable"] or ""
        if variable and not environment.get(variable):
            raise TrialError(f"{name}: the environment variable {variable} isn’t set. It has to hold the server’s key.")
        # A key belongs to its server: that of the settings is never sent to another one.
        key, label = environment.get(variable, "") if variable else "", f"{name}@{urlsplit(url).netloc}"
    elif text.strip() and text.split() == [text] and "://" not in text:
        name, url, key, label = text, writer.base_url, writer.api_key, text
    else:  # the text is not repeated: somebody may have put a key into it
        raise TrialError(
            "A model is NAME, NAME@https://server/v1 or NAME@https://server/v1@VARIABLE,"
            " where VARIABLE is the name of the environment variable with the key, never the key."
        )
    given = next((prices[one] for one in _list_price_names(text) if one in prices), None)
    set_up = next((one for one in (writer, get_verifier()) if (one.model, one.base_url) == (name, url)), None)
    price_in, price_out = (set_up.price_in, set_up.price_out) if set_up else (Decimal(0), Decimal(0))
    return make_tried_model(ModelServer(name, url, key, price_in, price_out), given, label)


def load_kept_sections(days: int, publication: Publication | None = None) -> list[KeptSection]:
    """Return the sections that can be written once more, of the issues of the last `days` days that have such, newest first.

    Raises PromptError if the prompt file of a language cannot be used.
    """
    lines = SectionItem.objects.filter(digest__imported=False, item__isnull=False).exclude(item__summary="")
    if publication:
        lines = lines.filter(digest__publication=publication)
    dates = list(lines.order_by("-digest__date").values_list("digest__date", flat=True).distinct()[:days])
    sections = (
        Section.objects.filter(digest__in=lines.filter(digest__date__in=dates).values("digest"))
        .select_related("digest__publication", "category")
        .defer("digest__chart")
        .prefetch_related(make_items_prefetch(summaries=True))
        .order_by("-digest__date", "digest__publication__slug", "position")
    )
    templates: dict[str, PromptFile] = {}
    kept = []
    for section in sections:
        language = section.digest.publication.language
        template = templates.setdefault(language, load_prompt("summarize", language))
        brief = make_brief(section, language, template)
        if brief.summarizable:
            name = f"{section.digest} {section.category.slug}"
            kept.append(KeptSection(name, brief, template, section.text, section.edited_at is not None))
    return kept


def estimate_costs(
    sections: Sequence[KeptSection], models: Sequence[TriedModel], verifier: TriedModel | None
) -> list[Decimal | None]:
    """Return about what each model will cost with the checking of its texts, in US dollars; None where a price is not known."""
    tokens = [_estimate_section_tokens(kept) for kept in sections]
    writing = [sum(figures) for figures in zip(*(write for write, _check in tokens), strict=True)] or [0, 0]
    checking = [sum(figures) for figures in zip(*(check for _write, check in tokens), strict=True)] or [0, 0]
    checking_cost = verifier.server.make_bill(*checking).cost if verifier else Decimal(0)
    are_known = verifier is None or verifier.has_prices
    return [
        model.server.make_bill(*writing).cost + checking_cost if model.has_prices and are_known else None
        for model in models
    ]


def _estimate_section_tokens(kept: KeptSection) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the tokens in and out of writing a section, and those of checking it, with the usual share of repairs."""
    items = len(kept.brief.summarizable)
    sources = sum(
        estimate_tokens(one.title + clean_line(one.summary, EXCERPT_CHARACTERS)) for one in kept.brief.summarizable
    )
    asked = estimate_tokens(kept.template.template) + sources
    answer = ANSWER_TOKENS + ANSWER_TOKENS_PER_ITEM * items
    verify = estimate_tokens(load_prompt("verify", kept.brief.language).template) + sources + answer
    # A repair is asked with the first answer; the new one is checked too, as far as it differs.
    write_in, write_out = asked + int(REPAIR_SHARE * (asked + answer)), answer + int(REPAIR_SHARE * answer)
    check_out = VERDICT_TOKENS + VERDICT_TOKENS_PER_ITEM * items
    return (write_in, write_out), (verify + int(REPAIR_SHARE * verify), check_out + int(REPAIR_SHARE * check_out / 2))


def compare_models(
    sections: Sequence[KeptSection],
    models: Sequence[TriedModel],
    verifier: TriedModel | None,
    limit: Decimal,
    progress: Callable[[Rewriting], None] = lambda _one: None,
) -> Comparison:
    """Have each model write each section, and return what came of it; it ends at the limit, by Ctrl-C, or with a fatal error.

    All models write a section before the next one begins, so that what there is at an early end can be compared.
    """
    found, budget = Comparison(), make_trial_budget(limit)
    jobs = [partial(rewrite_section, kept, model, verifier, budget) for kept in sections for model in models]
    estimate = sum((cost or Decimal(0) for cost in estimate_costs(sections, models, verifier)), Decimal(0))
    threads = count_threads(limit, estimate, _find_largest_reservation(sections, [*models, *filter(None, [verifier])]))

    def keep(one: Rewriting) -> bool:
        _file_result(found, one, verifier, budget)
        progress(one)
        return len(found.given_up) == len(models)

    collect_trials(found, jobs, threads, budget, keep)
    return found


def _find_largest_reservation(sections: Sequence[KeptSection], models: Sequence[TriedModel]) -> Decimal:
    """Return the most that one request may cost; the request for a repair holds the first one and its answer."""
    texts = [one.template.template + "".join(item.summary for item in one.brief.summarizable) for one in sections]
    longest = max(map(len, texts), default=0)
    costs = (model.server.make_bill(2 * longest, EXPECTED_ANSWER_TOKENS).cost for model in models)
    return max(costs, default=Decimal(0))


def rewrite_section(kept: KeptSection, model: TriedModel, verifier: TriedModel | None, budget: Budget) -> Rewriting:
    """Return what became of a section that a model was asked to write; nothing is saved."""
    record = WritingRecord(budget, writer=model.server, verifier=verifier.server if verifier else None)
    began, draft, failures = time.monotonic(), None, []
    try:
        draft = write_draft(kept.brief, kept.template, record)
    except (LLMError, PromptError) as error:
        failures.append(error.message)
    except HeldByGatesError:  # a result, not a failure
        pass
    failures += [one.error for one in record.attempts if one.error and one.step == WritingStep.REPAIR]
    sentences, left_out = _count_sentences(draft, record) if draft else (0, 0)
    return Rewriting(
        model=model,
        kept=kept,
        text=draft.text if draft else "",
        sentences=sentences,
        left_out=left_out,
        is_sent_back=any(one.step == WritingStep.ANSWER for one in record.attempts),
        verdicts=Counter(str(one.verdict) for one in record.verdicts.values()),
        bill=Bill(
            record.bill.tokens_in - record.verifier_bill.tokens_in,
            record.bill.tokens_out - record.verifier_bill.tokens_out,
            record.bill.cost - record.verifier_bill.cost,
        ),
        checking=record.verifier_bill,
        seconds=time.monotonic() - began,
        writer_failures=tuple(failures),
        verifier_failures=tuple(
            one.error for one in record.attempts if one.error and one.step == WritingStep.VERIFICATION
        ),
    )


def _count_sentences(draft: SectionDraft, record: WritingRecord) -> tuple[int, int]:
    """Return how many sentences the answer had that a draft was made of, and how many of them did not stay."""
    parts = SectionAnswer.model_validate(draft.summary)
    written = sum(len(getattr(parts, part)) for part in PROSE_PARTS) + sum(len(one.sentences) for one in parts.points)
    mended = next((one for one in record.attempts if one.step == WritingStep.MENDING), None)
    if mended is None:
        return written, 0
    # A point that was replaced is one sentence of its source, not the model's.
    return written - len(mended.points or ()) + (mended.fallen or 0), mended.fallen or 0


def _file_result(found: Comparison, one: Rewriting, verifier: TriedModel | None, budget: Budget) -> None:
    """Add a result, unless the limit, a key or a dead server has cut it off: such a one says nothing of the model."""
    own = {classify_failure(message): message for message in one.writer_failures}
    of_verifier = {classify_failure(message): message for message in one.verifier_failures}
    if FailureKind.LIMIT in own or FailureKind.LIMIT in of_verifier:
        found.ended_by = describe_limit_reached(budget)
    elif FailureKind.FATAL in own:
        found.error = f"{one.model.label}: {describe_failure(own[FailureKind.FATAL])}"
    elif message := of_verifier.get(FailureKind.FATAL) or of_verifier.get(FailureKind.GIVEN_UP):
        found.error = f"{verifier.label if verifier else 'verifier'} (verifier): {describe_failure(message)}"
    elif FailureKind.GIVEN_UP in own:
        found.given_up[one.model.label] = describe_failure(own[FailureKind.GIVEN_UP])
    else:
        found.results.append(one)


def format_comparison(found: Comparison, models: Sequence[TriedModel], sections: Sequence[KeptSection]) -> list[str]:
    """Return the table, and the lines under it that say what its figures are about."""
    only_edited = any(kept.is_edited and kept.text for kept in sections)
    rows = [_make_row(model, [one for one in found.results if one.model == model], only_edited) for model in models]
    lines = [
        "",
        "held: no text of the model was used. left out: sentences that were dropped or replaced, in sections that were not held.",
        "sent back: a repair was asked for. supported, not stated, contradicted: verdicts of the verifier, both answers together.",
        "distance: words changed from the new text to the section’s present one, "
        + ("over sections that a person edited." if only_edited else "over all sections, as no person edited one."),
    ]
    failed = Counter(
        f"{one.model.label}: no answer: {describe_failure(one.writer_failures[0])}"
        for one in found.results
        if one.writer_failures and not one.text
    )
    failed.update(
        f"{one.model.label}: not checked: {describe_failure(one.verifier_failures[0])}"
        for one in found.results
        if one.verifier_failures
    )
    lines += [f"{words} ({times} of {len(sections)} sections)" for words, times in failed.items()]
    lines += [f"{label}: given up: {reason}" for label, reason in found.given_up.items()]
    return [*format_table(HEAD, rows), *lines, *filter(None, [found.ended_by])]


def _make_row(model: TriedModel, results: Sequence[Rewriting], only_edited: bool) -> tuple[str, ...]:
    verdicts = sum((one.verdicts for one in results), Counter[str]())
    distances = [
        measure_distance(one.text, one.kept.text)
        for one in results
        if one.text and one.kept.text and (one.kept.is_edited or not only_edited)
    ]
    cost, checking = sum((one.bill for one in results), Bill()), sum((one.checking for one in results), Bill())
    return (
        model.label,
        str(len(results)),
        format_share(sum(not one.text for one in results), len(results)),
        format_share(sum(one.left_out for one in results), sum(one.sentences for one in results)),
        format_share(sum(one.is_sent_back for one in results), len(results)),
        *(
            format_share(verdicts[verdict], verdicts.total())
            for verdict in (Verdict.SUPPORTED, Verdict.NOT_STATED, Verdict.CONTRADICTED)
        ),
        f"{statistics.mean(distances):.2f}" if distances else "–",
        format_usd(cost.cost) if model.has_prices else f"{cost.tokens_in:,}+{cost.tokens_out:,} tokens",
        format_usd(checking.cost)
        if checking.cost or not checking.tokens_in
        else f"{checking.tokens_in:,}+{checking.tokens_out:,} tokens",
        f"{statistics.median(one.seconds for one in results):.1f}" if results else "–",
    )


def measure_distance(one: str, other: str) -> float:
    """Return which part of the words of two texts differs: 0 for the same text, 1 where no word is in common."""
    return 1 - SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()
