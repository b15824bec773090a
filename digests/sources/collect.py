"""Due sources -> new items: fetch, parse, file, and note on the source how it went.

A source that fails is a row to look at: the error stands on it, and it is asked again after a pause that doubles with
every failure, up to a day. The rules of what is one story are in `digests.sources.dedupe`, what follows from an address that has
moved or is gone in `digests.sources.redirects`.
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

logger = logging.getLogger(__name__)

MAX_RETRY_DELAY = dt.timedelta(days=1)
# A claimed source is tried again after this if its worker died; longer than any visit lasts.
LEASE = dt.timedelta(minutes=20)
MAX_LINKED_PAGES = 30  # per visit; at a second each
MAX_LINKED_PAGES_SECONDS = 300  # for all of them


def collect_due_sources(
    now: dt.datetime | None = None, *, report: Callable[[Collection], object] | None = None
) -> list[Collection]:
    """Visit every enabled source that is due, each but once however many workers ask; `report` hears of each."""
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
    """Visit one source now; what it brought, or why it failed, is the Collection that is returned."""
    visit, started = Collection(source=source), time.monotonic()
    try:
        found = fetch_document(source.url, etag=source.etag, last_modified=source.last_modified)
        entries = [] if found.unchanged else _parse_entries(source, found)
        _record_success(source, visit, found, entries)
    except (FetchError, ParseError) as error:
        visit.error = str(error)
        _record_failure(source, visit, getattr(error, "retry_after", 0), getattr(error, "status", 0))
    except DATABASE_DOWN_ERRORS:
        raise
    except Exception as error:
        visit = Collection(source=source, error=f"an unexpected error: {describe_error(error)}")
        logger.exception("source=%s", source.pk)
        _record_failure(source, visit)
    visit.seconds = time.monotonic() - started
    visit.save()
    logger.info("collected source=%s %s", source.pk, describe_visit(visit))
    return visit


@dataclass(frozen=True)
class SourceTrial:
    """What an address would bring, and where it has moved to for good, if it has."""

    entries: list[ParsedEntry]
    moved_to: str = ""


def try_source_url(url: str, *, kind: str, selectors: dict[str, str] | None = None) -> SourceTrial:
    """Ask an address as if it were a source; saves nothing. Raises FetchError or ParseError."""
    found, selectors = fetch_document(url), selectors or {}
    entries = parse_document(found.body, kind=kind, url=found.url, content_type=found.content_type, selectors=selectors)
    unread = [bool(entry.url) for entry in entries]
    return SourceTrial(_add_linked_texts(entries, selectors.get("text", ""), unread), found.moved_to)


def describe_visit(visit: Collection) -> str:
    """Say in a line what a visit brought."""
    if visit.error:
        return f"error: {visit.error}"
    moved = f"; moved for good to {visit.moved_to}" if visit.moved_to else ""
    if visit.unchanged:
        return f"unchanged{moved}"
    refused = refusals.count_refusals_in_english(refusals.deserialize_refusals(visit.refusals))
    return (
        f"{visit.entries} entries, {visit.new} new, {visit.duplicates} duplicates, "
        f"{visit.known} known, {refused}{moved}"
    )


def _claim_source(source: Source) -> bool:
    """Take a source by moving its moment on; who comes second finds it moved."""
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
    """Read the pages that new entries link to; one that cannot be read leaves its entry as it is."""
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
            # One filing at a time, or two sources would store one story twice: a lock on any row that all agree on.
            # (SQLite takes its own at BEGIN.)
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
            last_error="",
            last_success_at=now,
            next_fetch_at=now + dt.timedelta(minutes=source.every_minutes),
            **redirects.compute_success_update(source, found.moved_to),
        )


def _record_failure(source: Source, visit: Collection, retry_after: int = 0, status: int = 0) -> None:
    now, pause = timezone.now(), dt.timedelta(minutes=source.every_minutes)
    doubled = min(pause, MAX_RETRY_DELAY) * 2 ** min(
        source.failures, 20
    )  # the first failure waits as long as a success
    asked = min(dt.timedelta(seconds=retry_after), MAX_RETRY_DELAY)
    wait = max(pause, asked, min(doubled, MAX_RETRY_DELAY))
    gone: dict[str, object] = {}
    if status == http.HTTPStatus.GONE:
        gone, wait = redirects.compute_gone_update(source, now), min(wait, redirects.GONE_RECHECK_INTERVAL)
    _update_source(source, failures=source.failures + 1, last_error=visit.error, next_fetch_at=now + wait, **gone)


def _update_source(source: Source, **fields: object) -> None:
    """Note how a visit went, unless the source was given another address meanwhile."""
    if Source.objects.filter(pk=source.pk, url=source.url).update(**fields):
        for name, value in fields.items():
            setattr(source, name, value)
