"""Checks the links of digests under review in the background, and keeps the results as Link rows.

A page about a digest shows these rows, so it never waits for another server. An address is checked every six hours, one
without a clear answer every hour; hosts are asked in parallel, each at its own rate (`host_rate`), for a limited time
per tick. A dead link is shown to the editor but blocks nothing, because servers fail now and then, and reject robots. A
link into a private network blocks the approval of its digest.
"""

import datetime as dt
import itertools
import logging
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.models import Digest, SectionItem
from digests.models.links import Link
from digests.models.row_failures import describe_error
from digests.sources.host_rate import get_host_group
from digests.sources.http_client import FetchError, probe_url
from digests.sources.ssrf_guard import URLFault, is_linkable_url
from digests.text.cleaning import MAX_URL_LENGTH, canonicalize_url, sanitize_url
from digests.text.messages import OtherCode, make_message

logger = logging.getLogger(__name__)

MAX_REVIEW_AGE = dt.timedelta(days=7)  # a digest that is still in review after that will not be sent
LINK_RETENTION = dt.timedelta(days=30)  # counted from the time at which a check was due
RECHECK_INTERVAL = dt.timedelta(hours=6)
UNSURE_RECHECK_INTERVAL = dt.timedelta(hours=1)
LEASE = dt.timedelta(minutes=3)  # then links whose worker died are due again; no tick lasts longer
MAX_LINKS_PER_TICK = 60
MAX_PARALLEL_HOSTS = 8
MAX_TICK_SECONDS = 20.0  # after that no further check begins, since the next tick comes 30 seconds after this one
LINK_TIMEOUT_SECONDS = 10.0  # a page that takes longer is slow for readers too
# Any other error may pass, or be meant for robots only (403, 429).
_DEAD_STATUSES = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


@dataclass(frozen=True)
class LinkCheck:
    """The result of checking one address; `detail` is the message that gives the reason, or where it has moved to."""

    state: Link.State
    detail: dict[str, Any] = field(default_factory=dict)
    no_host: bool = False


def check_due_links(now: dt.datetime | None = None) -> int:
    """Check the links that are due, and return how many were checked. Several workers may run this at once."""
    now = now or timezone.now()
    Link.objects.filter(next_at__lt=now - LINK_RETENTION).delete()
    links = _claim_links(_register_links(now), now)
    by_host = itertools.groupby(sorted(links, key=_link_host_group), key=_link_host_group)
    until = time.monotonic() + MAX_TICK_SECONDS
    with ThreadPoolExecutor(MAX_PARALLEL_HOSTS) as pool:
        answers = pool.map(_check_links_of_host, [list(group) for _name, group in by_host], itertools.repeat(until))
        checks = [pair for group in answers for pair in group]
    is_dns_working = _is_dns_working([check for _link, check in checks if check], now)
    checked = sum(_save_check(link, check if is_dns_working else _mark_unsure(check), now) for link, check in checks)
    if links:
        logger.info("checked links=%d of=%d", checked, len(links))
    return checked


def has_checked_links(digest: Digest, now: dt.datetime | None = None) -> bool:
    """Return whether the links of this digest are among those that are checked."""
    return _items_under_review(now or timezone.now()).filter(digest=digest).exists()


def load_known_links(lines: Iterable[SectionItem]) -> dict[str, Link]:
    """Return the Link rows of some items' addresses, by address."""
    return {link.url: link for link in Link.objects.filter(url__in={line.url for line in lines})}


def find_private_links(lines: Iterable[SectionItem]) -> list[SectionItem]:
    """Return the items whose links lead into a private network, where no reader may be led."""
    lines = list(lines)
    known = load_known_links(lines)
    return [line for line in lines if get_link_state(line, known) == Link.State.PRIVATE]


def get_link_state(line: SectionItem, known: dict[str, Link]) -> Link.State:
    """Return the state of an item's link; an address that is written as a private one needs no check."""
    if not is_linkable_url(line.url):
        return Link.State.PRIVATE
    return Link.State(known[line.url].state) if line.url in known else Link.State.UNASKED


def describe_private_link(line: SectionItem) -> str:
    """Return the reason, for an editor, why a digest with this item cannot be approved."""
    return _("The link of “%(title)s” points to a private network. Remove this item.") % {"title": line.headline}


def check_link(url: str) -> LinkCheck:
    """Request one address, and return the state that its answer stands for."""
    try:
        answer = probe_url(url, seconds=LINK_TIMEOUT_SECONDS)
    except FetchError as error:
        states = {URLFault.PRIVATE: Link.State.PRIVATE, URLFault.NO_HOST: Link.State.DEAD}
        state = states.get(error.fault, Link.State.UNSURE)
        return LinkCheck(state, error.message, no_host=error.fault == URLFault.NO_HOST)
    except Exception as error:  # one address must not end the tick for all others
        logger.exception("link not checked")
        return LinkCheck(Link.State.UNSURE, make_message(OtherCode.UNEXPECTED, place=describe_error(error)))
    if answer.status >= HTTPStatus.BAD_REQUEST:
        return LinkCheck(
            Link.State.DEAD if answer.status in _DEAD_STATUSES else Link.State.UNSURE, answer.status_message
        )
    if answer.moved and canonicalize_url(answer.url) != canonicalize_url(url):
        return LinkCheck(Link.State.MOVED, make_message(OtherCode.TEXT, text=answer.url))
    return LinkCheck(Link.State.FINE)


def _items_under_review(now: dt.datetime) -> QuerySet[SectionItem]:
    since = timezone.localdate(now - MAX_REVIEW_AGE)
    return SectionItem.objects.filter(
        digest__state=Digest.State.IN_REVIEW, digest__imported=False, digest__date__gte=since
    )


def _register_links(now: dt.datetime) -> set[str]:
    """Return the addresses of all digests under review, and create the Link rows that are missing."""
    # In bytes, because PostgreSQL limits what an index entry may hold.
    urls = {
        url for url in _items_under_review(now).values_list("url", flat=True) if len(url.encode()) <= MAX_URL_LENGTH
    }
    new = urls - set(Link.objects.filter(url__in=urls).values_list("url", flat=True))
    # Another worker may create the same rows now; sorted, so that two workers lock them in the same order.
    Link.objects.bulk_create([Link(url=url, next_at=now) for url in sorted(new)], ignore_conflicts=True)
    return urls


def _claim_links(urls: set[str], now: dt.datetime) -> list[Link]:
    """Claim links that are due by moving their due time, never checked ones first; what another worker moved is left."""
    # Two queries, because SQLite and PostgreSQL sort an empty time to opposite ends.
    due = Link.objects.filter(url__in=urls, next_at__lte=now).order_by("asked_at", "next_at", "pk")
    unchecked, checked = due.filter(asked_at=None), due.exclude(asked_at=None)
    links = [*unchecked[:MAX_LINKS_PER_TICK], *checked[:MAX_LINKS_PER_TICK]][:MAX_LINKS_PER_TICK]
    mine = Link.objects.filter(next_at__lte=now)
    return [link for link in links if mine.filter(pk=link.pk).update(next_at=now + LEASE)]


def _link_host_group(link: Link) -> str:
    return get_host_group(urlsplit(sanitize_url(link.url)).hostname or "")


def _check_links_of_host(links: list[Link], until: float) -> list[tuple[Link, LinkCheck | None]]:
    """Check the links of one host one after the other; None for those that are left when the time is over."""
    return [(link, check_link(link.url) if time.monotonic() < until else None) for link in links]


def _is_dns_working(checks: list[LinkCheck], now: dt.datetime) -> bool:
    """Return whether any host is found at present; if none is, our own network may be at fault, not the links."""
    answered_lately = Link.objects.filter(
        asked_at__gt=now - UNSURE_RECHECK_INTERVAL, state__in=[Link.State.FINE, Link.State.MOVED]
    )
    return any(not check.no_host for check in checks) or answered_lately.exists()


def _mark_unsure(check: LinkCheck | None) -> LinkCheck | None:
    return replace(check, state=Link.State.UNSURE) if check and check.no_host else check


def _save_check(link: Link, check: LinkCheck | None, now: dt.datetime) -> bool:
    """Save the result of a check; a link that was not checked (None) is due at once. Returns whether it was checked."""
    row = Link.objects.filter(pk=link.pk)
    if check is None:
        row.update(next_at=now)
        return False
    interval = UNSURE_RECHECK_INTERVAL if check.state == Link.State.UNSURE else RECHECK_INTERVAL
    row.update(state=check.state, detail=check.detail, asked_at=now, next_at=now + interval)
    return True
