"""Finds numbers that are exchanged, or given to another name, metric or end of a range than in the source. Pure.

The idea: a number belongs to the name or metric that is nearest to it, if it is also the number nearest to that one; commas and other
numbers between them count as distance. A sentence is wrong if its number belongs to B, while in the source that number belongs to A
and another number belongs to B. The ends of a range, and a score and its gain, are compared in the same way. A text with
"respectively" gives no pairs, because there the nearest is not the owner.
"""

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from digests.quality.claim_quantities import Quantity, clean_source, find_quantities, is_range_word
from digests.quality.names import is_certain_name
from digests.quality.number_checks import MAX_COUNTED_NUMBER
from digests.quality.words.pair_words import METRICS, TASKS

_REACH = 70  # characters between a number and its owner
_MAX_COST, _SURE_COST = 40, 24  # in a source, and in a sentence that is judged
_MAX_VERSION = 20  # "OlympiadBench 79.0" is a score
_MAX_PAIRS = 120  # of one sentence; more are a table
_COMMA_COST, _NUMBER_COST, _BEHIND_COST, _OTHER_CLAUSE_COST = 25, 40, 14, 12
_NOBODY = ":"  # a number that stands somewhere without an owner may belong to any
_NAME = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]|[a-z]\d)[A-Za-z0-9]*(?:[-+/@_.][A-Za-z0-9]+)*\+?")
_METRIC = re.compile(
    "|".join(f"(?P<m{at}>{pattern})" for at, (_name, pattern) in enumerate(METRICS)), re.IGNORECASE | re.ASCII
)
_IN_ORDER = re.compile(r"respectively|각각|순서대로|차례로|in that order", re.IGNORECASE)
_VERSION = re.compile(r"(?<![.:?!] )\b[A-Z][A-Za-z]*[a-z][A-Za-z]* $")
_LIST_GAP = re.compile(r"\s?(?:\([^()]{0,8}\))?\\?%?\s?(?:,\s?(?:and|or)\s|,|and\s|or\s|와|과|및|·|/)\s?(?:an?\s)?\+?")
_SENTENCE = re.compile(r"(?<=[.!?。])(?<!\bvs\.)(?<!e\.g\.)(?<!i\.e\.)\s+|\n")
_CLAUSE = re.compile(
    r"\b(?:and|while|but|whereas|compared|versus|vs|than)\b|[가-힣](?:고|며|지만|으나)(?=\s)|(?:^|[가-힣])(?:와|과|보다)(?=\s)"
)
_GAIN_BEFORE = re.compile(
    r"\b(?:by|(?:improvement|gain|increase|decrease|reduction|drop|boost|margin|lead|rise)s? of) "
    r"(?:about |around |up to |over |more than |approximately |nearly |an average of |a |\+)?$"
)
_GAIN_BEHIND_EN = re.compile(
    r"\s?(?:absolute |relative |average |performance |higher|lower|better|worse|more|less|faster|improve|gain|increas|decreas|reduc|above|below|boost|drop)"
)
_GAIN_BEHIND_KO = re.compile(
    r"(?:만큼|나|이나|씩|가량|정도|의)? ?(?:더 )?(?:높|향상|개선|증가|상승|올|늘|낮|줄|감소|단축|절감|앞|뛰어|나아|나은|빠르|좋)"
)
_UP_KO = re.compile(r"(?:으로|로) ?(?:크게 )?(?:올|높|향상|늘|증가|상승|개선)")
_DOWN_KO = re.compile(r"(?:으로|로) ?(?:크게 )?(?:내|낮|줄|감소|떨어|하락|단축|절감)")
_UP_EN = re.compile(r"\b(?:ris|rose|rais|increas|grow|grew|climb|boost|improv)\w*\b[^.;]{0,24}\bfrom $", re.IGNORECASE)
_DOWN_EN = re.compile(
    r"\b(?:fall|fell|drop|reduc|decreas|lower|cut|shrink|shrank|declin)\w*\b[^.;]{0,24}\bfrom $", re.IGNORECASE
)
_LEVEL_BEFORE = re.compile(
    r"\b(?:of|at|is|reach\w*|achiev\w*|attain\w*|scor\w*|obtain\w*|:)\s(?:a |an |about |up to |over )?$"
)
_LEVEL_BEHIND_KO = re.compile(
    r"(?:을|를|의|로|이|에)? ?(?:[가-힣]{2,6}(?:를|을) )?(?:얻|달성|기록|였|이었|이르|달하|달했|보였|냈)"
)


@dataclass(frozen=True)
class Pairs:
    """What the numbers of a text belong to: owners by number, numbers by owner, ranges, and the numbers that are scores or gains."""

    owners: dict[Decimal, frozenset[str]]
    numbers: dict[str, frozenset[Decimal]]
    ranges: frozenset[tuple[Decimal, Decimal]]
    levels: frozenset[Decimal]
    gains: frozenset[Decimal]
    mentions: dict[Decimal, frozenset[str]]  # the names and tasks in the sentences of a number, near it or not


@lru_cache(maxsize=64)
def read_source_pairs(text: str) -> Pairs:
    """Return the pairs of a source."""
    owners: dict[Decimal, set[str]] = {}
    numbers: dict[str, set[Decimal]] = {}
    ranges: set[tuple[Decimal, Decimal]] = set()
    levels: set[Decimal] = set()
    gains: set[Decimal] = set()
    mentions: dict[Decimal, set[str]] = {}
    for sentence in _SENTENCE.split(clean_source(text)):
        quantities = find_quantities(sentence)
        for one, owner in find_owners(sentence, quantities):
            owners.setdefault(one.value, set()).add(owner)
            if owner[1:] != _NOBODY:
                numbers.setdefault(owner, set()).add(one.value)
        tasks = (one for one in _find_metrics(sentence) if one[2][0] == "t")
        names = {name for _start, _end, name in (*_find_names(sentence), *tasks)}
        for quantity in quantities:
            mentions.setdefault(quantity.value, set()).update(names)
        ranges |= {(one.value, two.value) for one, two in find_ranges(sentence, quantities)}
        levels |= {one.value for one in quantities if read_role(sentence, one) == "level"}
        gains |= {one.value for one in quantities if read_role(sentence, one) == "gain"}
    return Pairs(
        {number: frozenset(names) for number, names in owners.items()},
        {name: frozenset(values) for name, values in numbers.items()},
        frozenset(ranges),
        frozenset(levels),
        frozenset(gains),
        {number: frozenset(names) for number, names in mentions.items()},
    )


def find_exchanged(text: str, source: str) -> Iterator[tuple[Quantity, str]]:
    """Yield each number of a sentence that belongs to something else in the source, with what it belongs to there."""
    pairs, quantities = read_source_pairs(source), find_quantities(text)
    for one, two in find_ranges(text, quantities):
        turned = (two.value, one.value)
        if one.value > two.value and turned in pairs.ranges and (one.value, two.value) not in pairs.ranges:
            yield one, f"{two.value:f} – {one.value:f}"
    ours = list(find_owners(text, quantities, _SURE_COST))
    for one, owner in ours:
        if owner[1:] == _NOBODY:
            continue
        theirs, others = pairs.owners.get(one.value, frozenset()), pairs.numbers.get(owner, frozenset())
        # Each side must be known: this number belongs to another of the same sort, and this owner has another number.
        rivals = {name for name in theirs if name[0] == owner[0]}
        # A score belongs to a method and to a benchmark: which of the two is nearer says nothing.
        if owner in pairs.mentions.get(one.value, ()):
            continue
        if others - {one.value} and rivals and not rivals & {owner, owner[0] + _NOBODY}:
            yield one, min(rivals)[2:]
    yield from _find_crossed(ours, pairs)
    yield from _find_contradicted_changes(text, quantities)
    yield from _find_exchanged_roles(text, quantities, pairs)


def _find_crossed(ours: list[tuple[Quantity, str]], pairs: Pairs) -> Iterator[tuple[Quantity, str]]:
    """Yield numbers that have each other's owner in the source: two names, or two metrics."""
    known = [(one, owner) for one, owner in ours if owner[1:] != _NOBODY and len(ours) <= _MAX_PAIRS]
    for at, (one, owner) in enumerate(known):
        for two, other in known[at + 1 :]:
            ones, twos = pairs.owners.get(one.value, frozenset()), pairs.owners.get(two.value, frozenset())
            if (
                owner[0] == other[0]
                and one.value != two.value
                and other in ones
                and owner in twos
                and owner not in ones
                and other not in twos
            ):
                yield one, f"{two.words.strip()}: {owner[2:]}"


def _find_exchanged_roles(text: str, quantities: tuple[Quantity, ...], pairs: Pairs) -> Iterator[tuple[Quantity, str]]:
    """Yield a score that is a gain in the source, if the sentence also makes the gain a score."""
    roles = [(one, read_role(text, one)) for one in quantities]
    levels = [one for one, role in roles if role == "level" and one.value in pairs.gains - pairs.levels]
    gains = [one for one, role in roles if role == "gain" and one.value in pairs.levels - pairs.gains]
    if levels and gains:
        yield levels[0], f"{gains[0].value:f}"


def _find_contradicted_changes(text: str, quantities: tuple[Quantity, ...]) -> Iterator[tuple[Quantity, str]]:
    """Yield changes whose verb has the other direction: 83%에서 60%로 올랐고, rises from 83% to 60%."""
    for one, two in find_ranges(text, quantities):
        behind, before = text[two.end : two.end + 14], text[max(0, one.start - 40) : one.start]
        korean = "에서" in text[one.end : two.start]
        if korean:
            up, down = _UP_KO.match(behind), _DOWN_KO.match(behind)
        else:
            up, down = _UP_EN.search(before), _DOWN_EN.search(before)
        if (up and not down and one.value > two.value) or (down and not up and one.value < two.value):
            yield one, f"{two.value:f} – {one.value:f}"


def find_ranges(text: str, quantities: tuple[Quantity, ...]) -> Iterator[tuple[Quantity, Quantity]]:
    """Yield the pairs of numbers that are the ends of a range or of a change."""
    for one, two in itertools.pairwise(quantities):
        if is_range_word(text, one, two):
            yield one, two


def find_owners(text: str, quantities: tuple[Quantity, ...], reach: int = _MAX_COST) -> Iterator[tuple[Quantity, str]]:
    """Yield each number with the name ("n:COCO"), the metric ("m:accuracy") and the task ("t:detection") that it belongs to, or nobody."""
    numbers = [one for one in quantities if not _is_count(one) and not _is_version(text, one)]
    metrics = list(_find_metrics(text))
    sorts = (
        ("n", list(_find_names(text))),
        ("m", [one for one in metrics if one[2][0] == "m"]),
        ("t", [one for one in metrics if one[2][0] == "t"]),
    )
    # The ends of a range belong to the same owner, and which is nearer says nothing.
    inside = {one.start for pair in find_ranges(text, quantities) for one in pair}
    ends = {at: "" for at, one in enumerate(numbers) if one.start in inside}
    for sort, owners in sorts:
        owned = _pair_lists(text, numbers, owners) | ends
        # Where the list of a "respectively" was not understood, the nearest is not the owner.
        if owned or not _IN_ORDER.search(text):
            owned |= _pair_nearest(text, numbers, owners, owned, reach)
        for at, one in enumerate(numbers):
            yield one, owned.get(at) or sort + _NOBODY


def _pair_lists(text: str, numbers: list[Quantity], owners: list[tuple[int, int, str]]) -> dict[int, str]:
    """Return the owners of numbers that stand in a list: those of the list of owners of the same length next to it, else nobody."""
    number_runs = _find_runs(text, [(one.start, one.end if one.unit else one.number_end) for one in numbers])
    owner_runs = _find_runs(text, [(start, end) for start, end, _name in owners])
    found: dict[int, str] = {}
    if len(number_runs) * len(owner_runs) > _MAX_PAIRS**2:
        return dict.fromkeys(range(len(numbers)), "")
    for run in number_runs:
        start, end = numbers[run[0]].start, numbers[run[-1]].end
        same = [
            one
            for one in owner_runs
            if len(one) == len(run)
            and (0 <= owners[one[0]][0] - end < _REACH or 0 <= start - owners[one[-1]][1] < _REACH)
        ]
        for at, index in zip(run, same[0] if len(same) == 1 else run, strict=True):
            found[at] = owners[index][2] if len(same) == 1 else ""
    return found


def _find_runs(text: str, spans: list[tuple[int, int]]) -> list[list[int]]:
    """Return the indices of neighbors that only commas and conjunctions separate, two or more."""
    runs: list[list[int]] = []
    for at, (start, _end) in enumerate(spans):
        if at and start - spans[at - 1][1] < 14 and _LIST_GAP.fullmatch(text, spans[at - 1][1], start):
            runs[-1].append(at)
        else:
            runs.append([at])
    return [run for run in runs if len(run) > 1]


def _pair_nearest(
    text: str, numbers: list[Quantity], owners: list[tuple[int, int, str]], listed: dict[int, str], reach: int
) -> dict[int, str]:
    """Return the owners of the other numbers: the nearest, where the number is also the nearest to it."""
    starts = [start for start, _end, _name in owners]
    best_owner: dict[int, tuple[int, int]] = {}  # the nearest owner of each number, as cost and index
    best_number: dict[int, tuple[int, int]] = {}
    for at, one in enumerate(numbers):
        low = bisect_left(starts, one.start - _REACH)
        for index in range(low, bisect_left(starts, one.number_end + _REACH)):
            cost = _measure_distance(text, one, owners[index], numbers, at)
            best_owner[at] = min(best_owner.get(at, (_MAX_COST, -1)), (cost, index))
            best_number[index] = min(best_number.get(index, (_MAX_COST, -1)), (cost, at))
    return {
        at: owners[index][2]
        for at, (cost, index) in best_owner.items()
        if index >= 0 and cost <= reach and at not in listed and best_number[index][1] == at
    }


def _is_count(one: Quantity) -> bool:
    is_small = one.value <= MAX_COUNTED_NUMBER or bool(one.nouns)
    return is_small and not one.unit and one.value == one.value.to_integral_value()


def _is_version(text: str, one: Quantity) -> bool:
    """Say whether a number belongs to the name before it: the 3.5 of "Claude 3.5 Sonnet"."""
    return not one.unit and one.value < _MAX_VERSION and bool(_VERSION.search(text[max(0, one.start - 24) : one.start]))


def _measure_distance(text: str, one: Quantity, owner: tuple[int, int, str], numbers: list[Quantity], at: int) -> int:
    """Return how far a number and an owner are apart: characters between them, and more for commas, clauses and other numbers."""
    start, end, _name = owner
    behind = start >= one.number_end
    if not behind and end > one.start:
        return _MAX_COST
    low, high = (one.number_end, start) if behind else (end, one.start)
    gap = text[low:high].removeprefix(")")  # "재현율(recall) 21.1%"
    neighbor = at + 1 if behind else at - 1
    crossed = 0 <= neighbor < len(numbers) and low <= numbers[neighbor].start < high
    cost = len(gap) + _COMMA_COST * len(re.findall(r"[,;:](?!\d)|\)", gap)) + _NUMBER_COST * crossed
    cost += _OTHER_CLAUSE_COST * len(_CLAUSE.findall(gap))
    if behind and re.match(r"\S{0,4}[가-힣]", gap) and not re.match(r"\S{0,3}의 ", gap):
        cost += _BEHIND_COST  # in Korean the owner stands before its number
    return cost


def _find_names(text: str) -> Iterator[tuple[int, int, str]]:
    for hit in _NAME.finditer(text):
        if _METRIC.fullmatch(hit[0]):
            continue
        if is_certain_name(hit[0]) or (
            len(hit[0]) > 3 and hit.start() and text[max(0, hit.start() - 3) : hit.start()].rstrip()[-1:] not in ".:!?"
        ):
            # The network based on TDE is the TDE network.
            bare = re.sub(r"-(?:based|style|like|driven|enhanced|powered|only)$", "", hit[0])
            yield *hit.span(), "n:" + re.sub(r"[^A-Za-z0-9]", "", bare).casefold()


def _find_metrics(text: str) -> Iterator[tuple[int, int, str]]:
    for hit in _METRIC.finditer(text):
        name = METRICS[int(str(hit.lastgroup)[1:])][0]
        yield *hit.span(), ("t:" if name in TASKS else "m:") + name


def read_role(text: str, one: Quantity) -> str:
    """Return "gain" for a number by which something changes, "level" for a score that is reached, else ""."""
    before, behind = text[max(0, one.start - 40) : one.start], text[one.end : one.end + 30]
    if _GAIN_BEFORE.search(before) or _GAIN_BEHIND_EN.match(behind) or _GAIN_BEHIND_KO.match(behind):
        return "gain"
    return "level" if _LEVEL_BEFORE.search(before) or _LEVEL_BEHIND_KO.match(behind) else ""
