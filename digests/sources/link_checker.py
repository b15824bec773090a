"""The links of digests under review -> what is behind each, asked by the clock and kept as Link rows.

A page that shows a digest never waits for a stranger's server: it shows what the rows say. Each address is asked once in
six hours, one that gave no clear answer once in an hour; hosts side by side, each at its own pace (fetch.pace), and only
for some seconds per tick. A dead link is told to the editor and stops nothing: servers have bad days, and turn robots
away. One that leads into a private network does: no digest is approved with it.
"""

import datetime as dt
import itertools
import logging
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.models import Digest, SectionItem
from digests.models.links import Link
from digests.models.row_failures import describe_error
from digests.sources.host_rate import get_host_group
from digests.sources.http_client import FetchError, probe_url
from digests.sources.ssrf_guard import is_linkable_url
from digests.text.cleaning import MAX_URL_LENGTH, canonicalize_url, sanitize_url

logger = logging.getLogger(__name__)

MAX_REVIEW_AGE = dt.timedelta(days=7)  # a digest that still lies there after that will not be sent
LINK_RETENTION = dt.timedelta(days=30)
RECHECK_INTERVAL = dt.timedelta(hours=6)
UNSURE_RECHECK_INTERVAL = dt.timedelta(hours=1)
LEASE = dt.timedelta(minutes=3)  # a tick that died; longer than one lasts
MAX_LINKS_PER_TICK = 60
MAX_PARALLEL_HOSTS = 8  # asked side by side
MAX_TICK_SECONDS = 20.0  # after that nothing new is begun
LINK_TIMEOUT_SECONDS = 10.0  # a page that takes longer is slow for readers too
_DEAD_STATUSES = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


@dataclass(frozen=True)
class LinkCheck:
    """What one address answered; `detail` says why, or where it has moved to."""

    state: Link.State
    detail: str = ""
    no_host: bool = False


def check_due_links(now: dt.datetime | None = None) -> int:
    """Ask the links that are due; return how many were asked. Several workers may run this at once."""
    now = now or timezone.now()
    Link.objects.filter(next_at__lt=now - LINK_RETENTION).delete()
    links = _claim_links(_register_links(now), now)
    by_host = itertools.groupby(sorted(links, key=_link_host_group), key=_link_host_group)
    until = time.monotonic() + MAX_TICK_SECONDS
    with ThreadPoolExecutor(MAX_PARALLEL_HOSTS) as pool:
        answers = pool.map(_check_links_of_host, [list(some) for _name, some in by_host], itertools.repeat(until))
        done = [pair for some in answers for pair in some]
    hears = _is_dns_working([seen for _link, seen in done if seen], now)
    asked = sum(_save_check(link, seen if hears else _mark_unsure(seen), now) for link, seen in done)
    if links:
        logger.info("followed links=%d of=%d", asked, len(links))
    return asked


def has_checked_links(digest: Digest, now: dt.datetime | None = None) -> bool:
    """Say whether the clock asks the links of this digest."""
    return _items_under_review(now or timezone.now()).filter(digest=digest).exists()


def load_known_links(lines: Iterable[SectionItem]) -> dict[str, Link]:
    """Return what is known of the addresses of some sources."""
    return {link.url: link for link in Link.objects.filter(url__in={line.url for line in lines})}


def find_private_links(lines: Iterable[SectionItem]) -> list[SectionItem]:
    """Return the sources whose links lead into a private network, where no reader may be led."""
    lines = list(lines)
    known = load_known_links(lines)
    return [line for line in lines if get_link_state(line, known) == Link.State.PRIVATE]


def get_link_state(line: SectionItem, known: dict[str, Link]) -> Link.State:
    """Return what is known of the link of a source; an address that is private by itself needs no asking."""
    if not is_linkable_url(line.url):
        return Link.State.PRIVATE
    return Link.State(known[line.url].state) if line.url in known else Link.State.UNASKED


def describe_private_link(line: SectionItem) -> str:
    """Say that a source may not be sent."""
    return _("The link of “%(title)s” leads into a private network. Take it out.") % {"title": line.headline}


def check_link(url: str) -> LinkCheck:
    """Ask one address, and judge its answer."""
    try:
        seen = probe_url(url, seconds=LINK_TIMEOUT_SECONDS)
    except FetchError as error:
        judged = {"private": Link.State.PRIVATE, "no host": Link.State.DEAD}
        return LinkCheck(judged.get(error.fault, Link.State.UNSURE), str(error), no_host=error.fault == "no host")
    except Exception as error:
        logger.exception("link not asked")
        return LinkCheck(Link.State.UNSURE, f"an unexpected error: {describe_error(error)}")
    if seen.status >= HTTPStatus.BAD_REQUEST:
        return LinkCheck(Link.State.DEAD if seen.status in _DEAD_STATUSES else Link.State.UNSURE, seen.refusal)
    if seen.moved and canonicalize_url(seen.url) != canonicalize_url(url):
        return LinkCheck(Link.State.MOVED, seen.url)
    return LinkCheck(Link.State.FINE)


def _items_under_review(now: dt.datetime) -> QuerySet[SectionItem]:
    since = timezone.localdate(now - MAX_REVIEW_AGE)
    return SectionItem.objects.filter(
        digest__state=Digest.State.IN_REVIEW, digest__imported=False, digest__date__gte=since
    )


def _register_links(now: dt.datetime) -> set[str]:
    """Return the addresses of all digests under review; each has a row from now on."""
    urls = {
        url for url in _items_under_review(now).values_list("url", flat=True) if len(url.encode()) <= MAX_URL_LENGTH
    }  # an index's limit
    new = urls - set(Link.objects.filter(url__in=urls).values_list("url", flat=True))
    Link.objects.bulk_create([Link(url=url, next_at=now) for url in sorted(new)], ignore_conflicts=True)
    return urls


def _claim_links(urls: set[str], now: dt.datetime) -> list[Link]:
    """Take links that are due by moving their moment on, those never asked first; who comes second finds it moved."""
    due = Link.objects.filter(url__in=urls, next_at__lte=now).order_by("asked_at", "next_at", "pk")
    unasked, asked = due.filter(asked_at=None), due.exclude(asked_at=None)
    links = [*unasked[:MAX_LINKS_PER_TICK], *asked[:MAX_LINKS_PER_TICK]][:MAX_LINKS_PER_TICK]
    mine = Link.objects.filter(next_at__lte=now)
    return [link for link in links if mine.filter(pk=link.pk).update(next_at=now + LEASE)]


def _link_host_group(link: Link) -> str:
    return get_host_group(urlsplit(sanitize_url(link.url)).hostname or "")


def _check_links_of_host(links: list[Link], until: float) -> list[tuple[Link, LinkCheck | None]]:
    """Ask the links of one host one after the other; None for those that the time was too short for."""
    return [(link, check_link(link.url) if time.monotonic() < until else None) for link in links]


def _is_dns_working(seen: list[LinkCheck], now: dt.datetime) -> bool:
    """Say whether names are resolved at all just now: where no host is found, the fault may be our own network's."""
    lately = Link.objects.filter(
        asked_at__gt=now - UNSURE_RECHECK_INTERVAL, state__in=[Link.State.FINE, Link.State.MOVED]
    )
    return any(not one.no_host for one in seen) or lately.exists()


def _mark_unsure(seen: LinkCheck | None) -> LinkCheck | None:
    return replace(seen, state=Link.State.UNSURE) if seen and seen.no_host else seen


def _save_check(link: Link, seen: LinkCheck | None, now: dt.datetime) -> bool:
    """Keep what was found; what was not asked is due again. Say whether it was asked."""
    row = Link.objects.filter(pk=link.pk)
    if seen is None:
        row.update(next_at=now)
        return False
    again = UNSURE_RECHECK_INTERVAL if seen.state == Link.State.UNSURE else RECHECK_INTERVAL
    row.update(state=seen.state, detail=seen.detail, asked_at=now, next_at=now + again)
    return True
