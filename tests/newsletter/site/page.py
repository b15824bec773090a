"""What stands in a page: texts and attributes of the elements that a CSS selector finds."""

from typing import Any

from lxml import html


def texts(content: bytes, selector: str = "h1") -> list[str]:
    """Return the texts of elements, each in one line."""
    return [" ".join(one.text_content().split()) for one in _find(content, selector)]


def values(content: bytes, selector: str, attribute: str = "value") -> list[str]:
    """Return an attribute of elements; those without it give an empty text."""
    return [one.get(attribute) or "" for one in _find(content, selector)]


def _find(content: bytes, selector: str) -> list[Any]:
    return list(html.fromstring(content.decode()).cssselect(selector))
