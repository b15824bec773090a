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
from digests.sources.host_rate import group
from digests.sources.http_client import FetchError, probe
from digests.sources.ssrf_guard import may_be_linked
from digests.text.cleaning import MAX_URL, canonical_url, safe_url

logger = logging.getLogger(__name__)

REVIEWED = dt.timedelta(days=7)  # a digest that still lies there after that will not be sent
FORGOTTEN = dt.timedelta(days=30)
AGAIN = dt.timedelta(hours=6)
AGAIN_UNSURE = dt.timedelta(hours=1)
LEASE = dt.timedelta(minutes=3)  # a tick that died; longer than one lasts
PER_TICK = 60
HOSTS = 8  # asked side by side
TICK_SECONDS = 20.0  # after that nothing new is begun
LINK_SECONDS = 10.0  # a page that takes longer is slow for readers too
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


@dataclass(frozen=True)
class Found:
    """What one address answered; `detail` says why, or where it has moved to."""

    state: Link.State
    detail: str = ""
    no_host: bool = False


def follow_due(now: dt.datetime | None = None) -> int:
    """Ask the links that are due; return how many were asked. Several workers may run this at once."""
    now = now or timezone.now()
    Link.objects.filter(next_at__lt=now - FORGOTTEN).delete()
    links = _claim(_listed(now), now)
    by_host = itertools.groupby(sorted(links, key=_host), key=_host)
    until = time.monotonic() + TICK_SECONDS
    with ThreadPoolExecutor(HOSTS) as pool:
        answers = pool.map(_ask, [list(some) for _name, some in by_host], itertools.repeat(until))
        done = [pair for some in answers for pair in some]
    hears = _hears([seen for _link, seen in done if seen], now)
    asked = sum(_settle(link, seen if hears else _doubted(seen), now) for link, seen in done)
    if links:
        logger.info("followed links=%d of=%d", asked, len(links))
    return asked


def is_followed(digest: Digest, now: dt.datetime | None = None) -> bool:
    """Say whether the clock asks the links of this digest."""
    return _lines(now or timezone.now()).filter(digest=digest).exists()


def found(lines: Iterable[SectionItem]) -> dict[str, Link]:
    """Return what is known of the addresses of some sources."""
    return {link.url: link for link in Link.objects.filter(url__in={line.url for line in lines})}


def inside(lines: Iterable[SectionItem]) -> list[SectionItem]:
    """Return the sources whose links lead into a private network, where no reader may be led."""
    lines = list(lines)
    known = found(lines)
    return [line for line in lines if state(line, known) == Link.State.PRIVATE]


def state(line: SectionItem, known: dict[str, Link]) -> Link.State:
    """Return what is known of the link of a source; an address that is private by itself needs no asking."""
    if not may_be_linked(line.url):
        return Link.State.PRIVATE
    return Link.State(known[line.url].state) if line.url in known else Link.State.UNASKED


def into_private(line: SectionItem) -> str:
    """Say that a source may not be sent."""
    return _("The link of “%(title)s” leads into a private network. Take it out.") % {"title": line.headline}


def look(url: str) -> Found:
    """Ask one address, and judge its answer."""
    try:
        seen = probe(url, seconds=LINK_SECONDS)
    except FetchError as error:
        judged = {"private": Link.State.PRIVATE, "no host": Link.State.DEAD}
        return Found(judged.get(error.fault, Link.State.UNSURE), str(error), no_host=error.fault == "no host")
    except Exception as error:
        logger.exception("link not asked")
        return Found(Link.State.UNSURE, f"an unexpected error: {describe_error(error)}")
    if seen.status >= HTTPStatus.BAD_REQUEST:
        return Found(Link.State.DEAD if seen.status in _GONE else Link.State.UNSURE, seen.refusal)
    if seen.moved and canonical_url(seen.url) != canonical_url(url):
        return Found(Link.State.MOVED, seen.url)
    return Found(Link.State.FINE)


def _lines(now: dt.datetime) -> QuerySet[SectionItem]:
    since = timezone.localdate(now - REVIEWED)
    return SectionItem.objects.filter(
        digest__state=Digest.State.IN_REVIEW, digest__imported=False, digest__date__gte=since
    )


def _listed(now: dt.datetime) -> set[str]:
    """Return the addresses of all digests under review; each has a row from now on."""
    urls = {
        url for url in _lines(now).values_list("url", flat=True) if len(url.encode()) <= MAX_URL
    }  # an index's limit
    new = urls - set(Link.objects.filter(url__in=urls).values_list("url", flat=True))
    Link.objects.bulk_create([Link(url=url, next_at=now) for url in sorted(new)], ignore_conflicts=True)
    return urls


def _claim(urls: set[str], now: dt.datetime) -> list[Link]:
    """Take links that are due by moving their moment on, those never asked first; who comes second finds it moved."""
    due = Link.objects.filter(url__in=urls, next_at__lte=now).order_by("asked_at", "next_at", "pk")
    unasked, asked = due.filter(asked_at=None), due.exclude(asked_at=None)
    links = [*unasked[:PER_TICK], *asked[:PER_TICK]][:PER_TICK]
    mine = Link.objects.filter(next_at__lte=now)
    return [link for link in links if mine.filter(pk=link.pk).update(next_at=now + LEASE)]


def _host(link: Link) -> str:
    return group(urlsplit(safe_url(link.url)).hostname or "")


def _ask(links: list[Link], until: float) -> list[tuple[Link, Found | None]]:
    """Ask the links of one host one after the other; None for those that the time was too short for."""
    return [(link, look(link.url) if time.monotonic() < until else None) for link in links]


def _hears(seen: list[Found], now: dt.datetime) -> bool:
    """Say whether names are resolved at all just now: where no host is found, the fault may be our own network's."""
    lately = Link.objects.filter(asked_at__gt=now - AGAIN_UNSURE, state__in=[Link.State.FINE, Link.State.MOVED])
    return any(not one.no_host for one in seen) or lately.exists()


def _doubted(seen: Found | None) -> Found | None:
    return replace(seen, state=Link.State.UNSURE) if seen and seen.no_host else seen


def _settle(link: Link, seen: Found | None, now: dt.datetime) -> bool:
    """Keep what was found; what was not asked is due again. Say whether it was asked."""
    row = Link.objects.filter(pk=link.pk)
    if seen is None:
        row.update(next_at=now)
        return False
    again = AGAIN_UNSURE if seen.state == Link.State.UNSURE else AGAIN
    row.update(state=seen.state, detail=seen.detail, asked_at=now, next_at=now + again)
    return True
