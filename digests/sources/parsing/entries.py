"""Makes entries of clean text from the raw fields of any document, and keeps the newest of too many.

Every reader of this package passes each entry through `clean_entry`, so that none leaves it uncleaned. Not here: reading
the documents (`feeds`, `json_feeds`, `web_pages`).
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
from digests.text.messages import CodedError
from digests.text.withdrawn import find_withdrawal_reason

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_ENTRIES = 2_000  # per document; the busiest day of arXiv has about 1,200
MAX_SUMMARY_CHARS = 20_000  # a long article, not a book
MAX_AUTHORS = 200
MAX_AUTHOR_CHARS = 200
MAX_GUID_CHARS = 500  # what the column holds
EARLIEST_DATE = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)  # a date before the web is a clock that was not set, or a typo
# A date without a zone is taken for UTC, so it may seem to lie up to a day ahead; one further ahead is not a publication date.
MAX_TIME_AHEAD = dt.timedelta(days=2)

_ARXIV_OPENING = re.compile(r"\AarXiv:\S+\s+Announce Type:\s*\S+\s*(?:Abstract:\s*)?", re.IGNORECASE)


class ParseError(CodedError):
    """A document that cannot be parsed."""


@dataclass(frozen=True)
class ParsedEntry:
    """One entry of clean plain text: `published` is aware; "" and None mean unknown."""

    guid: str
    title: str
    url: str
    summary: str = ""
    published: dt.datetime | None = None
    authors: list[str] = field(default_factory=list)
    arxiv_id: str = ""
    votes: int = 0
    withdrawn: str = ""  # the sentence which says that the paper was withdrawn


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
    """Return an entry of clean text from fields that are plain text already; links are resolved against `base`.

    `comment` is an archive's comment on a paper; it is searched for a withdrawal, and not kept.
    """
    title, url = clean_line(normalize_markup(title)), make_absolute_url(base, link)
    paper = parse_arxiv_id(url) or parse_arxiv_id(guid)
    names = [clean_line(normalize_markup(name), MAX_AUTHOR_CHARS) for name in authors]
    summary = _clean_summary(summary, listed=bool(paper))
    if paper and len(names) == 1:  # arXiv's feeds name all authors in one string, with a colon behind a group's name
        names = re.split(r",|:(?=\s)", names[0])
    names = [name.strip(" :") for name in names]
    return ParsedEntry(
        guid=shorten_guid(clean_line(guid, 100_000) or url or title),
        title=title,
        url=url,
        summary=summary,
        published=_plausible_date(published),
        authors=[name for name in names if any(letter.isalpha() for letter in name)][:MAX_AUTHORS],
        arxiv_id=paper,
        votes=max(0, min(votes, 2**31 - 1)),  # what the column holds
        withdrawn=find_withdrawal_reason(title, summary, comment=clean_line(comment), paper=bool(paper)),
    )


def select_newest(rows: list[T], moment_of: Callable[[T], dt.datetime | None]) -> list[T]:
    """Return the rows of a document; of more than `MAX_ENTRIES` the newest, in order of time.

    Undated rows count as newest and keep their order. It works on raw rows, because reading only their dates is cheap.
    """
    if len(rows) <= MAX_ENTRIES:
        return rows
    logger.warning("a document has %d entries: the newest %d are read", len(rows), MAX_ENTRIES)
    now = timezone.now()
    return sorted(rows, key=lambda row: moment_of(row) or now, reverse=True)[:MAX_ENTRIES]


def sort_newest_first(entries: list[ParsedEntry]) -> list[ParsedEntry]:
    """Return the newest `MAX_ENTRIES` entries in order of time; undated ones count as newest and keep their order."""
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
    """Return the time of the first of an entry's dates that can be read and is plausible; None where there is none."""
    moments = (_plausible_date(read_date(date, day_first=day_first)) for date in dates)
    return next(filter(None, moments), None)


def _plausible_date(published: dt.datetime | None) -> dt.datetime | None:
    try:
        published = published and published.astimezone(dt.UTC)
    except OverflowError:  # the first or last day that Python knows, in another zone
        return None
    now = timezone.now()
    if published is None or published < EARLIEST_DATE or published > now + MAX_TIME_AHEAD:
        return None
    return min(published, now)  # ahead by its zone only: nothing is published later than it is found


def _clean_summary(text: str, *, listed: bool) -> str:
    """Return a summary of at most `MAX_SUMMARY_CHARS`, without the line that arXiv's listings put before an abstract."""
    text = clean_text(normalize_markup(clean_text(text)))
    if listed:
        text = _ARXIV_OPENING.sub("", text, count=1)
    return text if len(text) <= MAX_SUMMARY_CHARS else text[: MAX_SUMMARY_CHARS - 1].rsplit(None, 1)[0] + "…"


def shorten_guid(guid: str) -> str:
    """Return a guid as it is stored: one that is too long for the column as its hash."""
    return guid if len(guid) <= MAX_GUID_CHARS else hashlib.sha256(guid.encode()).hexdigest()
