"""Signing up: the same answer for every address, guards against scripts, a button that confirms."""

import base64
import datetime as dt
import hashlib
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db.models import F
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Publication
from newsletter.archive import queries
from newsletter.models import SignupRequest, Subscription, Suppression
from newsletter.subscribers import antispam, consent, mailbox_limits, proof_of_work
from newsletter.subscribers.links import make_manage_url
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


def form(**values: Any) -> dict[str, Any]:
    """Return what a person sends."""
    stamp = antispam.make_form_stamp(time.time() - 10)
    return {"publication": "papers", "email": "new@example.org", "category": ["llm"], "stamp": stamp} | values


def without_token(content: bytes) -> bytes:
    """Return a page without the token of the row that a sign-up wrote, and the stamp of the moment."""
    return re.sub(rb'(name="(?:again|stamp)" value=")[\w-]{32}"', rb'\1"', content)


UNUSABLE = "You can’t use this address here. Enter one with plain letters and digits before the @"


def alerts(content: bytes) -> list[str]:
    return page.texts(content, "[role=alert] p")


def heading(content: bytes) -> str:
    return page.texts(content)[0]


def test_subscribe_writes_one_note_and_no_subscription(client: Client, publication: Publication) -> None:
    response = client.post("/subscribe/", form(category=["llm", "audio"], email=" New@EXAMPLE.org "))

    assert (response.status_code, heading(response.content)) == (200, "Check your inbox")
    note = SignupRequest.objects.get()
    assert (note.email, note.categories, note.language, note.ip) == (
        "New@example.org",
        ["audio", "llm"],
        "en",
        "127.0.0.1",
    )
    assert Subscription.objects.count() == 0
    assert not response.cookies


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("Europe/Paris", "Europe/Paris"), ("", ""), ("nonsense", ""), ("localtime", ""), ("A\0/B", ""), ("x" * 5000, "")],
)
def test_subscribe_keeps_the_time_zone_that_a_browser_tells(
    client: Client, publication: Publication, sent: str, kept: str
) -> None:
    assert heading(client.post("/subscribe/", form(time_zone=sent)).content) == "Check your inbox"
    mails.send_due_mails()

    assert (SignupRequest.objects.get().time_zone, Subscription.objects.get().subscriber.time_zone) == (kept, kept)


def test_subscribe_again_moves_nobody(client: Client, publication: Publication) -> None:
    build.subscription(publication, [], subscriber_=build.subscriber("new@example.org", time_zone="Asia/Tokyo"))

    client.post("/subscribe/", form(time_zone="Europe/Paris"))
    mails.send_due_mails()

    assert Subscription.objects.get().subscriber.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize(("readers_hours", "asked"), [(True, 1), (False, 0)])
def test_page_asks_for_a_time_zone_only_where_it_counts(client: Client, readers_hours: bool, asked: int) -> None:
    rows.publication()
    Publication.objects.update(readers_hours=readers_hours)

    content = client.get("/papers/").content

    assert len(page.values(content, 'input[name="time_zone"]')) == asked
    said = "your local time" if readers_hours else "Seoul time"
    assert page.texts(content, "#line") == [f"Sent on weekdays at 8 am ({said})."]


@pytest.mark.parametrize("state", ["active", "pending", "left", "suppressed"])
def test_subscribe_answers_a_known_address_like_a_new_one(
    client: Client, publication: Publication, state: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    if state == "suppressed":
        Suppression.objects.create(email="old@example.org", reason="bounce")
    else:
        build.subscription(publication, [], subscriber_=build.subscriber("old@example.org"), state=state)

    with django_assert_num_queries(10):
        new = client.post("/subscribe/", form(email="new@example.org"))
    with django_assert_num_queries(10):
        known = client.post("/subscribe/", form(email="old@example.org"))

    assert without_token(new.content).replace(b"new@", b"old@") == without_token(known.content)
    assert (new.status_code, dict(new.headers)) == (known.status_code, dict(known.headers))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"email": "nonsense"}, "Enter an email address in the correct format, like name@example.com"),
        ({"email": "a@b"}, "Enter an email address in the correct format, like name@example.com"),
        ({"email": "root@localhost"}, "Enter an email address in the correct format, like name@example.com"),
        ({"email": "a@[10.0.0.1]"}, "Enter an email address in the correct format, like name@example.com"),
        ({"email": "x" * 65 + "@example.org"}, "Enter an email address in the correct format, like name@example.com"),
        ({"email": "a@example.org\nBcc: x@example.org"}, "Enter an email address in the correct format, like name@example.com"),
        ({"email": "x" * 250 + "@example.org"}, "Enter an email address in the correct format, like name@example.com"),
        ({"email": "한글@example.org"}, UNUSABLE),
        ({"email": '"a b"@example.org'}, UNUSABLE),
        ({"category": []}, "Select at least one category"),
        ({"category": ["nonsense"]}, "Select at least one category"),
        ({"stamp": ""}, "Select Subscribe again so we know you’re not a robot."),
        ({"stamp": "A" * 32}, "Select Subscribe again so we know you’re not a robot."),
        ({"opened": 86_400}, "Select Subscribe again so we know you’re not a robot."),
        ({"opened": -3 * 86_400}, "Select Subscribe again so we know you’re not a robot."),
        (
            {"email": "kim@gmial.com"},
            "Did you mean kim@gmail.com? If so, correct it. If your address is right as it is, select Subscribe again.",
        ),
    ],
)  # fmt: skip
def test_subscribe_says_what_is_wrong_and_keeps_what_was_typed(
    client: Client, publication: Publication, values: dict[str, object], problem: str
) -> None:
    opened = int(str(values.get("opened", -10)))  # seconds from now, which is the test's and not the module's
    sent = form(stamp=antispam.make_form_stamp(time.time() + opened)) | values

    response = client.post("/subscribe/", sent)

    assert (response.status_code, alerts(response.content)) == (400, [problem])
    typed = page.values(response.content, "#email")[0]
    assert typed.replace("\n", "") == str(sent["email"]).replace("\n", "")
    assert antispam.is_human_stamp(page.values(response.content, "[name=stamp]")[0], time.time() + 5) is True
    assert SignupRequest.objects.count() == 0


def test_subscribe_takes_a_doubted_address_the_second_time(client: Client, publication: Publication) -> None:
    first = client.post("/subscribe/", form(email="kim@gmial.com"))
    kept = {name: page.values(first.content, f"[name={name}]")[0] for name in ("doubted", "stamp")}

    client.post("/subscribe/", form(email="kim@gmial.com", **kept))

    assert [note.email for note in SignupRequest.objects.all()] == ["kim@gmial.com"]


def test_subscribe_from_a_form_on_another_site_leads_to_the_choice(client: Client, publication: Publication) -> None:
    response = Client(enforce_csrf_checks=True).post(
        "/subscribe/", {"publication": "papers", "email": "new@example.org"}, headers={"Origin": "https://blog.test"}
    )

    assert alerts(response.content) == ["Select at least one category"]
    assert page.values(response.content, "#email") == ["new@example.org"]


def test_subscribe_pretends_to_a_script_that_fills_every_field(client: Client, publication: Publication) -> None:
    response = client.post("/subscribe/", form(website="https://spam.test/"))

    assert heading(response.content) == "Check your inbox"
    assert SignupRequest.objects.count() == 0


@pytest.mark.parametrize("values", [{"category": ["\0"]}, {"publication": "\0"}, {"email": "a\0@example.org"}])
def test_subscribe_with_what_no_browser_sends_is_refused(
    client: Client, publication: Publication, values: dict[str, object]
) -> None:
    assert {client.post("/subscribe/", form(**values)).status_code} <= {400, 404}
    assert SignupRequest.objects.count() == 0


@pytest.mark.parametrize("slug", ["nonsense", "closed", ""])
def test_subscribe_to_what_is_not_open_is_refused(client: Client, publication: Publication, slug: str) -> None:
    build.publication("closed", enabled=False)

    response = client.post("/subscribe/", form(publication=slug))

    assert (response.status_code, SignupRequest.objects.count()) == (404, 0)


def test_subscribe_turns_a_network_away_that_asks_too_often(client: Client, publication: Publication) -> None:
    answers = [
        client.post("/subscribe/", form(email=f"n{n}@example.org"))
        for n in range(antispam.MAX_SIGN_UPS_PER_NETWORK + 1)
    ]

    assert [one.status_code for one in answers] == [200] * antispam.MAX_SIGN_UPS_PER_NETWORK + [429]
    assert SignupRequest.objects.count() == antispam.MAX_SIGN_UPS_PER_NETWORK
    assert page.texts(answers[-1].content, "main p")[0] == (
        "We’ve had too many requests from your network. Wait about 60 minutes, then sign up again."
    )
    assert answers[-1]["Retry-After"] == "3600"


def test_subscribe_writes_an_address_only_so_often_and_does_not_tell(client: Client, publication: Publication) -> None:
    answers = []
    for name in ("me", "ME", "me", "me", "mE"):
        answers.append(client.post("/subscribe/", form(email=f"{name}@example.org")))
        SignupRequest.objects.update(at=F("at") - dt.timedelta(minutes=5))

    assert len({without_token(one.content).lower() for one in answers}) == 1
    assert mails.send_due_mails() == mailbox_limits.MAX_FIRST_MAILS == len(mail.outbox)


def test_two_presses_send_one_mail_and_another_choice_sends_another(client: Client, publication: Publication) -> None:
    sent = form()

    answers = [client.post("/subscribe/", sent) for _ in range(2)]
    assert (len({without_token(one.content) for one in answers}), mails.send_due_mails()) == (1, 1)

    client.post("/subscribe/", form(category=["llm", "audio"]))
    assert mails.send_due_mails() == 1


def test_full_house_asks_for_the_puzzle_by_itself_and_says_when_to_come_back(
    client: Client, publication: Publication, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(antispam, "MAX_SIGN_UPS_PER_SITE", 2)
    monkeypatch.setattr(antispam, "DEFAULT_CHALLENGE_DIFFICULTY", 50)
    assert page.values(client.get("/papers/").content, "input[name=altcha]") == []
    for n in range(2):
        response = client.post("/subscribe/", form(email=f"n{n}@example.org"))
        assert heading(response.content) == "Check your inbox"
    SignupRequest.objects.update(at=F("at") - dt.timedelta(minutes=20))

    come_back = (
        "Many people are signing up right now, so your browser has to do a small calculation in JavaScript. Select Subscribe "
        "again. Without JavaScript, come back in about 40 minutes."
    )
    first = client.get("/papers/").content
    assert (page.values(first, "input[name=altcha]"), page.texts(first, "noscript p")) == (
        [""],
        [
            "Many people are signing up right now. Turn on JavaScript, or come back in about 40 minutes.",
        ],
    )
    unsolved = client.post("/subscribe/", form())
    assert (unsolved.status_code, alerts(unsolved.content)) == (400, [come_back])
    assert (page.values(unsolved.content, "input[name=altcha]"), SignupRequest.objects.count()) == ([""], 2)

    solved = client.post("/subscribe/", form(altcha=solve(50)))
    assert (solved.status_code, SignupRequest.objects.count()) == (200, 3)

    SignupRequest.objects.update(at=F("at") - dt.timedelta(minutes=41))
    late = client.post("/subscribe/", form(email="late@example.org"))
    assert heading(late.content) == "Check your inbox"


def test_error_stands_at_its_field_which_has_the_focus(client: Client, publication: Publication) -> None:
    content = client.post("/subscribe/", form(email="nonsense", category=[])).content

    assert page.values(content, "[role=alert] a", "href") == ["#category"]
    assert page.values(content, "[autofocus]", "id") == ["email"]
    email, category = (page.texts(content, f"#{name}-error") for name in ("email", "category"))
    assert (email, category) == (
        ["Enter an email address in the correct format, like name@example.com"],
        ["Select at least one category"],
    )
    assert page.values(content, "#email[aria-invalid=true]", "aria-describedby") == ["email-error"]
    assert page.values(content, "#category[aria-invalid=true]", "type") == ["checkbox"]
    assert page.values(content, "input[name=category]", "aria-describedby") == ["category-error"] * 3


def test_field_without_an_error_is_not_marked(client: Client, publication: Publication) -> None:
    content = client.post("/subscribe/", form(stamp="")).content

    assert (page.values(content, "[aria-invalid]"), page.values(content, "[role=alert] a")) == ([], [])
    assert page.values(content, "[autofocus]", "role") == ["alert"]


def test_first_category_has_the_focus_where_none_was_chosen(client: Client, publication: Publication) -> None:
    content = client.post("/subscribe/", form(category=[])).content

    assert page.values(content, "[autofocus]", "id") == ["category"]


def test_choose_at_least_one_keeps_what_the_reader_unticked(client: Client, publication: Publication) -> None:
    build.subscription(publication, list(publication.categories.all()))
    queries.count_popular_categories()
    assert len(page.values(client.get("/papers/").content, "[name=category][checked]")) > 0

    content = client.post("/subscribe/", form(category=[])).content
    assert page.values(content, "[name=category][checked]") == []

    elsewhere = client.post("/subscribe/", {"publication": "papers", "email": "new@example.org"}).content
    assert len(page.values(elsewhere, "[name=category][checked]")) > 0


def test_one_press_on_a_hint_corrects(client: Client, publication: Publication) -> None:
    first = client.post("/subscribe/", form(email="kim@gmial.com")).content
    (button,) = page.values(first, "button[name=meant]")
    kept = {name: page.values(first, f"[name={name}]")[0] for name in ("doubted", "stamp")}

    done = client.post("/subscribe/", form(email="kim@gmial.com", meant=button, **kept))

    assert (done.status_code, page.texts(first, "button[name=meant]")) == (200, ["Use kim@gmail.com"])
    assert [note.email for note in SignupRequest.objects.all()] == ["kim@gmail.com"]


def test_enter_in_the_field_does_not_press_the_hint(client: Client, publication: Publication) -> None:
    content = client.post("/subscribe/", form(email="kim@gmial.com")).content

    assert page.texts(content, "form.signup button:not([type=button])")[:2] == ["Subscribe", "Use kim@gmail.com"]


def test_subscribe_by_get_changes_nothing(client: Client, publication: Publication) -> None:
    response = client.get("/subscribe/", form())

    assert (response.status_code, response["Location"]) == (302, "/")
    assert SignupRequest.objects.count() == 0


def pending(publication: Publication) -> Subscription:
    note = consent.record_sign_up(email="new@example.org", publication=publication, categories=["llm"], language="en")
    subscription = consent.process_sign_up(note)
    assert subscription is not None
    return subscription


def state(subscription: Subscription) -> str:
    subscription.refresh_from_db()
    return subscription.state


def test_confirm_shows_a_button_and_acts_on_it_alone(client: Client, publication: Publication) -> None:
    subscription = pending(publication)
    address = f"/c/{consent.make_confirm_token(subscription)}/"

    for _ in range(2):
        assert page.texts(client.get(address).content, "main button") == ["Confirm subscription"]
        assert client.head(address).content == b""
    assert state(subscription) == "pending"

    done = client.post(address)
    assert (done.status_code, state(subscription)) == (200, "active")
    assert heading(done.content) == "You’re subscribed"
    assert (done["Cache-Control"], done["X-Robots-Tag"]) == ("no-store", "noindex")


@pytest.mark.parametrize("method", ["get", "post"])
def test_confirm_once_more_says_what_holds_and_shows_no_way_in(
    client: Client, publication: Publication, method: str
) -> None:
    subscription = pending(publication)
    address = f"/c/{consent.make_confirm_token(subscription)}/"
    manage = make_manage_url(subscription.pk, subscription.subscriber.link_key)
    first = client.post(address)
    SignupRequest.objects.all().delete()

    again = getattr(client, method)(address)

    assert (again.status_code, heading(again.content)) == (200, "You’re subscribed")
    assert [page.texts(one.content, ".say > p")[0] for one in (first, again)] == [
        "You’ll get Papers from the next issue. A welcome email is on its way.",
        "This link has already started your subscription to Papers. You don’t need to do anything else.",
    ]
    assert [page.values(one.content, "main a", "href") for one in (first, again)] == [[manage], []]
    assert (again["Cache-Control"], SignupRequest.objects.count()) == ("no-store", 0)


def test_confirm_says_when_the_next_issue_comes_and_how_to_keep_it_out_of_spam(
    client: Client, publication: Publication, settings: Settings
) -> None:
    settings.FROM_EMAIL = "The news <news@example.org>"
    rows.sent(publication, publication.today())
    Publication.objects.update(weekdays="1234567")

    content = client.post(f"/c/{consent.make_confirm_token(pending(publication))}/").content

    _, moment, _, spam = page.texts(content, ".say > p")
    assert re.sub(r"\w+day, \w+ \d+", "DAY", moment) == "Next issue: DAY at 8 am (Seoul time)"
    assert spam == "Add news@example.org to your contacts. If an email lands in spam, move it to your inbox."
    assert page.texts(content, ".say .actions a") == ["Read the latest issue", "Change categories"]


def test_confirm_once_more_after_leaving_starts_nothing(client: Client, publication: Publication) -> None:
    subscription = pending(publication)
    address = f"/c/{consent.make_confirm_token(subscription)}/"
    client.post(address)
    consent.unsubscribe_from_publication(subscription)

    assert [client.get(address).status_code, client.post(address).status_code] == [404, 404]
    assert state(subscription) == "left"


@pytest.mark.parametrize(
    ("token", "title"),
    [
        *((token, "This link no longer works") for token in ("x", "A" * 32, "%00")),
        ("../admin", "Page not found"),
    ],
)
def test_confirm_with_a_link_that_is_none_says_so(
    client: Client, publication: Publication, token: str, title: str
) -> None:
    assert page.status_and_heading(client.post(f"/c/{token}/")) == (404, title)


def test_language_is_kept_by_this_browser(client: Client) -> None:
    response = client.post("/language/", {"language": "ko", "next": "/about/?x=1"})

    assert (response.status_code, response["Location"]) == (303, "/about/?x=1")
    assert heading(client.get("/about/", headers={"Accept-Language": "en"}).content) == "뉴스레터 소개"


@pytest.mark.parametrize("back", ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)", "", "x"])
def test_language_leads_to_no_other_site(client: Client, back: str) -> None:
    response = client.post("/language/", {"language": "nonsense", "next": back})

    assert (response["Location"], dict(response.cookies)) == ("/", {})


def solve(numbers: int | None = None) -> str:
    """Return the answer to a new puzzle, as a browser finds it."""
    asked = proof_of_work.make_challenge(numbers=numbers)
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

    assert (statuses, [note.email for note in SignupRequest.objects.all()]) == ([200, 400], ["1@example.org"])


@pytest.mark.usefixtures("_puzzle")
def test_subscribe_without_a_puzzle_says_whom_to_write_to(client: Client, publication: Publication) -> None:
    content = client.post("/subscribe/", form()).content

    assert [text.rpartition("email ")[2] for text in alerts(content)] == ["desk@example.org."]
    assert page.texts(content, "noscript p") == alerts(content)
    assert SignupRequest.objects.count() == 0


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

    assert alerts(content) == ["You can’t subscribe with a temporary email address. Enter one you use regularly."]
    assert SignupRequest.objects.count() == 0
