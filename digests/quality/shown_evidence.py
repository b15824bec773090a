"""Lists, for readers and editors, what each sentence of a section rests on, and who checked it.

A sentence that stands as it was written has its passages; it was checked by the rules, and by a second model where that has called it
supported. A sentence of a source is its own passage. Any other sentence was written by an editor. A section that was imported from an
archive of reports has nothing to show.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from digests.models import Section
from digests.quality.blocks import Block, is_quote, split_markdown_into_blocks
from digests.quality.section_checks import list_source_materials
from digests.text.evidence import EvidenceRecord, Verdict, find_passage, match_evidence, read_evidence
from digests.text.key_sentences import split_sentences
from digests.text.section_labels import get_extraction_notices
from digests.text.section_schema import SourceMaterial


class CheckedBy(StrEnum):
    """Who says that a sentence is right."""

    RULES = "rules"
    MODEL = "model"
    SOURCE = "source"
    EDITOR = "editor"


@dataclass(frozen=True)
class ShownPassage:
    """A passage with the number of its item (from 1), and its place in the item's summary; (0, 0) if it is in the title."""

    number: int
    quote: str
    span: tuple[int, int] = (0, 0)
    language: str = ""

    @property
    def start(self) -> int:
        """Where it begins in the summary."""
        return self.span[0]


@dataclass(frozen=True)
class ShownSentence:
    """One sentence of a section's text; `number` is that of the item it is about, 0 outside the points."""

    part: str
    number: int
    text: str
    passages: tuple[ShownPassage, ...]
    checked_by: CheckedBy
    model: str = ""
    verdict: str = ""

    @property
    def is_contradicted(self) -> bool:
        """Whether the second model says that the source contradicts it."""
        return self.verdict == Verdict.CONTRADICTED

    @property
    def is_unstated(self) -> bool:
        """Whether the second model does not find it in the source."""
        return self.verdict == Verdict.NOT_STATED


def list_shown_sentences(section: Section) -> list[ShownSentence]:
    """Return the sentences of a section's text with their passages; nothing for an imported report.

    The section's items should be prefetched with their summaries.
    """
    if section.origin == Section.Origin.IMPORTED or not section.text:
        return []
    materials, records = list_source_materials(section), read_evidence(section.evidence)
    notices = get_extraction_notices()
    languages = [line.language for line in section.items.all()]
    sentences = [
        sentence
        for block in split_markdown_into_blocks(section.text, materials)
        if block.part not in {"keywords", "headline"} and block.text not in notices
        for sentence in _list_block_sentences(block, materials, records)
    ]
    return [_set_languages(sentence, languages) for sentence in sentences]


def _set_languages(sentence: ShownSentence, languages: Sequence[str]) -> ShownSentence:
    passages = [
        replace(one, language=languages[one.number - 1]) if 0 < one.number <= len(languages) else one
        for one in sentence.passages
    ]
    return replace(sentence, passages=tuple(passages))


def _list_block_sentences(
    block: Block, materials: Sequence[SourceMaterial], records: Sequence[EvidenceRecord]
) -> Iterator[ShownSentence]:
    if is_quote(block, materials):
        passage = ShownPassage(block.number, block.text, _find_span(materials, block.number, block.text))
        yield ShownSentence(block.part, block.number, block.text, (passage,), CheckedBy.SOURCE)
        return
    at = 0
    for start, end, record in match_evidence(block.text, block.part, block.number, records):
        yield from _list_own_sentences(block, at, start)
        passages = tuple(
            ShownPassage(one.number, one.quote, _find_span(materials, one.number, one.quote)) for one in record.passages
        )
        is_source = any(find_passage(one.quote, record.text) for one in record.passages)
        by = CheckedBy.SOURCE if is_source else CheckedBy.RULES
        by = CheckedBy.MODEL if record.verdict == Verdict.SUPPORTED else by
        text = block.text[start:end]
        yield ShownSentence(block.part, block.number, text, passages, by, record.checked_by, record.verdict)
        at = end
    yield from _list_own_sentences(block, at, len(block.text))


def _list_own_sentences(block: Block, start: int, end: int) -> Iterator[ShownSentence]:
    """Yield the sentences of a piece of a block that nobody but an editor has written."""
    for sentence in split_sentences(block.text[start:end]):
        if any(letter.isalnum() for letter in sentence):
            yield ShownSentence(block.part, block.number, sentence, (), CheckedBy.EDITOR)


def _find_span(materials: Sequence[SourceMaterial], number: int, quote: str) -> tuple[int, int]:
    if not 0 < number <= len(materials):
        return (0, 0)
    return find_passage(materials[number - 1].summary, quote) or (0, 0)
