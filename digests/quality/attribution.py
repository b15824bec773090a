"""The attribution gate: checks that each key point is about the item that it is assigned to.

The names, glosses and numbers of a point are compared with the sources of all items of the section. A word counts more the
fewer items have it, and the source of the point's own item must have the highest score. A name that only another item has
is a finding even if the rest fits.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digests.quality.blocks import Block, ItemText, join_item_texts
from digests.quality.findings import Finding, make_finding
from digests.quality.names import (
    COMMON_ABBREVIATIONS,
    collect_folded_names,
    collect_initials,
    fold_name,
    is_certain_name,
)
from digests.text.keywords import STOPWORDS
from digests.text.languages import FUNCTION_WORDS

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-.+^][A-Za-z0-9]+)*|\d[\d,]*(?:\.\d+)?")
NAME_WEIGHT = 2.0  # a common word counts 1
_MIN_NAME_LETTERS = 3  # a shorter one is found in too many texts by chance
_LONG_WORD_LETTERS = 6  # a word of this length that two languages share is a technical term
_GLOSS = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class _SourceWords:
    """The words and numbers of an item's source, folded for comparison, and the initials of its runs of words."""

    words: frozenset[str]
    initials: frozenset[str]


def check_attribution(blocks: Sequence[Block], items: Sequence[ItemText], language: str) -> Iterator[Finding]:
    """Find points that are about another item of the section than their own."""
    sources = [_read_source_words(item) for item in items]
    for block in blocks:
        # With one item there is nothing to confuse, and a block without a number belongs to the whole section.
        if not 0 < block.number <= len(sources) or len(sources) < 2:
            continue
        other = _best_matching_item(block, sources, language)
        if other != block.number:
            yield make_finding("wiring.other", found=block.number, more=other, span=block.whole, part=block.name)
        else:
            yield from _check_names_of_other_items(block, sources)


def _read_source_words(item: ItemText) -> _SourceWords:
    text = join_item_texts([item])
    numbers = {word.replace(",", "") for word in _WORD.findall(text) if word[0].isdigit()}
    return _SourceWords(collect_folded_names(text) | numbers, collect_initials(text))


def _identifying_words(text: str, language: str) -> set[str]:
    """Return the words of a point that identify its item: names, glosses, and numbers of two characters or more.

    In a language other than English that is written in Latin letters, a short plain word proves nothing: the source may
    have it by chance ("die", "war").
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


def _best_matching_item(block: Block, sources: Sequence[_SourceWords], language: str) -> int:
    """Return the number of the item whose source has most of the point; the point's own number if nothing decides."""
    scores = [0.0] * len(sources)
    for word in _identifying_words(block.text, language):
        key = word if word[0].isdigit() else fold_name(word)
        having = [at for at, source in enumerate(sources) if key in source.words]
        # Inverse document frequency: the fewer items have a word, the more it proves.
        weight = (NAME_WEIGHT if is_certain_name(word) else 1.0) * (
            math.log(1 + len(sources) / len(having)) if having else 0
        )
        for at in having:
            scores[at] += weight - (math.log(2) if len(having) == len(sources) else 0)
    own = scores[block.number - 1]
    # Sums of logarithms differ by rounding: another item must be ahead by more than that.
    return scores.index(max(scores)) + 1 if max(scores) > own + 1e-9 else block.number


def _check_names_of_other_items(block: Block, sources: Sequence[_SourceWords]) -> Iterator[Finding]:
    """Yield the names that another item has and this one has not."""
    own = sources[block.number - 1]
    for word in _WORD.finditer(block.text):
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
        if others := [number for number, source in enumerate(sources, start=1) if name in source.words]:
            span = block.span(*word.span())
            yield make_finding("wiring.name", found=word[0], more=others[0], span=span, part=block.name)
