"""Five parts, or a section's Markdown -> passages of plain text that gates read, each knowing where it came from.

A passage is one part, one key point or one paragraph. Markdown's marks, links and escapes are taken out, but every
character keeps its place in what was checked, so that a finding can be marked in the editor's text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from digests.text import section_labels
from digests.text.key_sentences import strip_latex_and_urls

MIN_QUOTE_CHARACTERS = 25  # characters; less than that may stand in any source
PROSE_PARTS = ("themes", "trends", "impact", "outlook")  # beside the keywords and the points
PARTS_BY_HEADING = section_labels.get_parts_by_heading() | {"키워드와 동향": "trends"}  # the last one was ours before
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_BULLET = re.compile(r"\s*(?:\d+[.)]|[-*+])\s+")
_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?\s*\)")
_MARK = re.compile(r"\\(?=[!-/:-@\[-`{-~])|\*+|`+")
_GAP = re.compile(r"[\s*_]*(?:[—–:-]+[\s*_]*)?")


def get_base_language(language: str) -> str:
    """Return the language of a tag: ko for ko-KR."""
    return re.split("[-_]", language.lower())[0]


class ItemText(Protocol):
    """What a gate needs to know of an item."""

    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def url(self) -> str: ...


@dataclass(frozen=True)
class Passage:
    """Plain text, the part it belongs to, and the place of each of its characters in what was checked."""

    part: str
    text: str
    places: Sequence[int]
    number: int = 0  # of the item that a key point is about, from 1; 0 elsewhere

    @property
    def name(self) -> str:
        """What a finding calls the part."""
        return f"point {self.number}" if self.number else self.part

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where text[start:end] stands in what was checked."""
        if not self.places:
            return (0, 0)
        return (self.places[min(start, len(self.places) - 1)], self.places[max(start, end - 1)] + 1)

    @property
    def whole(self) -> tuple[int, int]:
        """The span of the passage."""
        return self.span(0, len(self.text))


def is_quote(passage: Passage, stories: Sequence[ItemText]) -> bool:
    """Say whether a passage is a title, or a sentence that stands word for word in the source that it belongs to."""
    if any(_letters(passage.text) == _letters(story.title) for story in stories):
        return True
    if len(passage.text) < MIN_QUOTE_CHARACTERS or not passage.text.rstrip("\"'”’)").endswith(
        (".", "!", "?", "…", "。")
    ):
        return False
    own = join_item_texts(stories[passage.number - 1 : passage.number] if passage.number else stories)
    return _letters(passage.text) in _letters(own) or _letters(passage.text) in _letters(strip_latex_and_urls(own))


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def join_item_texts(stories: Sequence[ItemText]) -> str:
    """Return all that the sources say."""
    return "\n".join(f"{story.title}\n{story.summary}" for story in stories)


def split_parts_into_passages(parts: Mapping[str, Any]) -> list[Passage]:
    """Return the passages of the five parts, as they are kept on a section; what is of another type counts as empty."""
    passages = [_plain_passage(part, parts.get(part)) for part in PROSE_PARTS]
    keywords = parts.get("keywords")
    if isinstance(keywords, Sequence):
        passages.append(
            _plain_passage("keywords", keywords if isinstance(keywords, str) else ", ".join(map(str, keywords)))
        )
    passages += [_plain_passage("points", point.get("text"), _number(point)) for point in _points(parts)]
    return [passage for passage in passages if passage.text]


def _points(parts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    points = parts.get("points")
    return [point for point in points if isinstance(point, Mapping)] if isinstance(points, list) else []


def list_item_numbers(parts: Mapping[str, Any]) -> list[int]:
    """Return the item numbers that the points name, in order."""
    return [_number(point) for point in _points(parts)]


def _number(point: Mapping[str, Any]) -> int:
    number = point.get("number")
    return number if isinstance(number, int) and number > 0 else 0


def _plain_passage(part: str, text: object, number: int = 0) -> Passage:
    text = text.strip() if isinstance(text, str) else ""
    return Passage(part, text, range(len(text)), number)


def split_markdown_into_passages(text: str, stories: Sequence[ItemText]) -> list[Passage]:
    """Return the passages of a section's text; a block that links an item is about that item from there on."""
    numbers = {story.url: number for number, story in enumerate(stories, start=1)}
    return [passage for part, start, end in _blocks(text) for passage in _passages(text, part, start, end, numbers)]


def _blocks(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield part, start and end of each paragraph and list item."""
    part, begun, at = "text", -1, 0
    for line in [*text.splitlines(keepends=True), ""]:
        heading = _HEADING.match(line)
        if begun >= 0 and (heading or not line.strip() or _BULLET.match(line)):
            yield part, begun, at
            begun = -1
        if heading:
            part = PARTS_BY_HEADING.get(heading[1].strip().casefold(), "text")
        elif line.strip() and begun < 0:
            begun = at
        at += len(line)


def _passages(text: str, part: str, start: int, end: int, numbers: Mapping[str, int]) -> Iterator[Passage]:
    """Yield what a block says, without the linked titles, which are the items' own."""
    bullet = _BULLET.match(text, start, end)
    start = bullet.end() if bullet else start
    number = 0
    for link in _LINK.finditer(text, start, end):
        if found := numbers.get(strip_backslashes(link[2])):
            if before := _without_marks(text, part, start, link.start(), number):
                yield before
            number, start = found, link.end()
    gap = _GAP.match(text, start, end) if number else None
    if rest := _without_marks(text, part, gap.end() if gap else start, end, number):
        yield rest


def strip_backslashes(words: str) -> str:
    """Return Markdown's words without its backslashes."""
    return re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", words)


def _without_marks(text: str, part: str, start: int, end: int, number: int) -> Passage | None:
    """Return a block without marks, or nothing where no letter is left."""
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
    if " · " in plain and not plain.endswith((".", "다")):
        part = "keywords"
    return Passage(part, plain, places, number)
