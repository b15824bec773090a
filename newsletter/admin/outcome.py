"""What became of a mailing -> figures per category, and a picture over time. Read from the rows, for the mailing's page.

Counted per set of categories, of which there are few, and then shared out: an email with three categories counts in each.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.db.models.functions import TruncMinute
from django.utils import timezone

from newsletter.models import Delivery, Event, Mailing

LEFT_WITHIN = dt.timedelta(days=3)  # a later leaving has other reasons
_KINDS = ("delivered", "bounced", "complained")
_BARS = 120


def per_section(mailing: Mailing) -> list[dict[str, Any]]:
    """Return for each section how many emails with it were accepted, what was told of them, and whose readers left."""
    accepted = mailing.deliveries.filter(state=Delivery.State.ACCEPTED)
    begun = mailing.planned_at or mailing.send_at
    left = mailing.deliveries.filter(
        subscriber__subscriptions__publication=mailing.digest.publication,
        subscriber__subscriptions__left_at__gte=begun,
        subscriber__subscriptions__left_at__lt=begun + LEFT_WITHIN,
    )
    counts = {"accepted": _per_set(accepted.values_list("sections")), "left": _per_set(left.values_list("sections"))}
    told = Event.objects.filter(delivery__mailing=mailing, kind__in=_KINDS).values_list("kind", "delivery__sections")
    for kind, sections, n in told.annotate(n=Count("delivery", distinct=True)).order_by():
        counts.setdefault(kind, Counter())[sections] += n
    return [
        {"section": section}
        | {name: _with(counts.get(name, Counter()), section.position) for name in (*_KINDS, *counts)}
        for section in mailing.digest.sections.exclude(text="")
    ]


def _per_set(rows: Any) -> Counter[int]:
    return Counter(dict(rows.annotate(n=Count("pk")).order_by()))


def _with(sets: Counter[int], position: int) -> int:
    return sum(n for bits, n in sets.items() if bits >> position & 1)


def picture(mailing: Mailing) -> dict[str, Any] | None:
    """Return the accepted messages over the whole time as bars of a picture 60 high, each of as many minutes as it takes."""
    accepted = Q(state=Delivery.State.ACCEPTED, settled_at__isnull=False)
    span = mailing.deliveries.filter(accepted).aggregate(first=Min("settled_at"), last=Max("settled_at"))
    if span["first"] is None:
        return None
    first = span["first"].replace(second=0, microsecond=0)
    minutes = int((span["last"] - first).total_seconds() // 60) // _BARS + 1
    rows = mailing.deliveries.filter(accepted).annotate(minute=TruncMinute("settled_at")).values_list("minute")
    bars: Counter[int] = Counter()
    for minute, n in rows.annotate(n=Count("pk")).order_by():
        bars[int((minute - first).total_seconds() // 60) // minutes] += n
    zone = mailing.digest.publication.zone
    ends = [timezone.localtime(moment, zone).strftime("%m-%d %H:%M") for moment in (first, span["last"])]
    return {"bars": _bars(bars.items(), max(bars.values())), "first": ends[0], "last": ends[1]} | {
        "most": max(bars.values()),
        "minutes": minutes,
    }


def _bars(counted: Iterable[tuple[int, int]], most: int) -> list[dict[str, int]]:
    return [
        {"x": place * 4, "y": 60 - max(1, 60 * n // most), "height": max(1, 60 * n // most), "n": n}
        for place, n in sorted(counted)
    ]
