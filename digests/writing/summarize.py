"""Summarizes the sections of a digest: a model writes their text, or sentences are extracted from the sources.

A section is written again only if its input changed: the items' words, the language, the prompt or the model. The model is
asked for several sections at once; the threads only ask, and the caller's thread reads and saves all rows. The cost is added
to the digest as the answers come. Whatever fails, each section gets a text, and its row says why it is not the model's. How
an answer is checked and repaired is in `digests.writing.section_writer`.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Prefetch

from digests.llm.budget import Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import (
    MAX_DESCRIPTION_CHARS,
    MAX_NAME_CHARS,
    PromptError,
    PromptFile,
    hash_prompt,
    load_prompt,
)
from digests.llm.servers import is_model_configured
from digests.models import Digest, Section, SectionItem
from digests.quality.duplicates import check_source_text
from digests.quality.section_checks import list_source_materials
from digests.text.cleaning import clean_line
from digests.text.evidence import EvidenceRecord, list_evidence
from digests.text.key_sentences import strip_latex_and_urls
from digests.text.keywords import extract_keywords
from digests.text.markdown_rendering import MAX_MARKDOWN_CHARS
from digests.text.section_schema import SectionAnswer, render_extracted_section, render_written_section
from digests.writing.fallback_codes import FallbackCode
from digests.writing.mend import quote_source
from digests.writing.section_writer import HeldByGatesError, SectionBrief, WritingRecord, write_parts

logger = logging.getLogger(__name__)

EXTRACTED_KEYWORDS = 6  # within the limit of the gates for keywords


@dataclass(frozen=True)
class SectionDraft:
    """A section's text and how it was written; the fields have the names of those of Section, and are saved there."""

    text: str
    summary: dict[str, Any]
    input_hash: str
    origin: str = Section.Origin.EXTRACTED
    model: str = ""
    prompt_hash: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)
    verifier_cost: Decimal = Decimal(0)
    attempts: tuple[dict[str, Any], ...] = ()
    evidence: tuple[dict[str, Any], ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    fallback_reason: dict[str, Any] = field(default_factory=dict)


def summarize_sections(
    digest: Digest, *, progress: Callable[[Section], None] | None = None, budget: Budget | None = None
) -> None:
    """Write the text of every section whose input changed; a section that a person edited stays as it is.

    `budget` limits what the model may still cost. What it has cost in this build before this call (categorizing) is added
    to the digest too.
    """
    budget = budget or Budget(spent=digest.cost)
    before = digest.cost, digest.tokens_in, digest.tokens_out
    _record_cost(digest, budget, before)  # categorizing has been paid, even if no section is written
    template, reason = _load_template(digest.publication.language) if is_model_configured() else (None, {})
    todo = [
        (section, brief)
        for section in _unedited_sections(digest)
        if (brief := make_brief(section, digest.publication.language, template)).input_hash != section.input_hash
        or not section.text
    ]
    for section, draft in _write_drafts(todo, template, reason, budget):
        digest.verifier_cost += draft.verifier_cost
        _record_cost(digest, budget, before)
        # An editor may have changed the section meanwhile: a person's text stays.
        saved = Section.objects.filter(pk=section.pk, edited_at=None).update(**asdict(draft))
        section.refresh_from_db()
        logger.info(
            "summarized section=%d origin=%s tokens=%d+%d reason=%s",
            *(section.pk, draft.origin, draft.tokens_in, draft.tokens_out, draft.fallback_reason.get("code", "-")),
        )
        if saved and progress:
            progress(section)


def _record_cost(digest: Digest, budget: Budget, before: tuple[Decimal, int, int]) -> None:
    """Set the cost of the digest to its cost before this build plus the cost of this build so far."""
    if budget.bill == Bill():
        return
    cost, tokens_in, tokens_out = before
    digest.cost = cost + budget.bill.cost
    digest.tokens_in, digest.tokens_out = tokens_in + budget.bill.tokens_in, tokens_out + budget.bill.tokens_out
    digest.save(update_fields=["cost", "verifier_cost", "tokens_in", "tokens_out"])


def _load_template(language: str) -> tuple[PromptFile | None, dict[str, Any]]:
    """Return the prompt file, or the reason why it cannot be used."""
    try:
        return load_prompt("summarize", language), {}
    except PromptError as error:
        return None, error.message


def _unedited_sections(digest: Digest) -> Iterable[Section]:
    items = Prefetch("items", SectionItem.objects.select_related("item"))
    return digest.sections.filter(edited_at=None).select_related("category").prefetch_related(items)


def make_brief(
    section: Section, language: str, template: PromptFile | None, rewrite_hint: Mapping[str, str] | None = None
) -> SectionBrief:
    """Return the data for writing a section; its section items should be prefetched with their items."""
    materials = list_source_materials(section)
    # The hash of what the text is made of: if it is the same, the text is not paid for again. Tagline, description and names
    # are not in it, so that a word changed there does not have all sections of the day written once more.
    wording = [hash_prompt(template), settings.LLM_MODEL] if template else ["extract"]
    words = json.dumps([wording, language, [asdict(material) for material in materials]])
    publication, category = section.digest.publication, section.category
    # One line each: a line break in a name that an editor typed must not open an instruction of its own.
    name = clean_line(publication.name, MAX_NAME_CHARS)
    return SectionBrief(
        publication=name,
        tagline=clean_line(publication.tagline, MAX_DESCRIPTION_CHARS) or name,
        category=clean_line(category.name(language), MAX_NAME_CHARS),
        description=clean_line(category.description(language), MAX_DESCRIPTION_CHARS),
        language=language,
        materials=materials,
        summarizable=[material for material in materials if check_source_text(material.number, material) is None],
        input_hash=hashlib.sha256(words.encode()).hexdigest(),
        rewrite_hint=rewrite_hint or {},
        instructions=template.safe_substitute(publication=name) if template else "",
    )


def _write_drafts(
    todo: Sequence[tuple[Section, SectionBrief]], template: PromptFile | None, reason: dict[str, Any], budget: Budget
) -> Iterable[tuple[Section, SectionDraft]]:
    """Yield each section with its draft: the extracted ones first, then the model's as they are finished."""
    by_model = [(section, brief) for section, brief in todo if template and brief.summarizable]
    for section, brief in todo:
        if not (template and brief.summarizable):
            yield section, _draft_without_answer(brief, reason) if reason else _extract_draft(brief)
    if template and by_model:
        with ThreadPoolExecutor(max(1, settings.LLM_CONCURRENCY), thread_name_prefix="summarize") as pool:
            futures = {pool.submit(_draft_by_model, brief, template, budget): section for section, brief in by_model}
            for future in as_completed(futures):
                yield futures[future], future.result()


def _extract_draft(brief: SectionBrief) -> SectionDraft:
    points = [quote_source(material) for material in brief.summarizable]
    texts = [(material.title, strip_latex_and_urls(material.summary)) for material in brief.summarizable]
    # Keywords show what several texts have in common.
    keywords = extract_keywords(texts, EXTRACTED_KEYWORDS) if len(texts) > 1 else []
    parts = SectionAnswer(themes=[], keywords=keywords, trends=[], points=points, impact=[], outlook=[])
    sentences = {point.number: point.text for point in points}
    return SectionDraft(
        text=render_extracted_section(sentences, keywords, brief.materials, brief.language),
        summary=parts.model_dump(),
        evidence=tuple(record.as_json() for record in list_evidence(parts)),
        input_hash=brief.input_hash,
    )


def _draft_without_answer(brief: SectionBrief, reason: dict[str, Any]) -> SectionDraft:
    """Return the extracted section without the hash of its input, so that the next build asks the model again."""
    return replace(_extract_draft(brief), fallback_reason=reason, input_hash="")


def _draft_by_model(brief: SectionBrief, template: PromptFile, budget: Budget) -> SectionDraft:
    record = WritingRecord(budget)
    try:
        return write_draft(brief, template, record)
    except (LLMError, PromptError) as error:
        return _with_record(_draft_without_answer(brief, error.message), record)
    except HeldByGatesError as error:
        return _with_record(replace(_extract_draft(brief), fallback_reason=error.message), record)


def write_draft(brief: SectionBrief, template: PromptFile, record: WritingRecord) -> SectionDraft:
    """Return the section as the model writes it; raise LLMError, PromptError or HeldByGatesError if there is none."""
    written = write_parts(brief, template, record)
    text = render_written_section(written.parts, brief.materials, brief.language)
    if len(text) > MAX_MARKDOWN_CHARS:
        raise HeldByGatesError(FallbackCode.TOO_LONG, limit=MAX_MARKDOWN_CHARS)
    draft = SectionDraft(
        text=text,
        summary=written.parts.model_dump(),
        evidence=tuple(row.as_json() for row in _add_verdicts(list_evidence(written.parts), record)),
        input_hash=brief.input_hash,
        origin=Section.Origin.MODEL,
        fallback_reason=written.note,
    )
    return _with_record(draft, record)


def _add_verdicts(rows: Iterable[EvidenceRecord], record: WritingRecord) -> Iterator[EvidenceRecord]:
    for row in rows:
        made = record.verdicts.get((row.part, row.number, row.text))
        yield replace(row, verdict=made.verdict, quote=made.quote, checked_by=made.model) if made else row


def _with_record(draft: SectionDraft, record: WritingRecord) -> SectionDraft:
    return replace(
        draft,
        model=record.model,
        prompt_hash=record.prompt_hash,
        tokens_in=record.bill.tokens_in,
        tokens_out=record.bill.tokens_out,
        cost=record.bill.cost,
        verifier_cost=record.verifier_bill.cost,
        attempts=tuple(attempt.as_json() for attempt in record.attempts),
    )
