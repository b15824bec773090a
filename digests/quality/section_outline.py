"""Reads a section's Markdown back as what an email or a list of headlines needs: a lead, its items with headline and text, what it means.

The Markdown is the only text that was approved, and an editor may have changed all of it. So a paragraph that belongs to no part stands
in the lead, a point about no item is a note, and an item that the text does not name has its title as its headline. All is plain text.
`load_outlines` reads rows; the rest is pure. Not here: how it looks (emails, site).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from digests.models import Digest, Section, SectionItem, Source
from digests.models.digests import make_items_prefetch
from digests.models.items import Entry
from digests.quality.blocks import Block, is_quote, split_markdown_into_blocks
from digests.quality.section_checks import list_source_materials
from digests.text.evidence import make_item_anchor
from digests.text.key_sentences import split_sentences
from digests.text.markdown_rendering import remove_unsafe_characters
from digests.text.section_labels import get_extraction_notices
from digests.text.section_schema import SourceMaterial

MAX_HEADLINES = 3  # that stand above an issue and on the home page
_LEAD_PARTS = {"themes", "trends", "text"}
_MEANING_PARTS = {"impact", "outlook"}


@dataclass(frozen=True)
class ItemVotes:
    """How many sources carry an item, and its most votes on Hugging Face."""

    sources: int = 0
    votes: int = 0


@dataclass(frozen=True)
class OutlinedItem:
    """An item as its section shows it; `number` is its place there, from 1.

    `language` is that of the headline where it is the source's own title, `text_language` that of the text where it is the source's own;
    empty where the words are the publication's. `text` is empty where the section names the item by its title alone.
    """

    section: Section
    row: SectionItem
    number: int
    headline: str
    text: str
    language: str
    text_language: str
    votes: ItemVotes
    has_evidence: bool

    @property
    def anchor(self) -> str:
        """The item's place on the page of its digest."""
        return make_item_anchor(self.section.category.slug, self.number)

    @property
    def line(self) -> str:
        """The shortest sentence of the text: it says one thing, and fits below a headline."""
        return min(split_sentences(self.text), key=len, default="")


@dataclass(frozen=True)
class SectionOutline:
    """A section: its lead, its items in their order, points about no item, and what it all means.

    The lead says what the section is about and then what its items have in common, which is `trends`.
    """

    section: Section
    lead: str
    trends: str
    items: tuple[OutlinedItem, ...]
    notes: tuple[str, ...]
    meaning: str


def load_outlines(digest: Digest) -> list[SectionOutline]:
    """Return the outlines of a digest's sections that have a text, in their order; a few queries for any number of them."""
    items = make_items_prefetch(summaries=True, authors=True)
    rows = list(digest.sections.exclude(text="").select_related("category").prefetch_related(items))
    votes = load_votes(rows)
    return [outline_section(row, votes) for row in rows]


def load_votes(sections: Sequence[Section]) -> dict[int, ItemVotes]:
    """Return by item id how many sources carry the items of sections, and their votes; the items are prefetched."""
    ids = {line.item_id for section in sections for line in section.items.all() if line.item_id}
    of_papers = Q(source__kind=Source.Kind.HUGGINGFACE)
    found = Entry.objects.filter(item__in=ids).order_by().values("item")
    rows = found.annotate(n=Count("source", distinct=True), most=Max("votes", filter=of_papers))
    return {row["item"]: ItemVotes(row["n"], row["most"] or 0) for row in rows}


def outline_section(section: Section, votes: Mapping[int, ItemVotes]) -> SectionOutline:
    """Return a section's outline; its category and its items with their summaries are loaded already."""
    materials, notices = list_source_materials(section), get_extraction_notices()
    blocks = [block for block in split_markdown_into_blocks(section.text, materials) if block.text not in notices]
    items = tuple(
        _outline_item(line, number, [block for block in blocks if block.number == number], materials, votes)
        for number, line in enumerate(section.items.all(), start=1)
    )
    about_none = [block for block in blocks if not block.number]
    return SectionOutline(
        section,
        lead=_join_texts(about_none, _LEAD_PARTS),
        trends=_join_texts(about_none, {"trends"}),
        items=items,
        notes=tuple(_to_one_line(block.text) for block in about_none if block.part == "points"),
        meaning=_join_texts(about_none, _MEANING_PARTS),
    )


def _join_texts(blocks: Sequence[Block], parts: set[str]) -> str:
    return " ".join(_to_one_line(block.text) for block in blocks if block.part in parts)


def _to_one_line(text: str) -> str:
    return " ".join(remove_unsafe_characters(text).split())


def _outline_item(
    line: SectionItem,
    number: int,
    blocks: Sequence[Block],
    materials: Sequence[SourceMaterial],
    votes: Mapping[int, ItemVotes],
) -> OutlinedItem:
    section = line.section
    # In one line: an editor's text may break them anywhere, and a headline becomes a subject.
    headline = next((_to_one_line(block.text) for block in blocks if block.part == "headline"), line.headline)
    texts = [block for block in blocks if block.part not in {"headline", "keywords"}]
    is_source = bool(texts) and all(is_quote(block, materials) for block in texts)
    is_excerpt = is_source or (section.is_extracted and not section.edited_at)
    return OutlinedItem(
        section,
        line,
        number,
        headline,
        " ".join(_to_one_line(block.text) for block in texts),
        language=line.language if headline == line.headline else "",
        text_language=line.language if is_excerpt else "",
        votes=votes.get(line.item_id or 0, ItemVotes()),
        has_evidence=is_source or any(row.get("number") == number for row in section.evidence),
    )


def rank_items(outlines: Sequence[SectionOutline]) -> list[OutlinedItem]:
    """Return the items of sections, the most important first: those with a text before those without.

    Within a section its own order stays, which an editor may have chosen; of the next items of all sections that comes first which
    more sources carry, then which has more votes.
    """
    ranked: list[OutlinedItem] = []
    for with_text in (True, False):
        queues = [[item for item in one.items if bool(item.text) == with_text] for one in outlines]
        while waiting := [queue for queue in queues if queue]:
            ranked.append(min(waiting, key=_rank).pop(0))
    return ranked


def _rank(queue: Sequence[OutlinedItem]) -> tuple[int, int, int]:
    first = queue[0]
    return -first.votes.sources, -first.votes.votes, first.number


def list_headlines(digest: Digest) -> list[dict[str, str]]:
    """Return the headlines of a digest's most important items as they are kept on its row, each with a line and its place."""
    return [describe_headline(item) for item in rank_items(load_outlines(digest))[:MAX_HEADLINES]]


def describe_headline(item: OutlinedItem) -> dict[str, str]:
    """Return an item as one of the headlines that are kept on a digest's row."""
    return {
        "headline": item.headline,
        "language": item.language,
        "line": item.line,
        "line_language": item.text_language,
        "emoji": item.section.emoji,
        "anchor": item.anchor,
    }
