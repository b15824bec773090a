"""Finds words of another language on a page: two Latin words in a row on a Korean page, Hangul on an English one.

What is said in another language has to stand in an element with its own `lang`: titles and quotes of sources, texts of an issue.
"""

import re
from collections.abc import Iterable, Iterator

from lxml import html

# Names and units that a Korean page has as they are; at most 150, and a test counts them.
PROPER_NAMES = (
    *("Daily Insights", "Daily Papers", "Hugging Face", "ArXiv ID", "Single Sign-On", "no such user", "ko, en"),
    *("item, title, link, summary, text", "hard, soft, policy", "Atom 1.0", "RSS 2.0", "JSON Feed"),
    "Mailchimp, Substack, Ghost, Buttondown, beehiiv, listmonk, Kit, MailerLite",
)
_SKIPPED = {"script", "style", "code", "pre", "template", "svg", "textarea", "kbd"}
_SAID_BY = ("title", "aria-label", "alt", "placeholder")
_BUTTONS = {"submit", "button", "reset"}
_LATIN = re.compile(r"[A-Za-z][A-Za-z'’]+(?:[ \u00a0,.:;–—]+[A-Za-z][A-Za-z'’]*)+")
_HANGUL = re.compile(r"[가-힣]+(?:[ ]+[가-힣]+)*")
# Addresses, file names, settings and {places}: not words of a language.
_NO_WORDS = re.compile(r"\S*[@/_=\\<>]\S*|\b[\w-]+(?:\.[\w-]+)+\b|\{\w*\}|[A-Z][A-Z0-9_]{2,}|–?-?-[a-z][\w-]+")


def find_foreign_words(text: str, language: str, known: Iterable[str] = ()) -> list[str]:
    """Return what of a text is not in `language` ("ko" or "en"); `known` are names that rows of the test have."""
    for name in sorted(known, key=len, reverse=True):
        text = text.replace(name, " | ")
    text = _NO_WORDS.sub(" | ", text)
    if language != "ko":
        return _HANGUL.findall(text)
    for name in PROPER_NAMES:
        text = text.replace(name, " | ")
    return _LATIN.findall(text)


def list_texts_of_page(content: bytes, language: str) -> list[str]:
    """Return what a person would read or hear on an HTML page, outside of elements with another `lang`."""
    texts = (" ".join(text.split()) for text in _list_texts(html.fromstring(content), language))
    return [text for text in texts if text]


def find_foreign_words_of_page(content: bytes, language: str, known: Iterable[str] = ()) -> list[str]:
    """Return what a person would read or hear on an HTML page that is not in `language`, outside of elements with another `lang`."""
    texts = list_texts_of_page(content, language)
    return [found for text in texts for found in find_foreign_words(text, language, known)]


def _list_texts(element: html.HtmlElement, language: str) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in _SKIPPED:
        return
    said = element.get("lang")
    if said is not None and said[:2] != language[:2]:
        return
    for name in _SAID_BY:
        yield element.get(name, "")
    if element.tag == "input" and element.get("type") in _BUTTONS:
        yield element.get("value", "")
    yield element.text or ""
    for child in element:
        yield from _list_texts(child, language)
        yield child.tail or ""
