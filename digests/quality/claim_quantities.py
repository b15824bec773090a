"""Reads the quantities of a text, Korean or English: number, unit or counted noun, bound, and place. Pure.

A quantity is "up to 30 ms", "세 데이터셋" or "512K-token": its labels say what the number measures ("u:ms") or counts
("n:dataset"). A number whose unit and noun are not in the tables has no label, and the gate for figures then says nothing of it.
Not here: the nouns that numbers count (`claim_nouns`), and what two quantities have to do with each other (`claim_figures`,
`claim_pairs`).
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from digests.quality.claim_nouns import read_english_noun, read_korean_noun
from digests.quality.words.figure_words import (
    COUNTERS,
    NUMBER_WORDS_EN,
    NUMBER_WORDS_KO,
    PLAIN_COUNTERS,
    UNIT_ROWS,
)
from digests.quality.words.quantity_words import (
    BOUND_CUE,
    BOUND_CUE_BEHIND,
    BOUND_PREFIXES,
    BOUND_SUFFIXES,
)
from digests.text.numbers import find_amounts

_REACH = 64  # characters that are read on either side of a number
_LATEX = (
    (r"\\%", "%"),
    (r"\{,\}", ","),
    (r"\\times", "×"),
    (r"\\(?:sim|approx)", "~"),
    (r"\\geq?", "≥"),
    (r"\\leq?", "≤"),
)
# A formula has no space or a mark of LaTeX; other dollars are money.
_FORMULA = re.compile(r"\$([^$\s]{1,60}|[^$\n]{0,60}[\\^_{][^$\n]{0,60})\$")
_LATEX_REST = re.compile(r"\\[,;! ]|\\(?:text|mathrm|textbf)\b|\^\\circ")
_COUNTER_WORDS = "|".join(sorted((*COUNTERS, *PLAIN_COUNTERS, "단계", "배", "시간", "달"), key=len, reverse=True))
_WORD_NUMBER = re.compile(
    rf"(?<![A-Za-z-])(?P<en>{'|'.join(sorted(NUMBER_WORDS_EN, key=len, reverse=True))})(?![A-Za-z]|-dimension)"
    # 열 is also heat: it is a number before a counter only.
    rf"|(?<![가-힣])(?P<ko>{'|'.join(sorted(NUMBER_WORDS_KO, key=len, reverse=True))})"
    rf"(?:(?<!열)(?=\s)|(?=\s?(?:{_COUNTER_WORDS})))",
    re.IGNORECASE,
)
# "Millions of hours" and 수백만 시간 have no value, but a unit: they are read as negative numbers, which no text has.
_VAGUE = tuple(
    (re.compile(words), Decimal(-(10**power)).normalize())
    for words, power in (
        (r"(?<![A-Za-z])(?<!of )millions of(?= )|(?<![가-힣])수백만", 6),
        (r"(?<![A-Za-z])(?<!of )thousands of(?= )|(?<![가-힣])수천(?!만|억)", 3),
        (r"(?<![A-Za-z])hundreds of(?= (?!thousand|million|billion))|(?<![가-힣])수백(?!만|억)", 2),
        (r"(?<![A-Za-z])(?:tens|dozens) of(?= (?!thousand|million|billion))|(?<![가-힣])수십(?!만|억)", 1),
        (r"(?<![A-Za-z])tens of thousands of(?= )|(?<![가-힣])수만", 4),
        (r"(?<![A-Za-z])hundreds of thousands of(?= )|(?<![가-힣])수십만", 5),
        (r"(?<![A-Za-z])tens of millions of(?= )|(?<![가-힣])수천만", 7),
        (r"(?<![A-Za-z])hundreds of millions of(?= )|(?<![가-힣])수억", 8),
        (r"(?<![A-Za-z])(?<!of )billions of(?= )|(?<![가-힣])수십억", 9),
    )
)
_UNIT = re.compile(r"[\s-]?(?:" + "|".join(f"(?P<u{at}>{row[1]})" for at, row in enumerate(UNIT_ROWS)) + ")", re.ASCII)
_ABSOLUTE = re.compile(r"\babsolute\b[^.;%]{0,30}$", re.IGNORECASE)
_MONEY = {"$": "dollar", "€": "euro", "₩": "won"}
_COUNTER_END = re.compile(rf"여?\s?(?:{'|'.join(sorted((*COUNTERS, *PLAIN_COUNTERS), key=len, reverse=True))})")
_MAX_PLACES_COUNT = 100
_PLACE = re.compile(r"\b(?:over|under|above|below|within|beyond)(?: the| all)?\s$", re.IGNORECASE)
_LIST_ITEM, _IN_NAME = re.compile(r"\) ?[a-z]"), re.compile(r"D(?![a-z])")
_IN_LATIN_NAME = re.compile(r"[A-Za-z][\w.]*-(?:[\w.]+-)?$", re.ASCII)
_ORDINAL = re.compile(
    r"\s?(?:번째|번 (?=논문|항목|자료|연구|기사|문항|글)|차 |위(?![가-힣])|호(?![가-힣])|th\b|st\b|nd\b|rd\b)"
)
_NAME_BEFORE = re.compile(r"\b[A-Z][\w.-]{0,24}(?:[\s-]\d[\d.]{0,4})?[\s-]$", re.ASCII)
_HANGUL_NEAR = re.compile(r"[\sA-Za-z0-9()+-]{0,40}[가-힣]")
_PREFIX = tuple(
    (
        bound,
        re.compile(
            rf"(?:(?<![A-Za-z가-힣])(?:{words}))(?: (?:the|a|an|by|to|of|some|about|well|just))?\s?[$€~+]?$",
            re.IGNORECASE,
        ),
    )
    for bound, words in BOUND_PREFIXES
)
_SUFFIX = tuple((bound, re.compile(rf"\s?(?:{words})", re.IGNORECASE)) for bound, words in BOUND_SUFFIXES)
_MAX_SPACE = 6  # dimensions of spaces and poses; more are counted
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_FIRM = frozenset(("min", "max", "<", ">"))
_MAX_SHARED = 45  # characters between two numbers that may both be about so many
_NOT_BEFORE = re.compile(r"\b(?:not|never|no|none)\b[^.;,]{0,24}$|n['’]t\b[^.;,]{0,24}$")  # does not go beyond 77%
_DENIED = re.compile(r"[가-힣]{0,3} (?:[가-힣A-Za-z]{1,10} ){0,2}?(?:없|않|못)")  # 6%를 넘은 모델은 없었고
_CLAUSE_END = re.compile(r"[,;.()]|\d")
_CUE, _CUE_BEHIND = (re.compile(cue, re.IGNORECASE) for cue in (BOUND_CUE, BOUND_CUE_BEHIND))
_JOINT = re.compile(r"\s?(?:%|배)?\s?(?P<word>to|and|or|-|–|—|~|∼|,|/|에서|부터|및|와|과|, and|vs\.?|versus|→)\s?$")
_RANGE_WORDS = frozenset(("to", "-", "–", "—", "~", "∼", "에서", "부터"))


@dataclass(frozen=True)
class Quantity:
    """A number of a text with what it measures or counts.

    `start` and `end` enclose number and unit or noun. `labels` is empty where both are unknown; `extra` has the other nouns of the
    phrase. `bound` is "max", "min", "<", ">", "<~", "~", "lo" or "hi" (the ends of a range), "?" near a word that may be a bound, else "".
    """

    start: int
    end: int
    value: Decimal
    words: str
    labels: frozenset[str] = frozenset()
    extra: frozenset[str] = frozenset()
    bound: str = ""
    number_end: int = 0

    @property
    def unit(self) -> str:
        """The unit, or "" where the number has none."""
        return next((label[2:] for label in self.labels if label.startswith("u:")), "")

    @property
    def nouns(self) -> frozenset[str]:
        """The meanings of the counted noun."""
        return frozenset(label[2:] for label in self.labels if label.startswith("n:"))


def clean_source(text: str) -> str:
    """Return a source without the LaTeX that stands within amounts."""
    text = _FORMULA.sub(r"\1", text)
    for pattern, plain in _LATEX:
        text = re.sub(pattern, plain, text)
    return _LATEX_REST.sub("", text)


@lru_cache(maxsize=64)
def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of a text in order; ordinals and the numbers within names are left out."""
    found = [one for start, end, value in _find_numbers(text) if (one := _read_quantity(text, start, end, value))]
    for at in range(len(found) - 2, -1, -1):
        found[at], found[at + 1] = _join_neighbors(text, found[at], found[at + 1])
    _mark_shared_bounds(text, found)
    return tuple(found)


def _find_numbers(text: str) -> list[tuple[int, int, Decimal]]:
    amounts = [
        (one.start, one.end, one.value.normalize())
        for one in find_amounts(text)
        if not _IN_LATIN_NAME.search(text, max(0, one.start - 24), one.start)
    ]
    starts = [start for start, _end, _value in amounts]
    for hit in _WORD_NUMBER.finditer(text):
        at = bisect_left(starts, hit.start())
        if at and amounts[at - 1][1] > hit.start():
            continue
        value = NUMBER_WORDS_EN[hit["en"].casefold()] if hit["en"] else NUMBER_WORDS_KO[hit["ko"]]
        amounts.append((*hit.span(), Decimal(value).normalize()))
    amounts += [(*hit.span(), value) for pattern, value in _VAGUE for hit in pattern.finditer(text)]
    return sorted(amounts)


def _read_quantity(text: str, start: int, end: int, value: Decimal) -> Quantity | None:
    """Return the quantity of a number, or None for an ordinal, the number of a list item, and a number within a name (3D)."""
    if _ORDINAL.match(text, end) or _IN_NAME.match(text, end) or _is_step_number(text, end, value):
        return None
    if value <= _MAX_SPACE and text.startswith("차원", end):
        return None  # 3차원 자세
    if end - start <= 2 and text[start - 1 : start] in {"(", " "} and _LIST_ITEM.match(text, end):
        return None
    if end - start == 4 and text[start:end].isdecimal() and 1900 <= value <= 2100 and text[end : end + 1] != "%":
        return None  # a year
    before = text[max(0, start - _REACH) : start]
    labels, extra, stop = _read_labels(text, before, end, value)
    if text[start:end].casefold() in {"twice", "double", "triple"}:
        labels, extra, stop = frozenset(("u:times",)), frozenset(), end
    bound = _read_bound(text, before, end, stop)
    if bound in {"<", ">", "max"} and 0 < value <= _MAX_PLACES_COUNT and not any(label[0] == "u" for label in labels):
        # "Over four benchmarks" and "within three domains" say where, not how many.
        bound = "?" if _PLACE.search(before) else bound
    return Quantity(start, stop, value, text[start:stop], labels, extra, bound, end)


def _mark_shared_bounds(text: str, found: list[Quantity]) -> None:
    """Mark the numbers to which a bound before them in the sentence may go on: "up to 6.7% in following, and a 40% increase in refusals"."""
    ends = [end.end() for end in _SENTENCE_END.finditer(text)]
    bounded: dict[int, set[str]] = {}  # the labels of the numbers with a bound, by sentence
    for at, one in enumerate(found):
        labels = bounded.setdefault(bisect_left(ends, one.start + 1), set())
        if one.bound in _FIRM:
            labels |= one.labels
        near = at > 0 and bool(found[at - 1].bound) and one.start - found[at - 1].end < _MAX_SHARED
        if not one.bound and one.labels & (labels | (found[at - 1].labels if near else frozenset())):
            found[at] = replace(one, bound="?")


def _is_step_number(text: str, end: int, value: Decimal) -> bool:
    """Say whether a number is that of a step beside the next or the last one: "1단계의 모델 … 2단계에서"."""
    return text.startswith("단계", end) and any(f"{value + way:f}단계" in text for way in (1, -1))


def _read_labels(text: str, before: str, end: int, value: Decimal) -> tuple[frozenset[str], frozenset[str], int]:
    """Return labels and further nouns of a number, and where its unit or noun ends."""
    none: frozenset[str] = frozenset()
    if (money := _MONEY.get(before[-1:])) and text[end : end + 1] not in {"\\", "$"}:
        return frozenset((f"u:{money}",)), none, end
    unit = _UNIT.match(text, end)
    if unit and not _is_decade(text, unit, value):
        name = UNIT_ROWS[int(str(unit.lastgroup)[1:])][0]
        if name == "points" and value >= 1000:
            return frozenset(("n:sample",)), none, unit.end()
        if name == "percent" and _ABSOLUTE.search(before):
            name = "absolute"
        labels = {f"u:{name}"} | ({"n:image"} if name == "fps" and unit[0].strip() == "프레임" else set())
        return frozenset(labels), none, unit.end()
    if re.search(r"factors? of (?:about |up to |over |nearly )?$", before):
        return frozenset(("u:times",)), none, end
    read = read_korean_noun(text, before, end, value) if _HANGUL_NEAR.match(text, end) else read_english_noun(text, end)
    if text[end - 1] in "MB" and _NAME_BEFORE.search(before) and "sample" not in {label[2:] for label in read[0]}:
        return frozenset(("n:parameter",)), frozenset(("n:model",)), end  # "Flash-VL 2B"
    return read


def _is_decade(text: str, unit: re.Match[str], value: Decimal) -> bool:
    return unit[0] in {"s", "년"} and 1000 <= value <= 2100 and text[unit.start()] == unit[0][0]


def _read_bound(text: str, before: str, end: int, stop: int) -> str:
    """Return the bound before a number, or behind its unit or noun."""
    for bound, pattern in _PREFIX:
        if hit := pattern.search(before[-40:]):
            return "?" if _NOT_BEFORE.search(before[-40:], 0, hit.start()) else bound
    counter = _COUNTER_END.match(text, end)
    for place in {end, stop, counter.end() if counter else end}:
        for bound, pattern in _SUFFIX:
            if hit := pattern.match(text, place):
                return "?" if _DENIED.match(text, hit.end()) else bound
    near = _CLAUSE_END.split(before[-45:])[-1], _CLAUSE_END.split(text[stop : stop + 30])[0]
    return "?" if _CUE.search(near[0]) or _CUE_BEHIND.search(near[1]) else ""


def _join_neighbors(text: str, one: Quantity, two: Quantity) -> tuple[Quantity, Quantity]:
    """Give the unit or noun of the second of two joined numbers to the first, and mark both as the ends of a range."""
    between = text[one.end : two.start] if two.start - one.end < 12 else "."
    joint = _JOINT.match(between)
    if not joint:
        return one, two
    if not one.labels and one.end == one.number_end:
        one = replace(one, labels=two.labels, extra=two.extra)
    # "Over 35% and 25%": a bound may be that of the whole list.
    if one.bound and not two.bound:
        two = replace(two, bound="?")
    if two.bound and not one.bound:
        one = replace(one, bound="?")
    if is_range_word(text, one, two) and one.value < two.value:
        return replace(one, bound="lo"), replace(two, bound="hi")
    return one, two


def is_range_word(text: str, one: Quantity, two: Quantity) -> bool:
    """Say whether two neighboring numbers are the ends of a range or a change: 80%에서 90%, from 39 to 61, between 1 and 2."""
    between = text[one.end : two.start] if two.start - one.end < 14 else "."
    joint = _JOINT.match(between)
    if not joint:
        return False
    return joint["word"] in _RANGE_WORDS or (
        joint["word"] == "and" and bool(re.search(r"between\s[$€]?$", text[max(0, one.start - 10) : one.start]))
    )
