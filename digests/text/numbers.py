"""Amounts in a text -> their values, whatever they are written in: 1.5B, 15억, 1,500 million; and values -> Korean.

A model that converts billions into 억 is wrong by ten in every second case, so it may not: code does it here, in both
directions and exactly. Pure. Numbers that are part of a name (GPT-4o, Qwen2.5) are not amounts. Where a language writes
91,2 and 3.971, a number is read so, and as an English source would have it, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from digests.text.languages import DECIMAL_COMMA, SCALES, SPACED
from digests.text.latex_symbols import on_the_line

KOREAN = {"백": 10**2, "천": 10**3, "만": 10**4, "억": 10**8, "조": 10**12}
HAN = {"百": 10**2, "千": 10**3} | dict.fromkeys("万萬", 10**4) | dict.fromkeys("亿億", 10**8) | {"兆": 10**12}
LATIN = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
ENGLISH = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NAMED = (
    *("one", "two twice double doubles doubled twofold", "three triple threefold", "four", "five", "six", "seven"),
    *("eight", "nine", "ten tenfold", "eleven", "twelve dozen", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen", "twenty"),
)
WORDS = {word: value for value, words in enumerate(_NAMED, start=1) for word in words.split()} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "hundred": 100,
    "thousand": 1000,
}

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
# A digit after these belongs to a name or to a longer number; Han and kana stand right before numbers.
_FREE = r"(?<![^\W\u3040-\u30ff\u3400-\u9fff])(?<!\.)(?<![A-Za-z]-)(?<!\d,)"
# A space before 만 and its like is taken for theirs only where no word goes on: "4 만족도" is no forty thousand.
_COUNTED = (
    "개명원달건장쌍대번시토단편곡회쪽자행종의이가을를은는에여와과로까부도정"  # what may follow a number word at once
)
_SCALE = (
    rf"(?:[백천]?억(?![제지])|[백천]?조(?![각건합직항별사])|[백천]?만(?:(?![가-힣])|(?=[{_COUNTED}]))"
    rf"|[백천](?:(?![가-힣])|(?=[개명원달건장쌍편회])))"
)
_STEP = rf"{_NUMBER}(?:{_SCALE}| [백천]?[조억만](?=[\s개명원달건장쌍토편]))"
_KOREAN = re.compile(rf"{_FREE}(?<!제){_STEP}(?: ?{_STEP})*(?: ?\d,\d{{3}}(?![\d,.])|\d+(?![\d.,]))?")
_HAN_STEP = rf"{_NUMBER} ?[百千]?(?:[万萬][亿億]|[万萬亿億兆])"
_HAN = re.compile(rf"{_FREE}{_HAN_STEP}(?: ?{_HAN_STEP})*(?:\d{{1,4}}(?![\d.,]))?")
_HAN_PART = re.compile(rf"({_NUMBER}) ?([百千]?)([万萬]?[亿億]|[万萬兆]|)")
_PART = re.compile(rf"({_NUMBER}) ?([백천]?)([조억만]?)")
_LATIN = re.compile(
    rf"{_FREE}({_NUMBER})(?:\s?([KMBTk])(?![A-Za-z])|[\s-]?(thousand|million|billion|trillion)s?(?![A-Za-z]))"
)
# Letters right before the scale do not matter for what a model is called: 7B in "Mistral-7B" has its value too.
_IN_NAME = re.compile(rf"(?<=[A-Za-z]-)({_NUMBER})([KMBTk])(?![A-Za-z])")
_PLAIN = re.compile(rf"{_FREE}({_NUMBER})(?![\d])")
# 12.345,6 or 91,2: the point or space between thousands is the same one throughout, and no number comes before or after.
_FOREIGN, _FOREIGN_SPACED = (
    re.compile(
        rf"(?<![\w.,-])(\d{{1,3}}(?:([.\u00a0\u202f{space}])\d{{3}})(?:\2\d{{3}})*)(,\d+)?(?!\d|[.,]\d)"
        r"|(?<![\d.,])(\d+,\d+)(?!\d|[.,]\d)"
    )
    for space in ("", " ")
)
_EXCHANGED = str.maketrans(",;", ".,")
_LATEX = ((r"\\%", "%"), (r"\{,\}", ","), (r"\\times|\$", " "), (r"\^\{?(-?\d+)\}?", r" \1"))

_RAISED = re.compile("[⁰¹²³⁴-⁹₀-₉]+")


@dataclass(frozen=True)
class Amount:
    """A number in a text; `scaled` where a word or letter (만, B, million) multiplies it."""

    start: int
    end: int
    value: Decimal
    scaled: bool
    other: Decimal | None = None  # its value in English, where the language's own reading is another

    def is_one_of(self, known: set[Decimal]) -> bool:
        """Say whether a source has it."""
        return self.value.normalize() in known or (self.other is not None and self.other.normalize() in known)


def amounts(text: str, language: str = "en") -> list[Amount]:
    """Return the amounts of a text in order; a scaled one is not given again as a plain one."""
    found = _amounts(_pointed(text, language), language)
    if language not in DECIMAL_COMMA:
        return found
    english = {(one.start, one.end): one.value for one in _amounts(text, language)}
    return [replace(one, other=english.get((one.start, one.end))) for one in found]


def _amounts(text: str, language: str) -> list[Amount]:
    worded = list(_worded(text, language))
    begun = {one.start for one in worded}
    found = [*worded, *(one for one in (*_korean(text), *_han(text), *_latin(text)) if one.start not in begun)]
    taken = {at for one in found for at in range(one.start, one.end)}
    plain = [Amount(*hit.span(1), _decimal(hit[1]), scaled=False) for hit in _PLAIN.finditer(text)]
    return sorted([*found, *(one for one in plain if one.start not in taken)], key=lambda one: one.start)


def _korean(text: str) -> Iterator[Amount]:
    for hit in _KOREAN.finditer(text):
        yield Amount(*hit.span(), from_korean(hit[0]), scaled=True)


def _han(text: str) -> Iterator[Amount]:
    """Yield amounts as Chinese and Japanese texts have them: 70亿, 3万亿, 1億2,000万."""
    for hit in _HAN.finditer(text):
        value = Decimal(0)
        for number, small, large in _HAN_PART.findall(hit[0]):
            scale = 1
            for letter in small + large:
                scale *= HAN[letter]
            value += _decimal(number) * scale
        yield Amount(*hit.span(), value, scaled=True)


def _latin(text: str) -> Iterator[Amount]:
    for hit in _LATIN.finditer(text):
        scale = LATIN[hit[2].lower()] if hit[2] else ENGLISH[hit[3]]
        yield Amount(*hit.span(), _decimal(hit[1]) * scale, scaled=True)
    for hit in _IN_NAME.finditer(text):
        yield Amount(*hit.span(), _decimal(hit[1]) * LATIN[hit[2].lower()], scaled=True)


def _worded(text: str, language: str) -> Iterator[Amount]:
    """Yield what is multiplied by a word of the language: 1,5 Milliarden."""
    if language in SCALES:
        for hit in _scaled_by_words(language).finditer(text):
            scale = next(scale for word, scale in SCALES[language].items() if re.fullmatch(word, hit[2]))
            yield Amount(*hit.span(), _decimal(hit[1]) * scale, scaled=True)


@cache
def _scaled_by_words(language: str) -> re.Pattern[str]:
    return re.compile(rf"{_FREE}({_NUMBER})\s?({'|'.join(SCALES[language])})(?![^\W\d_])")


def _pointed(text: str, language: str) -> str:
    """Return a text of the same length with numbers in the English way: 91,2 as 91.2, 3.971 and 3 971 as 3,971."""
    if language not in DECIMAL_COMMA:
        return text
    pattern = _FOREIGN_SPACED if language in SPACED else _FOREIGN
    return pattern.sub(lambda hit: re.sub(r"[^\d,]", ";", hit[0]).translate(_EXCHANGED), text)


def values(text: str, language: str = "en") -> set[Decimal]:
    """Return every value that a source states: digits, scaled amounts, number words, and the digits in names.

    A source may be in English or in the `language` that is written.
    """
    for pattern, plain in _LATEX:
        text = re.sub(pattern, plain, text)
    text = _RAISED.sub(lambda power: " " + on_the_line(power[0]), text)
    found = {one.value for one in (*amounts(text), *amounts(text, language))}
    found |= {_decimal(digits) for digits in re.findall(_NUMBER, text)}
    words = re.findall(r"[a-z]+", text.casefold())
    return {value.normalize() for value in found} | {Decimal(WORDS[word]) for word in words if word in WORDS}


def _decimal(digits: str) -> Decimal:
    return Decimal(digits.replace(",", "")[:40])


def to_korean(value: Decimal) -> str:
    """Return a whole number as Korean readers know it: 1500000000 is 15억, 14200 is 1만 4,200."""
    if value != value.to_integral_value() or value < 0:
        raise ValueError(f"{value} is not a whole number")
    rest, steps = int(value), []
    for name in ("조", "억", "만"):
        count, rest = divmod(rest, KOREAN[name])
        steps += [f"{count:,}{name}"] if count else []
    return " ".join([*steps, f"{rest:,}"] if rest or not steps else steps)


def from_korean(text: str) -> Decimal:
    """Return the value of 12억 5,000만 and its like; raise ValueError for anything else."""
    if not re.fullmatch(rf"(?:{_NUMBER} ?[백천]?[조억만]? ?)+", text):
        raise ValueError(f"{text!r} is not a Korean number")
    return sum(
        (_decimal(part[1]) * KOREAN.get(part[2], 1) * KOREAN.get(part[3], 1) for part in _PART.finditer(text)),
        Decimal(0),
    )


def dollars(amount: Decimal) -> str:
    """Return an amount as people read it: small ones with the digits that tell something."""
    return f"{amount:,.2f} USD" if amount >= 1 or amount == 0 else f"{amount:.4f} USD"
