"""What is wrong with a summary, given its sources: pure, no model, milliseconds.

Three moments: `check` reads the five parts that a model wrote; `check_text` reads a section's Markdown, after every edit
and once more at approval; `check_ledger` asks whether the stories themselves are new. A gate that blocks must be right
(the share of false alarms is measured, see docs/quality.md); one that is worth a look warns. What no gate finds is
written there too: a claim turned into its opposite, and two true numbers exchanged.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from digests.quality import attribution, duplicates, layout, names, number_checks, repetition, scripts
from digests.quality.duplicates import build_identity_keys, check_duplicates
from digests.quality.findings import GATE_NAMES, Finding, Weight, localize_finding
from digests.quality.passages import (
    ItemText,
    Passage,
    get_base_language,
    is_quote,
    join_item_texts,
    split_markdown_into_passages,
    split_parts_into_passages,
)
from digests.text.section_labels import get_extraction_notices

__all__ = [
    "GATE_NAMES",
    "Finding",
    "ItemText",
    "Weight",
    "build_identity_keys",
    "check_duplicates",
    "check_section_parts",
    "check_section_text",
    "filter_blocking_findings",
    "localize_finding",
]

SET_PHRASES = get_extraction_notices()  # of an extracted section, in English where the language has none
NOTE_LETTERS = 60  # letters; what a person writes in fewer may be a list of names


def check_section_parts(
    parts: BaseModel | Mapping[str, Any],
    items: Sequence[ItemText],
    language: str,
    *,
    quoted: Collection[int] = (),
    instructions: str = "",
) -> list[Finding]:
    """Return what is wrong with the five parts (`digests.text.section_schema.SectionAnswer`, or as a row keeps them); spans are in the part.

    `quoted`: the items whose point is the source's own sentence on purpose, in whatever language. `instructions`: what the
    model was told, without the items, which it may not recite.
    """
    parts = parts.model_dump() if isinstance(parts, BaseModel) else parts
    language = get_base_language(language)
    passages = split_parts_into_passages(parts)
    found: list[Finding] = [*layout.check_parts(parts, passages, items)]
    found += layout.check_lengths(passages, len(items), language)
    found += _poor_sources(passages, items, edited=False)
    for passage in passages:
        found += layout.check_markup(passage, items)
    own = [one for one in passages if not (one.number in quoted and is_quote(one, items))]
    found += layout.check_prompt_echo(own, instructions)
    return _sort_findings(found + _run_text_gates(own, items, language))


def check_section_text(text: str, items: Sequence[ItemText], language: str) -> list[Finding]:
    """Return what is wrong with a section's Markdown; spans are places in it.

    The sources' own sentences are no fault: an extracted section is made of them. A person may leave a part out, or write in notes: lengths are not measured, and an end that is missing only warns.
    """
    language = get_base_language(language)
    passages = split_markdown_into_passages(text, items)
    whole = Passage("text", text, range(len(text)))
    found: list[Finding] = [*layout.check_items(passages, text, items)]
    found += _poor_sources(passages, items, edited=True)
    found += layout.check_markup(whole, items, links=[item.url for item in items], edited=True)
    own = [one for one in passages if not is_quote(one, items) and one.text not in SET_PHRASES]
    found += layout.check_prompt_echo(own)
    return _sort_findings(found + [_soften_cut_end(one) for one in _run_text_gates(own, items, language, notes=True)])


def filter_blocking_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that hold a text back."""
    return [one for one in findings if one.weight == "block"]


def _run_text_gates(
    passages: list[Passage], items: Sequence[ItemText], language: str, *, notes: bool = False
) -> list[Finding]:
    """Return what the gates for plain text find."""
    if not passages:
        return []
    sources = join_item_texts(items)
    return [
        *scripts.check_language(passages, language, enough=NOTE_LETTERS if notes else scripts.MIN_PART_LETTERS),
        *scripts.check_script(passages, sources, language),
        *number_checks.check_numbers(passages, items, language),
        *names.check_names(passages, sources, language),
        *attribution.check_attribution(passages, items, language),
        *repetition.check_repetition(passages),
        *repetition.check_sentence_end(passages, notes=notes),
        *layout.check_item_counts(passages, len(items)),
    ]


def _poor_sources(passages: Sequence[Passage], items: Sequence[ItemText], *, edited: bool) -> list[Finding]:
    """Return the items that a point tells of although their source says next to nothing."""
    told = {passage.number for passage in passages if passage.number}
    found = [duplicates.check_source_text(number, item) for number, item in enumerate(items, start=1) if number in told]
    return [_as_warning(one) if edited else one for one in found if one]


def _soften_cut_end(one: Finding) -> Finding:
    return _as_warning(one) if one.gate == "cut" else one


def _as_warning(one: Finding) -> Finding:
    return Finding(one.gate, "warn", one.message, one.span, one.part, one.korean)


def _sort_findings(found: Iterable[Finding]) -> list[Finding]:
    """Return each finding once: what blocks first, then as they stand in the text."""
    return sorted(dict.fromkeys(found), key=lambda one: (one.weight != "block", one.span, GATE_NAMES.index(one.gate)))
