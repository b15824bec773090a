"""Reads the quantities of a text, Korean or English: number, unit or counted noun, bound, and place. Pure.

A quantity is "up to 30 ms", "세 데이터셋" or "512K-token": its labels say what the number measures ("u:ms") or counts
("n:dataset"). A number whose unit and noun are not in the tables has no label, and the gate for figures then says nothing of it.
The phrase is read to its head only ("seven language models" counts models), at most six words far. Not here: what two quantities
have to do with each other (`claim_figures`, `claim_pairs`).
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from digests.quality.words.figure_words import (
    COUNTERS,
    LONGEST_NOUN_LETTERS,
    NOUNS,
    NUMBER_WORDS_EN,
    NUMBER_WORDS_KO,
    PLAIN_COUNTERS,
    PLURALS_EN,
    UNIT_ROWS,
)
from digests.quality.words.quantity_words import (
    BOUND_CUE,
    BOUND_PREFIXES,
    BOUND_SUFFIXES,
    MODIFIER_ENDINGS_KO,
    PARTICLES_KO,
    PHRASE_ENDS_EN,
)
from digests.text.numbers import find_amounts

MAX_PHRASE_WORDS = 6  # from a number to the noun that it counts
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
_COUNTER = re.compile(
    rf"여?\s?(?P<counter>{'|'.join(sorted((*COUNTERS, *PLAIN_COUNTERS), key=len, reverse=True))})"
    rf"(?P<particle>을|를|이|가|은|는|에서|에|으로|로|와|과|도|만|의|짜리|씩|뿐|나|까지|입니다|였습니다)?(?![가-힣])"
)
_MAX_PLACES_COUNT = 100
_PLACE = re.compile(r"\b(?:over|under|above|below|within|beyond)(?: the| all)?\s$", re.IGNORECASE)
_LIST_ITEM, _IN_NAME = re.compile(r"\) ?[a-z]"), re.compile(r"D(?![a-z])")
_IN_LATIN_NAME = re.compile(r"[A-Za-z][\w.]*-(?:[\w.]+-)?$", re.ASCII)
_ORDINAL = re.compile(
    r"\s?(?:번째|번 (?=논문|항목|자료|연구|기사|문항|글)|차 |위(?![가-힣])|호(?![가-힣])|th\b|st\b|nd\b|rd\b)"
)
_WORD_KO = re.compile(
    r"\s?([A-Za-z](?:[\w-]{0,40}[A-Za-z0-9])?(?![A-Za-z0-9])|)([가-힣]{0,24})(?:\([^()]{0,40}\)([가-힣]{0,4}))?",
    re.ASCII,
)
_WORD_EN = re.compile(r"[\s-](?:\([^()]{0,30}\)\s)?([A-Za-z][\w-]{0,40}|\dD\b)")
_NAME_BEFORE = re.compile(r"\b[A-Z][\w.-]{0,24}(?:[\s-]\d[\d.]{0,4})?[\s-]$", re.ASCII)
_SIZED = re.compile(r"\s?(?:규모|수준|크기|급|분량)(?:의|인)?\s")  # "1k 규모의 데이터셋": what is counted is not said
_OWN_NAME = re.compile(
    r"[A-Za-z)]\s$"
)  # "관성 측정 장치(IMU) 세 개의 데이터": the number may count what stands before it
_SCALE_NOUNS_EN = frozenset(("level", "scale", "size", "fold", "order"))
_HANGUL_NEAR = re.compile(r"[\sA-Za-z0-9()+-]{0,40}[가-힣]")
_BEFORE_KO = re.compile(r"([A-Za-z가-힣]{1,24})(?:\([^()]{0,40}\))?(?:\s(?:약|총|모두|최대|최소|각각|무려))?\s$")
_PREFIX = tuple(
    (
        bound,
        re.compile(
            rf"(?:(?<![A-Za-z가-힣])(?:{words}))(?: (?:the|a|an|by|to|of|some|about|well|just))?\s?[$€~]?$",
            re.IGNORECASE,
        ),
    )
    for bound, words in BOUND_PREFIXES
)
_SUFFIX = tuple((bound, re.compile(rf"\s?(?:{words})", re.IGNORECASE)) for bound, words in BOUND_SUFFIXES)
_COLLECTIONS, MAX_COLLECTIONS = frozenset(("dataset", "benchmark")), 60  # a study uses no more of them
MAX_SPACE = 6  # dimensions of spaces and poses; more are counted
MAX_SHARED = 45  # characters between two numbers with one bound
_GOES_ON = re.compile(r"[^.;\d]*\b(?:and|or)\b[^.;\d]*|[^.;]*,[^.;]*")
_EACH = re.compile(r"\s?([가-힣]{1,6})짜리")
_NOT_BEFORE = re.compile(r"\b(?:not|never|no|none)\b[^.;,]{0,24}$|n['’]t\b[^.;,]{0,24}$")  # does not go beyond 77%
_DENIED = re.compile(r"[가-힣]{0,3} (?:[가-힣A-Za-z]{1,10} ){0,2}?(?:없|않|못)")  # 6%를 넘은 모델은 없었고
_CLAUSE_END = re.compile(r"[,;.()]|\d")
_CUE = re.compile(BOUND_CUE, re.IGNORECASE)
_JOINT = re.compile(r"\s?(?:%|배)?\s?(?P<word>to|and|or|-|–|—|~|∼|,|/|에서|부터|및|와|과|, and|vs\.?|versus|→)\s?$")
_RANGE_WORDS = frozenset(("to", "-", "–", "—", "~", "∼", "에서", "부터"))
_PLURAL_EXCEPTIONS = ("ous", "ss", "us", "is", "less")
_IRREGULAR = frozenset(
    ("people", "children", "women", "men", "data", "corpora", "criteria", "vertices", "axes", *PLURALS_EN)
)


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
    for at in range(1, len(found)):
        if _may_share_bound(text, found[at - 1], found[at]):
            found[at] = replace(found[at], bound="?")
    return tuple(found)


def read_noun_meanings(text: str) -> frozenset[str]:
    """Return the meanings of the English nouns of a text that the tables know."""
    words = {_singular(word) for word in re.findall(r"(?<![\w-])[a-z]+(?![\w-])", text.casefold())}
    return frozenset().union(*(NOUNS[word] for word in words if word in NOUNS))


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
    if value <= MAX_SPACE and text.startswith("차원", end):
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


def _may_share_bound(text: str, one: Quantity, two: Quantity) -> bool:
    """Say whether a bound may go on: "over 45x for reconstruction and 32x for generation"."""
    gap = text[one.end : two.start]
    return bool(
        one.bound and not two.bound and one.labels & two.labels and len(gap) < MAX_SHARED and _GOES_ON.fullmatch(gap)
    )


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
    read = (
        _read_korean_noun(text, before, end, value) if _HANGUL_NEAR.match(text, end) else _read_english_noun(text, end)
    )
    if text[end - 1] in "MB" and _NAME_BEFORE.search(before) and "sample" not in {label[2:] for label in read[0]}:
        return frozenset(("n:parameter",)), frozenset(("n:model",)), end  # "Flash-VL 2B"
    return read


def _is_decade(text: str, unit: re.Match[str], value: Decimal) -> bool:
    return unit[0] in {"s", "년"} and 1000 <= value <= 2100 and text[unit.start()] == unit[0][0]


def _read_korean_noun(text: str, before: str, end: int, value: Decimal) -> tuple[frozenset[str], frozenset[str], int]:
    """Return what a number counts in a Korean phrase: the noun after the counter, the noun before the number, or the counter's own."""
    counter = _COUNTER.match(text, end)
    stop = counter.end() if counter else end
    if _SIZED.match(text, end) or (counter and counter["particle"] == "의" and _OWN_NAME.search(before)):
        return frozenset(), frozenset(), stop
    if each := _EACH.match(text, end):  # "1,723단어짜리 지시" has so many words
        return _name_nouns(_find_noun(each[1])), frozenset(), each.end()
    noun_before = _read_noun_before(before) if counter else frozenset()
    own = COUNTERS.get(counter["counter"], frozenset()) if counter else frozenset()
    if not counter or counter["particle"] in {None, "의", "짜리"}:
        head, extra, noun_end = _find_korean_head(text, stop)
        if head & _COLLECTIONS and counter and value > MAX_COLLECTIONS:
            return frozenset(), frozenset(), stop  # 50,430건의 벤치마크 has so many of something
        if head:
            return _name_nouns(head), _name_nouns(extra | own | noun_before), noun_end
    if noun_before:
        return _name_nouns(noun_before), _name_nouns(own), stop
    return _name_nouns(own), frozenset(), stop


def _read_noun_before(before: str) -> frozenset[str]:
    """Return the meanings of the noun right before a number with a counter: 트윗 세 개, 사진 네 장."""
    noun = _BEFORE_KO.search(before)
    word = noun[1].casefold() if noun else ""
    return _find_noun(word) or NOUNS.get(_singular(word), frozenset())


def _find_korean_head(text: str, at: int) -> tuple[frozenset[str], frozenset[str], int]:
    """Return the noun that heads the phrase from `at`, the nouns that it contains besides, and its end; nothing if it is unknown."""
    extra: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()
    for _count in range(MAX_PHRASE_WORDS):
        word = _WORD_KO.match(text, at)
        if not word or not (word[1] or word[2]):
            break
        at = word.end()
        if word[2] in NUMBER_WORDS_KO:
            break
        noun, particle = _split_korean_word(word[1], word[2], word[3] or "")
        if noun and particle == "의":
            following = _WORD_KO.match(text, at)
            beyond = _split_korean_word(*following.groups(""))[0] if following else frozenset()
            return noun, extra | beyond, at
        if noun and particle:
            return noun, extra | last, at
        if not noun and not word[2].endswith(MODIFIER_ENDINGS_KO) and particle != "":
            return frozenset(), frozenset(), at
        extra, last = extra | last, noun
    return last, extra - last, at


def _split_korean_word(latin: str, hangul: str, behind: str) -> tuple[frozenset[str], str]:
    """Return the meanings of a word and its particle, which may stand behind a gloss; no meaning where no noun is known."""
    if latin:
        return NOUNS.get(_singular(latin.casefold()), frozenset()), hangul or behind
    if found := _find_noun(hangul):
        return found, behind
    for particle in PARTICLES_KO:
        if hangul.endswith(particle) and (found := _find_noun(hangul[: -len(particle)])):
            return found, particle
    return frozenset(), next((one for one in PARTICLES_KO if hangul.endswith(one)), "")


def _find_noun(word: str) -> frozenset[str]:
    """Return the meanings of a Korean noun or of the last part of a compound; a part has two letters at least."""
    if word in NOUNS:
        return NOUNS[word]
    for length in range(min(len(word) - 1, LONGEST_NOUN_LETTERS), 1, -1):
        if found := NOUNS.get(word[-length:]):
            return found
    return frozenset()


def _read_english_noun(text: str, end: int) -> tuple[frozenset[str], frozenset[str], int]:
    """Return what a number counts in an English phrase: the first plural, or the noun that a hyphen ties to the number."""
    parts: frozenset[str] = frozenset()
    at = end
    for count in range(MAX_PHRASE_WORDS):
        word = _WORD_EN.match(text, at)
        if not word or word[1].casefold() in PHRASE_ENDS_EN:
            break
        tied = text[word.start()] == "-"
        at = word.end()
        name = word[1].casefold()
        noun = NOUNS.get(_singular(name)) or NOUNS.get(_singular(name.rsplit("-", 1)[-1])) or frozenset()
        if tied and not count and _singular(name.split("-", 1)[0]) in _SCALE_NOUNS_EN:
            break
        if tied and not count:
            noun = NOUNS.get(_singular(name.split("-", 1)[0])) or noun
            return _name_nouns(noun), frozenset(), at
        if _is_plural(name):
            # "Four crop types" count crops, and "two kinds of models" models.
            extra = (_find_complement(text, at) if noun else frozenset()) | (
                parts if "category" in noun else frozenset()
            )
            return _name_nouns(noun), _name_nouns(extra), at
        parts |= noun
    return frozenset(), frozenset(), end


def _find_complement(text: str, at: int) -> frozenset[str]:
    """Return the nouns after "of" behind a head: in "two types of models" models are counted too."""
    of = re.match(r" of", text[at : at + 3])
    found: frozenset[str] = frozenset()
    at += 3
    for _count in range(4 if of else 0):
        word = _WORD_EN.match(text, at)
        if not word or word[1].casefold() in PHRASE_ENDS_EN:
            break
        at = word.end()
        found |= NOUNS.get(_singular(word[1].casefold()), frozenset())
    return found


def _singular(word: str) -> str:
    if word in NOUNS:
        return word
    if word in PLURALS_EN:
        return PLURALS_EN[word]
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def _is_plural(word: str) -> bool:
    if word.endswith("s") and word not in NOUNS and _singular(word) in NOUNS:
        return True
    return word in _IRREGULAR or (len(word) > 3 and word.endswith("s") and not word.endswith(_PLURAL_EXCEPTIONS))


def _name_nouns(nouns: frozenset[str]) -> frozenset[str]:
    return frozenset(f"n:{noun}" for noun in nouns)


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
    near = _CLAUSE_END.split(before[-45:])[-1] + " | " + _CLAUSE_END.split(text[stop : stop + 30])[0]
    return "?" if _CUE.search(near) else ""


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
