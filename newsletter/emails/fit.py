"""One composed document with marks in it -> head, sections, tail, each section short enough that any set fits an email.

A section ends after a whole paragraph or list item, then says where to read on; its list of sources is shortened last
and by whole lines. Not here: what the document looks like, and how it comes to be (compose).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_REGIONS = ("body", "sources", "more", "web", "after")


class FitError(Exception):
    """The document lacks a mark, or even its shortest form is too long."""


def make_marker(nonce: str, name: str) -> str:
    """Return the mark of a place in a mailing's documents: letters that come through MJML, CSS and mail unchanged."""
    return f"di{nonce}{name}x"


@dataclass(frozen=True)
class ShownExtent:
    """How much of a section is shown: so many blocks of its body, so many lines of its sources."""

    blocks: int
    sources: int


@dataclass(frozen=True)
class SectionParts:
    """A section taken apart at its marks; `more` is said where it was shortened, `web` where it was not."""

    before: str
    body: tuple[str, ...]
    sources: tuple[str, ...]
    more: str
    web: str
    after: str
    lists: tuple[str, ...] = ()  # the elements that a block may stand in, and that have to be closed behind it

    @property
    def whole(self) -> ShownExtent:
        """All there is."""
        return ShownExtent(len(self.body), len(self.sources))

    def join(self, shown: ShownExtent) -> str:
        """Return the section as far as it is shown."""
        end = self.web if shown == self.whole else self.more
        body, sources = self._first(self.body, shown.blocks), self._first(self.sources, shown.sources)
        return self.before + body + sources + end + self.after

    def size(self, shown: ShownExtent) -> int:
        """Return the bytes of what is shown."""
        return len(self.join(shown).encode())

    def _first(self, pieces: Sequence[str], count: int) -> str:
        kept = "".join(pieces[:count])
        for tag in self.lists:
            if len(re.findall(rf"<{tag}\b", kept)) > kept.count(f"</{tag}>"):
                kept += f"</{tag}>"
        return kept


def split_document(
    document: str, nonce: str, positions: Sequence[int], *, lists: tuple[str, ...] = ()
) -> tuple[str, list[SectionParts], str]:
    """Return head, sections in the order of `positions`, and tail of a document."""
    names = [*(f"section{position}" for position in positions), "tail"]
    head, *pieces = split_at_markers(document, nonce, names)
    return head, [_parts(piece, nonce, lists) for piece in pieces[:-1]], pieces[-1]


def split_at_markers(document: str, nonce: str, names: Sequence[str]) -> list[str]:
    """Return the pieces of a document between marks that stand in the given order, each exactly once."""
    pieces = []
    for name in names:
        # Between MJML's sections a mark can only stand in a comment, which goes with it.
        cut = re.split(rf"<!--\s*{make_marker(nonce, name)}\s*-->|{make_marker(nonce, name)}", document)
        if len(cut) != 2:
            raise FitError(f"the email's template must have the mark {name!r} once, and in its place")
        pieces.append(cut[0])
        document = cut[1]
    return [*pieces, document]


def _parts(section: str, nonce: str, lists: tuple[str, ...]) -> SectionParts:
    before, body, sources, more, web, after = split_at_markers(section, nonce, _REGIONS)
    cut = make_marker(nonce, "cut")
    return SectionParts(before, _pieces(body, cut), _pieces(sources, cut), more, web, after, lists)


def _pieces(region: str, cut: str) -> tuple[str, ...]:
    """Return the region's blocks; what follows the last cut closes the list that the block stands in."""
    *pieces, rest = region.split(cut)
    return (*pieces[:-1], pieces[-1] + rest) if pieces else (rest,)


def fit_sections(sections: Sequence[SectionParts], room: int) -> list[ShownExtent]:
    """Return how much of each section is shown, so that all of them together take at most `room` bytes.

    Short sections leave what they do not need to the long ones.
    """
    needs = [parts.size(parts.whole) for parts in sections]
    floors = [min(need, parts.size(ShownExtent(0, 1))) for parts, need in zip(sections, needs, strict=True)]
    if sum(floors) > room:
        floors = [min(need, parts.size(ShownExtent(0, 0))) for parts, need in zip(sections, needs, strict=True)]
    if sum(floors) > room:
        raise FitError(f"{len(sections)} sections do not fit into one email, even without their text")
    level = _highest(max(needs, default=0), lambda level: sum(_budgets(level, needs, floors)) <= room)
    budgets = _budgets(level, needs, floors)
    return [_shorten(parts, budget) for parts, budget in zip(sections, budgets, strict=True)]


def _budgets(level: int, needs: Sequence[int], floors: Sequence[int]) -> list[int]:
    return [max(floor, min(level, need)) for need, floor in zip(needs, floors, strict=True)]


def _shorten(parts: SectionParts, budget: int) -> ShownExtent:
    """Return the most that fits the budget: a third may go to the sources, the rest to the body, then what is left."""
    if parts.size(parts.whole) <= budget:
        return parts.whole
    bare = parts.size(ShownExtent(0, 0))
    few = _highest(len(parts.sources), lambda n: parts.size(ShownExtent(0, n)) <= bare + (budget - bare) // 3)
    sources = max(few, 1) if parts.size(ShownExtent(0, 1)) <= budget else 0
    blocks = _highest(len(parts.body), lambda n: parts.size(ShownExtent(n, sources)) <= budget)
    if blocks == 0 and parts.size(ShownExtent(1, 1)) <= budget:
        blocks, sources = 1, 1
    more = _highest(len(parts.sources) - sources, lambda n: parts.size(ShownExtent(blocks, sources + n)) <= budget)
    return ShownExtent(blocks, sources + more)


def _highest(most: int, fits: Callable[[int], bool]) -> int:
    """Return the highest number up to `most` that fits, or 0; what fits a number fits every smaller one."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
