"""A title, an abstract and a closed list -> the category that fits, found by words alone: pure, no key, no download.

A category speaks through its keywords and names; one without keywords also through the single words of its name and,
less, of its description. A word that several categories use is shared among them. A phrase beats the words in it: in
"vision-language model", "language model" is not found. The abstract mentions everything in passing, so it is read only
where the title says nothing, and one mention is not enough. What no word places is unsorted, with the term that stands
out as a label for the editor. Of equals the first of the list wins.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from digests.text.keywords import STOPWORDS, extract_keywords, split_words, strip_korean_particle

KEYWORD_WEIGHT, NAME_WORD_WEIGHT, DESCRIPTION_WORD_WEIGHT = 1.0, 0.6, 0.2
EXTRA_WORD_WEIGHT = 0.5  # what each further word adds: "graph neural network" tells more than "graph"
MIN_TITLE_SCORE, MIN_SUMMARY_SCORE = 0.2, 2.0  # a word of one description; two mentions
_SCORE_TOLERANCE = 1e-9  # sums of fractions in another order differ by less than this
MIN_STEM_SYLLABLES = 2  # Hangul syllables from which on a particle or ending may follow


class CategoryWords(Protocol):
    """What the rules read of a category."""

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
    """A closed list made ready: what each phrase says for which category, by the phrase's first word."""

    order: list[str] = field(default_factory=list)
    phrases: dict[tuple[str, ...], dict[str, float]] = field(default_factory=dict)
    longest: int = 1

    def add(self, text: str, slug: str, weight: float) -> None:
        """Let a phrase speak for a category; the stronger of two voices for the same one counts."""
        phrase = tuple(split_words(text))
        if phrase and not (len(phrase) == 1 and phrase[0] in STOPWORDS):
            voices = self.phrases.setdefault(phrase, {})
            voices[slug] = max(voices.get(slug, 0), weight)
            self.longest = max(self.longest, len(phrase))


def build_rules(categories: Iterable[CategoryWords]) -> KeywordRules:
    """Return the rules of a closed list, to be used for many items."""
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
    """Return the category of an item."""
    rules = categories if isinstance(categories, KeywordRules) else build_rules(categories)
    for text, enough in ((title, MIN_TITLE_SCORE), (summary, MIN_SUMMARY_SCORE)):
        scores = _scores(split_words(text), rules)
        best = max(scores.values(), default=0)
        if best > enough - _SCORE_TOLERANCE:
            return CategoryGuess(next(slug for slug in rules.order if scores.get(slug, 0) > best - _SCORE_TOLERANCE))
    return CategoryGuess("", next(iter(extract_keywords([(title, summary)], 1)), ""))


def _scores(text: list[str], rules: KeywordRules) -> dict[str, float]:
    scores: dict[str, float] = defaultdict(float)
    for phrase, voices in _find_phrases(text, rules):
        for slug, weight in voices.items():
            scores[slug] += weight * (1 + EXTRA_WORD_WEIGHT * (len(phrase) - 1)) / len(voices)
    return scores


def _find_phrases(text: list[str], rules: KeywordRules) -> Iterator[tuple[tuple[str, ...], dict[str, float]]]:
    """Yield the phrases of the rules that stand in the text, from left to right, none inside another."""
    at = 0
    while at < len(text):
        phrase = next((p for p in _phrases_at(text, at, rules.longest) if p in rules.phrases), None)
        if phrase:
            yield phrase, rules.phrases[phrase]
        at += len(phrase or "1")


def _phrases_at(text: list[str], at: int, longest: int) -> Iterator[tuple[str, ...]]:
    """Yield what may stand at a place, the longest first; a Korean last word also without its last syllables."""
    for length in range(min(longest, len(text) - at), 0, -1):
        *head, last = text[at : at + length]
        yield (*head, last)
        if "가" <= last[0] <= "힣":
            for end in range(len(last) - 1, MIN_STEM_SYLLABLES - 1, -1):
                yield (*head, last[:end])
