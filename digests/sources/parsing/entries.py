"""What every kind of document comes to: entries of clean text, and the errors for people.

`clean_entry` is the one door: nothing that a document wrote leaves this package but through it.
"""

import datetime as dt
import hashlib
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urljoin

from django.utils import timezone

from digests.sources.parsing.dates import read_date
from digests.text.cleaning import clean_line, clean_text, parse_arxiv_id, sanitize_url
from digests.text.entities import normalize_markup
from digests.text.withdrawn import find_withdrawal_reason

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_ENTRIES = 2_000  # per document; the busiest day of arXiv has about 1,200
MAX_SUMMARY_CHARS = 20_000  # characters: a long article, not a book
MAX_AUTHORS = 200
MAX_GUID_CHARS = 500
EARLIEST_DATE = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)  # before the web: a clock that was not set, or a typing error
# A date without a zone may lie up to a day ahead; what lies further ahead is no moment at which something came out.
MAX_TIME_AHEAD = dt.timedelta(days=2)

_ARXIV_OPENING = re.compile(r"\AarXiv:\S+\s+Announce Type:\s*\S+\s*(?:Abstract:\s*)?", re.IGNORECASE)


class ParseError(Exception):
    """A document that cannot be read; the text tells a person why."""


@dataclass(frozen=True)
class ParsedEntry:
    """One entry as it may be shown: `published` is aware, "" and None are unknown."""

    guid: str
    title: str
    url: str
    summary: str = ""
    published: dt.datetime | None = None
    authors: list[str] = field(default_factory=list)
    arxiv_id: str = ""
    votes: int = 0
    withdrawn: str = ""  # the sentence that says so


def clean_entry(
    *,
    title: str,
    link: str,
    base: str = "",
    guid: str = "",
    summary: str = "",
    published: dt.datetime | None = None,
    authors: Iterable[str] = (),
    votes: int = 0,
    comment: str = "",
) -> ParsedEntry:
    """Return an entry of what a document says in plain text; links are resolved against `base`.

    `comment` is what an archive of papers says beside the abstract; it is read, and not kept.
    """
    title, url = clean_line(normalize_markup(title)), make_absolute_url(base, link)
    paper = parse_arxiv_id(url) or parse_arxiv_id(guid)
    names = [clean_line(normalize_markup(name), 200) for name in authors]
    summary = _clean_summary(summary, listed=bool(paper))
    if paper and len(names) == 1:  # arXiv's feeds name all authors in one string
        names = [name.strip() for name in names[0].split(",")]
    return ParsedEntry(
        guid=shorten_guid(clean_line(guid, 100_000) or url or title),
        title=title,
        url=url,
        summary=summary,
        published=_plausible_date(published),
        authors=[name for name in names if name][:MAX_AUTHORS],
        arxiv_id=paper,
        votes=max(0, min(votes, 2**31 - 1)),  # what the column holds
        withdrawn=find_withdrawal_reason(title, summary, comment=clean_line(comment), paper=bool(paper)),
    )


def select_newest(rows: list[T], moment_of: Callable[[T], dt.datetime | None]) -> list[T]:
    """Return a document's entries, of too many the newest first: undated ones count as newest and keep their order.

    It is asked before entries are read: dates alone are cheap.
    """
    if len(rows) <= MAX_ENTRIES:
        return rows
    logger.warning("a document has %d entries: the newest %d are read", len(rows), MAX_ENTRIES)
    now = timezone.now()
    return sorted(rows, key=lambda row: moment_of(row) or now, reverse=True)[:MAX_ENTRIES]


def sort_newest_first(entries: list[ParsedEntry]) -> list[ParsedEntry]:
    """Return the entries that are left of too many: undated ones count as newest and keep their order."""
    now = timezone.now()
    return sorted(entries, key=lambda entry: entry.published or now, reverse=True)[:MAX_ENTRIES]


def make_absolute_url(base: str, link: str) -> str:
    """Return a link as an absolute http(s) address, "" where it is none."""
    link = link.strip()
    try:
        return sanitize_url(urljoin(base, link)) if link else ""
    except ValueError:
        return ""


def read_first_date(*dates: object, day_first: bool | None = None) -> dt.datetime | None:
    """Return the first possible moment that one of these dates of an entry names (`parse.dates`)."""
    moments = (_plausible_date(read_date(date, day_first=day_first)) for date in dates)
    return next(filter(None, moments), None)


def _plausible_date(published: dt.datetime | None) -> dt.datetime | None:
    try:
        published = published and published.astimezone(dt.UTC)
    except OverflowError:  # the first or last day that there is, in another zone
        return None
    now = timezone.now()
    if published is None or published < EARLIEST_DATE or published > now + MAX_TIME_AHEAD:
        return None
    return min(published, now)


def _clean_summary(text: str, *, listed: bool) -> str:
    """Return the text without the line that arXiv's listings put before an abstract, and no longer than is kept."""
    text = clean_text(normalize_markup(clean_text(text)))
    if listed:
        text = _ARXIV_OPENING.sub("", text, count=1)
    return text if len(text) <= MAX_SUMMARY_CHARS else text[: MAX_SUMMARY_CHARS - 1].rsplit(None, 1)[0] + "…"


def shorten_guid(guid: str) -> str:
    """Return a guid as it is kept: a long one as its hash."""
    return guid if len(guid) <= MAX_GUID_CHARS else hashlib.sha256(guid.encode()).hexdigest()
