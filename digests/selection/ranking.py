"""Ranks the candidates of a day and selects the items of each category, within the limits of the publication: pure.

An item ranks higher the more sources carry it; then the weight of these sources decides, then votes, then the date. The
limit of the digest is filled in turns: every category gets its best item before any category gets its second, so that a
category with many items does not push out one with few.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """An item of the window, with the values that rank it."""

    item_id: int
    category_id: int
    sources: int
    weight: float
    votes: int
    published_at: dt.datetime


def rank_candidates(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates, the most important first."""
    # The id comes last, so that a second build ranks equal items the same way.
    return sorted(
        candidates,
        key=lambda candidate: (
            -candidate.sources,
            -candidate.weight,
            -candidate.votes,
            -candidate.published_at.timestamp(),
            -candidate.item_id,
        ),
    )


def select_items(candidates: Iterable[Candidate], *, category_limit: int, digest_limit: int) -> dict[int, list[int]]:
    """Return the chosen item ids by category id, each list in ranking order.

    `category_limit` is the number of items per category, `digest_limit` the number of all.
    """
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
