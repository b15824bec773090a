"""Reads entries from JSON Feed documents, and from the Hugging Face API's answers of daily papers.

A field of the wrong type counts as missing, so that one bad entry does not spoil the others. Not here: XML (`feeds`).
"""

import ast
import datetime as dt
import json
import re
from typing import Any

from digests.sources.parsing.dates import detect_day_first
from digests.sources.parsing.entries import (
    MAX_ENTRIES,
    ParsedEntry,
    ParseError,
    clean_entry,
    read_first_date,
    select_newest,
)
from digests.sources.source_problems import ParseProblem
from digests.text.cleaning import article_to_text, unwrap_lines

PAPER_URL_PREFIX = "https://huggingface.co/papers/"
MAX_SAVED_ROW_CHARS = 100_000  # of one row in an archive; the largest real ones have about 12,000
MAX_ROWS = 5 * MAX_ENTRIES  # the newest of these are kept; anything behind them is not read


def read_json_feed(text: str, *, url: str) -> list[ParsedEntry]:
    """Return the entries of a JSON Feed, version 1 or 1.1."""
    document = _load_json(text)
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise _make_error(document, ParseProblem.NO_ITEMS, ParseProblem.NO_ITEMS_BUT)
    items = [item for item in items[:MAX_ROWS] if isinstance(item, dict)]
    day_first = detect_day_first(item.get(name) for item in items for name in ("date_published", "date_modified"))
    dated = [(item, _read_published(item, day_first)) for item in items]
    return [_make_feed_entry(item, url, published) for item, published in select_newest(dated, lambda pair: pair[1])]


def read_huggingface_papers(text: str) -> list[ParsedEntry]:
    """Return the papers of a daily-papers answer; each entry links to the paper's page at Hugging Face."""
    document = _load_json(text)
    if not isinstance(document, list):
        raise _make_error(document, ParseProblem.NO_PAPERS, ParseProblem.NO_PAPERS_BUT)
    papers = [(row, row["paper"]) for row in map(_parse_row, document[:MAX_ROWS]) if _is_paper(row)]
    if document and not papers:
        raise ParseError(ParseProblem.NO_PAPERS)
    dated = [(row, paper, read_first_date(paper.get("publishedAt"), row.get("publishedAt"))) for row, paper in papers]
    return [_make_paper_entry(*one) for one in select_newest(dated, lambda one: one[2])]


def _load_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # RecursionError: nested a thousand deep
        raise ParseError(ParseProblem.BROKEN_JSON) from error


def _make_error(document: Any, problem: ParseProblem, problem_with_words: ParseProblem) -> ParseError:
    """Return the error with the server's words, of an answer such as {"error": {"message": "Too Many Requests"}}."""
    error = document.get("error") if isinstance(document, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return ParseError(problem_with_words, said=message[:100]) if isinstance(message, str) else ParseError(problem)


def _read_published(item: dict[str, Any], day_first: bool | None) -> dt.datetime | None:
    return read_first_date(item.get("date_published"), item.get("date_modified"), day_first=day_first)


def _make_feed_entry(item: dict[str, Any], url: str, published: dt.datetime | None) -> ParsedEntry:
    html = article_to_text(_text_field(item, "content_html"))
    authors = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    identifier = item.get("id")
    return clean_entry(
        guid=str(identifier) if isinstance(identifier, str | int | float) else "",
        title=_text_field(item, "title"),
        link=_text_field(item, "url") or _text_field(item, "external_url") or _url_identifier(identifier),
        base=url,
        summary=unwrap_lines(_text_field(item, "summary") or _text_field(item, "content_text")) or html,
        published=published,
        authors=[_text_field(author, "name") for author in authors or []],
    )


def _url_identifier(identifier: object) -> str:
    """Return an identifier that is a complete address, else "": as a link it would be taken for a path."""
    return identifier if isinstance(identifier, str) and re.match(r"\s*https?://", identifier, re.IGNORECASE) else ""


def _parse_row(row: Any) -> Any:
    """Return one row; in archives of these answers each is the text of a Python dict."""
    if not isinstance(row, str) or len(row) > MAX_SAVED_ROW_CHARS:
        return row
    try:
        return ast.literal_eval(row)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _is_paper(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("paper"), dict)


def _make_paper_entry(row: dict[str, Any], paper: dict[str, Any], published: dt.datetime | None) -> ParsedEntry:
    identifier, votes = _text_field(paper, "id"), paper.get("upvotes")
    authors = paper.get("authors")
    return clean_entry(
        guid=identifier,
        title=_text_field(paper, "title") or _text_field(row, "title"),
        link=PAPER_URL_PREFIX + identifier if identifier else "",
        summary=unwrap_lines(_text_field(paper, "summary") or _text_field(row, "summary")),
        published=published,
        authors=[_text_field(author, "name") for author in authors] if isinstance(authors, list) else [],
        votes=votes if isinstance(votes, int) else 0,
    )


def _text_field(row: Any, name: str) -> str:
    value = row.get(name) if isinstance(row, dict) else None
    return value if isinstance(value, str) else ""
