"""Runs all quality gates over a section and returns what is wrong with it: pure, no model, milliseconds.

`check_section_parts` reads the five parts that a model wrote; `check_section_text` reads a section's Markdown, after every
edit and again at approval. A gate blocks only if it is nearly always right; the others warn. The share of faults that are
found, the false alarms, and what no gate finds (a claim turned into its opposite, two true numbers exchanged) are in
docs/quality.md. Whether the items were in an earlier issue is checked by `digests.quality.duplicates`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from digests.quality import attribution, duplicates, layout, names, number_checks, repetition, writing_systems
from digests.quality.blocks import (
    Block,
    ItemText,
    is_quote,
    join_item_texts,
    split_markdown_into_blocks,
    split_parts_into_blocks,
)
from digests.quality.findings import GATE_NAMES, Finding, FindingWeight
from digests.text.localization import get_base_language
from digests.text.section_labels import get_extraction_notices

NOTE_LETTERS = 60  # a note that a person writes in fewer letters may be a list of names


def check_section_parts(
    parts: BaseModel | Mapping[str, Any],
    items: Sequence[ItemText],
    language: str,
    *,
    quoted: Collection[int] = (),
    instructions: str = "",
) -> list[Finding]:
    """Return the findings in the five parts that a model wrote; each span is a place in its part.

    `parts` is a `digests.text.section_schema.SectionAnswer`, or the mapping that a row keeps. `quoted` holds the numbers of
    items whose point is a sentence of the source on purpose, in any language. `instructions` is the prompt without the
    items, which the model must not recite.
    """
    parts = parts.model_dump() if isinstance(parts, BaseModel) else parts
    language = get_base_language(language)
    blocks = split_parts_into_blocks(parts)
    found: list[Finding] = [*layout.check_parts(parts, blocks, items)]
    found += layout.check_lengths(blocks, len(items), language)
    found += _check_sources(blocks, items, edited=False)
    for block in blocks:
        found += layout.check_markup(block, items)
    own = [one for one in blocks if not (one.number in quoted and is_quote(one, items))]
    found += layout.check_prompt_echo(own, instructions)
    return _sort_findings(found + _run_text_gates(own, items, language))


def check_section_text(text: str, items: Sequence[ItemText], language: str) -> list[Finding]:
    """Return the findings in a section's Markdown; each span is a place in it.

    Sentences of the sources are no fault, because an extracted section consists of them. A person may leave a part out or
    write notes, so lengths are not measured, and a missing end of a sentence only warns.
    """
    language = get_base_language(language)
    blocks = split_markdown_into_blocks(text, items)
    # Markup is looked for in the Markdown itself: the blocks have lost it.
    whole = Block("text", text, range(len(text)))
    found: list[Finding] = [*layout.check_items(blocks, text, items)]
    found += _check_sources(blocks, items, edited=True)
    found += layout.check_markup(whole, items, links=[item.url for item in items], edited=True)
    notices = get_extraction_notices()  # the product's own sentences in an extracted section
    own = [one for one in blocks if not is_quote(one, items) and one.text not in notices]
    found += layout.check_prompt_echo(own)
    return _sort_findings(found + [_soften_cut_end(one) for one in _run_text_gates(own, items, language, notes=True)])


def filter_blocking_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that hold a text back until it is changed or overridden."""
    return [one for one in findings if one.weight == FindingWeight.BLOCK]


def _run_text_gates(
    blocks: list[Block], items: Sequence[ItemText], language: str, *, notes: bool = False
) -> list[Finding]:
    """Return the findings of the gates that read plain text."""
    if not blocks:
        return []
    sources = join_item_texts(items)
    return [
        *writing_systems.check_language(
            blocks, language, min_letters=NOTE_LETTERS if notes else writing_systems.MIN_PART_LETTERS
        ),
        *writing_systems.check_script(blocks, sources, language),
        *number_checks.check_numbers(blocks, items, language),
        *names.check_names(blocks, sources, language),
        *attribution.check_attribution(blocks, items, language),
        *repetition.check_repetition(blocks),
        *repetition.check_sentence_end(blocks, notes=notes),
        *layout.check_item_counts(blocks, len(items)),
    ]


def _check_sources(blocks: Sequence[Block], items: Sequence[ItemText], *, edited: bool) -> list[Finding]:
    """Return a finding for each item that has a point although its source says too little for one."""
    numbers_with_point = {block.number for block in blocks if block.number}
    found = [
        duplicates.check_source_text(number, item)
        for number, item in enumerate(items, start=1)
        if number in numbers_with_point
    ]
    return [_as_warning(one) if edited else one for one in found if one]


def _soften_cut_end(one: Finding) -> Finding:
    return _as_warning(one) if one.gate == "cut" else one


def _as_warning(one: Finding) -> Finding:
    return replace(one, weight=FindingWeight.WARN)


def _sort_findings(found: Iterable[Finding]) -> list[Finding]:
    """Return each finding once: those that block first, then in the order of the text."""
    return sorted(
        dict.fromkeys(found), key=lambda one: (one.weight != FindingWeight.BLOCK, one.span, GATE_NAMES.index(one.gate))
    )
