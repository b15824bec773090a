"""Turns markup that other programs left in plain text into the characters that were meant: entities, LaTeX, tags. Pure.

`normalize_markup` is for text from a feed, a page or an archive, and for rows that an earlier version stored as typed.
Not here: reading HTML (`cleaning`).
"""

import html
import re

from digests.text.latex import latex_to_text

MAX_ESCAPE_LEVELS = 3  # text that is escaped more often is not a mistake of a program

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Only elements of HTML, by their names: other text in angle brackets is the author's.
_TAG = re.compile(
    r"<(/?(?:a|abbr|applet|article|audio|b|base|blockquote|body|br|button|code|div|em|embed|font|form|frame|frameset|"
    r"h[1-6]|head|hr|html|i|iframe|img|input|li|link|math|meta|object|ol|option|p|pre|script|section|select|small|span|"
    r"strong|style|sub|sup|svg|table|tbody|td|template|textarea|th|title|tr|u|ul|video)"
    r"(?:\s+[\w:-]+\s*=[^<>]*|/[^<>]*|\s*))>",
    re.IGNORECASE,
)
_EMPHASIS_TAGS = re.compile(r"<(i|b|u|em|strong|small|sub|sup|tt)>([^<>]*)</\1>", re.IGNORECASE)


def normalize_markup(text: str) -> str:
    """Return plain text with entities and LaTeX as characters, and with tags that no later step can take for markup.

    Tags of emphasis (<i>words</i>), which authors type in plain text, are dropped; the words stay.
    """
    return neutralize_tags(_EMPHASIS_TAGS.sub(r"\2", latex_to_text(decode_entities(text))))


def decode_entities(text: str) -> str:
    """Return text in which entities (&#8217;) have become characters, also where they were escaped several times.

    Text that would become a tag was escaped on purpose, or to get past a filter: its brackets stay escaped.
    """
    for _level in range(MAX_ESCAPE_LEVELS):
        decoded = _ENTITY.sub(_decode_entity, text)
        if neutralize_tags(decoded) != decoded:
            decoded = _ENTITY.sub(
                lambda found: found[0] if _decode_entity(found) in {"<", ">"} else _decode_entity(found), text
            )
        if decoded == text:
            break
        text = decoded
    return text


def _decode_entity(found: re.Match[str]) -> str:
    return html.unescape(found[0]).replace("\ufffd", "")  # a number that stands for no character becomes nothing


def neutralize_tags(text: str) -> str:
    """Return plain text with ‹ and › around tags, so that no later step can take them for markup."""
    return _TAG.sub(r"‹\1›", text)
