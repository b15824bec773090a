"""The sections of a digest -> their text, written by a model and checked (`write`), or extracted from the sources.

A section is written again only if its input changed: the items' words, the language, the prompt or the model. Sections are
asked for concurrently; the threads do nothing but ask, and every row is read and saved by the caller's. What it cost is
added up on the digest as the answers come. Whatever fails, a section ends with a text and says why on its row.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from string import Template
from typing import Any

from django.conf import settings
from django.db.models import Prefetch

from digests.llm.budget import Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import PromptError, hash_prompt, load_prompt
from digests.llm.requests import is_model_configured
from digests.models import Digest, Section, SectionItem
from digests.quality.duplicates import check_source_text
from digests.text import section_schema as five
from digests.text.key_sentences import extract_key_sentence, strip_latex_and_urls
from digests.text.keywords import extract_keywords
from digests.text.markdown_rendering import MAX_MARKDOWN_CHARS
from digests.text.section_schema import SourceMaterial
from digests.writing.section_writer import HeldByGatesError, SectionBrief, WritingRecord, write_parts

logger = logging.getLogger(__name__)

EXTRACTED_KEYWORDS = 6


@dataclass(frozen=True)
class SectionDraft:
    """A section's text and how it came to be: what is saved on the section, by the names of its fields."""

    text: str
    summary: dict[str, Any]
    input_hash: str
    origin: str = Section.Origin.EXTRACTED
    model: str = ""
    prompt_hash: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)
    attempts: tuple[dict[str, Any], ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    fallback_reason: str = ""


def summarize_sections(
    digest: Digest, *, progress: Callable[[Section], None] | None = None, budget: Budget | None = None
) -> None:
    """Give every section whose input changed its text; one that a person edited is left alone.

    `budget` is what the model may still cost; what it has been paid in this build already is put on the digest's bill.
    """
    budget = budget or Budget(spent=digest.cost)
    before = digest.cost, digest.tokens_in, digest.tokens_out
    _record_cost(digest, budget, before)
    template, reason = _load_template(digest.publication.language) if is_model_configured() else (None, "")
    todo = [
        (section, brief)
        for section in _sections(digest)
        if (brief := make_brief(section, digest.publication.language, template)).input_hash != section.input_hash
        or not section.text
    ]
    for section, draft in _drafts(todo, template, reason, budget):
        _record_cost(digest, budget, before)
        # An editor may have been at it meanwhile: what a person wrote stays.
        saved = Section.objects.filter(pk=section.pk, edited_at=None).update(**asdict(draft))
        section.refresh_from_db()
        logger.info(
            "summarized section=%d origin=%s tokens=%d+%d reason=%s",
            *(section.pk, draft.origin, draft.tokens_in, draft.tokens_out, draft.fallback_reason or "-"),
        )
        if saved and progress:
            progress(section)


def _record_cost(digest: Digest, budget: Budget, before: tuple[Decimal, int, int]) -> None:
    """Put what was paid in this build on top of what the digest had cost before."""
    if budget.bill == Bill():
        return
    cost, tokens_in, tokens_out = before
    digest.cost = cost + budget.bill.cost
    digest.tokens_in, digest.tokens_out = tokens_in + budget.bill.tokens_in, tokens_out + budget.bill.tokens_out
    digest.save(update_fields=["cost", "tokens_in", "tokens_out"])


def _load_template(language: str) -> tuple[Template | None, str]:
    """Return the prompt file, or why there is none."""
    try:
        return load_prompt("summarize", language), ""
    except PromptError as error:
        return None, str(error)


def _sections(digest: Digest) -> Iterable[Section]:
    items = Prefetch("items", SectionItem.objects.select_related("item"))
    return digest.sections.filter(edited_at=None).select_related("category").prefetch_related(items)


def make_brief(
    section: Section, language: str, template: Template | None, wish: Mapping[str, str] | None = None
) -> SectionBrief:
    """Return what has to be known to write a section; its items are expected with their stories."""
    materials = [
        SourceMaterial(number, line.title, line.url, line.item.summary if line.item else "")
        for number, line in enumerate(section.items.all(), 1)
    ]
    wording = [hash_prompt(template), settings.LLM_MODEL] if template else ["extract"]
    words = json.dumps([wording, language, [asdict(material) for material in materials]])
    return SectionBrief(
        category=section.category.name(language),
        description=section.category.description(language),
        language=language,
        materials=materials,
        told=[material for material in materials if check_source_text(material.number, material) is None],
        input_hash=hashlib.sha256(words.encode()).hexdigest(),
        wish=wish or {},
        instructions=template.template if template else "",
    )


def _drafts(
    todo: Sequence[tuple[Section, SectionBrief]], template: Template | None, reason: str, budget: Budget
) -> Iterable[tuple[Section, SectionDraft]]:
    """Yield each section with its draft, as they come."""
    asked = [(section, brief) for section, brief in todo if template and brief.told]
    for section, brief in todo:
        if not (template and brief.told):
            yield section, _draft_without_answer(brief, reason) if reason else _extract_draft(brief)
    if template and asked:
        with ThreadPoolExecutor(max(1, settings.LLM_CONCURRENCY), thread_name_prefix="summarize") as pool:
            futures = {pool.submit(_draft_by_model, brief, template, budget): section for section, brief in asked}
            for future in as_completed(futures):
                yield futures[future], future.result()


def _extract_draft(brief: SectionBrief) -> SectionDraft:
    sentences = {material.number: extract_key_sentence(material.summary, material.title) for material in brief.told}
    texts = [(material.title, strip_latex_and_urls(material.summary)) for material in brief.told]
    keywords = extract_keywords(texts, EXTRACTED_KEYWORDS) if len(texts) > 1 else []  # nothing is common to one
    points = [{"number": number, "text": text} for number, text in sentences.items()]
    return SectionDraft(
        text=five.render_extracted_section(sentences, keywords, brief.materials, brief.language),
        summary={"keywords": keywords, "points": points},
        input_hash=brief.input_hash,
    )


def _draft_without_answer(brief: SectionBrief, reason: str) -> SectionDraft:
    """Return the extracted section; without the hash of its input, so that the next build asks again."""
    return replace(_extract_draft(brief), fallback_reason=reason, input_hash="")


def _draft_by_model(brief: SectionBrief, template: Template, budget: Budget) -> SectionDraft:
    story = WritingRecord(budget)
    try:
        return write_draft(brief, template, story)
    except (LLMError, PromptError) as error:
        return _with_record(_draft_without_answer(brief, str(error)), story)
    except HeldByGatesError as error:
        return _with_record(replace(_extract_draft(brief), fallback_reason=str(error)), story)


def write_draft(brief: SectionBrief, template: Template, story: WritingRecord) -> SectionDraft:
    """Return the section as the model writes it; raise LLMError, PromptError or HeldError where nothing comes of it."""
    made = write_parts(brief, template, story)
    text = five.render_written_section(made.parts, brief.materials, brief.language)
    if len(text) > MAX_MARKDOWN_CHARS:
        raise HeldByGatesError(f"the text is longer than {MAX_MARKDOWN_CHARS:,} characters")
    draft = SectionDraft(
        text=text,
        summary=made.parts.model_dump(),
        input_hash=brief.input_hash,
        origin=Section.Origin.MODEL,
        fallback_reason=made.note,
    )
    return _with_record(draft, story)


def _with_record(draft: SectionDraft, story: WritingRecord) -> SectionDraft:
    return replace(
        draft,
        model=story.model,
        prompt_hash=story.prompt_hash,
        tokens_in=story.bill.tokens_in,
        tokens_out=story.bill.tokens_out,
        cost=story.bill.cost,
        attempts=tuple(story.attempts),
    )
