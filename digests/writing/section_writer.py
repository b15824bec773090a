"""Has a model write the five parts of one section, checks them with the quality gates, and repairs what they find.

All findings go back to the model once, also those that would only be a warning to an editor: it is cheaper to have the
model repair a wrong number than to have a person read it. In the repaired answer, a point that still has a finding is
replaced by a sentence of its source, as long as half of the points are the model's own. If that does not help, the same is
tried with the first answer. If that has findings too, no text of the model is used (HeldByGatesError). What had findings, and each
step that followed, is recorded. Nothing here reads or writes a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from string import Template
from typing import Any

from digests.llm.budget import Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import Prompt, PromptError, fill_prompt, format_json_lines, load_prompt
from digests.llm.requests import ModelAnswer, request_answer
from digests.quality.findings import Finding, localize_finding
from digests.quality.gates import check_section_parts
from digests.quality.passages import get_base_language
from digests.text.cleaning import clean_line
from digests.text.key_sentences import extract_key_sentence
from digests.text.section_schema import SectionAnswer, SectionPoint, SourceMaterial

EXCERPT_CHARACTERS = 4000  # of an item's text; the longest abstracts have 3,000
MAX_QUOTED_SHARE = 0.5  # of the points; a model that gets more of them wrong has not read the material
MAX_SHOWN_REASONS = 3  # in the sentence for the editor; the attempts keep all findings
LANGUAGE_NAMES = {
    "ko": "Korean",
    "en": "English",
    "ja": "Japanese",
    "zh": "Chinese",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "pt": "Portuguese",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "sv": "Swedish",
    "da": "Danish",
    "no": "Norwegian",
    "nb": "Norwegian",
    "vi": "Vietnamese",
    "id": "Indonesian",
    "tr": "Turkish",
    "ru": "Russian",
    "uk": "Ukrainian",
    "el": "Greek",
    "ar": "Arabic",
    "fa": "Persian",
    "he": "Hebrew",
    "hi": "Hindi",
    "bn": "Bengali",
    "th": "Thai",
}


@dataclass(frozen=True)
class SectionBrief:
    """All data for writing a section, so that a thread needs no query."""

    category: str
    description: str
    language: str
    materials: list[SourceMaterial]
    summarizable: list[SourceMaterial]  # the materials whose source says enough to be summarized
    input_hash: str
    rewrite_hint: Mapping[str, str] = field(default_factory=dict)  # an editor's hint, and the text that it is about
    instructions: str = ""  # the prompt without the items


class WritingStep(StrEnum):
    """The steps of writing a section, as its attempts name them."""

    ANSWER = "answer"
    REPAIR = "repair"
    QUOTES = "quotes"


@dataclass(frozen=True)
class WritingAttempt:
    """One step that was tried, with its result; fields that a step does not have are None."""

    step: WritingStep
    asked: str | None = None  # the findings as they were sent to the model
    findings: list[dict[str, Any]] | None = None
    parts: dict[str, Any] | None = None  # what the model answered
    points: list[int] | None = None  # the numbers of the points that a sentence of the source replaced
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the attempt as it is kept on the section's row."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass
class WritingRecord:
    """How a section was written: what it cost and what was tried, also if no text came of it."""

    budget: Budget
    bill: Bill = field(default_factory=Bill)
    model: str = ""
    prompt_hash: str = ""
    attempts: list[WritingAttempt] = field(default_factory=list)


@dataclass(frozen=True)
class CheckedParts:
    """Parts in which no gate finds anything, and a note for the editor if sentences of sources are among them."""

    parts: SectionAnswer
    note: str = ""


class HeldByGatesError(Exception):
    """The gates find something in every version that the model wrote; the text says what."""


def write_parts(brief: SectionBrief, template: Template, record: WritingRecord) -> CheckedParts:
    """Return the parts of a section, and note on `record` how they were written.

    Raises LLMError if the model does not answer, PromptError if a prompt file is missing or wrong, and HeldByGatesError if
    no version passes the gates.
    """
    prompt = _fill_section_prompt(brief, template)
    record.prompt_hash = prompt.hash
    first = _ask_for_parts(prompt, record)
    found = _check_answer(first, brief)
    if not found:
        return CheckedParts(first)
    _record_answer(record, WritingStep.ANSWER, first, found)
    repaired = _ask_for_repair(first, found, prompt, brief, record)
    # A repair may break what was right in the first answer, so that one is tried too.
    for parts in [repaired, first] if repaired else [first]:
        with_quotes, numbers = _replace_with_quotes(parts, brief)
        if not _check_answer(with_quotes, brief, numbers):
            return CheckedParts(
                with_quotes, _record_quotes(numbers, _check_answer(parts, brief), record) if numbers else ""
            )
    raise HeldByGatesError(
        _describe_findings("held by the quality gates", _check_answer(repaired or first, brief), record)
    )


def _fill_section_prompt(brief: SectionBrief, template: Template) -> Prompt:
    code = get_base_language(brief.language)
    prompt = fill_prompt(
        template,
        {"language": LANGUAGE_NAMES.get(code, f"the language with the code {code}"), "description": brief.description},
        category=brief.category,
        items=format_json_lines(
            {
                "number": material.number,
                "title": material.title,
                "text": clean_line(material.summary, EXCERPT_CHARACTERS),
            }
            for material in brief.summarizable
        ),
    )
    if not brief.rewrite_hint:
        return prompt
    with_hint = fill_prompt(
        load_prompt("hint", brief.language), request=prompt.text, wish=format_json_lines([brief.rewrite_hint])
    )
    # The hash names the wording of the prompt file, and a hint does not change that.
    return Prompt(with_hint.text, prompt.hash)


def _ask_for_parts(prompt: Prompt, record: WritingRecord) -> SectionAnswer:
    try:
        answer: ModelAnswer[SectionAnswer] = request_answer(prompt, SectionAnswer, budget=record.budget)
    except LLMError as error:
        record.bill += error.bill
        raise
    record.bill += answer.bill
    record.model = answer.model
    return answer.parsed


def _check_answer(parts: SectionAnswer, brief: SectionBrief, quoted: Sequence[int] = ()) -> list[Finding]:
    """Return the findings of the gates; with only one item to summarize, the shape of the trends part is no fault."""
    found = check_section_parts(parts, brief.materials, brief.language, quoted=quoted, instructions=brief.instructions)
    single = len(brief.summarizable) == 1
    return [finding for finding in found if not (single and (finding.gate, finding.part) == ("shape", "trends"))]


def _ask_for_repair(
    parts: SectionAnswer, found: list[Finding], prompt: Prompt, brief: SectionBrief, record: WritingRecord
) -> SectionAnswer | None:
    """Return the model's second answer, to the findings in its first one; None if it gives none."""
    asked = "\n".join(
        f"- {one.part}: {localize_finding(one.as_json(), get_base_language(brief.language))}" for one in found
    )
    try:
        request = fill_prompt(
            load_prompt("repair", brief.language), request=prompt.text, answer=parts.model_dump_json(), findings=asked
        )
        repaired = _ask_for_parts(request, record)
    except (LLMError, PromptError) as error:
        record.attempts.append(WritingAttempt(WritingStep.REPAIR, asked=asked, error=str(error)))
        return None
    _record_answer(record, WritingStep.REPAIR, repaired, _check_answer(repaired, brief), asked=asked)
    return repaired


def _record_answer(
    record: WritingRecord,
    step: WritingStep,
    parts: SectionAnswer,
    found: Iterable[Finding],
    *,
    asked: str | None = None,
) -> None:
    findings = [one.as_json() for one in found]
    record.attempts.append(WritingAttempt(step, asked, findings, parts.model_dump()))


def _replace_with_quotes(parts: SectionAnswer, brief: SectionBrief) -> tuple[SectionAnswer, list[int]]:
    """Return the parts with a sentence of the source in place of each point that has a finding, and these numbers."""
    bad = {finding.part for finding in _check_answer(parts, brief)}
    quotes = {
        material.number: extract_key_sentence(material.summary, material.title)
        for material in brief.summarizable
        if f"point {material.number}" in bad
    }
    if not quotes or len(quotes) > MAX_QUOTED_SHARE * len(brief.summarizable):
        return parts, []
    points = {point.number: point for point in parts.points}
    points |= {number: SectionPoint(number=number, text=text) for number, text in quotes.items()}
    numbers = [material.number for material in brief.summarizable]
    return parts.model_copy(update={"points": [points[n] for n in numbers if n in points]}), sorted(quotes)


def _record_quotes(numbers: list[int], found: list[Finding], record: WritingRecord) -> str:
    record.attempts.append(WritingAttempt(WritingStep.QUOTES, points=numbers))
    return _describe_findings(
        f"the source's own sentence stands for point {', '.join(map(str, numbers))}", found, record
    )


def _describe_findings(what: str, found: Sequence[Finding], record: WritingRecord) -> str:
    parts = {finding.part for finding in found}
    is_part_named = len(parts) == 1 and what.endswith(f" {min(parts)}")  # the introduction names the part already
    reasons = list(dict.fromkeys(one.message if is_part_named else f"{one.part}: {one.message}" for one in found))
    left = len(reasons) - MAX_SHOWN_REASONS
    more = f" (and {left} more)" if left > 0 else ""
    errors = [f" The repair failed: {one.error}." for one in record.attempts if one.error]
    return f"{what}: {'; '.join(reasons[:MAX_SHOWN_REASONS])}{more}{''.join(errors)}"
