"""Has a second model read each sentence beside its source: supported, contradicted or not stated.

One request per section holds the sentences with their passages, and the items' texts. The model quotes the sentence of the source that
decides; a verdict whose quote is not in a source, word for word, counts as "not stated", whatever the model says. A sentence that the
model leaves out is not verified. Nothing here reads or writes a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict

from digests.llm.budget import Bill, Budget
from digests.llm.prompts import Prompt, fill_prompt, format_json_lines, load_prompt
from digests.llm.requests import ModelAnswer, request_answer
from digests.llm.servers import ModelServer, get_verifier
from digests.quality.blocks import Claim, ItemText
from digests.text.cleaning import clean_line
from digests.text.evidence import Verdict, find_passage
from digests.text.section_schema import OneLineText

EXCERPT_CHARACTERS = 4000  # of an item's text, as much as the model that wrote has read
MAX_SENTENCES = 400  # of a section; a section of 100 items has 300


ClaimKey = tuple[str, int, str]  # the part, the number of the item or 0, and the sentence


class SentenceVerdict(BaseModel):
    """The verdict on one sentence, and the source's own sentence that decides."""

    model_config = ConfigDict(extra="forbid")

    sentence: int
    verdict: Verdict
    quote: OneLineText


class VerifierAnswer(BaseModel):
    """The verdicts on all sentences of a section: the schema that the second model has to answer in."""

    model_config = ConfigDict(extra="forbid")

    verdicts: list[SentenceVerdict]


@dataclass(frozen=True)
class CheckedVerdict:
    """A verdict whose quote stands in the source of item `number`; NOT_STATED with an empty quote where none does."""

    verdict: Verdict
    quote: str = ""
    number: int = 0
    model: str = ""


@dataclass(frozen=True)
class Verification:
    """The verdicts by sentence, and what they cost."""

    verdicts: dict[ClaimKey, CheckedVerdict]
    bill: Bill


def verify_claims(
    claims: Sequence[Claim],
    items: Sequence[ItemText],
    language: str,
    budget: Budget,
    publication: str = "",
    *,
    server: ModelServer | None = None,
) -> Verification:
    """Return the verdicts of the second model, that of the settings if no `server` is given.

    Raises LLMError if it does not answer, PromptError if a prompt file is wrong.
    """
    asked = claims[:MAX_SENTENCES]
    if not asked:
        return Verification({}, Bill())
    prompt = _fill_verify_prompt(asked, items, language, publication)
    answer: ModelAnswer[VerifierAnswer] = request_answer(
        prompt, VerifierAnswer, budget=budget, server=server or get_verifier()
    )
    verdicts: dict[ClaimKey, CheckedVerdict] = {}
    for one in answer.parsed.verdicts:
        if 0 < one.sentence <= len(asked):
            claim = asked[one.sentence - 1]
            # Of two verdicts on one sentence the first counts.
            verdicts.setdefault(make_claim_key(claim), _check_verdict(one, claim, items, answer.model))
    return Verification(verdicts, answer.bill)


def make_claim_key(claim: Claim) -> ClaimKey:
    """Return what a verdict is about: a sentence at its place."""
    return claim.block.part, claim.block.number, claim.text


def _fill_verify_prompt(claims: Sequence[Claim], items: Sequence[ItemText], language: str, publication: str) -> Prompt:
    numbers = {item.url: number for number, item in enumerate(items, start=1)}
    sources = format_json_lines(
        {"number": number, "title": item.title, "text": clean_line(item.summary, EXCERPT_CHARACTERS)}
        for number, item in enumerate(items, start=1)
    )
    sentences = format_json_lines(
        {
            "sentence": place,
            "text": claim.text,
            "items": ", ".join(str(numbers[item.url]) for item in claim.items),
            "passages": " … ".join(claim.passages),
        }
        for place, claim in enumerate(claims, start=1)
    )
    return fill_prompt(
        load_prompt("verify", language), {"publication": publication}, items=sources, sentences=sentences
    )


def _check_verdict(one: SentenceVerdict, claim: Claim, items: Sequence[ItemText], model: str) -> CheckedVerdict:
    """Return the verdict as it counts: only with a quote that stands in the source of an item of the sentence."""
    for item in claim.items:
        if one.quote and find_passage(f"{item.title}\n{item.summary}", one.quote):
            number = next(place for place, other in enumerate(items, start=1) if other.url == item.url)
            return CheckedVerdict(one.verdict, one.quote, number, model)
    return CheckedVerdict(Verdict.NOT_STATED, model=model)


def set_verdicts(claims: Iterable[Claim], verdicts: Mapping[ClaimKey, CheckedVerdict]) -> list[Claim]:
    """Return the claims with the verdicts that there are on them."""
    return [
        replace(claim, verdict=one.verdict, quote=one.quote) if (one := verdicts.get(make_claim_key(claim))) else claim
        for claim in claims
    ]
