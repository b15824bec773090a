"""Writes English magnitudes in Korean text as Korean has them: "25 trillion개의" becomes "25조 개의", exactly. Pure.

The prompt asks a model to copy numbers as they stand, because models convert every other one wrongly; a program does not. A value
that is no whole number of 만 stays as it is, and so does a price (a sign of a currency stands before it).
"""

import re
from decimal import Decimal

from digests.text.section_schema import PROSE_PARTS, SectionAnswer, SectionSentence

_POWERS = {"million": 6, "billion": 9, "trillion": 12}
_MAGNITUDE = re.compile(
    r"(?<![\w.,$€£¥₩~–-])(\d{1,3}(?:,\d{3})*(?:\.\d{1,4})?|\d{4}) ?(million|billion|trillion)(?![A-Za-z-])"
    r"(?P<space> ?)(?P<counter>(?:개|명|건|장|쌍|편|회|번|곳|대|권|시간|단어|토큰|매개변수|문장|달러|파라미터)?)(?P<particle>[가-힣]{0,2})"
)
_UNITS = ((12, "조"), (8, "억"), (4, "만"))
# 조 ends in a vowel, and the English words do not.
_AFTER_VOWEL = {"은": "는", "이": "가", "을": "를", "과": "와", "으로": "로", "이다": "다", "이며": "며", "이고": "고"}


def write_korean_magnitudes(parts: SectionAnswer) -> SectionAnswer:
    """Return an answer in Korean with its magnitudes as Korean has them; passages and keywords stay as they are."""
    prose = {part: _convert_sentences(getattr(parts, part)) for part in PROSE_PARTS}
    points = [
        one.model_copy(
            update={"headline": convert_magnitudes(one.headline), "sentences": _convert_sentences(one.sentences)}
        )
        for one in parts.points
    ]
    return parts.model_copy(update=prose | {"points": points})


def convert_magnitudes(text: str) -> str:
    """Return a Korean text with "1.5 billion" as "15억"."""
    return _MAGNITUDE.sub(_convert, text)


def _convert_sentences(sentences: list[SectionSentence]) -> list[SectionSentence]:
    return [one.model_copy(update={"text": convert_magnitudes(one.text)}) for one in sentences]


def _convert(found: re.Match[str]) -> str:
    value = Decimal(found[1].replace(",", "")).scaleb(_POWERS[found[2]])
    words = _spell_value(value)
    if not words:
        return found[0]
    counter, particle = found["counter"], found["particle"]
    if counter:
        return f"{words} {counter}{particle}"
    if not found["space"] and words.endswith("조"):
        particle = _AFTER_VOWEL.get(particle, particle)
    return f"{words}{found['space']}{particle}"


def _spell_value(value: Decimal) -> str:
    """Return a value in 조, 억 and 만; an empty string where it has more than two of them, or a rest."""
    rest, words = int(value), []
    if rest != value:
        return ""
    for power, unit in _UNITS:
        count, rest = divmod(rest, 10**power)
        if count:
            words.append(f"{count:,}{unit}")
    return " ".join(words) if 0 < len(words) <= 2 and not rest else ""
