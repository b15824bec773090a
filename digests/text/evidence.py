"""Finds a passage in its source, and tells which sentences of a section's text still rest on passages: pure.

A section's row keeps a record per sentence that was written with passages (`EvidenceRecord`). The text is Markdown that an editor may
change, so a record counts only while its sentence stands in the text, letter for letter; any other sentence is somebody's own.
Whether a passage supports its sentence is asked in `digests.quality`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from digests.text.latex import latex_to_text
from digests.text.section_schema import Passage, SectionAnswer, SectionSentence

MIN_PASSAGE_LETTERS = 12  # a shorter one ("We propose") is in nearly every source
MAX_PASSAGE_CHARS = 1200  # two long sentences of an abstract; the whole abstract proves nothing in particular

_GAP = re.compile(r"\s*(?:\.\.\.|…|\[(?:\.\.\.|…)\])\s*")  # where a quotation leaves something out
_WORD_OR_FORMULA = re.compile(r"\$[^$]{0,300}\$|\S+")
_ADDRESS = re.compile(r"[(\[<]?(?:https?://|www\.)[^\s)\]>]*[^\s)\]>.,;][)\]>]?", re.IGNORECASE)
_LATEX_MARK = re.compile(r"[\\${}^_]")
_SENTENCE_ENDS = ".!?…。！？:\"'”’)"
_SAME_MARKS = str.maketrans(dict.fromkeys("“”„‘’`´", "'") | dict.fromkeys("‐‑‒–—−", "-"))


class Verdict(StrEnum):
    """What a second model says of a sentence; an empty string stands for no verdict."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_STATED = "not_stated"


@dataclass(frozen=True)
class EvidenceRecord:
    """One sentence as it was written, its passages, and what a second model said of them.

    `part` is the name of the part, "headline" or "points"; `number` that of the item, 0 outside the points. `verdict` is a value of
    Verdict or "", given by the model `checked_by` with the sentence of the source that it quoted.
    """

    part: str
    number: int
    text: str
    passages: tuple[Passage, ...]
    verdict: str = ""
    quote: str = ""
    checked_by: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the record as it is kept on the section's row."""
        return {
            "part": self.part,
            "number": self.number,
            "text": self.text,
            "passages": [one.model_dump() for one in self.passages],
            "verdict": self.verdict,
            "quote": self.quote,
            "checked_by": self.checked_by,
        }


def read_evidence(rows: Iterable[Mapping[str, Any]]) -> list[EvidenceRecord]:
    """Return the records that a section's row keeps."""
    return [
        EvidenceRecord(
            str(row["part"]),
            int(row["number"]),
            str(row["text"]),
            tuple(Passage(number=one["number"], quote=one["quote"]) for one in row["passages"]),
            str(row.get("verdict", "")),
            str(row.get("quote", "")),
            str(row.get("checked_by", "")),
        )
        for row in rows
    ]


def list_evidence(parts: SectionAnswer) -> list[EvidenceRecord]:
    """Return a record for each sentence of the parts that has a passage, and for each headline of such."""
    records = [
        EvidenceRecord(part, number, sentence.text, tuple(sentence.passages))
        for part, number, sentences in parts.list_sentences()
        for sentence in sentences
        if sentence.text and sentence.passages
    ]
    for point in parts.points:  # a headline rests on all that its point rests on
        passages = tuple(dict.fromkeys(one for row in records if row.number == point.number for one in row.passages))
        if point.headline and passages:
            records.append(EvidenceRecord("headline", point.number, point.headline, passages))
    return records


def find_passage(source: str, quote: str) -> tuple[int, int] | None:
    """Return the place (start, end) of a passage in a source, or None.

    White space, LaTeX, addresses, capitals, quotation marks and the shape of dashes are no difference. A passage may leave something
    out, marked by an ellipsis; its pieces must then stand in the source in their order. The place is in `source` as it is given, from
    the first piece to the last; it is all of the source where LaTeX stands in the way. None also for a passage of more than
    MAX_PASSAGE_CHARS.
    """
    if len(quote) > MAX_PASSAGE_CHARS:
        return None
    if place := _find_pieces(source, quote):
        return place
    # Spaces in the place of an address, so that all else stays where it is.
    without_addresses = _ADDRESS.sub(lambda found: " " * len(found[0]), source)
    if place := _find_pieces(without_addresses, _ADDRESS.sub(" ", quote)):
        return place
    plain = latex_to_text(source)
    return (0, len(source)) if plain != source and _find_pieces(plain, quote) else None


def _find_pieces(source: str, quote: str) -> tuple[int, int] | None:
    folded, places = _fold(source)
    first, at = -1, 0
    pieces = [_fold(piece)[0].strip(".,;:") for piece in _GAP.split(quote.strip(" \"'“”‘’"))]
    pieces = [piece for piece in pieces if piece]
    if sum(letter.isalnum() for piece in pieces for letter in piece) < MIN_PASSAGE_LETTERS:
        return None
    for piece in pieces:
        found = folded.find(piece, at)
        while found >= 0 and not _is_whole(source, places[found], places[found + len(piece) - 1]):
            found = folded.find(piece, found + 1)
        if found < 0:
            return None
        first = places[found] if first < 0 else first
        at = found + len(piece)
    return first, places[at - 1] + 1


def _is_whole(source: str, first: int, last: int) -> bool:
    """Say whether source[first..last] begins and ends with a whole word or number."""
    before, after = source[first - 1 : first], source[last + 1 : last + 3]
    cuts_begin = _is_one_word(before, source[first])
    cuts_end = _is_one_word(source[last], after[:1]) or bool(
        source[last].isdigit() and re.match(r"[.,]\d", after)  # 91 of 91.2
    )
    return not (cuts_begin or cuts_end)


def _is_one_word(left: str, right: str) -> bool:
    """Say whether two letters side by side belong to one word; a Korean particle behind a Latin name does not."""
    return left.isalnum() and right.isalnum() and left.isascii() == right.isascii()


@lru_cache(maxsize=256)  # each gate, and each look at a page, reads the same sources again
def _fold(text: str) -> tuple[str, tuple[int, ...]]:
    """Return the letters of a text for comparison, without white space and LaTeX, and the place of each in the text."""
    folded: list[str] = []
    places: list[int] = []
    for word in _WORD_OR_FORMULA.finditer(text):
        plain = latex_to_text(word[0]) if _LATEX_MARK.search(word[0]) else word[0]
        for letter, place in zip(plain.translate(_SAME_MARKS), _find_places(word[0], plain), strict=True):
            for low in letter.casefold():
                # Quotation marks go too, and of several dashes one stays: LaTeX writes both in its own way.
                if not low.isspace() and low not in "\"'" and not (low == "-" and folded[-1:] == ["-"]):
                    folded.append(low)
                    places.append(word.start() + place)
    return "".join(folded), tuple(places)


def _find_places(typed: str, plain: str) -> list[int]:
    """Return the place in a word as it is typed of each letter of its plain form."""
    if typed == plain:
        return list(range(len(typed)))
    head = _count_common(typed, plain)
    tail = min(_count_common(typed[::-1], plain[::-1]), len(plain) - head, len(typed) - head)
    # What LaTeX stands for is at the end of the LaTeX.
    middle = [len(typed) - tail - 1] * (len(plain) - head - tail)
    return [*range(head), *middle, *range(len(typed) - tail, len(typed))]


def _count_common(one: str, other: str) -> int:
    """Return how many letters two words have in common from their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def keep_found_passages(sentence: SectionSentence, sources: Sequence[str], number: int = 0) -> SectionSentence:
    """Return a sentence with those of its passages that stand in a source, each with the number of that item.

    `sources` are the items' texts in order. A point (`number` of its item) may only rest on its own item. A passage that stands in
    another item than it names is kept with the right number.
    """
    kept: dict[tuple[int, str], Passage] = {}
    for passage in sentence.passages:
        first = number or passage.number
        asked = [first] if number else [first, *range(1, len(sources) + 1)]
        for item in asked:
            if 0 < item <= len(sources) and find_passage(sources[item - 1], passage.quote):
                kept.setdefault((item, passage.quote), Passage(number=item, quote=passage.quote))
                break
    return sentence.model_copy(update={"passages": list(kept.values())})


def match_evidence(
    text: str, part: str, number: int, records: Sequence[EvidenceRecord]
) -> list[tuple[int, int, EvidenceRecord]]:
    """Return the places in a block's plain text at which the sentence of a record stands, in order, none overlapping.

    Sentences may have been moved from part to part, but a headline is only a headline.
    """
    folded, places = _fold_letters(text)
    found: list[tuple[int, int, EvidenceRecord]] = []
    for record in records:
        if record.number != number or (record.part == "headline") != (part == "headline"):
            continue
        key = _fold_letters(record.text)[0]
        at = folded.find(key) if key else -1
        while at >= 0:
            start, end = places[at], places[at + len(key) - 1] + 1
            while end < len(text) and not text[end].isalnum() and not text[end].isspace():
                end += 1
            if _is_whole_sentence(text, start, end):
                found.append((start, end, record))
                break
            at = folded.find(key, at + 1)
    found.sort(key=lambda one: (one[0], -one[1]))
    kept: list[tuple[int, int, EvidenceRecord]] = []
    for one in found:
        if not kept or one[0] >= kept[-1][1]:
            kept.append(one)
    return kept


def _is_whole_sentence(text: str, start: int, end: int) -> bool:
    """Say whether text[start:end] is not a piece of a longer sentence: a word before it may turn it into its opposite."""
    before = text[:start].rstrip(" \n\"'“”‘’(")
    return (not before or before[-1] in _SENTENCE_ENDS) and (
        not text[end:].strip() or (text[end].isspace() and text[end - 1] in _SENTENCE_ENDS)
    )


@lru_cache(maxsize=256)
def _fold_letters(text: str) -> tuple[str, tuple[int, ...]]:
    """Return letters, digits and the marks that change a value, without case, and the place of each."""
    kept = [(letter.casefold(), at) for at, letter in enumerate(text) if letter.isalnum() or letter in "%.,+-−"]
    return "".join(letter for letter, _at in kept), tuple(at for letter, at in kept for _ in letter)


def make_item_anchor(category_slug: str, number: int) -> str:
    """Return the anchor, on the page of a digest, of item `number` (from 1) of a section: "llm-2"."""
    return f"{category_slug}-{number}"
