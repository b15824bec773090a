"""Template filters for names and titles in a line: those of the other writing direction do not turn it, and no short name breaks."""

import re
from collections.abc import Sequence

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from digests.text.text_direction import has_right_to_left_letters, isolate_in_html, isolate_in_text
from newsletter.emails.item_context import format_authors, format_authors_html

register = template.Library()

_HYPHENATED_NAME = re.compile(
    r"(?<![\w-])(?=[a-z-]*[A-Z0-9])[A-Za-z0-9]+(?:[.+-][A-Za-z0-9]+)*-[A-Za-z0-9]+(?:[.+-][A-Za-z0-9]+)*", re.ASCII
)
_KEPT_CHARS = 24  # of a name that fits on a line of any screen

register.filter("turns", has_right_to_left_letters)
register.filter("isolate", isolate_in_html)
register.filter("isolate_text", isolate_in_text)


@register.filter
def author_line(names: Sequence[str]) -> SafeString:
    """Return the authors of an item as HTML, each name apart."""
    return format_authors_html(names)


@register.filter
def author_line_text(names: Sequence[str]) -> str:
    """Return the authors of an item as plain text, each name apart."""
    return format_authors(names, isolate=isolate_in_text)


@register.filter
def keep_names(text: str) -> SafeString:
    """Return a text as HTML in which no line of an email breaks inside a short hyphenated name such as GPT-4o."""
    pieces, at = [], 0
    for found in _HYPHENATED_NAME.finditer(text):
        if len(found[0]) > _KEPT_CHARS:
            continue
        pieces += [conditional_escape(text[at : found.start()]), format_html('<span class="nb">{}</span>', found[0])]
        at = found.end()
    return mark_safe("".join([*pieces, conditional_escape(text[at:])]))  # noqa: S308 - every piece is escaped
