"""Lists, for readers and editors, what each sentence of a section rests on, and who checked it.

A sentence that stands as it was written has its passages; it was checked by the rules, and by a second model where that has called it
supported. A sentence of a source is its own passage. Any other sentence was written by an editor. A section that was imported from an
archive of reports has nothing to show.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from digests.models import Section, SectionItem
from digests.quality.blocks import Block, is_quote, split_markdown_into_blocks
from digests.quality.section_checks import list_source_materials
from digests.text.evidence import EvidenceRecord, Verdict, find_passage, match_evidence, read_evidence
from digests.text.key_sentences import split_sentences
from digests.text.section_labels import get_extraction_notices
from digests.text.section_schema import Passage, SourceMaterial


class CheckedBy(StrEnum):
    """Who says that a sentence is right."""

    RULES = "rules"
    MODEL = "model"
    SOURCE = "source"
    EDITOR = "editor"


@dataclass(frozen=True)
class ShownPassage:
    """A passage with its source; `number` is that of the item (from 1), `span` the place in its summary, (0, 0) if it is in the title."""

    number: int
    quote: str
    title: str
    url: str
    language: str
    span: tuple[int, int]

    @property
    def anchor(self) -> str:
        """What names the passage within a section: the item, and where it begins in the summary."""
        return f"{self.number}-{self.span[0]}"


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
    lines, materials = list(section.items.all()), list_source_materials(section)
    records, notices = read_evidence(section.evidence), get_extraction_notices()
    return [
        sentence
        for block in split_markdown_into_blocks(section.text, materials)
        if block.part not in {"keywords", "headline"} and block.text not in notices
        for sentence in _list_block_sentences(block, lines, materials, records)
    ]


def _list_block_sentences(
    block: Block, lines: Sequence[SectionItem], materials: Sequence[SourceMaterial], records: Sequence[EvidenceRecord]
) -> Iterator[ShownSentence]:
    if is_quote(block, materials):
        passages = _show_passages([Passage(number=block.number, quote=block.text)], lines, materials)
        yield ShownSentence(block.part, block.number, block.text, passages, CheckedBy.SOURCE)
        return
    at = 0
    for start, end, record in match_evidence(block.text, block.part, block.number, records):
        yield from _list_own_sentences(block, at, start)
        is_source = any(find_passage(one.quote, record.text) for one in record.passages)
        by = CheckedBy.SOURCE if is_source else CheckedBy.RULES
        by = CheckedBy.MODEL if record.verdict == Verdict.SUPPORTED else by
        passages = _show_passages(record.passages, lines, materials)
        text = block.text[start:end]
        yield ShownSentence(block.part, block.number, text, passages, by, record.checked_by, record.verdict)
        at = end
    yield from _list_own_sentences(block, at, len(block.text))


def _show_passages(
    passages: Sequence[Passage], lines: Sequence[SectionItem], materials: Sequence[SourceMaterial]
) -> tuple[ShownPassage, ...]:
    """Return passages with their sources; one of an item that has left the section is not shown."""
    return tuple(
        ShownPassage(one.number, one.quote, line.headline, line.url, line.language, span)
        for one in passages
        if 0 < one.number <= len(lines)
        for line in [lines[one.number - 1]]
        for span in [find_passage(materials[one.number - 1].summary, one.quote) or (0, 0)]
    )


def _list_own_sentences(block: Block, start: int, end: int) -> Iterator[ShownSentence]:
    """Yield the sentences of a piece of a block that nobody but an editor has written."""
    for sentence in split_sentences(block.text[start:end]):
        if any(letter.isalnum() for letter in sentence):
            yield ShownSentence(block.part, block.number, sentence, (), CheckedBy.EDITOR)
