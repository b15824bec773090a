"""SEND_LIMITS as the receiver sees them: never more than allowed in any period over all processes, and all in the end."""

import datetime as dt
import time
from bisect import bisect_right

import pytest
from django.db import connection
from django.utils import timezone

from newsletter.delivery import audience, dispatch, queue, rate_limits, recovery
from newsletter.delivery.journal import Journal
from newsletter.delivery.worker import MailingRun
from newsletter.models import Delivery, DomainBackoff, Mailing, RateReservation, Subscriber
from newsletter.transport.types import SendResult, SendState
from tests.newsletter import sample_mailing
from tests.smtpsink import Answer, SmtpSink, sink, use_sink

pytestmark = [pytest.mark.django_db, pytest.mark.real_clock]  # what counts is counted by the clock of the database


@pytest.fixture
def mailing(settings, tmp_path) -> Mailing:
    settings.VAR_DIR = tmp_path
    return sample_mailing.compose_mailing()


def use(settings, server: SmtpSink, words: str) -> None:
    use_sink(settings, server)
    settings.SEND_LIMITS = words


def clock(arrivals: list[float], domain: str = "") -> Answer:
    """Return an answer that notes when each message of a domain arrived."""

    def answer(step: str, recipient: str) -> None:
        if step == "dot" and recipient.endswith(domain):
            arrivals.append(time.monotonic())

    return answer


def most_within(arrivals: list[float], seconds: float) -> int:
    ordered = sorted(arrivals)
    return max(bisect_right(ordered, at + seconds) - n for n, at in enumerate(ordered))


def test_all_messages_keep_to_the_limit_and_all_leave(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 90)
    arrivals: list[float] = []
    with sink(clock(arrivals)) as server:
        use(settings, server, "25/s")
        dispatch.send_due_mailings(seconds=20)

    assert queue.count_deliveries(mailing)["accepted"] == len(set(server.recipients)) == 90
    assert most_within(arrivals, 1.0) <= 25
    assert 2.9 < arrivals[-1] - arrivals[0] < 6  # no slower than need be
    assert server.connections <= 4


def test_a_domain_keeps_to_its_limit_while_others_go_on(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 120)
    for reader in Subscriber.objects.order_by("pk")[:30]:
        Subscriber.objects.filter(pk=reader.pk).update(email=f"r{reader.pk}@Slow.example")
    slow: list[float] = []
    others: list[float] = []

    def answer(step: str, recipient: str) -> None:
        if step == "dot":
            (slow if recipient.endswith("@Slow.example") else others).append(time.monotonic())

    with sink(answer) as server:
        use(settings, server, "slow.example 10/s")
        dispatch.send_due_mailings(seconds=20)

    assert (len(slow), len(others)) == (30, 90)
    assert most_within(slow, 1.0) <= 10
    assert max(others) - min(others) < 1.5 < max(slow) - min(slow)
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_an_hours_limit_holds_over_runs_and_lets_go_after_the_hour(mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 30)
    with sink() as server:
        use(settings, server, "12/h")
        first = dispatch.send_due_mailings(), dispatch.send_due_mailings()
        # An hour less half a minute ago is within the hour; an hour and a second ago is not.
        RateReservation.objects.update(closed_at=timezone.now() - dt.timedelta(seconds=3570))
        within = dispatch.send_due_mailings(seconds=0.2)
        RateReservation.objects.update(closed_at=timezone.now() - dt.timedelta(seconds=3601))
        after = dispatch.send_due_mailings()

    assert (first, within, after) == ((12, 0), 0, 12)
    assert len(server.received) == len(set(server.recipients)) == 24


def test_what_is_under_way_counts_until_it_is_settled_and_then_an_hour(mailing, settings):
    settings.SEND_LIMITS = "5/h"
    sample_mailing.subscribe_random_sets(mailing, 10)
    audience.plan_deliveries(mailing)

    first = rate_limits.claim_within_limits(mailing, limit=100, token="a")
    RateReservation.objects.update(granted_at=timezone.now() - dt.timedelta(hours=3))
    second = rate_limits.claim_within_limits(mailing, limit=100, token="b")
    (reservation,) = first.reservations
    reservation.open = set(sorted(reservation.open)[:2])  # three were settled, two never left
    rate_limits.close_reservations([reservation])
    third = rate_limits.claim_within_limits(mailing, limit=100, token="c")

    assert [len(batch.claimed) for batch in (first, second, third)] == [5, 0, 2]


def test_what_a_killed_process_was_allowed_counts_from_its_recovery(mailing, settings):
    settings.SEND_LIMITS = "5/h"
    sample_mailing.subscribe_random_sets(mailing, 10)
    audience.plan_deliveries(mailing)
    dead = Journal()
    rate_limits.claim_within_limits(mailing, limit=100, token=dead.token)
    dead.leave()

    recovery.recover_journals()

    assert rate_limits.claim_within_limits(mailing, limit=100, token="next").claimed == []
    (row,) = RateReservation.objects.all()
    assert (row.count, row.closed_at is not None) == (5, True)


def test_a_relays_limit_counts_what_leaves_by_it(mailing, settings):
    settings.SEND_LIMITS = "one.example:25 3/h"
    sample_mailing.subscribe_random_sets(mailing, 10)
    audience.plan_deliveries(mailing)

    by_one = rate_limits.claim_within_limits(mailing, limit=100, token="a", relay="one.example:25")
    by_one_again = rate_limits.claim_within_limits(mailing, limit=100, token="a", relay="one.example:25")
    by_two = rate_limits.claim_within_limits(mailing, limit=100, token="a", relay="two.example:25")

    assert [len(batch.claimed) for batch in (by_one, by_one_again, by_two)] == [3, 0, 7]


def test_a_warm_up_limits_the_day(mailing, settings):
    settings.SEND_WARMUP = f"{timezone.localdate()} 4 8"
    sample_mailing.subscribe_random_sets(mailing, 10)
    audience.plan_deliveries(mailing)

    assert len(rate_limits.claim_within_limits(mailing, limit=100, token="a").claimed) == 4


def test_a_backed_off_domain_waits_until_its_back_off_ends(mailing):
    sample_mailing.subscribe_random_sets(mailing, 6)
    until = timezone.now() + dt.timedelta(minutes=10)
    DomainBackoff.objects.create(domain="example.org", until=until)
    audience.plan_deliveries(mailing)

    batch = rate_limits.claim_within_limits(mailing, limit=100, token="a")

    assert (batch.claimed, Delivery.objects.filter(state="queued", attempts=0, due_at__gte=until).count()) == ([], 6)


def test_without_limits_nothing_is_written(mailing, django_assert_num_queries):
    sample_mailing.subscribe_random_sets(mailing, 6)
    audience.plan_deliveries(mailing)
    mailing = Mailing.objects.select_related("digest__publication").get()

    # The back-offs; within a savepoint, the claim; on PostgreSQL the choice of indexes, and the identity.
    with django_assert_num_queries(10 if connection.vendor == "postgresql" else 8):
        rate_limits.claim_within_limits(mailing, limit=100, token="a")

    assert RateReservation.objects.count() == 0


def test_clean_up_deletes_reservations_that_count_no_more(mailing, settings):
    settings.SEND_LIMITS = "5/h"
    old = timezone.now() - dt.timedelta(days=2)
    RateReservation.objects.create(count=1, claim="a", closed_at=old)
    lost = RateReservation.objects.create(count=1, claim="b", granted_at=old)
    RateReservation.objects.create(count=1, claim="c")

    assert rate_limits.clean_up_reservations() == 1
    lost.refresh_from_db()
    assert (RateReservation.objects.count(), RateReservation.objects.filter(closed_at=None).count()) == (2, 1)
    assert lost.closed_at is not None


def test_what_was_claimed_ahead_and_never_began_does_not_count(mailing, settings):
    settings.SEND_LIMITS, settings.SEND_BATCH = "100/h", 4
    sample_mailing.subscribe_random_sets(mailing, 12)
    audience.plan_deliveries(mailing)
    run = MailingRun(mailing, time.monotonic() + 20, Journal())
    one = next(run.offers())  # of the first batch; the second is claimed already
    assert one
    run.settle(one.id, SendResult(SendState.ACCEPTED, "250 ok"))
    run.end()

    assert list(RateReservation.objects.filter(closed_at=None)) == []
    assert sum(RateReservation.objects.values_list("count", flat=True)) == 1
