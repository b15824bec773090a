"""The page after a sign-up: it sends once more, or to a corrected address, whose first link then ends."""

import datetime as dt
import re
import time
from typing import Any

import pytest
from django.core import mail
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Publication
from newsletter.models import SignupRequest, Subscriber, Subscription, Suppression
from newsletter.subscribers import antispam, consent, mailbox_limits, opt_out, sign_up_corrections
from newsletter.transactional import mails, requests
from tests import build
from tests.newsletter.site import page, rows
from tests.newsletter.site.test_signup import without_token

pytestmark = pytest.mark.django_db

WAIT = "We’ve just written to this address. Wait a minute, or correct the address."
SENT_AGAIN = "We’ve sent it. If you ask several times in a short time, we’ll send only a few emails."


@pytest.fixture(autouse=True)
def _mail_in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_LANGUAGE = "en"


@pytest.fixture
def publication() -> Publication:
    return rows.publication()


def stamp(seconds: float = 10) -> str:
    """Return the stamp of a form that was opened so long ago."""
    return antispam.make_form_stamp(time.time() - seconds)


def sign_up(client: Client, email: str = "wrong@example.org", **values: Any) -> bytes:
    sent = {"publication": "papers", "email": email, "category": ["llm", "audio"], "stamp": stamp()}
    return client.post("/subscribe/", sent | values).content


def again(client: Client, content: bytes, **values: Any) -> Any:
    """Send the form of a page after a sign-up, opened ten seconds ago, with some fields filled in otherwise."""
    form = "form[data-seconds] input"
    names = page.values(content, form, "name")
    sent: dict[str, Any] = dict(zip(names, page.values(content, form), strict=True))
    sent["category"] = page.values(content, f"{form}[name=category]")
    return client.post("/subscribe/", sent | {"stamp": stamp()} | values)


def deliver() -> dict[str, str]:
    """Send what is due; return the path of the link to confirm by the address that it was sent to."""
    mail.outbox.clear()
    mails.send_due_mails()
    return {one.to[0]: re.findall(r"http://localhost:8000(/[cm]/\S+)", str(one.body))[0] for one in mail.outbox}


def confirmed() -> list[str]:
    active = Subscription.objects.filter(state="active").order_by("pk")
    return list(active.values_list("subscriber__email", flat=True))


def let_a_minute_pass() -> None:
    SignupRequest.objects.update(at=F("at") - dt.timedelta(minutes=2))
    Subscription.objects.update(requested_at=F("requested_at") - dt.timedelta(minutes=2))


def test_corrected_address_gets_the_mail_and_the_first_link_ends(client: Client, publication: Publication) -> None:
    first = sign_up(client)
    wrong = deliver()["wrong@example.org"]

    answer = again(client, first, email="right@example.org")

    assert (answer.status_code, page.texts(answer.content, "[role=status]")[0]) == (200, SENT_AGAIN)
    (right,) = deliver().values()
    assert page.status_and_heading(client.get(wrong)) == (404, "This link no longer works")
    assert client.post(wrong).status_code == 404
    client.post(right)
    assert confirmed() == ["right@example.org"]
    assert {one.slug for one in Subscription.objects.get(state="active").categories.all()} == {"audio", "llm"}


def test_correction_before_the_first_mail_sends_only_the_second(client: Client, publication: Publication) -> None:
    again(client, sign_up(client), email="right@example.org")

    assert list(deliver()) == ["right@example.org"]


def test_correction_while_no_worker_runs_ends_all_that_was_asked_before(
    client: Client, publication: Publication
) -> None:
    first = sign_up(client)
    let_a_minute_pass()
    second = again(client, first, stamp=stamp(100)).content

    again(client, second, email="right@example.org")

    assert list(deliver()) == ["right@example.org"]
    assert [one.subscriber.email for one in Subscription.objects.all() if consent.can_be_confirmed(one)] == [
        "right@example.org"
    ]


@pytest.mark.parametrize("first", [0, 1])
def test_correction_and_its_sign_up_are_carried_out_in_any_order(
    client: Client, publication: Publication, first: int
) -> None:
    again(client, sign_up(client), email="right@example.org")
    both = list(SignupRequest.objects.order_by("pk"))

    for request in (both[first], both[1 - first]):
        requests.answer_sign_up(request)

    sent = deliver()
    assert list(sent) == ["right@example.org"]
    assert [one.subscriber.email for one in Subscription.objects.all() if consent.can_be_confirmed(one)] == list(sent)


def test_corrections_go_on_and_back(client: Client, publication: Publication) -> None:
    first = sign_up(client, "a@example.org")
    links = [deliver()["a@example.org"]]
    content = first
    for email in ("b@example.org", "A@example.org"):
        content = again(client, content, email=email).content
        links += deliver().values()

    assert [client.get(path).status_code for path in links] == [404, 404, 200]
    client.post(links[-1])
    assert confirmed() == ["a@example.org"]


def test_two_presses_are_one_sign_up_whose_link_ends(client: Client, publication: Publication) -> None:
    sign_up(client)
    second = sign_up(client)
    wrong = deliver()["wrong@example.org"]

    for _ in range(2):
        again(client, second, email="right@example.org")

    assert list(deliver()) == ["right@example.org"]
    assert client.get(wrong).status_code == 404


def test_owner_of_the_wrong_address_may_still_opt_out_and_sign_up(client: Client, publication: Publication) -> None:
    first = sign_up(client)
    deliver()
    again(client, first, email="right@example.org")
    deliver()
    wrong = Subscription.objects.get(subscriber__email="wrong@example.org")

    assert opt_out.find_opt_out_subscription(opt_out.make_opt_out_url(wrong).split("/")[-2]) == wrong
    let_a_minute_pass()
    sign_up(client)
    client.post(deliver()["wrong@example.org"])
    assert confirmed() == ["wrong@example.org"]


def test_withdrawn_sign_up_is_forgotten_like_any_other(client: Client, publication: Publication) -> None:
    first = sign_up(client)
    deliver()
    again(client, first, email="right@example.org")
    deliver()

    assert consent.purge_unconfirmed_sign_ups(timezone.now() + consent.CONFIRM_LINK_LIFETIME) == 1
    assert [one.email for one in Subscriber.objects.all()] == ["right@example.org"]
    assert requests.purge_requests(timezone.now() + dt.timedelta(days=8)) == 3
    assert SignupRequest.objects.count() == 0


@pytest.mark.parametrize("state", ["active", "pending", "left"])
def test_correction_leaves_what_the_address_had_before(client: Client, publication: Publication, state: str) -> None:
    before = timezone.now() - dt.timedelta(hours=1)
    reader = build.subscriber("wrong@example.org")
    had = build.subscription(publication, [], subscriber_=reader, state=state, requested_at=before, left_at=before)
    own_link = f"/c/{consent.make_confirm_token(had)}/"
    first = sign_up(client)
    deliver()

    again(client, first, email="right@example.org")
    deliver()

    had.refresh_from_db()
    assert (had.state, consent.can_be_confirmed(had)) == {
        "active": ("active", False),
        "pending": ("pending", True),
        "left": ("pending", False),  # as anybody's sign-up leaves it, until it is forgotten
    }[state]
    assert client.get(own_link).status_code == (404 if state == "left" else 200)
    consent.purge_unconfirmed_sign_ups(timezone.now() + consent.CONFIRM_LINK_LIFETIME)
    had.refresh_from_db()
    assert (had.state, had.left_at) == (state, before)


@pytest.mark.parametrize("known", ["active", "pending", "left", "suppressed"])
@pytest.mark.parametrize("corrected", [True, False])
def test_answer_tells_nothing_of_an_address(
    client: Client, publication: Publication, known: str, corrected: bool,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    if known == "suppressed":
        Suppression.objects.create(email="known@example.org", reason="complaint")
    else:
        build.subscription(publication, [], subscriber_=build.subscriber("known@example.org"), state=known)
    answers = []
    for name in ("known", "other"):  # as long as each other, as their pages are
        email = f"{name}@example.org"
        first = sign_up(client, "wrong@example.org" if corrected else email)
        with django_assert_num_queries(11):
            response = again(client, first, email=email, stamp=stamp(antispam.MIN_RESEND_SECONDS))
        content = without_token(response.content).replace(name.encode(), b"NAME")
        answers.append((response.status_code, dict(response.headers), content))

    assert answers[0] == answers[1]
    assert page.texts(response.content, "[role=status]")[0] == SENT_AGAIN


def test_same_address_is_sent_to_after_a_minute_and_the_link_stays(client: Client, publication: Publication) -> None:
    first = sign_up(client)
    link = deliver()

    early = again(client, first, stamp=stamp(antispam.MIN_RESEND_SECONDS - 2))
    assert (early.status_code, page.texts(early.content, "#email-error"), deliver()) == (400, [WAIT], {})
    assert page.values(early.content, "form[data-seconds]", "data-seconds") in (["1"], ["2"])

    let_a_minute_pass()
    late = again(client, early.content, stamp=stamp(antispam.MIN_RESEND_SECONDS))
    assert (late.status_code, page.texts(late.content, "[role=status]")[0]) == (200, SENT_AGAIN)
    assert page.values(late.content, "[name=again]") == page.values(first, "[name=again]")
    assert list(deliver()) == list(link)
    assert SignupRequest.objects.filter(replaces=None).count() == 2


def test_sent_again_it_may_still_be_corrected(client: Client, publication: Publication) -> None:
    first = sign_up(client)
    deliver()
    let_a_minute_pass()
    second = again(client, first, stamp=stamp(100)).content
    links = deliver()
    assert client.get(links["wrong@example.org"]).status_code == 200

    again(client, second, email="right@example.org")

    assert list(deliver()) == ["right@example.org"]
    assert client.get(links["wrong@example.org"]).status_code == 404


def test_mailbox_gets_its_three_mails_and_no_more(client: Client, publication: Publication) -> None:
    content, sent = sign_up(client), [len(deliver())]
    for _ in range(4):
        SignupRequest.objects.update(at=F("at") - dt.timedelta(minutes=2))
        content = again(client, content, again="", stamp=stamp(100)).content
        sent.append(len(deliver()))

    assert sum(sent) == mailbox_limits.MAX_FIRST_MAILS


def test_correction_counts_for_the_limit_of_a_network(
    client: Client, publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(antispam, "MAX_SIGN_UPS_PER_NETWORK", 2)
    monkeypatch.setattr(antispam, "_LIMITS_BY_IPV6_PREFIX", ((16, 2),))
    first = sign_up(client)

    answers = [again(client, first, email=f"{n}@example.org").status_code for n in range(2)]

    assert (answers, SignupRequest.objects.count()) == ([200, 429], 2)


@pytest.mark.parametrize(
    ("email", "problem"),
    [
        ("nonsense", "Enter an email address in the correct format, like name@example.com"),
        (
            "kim@gmial.com",
            "Did you mean kim@gmail.com? If so, correct it. If your address is right as it is, select Send again.",
        ),
    ],
)
def test_wrong_correction_stays_on_the_page(client: Client, publication: Publication, email: str, problem: str) -> None:
    first = sign_up(client)

    answer = again(client, first, email=email)

    assert (answer.status_code, page.texts(answer.content)) == (400, ["Check your inbox"])
    assert page.texts(answer.content, "[role=alert]") == [problem] == page.texts(answer.content, "#email-error")
    assert page.values(answer.content, "#email[aria-invalid=true]") == [email]
    assert "wrong@example.org" in page.texts(answer.content, ".say > p:not(.notice)")[0]
    if email != "nonsense":
        again(client, answer.content, meant=page.values(answer.content, "button[name=meant]")[0])
        assert SignupRequest.objects.latest("pk").email == "kim@gmail.com"
        again(client, answer.content)  # it is right as it is
        assert SignupRequest.objects.latest("pk").email == email


def test_other_problems_are_shown_on_the_publications_page_which_still_replaces(
    client: Client, publication: Publication, settings: Settings
) -> None:
    first = sign_up(client)

    answer = again(client, first, email="right@example.org", stamp="")

    assert (answer.status_code, page.texts(answer.content)) == (400, ["Papers"])
    assert page.values(answer.content, ".signup [name=again]") == page.values(first, "[name=again]")
    assert page.values(answer.content, "[name=category][checked]") == ["llm", "audio"]


@pytest.mark.parametrize("token", ["", "x", "A" * 32, "forged"])
def test_token_that_is_none_makes_a_plain_sign_up(client: Client, publication: Publication, token: str) -> None:
    first = sign_up(client)
    other = SignupRequest.objects.get()
    other.email = "other@example.org"
    forged = sign_up_corrections.make_sign_up_token(other)

    answer = again(client, first, email="right@example.org", again=forged if token == "forged" else token)

    assert answer.status_code == 200
    assert sorted(deliver()) == ["right@example.org", "wrong@example.org"]


def test_script_that_fills_every_field_sees_the_same_page(client: Client, publication: Publication) -> None:
    real, trapped = sign_up(client), sign_up(client, website="https://spam.test/")

    assert without_token(real) == without_token(trapped)
    again(client, trapped, email="right@example.org", website="https://spam.test/")
    assert SignupRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "words", "address"),
    [
        (
            "kim+1@gmail.com",
            "Open Gmail",
            "https://mail.google.com/mail/u/kim%2B1%40gmail.com/#search/from%3Anews%40example.org+in%3Aanywhere+newer_than%3A1d",
        ),
        ("kim@naver.com", "Open Naver Mail", "https://mail.naver.com/"),
    ],
)
def test_page_leads_to_the_inbox_of_the_address(
    client: Client, publication: Publication, settings: Settings, email: str, words: str, address: str
) -> None:
    settings.FROM_EMAIL = "The news <news@example.org>"

    content = sign_up(client, email)

    assert page.texts(content, "a[target]") == [words]
    assert page.values(content, "a[target]", "href") == [address]


def test_page_knows_no_inbox_of_another_host(client: Client, publication: Publication) -> None:
    assert page.values(sign_up(client), "a[target]", "href") == []


def test_page_says_when_the_next_issue_comes(client: Client, publication: Publication) -> None:
    Publication.objects.update(readers_hours=True, weekdays="1234567")

    lines = [page.texts(sign_up(client, time_zone=zone), ".say > p")[1] for zone in ("", "Europe/Paris", "nonsense")]

    assert [re.sub(r"\w+day, \w+ \d+", "DAY", one) for one in lines] == [
        "Next issue: DAY at 8 am (Seoul time)",
        "Next issue: DAY at 8 am",
        "Next issue: DAY at 8 am (Seoul time)",
    ]


@pytest.mark.parametrize("puzzle", [True, False])
def test_page_has_a_puzzle_only_where_one_is_asked_for(
    client: Client, publication: Publication, settings: Settings, puzzle: bool
) -> None:
    content = sign_up(client, website="a trap needs no puzzle") if puzzle else sign_up(client)
    settings.PROOF_OF_WORK, settings.REPLY_TO = 50 * puzzle, "desk@example.org"

    answer = again(client, content, email="right@example.org")

    assert answer.status_code == (400 if puzzle else 200)
    assert len(page.values(answer.content, "input[data-puzzle]")) == puzzle
