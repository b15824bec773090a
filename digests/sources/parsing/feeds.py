"""Reads entries from RSS, Atom and RDF feeds, with feedparser, after the XML was bounded and repaired (`xml`).

feedparser does not clean HTML well enough, and cannot tell text from HTML in RSS; both is done here on its result.
"""

import io
import re
from typing import Any

import feedparser

from digests.sources.parsing.dates import detect_day_first
from digests.sources.parsing.entries import (
    ParsedEntry,
    ParseError,
    clean_entry,
    read_first_date,
    select_newest,
    sort_newest_first,
)
from digests.sources.parsing.xml import repair_and_bound_xml
from digests.sources.source_problems import ParseProblem
from digests.text.cleaning import article_to_text, html_to_text, unwrap_lines
from digests.text.entities import neutralize_tags

# feedparser takes an empty <link> for the entry's link, and then ignores the guid, which is a link unless it says otherwise.
_EMPTY_LINK = re.compile(
    rb"""<(?P<name>(?:\w{1,20}:)?link)(?=[\s/>])(?![^<>]*\shref\s*=\s*["']\s*[^\s"'])[^<>]*"""
    rb"""(?:/>|(?<!/)>(?:\s|<!\[CDATA\[\s*\]\]>|<!--[^-]{0,200}-->)*</(?P=name)\s*>)"""
)
DATE_FIELDS = ("published", "updated", "created")  # feedparser's names; the first that can be read counts
MAX_SNIPPET_CHARS = 80  # a description this short only announces the content, which is taken instead


def read_feed(text: str, *, url: str) -> list[ParsedEntry]:
    """Return the entries of a feed; raises ParseError where the document is not a feed."""
    data, is_cut = repair_and_bound_xml(text)
    data = _EMPTY_LINK.sub(b"", data)
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        # A stream, because feedparser would open bytes that look like a path or an address. Its own cleaning is off,
        # because it is slow and not enough.
        found = feedparser.parse(
            io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # it lets its internal errors through (UnicodeEncodeError, AttributeError, ...)
        raise ParseError(ParseProblem.UNREADABLE, kind=type(error).__name__) from error
    if not found.get("version"):
        raise ParseError(ParseProblem.NO_FEED)
    if not found.entries and re.search(rb"<(?:item|entry)[\s>]", data):
        raise ParseError(ParseProblem.NO_ENTRIES)
    dates = [_text_field(raw, name) for raw in (*found.entries, found.feed) for name in DATE_FIELDS]
    day_first = detect_day_first(dates)
    entries = [_read_entry(raw, url, day_first) for raw in found.entries]
    return sort_newest_first(entries) if is_cut else select_newest(entries, lambda entry: entry.published)


def _read_entry(raw: Any, url: str, day_first: bool | None) -> ParsedEntry:
    return clean_entry(
        guid=_text_field(raw, "id"),
        title=_strip_publisher(_read_title(raw), raw),
        link=_text_field(raw, "link"),
        # Where an entry has no link, feedparser gives its guid: only a complete address is one, so it gets no base.
        base=url if dict.get(raw, "links") else "",
        summary=_read_summary(raw),
        published=read_first_date(*(_text_field(raw, name) for name in DATE_FIELDS), day_first=day_first),
        authors=[str(author.get("name") or "") for author in dict.get(raw, "authors") or []],
        comment=_text_field(raw, "arxiv_comment"),
    )


def _text_field(raw: Any, name: str) -> str:
    # dict.get, because feedparser's own `get` maps missing names to other fields, with a warning.
    value = dict.get(raw, name)
    return value if isinstance(value, str) else ""


def _is_plain(detail: Any) -> bool:
    return bool(detail) and detail.get("type") == "text/plain"


def _read_title(raw: Any) -> str:
    title = _text_field(raw, "title")
    if _is_plain(dict.get(raw, "title_detail")):
        return title
    text = html_to_text(title)
    # Text that becomes a tag only by decoding was escaped on purpose, or to get past a filter: it stays escaped.
    return title if not text or ("<" not in title and neutralize_tags(text) != text) else text


def _strip_publisher(title: str, raw: Any) -> str:
    """Return a title without the publisher that an aggregator puts behind it: "Headline - Publisher"."""
    source = dict.get(raw, "source")
    publisher = " ".join(html_to_text(_text_field(source, "title")).split()) if isinstance(source, dict) else ""
    if not publisher:
        return title
    line = " ".join(title.split())
    return re.sub(rf"(?<=\S)\s+[-–—|·:]\s+{re.escape(publisher)}\Z", "", line, flags=re.IGNORECASE)


def _read_summary(raw: Any) -> str:
    summary = _to_plain_text(_text_field(raw, "summary"), dict.get(raw, "summary_detail"))
    contents = [_to_plain_text(str(one.get("value") or ""), one) for one in dict.get(raw, "content") or []]
    content = max(contents, key=len, default="")
    return content if len(summary) < MAX_SNIPPET_CHARS and len(content) > len(summary) else summary


def _to_plain_text(text: str, detail: Any) -> str:
    return unwrap_lines(text) if _is_plain(detail) else article_to_text(text)
