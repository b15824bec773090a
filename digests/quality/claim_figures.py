"""The gate for figures: finds numbers with another unit, counter, bound or value than in the source.

The idea: a value of the sentence is looked up in the source of its item. A finding needs the counterpart on the other side: the same
value with another unit or noun and nowhere with this one, the same noun with another number and nowhere with this one, the same
amount with the opposite bound. A number whose unit or noun is not in the tables, on either side, gives no finding, nor does one that
only a list of the source bears out. Numbers that are exchanged between two names or metrics are found in `claim_pairs`.
"""

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import prod

from digests.quality.blocks import Claim
from digests.quality.claim_meaning_text import SENTENCE_END
from digests.quality.claim_nouns import read_noun_meanings
from digests.quality.claim_pairs import find_exchanged
from digests.quality.claim_quantities import Quantity, clean_source, find_quantities
from digests.quality.findings import Finding, FindingWeight, make_finding
from digests.quality.number_checks import MAX_COUNTED_NUMBER
from digests.quality.words.figure_words import INTERCHANGEABLE, SAME_UNITS, UNIT_DIMENSIONS
from digests.text.numbers import collect_values

# Longer ones are no item and no sentence: nothing is found.
MAX_SOURCE_CHARACTERS, MAX_SENTENCE_CHARACTERS = 100_000, 5_000
MAX_PLACES = 16  # of one value that are compared; a value that a source has more often proves nothing
MAX_SMALL_COUNT = 20  # what a writer counts by heart
MAX_COUNT_ERROR = 3  # a count that is further off counts something else
_LOWER, _UPPER = frozenset(("min", ">")), frozenset(("max", "<"))
# A gain of 4% may be meant as points, and what a number counts or belongs to is in some sentences clear to a reader only.
_WARNING_KINDS = frozenset(("figures.points", "figures.pair", "figures.counter"))
_LOOSE_NOUNS = frozenset(("category", "dimension", "claim", "method", "component"))
_CERTAIN_UNITS = UNIT_DIMENSIONS.keys() - {"year", "month"}  # four years may be counted from dates


_FRACTION_WORDS = re.compile(
    r"\b(?:half|halves|halv\w+|third|quarter|fifth|tenth|dozen|hundreds?|thousands?)\b|\d \d{3}\b|절반|분의",
    re.IGNORECASE,
)
_FURTHER = re.compile(r"\b(?:additional|other|more|further|another|extra)\b", re.IGNORECASE)
_ENUMERATED = re.compile(r"\(?\b(\d{1,2})\)")
_SPATIAL = re.compile(r"(?<![A-Za-z0-9.])([1-6])D(?![A-Za-z0-9])")
_SIZE = re.compile(r"(?<![\w.*×])(\d{1,5})\s?[*×x]\s?(\d{1,5})(?![\w*×])")


@dataclass(frozen=True)
class SourceFigures:
    """The quantities of a source by value and by counted noun, and every value that it states."""

    by_value: dict[Decimal, tuple[Quantity, ...]]
    by_label: dict[str, tuple[Quantity, ...]]
    values: frozenset[Decimal]
    has_fraction_words: bool
    enumerated: frozenset[Decimal]  # the numbers of the items of its lists
    sizes: frozenset[tuple[str, Decimal]]  # dimension and size of each physical quantity
    named: dict[Decimal, frozenset[str]]  # the meanings of the nouns in the sentences of each value, counted or not


@lru_cache(maxsize=64)
def read_source_figures(text: str) -> SourceFigures:
    """Return the figures of a source."""
    by_value: dict[Decimal, list[Quantity]] = {}
    by_label: dict[str, list[Quantity]] = {}
    named: dict[Decimal, list[frozenset[str]]] = {}
    sizes = set()
    text = clean_source(text)
    ends = [end.end() for end in SENTENCE_END.finditer(text)] + [len(text)]
    nouns = [read_noun_meanings(text[start:end]) for start, end in itertools.pairwise((0, *ends))]
    for one in find_quantities(text):
        named.setdefault(one.value, []).append(nouns[bisect_right(ends[:-1], one.start)])
        by_value.setdefault(one.value, []).append(one)
        for label in one.labels:
            by_label.setdefault(label, []).append(one)
        if one.unit in UNIT_DIMENSIONS:
            sizes.add(_measure(one))
    return SourceFigures(
        {value: tuple(places[: MAX_PLACES + 1]) for value, places in by_value.items()},
        {label: tuple(places[: MAX_PLACES + 1]) for label, places in by_label.items()},
        frozenset(collect_values(text, "ko")),
        bool(_FRACTION_WORDS.search(text)),
        frozenset(Decimal(hit[1]) for hit in _ENUMERATED.finditer(text)),
        frozenset(sizes),
        {value: frozenset().union(*nouns) for value, nouns in named.items()},
    )


def _measure(one: Quantity) -> tuple[str, Decimal]:
    dimension, size = UNIT_DIMENSIONS[one.unit]
    return dimension, (one.value * size).normalize()


def check_figures(claims: Sequence[Claim], language: str) -> Iterator[Finding]:
    """Find figures that contradict the source of their item: unit, counter, bound, percentage points, counts, exchanged numbers."""
    count_items = max((claim.block.number for claim in claims), default=0)
    for claim in claims if language in {"ko", "en"} else ():
        source = claim.source
        if len(source) > MAX_SOURCE_CHARACTERS or len(claim.text) > MAX_SENTENCE_CHARACTERS:
            continue
        found: dict[tuple[int, int], Finding] = {}
        for one in _check_claim(claim, source, 0 if claim.block.number else count_items):
            found.setdefault(one.span, one)  # one fault at each place
        yield from found.values()


def _check_claim(claim: Claim, source: str, in_section: int) -> Iterator[Finding]:
    """Yield the faults of one sentence; in a part about the whole section, numbers up to `in_section` may count its items."""
    figures = read_source_figures(source)
    quantities = [one for one in find_quantities(claim.text) if one.unit or one.value > in_section or one.value < 0]
    for one in quantities:
        if hit := _find_fault(one, figures, claim):
            kind, more = hit
            certain = kind not in _WARNING_KINDS and (kind != "figures.count" or bool(one.labels))
            yield _make_finding(claim, one.start, one.end, kind, more, certain=certain)
    for start, end, more in (*_find_other_dimension(claim.text, source), *_find_other_size(claim.text, source)):
        yield _make_finding(claim, start, end, "figures.count", more)
    for one, more in find_exchanged(claim.text, source):
        yield _make_finding(claim, one.start, one.end, "figures.pair", more, certain=False)


def _make_finding(claim: Claim, start: int, end: int, kind: str, more: str, *, certain: bool = True) -> Finding:
    """Return a finding: it blocks where unit, noun or bound are certain on both sides, and warns of what a person may mean."""
    weight = FindingWeight.BLOCK if certain else FindingWeight.WARN
    words = claim.text[start:end].strip()
    span = claim.span(start, end)
    return make_finding(kind, found=words, more=more.strip(), span=span, part=claim.block.name, weight=weight)


def _find_fault(one: Quantity, figures: SourceFigures, claim: Claim) -> tuple[str, str] | None:
    """Return the code and the source's words for the first fault of a quantity."""
    same = figures.by_value.get(one.value, ())
    if len(same) > MAX_PLACES:
        return None
    return (
        _find_other_label(one, same, figures)
        or _find_other_bound(one, same)
        or _find_other_count(one, same, figures)
        or _find_unknown_count(one, figures, claim)
        or (_find_unknown_value(one, figures) if claim.passages else None)
    )


def _find_other_label(one: Quantity, same: Sequence[Quantity], figures: SourceFigures) -> tuple[str, str] | None:
    """Return what is wrong with unit or noun: all places of the value in the source have another one."""
    if not one.labels or not same or any(_may_be_same(one, other) for other in same):
        return None
    if one.unit in UNIT_DIMENSIONS and _measure(one) in figures.sizes:
        return None
    with_unit = [other for other in same if other.unit]
    if one.unit and with_unit:
        other = with_unit[0]
        return ("figures.points" if {one.unit, other.unit} == {"percent", "points"} else "figures.unit"), other.words
    counted = any(other.value != one.value for label in one.labels for other in figures.by_label.get(label, ()))
    if one.nouns & figures.named.get(one.value, frozenset()) and not counted:
        return None  # the sentence speaks of it: it may count it in words that only a reader joins
    # A writer may count for himself what the source does not: "학습 쌍 두 폭".
    if not one.unit and abs(one.value) <= MAX_SMALL_COUNT and one.value == 2:
        return None
    if (
        (one.unit or with_unit)
        and abs(one.value) <= MAX_COUNTED_NUMBER
        and (one.unit not in _CERTAIN_UNITS or figures.has_fraction_words)
    ):
        return None
    return "figures.counter", same[0].words


def _may_be_same(one: Quantity, other: Quantity) -> bool:
    """Say whether two quantities of one value may measure or count the same."""
    if one.labels & other.labels:
        return True
    if not other.labels:  # "both" and "three" without a unit are no 2% and no 3 ms
        return not one.unit or one.unit == "times" or any(letter.isdigit() for letter in other.words)
    if one.unit == "times" and "occurrence" in other.nouns:
        return True  # 30배 for "reduced 30 times"
    if one.unit and other.unit:
        return any({one.unit, other.unit} <= group for group in SAME_UNITS)
    return _may_name_same(one, other)


def _may_name_same(one: Quantity, other: Quantity) -> bool:
    ours, theirs = one.labels | one.extra, other.labels | other.extra
    if ours & theirs:
        return True
    nouns = [{label[2:] for label in labels if label[0] == "n"} for labels in (ours, theirs)]
    return any(frozenset((a, b)) in INTERCHANGEABLE for a in nouns[0] for b in nouns[1])


def _find_other_bound(one: Quantity, same: Sequence[Quantity]) -> tuple[str, str] | None:
    """Return what is wrong with a bound: all places of the value in the source have the opposite one, or none where this excludes it."""
    if one.bound not in _LOWER | _UPPER or not same:
        return None
    alike = [other for other in same if _may_be_same(one, other)]
    opposite = [other for other in alike if _is_opposite(one.bound, other.bound)]
    if opposite and len(opposite) == len(alike):
        return "figures.bound", opposite[0].words
    return None


def _is_opposite(bound: str, other: str) -> bool:
    """Say whether a bound of the sentence contradicts that of the source."""
    if bound in _LOWER:
        return other in _UPPER | {"hi", "<~"} or (bound == ">" and other in {"", "~"})
    return other in _LOWER | {"lo"} or (bound == "<" and other in {"", "~"})


def _find_other_count(one: Quantity, same: Sequence[Quantity], figures: SourceFigures) -> tuple[str, str] | None:
    """Return what is wrong with a small count: the source counts the noun with another number, and has this one nowhere."""
    if not one.nouns or not 1 < one.value <= MAX_SMALL_COUNT:
        return None  # one is "a" in many a source
    if one.value == 2 and one.nouns <= _LOOSE_NOUNS:
        return None  # two kinds of what is spoken of
    if any(_may_be_same(one, other) for other in same) or one.value in figures.enumerated:
        return None
    others = [
        other for noun in one.nouns for other in figures.by_label.get(f"n:{noun}", ()) if other.value != one.value
    ]
    if not others or len(others) > MAX_PLACES:
        return None
    counted = {other.value for other in others}
    near = [other for other in others if abs(other.value - one.value) <= MAX_COUNT_ERROR]
    # Two models and three others make five, two each of three make six.
    if any(_FURTHER.search(other.words) for other in near):
        return None  # two additional datasets make three
    if not near or one.value in {sum(counted), sum(other.value for other in others), prod(counted)}:
        return None
    return "figures.count", near[0].words


def _find_unknown_count(one: Quantity, figures: SourceFigures, claim: Claim) -> tuple[str, str] | None:
    """Return what is wrong with a small count that the source has nowhere, if a passage has a count that is one or two off."""
    if one.unit or not 3 <= one.value <= MAX_COUNTED_NUMBER or one.value != int(one.value) or one.end == one.number_end:
        return None
    if one.value in figures.by_value or one.value in figures.enumerated:
        return None
    for other in find_quantities(clean_source(claim.evidence)):
        is_count = not other.unit and 2 <= other.value <= MAX_COUNTED_NUMBER and other.end > other.number_end
        if is_count and 0 < abs(other.value - one.value) <= 2 and (not one.labels or _may_be_same(one, other)):
            return "figures.count", other.words
    return None


def _find_other_dimension(text: str, source: str) -> Iterator[tuple[int, int, str]]:
    """Yield the places of 2D and 3D of which the source has only others."""
    theirs = {hit[1] for hit in _SPATIAL.finditer(clean_source(source))}
    for hit in _SPATIAL.finditer(text):
        if theirs and hit[1] not in theirs:
            yield *hit.span(), f"{min(theirs)}D"


def _find_other_size(text: str, source: str) -> Iterator[tuple[int, int, str]]:
    """Yield the places of sizes such as 16*16 that the source does not have, where it has others."""
    theirs = [frozenset(hit.groups()) for hit in _SIZE.finditer(clean_source(source))]
    for hit in _SIZE.finditer(text):
        if theirs and frozenset(hit.groups()) not in theirs:
            yield *hit.span(), "×".join(sorted(theirs[0]))


def _find_unknown_value(one: Quantity, figures: SourceFigures) -> tuple[str, str] | None:
    """Return what is wrong with an amount that the source has nowhere, though it has others of this unit or noun.

    `number_checks` warns of the same numbers; this blocks, so what may be rounded, converted or written in words is spared.
    """
    if one.value <= MAX_COUNTED_NUMBER and not one.unit:
        return None
    if one.bound == "~" or not one.labels or one.value < 0 or _is_said_otherwise(one, figures):
        return None
    others = [other for label in one.labels for other in figures.by_label.get(label, ())]
    digits = len(one.value.as_tuple().digits)
    if not others or any(
        _is_near(one.value, other.value) and digits < len(other.value.as_tuple().digits) for other in others
    ):
        return None
    return "figures.count", others[0].words


def _is_said_otherwise(one: Quantity, figures: SourceFigures) -> bool:
    """Say whether the source has a value in any notation: as a part of one, in another unit, or in words."""
    if figures.has_fraction_words or (one.unit in UNIT_DIMENSIONS and _measure(one) in figures.sizes):
        return True
    return any(
        value.normalize() in figures.values for value in (one.value, one.value / 100, one.value * 100, 100 - one.value)
    )


def _is_near(value: Decimal, other: Decimal) -> bool:
    return abs(value - other) * 20 <= abs(other)
