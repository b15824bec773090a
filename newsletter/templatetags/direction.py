"""Template filters that keep names and titles of the other writing direction from turning the line around them."""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from digests.text.text_direction import has_right_to_left_letters, isolate_in_html, isolate_in_text
from newsletter.emails.item_context import format_authors, format_authors_html

register = template.Library()

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
