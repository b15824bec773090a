"""Deliveries are planned, claimed, settled and recovered: each reader once, with consent, and the counts add up."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone, translation

from digests.models import Category, Digest, Publication, Section
from digests.review.approve import approve_digest
from digests.review.edit import change_section, compute_version
from newsletter.delivery import audience, outcomes, queue, recovery, sql
from newsletter.delivery.journal import DeliveryOutcome
from newsletter.emails import compose
from newsletter.models import Delivery, Mailing, Subscriber, Subscription, Suppression
from newsletter.transport.types import SendState
from tests import build

pytestmark = pytest.mark.django_db

ACCEPTED, FAILED, UNKNOWN = Delivery.State.ACCEPTED, Delivery.State.FAILED, Delivery.State.UNKNOWN
NONE = dict.fromkeys(["queued", "sending", "accepted", "failed", "unknown", "skipped"], 0)


@pytest.fixture
def categories() -> list[Category]:
    return [build.category(slug) for slug in ("llm", "vision", "audio")]


@pytest.fixture
def publication(categories: list[Category]) -> Publication:
    return build.publication("papers", categories=categories)


def mailing_of(publication: Publication, categories: list[Category]) -> Mailing:
    """Return a composed mailing with a section per category, due now."""
    digest = build.digest(publication, state=Digest.State.IN_REVIEW)
    for category in categories:
        build.section(digest, category)
    approve_digest(digest)
    (mailing,) = audience.open_mailings()
    Mailing.objects.filter(pk=mailing.pk).update(composed_at=timezone.now())
    return Mailing.objects.select_related("digest__publication").get(pk=mailing.pk)


def test_plan_makes_a_row_with_a_bit_per_chosen_section(publication, categories):
    llm, vision, audio = categories
    subscription = build.subscription(publication, [llm, audio])
    mailing = mailing_of(publication, [llm, vision, audio])

    audience.plan_deliveries(mailing)

    assert list(mailing.deliveries.values_list("subscriber", "sections")) == [(subscription.subscriber_id, 0b101)]


def test_plan_excludes_by_reason_and_the_counts_add_up(publication, categories):
    llm, vision, _audio = categories
    build.subscription(publication, [llm])
    build.subscription(publication, [vision])
    build.subscription(publication, [])
    build.subscription(publication, [llm], state=Subscription.State.PENDING, confirmed_at=None)
    build.subscription(publication, [llm], state=Subscription.State.LEFT)
    paused = build.subscriber(paused_until=timezone.localdate() + dt.timedelta(days=9))
    build.subscription(publication, [llm], subscriber_=paused)
    Suppression.objects.create(email="GONE@example.org", reason=Suppression.Reason.BOUNCE)
    build.subscription(publication, [llm], subscriber_=build.subscriber("gone@Example.org"))
    mailing = mailing_of(publication, [llm])

    audience.plan_deliveries(mailing)

    assert mailing.excluded == {"no_match": 2, "pending": 1, "left": 1, "paused": 1, "suppressed": 1}
    assert (mailing.candidates, mailing.planned) == (7, 1)


def test_plan_ignores_readers_of_another_publication(publication, categories):
    build.subscription(build.publication("news", categories=categories), categories)

    assert audience.plan_deliveries(mailing_of(publication, categories)) == 0


def test_plan_leaves_out_a_section_without_text(publication, categories):
    llm, vision, _audio = categories
    build.subscription(publication, [llm, vision])
    mailing = mailing_of(publication, [llm, vision])
    Section.objects.filter(category=llm).update(text="")
    Digest.objects.update(state=Digest.State.IN_REVIEW)
    approve_digest(mailing.digest)
    audience.renew_approval(mailing)

    audience.plan_deliveries(mailing)

    assert mailing.deliveries.get().sections == 0b10


def test_plan_twice_makes_nothing_twice(publication, categories):
    build.subscription(publication, categories)
    mailing = mailing_of(publication, categories)

    assert (audience.plan_deliveries(mailing), audience.plan_deliveries(mailing), mailing.deliveries.count()) == (
        1,
        1,
        1,
    )


def test_plan_keeps_readers_of_one_set_together(publication, categories):
    for n in range(6):
        build.subscription(publication, [categories[n % 2]])
    mailing = mailing_of(publication, categories)

    audience.plan_deliveries(mailing)

    assert list(mailing.deliveries.order_by("pk").values_list("sections", flat=True)) == [
        0b1,
        0b1,
        0b1,
        0b10,
        0b10,
        0b10,
    ]


@pytest.mark.parametrize("readers", [1, 3])
def test_plan_takes_the_same_queries_for_one_and_three_readers(
    publication, categories, readers, django_assert_num_queries
):
    for _ in range(readers):
        build.subscription(publication, categories)
    mailing = mailing_of(publication, categories)

    # PostgreSQL refreshes the statistics of the readers before, and of the new rows after.
    with django_assert_num_queries(15 if connection.vendor == "postgresql" else 13):
        audience.plan_deliveries(mailing)


def planned(publication: Publication, categories: list[Category], readers: int = 1) -> Mailing:
    for _ in range(readers):
        build.subscription(publication, categories)
    mailing = mailing_of(publication, categories)
    audience.plan_deliveries(mailing)
    return mailing


def test_claim_takes_each_delivery_once(publication, categories):
    mailing = planned(publication, categories, readers=3)

    first, second, third = (queue.claim_deliveries(mailing, limit=2) for _ in range(3))

    assert (len(first), len(second), third) == (2, 1, [])
    assert len({c.id for c in first + second}) == 3


def test_claim_skips_readers_who_left_after_the_plan(publication, categories):
    mailing = planned(publication, categories, readers=2)
    Subscription.objects.filter(pk=Subscription.objects.earliest("pk").pk).update(state=Subscription.State.LEFT)

    assert len(queue.claim_deliveries(mailing, limit=10)) == 1
    assert list(mailing.deliveries.order_by("pk").values_list("state", "reason")) == [
        ("skipped", "left"),
        ("queued", ""),
    ]
    assert queue.count_deliveries(mailing) == {**NONE, "planned": 2, "sending": 1, "skipped": 1}


def test_claim_skips_readers_suppressed_paused_or_erased_after_the_plan(publication, categories):
    mailing = planned(publication, categories, readers=3)
    suppressed, paused, erased = Subscriber.objects.order_by("pk")
    Suppression.objects.create(email=suppressed.email.upper(), reason=Suppression.Reason.COMPLAINT)
    Subscriber.objects.filter(pk=paused.pk).update(paused_until=timezone.localdate() + dt.timedelta(days=2))
    erased.delete()

    assert queue.claim_deliveries(mailing, limit=10) == []
    assert list(mailing.deliveries.order_by("pk").values_list("reason", flat=True)) == ["suppressed", "paused", "left"]


def test_claim_goes_on_behind_a_batch_of_readers_who_left(publication, categories):
    mailing = planned(publication, categories, readers=3)
    last = Subscription.objects.latest("pk")
    Subscription.objects.exclude(pk=last.pk).update(state=Subscription.State.LEFT)

    assert [c.subscription_id for c in queue.claim_deliveries(mailing, limit=1)] == [last.pk]


def test_claim_takes_nothing_while_the_mailing_is_paused(publication, categories):
    mailing = planned(publication, categories)

    queue.pause_mailing(mailing)
    paused = queue.claim_deliveries(mailing, limit=1)
    queue.resume_mailing(mailing)

    assert (paused, len(queue.claim_deliveries(mailing, limit=1))) == ([], 1)


@pytest.mark.parametrize("readers", [1, 3])
def test_claim_takes_the_same_queries_for_one_and_three_readers(
    publication, categories, readers, django_assert_num_queries
):
    mailing = planned(publication, categories, readers=readers)

    # PostgreSQL needs one more to choose indexes, and another for its identity.
    with django_assert_num_queries(11 if connection.vendor == "postgresql" else 9):
        queue.claim_deliveries(mailing, limit=10)


def test_what_is_given_back_is_claimed_again_though_others_have_claimed_beyond_it(publication, categories):
    mailing = planned(publication, categories, readers=3)
    first = queue.claim_deliveries(mailing, limit=1, token="a")
    queue.claim_deliveries(mailing, limit=1, token="b")

    released = queue.release_leases("a")

    again = queue.claim_deliveries(mailing, limit=9, token="c")
    assert (released, len(again), again[-1].id) == (1, 2, first[0].id)
    assert (
        queue.find_deliveries_in_hand("a"),
        len(queue.find_deliveries_in_hand("b")),
        len(queue.find_deliveries_in_hand("c")),
    ) == (set(), 1, 2)


def test_what_is_given_back_by_a_slow_clock_is_claimed_again(publication, categories):
    mailing = planned(publication, categories)
    (claimed,) = queue.claim_deliveries(mailing, limit=1)

    queue.release_deliveries([claimed.id], due_at=timezone.now() - dt.timedelta(days=1))

    assert [one.id for one in queue.claim_deliveries(mailing, limit=1)] == [claimed.id]


def test_what_is_tried_again_later_is_in_nobodys_hand(publication, categories):
    mailing = planned(publication, categories, readers=2)
    one, other = queue.claim_deliveries(mailing, limit=2, token="a")

    outcomes.settle_deliveries([DeliveryOutcome(one.id, SendState.RETRY, "451 later")])

    assert queue.find_deliveries_in_hand("a") == {other.id}
    assert queue.count_deliveries(mailing) == {**NONE, "planned": 2, "queued": 1, "sending": 1}


def settled(mailing: Mailing, state: str, *, reply: str = "", now: dt.datetime | None = None) -> Delivery:
    (claimed,) = queue.claim_deliveries(mailing, limit=1)
    outcomes.settle_deliveries([DeliveryOutcome(claimed.id, state, reply)], now=now)
    return Delivery.objects.get(pk=claimed.id)


@pytest.mark.parametrize("state", [ACCEPTED, FAILED, UNKNOWN])
def test_settle_writes_state_and_answer(publication, categories, state):
    delivery = settled(planned(publication, categories), state, reply="550 no such user")

    assert (delivery.state, delivery.server_reply, delivery.attempts) == (state, "550 no such user", 1)


def test_settle_queues_a_temporary_failure_for_later(publication, categories):
    mailing = planned(publication, categories)
    now = timezone.now()

    delivery = settled(mailing, SendState.RETRY, reply="451 try later", now=now)

    assert (delivery.state, delivery.server_reply) == ("queued", "451 try later")
    assert dt.timedelta(minutes=5) <= delivery.due_at - now <= dt.timedelta(minutes=6.5)
    assert queue.claim_deliveries(mailing, limit=1) == []


def test_settle_gives_up_after_a_day(publication, categories):
    mailing = planned(publication, categories)
    Mailing.objects.update(planned_at=timezone.now() - dt.timedelta(hours=25))

    delivery = settled(mailing, SendState.RETRY, reply="451 try later")

    assert (delivery.state, delivery.server_reply, delivery.reason) == ("failed", "451 try later", "gave_up")


def test_settle_leaves_a_row_alone_that_was_settled_before(publication, categories):
    delivery = settled(planned(publication, categories), ACCEPTED)

    outcomes.settle_deliveries([DeliveryOutcome(delivery.pk, FAILED, "late")])
    delivery.refresh_from_db()

    assert delivery.state == ACCEPTED


def test_sweep_shows_what_a_vanished_worker_left_as_unknown_and_nobody_resends_it(publication, categories):
    mailing = planned(publication, categories)
    queue.claim_deliveries(mailing, limit=1)

    early = recovery.expire_stale_leases()
    late = recovery.expire_stale_leases(now=timezone.now() + recovery.LEASE + dt.timedelta(seconds=1))

    assert (early, late, mailing.deliveries.get().state) == (0, 1, UNKNOWN)
    assert queue.claim_deliveries(mailing, limit=1) == []


def test_sweep_leaves_what_the_same_process_has_claimed_since(publication, categories):
    mailing = planned(publication, categories, readers=2)
    later = timezone.now() + recovery.LEASE
    queue.claim_deliveries(mailing, limit=1, token="elsewhere")
    (fresh,) = queue.claim_deliveries(mailing, limit=1, token="elsewhere", now=later)

    swept = recovery.expire_stale_leases(now=later + dt.timedelta(seconds=5))

    assert (swept, queue.find_deliveries_in_hand("elsewhere")) == (1, {fresh.id})


def test_finish_waits_for_the_last_delivery(publication, categories):
    mailing = planned(publication, categories, readers=2)

    settled(mailing, ACCEPTED)
    early = queue.finish_mailing(mailing)
    settled(mailing, FAILED)

    assert (early, queue.finish_mailing(mailing)) == (False, True)
    assert queue.count_deliveries(mailing) == {**NONE, "planned": 2, "accepted": 1, "failed": 1}


def test_describe_counts_says_the_reasons_in_english_whatever_language_the_site_has(publication, categories):
    build.subscription(publication, categories[:1], state=Subscription.State.LEFT)
    mailing = planned(publication, categories, readers=2)
    settled(mailing, ACCEPTED)

    with translation.override("ko"):
        line = queue.describe_counts(mailing)

    assert line == "2 planned, 1 queued, 1 accepted, 1 had unsubscribed"


def test_send_again_and_treat_as_sent_touch_unknown_ones_only(publication, categories):
    mailing = planned(publication, categories, readers=3)
    one, two, three = queue.claim_deliveries(mailing, limit=3)
    outcomes.settle_deliveries(
        [DeliveryOutcome(one.id, UNKNOWN), DeliveryOutcome(two.id, UNKNOWN), DeliveryOutcome(three.id, FAILED)]
    )
    queue.finish_mailing(mailing)

    assert queue.treat_unknown_as_sent([one.id, three.id]) == 1
    assert queue.resend_unknown([two.id, three.id]) == 1
    mailing.refresh_from_db()

    assert mailing.state == Mailing.State.SENDING
    assert list(mailing.deliveries.order_by("pk").values_list("state", flat=True)) == ["accepted", "queued", "failed"]


def test_open_mailings_waits_for_the_send_hour(publication, categories):
    publication.send_hour = 8
    publication.save()
    digest = build.digest(publication, state=Digest.State.IN_REVIEW, date=publication.today() + dt.timedelta(days=1))
    build.section(digest, categories[0])
    approve_digest(digest)

    (mailing,) = audience.open_mailings()

    assert mailing.send_at == publication.moment(digest.date, 8)
    assert audience.open_mailings() == []


def test_renew_refuses_a_digest_that_changed_after_its_approval(publication, categories):
    mailing = mailing_of(publication, categories)
    mailing.digest.sections.update(text="changed")

    assert audience.renew_approval(mailing) is False


def test_an_imported_digest_is_never_mailed(publication, categories):
    digest = build.digest(publication, state=Digest.State.IN_REVIEW, imported=True)
    build.section(digest, categories[0])
    approve_digest(digest)

    assert audience.open_mailings() == []


def count_rows_read_in_vain(statement: str, values: dict[str, Any]) -> int:
    """Return how many rows PostgreSQL reads and drops again; on SQLite, how many tables are read as a whole."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            return sum(row[-1].startswith("SCAN") for row in cursor.fetchall())
        cursor.execute(sql.USE_INDEXES)
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        nodes = [cursor.fetchone()[0][0]["Plan"]]
    dropped = 0
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        dropped += sum(n * node["Actual Loops"] for key, n in node.items() if key.startswith("Rows Removed by"))
    return int(dropped)


def test_a_claim_reads_the_batch_alone_whatever_the_statistics_say(publication, categories):
    for _ in range(60):
        build.subscription(publication, [categories[0]])
    mailing = mailing_of(publication, categories)
    audience.plan_deliveries(mailing)
    mailing.deliveries.update(state=ACCEPTED)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # from here on, nothing is ever queued
    mailing.deliveries.update(state=Delivery.State.QUEUED)
    queue.claim_deliveries(mailing, limit=20)
    mark = Mailing.objects.get()
    values = {"mailing": mailing.pk, "publication": publication.pk, "limit": 20, "reached_id": mark.reached_id}
    values["reached_at"] = connection.ops.adapt_datetimefield_value(mark.reached_at)
    values |= queue.adapt_moments(mailing, timezone.now())

    assert count_rows_read_in_vain(sql.FIRST_IN_LINE, values) == 0


def test_plan_refuses_what_was_changed_since_it_was_renewed(publication, categories):
    build.subscription(publication, categories)
    mailing = mailing_of(publication, categories)
    section = mailing.digest.sections.first()
    assert section
    assert audience.renew_approval(mailing)
    change_section(
        section,
        seen=compute_version(section),
        by=User.objects.create_user("ann"),
        text="Another text, which nobody has approved.",
    )
    compose.store_fragments(mailing)

    assert audience.plan_deliveries(mailing) == 0

    mailing.refresh_from_db()
    assert (mailing.state, mailing.composed_at, mailing.fragments.count()) == (Mailing.State.PLANNED, None, 0)


@pytest.mark.parametrize("words", ["a\ud800b", "a\0b"])
def test_settle_keeps_words_that_no_database_takes(publication, categories, words):
    build.subscription(publication, categories)
    mailing = mailing_of(publication, categories)
    audience.plan_deliveries(mailing)
    (claimed,) = queue.claim_deliveries(mailing, limit=9)

    outcomes.settle_deliveries([DeliveryOutcome(claimed.id, FAILED, words, words)])

    assert Delivery.objects.get().state == FAILED
