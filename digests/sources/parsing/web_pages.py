"""Reads entries from web pages without a feed, by the CSS selectors of their source.

`title` selects the headlines and is required. `item` selects the elements that hold one entry each; without it an entry
is the largest element around a headline that holds no other headline. `link` and `summary` select within an entry;
without `link` the link in or around the headline is taken. `text` selects on the page that an entry links to.
"""

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Callable
from typing import cast

from cssselect import SelectorError
from lxml import etree
from lxml import html as lxml_html
from lxml.cssselect import CSSSelector

from digests.sources.parsing.charsets import decode_document
from digests.sources.parsing.dates import detect_day_first
from digests.sources.parsing.entries import (
    MAX_ENTRIES,
    ParsedEntry,
    ParseError,
    clean_entry,
    make_absolute_url,
    read_first_date,
    select_newest,
)
from digests.sources.source_problems import ParseProblem
from digests.text.cleaning import html_to_text
from digests.text.entities import normalize_markup

MAX_ITEMS = 5 * MAX_ENTRIES  # the newest of these are kept; anything behind them is not read
# The longest lists have some ten thousand tags. A selector costs the square of what it finds: 100,000 headlines cost 19 s.
MAX_TAGS = 100_000
SELECTOR_NAMES = ("item", "title", "link", "summary", "text")

Element = etree._Element  # the stubs' name for any element
Select = Callable[[Element], list[Element]]


def read_page(text: str, *, url: str, selectors: dict[str, str]) -> list[ParsedEntry]:
    """Return an entry per headline; raises ParseError where a selector is wrong, or `title` finds nothing."""
    select = {name: _compile_selector(name, css) for name, css in selectors.items() if css}
    if "title" not in select:
        raise ParseError(ParseProblem.NO_TITLE_SELECTOR)
    root = _parse_html(text)
    base = make_absolute_url(url, next(iter(_attributes(root, "//base/@href")), "")) or url
    found = _find_items(root, select)
    if not found:
        raise ParseError(ParseProblem.NOTHING_FOUND, css=selectors["title"])
    dates = [_written_dates(item) for item, _title in found]
    day_first = detect_day_first(itertools.chain.from_iterable(dates))
    dated = [
        (*pair, read_first_date(*written, day_first=day_first)) for pair, written in zip(found, dates, strict=True)
    ]
    return [_make_entry(*one, select, base) for one in select_newest(dated, lambda one: one[2])]


def read_linked_text(body: bytes, *, selector: str, content_type: str = "") -> str:
    """Return the text of all elements that a selector finds on the page that an entry links to."""
    select = _compile_selector("text", selector)
    found = select(_parse_html(decode_document(body, content_type)))
    return normalize_markup("\n".join(filter(None, (_element_text(element) for element in found))))


def _compile_selector(name: str, css: object) -> Select:
    if name not in SELECTOR_NAMES:
        raise ParseError(ParseProblem.UNKNOWN_SELECTOR, name=name, known=", ".join(SELECTOR_NAMES))
    if not isinstance(css, str):  # an editor types the selectors as JSON
        raise ParseError(ParseProblem.SELECTOR_NO_TEXT, name=name)
    try:
        return cast(Select, CSSSelector(css, translator="html"))
    except (SelectorError, etree.XPathError) as error:
        raise ParseError(ParseProblem.NOT_CSS, name=name, css=css, why=str(error)) from error


def _parse_html(text: str) -> Element:
    text = _truncate_page(text)
    try:
        return lxml_html.document_fromstring(text.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError) as error:
        raise ParseError(ParseProblem.NO_HTML) from error


def _truncate_page(text: str) -> str:
    """Return the page up to its `MAX_TAGS`th tag; lists begin with the newest entries."""
    if text.count("<") <= MAX_TAGS:
        return text
    first_too_many = next(itertools.islice(re.finditer("<", text), MAX_TAGS, None))
    return text[: first_too_many.start()]


def _find_items(root: Element, select: dict[str, Select]) -> list[tuple[Element, Element]]:
    if "item" in select:
        pairs = ((item, next(iter(select["title"](item)), None)) for item in select["item"](root)[:MAX_ITEMS])
        return [(item, title) for item, title in pairs if title is not None]
    titles = select["title"](root)
    around = Counter(ancestor for title in titles for ancestor in title.iterancestors())
    return [(_largest_item_around(title, around), title) for title in titles[:MAX_ITEMS]]


def _largest_item_around(title: Element, around: Counter[Element]) -> Element:
    """Return the largest element around a headline that holds no other headline."""
    item = title
    for ancestor in title.iterancestors():
        if around[ancestor] > 1 or ancestor.tag == "body":
            break
        item = ancestor
    return item


def _written_dates(item: Element) -> list[str]:
    """Return the texts of an item's first date: that for programs, and that for people."""
    time = next(item.iter("time"), None)
    return [] if time is None else [str(time.get("datetime") or ""), _element_text(time)]


def _make_entry(
    item: Element, title: Element, published: dt.datetime | None, select: dict[str, Select], base: str
) -> ParsedEntry:
    summary = next(iter(select["summary"](item)), None) if "summary" in select else None
    return clean_entry(
        title=_element_text(title),
        link=_find_link(item, title, select),
        base=base,
        summary="" if summary is None else _element_text(summary),
        published=published,
    )


def _find_link(item: Element, title: Element, select: dict[str, Select]) -> str:
    """Return the address of the selected link, else of the link on, in or around the headline; "" without one."""
    selected = select["link"](item) if "link" in select else []
    for element in (*selected, title):
        for path in ("self::a/@href", ".//a/@href", "ancestor::a/@href"):
            if hrefs := _attributes(element, path):
                return hrefs[0]
    return ""


def _attributes(element: Element, path: str) -> list[str]:
    return [str(value) for value in cast(list[str], element.xpath(path))]


def _element_text(element: Element) -> str:
    return html_to_text(lxml_html.tostring(element, encoding="unicode", with_tail=False))
