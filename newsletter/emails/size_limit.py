"""Splits a composed document at its markers, and shortens its sections so that any set of them fits into one email.

A shortened section ends after a whole paragraph or list item, then says where to read on; its list of sources is shortened
last and by whole lines. Short sections leave the bytes that they do not need to long ones. Pure. Not here: what the document
looks like (compose).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletter.emails.compose_problems import ComposeError, ComposeProblem

# The markers inside a section, in the order in which the templates have them.
_REGIONS = ("body", "sources", "more", "web", "after")


def make_marker(nonce: str, name: str) -> str:
    """Return the marker of a place in a mailing's documents: letters and digits, which MJML, CSS and mail leave unchanged."""
    return f"di{nonce}{name}x"


@dataclass(frozen=True)
class ShownExtent:
    """How much of a section is shown: the number of blocks of its body, and of lines of its sources."""

    blocks: int
    sources: int


@dataclass(frozen=True)
class SectionParts:
    """A section split at its markers; it ends with `more` where it was shortened, with `web` where it was not."""

    before: str
    body: tuple[str, ...]
    sources: tuple[str, ...]
    more: str
    web: str
    after: str
    lists: tuple[str, ...] = ()  # the elements that a block may stand in, to be closed after the last shown block

    @property
    def whole(self) -> ShownExtent:
        """Return the extent of the unshortened section."""
        return ShownExtent(len(self.body), len(self.sources))

    def join(self, shown: ShownExtent) -> str:
        """Return the section with the shown blocks and sources."""
        end = self.web if shown == self.whole else self.more
        body, sources = self._join_first(self.body, shown.blocks), self._join_first(self.sources, shown.sources)
        return self.before + body + sources + end + self.after

    def size(self, shown: ShownExtent) -> int:
        """Return the bytes of the section with the shown blocks and sources."""
        return len(self.join(shown).encode())

    def _join_first(self, pieces: Sequence[str], count: int) -> str:
        kept = "".join(pieces[:count])
        for tag in self.lists:
            if len(re.findall(rf"<{tag}\b", kept)) > kept.count(f"</{tag}>"):
                kept += f"</{tag}>"
        return kept


def split_document(
    document: str, nonce: str, positions: Sequence[int], *, lists: tuple[str, ...] = ()
) -> tuple[str, list[SectionParts], str]:
    """Return head, sections in the order of `positions`, and tail of a document. Raises ComposeError where a marker is missing."""
    names = [*(f"section{position}" for position in positions), "tail"]
    head, *pieces = split_at_markers(document, nonce, names)
    return head, [_parse_section(piece, nonce, lists) for piece in pieces[:-1]], pieces[-1]


def split_at_markers(document: str, nonce: str, names: Sequence[str]) -> list[str]:
    """Return the pieces of a document between markers, which must stand in the given order, each once. Raises ComposeError."""
    pieces = []
    for name in names:
        # Between MJML's sections a marker can stand only in a comment, which is removed with it.
        cut = re.split(rf"<!--\s*{make_marker(nonce, name)}\s*-->|{make_marker(nonce, name)}", document)
        if len(cut) != 2:
            raise ComposeError(ComposeProblem.TEMPLATE_MARK, name=name)
        pieces.append(cut[0])
        document = cut[1]
    return [*pieces, document]


def _parse_section(section: str, nonce: str, lists: tuple[str, ...]) -> SectionParts:
    before, body, sources, more, web, after = split_at_markers(section, nonce, _REGIONS)
    cut = make_marker(nonce, "cut")
    return SectionParts(before, _split_blocks(body, cut), _split_blocks(sources, cut), more, web, after, lists)


def _split_blocks(region: str, cut: str) -> tuple[str, ...]:
    """Return the blocks of a region; what follows the last cut closes the list that the last block stands in."""
    *pieces, rest = region.split(cut)
    return (*pieces[:-1], pieces[-1] + rest) if pieces else (rest,)


def fit_sections(sections: Sequence[SectionParts], room: int) -> list[ShownExtent]:
    """Return how much of each section is shown, so that all of them together take at most `room` bytes. Raises ComposeError.

    Every section gets the bytes that it needs up to a common level, and the level is the highest that fits: so short sections
    leave what they do not need to the long ones. None gets less than its heading with one source, if there is room for that.
    """
    needs = [parts.size(parts.whole) for parts in sections]
    floors = [min(need, parts.size(ShownExtent(0, 1))) for parts, need in zip(sections, needs, strict=True)]
    if sum(floors) > room:
        floors = [min(need, parts.size(ShownExtent(0, 0))) for parts, need in zip(sections, needs, strict=True)]
    if sum(floors) > room:
        raise ComposeError(ComposeProblem.TOO_LONG, count=len(sections))
    level = _find_highest(max(needs, default=0), lambda level: sum(_allot_bytes(level, needs, floors)) <= room)
    budgets = _allot_bytes(level, needs, floors)
    return [_shorten_section(parts, budget) for parts, budget in zip(sections, budgets, strict=True)]


def _allot_bytes(level: int, needs: Sequence[int], floors: Sequence[int]) -> list[int]:
    return [max(floor, min(level, need)) for need, floor in zip(needs, floors, strict=True)]


def _shorten_section(parts: SectionParts, budget: int) -> ShownExtent:
    """Return the largest extent that fits the budget, in bytes.

    A third of it may go to the sources, the rest to the body; what the body leaves goes to the sources again.
    """
    if parts.size(parts.whole) <= budget:
        return parts.whole
    bare = parts.size(ShownExtent(0, 0))
    few = _find_highest(len(parts.sources), lambda n: parts.size(ShownExtent(0, n)) <= bare + (budget - bare) // 3)
    sources = max(few, 1) if parts.size(ShownExtent(0, 1)) <= budget else 0
    blocks = _find_highest(len(parts.body), lambda n: parts.size(ShownExtent(n, sources)) <= budget)
    # A block of text says more than a second source.
    if blocks == 0 and parts.size(ShownExtent(1, 1)) <= budget:
        blocks, sources = 1, 1
    more = _find_highest(len(parts.sources) - sources, lambda n: parts.size(ShownExtent(blocks, sources + n)) <= budget)
    return ShownExtent(blocks, sources + more)


def _find_highest(most: int, fits: Callable[[int], bool]) -> int:
    """Return the highest number up to `most` that fits, or 0, by bisection: below a number that fits, every number fits."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
