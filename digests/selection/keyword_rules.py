"""Guesses the category of an item from the words of its title and abstract, without a model: pure, no key, no download.

A category is recognized by its keywords and names. One without keywords is also recognized by the single words of its
name and, with less weight, of its description. If several categories have the same word, each gets a share of its weight.
A phrase hides the shorter phrases in it: "vision-language model" does not count for "language model". An abstract mentions
many things in passing, so it is read only if the title decides nothing, and then one mention is not enough. An item
without a match is unsorted, with its most prominent term as a suggested label. If two categories score the same, the one
that comes first in the list wins.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from digests.text.keywords import STOPWORDS, extract_keywords, split_words, strip_korean_particle

KEYWORD_WEIGHT, NAME_WORD_WEIGHT, DESCRIPTION_WORD_WEIGHT = 1.0, 0.6, 0.2
EXTRA_WORD_WEIGHT = 0.5  # added for each further word: "graph neural network" is more specific than "graph"
MIN_TITLE_SCORE, MIN_SUMMARY_SCORE = 0.2, 2.0  # a word of one description; two mentions
_SCORE_TOLERANCE = 1e-9  # the same fractions, summed in another order, differ by less than this
MIN_STEM_SYLLABLES = 2  # Hangul syllables from which on a particle or ending may follow


class CategoryWords(Protocol):
    """The fields of a category that the rules read."""

    slug: str
    names: dict[str, str]
    descriptions: dict[str, str]
    keywords: list[str]


@dataclass(frozen=True)
class CategoryGuess:
    """A category's slug, or none and a suggested label."""

    slug: str
    label: str = ""


@dataclass
class KeywordRules:
    """A closed list prepared for matching: the weight of each phrase (a tuple of words) for each category.

    `order` holds the slugs in the order of the list, `longest` the number of words in the longest phrase.
    """

    order: list[str] = field(default_factory=list)
    phrases: dict[tuple[str, ...], dict[str, float]] = field(default_factory=dict)
    longest: int = 1

    def add(self, text: str, slug: str, weight: float) -> None:
        """Add a phrase as evidence for a category; if it is there already, the larger weight counts."""
        phrase = tuple(split_words(text))
        if phrase and not (len(phrase) == 1 and phrase[0] in STOPWORDS):
            weights = self.phrases.setdefault(phrase, {})
            weights[slug] = max(weights.get(slug, 0), weight)
            self.longest = max(self.longest, len(phrase))


def build_rules(categories: Iterable[CategoryWords]) -> KeywordRules:
    """Return the rules of a closed list; build them once and use them for many items."""
    rules = KeywordRules()
    for category in categories:
        rules.order.append(category.slug)
        for keyword in (*category.keywords, *category.names.values()):
            rules.add(keyword, category.slug, KEYWORD_WEIGHT)
        if not category.keywords:
            _add_words(rules, category.slug, category.names.values(), NAME_WORD_WEIGHT)
            _add_words(rules, category.slug, category.descriptions.values(), DESCRIPTION_WORD_WEIGHT)
    return rules


def _add_words(rules: KeywordRules, slug: str, texts: Iterable[str], weight: float) -> None:
    for text in texts:
        for word in split_words(text):
            rules.add(strip_korean_particle(word), slug, weight)


def guess_category(title: str, summary: str, categories: Iterable[CategoryWords] | KeywordRules) -> CategoryGuess:
    """Return the category that the words of an item point to, or a suggested label if no category reaches the minimum."""
    rules = categories if isinstance(categories, KeywordRules) else build_rules(categories)
    for text, minimum in ((title, MIN_TITLE_SCORE), (summary, MIN_SUMMARY_SCORE)):
        scores = _score_categories(split_words(text), rules)
        best = max(scores.values(), default=0)
        if best > minimum - _SCORE_TOLERANCE:
            return CategoryGuess(next(slug for slug in rules.order if scores.get(slug, 0) > best - _SCORE_TOLERANCE))
    return CategoryGuess("", next(iter(extract_keywords([(title, summary)], 1)), ""))


def _score_categories(text: list[str], rules: KeywordRules) -> dict[str, float]:
    scores: dict[str, float] = defaultdict(float)
    for phrase, weights in _find_phrases(text, rules):
        for slug, weight in weights.items():
            scores[slug] += weight * (1 + EXTRA_WORD_WEIGHT * (len(phrase) - 1)) / len(weights)
    return scores


def _find_phrases(text: list[str], rules: KeywordRules) -> Iterator[tuple[tuple[str, ...], dict[str, float]]]:
    """Yield the phrases of the rules that occur in the text, from left to right, none inside another."""
    at = 0
    while at < len(text):
        phrase = next((p for p in _possible_phrases(text, at, rules.longest) if p in rules.phrases), None)
        if phrase:
            yield phrase, rules.phrases[phrase]
        at += len(phrase or "1")


def _possible_phrases(text: list[str], at: int, longest: int) -> Iterator[tuple[str, ...]]:
    """Yield the possible phrases at a position, longest first; a last word in Korean also without its last syllables."""
    for length in range(min(longest, len(text) - at), 0, -1):
        *head, last = text[at : at + length]
        yield (*head, last)
        if "가" <= last[0] <= "힣":  # Korean joins particles to the word: 로봇이, 로봇을
            for end in range(len(last) - 1, MIN_STEM_SYLLABLES - 1, -1):
                yield (*head, last[:end])
