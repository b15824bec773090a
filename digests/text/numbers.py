"""Reads the value of amounts in any notation (1.5B, 15억, 1,500 million), and writes numbers the Korean way. Pure.

A model that converts billions into 억 is wrong by a factor of ten in every second case, so code converts here, exactly
and in both directions. Numbers within a name (GPT-4o, Qwen2.5) are not amounts. In a language that writes 91,2 and 3.971
a number has two values, the language's and the one an English source would mean.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from digests.text.languages import DECIMAL_COMMA_LANGUAGES, SCALE_WORDS, SPACE_SEPARATOR_LANGUAGES
from digests.text.latex_symbols import flatten_superscripts

KOREAN_SCALES = {"백": 10**2, "천": 10**3, "만": 10**4, "억": 10**8, "조": 10**12}
HAN_SCALES = {"百": 10**2, "千": 10**3} | dict.fromkeys("万萬", 10**4) | dict.fromkeys("亿億", 10**8) | {"兆": 10**12}
LETTER_SCALES = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
ENGLISH_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NUMBER_WORDS_IN_ORDER = (
    *("one", "two twice double doubles doubled twofold", "three triple threefold", "four", "five", "six", "seven"),
    *("eight", "nine", "ten tenfold", "eleven", "twelve dozen", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen", "twenty"),
)
NUMBER_WORDS = {
    word: value for value, words in enumerate(_NUMBER_WORDS_IN_ORDER, start=1) for word in words.split()
} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "hundred": 100,
    "thousand": 1000,
}

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
# A digit behind a letter, "x-", a point or "1," belongs to a name or to a longer number; Han and kana may precede numbers.
_NOT_WITHIN_NAME = r"(?<![^\W\u3040-\u30ff\u3400-\u9fff])(?<!\.)(?<![A-Za-z]-)(?<!\d,)"
# A space may stand before 만 and similar words only where these do not begin a longer word: "4 만족도" is not forty thousand.
_AFTER_NUMBER_WORD = "개명원달건장쌍대번시토단편곡회쪽자행종의이가을를은는에여와과로까부도정"  # counters and particles
_SCALE = (
    rf"(?:[백천]?억(?![제지])|[백천]?조(?![각건합직항별사])|[백천]?만(?:(?![가-힣])|(?=[{_AFTER_NUMBER_WORD}]))"
    rf"|[백천](?:(?![가-힣])|(?=[개명원달건장쌍편회])))"
)
_STEP = rf"{_NUMBER}(?:{_SCALE}| [백천]?[조억만](?=[\s개명원달건장쌍토편]))"
# Behind a fraction 만 means "only": 1/28만 쓰면서.
_KOREAN = re.compile(
    rf"{_NOT_WITHIN_NAME}(?<!제)(?<!\d/){_STEP}(?: ?{_STEP})*(?: ?\d,\d{{3}}(?![\d,.])|\d+(?![\d.,]))?"
)
_HAN_STEP = rf"{_NUMBER} ?[百千]?(?:[万萬][亿億]|[万萬亿億兆])"
_HAN = re.compile(rf"{_NOT_WITHIN_NAME}{_HAN_STEP}(?: ?{_HAN_STEP})*(?:\d{{1,4}}(?![\d.,]))?")
_HAN_PART = re.compile(rf"({_NUMBER}) ?([百千]?)([万萬]?[亿億]|[万萬兆]|)")
_PART = re.compile(rf"({_NUMBER}) ?([백천]?)([조억만]?)")
_LATIN = re.compile(
    rf"{_NOT_WITHIN_NAME}({_NUMBER})(?:\s?([KMBTk])(?![A-Za-z])|[\s-]?((?i:thousand|million|billion|trillion))s?(?![A-Za-z]))"
)
_SCALED_RANGE = re.compile(  # from 1 to 27 billion
    rf"{_NOT_WITHIN_NAME}({_NUMBER})\s?(?:to|and|or|,|-|–|~)\s?{_NUMBER}\s?([KMBTk](?!s)|(?i:thousand|million|billion|trillion))s?(?![A-Za-z])"
)
_SPELLED = re.compile(rf"\b({'|'.join(NUMBER_WORDS)})[ -](thousand|million|billion|trillion)\b", re.IGNORECASE)
# The size in a model's name is an amount too: 7B in "Mistral-7B".
_IN_NAME = re.compile(rf"(?<=[A-Za-z]-)({_NUMBER})([KMBTk])(?![A-Za-z])")
_PLAIN = re.compile(rf"{_NOT_WITHIN_NAME}({_NUMBER})(?![\d])")
# 12.345,6 or 91,2: the same point or space separates all thousands, and no other number stands right beside it.
_FOREIGN, _FOREIGN_SPACED = (
    re.compile(
        rf"(?<![\w.,-])(\d{{1,3}}(?:([.\u00a0\u202f{space}])\d{{3}})(?:\2\d{{3}})*)(,\d+)?(?!\d|[.,]\d)"
        r"|(?<![\d.,])(\d+,\d+)(?!\d|[.,]\d)"
    )
    for space in ("", " ")
)
_SPACED = re.compile(r"(?<![\w.,-])\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,4}(?![\d.,]\d|\d)")
_SWAPPED_SEPARATORS = str.maketrans(",;", ".,")
# What a summary may write in digits.
_WORDED_VALUES = (
    (re.compile(r"\bhalf an? (?:minute|hour)\b", re.IGNORECASE), (30,)),
    (re.compile(r"\bhal(?:f|ves|ved|ving)\b", re.IGNORECASE), (50, 2)),
    (re.compile(r"\bquarters?\b", re.IGNORECASE), (25, 4)),
    (re.compile(r"\b(?:an?|single|sub)[ -](?:second|minute|hour|day|week|month|year)\b", re.IGNORECASE), (1,)),
    (re.compile(r"\bthirds?\b|\btripl\w+", re.IGNORECASE), (3,)),
)
_LATEX = (
    (r"\\(?:sim|approx|geq?|leq?|pm|space)(?![a-z])", " "),
    (r"\\%", "%"),
    (r"\{,\}", ","),
    (r"\\times|\$", " "),
    (r"\^\{?(-?\d+)\}?", r" \1"),
)

_SUPERSCRIPT_DIGITS = re.compile("[⁰¹²³⁴-⁹₀-₉]+")


@dataclass(frozen=True)
class Amount:
    """A number in a text, with its place in characters; `scaled` where a word or letter (만, B, million) multiplies it."""

    start: int
    end: int
    value: Decimal
    scaled: bool
    other: Decimal | None = None  # its value in English notation, where that differs

    def is_one_of(self, known: set[Decimal]) -> bool:
        """Return whether the values of a source (`collect_values`) include this amount, in either notation."""
        return self.value.normalize() in known or (self.other is not None and self.other.normalize() in known)


def find_amounts(text: str, language: str = "en") -> list[Amount]:
    """Return the amounts of a text in order; the number of a scaled amount is not returned as a plain one again."""
    found = _find_all_amounts(_to_english_notation(text, language), language)
    if language not in DECIMAL_COMMA_LANGUAGES:
        return found
    english = {(one.start, one.end): one.value for one in _find_all_amounts(text, language)}
    others = [english.get((one.start, one.end)) for one in found]
    return [replace(one, other=other) if other != one.value else one for one, other in zip(found, others, strict=True)]


def _find_all_amounts(text: str, language: str) -> list[Amount]:
    worded = list(_find_worded_amounts(text, language))
    worded_starts = {one.start for one in worded}
    others = (*_find_korean_amounts(text), *_find_han_amounts(text), *_find_latin_amounts(text))
    scaled = [*worded, *(one for one in others if one.start not in worded_starts)]
    covered = {at for one in scaled for at in range(one.start, one.end)}
    # 1 136: spaces between thousands.
    spaced = [
        Amount(*hit.span(), _parse_decimal(re.sub(r"\s", "", hit[0])), scaled=False) for hit in _SPACED.finditer(text)
    ]
    covered |= {at for one in spaced for at in range(one.start, one.end)}
    plain = [Amount(*hit.span(1), _parse_decimal(hit[1]), scaled=False) for hit in _PLAIN.finditer(text)]
    plain = [*spaced, *(one for one in plain if one.start not in covered)]
    return sorted([*scaled, *plain], key=lambda one: one.start)


def _find_korean_amounts(text: str) -> Iterator[Amount]:
    for hit in _KOREAN.finditer(text):
        yield Amount(*hit.span(), parse_korean_number(hit[0]), scaled=True)


def _find_han_amounts(text: str) -> Iterator[Amount]:
    """Yield amounts in the notation of Chinese and Japanese texts: 70亿, 3万亿, 1億2,000万."""
    for hit in _HAN.finditer(text):
        value = Decimal(0)
        for number, small, large in _HAN_PART.findall(hit[0]):
            scale = 1
            for letter in small + large:
                scale *= HAN_SCALES[letter]
            value += _parse_decimal(number) * scale
        yield Amount(*hit.span(), value, scaled=True)


def _find_latin_amounts(text: str) -> Iterator[Amount]:
    for hit in _LATIN.finditer(text):
        yield Amount(*hit.span(), _parse_decimal(hit[1]) * _read_scale(hit[2] or hit[3]), scaled=True)
    for hit in _IN_NAME.finditer(text):
        yield Amount(*hit.span(), _parse_decimal(hit[1]) * _read_scale(hit[2]), scaled=True)


def _read_scale(word: str) -> int:
    """Return what a letter or an English word multiplies by: K, billion."""
    return LETTER_SCALES.get(word.lower()) or ENGLISH_SCALES[word.lower()]


def _find_worded_amounts(text: str, language: str) -> Iterator[Amount]:
    """Yield amounts with a number word of the language: 1,5 Milliarden."""
    if language in SCALE_WORDS:
        for hit in _worded_amount_pattern(language).finditer(text):
            scale = next(scale for word, scale in SCALE_WORDS[language].items() if re.fullmatch(word, hit[2]))
            yield Amount(*hit.span(), _parse_decimal(hit[1]) * scale, scaled=True)


@cache
def _worded_amount_pattern(language: str) -> re.Pattern[str]:
    return re.compile(rf"{_NOT_WITHIN_NAME}({_NUMBER})\s?({'|'.join(SCALE_WORDS[language])})(?![^\W\d_])")


def _to_english_notation(text: str, language: str) -> str:
    """Return a text of the same length with numbers in English notation: 91,2 as 91.2, 3.971 and 3 971 as 3,971."""
    if language not in DECIMAL_COMMA_LANGUAGES:
        return text
    pattern = _FOREIGN_SPACED if language in SPACE_SEPARATOR_LANGUAGES else _FOREIGN
    return pattern.sub(lambda hit: re.sub(r"[^\d,]", ";", hit[0]).translate(_SWAPPED_SEPARATORS), text)


def collect_values(text: str, language: str = "en") -> set[Decimal]:
    """Return every value that a source states: digits, scaled amounts, number words, and the digits in names.

    The source is read both as English and as the `language` of the digest, since it may be in either. Values are
    normalized (`Decimal.normalize`), so that 1.50 equals 1.5.
    """
    for pattern, plain in _LATEX:
        text = re.sub(pattern, plain, text)
    text = _SUPERSCRIPT_DIGITS.sub(lambda power: " " + flatten_superscripts(power[0]), text)
    found = {one.value for one in (*find_amounts(text), *find_amounts(text, language))}
    found |= {_parse_decimal(digits) for digits in re.findall(_NUMBER, text)}
    found |= {Decimal(value) for words, values in _WORDED_VALUES if words.search(text) for value in values}
    found |= {_parse_decimal(low) * _read_scale(scale) for low, scale in _SCALED_RANGE.findall(text)}
    found |= {Decimal(NUMBER_WORDS[word.lower()] * _read_scale(scale)) for word, scale in _SPELLED.findall(text)}
    words = re.findall(r"[a-z]+", text.casefold())
    return {value.normalize() for value in found} | {
        Decimal(NUMBER_WORDS[word]) for word in words if word in NUMBER_WORDS
    }


def _parse_decimal(digits: str) -> Decimal:
    return Decimal(digits.replace(",", "")[:40])  # a run of a thousand digits is noise, and slow to calculate with


def format_korean_number(value: Decimal) -> str:
    """Return a whole number in Korean notation: 1500000000 is 15억, 14200 is 1만 4,200. ValueError for others."""
    if value != value.to_integral_value() or value < 0:
        raise ValueError(f"{value} is not a whole number")
    rest, steps = int(value), []
    for name in ("조", "억", "만"):
        count, rest = divmod(rest, KOREAN_SCALES[name])
        steps += [f"{count:,}{name}"] if count else []
    return " ".join([*steps, f"{rest:,}"] if rest or not steps else steps)


def parse_korean_number(text: str) -> Decimal:
    """Return the value of a number in Korean notation, such as 12억 5,000만; raise ValueError for anything else."""
    if not re.fullmatch(rf"(?:{_NUMBER} ?[백천]?[조억만]? ?)+", text):
        raise ValueError(f"{text!r} is not a Korean number")
    total = below = Decimal(0)  # what stands before 만, 억 or 조 is counted in them: 4천 5백만 is 4,500만
    for number, small, large in _PART.findall(text):
        below += _parse_decimal(number) * KOREAN_SCALES.get(small, 1)
        if large:
            total, below = total + below * KOREAN_SCALES[large], Decimal(0)
    return total + below


def format_usd(amount: Decimal) -> str:
    """Return an amount of US dollars in words: with cents, below one dollar with four decimals."""
    return f"{amount:,.2f} USD" if amount >= 1 or amount == 0 else f"{amount:.4f} USD"
