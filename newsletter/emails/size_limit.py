"""Chooses what an email shows of its sections, so that it stays short enough to be read and to be delivered whole. Pure.

The most important items are shown in full, the others as one line each. Where that is too much, lines of the longest lists go first,
then what the sections mean, of all together, so that they look alike; then items in full become lines, but a section keeps its best one
in full as long as there is room without the leads. No section is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from newsletter.emails.section_pieces import Cost, SectionPieces, sum_costs
from newsletter.emails.text_measures import WORDS_PER_MINUTE

MAX_HTML_BYTES = 95_000  # Gmail hides what comes after about 102,000, and with it the link to unsubscribe
LINK_BYTES = 200  # kept free for each link of a reader's own, which replaces a shorter marker
MAX_HEIGHT_PX = 8_600  # as it is estimated; 9,000 of a browser at 600 wide, which few readers scroll through
MAX_WORDS = round(5.4 * WORDS_PER_MINUTE)  # under six minutes
MAX_FULL_PER_SECTION, MAX_FULL = 5, 15
_SHORT_LIST = 3  # lines that a list keeps while there is still a paragraph that may go


@dataclass(frozen=True)
class MeasuredSection:
    """What the pieces of a section cost; `ranks` are the places of its items among all of the digest, the best is 0."""

    ranks: tuple[int, ...]
    frame: Cost
    lead: Cost
    meaning: Cost
    leave: Cost
    list: Cost
    web: Cost
    full: tuple[Cost, ...]
    rows: tuple[Cost, ...]


def measure_section(pieces: SectionPieces, ranks: Sequence[int]) -> MeasuredSection:
    """Return what the pieces of a section cost; the lines of items include their links."""
    rows = tuple(
        row.cost.plus(Cost(size=len(link.html.encode()))) for row, link in zip(pieces.rows, pieces.links, strict=True)
    )
    return MeasuredSection(
        tuple(ranks),
        frame=sum_costs([pieces.before, pieces.after]).plus(Cost(height=70)),  # the space around it
        lead=pieces.lead.cost,
        meaning=pieces.meaning.cost.plus(Cost(height=20)),
        leave=pieces.leave.cost.plus(Cost(size=LINK_BYTES)),
        list=sum_costs([pieces.others, pieces.list_start, pieces.list_end]).plus(Cost(height=20)),
        web=pieces.web.cost,
        full=tuple(one.cost.plus(Cost(height=24)) for one in pieces.full),
        rows=rows,
    )


@dataclass
class ShownExtent:
    """What is shown of a section: its first `full` items in full, the next `rows` as lines, and which of its other pieces."""

    full: int
    rows: int
    lead: bool = True
    meaning: bool = True
    leave: bool = True
    web: bool = True  # the link to what is not shown
    hidden: int = field(default=0)  # items that only the web shows

    @property
    def is_whole(self) -> bool:
        """Say whether the email has all that it could have of the section."""
        return self.lead and self.meaning and not self.hidden


def fit_sections(sections: Sequence[MeasuredSection], room: Cost) -> tuple[list[ShownExtent], Cost]:
    """Return what is shown of each section, so that all together take no more than `room` where that can be, and what they take."""
    shown = _choose_full_items(sections)
    total = Cost()
    for section, extent in zip(sections, shown, strict=True):
        total = total.plus(_sum_extent(section, extent))
    for step in _list_steps(sections, shown):
        if total.fits(room):
            break
        for numbers, change in step():
            for number in numbers:
                before = _sum_extent(sections[number], shown[number])
                change(shown[number])
                total = total.minus(before).plus(_sum_extent(sections[number], shown[number]))
            if total.fits(room):
                break
    return shown, total


def get_smallest_size(sections: Sequence[MeasuredSection]) -> int:
    """Return the bytes of the shortest email of these sections: each with one line."""
    least = Cost()
    for section in sections:
        rows = min(1, len(section.rows))
        extent = ShownExtent(
            0, rows, lead=False, meaning=False, leave=False, web=False, hidden=len(section.rows) - rows
        )
        least = least.plus(_sum_extent(section, extent))
    return least.size


def _choose_full_items(sections: Sequence[MeasuredSection]) -> list[ShownExtent]:
    candidates = sorted(
        (rank, number)
        for number, section in enumerate(sections)
        for rank in section.ranks[: min(len(section.full), MAX_FULL_PER_SECTION)]
    )
    full = [0] * len(sections)
    for _rank, number in candidates[:MAX_FULL]:
        full[number] += 1
    return [ShownExtent(count, len(one.rows) - count) for count, one in zip(full, sections, strict=True)]


def _sum_extent(section: MeasuredSection, shown: ShownExtent) -> Cost:
    pieces = [section.frame, *section.full[: shown.full], *section.rows[shown.full : shown.full + shown.rows]]
    pieces += [section.lead] if shown.lead else []
    pieces += [section.meaning] if shown.meaning else []
    pieces += [section.leave] if shown.leave else []
    pieces += [section.list] if shown.rows else []
    pieces += [section.web] if shown.web and not shown.is_whole else []
    return Cost(*(sum(values) for values in zip(*pieces, strict=True)))


_Change = tuple[Sequence[int], Callable[[ShownExtent], None]]  # the numbers of the sections, and what to change in each
_Step = Callable[[], Iterator[_Change]]


def _list_steps(sections: Sequence[MeasuredSection], shown: list[ShownExtent]) -> list[_Step]:
    """Return the ways of shortening in their order; each yields its changes, the one that is missed least first."""
    everywhere = range(len(sections))
    last_first = sorted(everywhere, key=lambda n: min(sections[n].ranks, default=0), reverse=True)

    def drop_rows(keep: int) -> _Step:
        def step() -> Iterator[_Change]:
            while longer := [n for n, one in enumerate(shown) if one.rows > max(keep, 0 if one.full else 1)]:
                yield [max(longer, key=lambda n: (shown[n].rows, n))], _drop_row

        return step

    def shorten_items(keep: int) -> _Step:
        def step() -> Iterator[_Change]:
            while full := [n for n in everywhere if shown[n].full > keep]:
                yield [max(full, key=lambda n: sections[n].ranks[shown[n].full - 1])], _turn_into_row

        return step

    return [
        drop_rows(_SHORT_LIST),
        lambda: iter([(everywhere, _drop_meaning)]),
        shorten_items(1),
        drop_rows(_SHORT_LIST),
        lambda: iter([(everywhere, _drop_lead)]),
        drop_rows(0),
        shorten_items(0),
        drop_rows(0),
        lambda: (([number], _drop_leave) for number in last_first),
        lambda: (([number], _drop_web) for number in last_first),
    ]


def _drop_row(shown: ShownExtent) -> None:
    shown.rows -= 1
    shown.hidden += 1


def _turn_into_row(shown: ShownExtent) -> None:
    shown.full -= 1
    shown.rows += 1


def _drop_meaning(shown: ShownExtent) -> None:
    shown.meaning = False


def _drop_lead(shown: ShownExtent) -> None:
    shown.lead = False


def _drop_leave(shown: ShownExtent) -> None:
    shown.leave = False


def _drop_web(shown: ShownExtent) -> None:
    shown.web = False
