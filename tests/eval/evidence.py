"""Gives a broken section the passages that a careless model would give it.

A fault changes one sentence. With "right" that sentence keeps the passages of the right sentence (an added one gets those of its
neighbor), with "similar" it gets the sentence of the same abstracts that shares most names, numbers and words with it, with "none" none.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from digests.text.key_sentences import split_sentences
from digests.text.section_schema import (
    PROSE_PARTS,
    Passage,
    SectionAnswer,
    SectionPoint,
    SectionSentence,
    SourceMaterial,
)
from tests.eval.seeds import FlatParts, Seed


class Given(StrEnum):
    """Which passages a broken sentence has."""

    RIGHT = "right"
    SIMILAR = "similar"
    NONE = "none"


_WORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*[A-Za-z0-9+]|[A-Za-z]|\d[\d,]*(?:\.\d+)?")


def inflate(parts: FlatParts, seed: Seed, given: Given) -> SectionAnswer:
    """Return texts as parts with passages: unchanged sentences keep theirs, a changed one gets what is `given`."""
    changed: dict[str, object] = {
        part: _align(parts[part], getattr(seed.answer, part), seed.items, given) for part in PROSE_PARTS
    }
    right = {point.number: point for point in seed.answer.points}
    points = []
    for row in parts["points"]:
        number = row["number"]
        old = right.get(number)
        own = [item for item in seed.items if item.number == number] or list(seed.items)
        sentences = _align(row["text"], old.sentences if old else [], own, given)
        points.append(SectionPoint(number=number, headline=row["headline"], sentences=sentences))
    return SectionAnswer.model_validate(
        {"keywords": parts["keywords"]}
        | {name: [one.model_dump() for one in changed[name]] for name in PROSE_PARTS}  # type: ignore[attr-defined]
        | {"points": [point.model_dump() for point in points]}
    )


def _align(
    text: str, right: Sequence[SectionSentence], items: Sequence[SourceMaterial], given: Given
) -> list[SectionSentence]:
    """Cut a text into the right sentences at its beginning and its end, and what was changed between them."""
    head: list[SectionSentence] = []
    tail: list[SectionSentence] = []
    rest = text
    left = list(right)
    while left and (rest == left[0].text or rest.startswith(left[0].text + " ")):
        rest = rest[len(left[0].text) :].lstrip(" ")
        head.append(left.pop(0))
    while left and (rest == left[-1].text or rest.endswith(" " + left[-1].text)):
        rest = rest[: len(rest) - len(left[-1].text)].rstrip(" ")
        tail.insert(0, left.pop())
    if not rest:
        return [*head, *tail]
    neighbors = left or head[-1:] or tail[:1]
    passages = [one for sentence in neighbors for one in sentence.passages]
    if given == Given.NONE:
        passages = []
    elif given == Given.SIMILAR:
        passages = find_similar_passages(rest, items)
    return [*head, SectionSentence(text=rest, passages=passages), *tail]


def find_similar_passages(text: str, items: Sequence[SourceMaterial]) -> list[Passage]:
    """Return the one sentence of the items that shares most names, numbers and words with a text."""
    words = {word.casefold() for word in _WORD.findall(text)}
    sentences = [(item.number, sentence) for item in items for sentence in split_sentences(item.summary)]

    def score(row: tuple[int, str]) -> float:
        own = {word.casefold() for word in _WORD.findall(row[1])}
        return sum(3.0 if any(letter.isdigit() for letter in word) else 1.0 for word in words & own)

    best = max(sentences, key=score, default=None)
    return [Passage(number=best[0], quote=best[1])] if best else []
