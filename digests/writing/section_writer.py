"""The materials of one section -> its five parts, written by a model, checked by `quality`, and mended where need be.

What a gate finds goes back to the model once, also what would only be a warning to an editor: a wrong number is cheaper
mended than read. In the answer, a point that is still at fault gives way to its source's own sentence, as long as half of
the points are the model's; failing that, in the first answer. If even that has a fault, there is no text of the model's
(HeldError). What was tried is kept as `attempts`. Nothing here touches a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Any

from digests.llm.budget import Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import Prompt, PromptError, fill_prompt, format_json_lines, load_prompt
from digests.llm.requests import ModelAnswer, request_answer
from digests.quality.gates import Finding, check_section_parts, localize_finding
from digests.quality.passages import get_base_language
from digests.text.cleaning import clean_line
from digests.text.key_sentences import extract_key_sentence
from digests.text.section_schema import SectionAnswer, SectionPoint, SourceMaterial

EXCERPT_CHARACTERS = 4000  # characters of an item's text; the longest abstracts have 3,000
MAX_QUOTED_SHARE = 0.5  # of the points at most; a model that misses more has not read the material
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
    """All that a thread needs to write a section."""

    category: str
    description: str
    language: str
    materials: list[SourceMaterial]
    told: list[SourceMaterial]  # those whose source says enough to be summarized
    input_hash: str
    wish: Mapping[str, str] = field(default_factory=dict)  # an editor's hint, and the text that it speaks of
    instructions: str = ""  # what the model is told, without the items


@dataclass
class WritingRecord:
    """How a section was written: what it cost and what was tried, also where nothing came of it."""

    budget: Budget
    bill: Bill = field(default_factory=Bill)
    model: str = ""
    prompt_hash: str = ""
    attempts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class CheckedParts:
    """Parts without a fault that could be found, and what an editor should know of them."""

    parts: SectionAnswer
    note: str = ""


class HeldByGatesError(Exception):
    """The gates hold all that the model wrote; the text says why."""


def write_parts(brief: SectionBrief, template: Template, story: WritingRecord) -> CheckedParts:
    """Return the section's parts, and tell in `story` how they came to be; raise LLMError, PromptError or HeldError."""
    prompt = _prompt(brief, template)
    story.prompt_hash = prompt.hash
    first = _ask_for_parts(prompt, story)
    found = _findings(first, brief)
    if not found:
        return CheckedParts(first)
    _record_attempt(story, "answer", found, parts=first.model_dump())
    again = _ask_for_repair(first, found, prompt, brief, story)
    for parts in [again, first] if again else [first]:
        quoting, numbers = _with_quotes(parts, brief)
        if not _findings(quoting, brief, numbers):
            return CheckedParts(quoting, _record_quotes(numbers, _findings(parts, brief), story) if numbers else "")
    raise HeldByGatesError(_describe_findings("held by the quality gates", _findings(again or first, brief), story))


def _prompt(brief: SectionBrief, template: Template) -> Prompt:
    code = get_base_language(brief.language)
    prompt = fill_prompt(
        template,
        {"language": LANGUAGE_NAMES.get(code, f"the language with the code {code}"), "description": brief.description},
        category=brief.category,
        items=format_json_lines(
            {"number": m.number, "title": m.title, "text": clean_line(m.summary, EXCERPT_CHARACTERS)}
            for m in brief.told
        ),
    )
    if not brief.wish:
        return prompt
    wished = fill_prompt(load_prompt("hint", brief.language), request=prompt.text, wish=format_json_lines([brief.wish]))
    return Prompt(wished.text, prompt.hash)


def _ask_for_parts(prompt: Prompt, story: WritingRecord) -> SectionAnswer:
    try:
        answer: ModelAnswer[SectionAnswer] = request_answer(prompt, SectionAnswer, budget=story.budget)
    except LLMError as error:
        story.bill += error.bill
        raise
    story.bill += answer.bill
    story.model = answer.model
    return answer.parsed


def _findings(parts: SectionAnswer, brief: SectionBrief, quoted: Sequence[int] = ()) -> list[Finding]:
    """Return what the gates find; where only one item can be summarized there is no trend to miss."""
    found = check_section_parts(parts, brief.materials, brief.language, quoted=quoted, instructions=brief.instructions)
    single = len(brief.told) == 1
    return [finding for finding in found if not (single and (finding.gate, finding.part) == ("shape", "trends"))]


def _ask_for_repair(
    parts: SectionAnswer, found: list[Finding], prompt: Prompt, brief: SectionBrief, story: WritingRecord
) -> SectionAnswer | None:
    """Return the model's answer to the findings, if there is one."""
    asked = "\n".join(
        f"- {one.part}: {localize_finding(one.as_json(), get_base_language(brief.language))}" for one in found
    )
    try:
        request = fill_prompt(
            load_prompt("repair", brief.language), request=prompt.text, answer=parts.model_dump_json(), findings=asked
        )
        again = _ask_for_parts(request, story)
    except (LLMError, PromptError) as error:
        story.attempts.append({"step": "repair", "asked": asked, "error": str(error)})
        return None
    _record_attempt(story, "repair", _findings(again, brief), asked=asked, parts=again.model_dump())
    return again


def _record_attempt(story: WritingRecord, step: str, found: Iterable[Finding], **more: Any) -> None:
    story.attempts.append({"step": step, "findings": [one.as_json() for one in found], **more})


def _with_quotes(parts: SectionAnswer, brief: SectionBrief) -> tuple[SectionAnswer, list[int]]:
    """Return the parts with the source's own sentence for each point that is at fault, and the numbers of these."""
    bad = {finding.part for finding in _findings(parts, brief)}
    quotes = {m.number: extract_key_sentence(m.summary, m.title) for m in brief.told if f"point {m.number}" in bad}
    if not quotes or len(quotes) > MAX_QUOTED_SHARE * len(brief.told):
        return parts, []
    points = {point.number: point for point in parts.points}
    points |= {number: SectionPoint(number=number, text=text) for number, text in quotes.items()}
    numbers = [material.number for material in brief.told]
    return parts.model_copy(update={"points": [points[n] for n in numbers if n in points]}), sorted(quotes)


def _record_quotes(numbers: list[int], found: list[Finding], story: WritingRecord) -> str:
    story.attempts.append({"step": "quotes", "points": numbers})
    return _describe_findings(
        f"the source's own sentence stands for point {', '.join(map(str, numbers))}", found, story
    )


def _describe_findings(what: str, found: Sequence[Finding], story: WritingRecord) -> str:
    parts = {finding.part for finding in found}
    said_once = len(parts) == 1 and what.endswith(f" {min(parts)}")  # it names the part already
    reasons = list(dict.fromkeys(one.message if said_once else f"{one.part}: {one.message}" for one in found))
    more = f" (and {len(reasons) - 3} more)" if len(reasons) > 3 else ""
    errors = [f" The repair failed: {one['error']}." for one in story.attempts if one.get("error")]
    return f"{what}: {'; '.join(reasons[:3])}{more}{''.join(errors)}"
