"""What an email shows of its sections: the best items in full, and shorter sections before a section is lost."""

import itertools
import random

from newsletter.emails.section_pieces import Cost
from newsletter.emails.size_limit import (
    MAX_FULL,
    MAX_FULL_PER_SECTION,
    MeasuredSection,
    ShownExtent,
    fit_sections,
    get_smallest_size,
)

FULL, ROW, PARAGRAPH, FRAME = Cost(100, 100, 1000), Cost(30, 30, 300), Cost(60, 80, 500), Cost(80, 10, 400)
PLENTY = Cost(10**6, 10**6, 10**6)


def section(ranks: list[int], *, texts: int | None = None) -> MeasuredSection:
    full = len(ranks) if texts is None else texts
    return MeasuredSection(
        tuple(ranks), FRAME, PARAGRAPH, PARAGRAPH, ROW, ROW, ROW, (FULL,) * full, (ROW,) * len(ranks)
    )


def shown(extents: list[ShownExtent]) -> list[tuple[int, int]]:
    return [(one.full, one.rows) for one in extents]


def cost_of(sections: list[MeasuredSection], extents: list[ShownExtent]) -> Cost:
    total = Cost()
    for one, extent in zip(sections, extents, strict=True):
        parts = [one.frame, *one.full[: extent.full], *one.rows[extent.full : extent.full + extent.rows]]
        parts += [one.lead] * extent.lead + [one.meaning] * extent.meaning + [one.leave] * extent.leave
        parts += [one.list] * bool(extent.rows) + [one.web] * (extent.web and not extent.is_whole)
        for part in parts:
            total = total.plus(part)
    return total


def test_with_plenty_of_room_the_best_are_in_full_and_the_others_a_line():
    sections = [section(list(range(0, 16, 2))), section([1, 3, 5], texts=2)]

    assert shown(fit_sections(sections, PLENTY)[0]) == [(5, 3), (2, 1)]


def test_no_more_than_fifteen_are_in_full_and_those_are_the_best_of_this_set():
    sections = [section([number + 4 * n for n in range(6)]) for number in range(4)]

    extents = fit_sections(sections, PLENTY)[0]

    assert sum(one.full for one in extents) == MAX_FULL
    assert max(one.full for one in extents) <= MAX_FULL_PER_SECTION
    assert shown(extents) == [(4, 2), (4, 2), (4, 2), (3, 3)]


def test_lines_of_the_longest_list_go_first():
    sections = [section(list(range(8)), texts=1), section([8, 9, 10, 11], texts=1)]
    whole = cost_of(sections, fit_sections(sections, PLENTY)[0])

    extents, _total = fit_sections(sections, whole.minus(Cost(height=2 * ROW.height)))

    assert shown(extents) == [(1, 4), (1, 3)]
    assert [one.hidden for one in extents] == [3, 0]


def test_then_what_the_sections_mean_goes_from_all_of_them():
    sections = [section([5, 6]), section([0, 1]), section([2, 3])]
    whole = cost_of(sections, fit_sections(sections, PLENTY)[0])

    extents, _total = fit_sections(sections, whole.minus(Cost(height=1)))

    assert [(one.lead, one.meaning) for one in extents] == [(True, False)] * 3


def test_then_items_in_full_become_lines_but_each_section_keeps_its_lead_and_its_best_item():
    sections = [section([0, 1, 2, 3]), section([4, 5]), section([6])]
    short = [ShownExtent(1, 3, meaning=False), ShownExtent(1, 1, meaning=False), ShownExtent(1, 0, meaning=False)]

    extents, _total = fit_sections(sections, cost_of(sections, short))

    assert extents == short


def test_no_section_is_lost_however_little_room_there_is():
    sections = [section([n]) for n in range(62)]

    extents, _total = fit_sections(sections, Cost())

    assert shown(extents) == [(0, 1)] * 62
    assert cost_of(sections, extents).size == get_smallest_size(sections)


def test_what_is_shown_fits_and_nothing_is_counted_twice_for_random_days():
    chance = random.Random(14)
    for _day in range(200):
        sizes = [chance.randint(1, 12) for _ in range(chance.randint(1, 24))]
        ranks = iter(chance.sample(range(sum(sizes)), sum(sizes)))
        sections = [section(sorted(itertools.islice(ranks, size)), texts=chance.randint(0, size)) for size in sizes]
        room = Cost(chance.randint(500, 9000), chance.randint(500, 9000), chance.randint(40_000, 95_000))

        extents, total = fit_sections(sections, room)

        assert [one.full + one.rows + one.hidden for one in extents] == sizes
        assert all(one.full + one.rows >= 1 for one in extents)
        is_smallest = all((one.full, one.rows, one.lead) == (0, 1, False) for one in extents)
        assert total == cost_of(sections, extents)
        assert total.fits(room) or is_smallest
