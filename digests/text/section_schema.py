"""The five parts of a section, as a model answers them or as sentences are extracted, and the Markdown they become.

Every word in them is a stranger's: it is escaped here, and only an item's own address is linked. The layout stands in
`templates/digests/section.md`, its words in `labels`; an operator may replace it, for a language alone as `section.ko.md`. What is wrong with the parts is told by `quality`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from django.template.loader import select_template
from pydantic import AfterValidator, BaseModel, ConfigDict

from digests.text.cleaning import clean_line
from digests.text.latex import plain
from digests.text.markdown_rendering import escape
from digests.text.section_labels import labels


@dataclass(frozen=True)
class Material:
    """An item as a section prints and reads it; the number is its place, from 1."""

    number: int
    title: str
    url: str
    summary: str


LONGEST = 5000  # characters of a text; far more than the gates let through
MOST = 300  # points or keywords that are read; a section of 100 items has 100, and a flood takes hours to check
# Letters that nobody sees hide words from the gates. Joiners stay where a script needs them: not beside Hangul and its like.
_HIDDEN = re.compile(
    r"[\u115f\u1160\u2800\u3164\uffa0]|(?<=[\x00-\x7f가-힣ぁ-ヿ一-鿿])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f가-힣ぁ-ヿ一-鿿])"
)


def _one_line(words: str) -> str:
    if "\ufffd" in words:
        raise ValueError("a letter was lost on the way")
    return clean_line(_HIDDEN.sub("", plain(words[: 2 * LONGEST])), LONGEST)


def _first(rows: list[Any]) -> list[Any]:
    return rows[:MOST]


# One line without control characters: a NUL would be refused by PostgreSQL, and with it the whole digest.
Words = Annotated[str, AfterValidator(_one_line)]


class Point(BaseModel):
    """What one item says, tied to it by number."""

    model_config = ConfigDict(extra="forbid")

    number: int
    text: Words


class Parts(BaseModel):
    """The schema of a model's answer."""

    model_config = ConfigDict(extra="forbid")

    themes: Words
    keywords: Annotated[list[Words], AfterValidator(_first)]
    trends: Words
    points: Annotated[list[Point], AfterValidator(_first)]
    impact: Words
    outlook: Words


def written(parts: Parts, materials: Sequence[Material], language: str) -> str:
    """Return a section that a model wrote; an item without a point is listed by its title."""
    points = {point.number: point.text for point in parts.points}
    context = {
        "themes": escape(parts.themes),
        "keywords": [escape(keyword) for keyword in parts.keywords],
        "trends": escape(parts.trends),
        "impact": escape(parts.impact),
        "outlook": escape(parts.outlook),
        "single": len(points) == 1,
    }
    return _render(context, points, materials, language)


def extracted(
    sentences: Mapping[int, str], keywords: Sequence[str], materials: Sequence[Material], language: str
) -> str:
    """Return a section of the sources' own sentences, which says that it is one."""
    context = {"extracted": True, "quoted": bool(sentences), "keywords": [escape(keyword) for keyword in keywords]}
    return _render(context, sentences, materials, language)


def _render(
    context: Mapping[str, object], texts: Mapping[int, str], materials: Sequence[Material], language: str
) -> str:
    items = [
        {
            "number": material.number,
            "title": escape(clean_line(material.title)),
            "url": _destination(material.url),
            "text": escape(texts.get(material.number, "")),
        }
        for material in materials
    ]
    base = re.sub("[^a-z].*", "", language.lower())
    template = select_template([f"digests/section.{base}.md", "digests/section.md"])
    text = template.render({**context, "items": items, "labels": labels(language)})
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _destination(url: str) -> str:
    """Return an address so that Markdown reads it unchanged: it is shown only where it is an item's own, to the letter."""
    return re.sub(r"&(?=#?\w+;)", r"\&", re.sub(r"([\\()<>])", r"\\\1", url))
