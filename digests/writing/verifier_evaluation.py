"""Measures the verifier: which faults in single sentences it finds, and how many right sentences it calls wrong.

The sections of `digests/quality/verifier_set.jsonl` go in: right sentences with their passages, and faults that a model could make in their
place. Each section is asked about twice, once as it is and once with faults in several of its sentences. Shares by kind of fault come out,
with Wilson's interval. Nothing here reads or writes a row.
"""

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from math import sqrt
from pathlib import Path
from typing import Any

from digests.llm.budget import EXPECTED_ANSWER_TOKENS, Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import PromptError, load_prompt
from digests.quality.blocks import Claim, list_claims
from digests.text.evidence import Verdict
from digests.text.numbers import format_usd
from digests.text.section_schema import SectionAnswer, SectionPoint, SectionSentence, SourceMaterial
from digests.writing.model_trials import (
    FailureKind,
    TrialError,
    TrialRun,
    TriedModel,
    classify_failure,
    collect_trials,
    count_threads,
    describe_failure,
    describe_limit_reached,
    estimate_tokens,
    format_table,
    make_trial_budget,
)
from digests.writing.verify import EXCERPT_CHARACTERS, ClaimKey, make_claim_key, verify_claims

SET_FILE = Path(__file__).resolve().parent.parent / "quality" / "verifier_set.jsonl"
TOKENS_PER_VERDICT = 70  # a number, a verdict, and the sentence of an abstract that it quotes
HEAD = ("kind of fault", "sentences", "contradicted", "not stated", "supported", "no verdict", "found", "95 % interval")
NORMAL_QUANTILE = 1.96  # of a 95 % interval


@dataclass(frozen=True)
class SentenceFault:
    """A wrong sentence that may stand in the place of a right one: "themes.0", "points.1.0" (item 1) or "points.1.headline"."""

    kind: str
    place: str
    text: str


@dataclass(frozen=True)
class FaultySection:
    """A section that is right, its sources, and faults for its sentences."""

    name: str
    language: str
    answer: SectionAnswer
    items: tuple[SourceMaterial, ...]
    faults: tuple[SentenceFault, ...]


@dataclass(frozen=True)
class JudgedSentence:
    """What the verifier said of a sentence; `kind` of its fault, "" of a right one; `verdict` is "" where it said nothing."""

    kind: str
    verdict: str
    has_quote: bool  # that stands in a source


@dataclass(frozen=True)
class JudgedSection:
    """The sentences of one request, what it cost, and why there is no answer if there is none."""

    sentences: tuple[JudgedSentence, ...]
    bill: Bill
    seconds: float
    failure: Mapping[str, Any] | None = None


@dataclass
class Evaluation(TrialRun):
    """The requests so far, and how many failed and why."""

    judged: list[JudgedSection] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)


def read_verifier_set(path: Path = SET_FILE) -> list[FaultySection]:
    """Return the sections of the file that is shipped: one JSON object per line, Korean and English in turn."""
    return [_read_section(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _read_section(row: Mapping[str, Any]) -> FaultySection:
    items = tuple(
        SourceMaterial(number, one["title"], one["url"], one["summary"])
        for number, one in enumerate(row["items"], start=1)
    )
    faults = tuple(SentenceFault(one["kind"], one["place"], one["text"]) for one in row["faults"])
    answer = SectionAnswer.model_validate({"keywords": [], **row["sentences"]})
    return FaultySection(row["name"], row["language"], answer, items, faults)


def choose_sections(
    rows: Sequence[FaultySection], kinds: Collection[str], count: int, language: str = ""
) -> list[FaultySection]:
    """Return the first `count` sections in a language ("" for all) that have a fault of these kinds, with these faults alone.

    No kinds are all kinds. Of several faults in a sentence one stays, of the kind that has the fewest so far. Raises TrialError for a kind
    that there is not, and where no section is left.
    """
    known = {fault.kind for row in rows for fault in row.faults}
    if unknown := sorted(set(kinds) - known):
        raise TrialError(f"No faults of the kind “{unknown[0]}”. There are: {', '.join(sorted(known))}.")
    counted: Counter[str] = Counter(dict.fromkeys(known, 0))
    chosen: list[FaultySection] = []
    for row in rows:
        if len(chosen) == count or (language and row.language != language):
            continue
        by_place: dict[str, list[SentenceFault]] = {}
        for fault in row.faults:
            if not kinds or fault.kind in kinds:
                by_place.setdefault(fault.place, []).append(fault)
        kept = []
        for faults in by_place.values():
            kept.append(min(faults, key=lambda fault: counted[fault.kind]))
            counted[kept[-1].kind] += 1
        if kept:
            chosen.append(FaultySection(row.name, row.language, row.answer, row.items, tuple(kept)))
    if not chosen:
        raise TrialError("No section has such faults in that language.")
    return chosen


def put_faults(section: FaultySection) -> tuple[SectionAnswer, dict[ClaimKey, str]]:
    """Return the parts of a section with its faults in the place of right sentences, and the kind of each by its sentence.

    A faulty sentence keeps the passages of the right one, as a careless model would give them.
    """
    parts: dict[str, Any] = section.answer.model_dump()
    points = {point["number"]: point for point in parts["points"]}
    kinds: dict[ClaimKey, str] = {}
    for fault in section.faults:
        part, *place = fault.place.split(".")
        number = int(place[0]) if part == "points" else 0
        if place[-1] == "headline":
            points[number]["headline"] = fault.text
            part, text = "headline", SectionPoint(number=number, headline=fault.text, sentences=[]).headline
        else:
            sentence = (points[number]["sentences"] if number else parts[part])[int(place[-1])]
            sentence["text"] = fault.text
            text = SectionSentence(text=fault.text, passages=[]).text  # as the schema cleans it
        kinds[part, number, text] = fault.kind
    return SectionAnswer.model_validate(parts), kinds


def estimate_evaluation(sections: Sequence[FaultySection], verifier: TriedModel) -> Decimal | None:
    """Return about what both requests per section cost, in US dollars; None where a price is not known."""
    if not verifier.has_prices:
        return None
    return sum((_estimate_request(section, verifier).cost * 2 for section in sections), Decimal(0))


def _estimate_request(section: FaultySection, verifier: TriedModel) -> Bill:
    claims = list_claims(section.answer, section.items)
    asked = [load_prompt("verify", section.language).template]
    asked += [item.title + item.summary[:EXCERPT_CHARACTERS] for item in section.items]
    asked += [f'{{"sentence": 1, "text": "", "items": "1", "passages": ""}}{one.text}{one.evidence}' for one in claims]
    tokens_in = sum(estimate_tokens(text) for text in asked)
    return verifier.server.make_bill(tokens_in, TOKENS_PER_VERDICT * len(claims))


def evaluate_verifier(
    sections: Sequence[FaultySection],
    verifier: TriedModel,
    limit: Decimal,
    progress: Callable[[int], None] = lambda _done: None,
) -> Evaluation:
    """Ask the verifier about each section, right and with its faults; it ends at the limit, by Ctrl-C, or with a fatal error."""
    found, budget = Evaluation(), make_trial_budget(limit)
    jobs = [
        partial(judge_section, section, verifier, budget, with_faults=with_faults)
        for section in sections
        for with_faults in (False, True)
    ]
    # An estimate from above: four characters are about a token, and a reservation counts each as one.
    largest = verifier.server.make_bill(
        4 * max(_estimate_request(section, verifier).tokens_in for section in sections), EXPECTED_ANSWER_TOKENS
    ).cost
    threads = count_threads(limit, estimate_evaluation(sections, verifier) or Decimal(0), largest)

    def keep(one: JudgedSection) -> bool:
        _file_request(found, one, verifier, budget)
        progress(len(found.judged))
        return False

    collect_trials(found, jobs, threads, budget, keep)
    return found


def judge_section(section: FaultySection, verifier: TriedModel, budget: Budget, *, with_faults: bool) -> JudgedSection:
    """Return what the verifier says of the right sentences of a section, or of the faulty ones where some were put in."""
    answer, kinds = put_faults(section) if with_faults else (section.answer, {})
    # As in a build, a sentence without a passage is not asked about.
    claims = [claim for claim in list_claims(answer, section.items) if claim.passages]
    began = time.monotonic()
    try:
        made = verify_claims(claims, section.items, section.language, budget, server=verifier.server)
    except (LLMError, PromptError) as error:
        bill = error.bill if isinstance(error, LLMError) else Bill()
        return JudgedSection((), bill, time.monotonic() - began, error.message)
    wanted = [claim for claim in claims if not with_faults or make_claim_key(claim) in kinds]

    def judge(claim: Claim) -> JudgedSentence:
        key = make_claim_key(claim)
        verdict = made.verdicts.get(key)
        return JudgedSentence(kinds.get(key, ""), verdict.verdict if verdict else "", bool(verdict and verdict.quote))

    return JudgedSection(tuple(judge(claim) for claim in wanted), made.bill, time.monotonic() - began)


def _file_request(found: Evaluation, one: JudgedSection, verifier: TriedModel, budget: Budget) -> None:
    if one.failure is None:
        found.judged.append(one)
        return
    match classify_failure(one.failure):
        case FailureKind.LIMIT:
            found.ended_by = describe_limit_reached(budget)
        case FailureKind.ONCE:
            found.failures[describe_failure(one.failure)] += 1
        case _:
            found.error = f"{verifier.label}: {describe_failure(one.failure)}"


def format_evaluation(found: Evaluation, verifier: TriedModel) -> list[str]:
    """Return the table, a row per kind of fault and one for all, and the lines about right sentences, quotes and cost."""
    sentences = [sentence for one in found.judged for sentence in one.sentences]
    faulty, right = [one for one in sentences if one.kind], [one for one in sentences if not one.kind]
    kinds = sorted({one.kind for one in faulty})
    rows = [_make_row(kind, [one for one in faulty if one.kind == kind]) for kind in kinds]
    judged, alarms = [one for one in sentences if one.verdict], _count_found(right)
    without_quote, bill = sum(not one.has_quote for one in judged), sum((one.bill for one in found.judged), Bill())
    cost = format_usd(found.spent) if verifier.has_prices else "cost unknown (no prices)"
    seconds = statistics.median(one.seconds for one in found.judged) if found.judged else 0
    return [
        *format_table(HEAD, [*rows, _make_row("all kinds", faulty)]),
        "",
        "found: called contradicted or not stated; a sentence without a verdict is not found.",
        f"False alarms: {_format_interval(alarms, len(right))} of {len(right)} right sentences ({_count_verdicts(right)}).",
        f"Quotes that stand in no source: {without_quote} of {len(judged)}; such a verdict counts as not stated.",
        f"Sentences without a verdict: {len(sentences) - len(judged)} of {len(sentences)}.",
        f"Requests answered: {len(found.judged)}, {seconds:.1f} s each (median).",
        f"Tokens: {bill.tokens_in:,} in, {bill.tokens_out:,} out; {cost}.",
        *(f"No answer: {reason} (requests: {times})" for reason, times in found.failures.items()),
        *filter(None, [found.ended_by]),
    ]


def _make_row(name: str, sentences: Sequence[JudgedSentence]) -> tuple[str, ...]:
    verdicts, hits = Counter(one.verdict for one in sentences), _count_found(sentences)
    low, high = find_wilson_interval(hits, len(sentences))
    return (
        name,
        str(len(sentences)),
        *(str(verdicts[one]) for one in (Verdict.CONTRADICTED, Verdict.NOT_STATED, Verdict.SUPPORTED, "")),
        f"{hits / len(sentences):.0%}" if sentences else "–",
        f"{low:.0%} to {high:.0%}",
    )


def _count_found(sentences: Iterable[JudgedSentence]) -> int:
    return sum(one.verdict in {Verdict.CONTRADICTED, Verdict.NOT_STATED} for one in sentences)


def _count_verdicts(sentences: Iterable[JudgedSentence]) -> str:
    verdicts = Counter(one.verdict for one in sentences)
    return f"{verdicts[Verdict.CONTRADICTED]} contradicted, {verdicts[Verdict.NOT_STATED]} not stated"


def _format_interval(hits: int, of: int) -> str:
    low, high = find_wilson_interval(hits, of)
    return f"{hits / of:.1%} ({low:.1%} to {high:.1%})" if of else "–"


def find_wilson_interval(hits: int, of: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share, which holds for small numbers and for shares near 0 and 1."""
    if not of:
        return (0.0, 1.0)
    z, share = NORMAL_QUANTILE, hits / of
    middle, half = share + z * z / (2 * of), z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (max(0.0, (middle - half) / (1 + z * z / of)), min(1.0, (middle + half) / (1 + z * z / of)))
