"""Splits the five parts of a section, or its Markdown, into blocks of plain text for the gates.

A block is one part, one key point, one headline or one paragraph; a claim is one sentence of it with its passages. Marks, links and escapes of Markdown are taken out, but each
character keeps its position in the text that was checked, so that a finding can be marked in the editor's text. What is
wrong with a block is found in the other modules of this package.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from digests.text.evidence import EvidenceRecord, keep_found_passages, match_evidence
from digests.text.key_sentences import strip_latex_and_urls
from digests.text.section_labels import get_keywords_labels, get_parts_by_heading
from digests.text.section_schema import PROSE_PARTS, SectionAnswer, join_sentences

MIN_QUOTE_CHARACTERS = 25  # a shorter sentence may be in any source by chance
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_BULLET = re.compile(r"\s*(?:\d+[.)]|[-*+])\s+")
_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?\s*\)")
_MARK = re.compile(r"\\(?=[!-/:-@\[-`{-~])|\*+|`+")
_GAP = re.compile(r"[\s*_]*(?:[—–:-]+[\s*_]*)?")


class ItemText(Protocol):
    """The fields of an item that the gates read."""

    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def url(self) -> str: ...


@dataclass(frozen=True)
class Block:
    """Plain text of one part; `places` holds the position of each of its characters in the text that was checked."""

    part: str
    text: str
    places: Sequence[int]
    number: int = 0  # of the item that a key point is about, from 1; 0 elsewhere

    @property
    def name(self) -> str:
        """The name of the part in a finding."""
        if not self.number:
            return self.part
        return f"{'headline' if self.part == 'headline' else 'point'} {self.number}"

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return start and end of text[start:end] in the text that was checked."""
        if not self.places:
            return (0, 0)
        return (self.places[min(start, len(self.places) - 1)], self.places[max(start, end - 1)] + 1)

    @property
    def whole(self) -> tuple[int, int]:
        """The span of the block."""
        return self.span(0, len(self.text))


def is_quote(block: Block, items: Sequence[ItemText]) -> bool:
    """Say whether a block is an item's title, or a sentence that its source has word for word."""
    if any(_fold_letters(block.text) == _fold_letters(item.title) for item in items):
        return True
    if len(block.text) < MIN_QUOTE_CHARACTERS or not block.text.rstrip("\"'”’)").endswith((".", "!", "?", "…", "。")):
        return False
    own = join_item_texts(items[block.number - 1 : block.number] if block.number else items)
    folded = _fold_letters(block.text)
    return folded in _fold_letters(own) or folded in _fold_letters(strip_latex_and_urls(own))


@lru_cache(maxsize=256)  # each block is compared with the same sources
def _fold_letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def join_item_texts(items: Sequence[ItemText]) -> str:
    """Return titles and summaries of the items as one text."""
    return "\n".join(f"{item.title}\n{item.summary}" for item in items)


@dataclass(frozen=True)
class Claim:
    """One sentence of a block or a headline, the passages of the sources that it rests on, and the texts of its items.

    `passages` is empty where none was given that stands in a source; `lost` is then the first that does not. `start` and `end` are
    the sentence's place in the block's text.
    """

    block: Block
    start: int
    end: int
    passages: tuple[str, ...]
    items: tuple[ItemText, ...]
    lost: str = ""
    verdict: str = ""  # of the second model, with the sentence of a source that it quoted
    quote: str = ""

    @property
    def text(self) -> str:
        """The sentence."""
        return self.block.text[self.start : self.end]

    @property
    def evidence(self) -> str:
        """The passages as one text."""
        return "\n".join(self.passages)

    @property
    def source(self) -> str:
        """Titles and summaries of the items that the sentence is about."""
        return join_item_texts(self.items)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return start and end of text[start:end] in the text that was checked."""
        return self.block.span(self.start + start, self.start + end)

    @property
    def whole(self) -> tuple[int, int]:
        """The span of the sentence."""
        return self.span(0, self.end - self.start)


def split_parts_into_blocks(parts: SectionAnswer) -> list[Block]:
    """Return the blocks of the five parts; the sentences of a part are joined by a space."""
    blocks = [_plain_block(part, join_sentences(getattr(parts, part))) for part in PROSE_PARTS]
    blocks.append(_plain_block("keywords", ", ".join(parts.keywords)))
    for point in parts.points:
        number = max(0, point.number)
        blocks += [_plain_block("headline", point.headline, number), _plain_block("points", point.text, number)]
    return [block for block in blocks if block.text]


def list_claims(parts: SectionAnswer, items: Sequence[ItemText]) -> list[Claim]:
    """Return the sentences of the five parts, and the headlines, each with its passages."""
    sources = [join_item_texts([item]) for item in items]
    claims = []
    for part, item, sentences in parts.list_sentences():
        number = max(0, item)
        block, at = _plain_block(part, join_sentences(sentences), number), 0
        for sentence in (one for one in sentences if one.text):
            kept = keep_found_passages(sentence, sources, number).passages
            lost = next((passage.quote for passage in sentence.passages), "") if not kept else ""
            chosen = _choose_items(items, [number] if number else [passage.number for passage in kept])
            end = at + len(sentence.text)
            claims.append(Claim(block, at, end, tuple(passage.quote for passage in kept), chosen, lost))
            at = end + 1
    return claims + _list_headline_claims(parts, items, claims)


def _list_headline_claims(parts: SectionAnswer, items: Sequence[ItemText], claims: Sequence[Claim]) -> list[Claim]:
    """Return the headlines, each with all passages of its point."""
    passages: dict[int, dict[str, None]] = {}
    for claim in claims:
        if claim.block.number:
            passages.setdefault(claim.block.number, {}).update(dict.fromkeys(claim.passages))
    headlines = [_plain_block("headline", point.headline, max(0, point.number)) for point in parts.points]
    return [
        Claim(block, 0, len(block.text), tuple(passages.get(block.number, ())), _choose_items(items, [block.number]))
        for block in headlines
        if block.text
    ]


def _choose_items(items: Sequence[ItemText], numbers: Iterable[int]) -> tuple[ItemText, ...]:
    """Return the items of these numbers, each once; all items if none of the numbers is one."""
    chosen = [items[number - 1] for number in dict.fromkeys(numbers) if 0 < number <= len(items)]
    return tuple(chosen or items)


def list_text_claims(
    blocks: Sequence[Block], items: Sequence[ItemText], records: Sequence[EvidenceRecord]
) -> list[Claim]:
    """Return the sentences of a section's Markdown that still stand as they were written, each with its passages."""
    claims = []
    for block in blocks:
        for start, end, record in match_evidence(block.text, block.part, block.number, records):
            numbers = [block.number] if block.number else [passage.number for passage in record.passages]
            passages = tuple(passage.quote for passage in record.passages)
            chosen = _choose_items(items, numbers)
            claims.append(Claim(block, start, end, passages, chosen, verdict=record.verdict, quote=record.quote))
    return claims


def _plain_block(part: str, text: str, number: int = 0) -> Block:
    text = text.strip()
    return Block(part, text, range(len(text)), number)


def split_markdown_into_blocks(text: str, items: Sequence[ItemText]) -> list[Block]:
    """Return the blocks of a section's Markdown; after a link to an item a block is about that item."""
    numbers = {item.url: number for number, item in enumerate(items, start=1)}
    return [block for part, start, end in _find_blocks(text) for block in _split_block(text, part, start, end, numbers)]


def _find_blocks(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield part, start and end of each paragraph and list item."""
    parts_by_heading = get_parts_by_heading()
    part, begin, at = "text", -1, 0
    for line in [*text.splitlines(keepends=True), ""]:
        heading = _HEADING.match(line)
        if begin >= 0 and (heading or not line.strip() or _BULLET.match(line)):
            yield part, begin, at
            begin = -1
        if heading:
            part = parts_by_heading.get(heading[1].strip().casefold(), "text")
        elif line.strip() and begin < 0:
            begin = at
        at += len(line)


def _split_block(text: str, part: str, start: int, end: int, numbers: Mapping[str, int]) -> Iterator[Block]:
    """Yield the texts of a block of Markdown: the words of a link to an item are its headline."""
    bullet = _BULLET.match(text, start, end)
    start = bullet.end() if bullet else start
    number = 0
    for link in _LINK.finditer(text, start, end):
        if found := numbers.get(strip_backslashes(link[2])):
            if before := _strip_marks(text, part, start, link.start(), number):
                yield before
            if headline := _strip_marks(text, "headline", *link.span(1), found):
                yield headline
            number, start = found, link.end()
    gap = _GAP.match(text, start, end) if number else None
    if rest := _strip_marks(text, part, gap.end() if gap else start, end, number):
        yield rest


def strip_backslashes(words: str) -> str:
    """Return Markdown without the backslashes that escape its marks."""
    return re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", words)


def _strip_marks(text: str, part: str, start: int, end: int, number: int) -> Block | None:
    """Return a block without its marks, or None if no letter is left."""
    hidden = {at for mark in _MARK.finditer(text, start, end) for at in range(*mark.span())}
    for link in _LINK.finditer(text, start, end):
        hidden |= {link.start(), *range(link.end(1), link.end())}
    places = [at for at in range(start, end) if at not in hidden or (at and text[at - 1] == "\\" and at - 1 in hidden)]
    while places and text[places[-1]].isspace():
        places.pop()
    while places and text[places[0]].isspace():
        places.pop(0)
    plain = "".join(text[at] for at in places)
    if not any(letter.isalnum() for letter in plain):
        return None
    if part == "headline":
        return Block(part, plain, places, number)
    # Keywords stand in a line, separated by dots, or behind a label.
    if (" · " in plain and not plain.endswith((".", "다"))) or plain.startswith(get_keywords_labels()):
        part = "keywords"
    return Block(part, plain, places, number)
