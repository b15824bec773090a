"""Computes when a mailing begins, and the moment at which each of its readers is due.

A digest has a day, its publication an hour. Usually all readers get it when that hour strikes at the publication. A
publication may want each to get it when that hour of that day strikes where they live:

- It begins at the first of these moments that is still to come, at the publication's own hour at the latest, and never
  before it is approved. So an editor has until then to take it back.
- What a person approves after the hour begins LATE_APPROVAL_DELAY later: that person has until then to take it back, or to
  choose another time.
- Readers whose hour is past by then, mostly in the east, get it as it begins; the others at their own hour.
- A reader without a time zone, or with an unknown one, is treated as living where the publication does.
- "Send now", or a time that an editor chose, is that very moment for all readers: an editor who chooses has a reason.

A moment stands in the reader's delivery from the plan on. A reader who moves meanwhile gets it as planned, once. An hour
that a change of clocks skips strikes an hour later, one that comes twice strikes the first time.
"""

import datetime as dt
import zoneinfo
from collections.abc import Sequence

from django.db.models import Exists, OuterRef
from django.utils import timezone

from digests.models import Digest, Publication
from newsletter.models import Delivery, Mailing, Subscriber, Subscription
from newsletter.models.columns import clean_zone_name

LATE_APPROVAL_DELAY = dt.timedelta(minutes=3)  # long enough to see that it was a slip
PUBLICATION_ZONE = ""  # the key for readers without a known zone: the publication's own zone counts


def find_start_time(digest: Digest, now: dt.datetime | None = None) -> dt.datetime:
    """Return when a digest begins to be sent where no person chooses a time: never in the past."""
    now = now or timezone.now()
    own_hour = _find_send_hour(digest.publication, digest.date, digest.publication.timezone)
    readers_hours = _find_hours_by_zone(digest).values() if digest.publication.readers_hours else []
    earlier = [moment for moment in readers_hours if now <= moment < own_hour]
    return min([max(now, own_hour, _add_approval_delay(digest, own_hour)), *earlier])


def _add_approval_delay(digest: Digest, hour: dt.datetime) -> dt.datetime:
    """Return until when a person who approved after the hour may take it back; the hour itself where nobody did."""
    approved = digest.approved_at if digest.approved_by_id else None
    return approved + LATE_APPROVAL_DELAY if approved and approved > hour else hour


def find_due_times(mailing: Mailing, now: dt.datetime) -> dict[str, dt.datetime]:
    """Return the due moment of each zone that readers live in, for a mailing that begins now, by the name of the zone.

    PUBLICATION_ZONE holds the moment of all other readers.
    """
    if not has_readers_hours(mailing):
        return {PUBLICATION_ZONE: now}
    moments = _find_hours_by_zone(mailing.digest) | {
        PUBLICATION_ZONE: _find_send_hour(
            mailing.digest.publication, mailing.digest.date, mailing.digest.publication.timezone
        )
    }
    return {name: max(now, moment) for name, moment in moments.items()}


def has_readers_hours(mailing: Mailing) -> bool:
    """Return whether each reader gets a mailing at an hour of their own."""
    return mailing.digest.publication.readers_hours and not mailing.at_once


def find_pause_day(mailing: Mailing, now: dt.datetime) -> dt.date:
    """Return the day that readers' pauses are compared with: today, where the publication is.

    By readers' hours it is the digest's day, as long as that lasts anywhere on earth: in the east it may have begun
    already, and in the west not yet ended.
    """
    day = mailing.digest.date
    # The last place on earth where a day ends is twelve hours behind UTC.
    ends = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC) + dt.timedelta(days=1, hours=12)
    if has_readers_hours(mailing) and now < ends:
        return day
    return mailing.digest.publication.today(now)


def find_next_issue_times(
    publications: Sequence[Publication],
    *,
    time_zone: str = "",
    subscriber: Subscriber | None = None,
    now: dt.datetime | None = None,
) -> dict[int, dt.datetime]:
    """Return when the next issue of each open publication is sent to a reader by its timetable, by the publication's id.

    The moments are in the reader's time zone where it is known, else in the publication's. An issue that was planned already
    is the next one only for a `subscriber` who still waits for it; during a pause it is the first one after.
    """
    now = now or timezone.now()
    # Of the day before as well: it may be yesterday yet where the reader lives.
    begun = Mailing.objects.filter(
        planned_at__isnull=False, digest__date__gt=timezone.localdate(now, dt.UTC) - dt.timedelta(days=2)
    )
    if subscriber:
        waits = Delivery.objects.filter(mailing=OuterRef("pk"), subscriber=subscriber, state=Delivery.State.QUEUED)
        begun = begun.exclude(Exists(waits))
    over = set(begun.filter(digest__publication__in=publications).values_list("digest__publication", "digest__date"))
    paused_until = subscriber.paused_until if subscriber else None
    known = clean_zone_name(time_zone)
    moments = {}
    for publication in publications:
        if not publication.enabled:
            continue
        zone = known if known and publication.readers_hours else publication.timezone
        day = max(timezone.localdate(now, zoneinfo.ZoneInfo(zone)), paused_until or dt.date.min)
        while (
            (publication.pk, day) in over
            or str(day.isoweekday()) not in publication.weekdays
            or _find_send_hour(publication, day, zone) <= now
        ):
            day += dt.timedelta(days=1)
        moment = _find_send_hour(publication, day, zone)
        moments[publication.pk] = moment.astimezone(zoneinfo.ZoneInfo(known or publication.timezone))
    return moments


def _find_hours_by_zone(digest: Digest) -> dict[str, dt.datetime]:
    """Return when the hour strikes in each known zone that active readers of the publication live in."""
    active = Subscription.objects.filter(publication=digest.publication, state=Subscription.State.ACTIVE)
    names = active.order_by().values_list("subscriber__time_zone", flat=True).distinct()
    return {name: _find_send_hour(digest.publication, digest.date, name) for name in names if clean_zone_name(name)}


def _find_send_hour(publication: Publication, day: dt.date, zone: str) -> dt.datetime:
    """Return in UTC when the send hour of an issue's day strikes in a zone."""
    local = dt.datetime.combine(day, dt.time(publication.send_hour), tzinfo=zoneinfo.ZoneInfo(zone))
    return local.astimezone(dt.UTC)  # so that moments of two zones compare exactly, also where clocks change
