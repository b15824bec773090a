"""Reads tables of word families and says whether a sentence or a source has one: pure.

A table is a text: families are separated by an empty line, and each has three lists of words with semicolons between them: Korean,
English, and those by which a source has the family. The words are regular expressions with a few marks. `_` is an optional space
or hyphen, in an English word one that must be there. A Korean word of one or two syllables must begin a word. An English word must be
whole, unless `*` ends it. A word for sources of up to four letters is the beginning of a word, a longer one may be any part of a
word; `^` is the beginning and `$` the end of a word.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_SHORT_STEM_LETTERS = 4  # a shorter stem is in too many words by chance ("art" in "start")
_SHORT_KOREAN_SYLLABLES = 2
_AROUND = re.compile(r"\(\?<?[!=](?:[^()]|\([^()]*\))*\)")  # what a pattern wants or forbids beside a word
_SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4)]  # Hangul: 28 in a row differ in the last consonant only
PAST_SYLLABLES = "".join(one for at, one in enumerate(_SYLLABLES) if at % 28 == 20 and one not in "있겠")  # ㅆ: 했, 었
FUTURE_SYLLABLES = "".join(one for at, one in enumerate(_SYLLABLES) if at % 28 == 8)  # ㄹ: 할, 낼
# An example or a comparison is no subject: "like", "such as", "instead of".
_LIKE = re.compile(r"[가-힣]{0,4}\s?(?:처럼|같은|같이|못지않|만큼|대신|보다|이 아니라|가 아니라)|,? instead\b")
_LIKE_BEFORE = re.compile(
    r"\b(?:instead of|rather than|unlike|such as|like|than|beyond|resembles?)\s(?:an?\s|the\s)?$", re.IGNORECASE
)


@dataclass(frozen=True)
class Family:
    """One family of words: how a sentence of each language has it, and how a source has it."""

    claims: dict[str, re.Pattern[str]]
    source: re.Pattern[str]


def compile_families(table: str, *, ignore_case: bool = True) -> tuple[Family, ...]:
    """Return the families of a table; without `ignore_case` its English words are names."""
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    return tuple(
        _compile_family(*(part.strip() for part in row.split(";")), flags=flags) for row in table.strip().split("\n\n")
    )


def _compile_family(korean: str, english: str, source: str, *, flags: re.RegexFlag) -> Family:
    claims = {"ko": re.compile(_join_korean(korean)), "en": re.compile(_join_english(english), flags)}
    # A source may be a Korean text.
    return Family(claims, re.compile(f"{_join_source(source)}|{_join_korean(korean)}"))


def _join_korean(text: str) -> str:
    return "|".join(
        rf"(?<![가-힣]){word}" if _count_syllables(word) <= _SHORT_KOREAN_SYLLABLES else word
        for word in text.replace("_?", "_").replace("_", r"\s?").split()
    )


def _count_syllables(word: str) -> int:
    """Return how many syllables a pattern needs at least: without what may be absent and what stands around it."""
    return len(re.findall("[가-힣](?!\\?)", _AROUND.sub("", word)))


def _join_english(text: str) -> str:
    if not text:
        return "(?!)"  # each English word of the family has a second meaning: never matches
    words = text.replace("_", r"[\s-]").replace("*", r"\w{0,12}").split()
    return rf"(?<![A-Za-z-])(?:{'|'.join(words)})(?![A-Za-z-])"


def _join_source(text: str) -> str:
    stems = []
    for stem in text.split():
        begin = "(?<![a-z])" if len(stem.strip("$_")) <= _SHORT_STEM_LETTERS or "$" in stem or "^" in stem else ""
        stems.append(begin + stem.replace("^", "").replace("$", "(?![a-z])").replace("_", r"[\s-]?"))
    return "|".join(stems)


@lru_cache(maxsize=64)
def fold_source(source: str) -> str:
    """Return a source in lower case; the same object for the same source, which keeps the cache of `has_pattern` small."""
    return source.lower()


# Cached: the sentences of a section are compared with the same few sources.
@lru_cache(maxsize=1024)
def has_pattern(pattern: re.Pattern[str], source: str) -> bool:
    """Say whether a pattern is anywhere in a source."""
    return pattern.search(source) is not None


def is_example(text: str, word: re.Match[str]) -> bool:
    """Say whether the words around one make it an example or a comparison."""
    before = text[max(0, word.start() - 20) : word.start()]
    return bool(_LIKE.match(text, word.end()) or _LIKE_BEFORE.search(before))
