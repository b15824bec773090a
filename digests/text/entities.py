"""Text with the marks of other programs in it -> text as it is meant: entities, LaTeX and tags are read; pure.

`read_marks` is for whatever a feed, a page or an archive wrote, and for rows that were stored before it was.
"""

import html
import re

from digests.text.latex import plain

ESCAPED_AT_MOST = 3  # times; what is escaped more often is no mistake of a program

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(
    r"<(/?(?:a|abbr|applet|article|audio|b|base|blockquote|body|br|button|code|div|em|embed|font|form|frame|frameset|"
    r"h[1-6]|head|hr|html|i|iframe|img|input|li|link|math|meta|object|ol|option|p|pre|script|section|select|small|span|"
    r"strong|style|sub|sup|svg|table|tbody|td|template|textarea|th|title|tr|u|ul|video)"
    r"(?:\s+[\w:-]+\s*=[^<>]*|/[^<>]*|\s*))>",
    re.IGNORECASE,
)


_STRESSED = re.compile(r"<(i|b|u|em|strong|small|sub|sup|tt)>([^<>]*)</\1>", re.IGNORECASE)


def read_marks(text: str) -> str:
    """Return text as it is meant: entities, escaped however often, and LaTeX are read; tags become harmless.

    <i>words</i> are only stressed, as authors of papers do in plain text.
    """
    return without_tags(_STRESSED.sub(r"\2", plain(without_entities(text))))


def without_entities(text: str) -> str:
    """Return text whose entities that are still shown as such (&#8217;) are characters.

    What would become a tag by that was escaped on purpose, or to get past a filter: its brackets stay as they are.
    """
    for _time in range(ESCAPED_AT_MOST):
        decoded = _ENTITY.sub(_character, text)
        if without_tags(decoded) != decoded:
            decoded = _ENTITY.sub(
                lambda found: found[0] if _character(found) in {"<", ">"} else _character(found), text
            )
        if decoded == text:
            break
        text = decoded
    return text


def _character(found: re.Match[str]) -> str:
    return html.unescape(found[0]).replace("\ufffd", "")  # of a number that is no character


def without_tags(text: str) -> str:
    """Show a tag that stands in plain text by other brackets, so that no later step can take it for markup."""
    return _TAG.sub(r"‹\1›", text)
