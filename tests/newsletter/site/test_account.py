"""The account pages of the owner, behind a link that was sent for them and soon expires."""

import datetime as dt
import json
from typing import Literal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from newsletter.models import Subscriber, Subscription, TransactionalMail
from newsletter.subscribers import account, antispam
from newsletter.subscribers.links import make_token
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription() -> Subscription:
    publication = rows.publication()
    reader = build.subscriber("me@example.org", language="en")
    return build.subscription(publication, list(publication.categories.all()[:1]), subscriber_=reader)


def link(
    subscription: Subscription, scope: Literal["owner", "address"], settings: Settings, email: str = "me@example.org"
) -> str:
    note = account.request_account_link(subscription, scope, email=email, language="en", ip=None)
    return account.make_account_url(note).removeprefix(settings.SITE_URL)


def heading(content: bytes) -> str:
    return page.texts(content)[0]


def test_mine_downloads_everything(client: Client, subscription: Subscription, settings: Settings) -> None:
    response = client.post(link(subscription, "owner", settings), {"do": "export"})

    kept = json.loads(response.content)
    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert (kept["email"], kept["subscriptions"][0]["categories"]) == ("me@example.org", ["llm"])
    assert (kept["subscriptions"][0]["state"], response["Cache-Control"]) == ("active", "no-store")


def test_mine_erases_only_with_consent(client: Client, subscription: Subscription, settings: Settings) -> None:
    address = link(subscription, "owner", settings)
    assert heading(client.get(address).content) == "Your address and your data"
    client.post(address, {"do": "erase"})
    assert Subscriber.objects.count() == 1

    assert heading(client.post(address, {"do": "erase", "sure": "1"}).content) == "Everything has been deleted"

    assert (Subscriber.objects.count(), Subscription.objects.count(), TransactionalMail.objects.count()) == (0, 0, 0)
    assert page.status_and_heading(client.get(address)) == page.STALE_LINK


@pytest.mark.parametrize(
    ("scope", "path", "hours", "title"),
    [("owner", "o", 1, "Your address and your data"), ("address", "a", 24, "Change your email address?")],
)
def test_link_expires(
    client: Client,
    subscription: Subscription,
    settings: Settings,
    scope: Literal["owner", "address"],
    path: str,
    hours: int,
    title: str,
) -> None:
    address = link(subscription, scope, settings)
    assert (address[:3], heading(client.get(address).content)) == (f"/{path}/", title)

    TransactionalMail.objects.update(at=timezone.now() - dt.timedelta(hours=hours))

    assert page.status_and_heading(client.get(address)) == page.STALE_LINK


def test_link_of_a_digest_opens_no_page_of_the_owner(client: Client, subscription: Subscription) -> None:
    note = account.request_account_link(subscription, "owner", email="me@example.org", language="en", ip=None)
    key = subscription.subscriber.link_key

    for address in (f"/o/{make_token('manage', note.pk, key)}/", f"/a/{make_token('owner', note.pk, key)}/"):
        assert page.status_and_heading(client.get(address)) == page.STALE_LINK


def test_address_changes_by_the_button_and_once(client: Client, subscription: Subscription, settings: Settings) -> None:
    address = link(subscription, "address", settings, "New@example.org")
    client.get(address)
    assert Subscriber.objects.get().email == "me@example.org"

    assert heading(client.post(address).content) == "Email address changed"

    assert Subscriber.objects.get().email == "New@example.org"
    assert page.status_and_heading(client.post(address)) == page.STALE_LINK


def test_address_of_another_reader_is_refused(client: Client, subscription: Subscription, settings: Settings) -> None:
    build.subscriber("Other@example.org")

    response = client.post(link(subscription, "address", settings, "other@example.org"))

    assert (response.status_code, heading(response.content)) == (409, "This address already has a subscription")
    subscription.subscriber.refresh_from_db()
    assert subscription.subscriber.email == "me@example.org"


def test_owners_page_is_no_way_to_write_to_many_strangers(
    client: Client, subscription: Subscription, settings: Settings
) -> None:
    address = link(subscription, "owner", settings)

    said = [
        page.texts(client.post(address, {"do": "address", "email": f"{n}@example.net"}).content, "[role=status]")
        for n in range(antispam.MAX_REQUESTS_PER_ADDRESS + 2)
    ]

    assert said == [[f"We’ve emailed {n}@example.net. The link works for 24 hours."] for n in range(len(said))]
    assert TransactionalMail.objects.filter(kind="address").count() == antispam.MAX_REQUESTS_PER_ADDRESS


@pytest.mark.parametrize(("email", "problem"), [("nonsense", 1), ("new@example.org", 0)])
def test_owners_page_says_at_the_field_what_is_wrong_with_an_address(
    client: Client, subscription: Subscription, settings: Settings, email: str, problem: int
) -> None:
    content = client.post(link(subscription, "owner", settings), {"do": "address", "email": email}).content

    assert page.values(content, "#new-address[aria-invalid]", "aria-describedby") == ["address-problem"][:problem]
    assert len(page.texts(content, "#address-problem")) == problem


def test_owner_revokes_earlier_links_and_goes_on_with_the_new_one(
    client: Client, subscription: Subscription, settings: Settings
) -> None:
    key, owners = subscription.subscriber.link_key, link(subscription, "owner", settings)
    response = client.post(owners, {"do": "revoke"})

    new = page.values(response.content, "main a.button", "href")[0].removeprefix(settings.SITE_URL)
    assert heading(response.content) == "Your old links no longer work"
    assert [client.get(one).status_code for one in (owners, f"/m/{make_token('manage', subscription.pk, key)}/", new)] == [
        404, 404, 200
    ]  # fmt: skip
