"""Opting out for good: the page behind a link of the confirmation mail, and what the wish applies to."""

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from digests.models import Publication
from newsletter.models import SignupRequest, Subscriber, Subscription, Suppression
from newsletter.operations import erasure
from newsletter.subscribers import addresses, consent, opt_out, suppression
from newsletter.transactional import mails
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_LANGUAGE = "en"


@pytest.fixture
def publication() -> Publication:
    return rows.publication()


def ask(publication: Publication, email: str) -> int:
    """Sign an address up; return how many mails follow."""
    consent.record_sign_up(email=email, publication=publication, categories=["llm"], language="en")
    sent = mails.send_due_mails()
    SignupRequest.objects.all().delete()
    return sent


def link(email: str) -> str:
    subscription = Subscription.objects.get(subscriber__in=addresses.filter_by_address(Subscriber.objects.all(), email))
    address = opt_out.make_opt_out_url(subscription)
    assert address in str(mail.outbox[-1].body)
    return address


def heading(content: bytes) -> list[str]:
    return page.texts(content)


def test_wish_is_kept_by_a_button_alone_and_as_a_hash(client: Client, publication: Publication) -> None:
    assert ask(publication, "me@example.org") == 1
    address = link("me@example.org")
    for response in (client.get(address), client.head(address), client.get(address, {"do": "undo"})):
        assert response.status_code == 200
    assert (Suppression.objects.count(), heading(client.get(address).content)) == (
        0,
        ["Never get email from us again?"],
    )

    done = client.post(address)

    assert (done.status_code, heading(done.content)) == (200, ["We won’t email you again"])
    assert [(row.email, len(row.address_hash or ""), row.reason) for row in Suppression.objects.all()] == [
        (None, 64, "wish")
    ]
    assert ask(publication, "ME@example.org") == 0


def test_wish_holds_for_every_label_of_the_mailbox(client: Client, publication: Publication) -> None:
    ask(publication, "k.im+news@gmail.com")

    client.post(link("k.im+news@gmail.com"))

    emails = ("k.im+news@gmail.com", "kim@gmail.com", "kim+other@googlemail.com", "ki.m@gmail.com", "kam@gmail.com")
    assert [ask(publication, email) for email in emails] == [0, 0, 0, 0, 1]


def test_wish_is_taken_back_by_the_same_link(client: Client, publication: Publication) -> None:
    ask(publication, "me+1@example.org")
    address = link("me+1@example.org")
    client.post(address)

    back = client.post(address, {"do": "undo"})

    assert page.texts(back.content, "[role=status]") == ["Undone. You can sign up with this address again."]
    assert (Suppression.objects.count(), ask(publication, "me+1@example.org")) == (0, 1)


def test_who_confirms_has_taken_the_wish_back(client: Client, publication: Publication) -> None:
    ask(publication, "me@example.org")
    subscription = Subscription.objects.get()
    client.post(opt_out.make_opt_out_url(subscription))

    client.post(f"/c/{consent.make_confirm_token(subscription)}/")

    assert (Suppression.objects.count(), Subscription.objects.get().state, mails.send_due_mails()) == (0, "active", 1)


def test_wish_ends_what_the_address_reads_and_is_said_before(client: Client, publication: Publication) -> None:
    reader = build.subscriber("me@example.org", language="en")
    other = build.subscription(build.publication("news"), [], subscriber_=reader)
    ask(publication, "me@example.org")
    address = opt_out.make_opt_out_url(Subscription.objects.get(publication=publication))
    said = page.texts(client.get(address).content, ".say > p")

    client.post(address)
    other.refresh_from_db()

    assert "All current subscriptions of this address end too." in said
    assert (other.state, [(row.email, row.reason) for row in Suppression.objects.all()]) == (
        "left",
        [("me@example.org", "wish")],
    )
    erasure.erase_subscriber(reader)
    assert [(row.email, row.reason) for row in Suppression.objects.all()] == [(None, "wish")]


def test_wish_of_a_label_ends_nothing_of_who_reads_under_the_bare_name(
    client: Client, publication: Publication
) -> None:
    reader = build.subscription(build.publication("news"), [], subscriber_=build.subscriber("me@example.org"))
    ask(publication, "me+x@example.org")

    client.post(link("me+x@example.org"))
    reader.refresh_from_db()

    assert (
        reader.state,
        suppression.is_suppressed("me@example.org"),
        suppression.is_suppressed("me+x@example.org"),
    ) == (
        "active",
        False,
        True,
    )


def test_wish_takes_a_complaint_back_for_nobody(client: Client, publication: Publication) -> None:
    ask(publication, "me@example.org")
    address = link("me@example.org")
    Suppression.objects.create(email="me@example.org", reason="complaint")

    client.post(address)
    client.post(address, {"do": "undo"})

    assert [row.reason for row in Suppression.objects.all()] == ["complaint"]


@pytest.mark.parametrize("state", ["active", "left"])
def test_link_of_a_confirmed_reader_is_stale(client: Client, publication: Publication, state: str) -> None:
    subscription = build.subscription(publication, [], state=state, confirmed_at=timezone.now())
    address = opt_out.make_opt_out_url(subscription)

    assert [client.get(address).status_code, client.post(address).status_code] == [404, 404]
    assert Suppression.objects.count() == 0


@pytest.mark.parametrize("token", ["x", "A" * 32])
def test_link_that_is_none_of_ours_is_stale(client: Client, publication: Publication, token: str) -> None:
    assert page.status_and_heading(client.post(f"/n/{token}/")) == (404, "This link no longer works")


def test_link_of_a_mail_that_was_passed_on_is_worthless_when_somebody_asks_for_the_reader_again(
    client: Client, publication: Publication
) -> None:
    ask(publication, "me@example.org")
    passed_on = link("me@example.org")
    subscription = Subscription.objects.get()
    consent.confirm_subscription(subscription, ip=None)
    other = build.subscription(build.publication("news"), [], subscriber_=subscription.subscriber)
    consent.unsubscribe_from_publication(subscription)
    assert ask(publication, "me@example.org") == 1
    fresh = opt_out.make_opt_out_url(Subscription.objects.get(publication=publication))

    assert page.status_and_heading(client.post(passed_on)) == (404, "This link no longer works")
    other.refresh_from_db()
    assert (other.state, Suppression.objects.count()) == ("active", 0)
    assert page.status_and_heading(client.get(fresh)) == (200, "Never get email from us again?")
