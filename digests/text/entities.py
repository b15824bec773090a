"""Text with the marks of other programs in it -> text as it is meant: entities, LaTeX and tags are read; pure.

`read_marks` is for whatever a feed, a page or an archive wrote, and for rows that were stored before it was.
"""

import html
import re

from digests.text.latex import latex_to_text

MAX_ESCAPE_LEVELS = 3  # times; what is escaped more often is no mistake of a program

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(
    r"<(/?(?:a|abbr|applet|article|audio|b|base|blockquote|body|br|button|code|div|em|embed|font|form|frame|frameset|"
    r"h[1-6]|head|hr|html|i|iframe|img|input|li|link|math|meta|object|ol|option|p|pre|script|section|select|small|span|"
    r"strong|style|sub|sup|svg|table|tbody|td|template|textarea|th|title|tr|u|ul|video)"
    r"(?:\s+[\w:-]+\s*=[^<>]*|/[^<>]*|\s*))>",
    re.IGNORECASE,
)


_EMPHASIS_TAGS = re.compile(r"<(i|b|u|em|strong|small|sub|sup|tt)>([^<>]*)</\1>", re.IGNORECASE)


def normalize_markup(text: str) -> str:
    """Return text as it is meant: entities, escaped however often, and LaTeX are read; tags become harmless.

    <i>words</i> are only stressed, as authors of papers do in plain text.
    """
    return neutralize_tags(_EMPHASIS_TAGS.sub(r"\2", latex_to_text(decode_entities(text))))


def decode_entities(text: str) -> str:
    """Return text whose entities that are still shown as such (&#8217;) are characters.

    What would become a tag by that was escaped on purpose, or to get past a filter: its brackets stay as they are.
    """
    for _time in range(MAX_ESCAPE_LEVELS):
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
    return html.unescape(found[0]).replace("\ufffd", "")  # of a number that is no character


def neutralize_tags(text: str) -> str:
    """Show a tag that stands in plain text by other brackets, so that no later step can take it for markup."""
    return _TAG.sub(r"‹\1›", text)
