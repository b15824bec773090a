"""The gate for points that would fit any item: refusals, and points without a term of their own.

A refusal is an apology of the model, or the statement that the material is missing together with the statement that nothing
can be said; what papers report of refusing models and missing data stays free, because it does not speak of "this item"
or serves nobody. A point is generic if it has no name, no number and no gloss of its item, hardly a term whose English
word stands in the item's source, and hardly a word beyond those that any point about research has.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from digests.quality.blocks import Block, ItemText, join_item_texts
from digests.quality.findings import Finding, FindingWeight, make_finding
from digests.quality.names import COMMON_ABBREVIATIONS, is_certain_name
from digests.quality.words.generic_words import (
    COMMON_TERMS,
    GENERIC_ENGLISH,
    GENERIC_KOREAN,
    GENERIC_KOREAN_SYLLABLES,
    STEM_LETTERS,
)
from digests.quality.words.style_words import (
    ENGLISH_REFUSALS,
    KOREAN_APOLOGIES,
    KOREAN_CAUSES,
    KOREAN_DEICTICS,
    KOREAN_EFFECTS,
    KOREAN_MISSING_TEXTS,
    KOREAN_NO_CONTENT,
    KOREAN_PARTICLES,
    KOREAN_SERVICE_REFUSALS,
    SOURCE_REFUSALS,
)
from digests.quality.words.term_glosses import KOREAN_TERMS, list_english_entries

MIN_SENTENCE_CHARACTERS = 15  # a shorter one is a label or an exclamation
MAX_SENTENCE_CHARACTERS = 2000  # what is read of one sentence
_SENTENCE = re.compile(r"[^.!?]+(?:[.!?]+(?!\s|$)[^.!?]*)*[.!?]*")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-.+^'’][A-Za-z0-9]+)*")
_NUMBER = re.compile(r"(?<![A-Za-z])\d[\d,]*(?:\.\d+)?")
_COUNT = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", re.IGNORECASE)
_COUNT_KO = re.compile(r"(?<![가-힣])(?:두|세|네|다섯|여섯|일곱|여덟) ?(?:단계|가지|개|종|갈래|축)")
_HANGUL = re.compile(r"[가-힣]{1,20}")
_AFTER_SYLLABLE = re.compile(rf"(?:{KOREAN_PARTICLES})?")
_MAX_SPARE_WORDS = {0: 5, 1: 3, 2: 2}  # words beyond the common ones that a generic point has, by its terms
_MAX_SPARE_SHARE = 0.45  # of all words
_MIN_TERM_LETTERS = 4


def check_generic_points(blocks: Sequence[Block], items: Sequence[ItemText], language: str) -> Iterator[Finding]:
    """Find refusals in any block, and points without a term of their own (Korean and English)."""
    sources = [join_item_texts([item]) for item in items]
    headlines = {block.number: block.text for block in blocks if block.part == "headline"}
    for block in blocks:
        own = sources[block.number - 1] if 0 < block.number <= len(sources) else "\n".join(sources)
        refusal = _find_refusal(block, own, language)
        if refusal:
            span = block.span(*refusal)
            yield make_finding("echo.refusal", found=block.text[slice(*refusal)].strip(), span=span, part=block.name)
        elif block.part == "points" and 0 < block.number <= len(sources):
            # The first sentence says what is new; a second one may well say only that it works.
            first = next((found.end() for found in _SENTENCE.finditer(block.text)), 0)
            is_own = _shares_own_word(block.text[:first], headlines.get(block.number, ""))
            if not is_own and first >= MIN_SENTENCE_CHARACTERS and _is_generic_point(block.text, first, own, language):
                span = block.span(0, first)
                yield make_finding("generic.point", span=span, part=block.name, weight=FindingWeight.WARN)


# Refusals -------------------------------------------------------------------------------------------------------------


def _find_refusal(block: Block, source: str, language: str) -> tuple[int, int] | None:
    """Return the place of the first sentence that refuses, None if there is none."""
    if block.part == "keywords" or language not in {"ko", "en"}:
        return None
    for sentence in _SENTENCE.finditer(block.text):
        words = sentence[0][:MAX_SENTENCE_CHARACTERS]
        if _is_refusal(words, source):
            return sentence.span()
    return None


def _is_refusal(sentence: str, source: str) -> bool:
    """Say whether a sentence refuses in Korean or English; a source that is about refusing needs the stronger signs."""
    about_refusing = bool(SOURCE_REFUSALS.search(source))
    if ENGLISH_REFUSALS.search(sentence):
        return not about_refusing or not _has_own_name(sentence, source)
    if KOREAN_SERVICE_REFUSALS.search(sentence) or KOREAN_MISSING_TEXTS.search(sentence):
        return True
    if KOREAN_APOLOGIES.search(sentence):
        return not about_refusing or not _has_own_name(sentence, source)
    cause, effect = KOREAN_CAUSES.search(sentence), KOREAN_EFFECTS.search(sentence)
    if _has_own_name(sentence, source) and not KOREAN_DEICTICS.search(sentence):
        return False
    if KOREAN_NO_CONTENT.search(sentence):
        return True
    return bool(cause and (KOREAN_DEICTICS.search(sentence) or (effect and effect.end() > len(sentence) - 12)))


def _has_own_name(sentence: str, source: str) -> bool:
    """Say whether a sentence has a name or a number of the source."""
    folded = source.casefold()
    return any(
        word.casefold() in folded
        for word in [*_LATIN.findall(sentence), *_NUMBER.findall(sentence)]
        if not word.islower() and (len(word) > 1 or word.isdigit())
    )


# Generic points -------------------------------------------------------------------------------------------------------


def _is_generic_point(text: str, first: int, source: str, language: str) -> bool:
    """Say whether the first sentence of a point has nothing of its own; one word may be the source's where the whole point has no more."""
    if language == "ko":
        return _is_generic_korean(text[:first], source)
    return language == "en" and (
        _is_generic_english(text[:first], source, most=0)
        or (not _COUNT.search(text) and _is_generic_english(text, source, most=1))
    )


def _shares_own_word(sentence: str, headline: str) -> bool:
    """Say whether a Korean sentence has a long word of its headline that is not a common one, such as the Hangul form of a name."""
    words = {
        word for word in _HANGUL.findall(sentence) if len(word) >= _MIN_TERM_LETTERS and not _is_generic_word(word)
    }
    return any(word in headline for word in words)


def _is_generic_korean(text: str, source: str) -> bool:
    """Say whether a Korean point has no name, number or gloss, and hardly a term or a word of its own."""
    names = [word for word in _LATIN.findall(text) if len(word) > 1 and word.casefold() not in COMMON_ABBREVIATIONS]
    if names or any(number in source for number in _NUMBER.findall(text)) or _COUNT_KO.search(text):
        return False
    words = _HANGUL.findall(text)
    if not words:
        return False
    spare = [word for word in words if not _is_generic_word(word)]
    terms = _count_terms(tuple(words), source)
    most = _MAX_SPARE_WORDS.get(terms, -1)
    return len(spare) <= most and len(spare) <= _MAX_SPARE_SHARE * len(words)


@lru_cache(maxsize=8192)
def _is_generic_word(word: str) -> bool:
    if any(word[:size] in GENERIC_KOREAN for size in range(min(len(word), 5), 1, -1)):
        return True
    return word[0] in GENERIC_KOREAN_SYLLABLES and bool(_AFTER_SYLLABLE.fullmatch(word, 1))


def _count_terms(words: tuple[str, ...], source: str) -> int:
    """Return how many Korean words begin with a term whose English word stands in the source."""
    stems = _collect_source_words(source)
    found = set()
    for word in words:
        for size in range(min(len(word), 7), 1, -1):
            term = word[:size]
            if term in KOREAN_TERMS and term not in COMMON_TERMS and not _is_generic_word(term):
                if any(_has_entry(entry, stems) for entry in list_english_entries(term)):
                    found.add(term)
                break
    return len(found)


def _has_entry(entry: str, words: frozenset[str]) -> bool:
    if entry.endswith("*"):
        return any(word.startswith(entry[:-1]) for word in words)
    return entry in words or f"{entry}s" in words


@lru_cache(maxsize=64)
def _collect_source_words(source: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z][a-z-]+", source.casefold()))


def _is_generic_english(text: str, source: str, most: int) -> bool:
    """Say whether an English text has no name or number, and at most so many words of the source beyond the common ones."""
    if any(number in source for number in _NUMBER.findall(text)) or len(_COUNT.findall(text)) > 1:
        return False
    words = [(found[0], found.start()) for found in _LATIN.finditer(text)]
    source_stems = {word[:STEM_LETTERS] for word in _collect_source_words(source)}
    own: set[str] = set()
    for word, at in words:
        sentence_start = not at or text[max(0, at - 2)] in ".!?"
        if not sentence_start and not word.islower() and word.casefold() not in COMMON_ABBREVIATIONS | {"i"}:
            return False
        if is_certain_name(word) and word.casefold() not in COMMON_ABBREVIATIONS:
            return False
        if "-" in word and word.casefold() in source.casefold():
            return False  # a compound of the source
        own |= _find_own_stems(word, source_stems)
    return len(own) <= most


def _find_own_stems(word: str, source_stems: set[str]) -> set[str]:
    """Return the stems of a word and its hyphenated pieces that the source has and that are no common words."""
    pieces = {piece.casefold() for piece in re.split("[-’']", word) if len(piece) >= _MIN_TERM_LETTERS}
    stems = {piece[:STEM_LETTERS] for piece in pieces}
    return {stem for stem in stems if stem in source_stems and stem not in GENERIC_ENGLISH}
