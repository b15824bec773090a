"""Takes what has findings out of a section's parts: sentences fall, and points give way to the sources' own sentences. Pure.

A sentence of themes, trends, impact or outlook with a finding is dropped. A point loses the sentence that has one, if the other says
enough; else a sentence of the source stands in its place, and a headline gives way to the title. What is taken away may make another
finding, so the gates are asked again until they find nothing.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from digests.quality.findings import Finding, FindingWeight
from digests.quality.layout import MAX_KEYWORDS
from digests.text.cleaning import clean_line
from digests.text.evidence import keep_found_passages
from digests.text.key_sentences import (
    MAX_SENTENCE_CHARS,
    extract_key_sentence,
    split_sentences,
    strip_latex_and_urls,
)
from digests.text.section_schema import (
    PROSE_PARTS,
    Passage,
    SectionAnswer,
    SectionPoint,
    SectionSentence,
    SourceMaterial,
)

MAX_ROUNDS = 5  # each takes something away; a text that still has findings then is not worth more
MIN_LEFT_CHARACTERS = 30  # of a point that lost a sentence
# A part of which nothing is left is no fault: it is not printed.
_MAY_BE_EMPTY = {("shape.part", "themes"), ("shape.part", "keywords")}
_LENGTHS = {"shape.long", "shape.words", "shape.sentences"}

# Parts, and the numbers of the points and of the headlines that are words of the source on purpose, to findings.
CheckParts = Callable[[SectionAnswer, Collection[int], Collection[int]], list[Finding]]


@dataclass(frozen=True)
class MendedParts:
    """Parts without findings, and what they cost; `found` holds the findings before anything was taken away.

    `quoted` are the numbers of the points that a sentence of the source replaced, `titled` those of the headlines that the title
    replaced. `fallen` sentences of `total` did not stay.
    """

    parts: SectionAnswer
    found: list[Finding]
    quoted: list[int] = field(default_factory=list)
    titled: list[int] = field(default_factory=list)
    fallen: int = 0
    total: int = 0


def mend_parts(
    parts: SectionAnswer, materials: Sequence[SourceMaterial], summarizable: Sequence[SourceMaterial], check: CheckParts
) -> MendedParts | None:
    """Return the parts without what has a finding; None if the gates still find something.

    In a section of one item only what blocks is taken away: the text stays with its warnings.
    """
    before = keep_passages(parts, materials)
    # The first check is of the answer as it came, so that the reasons name the passages that do not exist.
    first = found = check(parts, (), ())
    after, quoted, titled = before, set[int](), set[int]()
    for _round in range(MAX_ROUNDS):
        todo = [one for one in found if not _may_stay(one, single=len(materials) == 1)]
        if not todo:
            sentences = _count_texts(before)
            fallen = (sentences - _count_texts(after)).total()
            return MendedParts(after, first, sorted(quoted), sorted(titled - quoted), fallen, sentences.total())
        if any(one.part == "text" for one in todo):
            return None
        changed, numbers = _take_out(after, todo, summarizable)
        if changed == after:
            return None
        after, quoted = changed, quoted | numbers
        titled |= quoted | {number for one in todo if (number := _read_headline_number(one.part))}
        found = check(after, quoted, titled)
    return None


def _read_headline_number(part: str) -> int:
    """Return the number of the item whose headline a finding is about, 0 for another part."""
    return int(part.removeprefix("headline ")) if part.startswith("headline ") else 0


def _may_stay(finding: Finding, *, single: bool) -> bool:
    return (finding.code, finding.part) in _MAY_BE_EMPTY or (single and finding.weight != FindingWeight.BLOCK)


def keep_passages(parts: SectionAnswer, materials: Sequence[SourceMaterial]) -> SectionAnswer:
    """Return the parts with those passages that stand in a source, and without empty sentences."""
    sources = [f"{material.title}\n{material.summary}" for material in materials]

    def keep(sentences: Sequence[SectionSentence], number: int = 0) -> list[SectionSentence]:
        return [keep_found_passages(sentence, sources, number) for sentence in sentences if sentence.text]

    points = [point.model_copy(update={"sentences": keep(point.sentences, point.number)}) for point in parts.points]
    return parts.model_copy(update={"points": points} | {part: keep(getattr(parts, part)) for part in PROSE_PARTS})


def _take_out(
    parts: SectionAnswer, found: Sequence[Finding], summarizable: Sequence[SourceMaterial]
) -> tuple[SectionAnswer, set[int]]:
    """Return the parts without the places of the findings, and the numbers of the points that became quotes."""
    by_part: dict[str, list[Finding]] = {}
    for one in found:
        by_part.setdefault(one.part, []).append(one)
    changes: dict[str, object] = {
        part: _drop_sentences(getattr(parts, part), by_part[part]) for part in PROSE_PARTS if part in by_part
    }
    if "keywords" in by_part:
        changes["keywords"] = _drop_keywords(parts.keywords, by_part["keywords"])
    points: dict[int, SectionPoint] = {}
    for point in parts.points:
        points.setdefault(point.number, point)  # of two points on one item the first stays
    quoted = set()
    for material in summarizable:
        number = material.number
        point = _mend_point(points.get(number), material, by_part)
        if point != points.get(number):
            points[number] = point
            quoted |= {number} if is_point_quoted(point, material) else set()
    kept = [points[material.number] for material in summarizable if material.number in points]
    return parts.model_copy(update=changes | {"points": kept}), quoted


def _drop_sentences(sentences: Sequence[SectionSentence], found: Sequence[Finding]) -> list[SectionSentence]:
    """Return the sentences that have no finding at their place; of a text that is too long, all but the last."""
    if all(one.code in _LENGTHS for one in found):
        return list(sentences[:-1])
    left, at = [], 0
    for sentence in sentences:
        end = at + len(sentence.text)
        # A finding without a place, or at a gap between two sentences, is about the whole.
        if not any(_touches(one.span, at, end) for one in found if one.code not in _LENGTHS):
            left.append(sentence)
        at = end + 1
    return left


def _touches(span: tuple[int, int], start: int, end: int) -> bool:
    return span == (0, 0) or (span[0] < end and start < span[1])


def _drop_keywords(keywords: Sequence[str], found: Sequence[Finding]) -> list[str]:
    left, at = [], 0
    for keyword in keywords:
        end = at + len(keyword)
        if not any(_touches(one.span, at, end) for one in found if one.code != "shape.keywords"):
            left.append(keyword)
        at = end + 2
    return left[:MAX_KEYWORDS]


def _mend_point(
    point: SectionPoint | None, material: SourceMaterial, by_part: Mapping[str, list[Finding]]
) -> SectionPoint:
    """Return a point without what has a finding; the source's own sentence if too little would be left."""
    found = by_part.get(f"point {material.number}", [])
    title = clean_line(material.title)
    if point is None:
        return quote_source(material)
    if f"headline {material.number}" in by_part:
        point = point.model_copy(update={"headline": title})
    # Which of two points on one item stays is decided first: what else is found may be in the other one.
    if not found or any(one.code == "shape.twice" for one in found):
        return point
    left = _drop_sentences(point.sentences, found)
    if not left or sum(len(sentence.text) for sentence in left) < MIN_LEFT_CHARACTERS:
        return quote_source(material)
    return point.model_copy(update={"sentences": left})


def quote_source(material: SourceMaterial) -> SectionPoint:
    """Return a point made of the title and the key sentence of its source."""
    sentence = extract_key_sentence(material.summary, material.title) or _read_beginning(material.summary)
    passage = Passage(number=material.number, quote=sentence.removesuffix("…"))
    return SectionPoint(
        number=material.number,
        headline=clean_line(material.title),
        sentences=[SectionSentence(text=sentence, passages=[passage])],
    )


def _read_beginning(summary: str) -> str:
    """Return the first sentence of a text that is too short, without its LaTeX and addresses, to have a key sentence."""
    return next(split_sentences(strip_latex_and_urls(summary)), "")[:MAX_SENTENCE_CHARS]


def is_point_quoted(point: SectionPoint, material: SourceMaterial) -> bool:
    """Say whether a point is the key sentence of its source."""
    return point == quote_source(material)


def _count_texts(parts: SectionAnswer) -> Counter[tuple[str, int, str]]:
    """Return how often each sentence stands at its place."""
    return Counter(
        (part, number, sentence.text) for part, number, sentences in parts.list_sentences() for sentence in sentences
    )
