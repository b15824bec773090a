"""Is each key point about the item that it stands at?

The names, glosses and numbers of a point are weighed by how few of the section's items have them: the item's own source
must win. And a name that another item has, and this one has not, gives the point away even where the rest fits.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digests.quality.findings import Finding, make_finding
from digests.quality.names import (
    COMMON_ABBREVIATIONS,
    collect_folded_names,
    collect_initials,
    fold_name,
    is_certain_name,
)
from digests.quality.passages import ItemText, Passage, join_item_texts
from digests.text.keywords import STOPWORDS
from digests.text.languages import FUNCTION_WORDS

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-.+^][A-Za-z0-9]+)*|\d[\d,]*(?:\.\d+)?")
NAME_WEIGHT = 2.0  # how much a name counts beside a common word
_MIN_NAME_LETTERS = 3
_LONG_WORD_LETTERS = 6  # letters; a word so long that two languages share is a term
_GLOSS = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class _SourceWords:
    """What an item's source has: its words and numbers in one form, and what may be abbreviated from it."""

    words: frozenset[str]
    initials: frozenset[str]


def check_attribution(passages: Sequence[Passage], stories: Sequence[ItemText], language: str) -> Iterator[Finding]:
    """Find points that tell of another item of the section."""
    told = [_source_words(story) for story in stories]
    for passage in passages:
        if not 0 < passage.number <= len(told) or len(told) < 2:
            continue
        other = _best_matching_item(passage, told, language)
        if other != passage.number:
            yield make_finding("wiring.other", found=passage.number, more=other, span=passage.whole, part=passage.name)
        else:
            yield from _check_names_of_other_items(passage, told)


def _source_words(story: ItemText) -> _SourceWords:
    text = join_item_texts([story])
    numbers = {word.replace(",", "") for word in _WORD.findall(text) if word[0].isdigit()}
    return _SourceWords(collect_folded_names(text) | numbers, collect_initials(text))


def _telling_words(text: str, language: str) -> set[str]:
    """Return the telling words of a point: names, glosses, numbers of three digits or with a fraction.

    In another language in Latin letters a plain word that a source has too ("die", "war") tells nothing.
    """
    words = _WORD.findall(text)
    if language != "en" and language in FUNCTION_WORDS:
        inside = set(_WORD.findall(" ".join(_GLOSS.findall(text))))
        words = [
            word
            for word in words
            if is_certain_name(word) or word[0].isdigit() or word in inside or len(word) >= _LONG_WORD_LETTERS
        ]
    numbers = {word.replace(",", "") for word in words if word[0].isdigit() and len(word) >= 2}
    latin = {word for word in words if word[0].isalpha() and len(word) >= 2}
    return numbers | {word for word in latin if fold_name(word) not in STOPWORDS}


def _best_matching_item(passage: Passage, told: Sequence[_SourceWords], language: str) -> int:
    """Return the number of the item whose source has most of the point; the own one where nothing tells."""
    scores = [0.0] * len(told)
    for word in _telling_words(passage.text, language):
        key = word if word[0].isdigit() else fold_name(word)
        having = [at for at, source in enumerate(told) if key in source.words]
        weight = (NAME_WEIGHT if is_certain_name(word) else 1.0) * (
            math.log(1 + len(told) / len(having)) if having else 0
        )
        for at in having:
            scores[at] += weight - (math.log(2) if len(having) == len(told) else 0)
    own = scores[passage.number - 1]
    return scores.index(max(scores)) + 1 if max(scores) > own + 1e-9 else passage.number


def _check_names_of_other_items(passage: Passage, told: Sequence[_SourceWords]) -> Iterator[Finding]:
    """Yield the names that another item has and this one has not."""
    own = told[passage.number - 1]
    for word in _WORD.finditer(passage.text):
        name = fold_name(word[0])
        if (
            not is_certain_name(word[0])
            or word[0][0].isdigit()
            or len(name) < _MIN_NAME_LETTERS
            or name in COMMON_ABBREVIATIONS
        ):
            continue
        if name in own.words or name in own.initials:
            continue
        if others := [number for number, source in enumerate(told, start=1) if name in source.words]:
            span = passage.span(*word.span())
            yield make_finding("wiring.name", found=word[0], more=others[0], span=span, part=passage.name)
