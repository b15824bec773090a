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
from digests.quality.duplicates import check_ledger, keys
from digests.quality.findings import GATES, Finding, Weight, sentence
from digests.quality.passages import Passage, Story, base, from_markdown, from_parts, is_quote, words_of
from digests.text.section_labels import phrases

__all__ = ["GATES", "Finding", "Story", "Weight", "blocks", "check", "check_ledger", "check_text", "keys", "sentence"]

SET_PHRASES = phrases()  # of an extracted section, in English where the language has none
NOTE = 60  # letters; what a person writes in fewer may be a list of names


def check(
    parts: BaseModel | Mapping[str, Any],
    items: Sequence[Story],
    language: str,
    *,
    quoted: Collection[int] = (),
    instructions: str = "",
) -> list[Finding]:
    """Return what is wrong with the five parts (`digests.text.section_schema.Parts`, or as a row keeps them); spans are in the part.

    `quoted`: the items whose point is the source's own sentence on purpose, in whatever language. `instructions`: what the
    model was told, without the items, which it may not recite.
    """
    parts = parts.model_dump() if isinstance(parts, BaseModel) else parts
    language = base(language)
    passages = from_parts(parts)
    found: list[Finding] = [*layout.check_parts(parts, passages, items)]
    found += layout.check_lengths(passages, len(items), language)
    found += _poor_sources(passages, items, edited=False)
    for passage in passages:
        found += layout.check_markup(passage, items)
    own = [one for one in passages if not (one.number in quoted and is_quote(one, items))]
    found += layout.check_echo(own, instructions)
    return _in_order(found + _read(own, items, language))


def check_text(text: str, items: Sequence[Story], language: str) -> list[Finding]:
    """Return what is wrong with a section's Markdown; spans are places in it.

    The sources' own sentences are no fault: an extracted section is made of them. A person may leave a part out, or write in notes: lengths are not measured, and an end that is missing only warns.
    """
    language = base(language)
    passages = from_markdown(text, items)
    whole = Passage("text", text, range(len(text)))
    found: list[Finding] = [*layout.check_items(passages, text, items)]
    found += _poor_sources(passages, items, edited=True)
    found += layout.check_markup(whole, items, links=[item.url for item in items], edited=True)
    own = [one for one in passages if not is_quote(one, items) and one.text not in SET_PHRASES]
    found += layout.check_echo(own)
    return _in_order(found + [_softened(one) for one in _read(own, items, language, notes=True)])


def blocks(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that hold a text back."""
    return [one for one in findings if one.weight == "block"]


def _read(passages: list[Passage], items: Sequence[Story], language: str, *, notes: bool = False) -> list[Finding]:
    """Return what the gates for plain text find."""
    if not passages:
        return []
    sources = words_of(items)
    return [
        *scripts.check_language(passages, language, enough=NOTE if notes else scripts.ENOUGH),
        *scripts.check_script(passages, sources, language),
        *number_checks.check_numbers(passages, items, language),
        *names.check_names(passages, sources, language),
        *attribution.check_wiring(passages, items, language),
        *repetition.check_repetition(passages),
        *repetition.check_end(passages, notes=notes),
        *layout.check_claims(passages, len(items)),
    ]


def _poor_sources(passages: Sequence[Passage], items: Sequence[Story], *, edited: bool) -> list[Finding]:
    """Return the items that a point tells of although their source says next to nothing."""
    told = {passage.number for passage in passages if passage.number}
    found = [duplicates.check_input(number, item) for number, item in enumerate(items, start=1) if number in told]
    return [_warning(one) if edited else one for one in found if one]


def _softened(one: Finding) -> Finding:
    return _warning(one) if one.gate == "cut" else one


def _warning(one: Finding) -> Finding:
    return Finding(one.gate, "warn", one.message, one.span, one.part, one.korean)


def _in_order(found: Iterable[Finding]) -> list[Finding]:
    """Return each finding once: what blocks first, then as they stand in the text."""
    return sorted(dict.fromkeys(found), key=lambda one: (one.weight != "block", one.span, GATES.index(one.gate)))
