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
from typing import Any

from digests.llm.budget import Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import Prompt, PromptError, PromptFile, fill_prompt, format_json_lines, load_prompt
from digests.llm.requests import ModelAnswer, request_answer
from digests.quality.findings import Finding, make_part_message
from digests.quality.gates import check_section_parts
from digests.text.cleaning import clean_line
from digests.text.key_sentences import extract_key_sentence
from digests.text.localization import get_base_language, use_language
from digests.text.messages import CodedError, make_message
from digests.text.section_schema import SectionAnswer, SectionPoint, SourceMaterial
from digests.writing.fallback_codes import FallbackCode

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
    """All data for writing a section, so that a thread needs no query. What an editor has named is one line each."""

    publication: str
    tagline: str
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
    error: dict[str, Any] | None = None  # why the step failed, as a message

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
    """Parts in which no gate finds anything, and a message for the editor if sentences of sources are among them."""

    parts: SectionAnswer
    note: dict[str, Any] = field(default_factory=dict)


class HeldByGatesError(CodedError):
    """The gates find something in every version that the model wrote."""


def write_parts(brief: SectionBrief, template: PromptFile, record: WritingRecord) -> CheckedParts:
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
                with_quotes, _record_quotes(numbers, _check_answer(parts, brief), record) if numbers else {}
            )
    held = make_message(FallbackCode.HELD, reasons=_list_reasons(_check_answer(repaired or first, brief)))
    message = _add_repair_error(held, record)
    raise HeldByGatesError(FallbackCode(message["code"]), **message["params"])


def _fill_section_prompt(brief: SectionBrief, template: PromptFile) -> Prompt:
    code = get_base_language(brief.language)
    prompt = fill_prompt(
        template,
        {
            "publication": brief.publication,
            "tagline": brief.tagline,
            "language": LANGUAGE_NAMES.get(code, f"the language with the code {code}"),
            "description": brief.description,
        },
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
    with use_language(brief.language):
        asked = "\n".join(f"- {one.part}: {one.sentence}" for one in found)
    try:
        request = fill_prompt(
            load_prompt("repair", brief.language), request=prompt.text, answer=parts.model_dump_json(), findings=asked
        )
        repaired = _ask_for_parts(request, record)
    except (LLMError, PromptError) as error:
        record.attempts.append(WritingAttempt(WritingStep.REPAIR, asked=asked, error=error.message))
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


def _record_quotes(numbers: list[int], found: list[Finding], record: WritingRecord) -> dict[str, Any]:
    """Record which points a sentence of the source replaced, and return the message that says so."""
    record.attempts.append(WritingAttempt(WritingStep.QUOTES, points=numbers))
    # With one point, the sentence names the part already.
    is_part_named = {finding.part for finding in found} == {f"point {numbers[0]}"}
    reasons = [one.message for one in dict.fromkeys(found)] if is_part_named else _list_reasons(found)
    message = make_message(FallbackCode.QUOTED, numbers=", ".join(map(str, numbers)), reasons=reasons)
    return _add_repair_error(message, record)


def _list_reasons(found: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return the first findings as messages, each with its part, and how many more there are."""
    reasons = [
        make_message(FallbackCode.IN_PART, part=make_part_message(one.part), finding=one.message) for one in found
    ]
    reasons = [one for place, one in enumerate(reasons) if one not in reasons[:place]]
    left = len(reasons) - MAX_SHOWN_REASONS
    return reasons[:MAX_SHOWN_REASONS] + ([make_message(FallbackCode.MORE, count=left)] if left > 0 else [])


def _add_repair_error(message: dict[str, Any], record: WritingRecord) -> dict[str, Any]:
    """Return the message with the error of the repair, where that failed."""
    errors = [one.error for one in record.attempts if one.error]
    return make_message(FallbackCode.REPAIR_FAILED, reason=message, error=errors[-1]) if errors else message
