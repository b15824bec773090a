"""Collects the sources that are due: fetches each, parses it, files its entries as items, and records the visit.

A failed visit leaves its error on the source, which is visited again after a pause that doubles with every failure, up to
a day. Not here: which entries are one story (`dedupe`), and what follows when an address has moved or is gone
(`redirects`).
"""

import datetime as dt
import http
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone

from digests.models import Collection, Source, refusals
from digests.models.row_failures import DATABASE_DOWN_ERRORS, describe_error, handle_each_row
from digests.sources import redirects
from digests.sources.dedupe import file_entries, find_shared_guids, replace_shared_guids
from digests.sources.http_client import FetchedDocument, FetchError, fetch_document
from digests.sources.parsing import ParsedEntry, ParseError, parse_document, read_linked_text
from digests.text.counts import count_noun
from digests.text.messages import OtherCode, format_message, make_message

logger = logging.getLogger(__name__)

MAX_RETRY_DELAY = dt.timedelta(days=1)
# After this a source is visited again whose worker died in its visit; no visit lasts longer.
LEASE = dt.timedelta(minutes=20)
MAX_LINKED_PAGES = 30  # per visit, at one request per second
MAX_LINKED_PAGES_SECONDS = 300  # for all of them, well within the lease


def collect_due_sources(
    now: dt.datetime | None = None, *, report: Callable[[Collection], object] | None = None
) -> list[Collection]:
    """Visit every enabled source that is due, and return the visits; `report` is called after each.

    Several workers may run this at once: each source is visited by one of them.
    """
    now = now or timezone.now()
    due = Source.objects.filter(enabled=True, next_fetch_at__lte=now).order_by("next_fetch_at", "pk")
    visits = []
    for visit in handle_each_row(
        "collect", due, lambda source: collect_source(source) if _claim_source(source) else None
    ):
        if visit:
            visits.append(visit)
            if report:
                report(visit)
    return visits


def collect_source(source: Source) -> Collection:
    """Visit one source now, and return the Collection row that says what it brought or why it failed."""
    visit, started = Collection(source=source), time.monotonic()
    try:
        found = fetch_document(source.url, etag=source.etag, last_modified=source.last_modified)
        entries = [] if found.unchanged else _parse_entries(source, found)
        _record_success(source, visit, found, entries)
    except (FetchError, ParseError) as error:
        visit.error = error.message
        _record_failure(source, visit, getattr(error, "retry_after", 0), getattr(error, "answered", 0))
    except DATABASE_DOWN_ERRORS:  # not the source's fault, and there is no place to record it
        raise
    except Exception as error:
        unexpected = make_message(OtherCode.UNEXPECTED, place=describe_error(error))
        visit = Collection(source=source, error=unexpected)
        logger.exception("source=%s", source.pk)
        _record_failure(source, visit)
    visit.seconds = time.monotonic() - started
    visit.save()
    logger.info("collected source=%s %s", source.pk, describe_visit(visit))
    return visit


@dataclass(frozen=True)
class SourceTrial:
    """What an address would bring as a source; `moved_to` is where it has moved for good, or empty."""

    entries: list[ParsedEntry]
    moved_to: str = ""


def try_source_url(url: str, *, kind: str, selectors: dict[str, str] | None = None) -> SourceTrial:
    """Fetch an address as if it were a source, without saving anything. Raises FetchError or ParseError."""
    found, selectors = fetch_document(url), selectors or {}
    entries = parse_document(found.body, kind=kind, url=found.url, content_type=found.content_type, selectors=selectors)
    unread = [bool(entry.url) for entry in entries]
    return SourceTrial(_add_linked_texts(entries, selectors.get("text", ""), unread), found.moved_to)


def describe_visit(visit: Collection) -> str:
    """Return what a visit brought in one English line, for a log or a terminal."""
    if visit.error:
        return f"error: {format_message(visit.error)}"
    moved = f"; moved permanently to {visit.moved_to}" if visit.moved_to else ""
    if visit.unchanged:
        return f"unchanged{moved}"
    skipped = refusals.count_refusals_in_english(refusals.deserialize_refusals(visit.refusals))
    return (
        f"{count_noun(visit.entries, 'entry', 'entries')}, {visit.new} new, {count_noun(visit.duplicates, 'duplicate')}, "
        f"{visit.known} known, {skipped}{moved}"
    )


def _claim_source(source: Source) -> bool:
    """Claim a source by moving its due time; False where another worker moved it first."""
    mine = Source.objects.filter(pk=source.pk, enabled=True, next_fetch_at=source.next_fetch_at)
    if not mine.update(next_fetch_at=timezone.now() + LEASE):
        return False
    source.refresh_from_db()  # it may have been edited since the list was read
    return True


def _parse_entries(source: Source, found: FetchedDocument) -> list[ParsedEntry]:
    selectors = source.selectors if isinstance(source.selectors, dict) else {}
    entries = parse_document(
        found.body, kind=source.kind, url=found.url, content_type=found.content_type, selectors=selectors
    )
    if not selectors.get("text"):
        return entries
    guids = [
        entry.guid for entry in replace_shared_guids(entries, find_shared_guids(entries) | set(source.shared_guids))
    ]
    known = set(source.entries.filter(guid__in=guids).values_list("guid", flat=True))
    unread = [bool(entry.url) and guid not in known for entry, guid in zip(entries, guids, strict=True)]
    return _add_linked_texts(entries, selectors["text"], unread)


def _add_linked_texts(entries: list[ParsedEntry], selector: str, unread: list[bool]) -> list[ParsedEntry]:
    """Return entries with the text of the page that each links to, where `unread` is set and the page can be read."""
    deadline = time.monotonic() + MAX_LINKED_PAGES_SECONDS
    places = [place for place, is_unread in enumerate(unread) if selector and is_unread]
    texts: dict[int, str] = {}
    for place in places[:MAX_LINKED_PAGES]:
        if time.monotonic() < deadline:
            texts[place] = _fetch_linked_text(entries[place].url, selector)
    return [replace(entry, summary=texts.get(place) or entry.summary) for place, entry in enumerate(entries)]


def _fetch_linked_text(url: str, selector: str) -> str:
    try:
        page = fetch_document(url)
        return read_linked_text(page.body, selector=selector, content_type=page.content_type)
    except (FetchError, ParseError) as error:
        logger.info("linked page not read: %s", error)
        return ""


def _record_success(source: Source, visit: Collection, found: FetchedDocument, entries: list[ParsedEntry]) -> None:
    now = timezone.now()
    with transaction.atomic():
        visit.unchanged, visit.moved_to = found.unchanged, found.moved_to
        if entries:
            # Only one worker files at a time, or two would store the same story twice: all lock the same row, the first
            # source. (SQLite locks the whole database at BEGIN.)
            Source.objects.select_for_update().order_by("pk").first()
            filed = file_entries(source, entries, now=now)
            visit.entries, visit.new, visit.duplicates = len(entries), filed.new, filed.duplicates
            visit.known, visit.refused = filed.known, filed.refused
            visit.refusals = refusals.serialize_refusals(filed.refusals)
        _update_source(
            source,
            etag=source.etag if found.unchanged else found.etag,
            last_modified=source.last_modified if found.unchanged else found.last_modified,
            failures=0,
            last_error={},
            last_success_at=now,
            next_fetch_at=now + dt.timedelta(minutes=source.every_minutes),
            **redirects.compute_success_update(source, found.moved_to),
        )


def _record_failure(source: Source, visit: Collection, retry_after: int = 0, status: int = 0) -> None:
    now, pause = timezone.now(), dt.timedelta(minutes=source.every_minutes)
    # The first failure waits as long as a success. The exponent is bounded, because a timedelta overflows.
    doubled = min(pause, MAX_RETRY_DELAY) * 2 ** min(source.failures, 20)
    requested = min(dt.timedelta(seconds=retry_after), MAX_RETRY_DELAY)
    wait = max(pause, requested, min(doubled, MAX_RETRY_DELAY))
    gone: dict[str, object] = {}
    if status == http.HTTPStatus.GONE:
        gone, wait = redirects.compute_gone_update(source, now), min(wait, redirects.GONE_RECHECK_INTERVAL)
    _update_source(source, failures=source.failures + 1, last_error=visit.error, next_fetch_at=now + wait, **gone)


def _update_source(source: Source, **fields: object) -> None:
    """Save fields of a source after a visit, unless an editor gave it another address during the visit."""
    if Source.objects.filter(pk=source.pk, url=source.url).update(**fields):
        for name, value in fields.items():
            setattr(source, name, value)
