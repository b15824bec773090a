"""A forwarded email: what a stranger who holds nothing else may do with it, and what becomes of everything else."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from newsletter.models import SignupRequest, Subscriber, Subscription, Suppression, TransactionalMail
from newsletter.operations import erasure
from newsletter.subscribers import account, antispam, consent, suppression
from newsletter.subscribers.links import make_manage_url
from newsletter.transactional import mails, requests
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db

THIEF = "thief@example.net"


@pytest.fixture(autouse=True)
def _mail_in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def subscription() -> Subscription:
    publication = rows.publication()
    reader = build.subscriber("me@example.org", language="en")
    return build.subscription(publication, list(publication.categories.all()), subscriber_=reader)


@pytest.fixture
def forwarded(subscription: Subscription) -> list[str]:
    """Return the paths of all links in an email that a reader got, and passed on."""
    TransactionalMail.objects.create(kind="welcome", email="me@example.org", subscription=subscription, language="en")
    return deliver()["me@example.org"]


def deliver() -> dict[str, list[str]]:
    """Send the notes that are due; return the paths of the links in the mails by the address that they went to."""
    mail.outbox.clear()
    mails.send_due_mails()
    found: dict[str, list[str]] = {}
    for one in mail.outbox:
        assert isinstance(one, EmailMultiAlternatives)
        found.setdefault(one.to[0], []).extend(re.findall(r"http://localhost:8000(/\S+)", str(one.body)))
    return found


def heading(content: bytes) -> str:
    return page.texts(content)[0]


def attempts(links: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every request that a stranger can make out of the links: each button, behind each kind of link."""
    for link in links:
        for scope in "muoabc":
            path = re.sub("^/[a-z]/", f"/{scope}/", link)
            for do in ("", "address", "owner", "export", "erase", "revoke", "why"):
                yield path, {"do": do, "email": THIEF, "sure": "1", "why": "nonsense"}


def test_stranger_with_a_forwarded_mail_gets_no_hold_of_the_account(
    client: Client, subscription: Subscription, forwarded: list[str]
) -> None:
    key = subscription.subscriber.link_key
    for path, fields in attempts(forwarded):
        if path[1] != "u":  # that one leaves, which a stranger may do
            answers = [client.get(path), client.post(path, fields), client.get(path, fields)]
            assert {one["Content-Type"] for one in answers} == {"text/html; charset=utf-8"}
            assert {THIEF.encode() in one.content for one in answers} == {False}
    client.post("/link/", {"email": THIEF})

    reader = Subscriber.objects.get()
    assert (reader.email, reader.link_key) == ("me@example.org", key)
    assert set(deliver()) == {"me@example.org"}
    assert [note.email for note in TransactionalMail.objects.all() if note.kind in {"address", "undo"}] == []


def test_stranger_is_not_answered_whether_an_address_reads(client: Client, forwarded: list[str]) -> None:
    build.subscription(build.publication(), [], subscriber_=build.subscriber("other@example.org"))
    erased = build.subscriber("erased@example.org")
    Suppression.objects.create(email="erased@example.org", reason="complaint")
    erasure.erase_subscriber(erased)
    manage = next(path for path in forwarded if path.startswith("/m/"))

    for path, fields in ((manage, {"do": "address"}), ("/link/", {})):
        answers = set()
        for name in ("other", "erased", "nobody"):
            response = client.post(path, fields | {"email": f"{name}@example.org"})
            answers.add((response.status_code, response.content.replace(name.encode(), b"NAME")))
        assert len(answers) == 1


def test_owner_changes_the_address_from_the_old_mailbox_to_the_new_one(
    client: Client, subscription: Subscription, forwarded: list[str]
) -> None:
    manage = next(path for path in forwarded if path.startswith("/m/"))
    assert len(page.texts(client.post(manage, {"do": "owner"}).content, "[role=status]")) == 1
    ((address, [owners]),) = deliver().items()
    assert address == "me@example.org"
    # A sign-up of the old address that waits to be carried out would make a reader of it once more.
    consent.record_sign_up(
        email="ME@example.org", publication=subscription.publication, categories=["llm"], language="en"
    )

    said = page.texts(client.post(owners, {"do": "address", "email": "new@example.org"}).content, "[role=status]")
    assert said == ["We’ve emailed new@example.org. The link works for 24 hours."]
    assert Subscriber.objects.get().email == "me@example.org"
    confirm = deliver_only("address")["new@example.org"][0]
    assert heading(client.get(confirm).content) == "Change your email address?"
    assert heading(client.post(confirm).content) == "Email address changed"

    assert [one.email for one in Subscriber.objects.all()] == ["new@example.org"]
    assert {client.get(path).status_code for path in (*forwarded, owners, confirm) if path[2] == "/"} == {404}
    assert list(TransactionalMail.objects.values_list("kind", "email")) == [("undo", "me@example.org")]
    assert SignupRequest.objects.count() == 0
    assert [sorted(deliver()), sorted(deliver())] == [["me@example.org"], []]


def deliver_only(kind: str) -> dict[str, list[str]]:
    """Send the notes of one kind; the others wait."""
    waiting = [
        (model, list(queued.exclude(due_at=None).values_list("pk", "due_at")))
        for model, queued in (
            (SignupRequest, SignupRequest.objects.all()),
            (TransactionalMail, TransactionalMail.objects.exclude(kind=kind)),
        )
    ]
    for model, due_rows in waiting:
        model.objects.filter(pk__in=[pk for pk, _due in due_rows]).update(due_at=None)
    found = deliver()
    for model, due_rows in waiting:
        for pk, due in due_rows:
            model.objects.filter(pk=pk).update(due_at=due)
    return found


def change(subscription: Subscription, email: str) -> TransactionalMail:
    """Change a reader's address; return the note to the old one."""
    subscription.refresh_from_db()
    note = account.request_account_link(subscription, "address", email=email, language="en", ip=None)
    assert account.change_address(note) is True
    return TransactionalMail.objects.filter(kind="undo").latest("pk")


def path(note: TransactionalMail) -> str:
    return account.make_account_url(note).removeprefix("http://localhost:8000")


def test_old_mailbox_takes_a_change_back_whatever_was_done_since(client: Client, subscription: Subscription) -> None:
    undo = change(subscription, THIEF)
    thief = Subscriber.objects.get()
    consent.revoke_links(thief)  # the link to take it back has a key of its own
    TransactionalMail.objects.create(kind="owner", email=THIEF, subscription=subscription)
    second = change(Subscription.objects.get(), "second@example.net")
    assert sorted(deliver()) == ["me@example.org", THIEF]

    assert heading(client.get(path(undo)).content) == "Undo the change of address?"
    assert Subscriber.objects.get().email == "second@example.net"
    assert heading(client.post(path(undo)).content) == "Your old address is back"

    reader = Subscriber.objects.get()
    assert (reader.email, reader.link_key == thief.link_key) == ("me@example.org", False)
    assert [client.post(path(undo)).status_code, client.post(path(second)).status_code] == [404, 404]
    assert list(TransactionalMail.objects.values_list("kind", "email")) == [("undo", "me@example.org")]
    assert deliver() == {}


def test_link_to_take_a_change_back_works_for_fourteen_days(subscription: Subscription) -> None:
    undo = change(subscription, "new@example.org")
    TransactionalMail.objects.filter(pk=undo.pk).update(due_at=None)
    almost, over = (undo.at + account.LINK_LIFETIMES["undo"] + step * dt.timedelta(minutes=10) for step in (-1, 1))

    requests.purge_requests(almost)
    assert account.find_account_request("undo", path(undo).split("/")[2], almost) == undo
    assert account.find_account_request("undo", path(undo).split("/")[2], over) is None
    requests.purge_requests(over)
    assert TransactionalMail.objects.count() == 0


@pytest.mark.parametrize("kept", ["email", "hash"])
def test_address_that_must_not_be_written_to_is_no_new_address(subscription: Subscription, kept: str) -> None:
    note = account.request_account_link(subscription, "address", email="new@example.org", language="en", ip=None)
    if kept == "email":
        Suppression.objects.create(email="New@example.org", reason="manual")
    else:
        suppression.suppress_by_hash("New@example.org", "complaint")

    assert (deliver(), account.change_address(note)) == ({}, False)
    assert Subscriber.objects.get().email == "me@example.org"


@pytest.mark.parametrize("email", ["me@example.org", "ME@Example.org", "nobody@example.org", "hashed@example.org"])
def test_lost_link_is_one_row_and_the_same_work_for_every_address(
    client: Client, subscription: Subscription, email: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    suppression.suppress_by_hash("hashed@example.org", "complaint")

    with django_assert_num_queries(4):
        response = client.post("/link/", {"email": email})

    assert (response.status_code, heading(response.content)) == (200, "메일함을 확인해 주세요")
    note = TransactionalMail.objects.get()
    assert (note.kind, note.email.lower(), note.subscription) == ("link", email.lower(), None)


def test_lost_link_comes_to_the_readers_own_address_and_to_no_other(client: Client, subscription: Subscription) -> None:
    left = build.subscription(rows.publication("news"), [], subscriber_=build.subscriber("left@example.org"))
    consent.unsubscribe_from_publication(left)
    waiting = build.subscriber("waits@example.org")
    build.subscription(subscription.publication, [], subscriber_=waiting, state="pending", confirmed_at=None)
    Suppression.objects.create(email="dead@example.org", reason="bounce")
    build.subscription(subscription.publication, [], subscriber_=build.subscriber("dead@example.org"))
    for name in ("ME", "left", "waits", "dead", "nobody"):
        client.post("/link/", {"email": f"{name}@example.org"})

    sent = deliver()

    assert sorted(sent) == ["ME@example.org", "left@example.org"]
    manage, owners = sent["ME@example.org"]
    assert manage == make_manage_url(subscription.pk, subscription.subscriber.link_key).removeprefix(
        "http://localhost:8000"
    )
    assert heading(client.get(owners).content) == "Your address and your data"


def test_lost_link_limits_mails_and_never_the_answer(client: Client, subscription: Subscription) -> None:
    answers = {
        client.post("/link/", {"email": "me@example.org"}).content for _ in range(antispam.MAX_SIGN_UPS_PER_NETWORK + 2)
    }

    assert (len(answers), TransactionalMail.objects.count()) == (1, antispam.MAX_SIGN_UPS_PER_NETWORK)
    for n, note in enumerate(
        TransactionalMail.objects.order_by("pk")
    ):  # presses of one moment send one mail: these were minutes apart
        TransactionalMail.objects.filter(pk=note.pk).update(
            at=note.at - dt.timedelta(minutes=2 * (antispam.MAX_SIGN_UPS_PER_NETWORK - n))
        )
    assert len(deliver()["me@example.org"]) == 2 * antispam.MAX_REQUESTS_PER_ADDRESS


def test_stranger_has_five_lost_links_a_day_sent_to_a_reader_who_gets_their_own_all_the_same(
    client: Client, subscription: Subscription
) -> None:
    sent = []
    for _hour in range(antispam.MAX_LOST_LINKS_PER_DAY + 2):
        client.post("/link/", {"email": "me@example.org"})
        sent.append(len(deliver()))
        for note in TransactionalMail.objects.all():
            TransactionalMail.objects.filter(pk=note.pk).update(at=note.at - dt.timedelta(hours=2))
    client.post(make_manage_url(subscription.pk, subscription.subscriber.link_key), {"do": "owner"})

    assert (sent, len(deliver()["me@example.org"])) == ([1] * antispam.MAX_LOST_LINKS_PER_DAY + [0, 0], 1)


def test_lost_link_asked_for_by_two_presses_is_sent_once(client: Client, subscription: Subscription) -> None:
    for _ in range(2):
        client.post("/link/", {"email": "me@example.org"})

    assert len(deliver()["me@example.org"]) == 2  # the links of one mail


def test_lost_link_of_a_script_or_without_an_address_writes_nothing(client: Client, subscription: Subscription) -> None:
    client.post("/link/", {"email": "me@example.org", "website": "https://spam.example"})
    response = client.post("/link/", {"email": "nonsense"}, headers={"Accept-Language": "en"})

    assert TransactionalMail.objects.count() == 0
    assert response.status_code == 400
    assert page.texts(response.content, "#lost-problem") == [
        "Enter an email address in the correct format, like name@example.com"
    ]
    assert page.values(response.content, "#lost-main", "aria-describedby") == ["lost-problem"]


@pytest.mark.parametrize(("address", "count"), [("/m/x/", ["lost-main"]), ("/about/", ["lost-foot"])])
def test_form_for_a_lost_link_stands_on_a_stale_page_and_in_the_footer(
    client: Client, subscription: Subscription, address: str, count: list[str]
) -> None:
    assert page.values(client.get(address).content, 'form[action="/link/"] input[type=email]', "id") == count


def test_preferences_say_what_to_do_without_the_old_mailbox(client: Client, forwarded: list[str]) -> None:
    manage = next(path for path in forwarded if path.startswith("/m/"))

    said = page.texts(client.get(manage, headers={"Accept-Language": "en"}).content, ".panel .quiet")

    assert "If you can no longer read email at this address, sign up again with your new one." in said


def test_second_press_that_comes_as_the_first_is_carried_out_is_not_said_to_be_too_late(
    subscription: Subscription,
) -> None:
    asked = account.request_account_link(subscription, "address", email="new@example.org", language="en", ip=None)
    token = account.make_account_url(asked).split("/")[-2]
    first, second = account.find_account_request("address", token), account.find_account_request("address", token)
    assert first
    assert second
    assert (account.change_address(first), account.change_address(second)) == (True, True)

    undo = account.make_account_url(TransactionalMail.objects.get(kind="undo")).split("/")[-2]
    first, late = account.find_account_request("undo", undo), account.find_account_request("undo", undo)
    assert first
    assert late
    assert (account.undo_address_change(first), account.undo_address_change(late)) == (True, True)

    key = Subscriber.objects.get(email="me@example.org").link_key
    assert {one.subscription.subscriber.link_key for one in (first, late) if one.subscription} == {key}
    assert (TransactionalMail.objects.filter(kind="undo").count(), account.find_account_request("undo", undo)) == (
        1,
        None,
    )
