"""The ranking of candidates, and the limits per category and per digest."""

import datetime as dt

from digests.selection.ranking import Candidate, rank_candidates, select_items

NOON = dt.datetime(2026, 5, 22, 12, tzinfo=dt.UTC)


def candidate(item_id: int, category_id: int = 1, **fields: object) -> Candidate:
    defaults = {"sources": 1, "weight": 1.0, "votes": 0, "published_at": NOON}
    return Candidate(item_id=item_id, category_id=category_id, **(defaults | fields))  # type: ignore[arg-type]


def test_rank_puts_sources_before_weight_before_votes_before_newest():
    newest = candidate(1, published_at=NOON + dt.timedelta(hours=1))
    voted = candidate(2, votes=9)
    weighty = candidate(3, weight=2.0)
    spread = candidate(4, sources=2)

    assert [c.item_id for c in rank_candidates([newest, voted, weighty, spread, candidate(5)])] == [4, 3, 2, 1, 5]


def test_select_keeps_the_best_of_each_category_up_to_its_limit():
    day = [candidate(n, votes=n) for n in range(1, 6)]

    assert select_items(day, category_limit=2, digest_limit=60) == {1: [5, 4]}


def test_select_shares_a_small_digest_out_over_all_categories():
    busy = [candidate(n, category_id=1, votes=100 + n) for n in range(1, 9)]
    quiet = [candidate(20, category_id=2)]

    assert select_items(busy + quiet, category_limit=6, digest_limit=3) == {1: [8, 7], 2: [20]}


def test_select_makes_nothing_of_nothing():
    assert select_items([], category_limit=6, digest_limit=60) == {}
