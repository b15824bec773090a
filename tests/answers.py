"""Makes answers of a model from plain texts, for tests that are about something else than passages."""

from collections.abc import Mapping, Sequence
from typing import Any

from digests.text.key_sentences import split_sentences
from digests.text.section_schema import PROSE_PARTS, SectionAnswer, SourceMaterial


def make_answer(parts: Mapping[str, Any], items: Sequence[SourceMaterial]) -> SectionAnswer:
    """Return texts of parts and points as an answer whose every sentence rests on the whole text of its items.

    A part may be given as text or as a list of sentences; a point is {"number", "text"} and may have a "headline".
    """
    summaries = {item.number: item for item in items}
    prose = {
        part: [_sentence(text, items) for text in split_sentences(parts.get(part) or "")]
        if isinstance(parts.get(part) or "", str)
        else parts[part]
        for part in PROSE_PARTS
    }
    points = [
        {
            "number": point["number"],
            "headline": point.get("headline", _headline(summaries.get(point["number"]))),
            "sentences": [
                _sentence(text, [one for one in items if one.number == point["number"]])
                for text in split_sentences(point["text"])
            ],
        }
        for point in parts.get("points", [])
    ]
    return SectionAnswer.model_validate(prose | {"keywords": parts.get("keywords", []), "points": points})


def _sentence(text: str, items: Sequence[SourceMaterial]) -> dict[str, Any]:
    return {"text": text, "passages": [{"number": one.number, "quote": one.summary[:1000]} for one in items]}


def _headline(item: SourceMaterial | None) -> str:
    """Return the name that a title begins with: right in every language."""
    return item.title.partition(":")[0][:40] if item else "Headline"
