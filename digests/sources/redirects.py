"""Decides what follows when a source's address has moved for good (301, 308) or is gone for good (410).

A move is followed at every visit, and shown. After three visits in a row that led to the same place, the source takes
the new address by itself if it is on the same host, or only becomes https. Any other needs a person's agreement, because
a domain that was lost to somebody else redirects as well. A source that is gone on three days in a row is stopped, and
the operator gets an alarm. Not here: following redirects (`http_client`).
"""

import datetime as dt
import logging
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils import timezone

from digests.models import Source
from digests.text.cleaning import sanitize_url

logger = logging.getLogger(__name__)

MIN_MOVED_VISITS = 3  # in a row, each led to the same place
MIN_GONE_DAYS = 3  # in a row, in TIME_ZONE
# A source that is gone is visited at least once on every day, even on one of 23 hours, so that days in a row can be counted.
GONE_RECHECK_INTERVAL = dt.timedelta(hours=20)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def compute_success_update(source: Source, moved_to: str) -> dict[str, Any]:
    """Return the fields that a successful visit changes; `moved_to` is where permanent redirects led, or empty."""
    fields: dict[str, Any] = {"moved_to": moved_to, "moved_times": 0, "gone_days": 0, "gone_on": None}
    if not moved_to:
        return fields
    fields["moved_times"] = min(source.moved_times, MIN_MOVED_VISITS) + 1 if moved_to == source.moved_to else 1
    if fields["moved_times"] >= MIN_MOVED_VISITS and is_move_within_host(source.url, moved_to):
        logger.info("took over the new address of source=%s", source.pk)
        fields |= {"url": moved_to, "moved_to": "", "moved_times": 0}
    return fields


def is_move_within_host(old: str, new: str) -> bool:
    """Return whether a move stays on the same host and port, and does not lead from https back to http."""
    one, other = urlsplit(sanitize_url(old)), urlsplit(sanitize_url(new))
    if not one.hostname or (one.scheme, other.scheme) == ("https", "http"):
        return False
    ports = [None if part.port == _DEFAULT_PORTS.get(part.scheme) else part.port for part in (one, other)]
    return one.hostname == other.hostname and ports[0] == ports[1]


def compute_gone_update(source: Source, now: dt.datetime) -> dict[str, Any]:
    """Return the fields of a source that an answer 410 changes."""
    today = timezone.localdate(now)
    if source.gone_on == today:
        days = source.gone_days
    elif source.gone_on == today - dt.timedelta(days=1):
        days = source.gone_days + 1
    else:
        days = 1
    fields: dict[str, Any] = {"gone_days": days, "gone_on": today}
    if days >= MIN_GONE_DAYS:
        logger.warning("stopped source=%s gone_days=%d", source.pk, days)
        fields["enabled"] = False
    return fields


def list_stopped_sources() -> QuerySet[Source]:
    """Return the sources that were stopped because they are gone; a person who saves one takes it off this list."""
    return Source.objects.filter(enabled=False, gone_days__gte=MIN_GONE_DAYS)


def list_proposed_moves() -> QuerySet[Source]:
    """Return the enabled sources that have moved to an address which a person has to accept."""
    return Source.objects.filter(enabled=True, moved_times__gte=MIN_MOVED_VISITS).exclude(moved_to="")


def accept_move(source: Source, moved_to: str) -> bool:
    """Give a source the new address that a person accepted; False where the source has moved elsewhere since."""
    same = Source.objects.filter(pk=source.pk, url=source.url, moved_to=moved_to).exclude(moved_to="")
    if not same.update(url=moved_to, moved_to="", moved_times=0):
        return False
    source.refresh_from_db()
    return True


def clear_server_reports(source: Source, *, has_new_address: bool) -> None:
    """Reset what servers reported about a source that a person saves; a new address has never been visited."""
    source.gone_days, source.gone_on = 0, None
    if has_new_address:
        source.moved_to, source.moved_times, source.shared_guids = "", 0, []
        source.etag, source.last_modified, source.last_success_at = "", "", None
        source.failures, source.last_error = 0, {}
