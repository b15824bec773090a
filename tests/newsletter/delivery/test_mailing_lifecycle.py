"""A person schedules, undoes or ends a mailing, and is refused where it is too late."""

import datetime as dt

import pytest
from django.contrib.auth.models import User

from digests.models import Digest
from digests.review.approve import approve_digest
from newsletter.delivery import dispatch, queue, recovery
from newsletter.delivery.journal import DeliveryOutcome
from newsletter.delivery.mailing_lifecycle import (
    ScheduleError,
    can_undo_mailing,
    end_mailing,
    schedule_mailing,
    undo_mailing,
)
from newsletter.delivery.outcomes import settle_deliveries
from newsletter.delivery.send_times import LATE_APPROVAL_DELAY, find_start_time
from newsletter.models import Delivery, Mailing
from tests import build, clock

pytestmark = pytest.mark.django_db
NOW = clock.moment()


@pytest.fixture
def digest():
    category = build.category()
    publication = build.publication(categories=[category])
    made = build.digest(publication, state="in_review", date=publication.today(NOW))
    build.section(made, category)
    for _ in range(3):
        build.subscription(publication, [category])
    return approve_digest(made)


@pytest.fixture
def mailing(digest):
    """Return a mailing whose three deliveries are queued."""
    schedule_mailing(digest, NOW)
    (begun,) = dispatch.begin_due_mailings()
    begun.refresh_from_db()
    return begun


def _states(mailing: Mailing) -> dict[str, int]:
    return {state: n for state, n in queue.count_deliveries(mailing).items() if n}


def test_schedule_makes_one_mailing_and_moves_it(digest):
    schedule_mailing(digest, NOW + dt.timedelta(hours=1))
    mailing = schedule_mailing(digest, NOW + dt.timedelta(hours=2))

    assert (Mailing.objects.count(), mailing.send_at) == (1, NOW + dt.timedelta(hours=2))


def test_schedule_of_what_is_not_approved_is_refused(digest):
    digest.sections.update(text="Slipped in.")

    with pytest.raises(ScheduleError):
        schedule_mailing(digest, NOW)
    assert Mailing.objects.count() == 0


def test_schedule_of_what_has_begun_is_refused(digest, mailing):
    with pytest.raises(ScheduleError):
        schedule_mailing(digest, NOW + dt.timedelta(hours=1))

    mailing.refresh_from_db()
    assert mailing.send_at == NOW


def test_schedule_again_begins_a_paused_one_that_had_not_begun(digest):
    queue.pause_mailing(schedule_mailing(digest, NOW + dt.timedelta(hours=1)))

    assert schedule_mailing(digest, NOW + dt.timedelta(hours=2)).state == "planned"


def test_at_the_hour_is_the_publications_own(digest):
    day = digest.date + dt.timedelta(days=3)
    digest.date = day

    assert find_start_time(digest).astimezone(digest.publication.zone).isoformat()[:13] == f"{day.isoformat()}T08"


def test_at_the_hour_of_a_past_day_is_now(digest):
    digest.date -= dt.timedelta(days=3)

    assert find_start_time(digest, NOW) == NOW


def test_at_the_hour_leaves_a_moment_after_a_late_approval(digest):
    person = User.objects.create_user("ann")
    digest.date -= dt.timedelta(days=3)
    digest.approved_by, digest.approved_at = person, NOW

    assert find_start_time(digest, NOW + dt.timedelta(seconds=5)) == NOW + LATE_APPROVAL_DELAY
    assert find_start_time(digest, NOW + LATE_APPROVAL_DELAY * 2) == NOW + LATE_APPROVAL_DELAY * 2
    digest.approved_at = digest.publication.moment(digest.date, 7)
    assert find_start_time(digest, NOW) == NOW


def test_undo_before_the_first_message_takes_everything_back(digest, mailing):
    assert (_states(mailing), can_undo_mailing(mailing)) == ({"planned": 3, "queued": 3}, True)

    undo_mailing(mailing)

    assert (Mailing.objects.count(), Delivery.objects.count()) == (0, 0)
    assert Digest.objects.get().state == "in_review"


def test_undo_after_the_first_message_changes_nothing(mailing):
    queue.claim_deliveries(mailing, limit=1, token="t")

    with pytest.raises(ScheduleError):
        undo_mailing(mailing)
    assert (_states(mailing), can_undo_mailing(mailing)) == ({"planned": 3, "queued": 2, "sending": 1}, False)
    assert Digest.objects.get().state == "approved"


def test_end_leaves_the_rest_out_and_lets_what_is_claimed_go(mailing):
    (claimed,) = queue.claim_deliveries(mailing, limit=1, token="t")

    assert end_mailing(mailing) == 2
    settle_deliveries([DeliveryOutcome(claimed.id, "accepted", "250 ok", "")])
    mailing.refresh_from_db()
    assert (mailing.state, _states(mailing)) == ("done", {"planned": 3, "accepted": 1, "skipped": 2})
    assert queue.claim_deliveries(mailing, limit=9, token="t") == []


def test_end_and_a_sweep_leave_what_is_claimed_to_its_outcome(mailing):
    claimed = queue.claim_deliveries(mailing, limit=2, token="t")
    end_mailing(mailing)

    recovery.expire_stale_leases()
    settle_deliveries([DeliveryOutcome(claimed[0].id, "accepted", "250 ok", "")])
    queue.release_leases("t")

    assert _states(mailing) == {"planned": 3, "accepted": 1, "skipped": 2}


def test_end_of_what_has_not_begun_is_refused(digest):
    with pytest.raises(ScheduleError):
        end_mailing(schedule_mailing(digest, NOW + dt.timedelta(hours=1)))
