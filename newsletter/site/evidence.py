"""Renders a section for the web: behind each of its points the item's own title, a link to it, and what the point rests on.

The evidence is a closed box that needs no script. Each item has its place (an id) on the page once: at its point, or in the list of
those that the text does not name.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import get_language

from digests.models import Section
from digests.quality.section_outline import ItemVotes, OutlinedItem, outline_section
from digests.quality.shown_evidence import ShownSentence, list_shown_sentences
from digests.review.provenance_words import format_section_provenance
from newsletter.emails.item_context import make_item_context


@dataclass(frozen=True)
class ShownSection:
    """A section as its page shows it; `unnamed` are the items that its text does not name."""

    section: Section
    html: str
    items: tuple[OutlinedItem, ...]
    unnamed: tuple[OutlinedItem, ...]
    written: str  # who wrote it, and who checked it


def render_section(section: Section, votes: Mapping[int, ItemVotes]) -> ShownSection:
    """Return a section's text as safe HTML with its items; these with summaries and authors, and the category, should be prefetched."""
    items = outline_section(section, votes).items
    sentences = list_shown_sentences(section)
    # Letters that no text can know beforehand: each is replaced by a box.
    nonce = secrets.token_hex(8)
    firsts = {item.row.url: item for item in reversed(items)}  # a report may list an address twice
    marks = {url: f"e{nonce}n{item.number}e" for url, item in firsts.items()}
    html = section.to_html(item_marks=marks, item_ids={url: item.anchor for url, item in firsts.items()})
    unnamed = tuple(item for item in items if f'id="{item.anchor}"' not in html)
    for item in firsts.values():
        own = [one for one in sentences if one.number == item.number]
        html = html.replace(marks[item.row.url], _render_box(own, item))
    rest = [one for one in sentences if not one.number]
    written = format_section_provenance(section)
    return ShownSection(section, html + (_render_box(rest) if rest else ""), items, unnamed, written)


def _render_box(sentences: Sequence[ShownSentence], item: OutlinedItem | None = None) -> str:
    context: dict[str, Any] = {"sentences": sentences, "item": item, "page_language": get_language()}
    context |= {"source": make_item_context(item, number=item.number, digest_url="")} if item else {}
    return render_to_string("site/_item.html" if item else "site/_evidence.html", context)
