"""Signing up: the same answer for all, guards that turn scripts away, a button that confirms."""

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Publication
from newsletter import guard, notes, puzzle, signup
from newsletter.models import Note, Subscription, Suppression
from newsletter.tokens import manage_url
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def publication() -> Publication:
    return rows.publication()


def form(**values: Any) -> dict[str, Any]:
    """Return what a person sends."""
    stamp = guard.stamp(time.time() - 10)
    return {"publication": "papers", "email": "new@example.org", "category": ["llm"], "stamp": stamp} | values


def alerts(content: bytes) -> list[str]:
    return page.texts(content, "[role=alert] p")


def heading(content: bytes) -> str:
    return page.texts(content)[0]


def test_subscribe_writes_one_note_and_no_subscription(client: Client, publication: Publication) -> None:
    response = client.post("/subscribe/", form(category=["llm", "audio"], email=" New@EXAMPLE.org "))

    assert (response.status_code, heading(response.content)) == (200, "Please look into your mailbox")
    note = Note.objects.get()
    assert (note.email, note.categories, note.language, note.ip) == (
        "New@example.org",
        ["audio", "llm"],
        "en",
        "127.0.0.1",
    )
    assert Subscription.objects.count() == 0
    assert not response.cookies


@pytest.mark.parametrize(
    ("told", "kept"),
    [("Europe/Paris", "Europe/Paris"), ("", ""), ("nonsense", ""), ("localtime", ""), ("A\0/B", ""), ("x" * 5000, "")],
)
def test_subscribe_keeps_the_time_zone_that_a_browser_tells(
    client: Client, publication: Publication, told: str, kept: str
) -> None:
    assert client.post("/subscribe/", form(time_zone=told)).status_code == 200
    notes.send_due()

    assert (Note.objects.get().time_zone, Subscription.objects.get().subscriber.time_zone) == (kept, kept)


def test_subscribe_again_moves_nobody(client: Client, publication: Publication) -> None:
    build.subscription(publication, [], subscriber_=build.subscriber("new@example.org", time_zone="Asia/Tokyo"))

    client.post("/subscribe/", form(time_zone="Europe/Paris"))
    notes.send_due()

    assert Subscription.objects.get().subscriber.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize(("readers_hours", "asked"), [(True, 1), (False, 0)])
def test_page_asks_for_a_time_zone_only_where_it_counts(client: Client, readers_hours: bool, asked: int) -> None:
    rows.publication()
    Publication.objects.update(readers_hours=readers_hours)

    content = client.get("/papers/").content

    assert len(page.values(content, 'input[name="time_zone"]')) == asked
    said = "in your own time zone" if readers_hours else "Asia/Seoul"
    assert page.texts(content, ".hero .quiet") == [f"Sent on weekdays at 8:00 ({said})."]


@pytest.mark.parametrize("state", ["active", "pending", "left", "suppressed"])
def test_subscribe_answers_a_known_address_like_a_new_one(
    client: Client, publication: Publication, state: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    if state == "suppressed":
        Suppression.objects.create(email="old@example.org", reason="bounce")
    else:
        build.subscription(publication, [], subscriber_=build.subscriber("old@example.org"), state=state)

    with django_assert_num_queries(8):
        new = client.post("/subscribe/", form(email="new@example.org"))
    with django_assert_num_queries(8):
        known = client.post("/subscribe/", form(email="old@example.org"))

    assert new.content.replace(b"new@", b"old@") == known.content
    assert (new.status_code, dict(new.headers)) == (known.status_code, dict(known.headers))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"email": "nonsense"}, "Please check the email address, for example name@example.com"),
        ({"email": "a@b"}, "Please check the email address, for example name@example.com"),
        ({"email": "root@localhost"}, "Please check the email address, for example name@example.com"),
        ({"email": "a@[10.0.0.1]"}, "Please check the email address, for example name@example.com"),
        ({"email": "x" * 65 + "@example.org"}, "Please check the email address, for example name@example.com"),
        ({"email": "a@example.org\nBcc: x@example.org"}, "Please check the email address, for example name@example.com"),
        ({"email": "x" * 250 + "@example.org"}, "Please check the email address, for example name@example.com"),
        ({"category": []}, "Please choose at least one category."),
        ({"category": ["nonsense"]}, "Please choose at least one category."),
        ({"stamp": ""}, "To make sure that you are a person, please press Subscribe once more."),
        ({"stamp": "A" * 32}, "To make sure that you are a person, please press Subscribe once more."),
        ({"stamp": guard.stamp(time.time() + 86_400)}, "To make sure that you are a person, please press Subscribe once more."),
        ({"stamp": guard.stamp(time.time() - 3 * 86_400)}, "To make sure that you are a person, please press Subscribe once more."),
        (
            {"email": "kim@gmial.com"},
            "Did you mean kim@gmail.com? Correct it, or press Subscribe once more if it is right as it is.",
        ),
    ],
)  # fmt: skip
def test_subscribe_says_what_is_wrong_and_keeps_what_was_typed(
    client: Client, publication: Publication, values: dict[str, object], problem: str
) -> None:
    sent = form(**values)

    response = client.post("/subscribe/", sent)

    assert (response.status_code, alerts(response.content)) == (400, [problem])
    typed = page.values(response.content, "#email")[0]
    assert typed.replace("\n", "") == str(sent["email"]).replace("\n", "")
    assert guard.is_human(page.values(response.content, "[name=stamp]")[0], time.time() + 5) is True
    assert Note.objects.count() == 0


def test_subscribe_takes_a_doubted_address_the_second_time(client: Client, publication: Publication) -> None:
    first = client.post("/subscribe/", form(email="kim@gmial.com"))
    kept = {name: page.values(first.content, f"[name={name}]")[0] for name in ("doubted", "stamp")}

    client.post("/subscribe/", form(email="kim@gmial.com", **kept))

    assert [note.email for note in Note.objects.all()] == ["kim@gmial.com"]


def test_subscribe_from_a_form_on_another_site_leads_to_the_choice(client: Client, publication: Publication) -> None:
    response = Client(enforce_csrf_checks=True).post(
        "/subscribe/", {"publication": "papers", "email": "new@example.org"}, headers={"Origin": "https://blog.test"}
    )

    assert alerts(response.content) == ["Please choose at least one category."]
    assert page.values(response.content, "#email") == ["new@example.org"]


def test_subscribe_pretends_to_a_script_that_fills_every_field(client: Client, publication: Publication) -> None:
    response = client.post("/subscribe/", form(website="https://spam.test/"))

    assert heading(response.content) == "Please look into your mailbox"
    assert Note.objects.count() == 0


@pytest.mark.parametrize("values", [{"category": ["\0"]}, {"publication": "\0"}, {"email": "a\0@example.org"}])
def test_subscribe_with_what_no_browser_sends_is_refused(
    client: Client, publication: Publication, values: dict[str, object]
) -> None:
    assert {client.post("/subscribe/", form(**values)).status_code} <= {400, 404}
    assert Note.objects.count() == 0


@pytest.mark.parametrize("slug", ["nonsense", "closed", ""])
def test_subscribe_to_what_is_not_open_is_refused(client: Client, publication: Publication, slug: str) -> None:
    build.publication("closed", enabled=False)

    response = client.post("/subscribe/", form(publication=slug))

    assert (response.status_code, Note.objects.count()) == (404, 0)


def test_subscribe_turns_a_network_away_that_asks_too_often(client: Client, publication: Publication) -> None:
    answers = [client.post("/subscribe/", form(email=f"n{n}@example.org")) for n in range(guard.PER_NETWORK + 1)]

    assert [one.status_code for one in answers] == [200] * guard.PER_NETWORK + [429]
    assert Note.objects.count() == guard.PER_NETWORK


def test_subscribe_writes_an_address_only_so_often_and_does_not_tell(client: Client, publication: Publication) -> None:
    answers = [client.post("/subscribe/", form(email=f"{name}@example.org")) for name in ("me", "ME", "me", "me", "mE")]

    assert len({one.content.lower() for one in answers}) == 1
    assert notes.send_due() == guard.PER_ADDRESS == len(mail.outbox)


def test_subscribe_by_get_changes_nothing(client: Client, publication: Publication) -> None:
    assert client.get("/subscribe/", form()).status_code == 302
    assert Note.objects.count() == 0


def pending(publication: Publication) -> Subscription:
    note = signup.ask(email="new@example.org", publication=publication, categories=["llm"], language="en")
    subscription = signup.admit(note)
    assert subscription is not None
    return subscription


def state(subscription: Subscription) -> str:
    subscription.refresh_from_db()
    return subscription.state


def test_confirm_shows_a_button_and_acts_on_it_alone(client: Client, publication: Publication) -> None:
    subscription = pending(publication)
    address = f"/c/{signup.confirm_token(subscription)}/"

    for _ in range(2):
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
    assert state(subscription) == "pending"

    done = client.post(address)
    assert (done.status_code, state(subscription)) == (200, "active")
    assert heading(done.content) == "You are subscribed"
    assert (done["Cache-Control"], done["X-Robots-Tag"]) == ("no-store", "noindex")


@pytest.mark.parametrize("method", ["get", "post"])
def test_confirm_once_more_says_what_holds_and_shows_no_way_in(
    client: Client, publication: Publication, method: str
) -> None:
    subscription = pending(publication)
    address = f"/c/{signup.confirm_token(subscription)}/"
    manage = manage_url(subscription.pk, subscription.subscriber.link_key)
    first = client.post(address)
    Note.objects.all().delete()

    again = getattr(client, method)(address)

    assert (again.status_code, heading(again.content)) == (200, "You are subscribed")
    assert [page.values(one.content, "main a", "href") for one in (first, again)] == [[manage], []]
    assert (again["Cache-Control"], Note.objects.count()) == ("no-store", 0)


def test_confirm_once_more_after_leaving_starts_nothing(client: Client, publication: Publication) -> None:
    subscription = pending(publication)
    address = f"/c/{signup.confirm_token(subscription)}/"
    client.post(address)
    signup.leave(subscription)

    assert [client.get(address).status_code, client.post(address).status_code] == [404, 404]
    assert state(subscription) == "left"


@pytest.mark.parametrize("token", ["x", "A" * 32, "%00", "../admin"])
def test_confirm_with_a_link_that_is_none_says_so(client: Client, publication: Publication, token: str) -> None:
    assert client.post(f"/c/{token}/").status_code == 404


def test_language_is_kept_by_this_browser(client: Client) -> None:
    response = client.post("/language/", {"language": "ko", "next": "/about/?x=1"})

    assert (response.status_code, response["Location"]) == (303, "/about/?x=1")
    assert heading(client.get("/about/", headers={"Accept-Language": "en"}).content) == "이 뉴스레터는"


@pytest.mark.parametrize("back", ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)", "", "x"])
def test_language_leads_to_no_other_site(client: Client, back: str) -> None:
    response = client.post("/language/", {"language": "nonsense", "next": back})

    assert (response["Location"], dict(response.cookies)) == ("/", {})


def solve() -> str:
    """Return the answer to a new puzzle, as a browser finds it."""
    asked = puzzle.challenge()
    assert asked is not None
    number = next(
        n
        for n in range(asked["maxnumber"] + 1)
        if hashlib.sha256(f"{asked['salt']}{n}".encode()).hexdigest() == asked["challenge"]
    )
    return base64.b64encode(json.dumps(asked | {"number": number}).encode()).decode()


@pytest.fixture
def _puzzle(settings: Settings) -> None:
    settings.PROOF_OF_WORK, settings.REPLY_TO = 50, "desk@example.org"


@pytest.mark.usefixtures("_puzzle")
def test_subscribe_takes_a_solved_puzzle_once(client: Client, publication: Publication) -> None:
    altcha = solve()

    statuses = [client.post("/subscribe/", form(altcha=altcha, email=f"{n}@example.org")).status_code for n in "12"]

    assert (statuses, [note.email for note in Note.objects.all()]) == ([200, 400], ["1@example.org"])


@pytest.mark.usefixtures("_puzzle")
def test_subscribe_without_a_puzzle_says_whom_to_write_to(client: Client, publication: Publication) -> None:
    content = client.post("/subscribe/", form()).content

    assert [text.rpartition("write to ")[2] for text in alerts(content)] == ["desk@example.org if you can't."]
    assert page.texts(content, "noscript p") == alerts(content)
    assert Note.objects.count() == 0


@pytest.mark.usefixtures("_puzzle")
def test_subscribe_keeps_a_solved_puzzle_while_an_error_is_corrected(client: Client, publication: Publication) -> None:
    altcha = solve()

    content = client.post("/subscribe/", form(altcha=altcha, email="nonsense")).content

    assert page.values(content, "input[name=altcha]") == [altcha]


def test_publication_without_puzzles_has_no_field_for_one(client: Client, publication: Publication) -> None:
    content = client.get("/papers/").content

    assert (page.texts(content, "noscript"), page.values(content, "input[name=altcha]")) == ([], [])


def test_subscribe_refuses_disposable_hosts(
    client: Client, publication: Publication, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "domains"
    path.write_text("mailinator.test", encoding="utf-8")
    settings.DISPOSABLE_DOMAINS = str(path)

    content = client.post("/subscribe/", form(email="me@mailinator.test")).content

    assert alerts(content) == ["Disposable addresses are not taken. Please use one that you keep."]
    assert Note.objects.count() == 0
