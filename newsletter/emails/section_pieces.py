"""Cuts the composed document of a section into the pieces that a reader's email may show or leave out, and measures them. Pure.

The order of the pieces is that of the templates. An item has up to three forms: in full, as one line of a list, and as one of the
headlines above all sections. Not here: which pieces are shown (size_limit).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import NamedTuple, Self

from newsletter.emails.markers import make_marker, split_at_markers
from newsletter.emails.text_measures import count_columns, count_words

REGIONS = ("lead", "full", "others", "list", "rows", "listend", "web", "meaning", "links", "stop", "top", "after")
_COLUMNS_PER_LINE, _LINE_PX, _BLOCK_PX = 66, 26, 7  # of a text column of 560 pixels; a Korean letter takes two columns
_BLOCK_END = re.compile(r"</(?:p|div|h2|li|ul|blockquote)>|<br\s*/?>|(?<=</a>)(?=<p)")
_TAG = re.compile(r"<[^>]*>")


class Cost(NamedTuple):
    """What a piece of an email takes: pixels of height at 600 wide, words to read, bytes of HTML."""

    height: int = 0
    words: int = 0
    size: int = 0

    def plus(self, other: "Cost") -> "Cost":
        """Return both together."""
        return Cost(self.height + other.height, self.words + other.words, self.size + other.size)

    def minus(self, other: "Cost") -> "Cost":
        """Return this one without the other."""
        return Cost(self.height - other.height, self.words - other.words, self.size - other.size)

    def fits(self, room: "Cost") -> bool:
        """Say whether nothing of this is more than there is room for."""
        return self.height <= room.height and self.words <= room.words and self.size <= room.size


@dataclass(frozen=True)
class Piece:
    """A piece of the email as HTML and as plain text."""

    html: str
    text: str

    @property
    def cost(self) -> Cost:
        """Return what it takes; its height is estimated from its words."""
        return Cost(_estimate_height(self.html), count_words(self.text), len(self.html.encode()))

    def replace(self, mark: str, words: str) -> "Piece":
        """Return the piece with a marker replaced by words."""
        return Piece(self.html.replace(mark, escape(words)), self.text.replace(mark, words))


@dataclass(frozen=True)
class SectionPieces:
    """The pieces of a section in the order of the templates; an email has `web` behind `links`.

    `rows`, `links` and `top` have one per item, `full` one per item that has a text.
    The list of lines stands between `list_start` and `list_end`, below `others` where items in full stand above it.
    """

    before: Piece
    lead: Piece
    full: tuple[Piece, ...]
    others: Piece
    list_start: Piece
    rows: tuple[Piece, ...]
    list_end: Piece
    web: Piece
    meaning: Piece
    links: tuple[Piece, ...]
    leave: Piece
    after: Piece
    top: tuple[Piece, ...]

    @classmethod
    def parse(cls, html: str, text: str, nonce: str) -> Self:
        """Return the pieces of a section. Raises ComposeError where a marker is missing, or is not in its place."""
        cut = make_marker(nonce, "cut")
        (before, lead, *rest) = (
            Piece(*pair)
            for pair in zip(split_at_markers(html, nonce, REGIONS), split_at_markers(text, nonce, REGIONS), strict=True)
        )
        full, others, list_start, rows, list_end, web, meaning, links, leave, top, after = rest
        many = {"full": full, "rows": rows, "links": links, "top": top}
        lists = {name: _split_items(piece, cut) for name, piece in many.items()}
        return cls(
            before=before,
            lead=lead,
            others=others,
            list_start=list_start,
            list_end=list_end,
            meaning=meaning,
            web=web,
            leave=leave,
            after=after,
            **lists,
        )


def _split_items(piece: Piece, cut: str) -> tuple[Piece, ...]:
    """Return the pieces of the items; what follows the last one is the template's white space."""
    html, text = piece.html.split(cut)[:-1], piece.text.split(cut)[:-1]
    return tuple(Piece(*pair) for pair in zip(html, text, strict=True))


def _estimate_height(html: str) -> int:
    """Return about how many pixels HTML takes in a column of 560: lines of text and the space between blocks."""
    blocks = (unescape(_TAG.sub("", block)).strip() for block in _BLOCK_END.split(html))
    lines = [-(-count_columns(block) // _COLUMNS_PER_LINE) for block in blocks if block]
    return sum(lines) * _LINE_PX + len(lines) * _BLOCK_PX


def sum_costs(pieces: Sequence[Piece]) -> Cost:
    """Return what pieces take together."""
    total = Cost()
    for piece in pieces:
        total = total.plus(piece.cost)
    return total
