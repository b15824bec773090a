"""Consent: nothing without a confirmed address, nothing after leaving, each change once."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from digests.models import Category, Publication
from newsletter.models import SignupRequest, Subscriber, Subscription, Suppression, TransactionalMail
from newsletter.subscribers import consent, links
from tests import build

pytestmark = pytest.mark.django_db

ACTIVE, PENDING, LEFT = Subscription.State.ACTIVE, Subscription.State.PENDING, Subscription.State.LEFT
WEEK = dt.timedelta(days=7)


@pytest.fixture
def categories() -> list[Category]:
    return [build.category(slug) for slug in ("llm", "vision", "audio")]


@pytest.fixture
def publication(categories: list[Category]) -> Publication:
    return build.publication("papers", categories=categories)


def ask(publication: Publication, email: str = "new@example.org", *slugs: str) -> SignupRequest:
    return consent.record_sign_up(
        email=email, publication=publication, categories=slugs or ("llm",), language="ko", ip="192.0.2.1"
    )


def slugs(subscription: Subscription) -> list[str]:
    return sorted(subscription.categories.values_list("slug", flat=True))


@pytest.mark.parametrize("state", [None, ACTIVE, PENDING, LEFT, "suppressed"])
def test_ask_writes_the_same_row_for_every_address(publication: Publication, state: str | None) -> None:
    if state == "suppressed":
        Suppression.objects.create(email="new@example.org", reason="bounce")
    elif state:
        build.subscription(publication, [], subscriber_=build.subscriber("new@example.org"), state=state)
    before = Subscription.objects.count()

    note = ask(publication)

    assert (note.email, note.categories, note.due_at is not None) == ("new@example.org", ["llm"], True)
    assert SignupRequest.objects.count() == 1
    assert Subscription.objects.count() == before


def test_admit_makes_a_pending_subscription_with_the_open_categories(publication: Publication) -> None:
    Category.objects.filter(slug="audio").update(retired=True)

    subscription = consent.process_sign_up(ask(publication, "New@Example.org", "llm", "audio", "nonsense"))

    assert subscription is not None
    assert (subscription.state, subscription.confirmed_at, slugs(subscription)) == (PENDING, None, ["llm"])
    assert subscription.requested_ip == "192.0.2.1"


def test_admit_knows_an_address_in_any_case(publication: Publication) -> None:
    known = build.subscription(publication, [], subscriber_=build.subscriber("Reader@Example.org"))

    assert consent.process_sign_up(ask(publication, "reader@EXAMPLE.org")) == known
    assert Subscriber.objects.count() == 1


def test_admit_leaves_an_active_reader_as_they_are(publication: Publication, categories: list[Category]) -> None:
    known = build.subscription(publication, categories[:2], subscriber_=build.subscriber("new@example.org"))

    subscription = consent.process_sign_up(ask(publication, "new@example.org", "audio"))

    assert subscription == known
    assert (subscription.state, slugs(subscription)) == (ACTIVE, ["llm", "vision"])


def test_admit_of_a_suppressed_address_or_closed_publication_is_none(publication: Publication) -> None:
    Suppression.objects.create(email="Gone@example.org", reason="complaint")
    assert consent.process_sign_up(ask(publication, "gone@Example.org")) is None

    publication.enabled = False
    publication.save()
    assert consent.process_sign_up(ask(publication, "other@example.org")) is None
    assert Subscriber.objects.count() == 0


def test_admit_once_more_keeps_the_first_link_valid_and_takes_the_newer_choice(publication: Publication) -> None:
    first = consent.process_sign_up(ask(publication))
    assert first is not None
    token = consent.make_confirm_token(first)

    second = consent.process_sign_up(ask(publication, "new@example.org", "audio"))

    assert second is not None
    assert consent.find_pending_subscription(token) == second
    assert slugs(second) == ["audio"]


def test_admit_of_one_who_left_asks_for_a_new_confirmation(publication: Publication) -> None:
    first = consent.process_sign_up(ask(publication))
    assert first is not None
    token = consent.make_confirm_token(first)
    consent.confirm_subscription(first, ip=None)
    consent.unsubscribe_from_publication(first)

    again = consent.process_sign_up(ask(publication))

    assert again is not None
    # `left_at` stays until the confirmation: anybody may sign the address up, and no file may bring the reader back meanwhile.
    assert (again.state, again.left_at is not None) == (PENDING, True)
    assert consent.find_pending_subscription(token) is None
    assert consent.find_pending_subscription(consent.make_confirm_token(again)) == again


def test_confirm_keeps_the_proof_and_asks_for_the_welcome(publication: Publication) -> None:
    subscription = consent.process_sign_up(ask(publication))
    assert subscription is not None

    assert consent.confirm_subscription(subscription, ip="192.0.2.7") is True

    subscription.refresh_from_db()
    assert (subscription.state, subscription.confirmed_ip) == (ACTIVE, "192.0.2.7")
    assert subscription.consent_text == consent.CONSENT_TEXT_VERSION
    assert subscription.confirmed_at is not None
    assert list(TransactionalMail.objects.filter(kind="welcome").values_list("subscription", flat=True)) == [
        subscription.pk
    ]


def test_confirm_works_once(publication: Publication) -> None:
    subscription = consent.process_sign_up(ask(publication))
    assert subscription is not None
    token = consent.make_confirm_token(subscription)
    consent.confirm_subscription(subscription, ip=None)

    assert consent.find_pending_subscription(token) is None
    assert consent.confirm_subscription(subscription, ip="192.0.2.9") is False
    assert TransactionalMail.objects.filter(kind="welcome").count() == 1


def test_confirm_expires(publication: Publication) -> None:
    subscription = consent.process_sign_up(ask(publication))
    assert subscription is not None
    token, later = consent.make_confirm_token(subscription), timezone.now() + WEEK

    assert consent.find_pending_subscription(token, now=later) is None
    assert consent.confirm_subscription(subscription, ip=None, now=later) is False


def test_find_takes_a_link_of_its_scope_only(publication: Publication) -> None:
    subscription = build.subscription(publication, [])
    key = subscription.subscriber.link_key
    leave, manage = links.make_token("leave", subscription.pk, key), links.make_token("manage", subscription.pk, key)

    assert [consent.find_subscription("leave", leave), consent.find_subscription("manage", manage)] == [
        subscription,
        subscription,
    ]
    assert [
        consent.find_subscription("manage", leave),
        consent.find_subscription("leave", manage),
        consent.find_subscription("leave", "x"),
    ] == [
        None,
        None,
        None,
    ]
    assert consent.find_subscription("leave", links.make_token("leave", 10**9, key)) is None


def test_revoke_makes_earlier_links_worthless(publication: Publication) -> None:
    subscription = build.subscription(publication, [])
    old = links.make_token("manage", subscription.pk, subscription.subscriber.link_key)

    consent.revoke_links(subscription.subscriber)

    new = links.make_token("manage", subscription.pk, subscription.subscriber.link_key)
    assert [consent.find_subscription("manage", old), consent.find_subscription("manage", new)] == [None, subscription]


def test_leave_works_once_and_keeps_the_moment(publication: Publication) -> None:
    subscription = build.subscription(publication, [])
    then = timezone.now() - dt.timedelta(hours=1)

    assert [
        consent.unsubscribe_from_publication(subscription, then),
        consent.unsubscribe_from_publication(subscription),
    ] == [True, False]

    subscription.refresh_from_db()
    assert (subscription.state, subscription.left_at) == (LEFT, then)


def test_leave_category_drops_one_and_with_the_last_the_subscription(
    publication: Publication, categories: list[Category]
) -> None:
    subscription = build.subscription(publication, categories[:2])

    assert consent.unsubscribe_from_category(subscription, categories[0]) is True
    subscription.refresh_from_db()
    assert (subscription.state, slugs(subscription)) == (ACTIVE, ["vision"])

    assert consent.unsubscribe_from_category(subscription, categories[0]) is False
    assert consent.unsubscribe_from_category(subscription, categories[1]) is True
    subscription.refresh_from_db()
    assert subscription.state == LEFT


def test_come_back_undoes_leaving(publication: Publication, categories: list[Category]) -> None:
    subscription = build.subscription(publication, categories[:1])
    consent.unsubscribe_from_category(subscription, categories[0])

    assert consent.undo_unsubscribe(subscription, categories[0]) is True

    subscription.refresh_from_db()
    assert (subscription.state, subscription.left_at, slugs(subscription)) == (ACTIVE, None, ["llm"])


def test_come_back_is_for_the_confirmed_and_for_a_day(publication: Publication) -> None:
    never = build.subscription(publication, [], state=LEFT, confirmed_at=None, left_at=timezone.now())
    long_ago = build.subscription(publication, [], state=LEFT, left_at=timezone.now() - dt.timedelta(hours=25))

    assert [consent.undo_unsubscribe(never), consent.undo_unsubscribe(long_ago)] == [False, False]


def test_choose_sets_the_categories_and_keeps_retired_ones(
    publication: Publication, categories: list[Category]
) -> None:
    old = build.category("old", retired=True)
    publication.categories.add(old)
    subscription = build.subscription(publication, [categories[0], old])

    consent.choose_categories(subscription.subscriber, publication, ["audio", "vision", "nonsense"], ip=None)

    assert slugs(subscription) == ["audio", "old", "vision"]


@pytest.mark.parametrize("state", ["", "left", "pending"])
def test_choose_asks_the_address_before_a_publication_begins(publication: Publication, state: str) -> None:
    reader = build.subscriber("me@example.org", language="en")
    if state:
        build.subscription(publication, [], subscriber_=reader, state=state, confirmed_at=None)

    consent.choose_categories(reader, publication, ["llm"], ip="192.0.2.1")

    assert list(Subscription.objects.values_list("state", flat=True)) == [state][: bool(state)]
    (note,) = SignupRequest.objects.all()
    assert (note.email, note.publication, note.categories) == ("me@example.org", publication, ["llm"])
    subscription = consent.process_sign_up(note)
    assert subscription is not None
    assert (subscription.state, slugs(subscription)) == (PENDING, ["llm"])


def test_choose_of_none_leaves_so_that_it_can_be_undone(publication: Publication, categories: list[Category]) -> None:
    subscription = build.subscription(publication, categories[:1])
    assert consent.choose_categories(build.subscriber(), publication, [], ip=None) is None

    consent.choose_categories(subscription.subscriber, publication, [], ip=None)

    subscription.refresh_from_db()
    assert (subscription.state, slugs(subscription)) == (LEFT, [categories[0].slug])
    assert (SignupRequest.objects.count(), TransactionalMail.objects.count()) == (0, 0)


def test_purge_forgets_unconfirmed_requests_and_nobody_else(publication: Publication) -> None:
    other = build.publication("news")
    long_ago = timezone.now() - 3 * WEEK
    stale: dict[str, Any] = {"state": PENDING, "confirmed_at": None, "requested_at": long_ago}
    build.subscription(publication, [], **stale)
    reader = build.subscription(publication, [], **stale).subscriber
    kept = build.subscription(other, [], subscriber_=reader, requested_at=long_ago)
    fresh = build.subscription(publication, [], state=PENDING, confirmed_at=None)

    assert consent.purge_unconfirmed_sign_ups() == 2

    assert list(Subscription.objects.all()) == [kept, fresh]
    assert set(Subscriber.objects.all()) == {reader, fresh.subscriber}
