"""Counts the outcome of a mailing: failures by the server's reply, figures per section, a chart over time.

Deliveries are counted per set of sections, of which there are few, and then added up: an email with three sections
counts in each. A million rows take some seconds, so the figures of a finished mailing are cached. The key holds the
counts per state: a person's decision about deliveries shows at once, an event after some minutes.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import TruncMinute
from django.utils import timezone

from newsletter.models import Delivery, Event, Mailing, Subscription

UNSUBSCRIBED_WITHIN = dt.timedelta(days=3)  # who unsubscribes later has other reasons than this mailing
_KINDS = (Event.Kind.DELIVERED, Event.Kind.BOUNCED, Event.Kind.COMPLAINED)
_MAX_BARS = 120
_MIN_CHART_WIDTH = 120  # so that a few minutes do not fill the page as one block
_ADDRESS = re.compile(r"[^\s<>@\"'(]+@[^\s<>@\"'),;:]+")
_MAX_REPLIES = 20  # groups of replies on the page
COUNTED_AT_ONCE_DELIVERIES = 50_000  # so many are counted while the page loads
STORED_SECONDS = 600  # events of a finished mailing may be so old


def get_stored_outcome(mailing: Mailing, counts: dict[str, int]) -> dict[str, Any] | None:
    """Return the cached figures of a finished mailing; None where there are none for its present counts."""
    found: dict[str, Any] | None = (
        cache.get(_cache_key(mailing, counts)) if mailing.state == Mailing.State.DONE else None
    )
    return found


def count_outcome(mailing: Mailing, counts: dict[str, int]) -> dict[str, Any]:
    """Count the outcome of a mailing, and cache it where the mailing is finished and large."""
    outcome = {
        "failures": _count_by_reply(mailing),
        "skipped": _count_by_reason(mailing),
        "after": _count_events(mailing) if mailing.planned_at else {},
        "sections": _per_section(mailing) if mailing.planned_at else [],
        "picture": _bar_chart(mailing),
    }
    if mailing.state == Mailing.State.DONE and counts["planned"] > COUNTED_AT_ONCE_DELIVERIES:
        cache.set(_cache_key(mailing, counts), outcome, STORED_SECONDS)
    return outcome


def _cache_key(mailing: Mailing, counts: dict[str, int]) -> str:
    return f"outcome-{mailing.pk}-{'-'.join(str(n) for n in counts.values())}"


def _count_by_reply(mailing: Mailing) -> list[tuple[str, int]]:
    """Return the servers' replies of what failed with their number, the most frequent first, addresses replaced."""
    failed = mailing.deliveries.filter(state=Delivery.State.FAILED)
    rows = failed.values_list("server_reply").annotate(n=Count("pk")).order_by("-n")
    grouped: dict[str, int] = {}
    for reply, n in rows[:1000]:  # replies that differ only by an address are one
        words = _ADDRESS.sub("…", reply) or "–"
        grouped[words] = grouped.get(words, 0) + n
    return sorted(grouped.items(), key=lambda pair: -pair[1])[:_MAX_REPLIES]


def _count_by_reason(mailing: Mailing) -> list[tuple[str, int]]:
    """Return the codes of why deliveries were skipped with their number, the most frequent first."""
    skipped = mailing.deliveries.filter(state=Delivery.State.SKIPPED)
    return list(skipped.values_list("reason").annotate(n=Count("pk")).order_by("-n", "reason"))


def _count_events(mailing: Mailing) -> dict[str, int]:
    """Return the number of events by kind, and as `left` the readers who unsubscribed within UNSUBSCRIBED_WITHIN."""
    events = Event.objects.filter(delivery__mailing=mailing).values_list("kind").annotate(n=Count("pk")).order_by()
    begun = mailing.planned_at or mailing.send_at
    left = Subscription.objects.filter(
        publication=mailing.digest.publication, left_at__gte=begun, left_at__lt=begun + UNSUBSCRIBED_WITHIN
    )
    return {**dict(events), "left": left.count()}


def _per_section(mailing: Mailing) -> list[dict[str, Any]]:
    """Return for each section how many emails with it were accepted, had events, and were followed by an unsubscribe."""
    accepted = mailing.deliveries.filter(state=Delivery.State.ACCEPTED)
    begun = mailing.planned_at or mailing.send_at
    left = mailing.deliveries.filter(
        subscriber__subscriptions__publication=mailing.digest.publication,
        subscriber__subscriptions__left_at__gte=begun,
        subscriber__subscriptions__left_at__lt=begun + UNSUBSCRIBED_WITHIN,
    )
    counts = {"accepted": _per_set(accepted.values_list("sections")), "left": _per_set(left.values_list("sections"))}
    reported = Event.objects.filter(delivery__mailing=mailing, kind__in=_KINDS).values_list(
        "kind", "delivery__sections"
    )
    for kind, sections, n in reported.annotate(n=Count("delivery", distinct=True)).order_by():
        counts.setdefault(kind, Counter())[sections] += n
    return [
        {"section": str(section)}
        | {name: _count_with_section(counts.get(name, Counter()), section.position) for name in (*_KINDS, *counts)}
        for section in mailing.digest.sections.exclude(text="")
    ]


def _per_set(rows: Any) -> Counter[int]:
    return Counter(dict(rows.annotate(n=Count("pk")).order_by()))


def _count_with_section(sets: Counter[int], position: int) -> int:
    return sum(n for bits, n in sets.items() if bits >> position & 1)


def _bar_chart(mailing: Mailing) -> dict[str, Any] | None:
    """Return the accepted messages over time as bars of a chart 60 pixels high; each covers the same number of minutes."""
    accepted = Q(state=Delivery.State.ACCEPTED, settled_at__isnull=False)
    span = mailing.deliveries.filter(accepted).aggregate(first=Min("settled_at"), last=Max("settled_at"))
    if span["first"] is None:
        return None
    first = span["first"].replace(second=0, microsecond=0)
    minutes = int((span["last"] - first).total_seconds() // 60) // _MAX_BARS + 1
    rows = mailing.deliveries.filter(accepted).annotate(minute=TruncMinute("settled_at")).values_list("minute")
    bars: Counter[int] = Counter()
    for minute, n in rows.annotate(n=Count("pk")).order_by():
        bars[int((minute - first).total_seconds() // 60) // minutes] += n
    zone = mailing.digest.publication.zone
    ends = [timezone.localtime(moment, zone).strftime("%m-%d %H:%M") for moment in (first, span["last"])]
    return {"bars": _bars(bars.items(), max(bars.values())), "first": ends[0], "last": ends[1]} | {
        "most": max(bars.values()),
        "minutes": minutes,
        "width": max(_MIN_CHART_WIDTH, 4 * (max(bars) + 1)),
    }


def _bars(counted: Iterable[tuple[int, int]], most: int) -> list[dict[str, int]]:
    return [
        {"x": place * 4, "y": 60 - max(1, 60 * n // most), "height": max(1, 60 * n // most), "n": n}
        for place, n in sorted(counted)
    ]
