"""Has a model write the five parts of one section, checks them with the quality gates, and repairs what they find.

A second model reads the answer too (`digests.writing.verify`). All findings go back to the model once, also those that would only be a warning to an editor: it is cheaper to have the
model repair a wrong number than to have a person read it. What still has a finding then is taken out (`digests.writing.mend`),
of the repaired answer or of the first one, whichever keeps more sentences. If more than half of the points would be quotes, or
the gates find something all the same, no text of the model is used (HeldByGatesError). What had findings, and each step that
followed, is recorded. Nothing here reads or writes a row.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from digests.llm.budget import Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import Prompt, PromptError, PromptFile, fill_prompt, format_json_lines, load_prompt
from digests.llm.requests import ModelAnswer, request_answer
from digests.llm.servers import ModelServer, is_verifier_configured
from digests.quality.blocks import list_claims
from digests.quality.claim_evidence import check_verdicts
from digests.quality.findings import Finding, make_part_message
from digests.quality.gates import check_section_parts
from digests.text.cleaning import clean_line
from digests.text.evidence import Verdict
from digests.text.localization import get_base_language, use_language
from digests.text.messages import CodedError, make_message
from digests.text.section_schema import SectionAnswer, SourceMaterial
from digests.writing.fallback_codes import FallbackCode
from digests.writing.korean_magnitudes import write_korean_magnitudes
from digests.writing.mend import MendedParts, keep_passages, mend_parts
from digests.writing.verify import CheckedVerdict, ClaimKey, make_claim_key, set_verdicts, verify_claims

EXCERPT_CHARACTERS = 4000  # of an item's text; the longest abstracts have 3,000
MAX_QUOTED_SHARE = 0.5  # of the points; a model that gets more of them wrong has not read the material
MAX_FALLEN_SHARE = 1 / 3  # of all sentences; where more fall, a person reads what is left
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
    VERIFICATION = "verification"
    MENDING = "mending"


@dataclass(frozen=True)
class WritingAttempt:
    """One step that was tried, with its result; fields that a step does not have are None."""

    step: WritingStep
    asked: str | None = None  # the findings as they were sent to the model
    findings: list[dict[str, Any]] | None = None
    parts: dict[str, Any] | None = None  # what the model answered
    points: list[int] | None = None  # the numbers of the points that a sentence of the source replaced
    fallen: int | None = None  # how many sentences did not stay
    error: dict[str, Any] | None = None  # why the step failed, as a message

    def as_json(self) -> dict[str, Any]:
        """Return the attempt as it is kept on the section's row."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass
class WritingRecord:
    """How a section was written: what it cost and what was tried, also if no text came of it."""

    budget: Budget
    writer: ModelServer | None = None  # that of the settings where it is None
    verifier: ModelServer | None = None  # the same; one that is named checks whatever LLM_VERIFY says
    bill: Bill = field(default_factory=Bill)
    model: str = ""
    prompt_hash: str = ""
    attempts: list[WritingAttempt] = field(default_factory=list)
    verifier_bill: Bill = field(default_factory=Bill)  # its part of the bill
    verdicts: dict[ClaimKey, CheckedVerdict] = field(default_factory=dict)

    def get_verdict(self, key: ClaimKey) -> str:
        """Return the second model's verdict on a sentence, "" if it has none."""
        return self.verdicts[key].verdict if key in self.verdicts else ""


@dataclass(frozen=True)
class CheckedParts:
    """Parts in which no gate finds anything, and a message for the editor if something was taken out of them."""

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
    first = _ask_for_parts(prompt, brief, record)
    _verify_answer(first, brief, record)
    found = _check_answer(first, brief, record)
    if not found:
        return CheckedParts(keep_passages(first, brief.materials))
    _record_answer(record, WritingStep.ANSWER, first, found)
    repaired = _ask_for_repair(first, found, prompt, brief, record)
    # A repair may break what was right in the first answer, so that one is tried too.
    versions = [parts for parts in (repaired, first) if parts is not None]
    tried = [mended for parts in versions if (mended := _mend_answer(parts, brief, record)) is not None]
    if not tried:
        reasons = _list_reasons(_check_answer(repaired or first, brief, record))
        message = _add_repair_error(make_message(FallbackCode.HELD, reasons=reasons), record)
        raise HeldByGatesError(FallbackCode(message["code"]), **message["params"])
    best = min(tried, key=lambda one: one.fallen)
    return CheckedParts(best.parts, _describe_mending(best, record))


def _mend_answer(parts: SectionAnswer, brief: SectionBrief, record: WritingRecord) -> MendedParts | None:
    """Return the answer without what has findings; None if too few of its points would be the model's own."""
    mended = mend_parts(
        parts, brief.materials, brief.summarizable, lambda *made: _check_answer(made[0], brief, record, *made[1:])
    )
    if mended is None or len(mended.quoted) > MAX_QUOTED_SHARE * len(brief.summarizable):
        return None
    return mended


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


def _ask_for_parts(prompt: Prompt, brief: SectionBrief, record: WritingRecord) -> SectionAnswer:
    try:
        answer: ModelAnswer[SectionAnswer] = request_answer(
            prompt, SectionAnswer, budget=record.budget, server=record.writer
        )
    except LLMError as error:
        record.bill += error.bill
        raise
    record.bill += answer.bill
    record.model = answer.model
    is_korean = get_base_language(brief.language) == "ko"
    return write_korean_magnitudes(answer.parsed) if is_korean else answer.parsed


def _check_answer(
    parts: SectionAnswer,
    brief: SectionBrief,
    record: WritingRecord,
    quoted: Collection[int] = (),
    titled: Collection[int] = (),
) -> list[Finding]:
    """Return the findings of the gates in an answer, and those of the second model as far as it has read it."""
    found = check_section_parts(
        parts, brief.materials, brief.language, quoted=quoted, titled=titled, instructions=brief.instructions
    )
    if not record.verdicts:
        return found
    claims = [
        one
        for one in list_claims(parts, brief.materials)
        if one.block.number not in (titled if one.block.part == "headline" else quoted)
    ]
    return found + list(check_verdicts(set_verdicts(claims, record.verdicts)))


def _verify_answer(parts: SectionAnswer, brief: SectionBrief, record: WritingRecord) -> None:
    """Have the second model read the sentences that it has not called supported yet, and note its verdicts and their cost.

    A sentence without a passage is not asked about: it does not stay in any case. If the model does not answer, the sentences stay
    unverified, and only a person can approve them.
    """
    if not (record.verifier or is_verifier_configured()):
        return
    open_claims = [
        claim
        for claim in list_claims(parts, brief.materials)
        if claim.passages and record.get_verdict(make_claim_key(claim)) != Verdict.SUPPORTED
    ]
    try:
        made = verify_claims(
            open_claims, brief.materials, brief.language, record.budget, brief.publication, server=record.verifier
        )
    except (LLMError, PromptError) as error:
        bill = error.bill if isinstance(error, LLMError) else Bill()
        record.attempts.append(WritingAttempt(WritingStep.VERIFICATION, error=error.message))
    else:
        bill = made.bill
        record.verdicts |= made.verdicts
    record.bill += bill
    record.verifier_bill += bill


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
        repaired = _ask_for_parts(request, brief, record)
    except (LLMError, PromptError) as error:
        record.attempts.append(WritingAttempt(WritingStep.REPAIR, asked=asked, error=error.message))
        return None
    _verify_answer(repaired, brief, record)
    _record_answer(record, WritingStep.REPAIR, repaired, _check_answer(repaired, brief, record), asked=asked)
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


def _describe_mending(mended: MendedParts, record: WritingRecord) -> dict[str, Any]:
    """Record what was taken out of an answer, and return the message that says so; nothing where all of it stayed."""
    if not mended.fallen and not mended.quoted and not mended.titled:
        return {}
    record.attempts.append(WritingAttempt(WritingStep.MENDING, points=mended.quoted, fallen=mended.fallen))
    if not mended.fallen and not mended.quoted:  # a title in the place of a headline takes nothing away
        return {}
    found = mended.found
    if mended.fallen > MAX_FALLEN_SHARE * mended.total:
        message = make_message(
            FallbackCode.FALLEN, count=mended.fallen, total=mended.total, reasons=_list_reasons(found)
        )
    elif mended.quoted:
        # With one point, the sentence names the part already.
        is_part_named = {finding.part for finding in found} == {f"point {mended.quoted[0]}"}
        reasons = [one.message for one in dict.fromkeys(found)] if is_part_named else _list_reasons(found)
        message = make_message(FallbackCode.QUOTED, numbers=", ".join(map(str, mended.quoted)), reasons=reasons)
    else:
        message = make_message(FallbackCode.DROPPED, count=mended.fallen, reasons=_list_reasons(found))
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
    errors = [one.error for one in record.attempts if one.error and one.step == WritingStep.REPAIR]
    return make_message(FallbackCode.REPAIR_FAILED, reason=message, error=errors[-1]) if errors else message
