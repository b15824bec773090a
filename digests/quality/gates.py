"""Runs all quality gates over a section and returns what is wrong with it: pure, no model, a tenth of a second.

`check_section_parts` reads the five parts that a model wrote; `check_section_text` reads a section's Markdown, after every
edit and again at approval. A gate blocks only if it is nearly always right; the others warn. The share of faults that are
found, the false alarms, and what no gate finds are in docs/quality.md. Whether the items were in an earlier issue is checked
by `digests.quality.duplicates`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from digests.quality import (
    attribution,
    claim_evidence,
    duplicates,
    layout,
    names,
    number_checks,
    repetition,
    writing_systems,
)
from digests.quality.blocks import (
    Block,
    Claim,
    ItemText,
    is_quote,
    join_item_texts,
    list_claims,
    list_text_claims,
    split_markdown_into_blocks,
    split_parts_into_blocks,
)
from digests.quality.findings import GATE_NAMES, Finding, FindingWeight
from digests.text.evidence import EvidenceRecord, Verdict, match_evidence
from digests.text.localization import get_base_language
from digests.text.section_labels import get_extraction_notices
from digests.text.section_schema import SectionAnswer

# In a section of one item only these block: language, markup, echo, and what contradicts the source or has none.
CERTAIN_GATES = frozenset(
    {"language", "script", "markup", "echo", "evidence", "verify", "meaning", "figures", "input", "shape"}
)
NOTE_LETTERS = 60  # a note that a person writes in fewer letters may be a list of names


def check_section_parts(
    parts: SectionAnswer,
    items: Sequence[ItemText],
    language: str,
    *,
    quoted: Collection[int] = (),
    titled: Collection[int] = (),
    instructions: str = "",
) -> list[Finding]:
    """Return the findings in the five parts that a model wrote; each span is a place in its part.

    Passages are taken to be in their sources (`digests.text.evidence.keep_found_passages`). `quoted` holds the numbers of
    items whose point is a sentence of the source on purpose, in any language, `titled` of those whose headline is the title.
    `instructions` is the prompt without the items, which the model must not recite.
    """
    language = get_base_language(language)
    blocks, claims = split_parts_into_blocks(parts), list_claims(parts, items)
    found: list[Finding] = [*layout.check_parts(parts, blocks, items)]
    chosen = {("headline", number) for number in titled} | {("points", number) for number in quoted}
    own = [one for one in blocks if not ((one.part, one.number) in chosen and is_quote(one, items))]
    found += layout.check_lengths(own, claims, len(items), language)
    found += _check_sources(blocks, items, edited=False)
    for block in blocks:
        found += layout.check_markup(block, items)
    found += layout.check_prompt_echo(own, instructions)
    found += claim_evidence.check_evidence(claims)
    claims = [one for one in claims if one.block in own]
    return _sort_findings(_soften_single_item(found + _run_text_gates(own, claims, items, language), items))


def check_section_text(
    text: str, items: Sequence[ItemText], language: str, *, evidence: Sequence[EvidenceRecord] = ()
) -> list[Finding]:
    """Return the findings in a section's Markdown; each span is a place in it.

    `evidence` holds the sentences that were written with passages. Sentences of the sources are no fault, because an extracted
    section consists of them. A person may leave a part out or write notes, so lengths are not measured, and a missing end of a
    sentence or another fault of form only warns.
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
    claims = list_text_claims(own, items, evidence)
    found += claim_evidence.check_verdicts(claims)
    unchanged = [one.block for one in claims]
    found += layout.check_titles([one for one in blocks if one not in unchanged], items)
    found += [_soften_form(one) for one in _run_text_gates(own, claims, items, language, notes=True)]
    return _sort_findings(_soften_single_item(found, items))


def find_unverified_sentences(
    text: str, items: Sequence[ItemText], evidence: Sequence[EvidenceRecord]
) -> list[tuple[Block, int, int]]:
    """Return what in a section's Markdown no second model has called supported: block, start and end in it.

    Sentences of the sources, titles, keywords and the product's own sentences need nobody to say so.
    """
    notices, unverified = get_extraction_notices(), []
    supported = [one for one in evidence if one.verdict == Verdict.SUPPORTED]
    for block in split_markdown_into_blocks(text, items):
        if block.part == "keywords" or block.text in notices or is_quote(block, items):
            continue
        at = 0
        ends = [
            *match_evidence(block.text, block.part, block.number, supported),
            (len(block.text), len(block.text), None),
        ]
        for start, end, _record in ends:
            if any(letter.isalnum() for letter in block.text[at:start]):
                unverified.append((block, at, start))
            at = max(at, end)
    return unverified


def filter_blocking_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that hold a text back until it is changed or overridden."""
    return [one for one in findings if one.weight == FindingWeight.BLOCK]


def _run_text_gates(
    blocks: list[Block], claims: list[Claim], items: Sequence[ItemText], language: str, *, notes: bool = False
) -> list[Finding]:
    """Return the findings of the gates that read plain text."""
    if not blocks:
        return []
    from digests.quality import claims as claims_gate  # noqa: PLC0415 - takes 1.5 s; most processes read no text

    sources = join_item_texts(items)
    found = [
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
        *claims_gate.check_wording(blocks, claims, items, sources, language),
    ]
    return _drop_reported_twice(found)


def _drop_reported_twice(found: Sequence[Finding]) -> list[Finding]:
    """Return the findings without those that another gate reports better at the same place."""
    figures = [one for one in found if one.gate == "figures"]  # this gate knows the passage
    # A text in another language is reported once, not word by word.
    foreign = {one.part for one in found if one.gate == "language"}
    return [
        one
        for one in found
        if not (one.gate == "numbers" and any(_overlaps(one, other) for other in figures))
        and not (one.gate == "style" and foreign & {one.part, "text"})
    ]


def _overlaps(one: Finding, other: Finding) -> bool:
    return one.part == other.part and other.span[0] < one.span[1] and one.span[0] < other.span[1]


def _check_sources(blocks: Sequence[Block], items: Sequence[ItemText], *, edited: bool) -> list[Finding]:
    """Return a finding for each item that has a point although its source says too little for one."""
    numbers_with_point = {block.number for block in blocks if block.number and block.part != "headline"}
    found = [
        duplicates.check_source_text(number, item)
        for number, item in enumerate(items, start=1)
        if number in numbers_with_point
    ]
    return [_as_warning(one) if edited else one for one in found if one]


def _soften_form(one: Finding) -> Finding:
    """Return a finding about the form of a text that a person may have written as a warning."""
    return _as_warning(one) if one.gate in {"cut", "style", "generic"} else one


def _soften_single_item(found: list[Finding], items: Sequence[ItemText]) -> list[Finding]:
    """Return the findings as warnings where there is one item and they are no certain fault: a false alarm would cost all of its text."""
    if len(items) != 1:
        return found
    return [one if one.gate in CERTAIN_GATES else _as_warning(one) for one in found]


def _as_warning(one: Finding) -> Finding:
    return replace(one, weight=FindingWeight.WARN)


def _sort_findings(found: Iterable[Finding]) -> list[Finding]:
    """Return each finding once: those that block first, then in the order of the text."""
    return sorted(
        dict.fromkeys(found), key=lambda one: (one.weight != FindingWeight.BLOCK, one.span, GATE_NAMES.index(one.gate))
    )
