"""Splits the five parts of a section, or its Markdown, into blocks of plain text for the gates.

A block is one part, one key point or one paragraph. Marks, links and escapes of Markdown are taken out, but each
character keeps its position in the text that was checked, so that a finding can be marked in the editor's text. What is
wrong with a block is found in the other modules of this package.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from digests.text.key_sentences import strip_latex_and_urls
from digests.text.section_labels import get_parts_by_heading

MIN_QUOTE_CHARACTERS = 25  # a shorter sentence may be in any source by chance
PROSE_PARTS = ("themes", "trends", "impact", "outlook")  # the other two are the keywords and the points
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
        return f"point {self.number}" if self.number else self.part

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
    return _fold_letters(block.text) in _fold_letters(own) or _fold_letters(block.text) in _fold_letters(
        strip_latex_and_urls(own)
    )


def _fold_letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def join_item_texts(items: Sequence[ItemText]) -> str:
    """Return titles and summaries of the items as one text."""
    return "\n".join(f"{item.title}\n{item.summary}" for item in items)


def split_parts_into_blocks(parts: Mapping[str, Any]) -> list[Block]:
    """Return the blocks of the five parts as a section keeps them; a value of a wrong type counts as empty."""
    blocks = [_plain_block(part, parts.get(part)) for part in PROSE_PARTS]
    keywords = parts.get("keywords")
    if isinstance(keywords, Sequence):
        blocks.append(
            _plain_block("keywords", keywords if isinstance(keywords, str) else ", ".join(map(str, keywords)))
        )
    blocks += [_plain_block("points", point.get("text"), _item_number(point)) for point in _list_points(parts)]
    return [block for block in blocks if block.text]


def _list_points(parts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    points = parts.get("points")
    return [point for point in points if isinstance(point, Mapping)] if isinstance(points, list) else []


def list_item_numbers(parts: Mapping[str, Any]) -> list[int]:
    """Return the item numbers of the points, in order; 0 if a point has no valid number."""
    return [_item_number(point) for point in _list_points(parts)]


def _item_number(point: Mapping[str, Any]) -> int:
    number = point.get("number")
    return number if isinstance(number, int) and number > 0 else 0


def _plain_block(part: str, text: object, number: int = 0) -> Block:
    text = text.strip() if isinstance(text, str) else ""
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
    """Yield the parts of a block of Markdown without the linked titles, which are the items' own words."""
    bullet = _BULLET.match(text, start, end)
    start = bullet.end() if bullet else start
    number = 0
    for link in _LINK.finditer(text, start, end):
        if found := numbers.get(strip_backslashes(link[2])):
            if before := _strip_marks(text, part, start, link.start(), number):
                yield before
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
    # An extracted section prints its keywords in a line, separated by dots.
    if " · " in plain and not plain.endswith((".", "다")):
        part = "keywords"
    return Block(part, plain, places, number)
