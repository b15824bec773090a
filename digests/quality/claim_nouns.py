"""Reads what a number of a text counts: the noun of its phrase, Korean or English. Pure.

"세 데이터셋" and "three datasets" count "n:dataset". The phrase is read to its head only ("seven language models" counts models), at
most six words far. A noun that is not in the tables has no meaning, and the number then counts nothing that could be compared.
"""

import re
from decimal import Decimal

from digests.quality.words.figure_words import (
    COUNTERS,
    LONGEST_NOUN_LETTERS,
    NOUNS,
    NUMBER_WORDS_KO,
    PLAIN_COUNTERS,
    PLURALS_EN,
)
from digests.quality.words.quantity_words import MODIFIER_ENDINGS_KO, PARTICLES_KO, PHRASE_ENDS_EN

MAX_PHRASE_WORDS = 6  # from a number to the noun that it counts
_COUNTER = re.compile(
    rf"여?\s?(?P<counter>{'|'.join(sorted((*COUNTERS, *PLAIN_COUNTERS), key=len, reverse=True))})"
    rf"(?P<particle>을|를|이|가|은|는|에서|에|으로|로|와|과|도|만|의|짜리|씩|뿐|나|까지|입니다|였습니다)?(?![가-힣])"
)
_WORD_KO = re.compile(
    r"\s?([A-Za-z](?:[\w-]{0,40}[A-Za-z0-9])?(?![A-Za-z0-9])|)([가-힣]{0,24})(?:\([^()]{0,40}\)([가-힣]{0,4}))?",
    re.ASCII,
)
_WORD_EN = re.compile(r"[\s-](?:\([^()]{0,30}\)\s)?([A-Za-z][\w-]{0,40}|\dD\b)")
_SIZED = re.compile(r"\s?(?:규모|수준|크기|급|분량)(?:의|인)?\s")  # "1k 규모의 데이터셋": what is counted is not said
# "관성 측정 장치(IMU) 세 개의 데이터": the number may count what stands before it.
_OWN_NAME = re.compile(r"[A-Za-z)]\s$")
_BEFORE_KO = re.compile(r"([A-Za-z가-힣]{1,24})(?:\([^()]{0,40}\))?(?:\s(?:약|총|모두|최대|최소|각각|무려))?\s$")
_EACH = re.compile(r"\s?([가-힣]{1,6})짜리")
_COLLECTIONS, _MAX_COLLECTIONS = frozenset(("dataset", "benchmark")), 60  # a study uses no more of them
_SCALE_NOUNS_EN = frozenset(("level", "scale", "size", "fold", "order"))
_PLURAL_EXCEPTIONS = ("ous", "ss", "us", "is", "less")
_IRREGULAR = frozenset(
    ("people", "children", "women", "men", "data", "corpora", "criteria", "vertices", "axes", *PLURALS_EN)
)


def read_noun_meanings(text: str) -> frozenset[str]:
    """Return the meanings of the English nouns of a text that the tables know."""
    words = {_singular(word) for word in re.findall(r"(?<![\w-])[a-z]+(?![\w-])", text.casefold())}
    return frozenset().union(*(NOUNS[word] for word in words if word in NOUNS))


def read_korean_noun(text: str, before: str, end: int, value: Decimal) -> tuple[frozenset[str], frozenset[str], int]:
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
        if head & _COLLECTIONS and counter and value > _MAX_COLLECTIONS:
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


def read_english_noun(text: str, end: int) -> tuple[frozenset[str], frozenset[str], int]:
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
