"""Each reader at the send hour where they live: when a mailing begins, when each is due, and that nobody gets it twice."""

import datetime as dt
import zoneinfo
from collections import Counter

import pytest
from django.db import connection

from digests.models import Category, Digest, Publication
from digests.review.approve import approve_digest
from newsletter.delivery import audience, outcomes, queue, send_times
from newsletter.delivery.journal import DeliveryOutcome
from newsletter.delivery.mailing_lifecycle import schedule_mailing
from newsletter.models import Mailing, Subscriber, Subscription
from newsletter.transport.types import SendState
from tests import build

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)
FAR = "Pacific/Kiritimati", "Pacific/Auckland", "Asia/Seoul", "Asia/Kathmandu", "Europe/London"
WEST = "America/New_York", "America/St_Johns", "Pacific/Marquesas", "Etc/GMT+12"


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.fixture
def category() -> Category:
    return build.category("llm")


@pytest.fixture
def publication(category: Category) -> Publication:
    """Return one that is sent at eight, where its readers live; in Seoul that is 23:00 UTC of the day before."""
    return build.publication(categories=[category], timezone="Asia/Seoul", send_hour=8, readers_hours=True)


def reader(publication: Publication, zone: str = "", **fields: object) -> Subscription:
    person = build.subscriber(time_zone=zone)
    return build.subscription(publication, list(publication.categories.all()), subscriber_=person, **fields)


def approved(publication: Publication, day: dt.date = DAY) -> Digest:
    digest = build.digest(publication, date=day, state=Digest.State.IN_REVIEW)
    build.section(digest, publication.categories.get())
    return approve_digest(digest)


def opened(digest: Digest, now: dt.datetime) -> Mailing:
    """Return the composed mailing of an approved digest, as it is found at a moment."""
    audience.open_mailings(now)
    Mailing.objects.filter(digest=digest).update(composed_at=now)
    return Mailing.objects.select_related("digest__publication").get(digest=digest)


def planned(publication: Publication, now: dt.datetime, day: dt.date = DAY) -> Mailing:
    mailing = opened(approved(publication, day), now)
    audience.plan_deliveries(mailing, now)
    return mailing


def due_by_zone(mailing: Mailing) -> dict[str, dt.datetime]:
    return dict(mailing.deliveries.values_list("subscriber__time_zone", "due_at"))


@pytest.mark.parametrize(
    ("zone", "now", "begins"),
    [
        ("Pacific/Auckland", "2026-05-21 12:00", "2026-05-21 20:00"),  # its hour is to come, and before ours
        ("Pacific/Auckland", "2026-05-21 20:00", "2026-05-21 20:00"),
        ("Pacific/Auckland", "2026-05-21 21:00", "2026-05-21 23:00"),  # past: it gets it when ours strikes
        ("America/New_York", "2026-05-21 21:00", "2026-05-21 23:00"),
        ("America/New_York", "2026-05-22 03:00", "2026-05-22 03:00"),  # approved late: at once for us, later for them
        ("Pacific/Auckland", "2026-05-25 03:00", "2026-05-25 03:00"),
        ("Nowhere/Else", "2026-05-21 12:00", "2026-05-21 23:00"),
    ],
)
def test_a_mailing_begins_at_the_first_hour_to_come(publication, zone, now, begins):
    reader(publication, zone)

    assert opened(approved(publication), utc(now)).send_at == utc(begins)


def test_a_mailing_begins_at_the_publications_hour_where_readers_hours_do_not_count(publication):
    reader(publication, "Pacific/Auckland")
    Publication.objects.update(readers_hours=False)

    assert opened(approved(publication), utc("2026-05-21 12:00")).send_at == utc("2026-05-21 23:00")


def test_a_mailing_does_not_begin_early_for_readers_who_get_nothing(publication):
    reader(publication, "Pacific/Auckland", state="pending", confirmed_at=None)
    reader(publication, "Pacific/Auckland", state="left")
    reader(build.publication(categories=[build.category()]), "Pacific/Auckland")

    assert opened(approved(publication), utc("2026-05-21 12:00")).send_at == utc("2026-05-21 23:00")


def test_plan_makes_each_reader_due_at_their_own_hour(publication):
    for zone in (*FAR, *WEST, "", "Nowhere/Else"):
        reader(publication, zone)

    mailing = planned(publication, utc("2026-05-21 20:00"))

    assert due_by_zone(mailing) == {
        "Pacific/Kiritimati": utc("2026-05-21 20:00"),  # eight there was at 18:00 UTC
        "Pacific/Auckland": utc("2026-05-21 20:00"),
        "Asia/Seoul": utc("2026-05-21 23:00"),
        "": utc("2026-05-21 23:00"),
        "Nowhere/Else": utc("2026-05-21 23:00"),
        "Asia/Kathmandu": utc("2026-05-22 02:15"),
        "Europe/London": utc("2026-05-22 07:00"),
        "America/St_Johns": utc("2026-05-22 10:30"),
        "America/New_York": utc("2026-05-22 12:00"),
        "Pacific/Marquesas": utc("2026-05-22 17:30"),
        "Etc/GMT+12": utc("2026-05-22 20:00"),
    }
    mailing.refresh_from_db()
    assert (mailing.planned, mailing.candidates, mailing.last_due_at) == (11, 11, utc("2026-05-22 20:00"))


def test_plan_of_a_moment_that_a_person_chose_is_for_all_at_once(publication):
    for zone in (*FAR, *WEST):
        reader(publication, zone)
    now = utc("2026-05-21 21:00")
    mailing = schedule_mailing(approved(publication), now)
    Mailing.objects.update(composed_at=now)

    audience.plan_deliveries(mailing, now)

    mailing.refresh_from_db()
    assert (set(due_by_zone(mailing).values()), mailing.last_due_at) == ({now}, None)


def test_schedule_by_the_clock_takes_a_chosen_moment_back(publication):
    digest = approved(publication)
    chosen = schedule_mailing(digest, utc("2026-05-21 21:00"))
    by_the_clock = schedule_mailing(digest)

    assert (chosen.at_once, by_the_clock.at_once) == (True, False)


@pytest.mark.parametrize(
    ("zone", "day", "hour", "due"),
    [
        ("America/New_York", "2026-03-08", 2, "2026-03-08 07:00"),  # two does not strike: at three, summer time
        ("America/New_York", "2026-03-08", 3, "2026-03-08 07:00"),
        ("America/New_York", "2026-11-01", 1, "2026-11-01 05:00"),  # one strikes twice: the first time
        ("America/New_York", "2026-11-01", 2, "2026-11-01 07:00"),
        ("Australia/Lord_Howe", "2026-10-04", 2, "2026-10-03 15:30"),  # half an hour is skipped
        ("Pacific/Apia", "2011-12-30", 8, "2011-12-30 18:00"),  # a day that was skipped: on the next
    ],
)
def test_due_where_clocks_change(publication, zone, day, hour, due):
    publication.send_hour = hour
    publication.save()
    reader(publication, zone)

    mailing = planned(publication, utc(f"{day} 00:00") - dt.timedelta(days=2), dt.date.fromisoformat(day))

    assert due_by_zone(mailing) == {zone: utc(due)}


@pytest.mark.parametrize("own", ["Asia/Seoul", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("day", ["2026-05-22", "2026-03-08", "2026-10-25", "2026-11-01"])
def test_everybody_gets_it_once_and_not_before_their_hour(publication, own, day):
    Publication.objects.update(timezone=own)
    publication.refresh_from_db()
    date = dt.date.fromisoformat(day)
    for zone in (*FAR, *WEST, ""):
        reader(publication, zone)
    now = utc(f"{day} 00:00") - dt.timedelta(hours=12)
    mailing = opened(approved(publication, date), now)
    audience.plan_deliveries(mailing, mailing.send_at)

    got: Counter[int] = Counter()
    for step in range(40 * 4):
        moment = mailing.send_at + dt.timedelta(minutes=15 * step)
        for one in queue.claim_deliveries(mailing, limit=100, now=moment):
            got[one.subscriber_id] += 1
            zone = Subscriber.objects.get(pk=one.subscriber_id).time_zone or own
            local = moment.astimezone(zoneinfo.ZoneInfo(zone))
            assert f"{local:%Y-%m-%d %H:%M}" == f"{date} 08:00" or step == 0
            assert local >= dt.datetime.combine(date, dt.time(8), tzinfo=local.tzinfo)

    assert (len(got), set(got.values())) == (10, {1})


def test_a_reader_who_moves_between_and_within_digests_gets_each_once(publication):
    traveler = reader(publication, "Etc/GMT+12").subscriber
    stays = reader(publication, "Asia/Seoul").subscriber
    first = planned(publication, utc("2026-05-21 23:00"))
    Subscriber.objects.filter(pk=traveler.pk).update(time_zone="Pacific/Kiritimati")
    second = planned(publication, utc("2026-05-22 18:00"), DAY + dt.timedelta(days=1))

    audience.plan_deliveries(first, utc("2026-05-22 18:00"))
    late = utc("2026-05-24 00:00")
    claimed = [
        one.subscriber_id for mailing in (first, second) for one in queue.claim_deliveries(mailing, limit=9, now=late)
    ]

    assert sorted(claimed) == sorted([traveler.pk, stays.pk] * 2)


@pytest.mark.parametrize("readers", [1, 3])
def test_plan_takes_one_query_more_than_for_all_at_once(publication, readers, django_assert_num_queries):
    for zone in FAR[:readers]:
        reader(publication, zone)
    mailing = opened(approved(publication), utc("2026-05-21 12:00"))

    with django_assert_num_queries(16 if connection.vendor == "postgresql" else 14):
        audience.plan_deliveries(mailing, utc("2026-05-21 18:00"))


@pytest.mark.parametrize("readers", [1, 3])
def test_claim_takes_no_more_queries_than_for_all_at_once(publication, readers, django_assert_num_queries):
    for zone in FAR[:readers]:
        reader(publication, zone)
    planned(publication, utc("2026-05-21 12:00"))
    mailing = Mailing.objects.select_related("digest__publication").get()

    # Within a savepoint, the claim; on PostgreSQL the choice of indexes, and the identity.
    with django_assert_num_queries(9 if connection.vendor == "postgresql" else 7):
        queue.claim_deliveries(mailing, limit=9, now=utc("2026-05-23 00:00"))


@pytest.mark.parametrize(
    ("own", "zone", "until", "fate"),
    [
        # Begins on the 21st in New York; Auckland's 22nd has come, and a pause until then is over.
        ("America/New_York", "Pacific/Auckland", DAY, "queued"),
        ("America/New_York", "America/New_York", DAY, "queued"),
        # Due when it is the 23rd in Seoul: in Los Angeles it is still the 22nd, the pause lasts.
        ("Asia/Seoul", "America/Los_Angeles", DAY + dt.timedelta(days=1), "skipped"),
    ],
)
def test_a_pause_is_compared_with_the_readers_day(publication, own, zone, until, fate):
    Publication.objects.update(timezone=own)
    publication.refresh_from_db()
    person = reader(publication, zone).subscriber
    if fate == "queued":
        Subscriber.objects.filter(pk=person.pk).update(paused_until=until)
    mailing = opened(approved(publication), utc("2026-05-21 12:00"))
    audience.plan_deliveries(mailing, mailing.send_at)
    Subscriber.objects.filter(pk=person.pk).update(paused_until=until)

    queue.claim_deliveries(mailing, limit=9, now=mailing.deliveries.get().due_at)

    assert (mailing.deliveries.get().state, queue.count_deliveries(mailing)["sending"]) == (fate, int(fate == "queued"))


def test_a_pause_is_compared_with_today_once_the_digests_day_is_over(publication):
    mailing = planned(publication, utc("2026-05-21 23:00"))

    days = [
        send_times.find_pause_day(mailing, utc(moment))
        for moment in ("2026-05-23 11:59", "2026-05-23 12:00", "2026-05-24 20:00")
    ]

    assert [one.day for one in days] == [22, 23, 25]


def test_a_late_readers_retries_last_a_day_of_their_own(publication):
    reader(publication, "Etc/GMT+12")
    mailing = planned(publication, utc("2026-05-21 23:00"))
    states = []
    for moment in ("2026-05-22 20:00", "2026-05-23 19:00", "2026-05-23 21:00"):  # due, 23 hours later, 25 hours later
        outcomes.settle_deliveries(
            [DeliveryOutcome(mailing.deliveries.get().pk, SendState.RETRY, "451 later", "")], utc(moment)
        )
        states.append(mailing.deliveries.get().state)

    assert states == ["queued", "queued", "failed"]


def test_a_paused_mailing_goes_on_with_all_that_fell_due_meanwhile(publication):
    for zone in (*FAR, *WEST):
        reader(publication, zone)
    mailing = planned(publication, utc("2026-05-21 18:00"))
    queue.pause_mailing(mailing)
    noon = utc("2026-05-22 12:00")
    while_paused = queue.claim_deliveries(mailing, limit=99, now=noon)
    queue.resume_mailing(mailing)

    assert (while_paused, len(queue.claim_deliveries(mailing, limit=99, now=noon))) == ([], 7)
    assert queue.finish_mailing(mailing) is False


def next_time(publication: Publication, now: str, zone: str = "", subscriber: Subscriber | None = None) -> str:
    """Return when the next issue of a publication comes to a reader, in the zone that it is said in."""
    times = send_times.find_next_issue_times([publication], time_zone=zone, subscriber=subscriber, now=utc(now))
    return times[publication.pk].isoformat() if times else ""


@pytest.mark.parametrize(
    ("readers_hours", "zone", "now", "expected"),
    [
        # 22 May 2026 is a Friday; eight in Seoul is 23:00 UTC of the day before.
        (False, "", "2026-05-21T22:59", "2026-05-22T08:00:00+09:00"),
        (False, "", "2026-05-21T23:00", "2026-05-25T08:00:00+09:00"),  # the hour has struck: after the weekend
        (False, "Europe/London", "2026-05-21T22:59", "2026-05-22T00:00:00+01:00"),
        (False, "America/New_York", "2026-05-21T22:59", "2026-05-21T19:00:00-04:00"),
        (True, "", "2026-05-21T22:59", "2026-05-22T08:00:00+09:00"),
        (True, "Europe/London", "2026-05-21T22:59", "2026-05-22T08:00:00+01:00"),
        (True, "America/New_York", "2026-05-22T11:59", "2026-05-22T08:00:00-04:00"),
        (True, "America/New_York", "2026-05-22T12:00", "2026-05-25T08:00:00-04:00"),
        (True, "Pacific/Kiritimati", "2026-05-21T22:59", "2026-05-25T08:00:00+14:00"),
        (True, "nonsense", "2026-05-21T22:59", "2026-05-22T08:00:00+09:00"),
    ],
)
def test_next_issue_comes_at_the_next_hour_of_the_timetable(
    publication: Publication, readers_hours: bool, zone: str, now: str, expected: str
) -> None:
    publication.readers_hours = readers_hours

    assert next_time(publication, now, zone) == expected


def test_next_issue_is_the_planned_one_only_for_a_reader_who_waits_for_it(publication: Publication) -> None:
    waits = reader(publication, "America/New_York").subscriber
    planned(publication, utc("2026-05-21T23:00"))
    late = reader(publication, "America/New_York").subscriber

    times = [next_time(publication, "2026-05-22T00:00", one.time_zone, one) for one in (waits, late)]

    assert times == ["2026-05-22T08:00:00-04:00", "2026-05-25T08:00:00-04:00"]


def test_next_issue_after_a_pause_is_the_first_of_the_days_that_follow(publication: Publication) -> None:
    paused = build.subscriber(paused_until=dt.date(2026, 5, 30))  # a Saturday

    assert next_time(publication, "2026-05-22T00:00", "", paused) == "2026-06-01T08:00:00+09:00"
    assert next_time(publication, "2026-06-10T00:00", "", paused) == "2026-06-11T08:00:00+09:00"


def test_closed_publication_has_no_next_issue(publication: Publication) -> None:
    publication.enabled = False

    assert next_time(publication, "2026-05-22T00:00") == ""
