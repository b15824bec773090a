"""Renders a section for the web with what each of its points rests on: a closed box behind the point, without a script."""

import secrets
from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils.translation import get_language

from digests.models import Section
from digests.quality.shown_evidence import ShownSentence, list_shown_sentences
from digests.text.evidence import make_item_anchor


def render_section_html(section: Section) -> str:
    """Return a section's text as safe HTML, each point with its evidence at its end, and the other parts with theirs at the end."""
    lines = list(section.items.all())
    sentences = list_shown_sentences(section)
    # Letters that no text can know beforehand: each is replaced by a box.
    nonce = secrets.token_hex(8)
    with_evidence = {one.number for one in sentences if one.number}
    marks = {line.url: f"e{nonce}n{number}e" for number, line in enumerate(lines, 1) if number in with_evidence}
    html = section.to_html(item_marks=marks)
    for number, line in enumerate(lines, start=1):
        own = [one for one in sentences if one.number == number]
        if own:
            place = make_item_anchor(section.category.slug, number)
            html = html.replace(marks[line.url], _render_box(own, place))
    rest = [one for one in sentences if not one.number]
    return html + (_render_box(rest) if rest else "")


def _render_box(sentences: Sequence[ShownSentence], place: str = "") -> str:
    context = {"sentences": sentences, "place": place, "page_language": get_language()}
    return render_to_string("site/_evidence.html", context)
