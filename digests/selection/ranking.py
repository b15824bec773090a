"""Candidates of a day in, the items of each category in order out: pure.

Ranking: how many sources carry an item, then the weight of these sources, then votes, then the newest. The limits
are shared out in turns: every category gets its best item before any gets its second, so that a busy category
never empties a quiet one.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """An item of the window with what ranks it."""

    item_id: int
    category_id: int
    sources: int
    weight: float
    votes: int
    published_at: dt.datetime


def rank_candidates(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates, the most important first."""
    return sorted(candidates, key=lambda c: (-c.sources, -c.weight, -c.votes, -c.published_at.timestamp(), -c.item_id))


def select_items(candidates: Iterable[Candidate], *, category_limit: int, digest_limit: int) -> dict[int, list[int]]:
    """Return the chosen item ids per category id, each list in ranking order."""
    turns: list[tuple[int, int, Candidate]] = []
    seen: dict[int, int] = {}
    for place, candidate in enumerate(rank_candidates(candidates)):
        turn = seen.get(candidate.category_id, 0)
        seen[candidate.category_id] = turn + 1
        if turn < category_limit:
            turns.append((turn, place, candidate))
    chosen: dict[int, list[int]] = {}
    for _turn, _place, candidate in sorted(turns, key=lambda t: t[:2])[:digest_limit]:
        chosen.setdefault(candidate.category_id, []).append(candidate.item_id)
    return chosen
