"""Reads pages for tests: texts and attributes of the elements that a CSS selector finds, and a response's heading."""

from typing import Any

from lxml import html

# Statuses and headings of the error pages, in the language of the tests' settings.
NOT_FOUND = (404, "페이지를 찾을 수 없습니다")
STALE_LINK = (404, "더는 쓸 수 없는 링크입니다")
FORBIDDEN = (403, "접근 권한이 없습니다")
REFUSED = (400, "페이지를 찾을 수 없습니다")


def texts(content: bytes, selector: str = "h1") -> list[str]:
    """Return the texts of elements, each in one line."""
    return [" ".join(one.text_content().split()) for one in _find(content, selector)]


def status_and_heading(response: Any) -> tuple[int, str]:
    """Return the status of a response and the first heading of its page, "" where it has none."""
    return response.status_code, next(iter(texts(response.content)), "")


def values(content: bytes, selector: str, attribute: str = "value") -> list[str]:
    """Return an attribute of elements; those without it give an empty text."""
    return [one.get(attribute) or "" for one in _find(content, selector)]


def _find(content: bytes, selector: str) -> list[Any]:
    return list(html.fromstring(content.decode()).cssselect(selector))
