"""Keeps a name or a title of the other writing direction from turning the line around it, in plain text and in HTML. Pure.

Without it, "محمد · HF ▲3" reads as if the votes were part of the name. Only a text that holds letters of Hebrew, Arabic or another
script from right to left is touched, so that ordinary mail gets no invisible letters. Not here: the direction of a whole page.
"""

import re

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from digests.text.markdown_rendering import remove_unsafe_characters

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"  # UAX 9; every mail program of the last ten years knows them
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_ISOLATE = re.compile(f"({FIRST_STRONG_ISOLATE}[^{FIRST_STRONG_ISOLATE}{POP_ISOLATE}\n]*{POP_ISOLATE})")


def has_right_to_left_letters(text: str) -> bool:
    """Say whether a text holds a letter that is written from right to left."""
    return bool(_RIGHT_TO_LEFT.search(text))


def isolate_in_text(text: str) -> str:
    """Return a name or a title as it may stand in a line of plain text."""
    if not has_right_to_left_letters(text):
        return text
    return f"{FIRST_STRONG_ISOLATE}{' '.join(remove_unsafe_characters(text).split())}{POP_ISOLATE}"


def isolate_in_html(text: str) -> SafeString:
    """Return a name or a title, escaped, as it may stand in a line of HTML."""
    if not has_right_to_left_letters(text):
        return SafeString(conditional_escape(text))
    return format_html('<span dir="auto">{}</span>', text)


def remove_unsafe_characters_outside_isolates(text: str) -> str:
    """Return a rendered text without unsafe characters, but with the isolates around names and titles.

    A pair that a feed wrote stays too where it stands in one line around such letters: what is in a pair can't turn anything else.
    """
    pieces = _ISOLATE.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        isolate_in_text(piece[1:-1]) if number % 2 else remove_unsafe_characters(piece)
        for number, piece in enumerate(pieces)
    )
