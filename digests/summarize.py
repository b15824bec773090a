"""The sections of a digest -> their text, written by a model and checked, or extracted from the sources.

A section is written again only if its input changed: the items' words, the language, the prompt or the model. Sections are
asked for concurrently; the threads do nothing but ask, and every row is read and saved by the caller's. What a model
wrote must pass the gates of `quality`: what is blocked goes back once with the findings, then a bad point is replaced by
its source's own sentence, then the whole section is. Whatever fails, a section ends with a text and says why on its row.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from string import Template
from typing import Any

from django.conf import settings
from django.db.models import Prefetch

from digests import parts as five
from digests.extract import key_sentence, readable
from digests.gates.ledger import check_input
from digests.llm import Answer, LLMError, ask, configured
from digests.models import Digest, Section, SectionItem
from digests.parts import Material, Parts, Point
from digests.prompts import Prompt, PromptError, as_data, fill, fingerprint, load
from digests.quality import Finding, blocks, check
from digests.terms import terms
from digests.text import clean_line

logger = logging.getLogger(__name__)

EXCERPT = 4000  # characters of an item's text; the longest abstracts have 3,000
KEYWORDS = 6
LANGUAGES = {
    "ko": "Korean",
    "en": "English",
    "ja": "Japanese",
    "zh": "Chinese",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
}


@dataclass(frozen=True)
class _Brief:
    """All that a thread needs to write a section."""

    category: str
    description: str
    language: str
    materials: list[Material]
    told: list[Material]  # those whose source says enough to be summarized
    input_hash: str


@dataclass(frozen=True)
class _Draft:
    """What is saved on the section, by the names of its fields."""

    text: str
    summary: dict[str, Any]
    input_hash: str
    origin: str = Section.Origin.EXTRACTED
    model: str = ""
    prompt_hash: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    findings: tuple[dict[str, Any], ...] = ()
    fallback_reason: str = ""


def summarize(digest: Digest, *, progress: Callable[[Section], None] | None = None) -> None:
    """Give every section whose input changed its text; one that a person edited is left alone."""
    template, reason = _template(digest.publication.language) if configured() else (None, "")
    todo = [
        (section, brief)
        for section in _sections(digest)
        if (brief := _brief(section, digest.publication.language, template)).input_hash != section.input_hash
        or not section.text
    ]
    for section, draft in _drafts(todo, template, reason):
        # An editor may have been at it meanwhile: what a person wrote stays.
        saved = Section.objects.filter(pk=section.pk, edited_at=None).update(**asdict(draft))
        section.refresh_from_db()
        logger.info(
            "summarized section=%d origin=%s tokens=%d+%d reason=%s",
            *(section.pk, draft.origin, draft.tokens_in, draft.tokens_out, draft.fallback_reason or "-"),
        )
        if saved and progress:
            progress(section)


def _template(language: str) -> tuple[Template | None, str]:
    """Return the prompt file, or why there is none."""
    try:
        return load("summarize", language), ""
    except PromptError as error:
        return None, str(error)


def _sections(digest: Digest) -> Iterable[Section]:
    items = Prefetch("items", SectionItem.objects.select_related("item"))
    return digest.sections.filter(edited_at=None).select_related("category").prefetch_related(items)


def _brief(section: Section, language: str, template: Template | None) -> _Brief:
    materials = [
        Material(number, line.title, line.url, line.item.summary if line.item else "")
        for number, line in enumerate(section.items.all(), 1)
    ]
    wording = [fingerprint(template), settings.LLM_MODEL] if template else ["extract"]
    words = json.dumps([wording, language, [asdict(material) for material in materials]])
    return _Brief(
        category=section.category.name(language),
        description=section.category.description(language),
        language=language,
        materials=materials,
        told=[material for material in materials if check_input(material.number, material) is None],
        input_hash=hashlib.sha256(words.encode()).hexdigest(),
    )


def _drafts(
    todo: Sequence[tuple[Section, _Brief]], template: Template | None, reason: str
) -> Iterable[tuple[Section, _Draft]]:
    """Yield each section with its draft, as they come."""
    asked = [(section, brief) for section, brief in todo if template and brief.told]
    for section, brief in todo:
        if not (template and brief.told):
            yield section, _without_answer(brief, reason) if reason else _extracted(brief)
    if template and asked:
        with ThreadPoolExecutor(max(1, settings.LLM_CONCURRENCY), thread_name_prefix="summarize") as pool:
            futures = {pool.submit(_by_model, brief, template): section for section, brief in asked}
            for future in as_completed(futures):
                yield futures[future], future.result()


def _extracted(brief: _Brief) -> _Draft:
    sentences = {material.number: key_sentence(material.summary, material.title) for material in brief.told}
    texts = [(material.title, readable(material.summary)) for material in brief.told]
    keywords = terms(texts, KEYWORDS) if len(texts) > 1 else []  # nothing is common to one
    points = [{"number": number, "text": text} for number, text in sentences.items()]
    return _Draft(
        text=five.extracted(sentences, keywords, brief.materials, brief.language),
        summary={"keywords": keywords, "points": points},
        input_hash=brief.input_hash,
    )


def _without_answer(brief: _Brief, reason: str) -> _Draft:
    """Return the extracted section; without the hash of its input, so that the next build asks again."""
    return replace(_extracted(brief), fallback_reason=reason, input_hash="")


def _by_model(brief: _Brief, template: Template) -> _Draft:
    try:
        prompt = _prompt(brief, template)
        answer = ask(prompt, Parts)
    except (LLMError, PromptError) as error:
        return _without_answer(brief, str(error))
    tried = _findings(answer.parsed, brief)
    reason = ""
    if blocks(tried):
        answer, reason = _repaired(answer, tried, prompt, brief)
    parts, quoted = _with_quotes(answer.parsed, brief)
    found = _findings(parts, brief, quoted)
    if held := blocks(found):
        draft = replace(_extracted(brief), fallback_reason=_why("held by the quality gates", held, reason))
    else:
        why = _why(f"the source's own sentence stands for point {', '.join(map(str, quoted))}", tried, reason)
        draft = _Draft(
            text=five.written(parts, brief.materials, brief.language),
            summary=parts.model_dump(),
            input_hash=brief.input_hash,
            origin=Section.Origin.MODEL,
            findings=tuple(finding.as_json() for finding in found),
            fallback_reason=why if quoted else "",
        )
    return replace(
        draft,
        model=answer.model,
        prompt_hash=prompt.hash,
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
    )


def _prompt(brief: _Brief, template: Template) -> Prompt:
    base = brief.language.lower().partition("-")[0]
    return fill(
        template,
        {"language": LANGUAGES.get(base, f"the language with the code {base}"), "description": brief.description},
        category=brief.category,
        items=as_data(
            {"number": m.number, "title": m.title, "text": clean_line(m.summary, EXCERPT)} for m in brief.told
        ),
    )


def _findings(parts: Parts, brief: _Brief, quoted: Sequence[int] = ()) -> list[Finding]:
    """Return what the gates find; where only one item can be summarized there is no trend to miss."""
    found = check(parts, brief.materials, brief.language, quoted=quoted)
    single = len(brief.told) == 1
    return [finding for finding in found if not (single and (finding.gate, finding.part) == ("shape", "trends"))]


def _repaired(
    answer: Answer[Parts], findings: list[Finding], prompt: Prompt, brief: _Brief
) -> tuple[Answer[Parts], str]:
    """Return the answer to the findings with the cost of both; the first answer, and why, where there is none."""
    try:
        told = "\n".join(f"- {finding.part}: {finding.message}" for finding in blocks(findings))
        request = fill(
            load("repair", brief.language), request=prompt.text, answer=answer.parsed.model_dump_json(), findings=told
        )
        again = ask(request, Parts)
    except (LLMError, PromptError) as error:
        return answer, str(error)
    both = replace(again, tokens_in=answer.tokens_in + again.tokens_in, tokens_out=answer.tokens_out + again.tokens_out)
    return both, ""


def _with_quotes(parts: Parts, brief: _Brief) -> tuple[Parts, list[int]]:
    """Return the parts with the source's own sentence for each point that is blocked, and the numbers of these."""
    bad = {finding.part for finding in blocks(_findings(parts, brief))}
    quotes = {m.number: key_sentence(m.summary, m.title) for m in brief.told if f"point {m.number}" in bad}
    if not quotes:
        return parts, []
    points = {point.number: point for point in parts.points}
    points |= {number: Point(number=number, text=text) for number, text in quotes.items()}
    numbers = [material.number for material in brief.told]
    return parts.model_copy(update={"points": [points[n] for n in numbers if n in points]}), sorted(quotes)


def _why(what: str, findings: Iterable[Finding], repair_failed: str) -> str:
    reasons = list(dict.fromkeys(f"{finding.part}: {finding.message}" for finding in findings))
    more = f" (and {len(reasons) - 3} more)" if len(reasons) > 3 else ""
    failed = f" The repair failed: {repair_failed}." if repair_failed else ""
    return f"{what}: {'; '.join(reasons[:3])}{more}{failed}"
