"""Defines the five parts of a section, each sentence with its passages, and renders them as Markdown.

The parts are those that a model wrote, or extracted sentences. The passages are not in the Markdown: the section's row keeps
them (`digests.text.evidence`).

All words in them are hostile text: they are escaped here, and only an item's own address becomes a link. The layout is
`templates/digests/section.md`, which an operator may replace (for one language as `section.ko.md`); its labels are in
`section_labels`. Not here: checks of the parts (`quality`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any

from django.template.loader import select_template
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from digests.text.cleaning import clean_line
from digests.text.key_sentences import split_sentences
from digests.text.latex import latex_to_text
from digests.text.markdown_rendering import escape_markdown
from digests.text.section_labels import get_section_labels


@dataclass(frozen=True)
class SourceMaterial:
    """An item as a section shows it and a model reads it; `number` is its place in the section, from 1."""

    number: int
    title: str
    url: str
    summary: str


MAX_TEXT_CHARS = 5000  # far more than the gates accept
MAX_LIST_ITEMS = 300  # points or keywords; a section of 100 items has 100 points, and a flood takes hours to check
# Invisible letters would hide words from the gates. Joiners stay where a script needs them, which ASCII, Hangul, kana and
# Han do not.
_INVISIBLE_LETTERS = re.compile(
    r"[\u115f\u1160\u2800\u3164\uffa0]|(?<=[\x00-\x7f가-힣ぁ-ヿ一-鿿])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f가-힣ぁ-ヿ一-鿿])"
)


def _clean_to_one_line(words: str) -> str:
    if "\ufffd" in words:
        raise ValueError("a letter was lost on the way")  # the gates would compare damaged names and numbers
    return clean_line(_INVISIBLE_LETTERS.sub("", latex_to_text(words[: 2 * MAX_TEXT_CHARS])), MAX_TEXT_CHARS)


def _limit_list(rows: list[Any]) -> list[Any]:
    return rows[:MAX_LIST_ITEMS]


# One line without control characters: a NUL would be refused by PostgreSQL, and with it the whole digest.
OneLineText = Annotated[str, AfterValidator(_clean_to_one_line)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Passage(_Strict):
    """A passage of a source, word for word; `number` is that of the item."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    quote: OneLineText


class SectionSentence(_Strict):
    """One sentence, and the passages that it rests on."""

    text: OneLineText
    passages: Annotated[list[Passage], AfterValidator(_limit_list)]

    @model_validator(mode="before")
    @classmethod
    def _accept_words(cls, data: Any) -> Any:
        """Read a bare string as a sentence without a passage: small models forget the second field."""
        return {"text": data, "passages": []} if isinstance(data, str) else data


def _split_words(data: Any) -> Any:
    """Read a string in the place of a list as its sentences."""
    return list(split_sentences(data)) if isinstance(data, str) else data


Sentences = Annotated[list[SectionSentence], BeforeValidator(_split_words), AfterValidator(_limit_list)]


class SectionPoint(_Strict):
    """The point of one item, tied to it by the item's number: a headline, and at most two sentences."""

    number: int
    headline: OneLineText
    sentences: Sentences

    @property
    def text(self) -> str:
        """The sentences as one text."""
        return join_sentences(self.sentences)


PROSE_PARTS = ("themes", "trends", "impact", "outlook")  # the other two are the keywords and the points


class SectionAnswer(_Strict):
    """The five parts of a section: the schema that a model has to answer in."""

    themes: Sentences
    keywords: Annotated[list[OneLineText], AfterValidator(_limit_list)]
    trends: Sentences
    points: Annotated[list[SectionPoint], AfterValidator(_limit_list)]
    impact: Sentences
    outlook: Sentences

    def list_sentences(self) -> list[tuple[str, int, list[SectionSentence]]]:
        """Return the sentences of each prose part and of each point, with the part's name and the item's number (0 for a part)."""
        prose = [(part, 0, getattr(self, part)) for part in PROSE_PARTS]
        return prose + [("points", point.number, point.sentences) for point in self.points]


def join_sentences(sentences: Iterable[SectionSentence]) -> str:
    """Return sentences as one text."""
    return " ".join(sentence.text for sentence in sentences if sentence.text)


def render_written_section(parts: SectionAnswer, materials: Sequence[SourceMaterial], language: str) -> str:
    """Return the Markdown of a section that a model wrote; an item without a point is listed by its title."""
    points = {point.number: point.text for point in parts.points}
    headlines = {point.number: point.headline for point in parts.points if point.headline}
    context = {
        "themes": escape_markdown(join_sentences(parts.themes)),
        "keywords": [escape_markdown(keyword) for keyword in parts.keywords],
        "trends": escape_markdown(join_sentences(parts.trends)),
        "impact": escape_markdown(join_sentences(parts.impact)),
        "outlook": escape_markdown(join_sentences(parts.outlook)),
        "single": len(points) == 1 and get_section_labels(language)["single" if len(materials) == 1 else "single_text"],
    }
    return _render_section(context, points, materials, language, headlines)


def render_extracted_section(
    sentences: Mapping[int, str], keywords: Sequence[str], materials: Sequence[SourceMaterial], language: str
) -> str:
    """Return the Markdown of a section of sentences from its sources (by item number), with a notice that it is one."""
    context = {
        "extracted": True,
        "quoted": bool(sentences),
        "keywords": [escape_markdown(keyword) for keyword in keywords],
    }
    return _render_section(context, sentences, materials, language)


def _render_section(
    context: Mapping[str, object],
    texts: Mapping[int, str],
    materials: Sequence[SourceMaterial],
    language: str,
    headlines: Mapping[int, str] = MappingProxyType({}),
) -> str:
    items = [
        {
            "number": material.number,
            "headline": escape_markdown(headlines.get(material.number) or clean_line(material.title)),
            "url": _escape_destination(material.url),
            "text": escape_markdown(texts.get(material.number, "")),
        }
        for material in materials
    ]
    base = re.sub("[^a-z].*", "", language.lower())
    template = select_template([f"digests/section.{base}.md", "digests/section.md"])
    text = template.render({**context, "items": items, "labels": get_section_labels(language)})
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _escape_destination(url: str) -> str:
    """Return an address escaped so that Markdown reads it unchanged; a link that differs in one letter is not allowed."""
    return re.sub(r"&(?=#?\w+;)", r"\&", re.sub(r"([\\()<>])", r"\\\1", url))
