"""Service mails: one per request, only from our own rows, and none to an address that must not be written to."""

import datetime as dt
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from digests.models import Digest, Publication
from newsletter.models import Delivery, Mailbox, SignupRequest, Subscription, Suppression, TransactionalMail
from newsletter.models.requests import ServiceMailReason
from newsletter.subscribers import account, consent, mailbox_limits, opt_out
from newsletter.subscribers.links import make_manage_url, make_unsubscribe_url
from newsletter.transactional import attempts, mails, requests
from tests import build
from tests.newsletter.site import rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def publication() -> Publication:
    return rows.publication()


def ask(publication: Publication, email: str = "new@example.org", language: str = "en") -> SignupRequest:
    return consent.record_sign_up(email=email, publication=publication, categories=["llm"], language=language)


def sent() -> EmailMultiAlternatives:
    """Return the one mail that went out."""
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    return message


def links(text: str) -> list[str]:
    return [word.rstrip(".") for word in text.split() if word.startswith("http")]


def test_new_address_gets_the_link_to_confirm(publication: Publication) -> None:
    ask(publication)

    assert mails.send_due_mails() == 1

    message = sent()
    subscription = Subscription.objects.get()
    assert (message.to, message.subject) == (["new@example.org"], "Confirm your subscription to Papers")
    assert links(str(message.body)) == [
        f"http://localhost:8000/c/{consent.make_confirm_token(subscription)}/",
        opt_out.make_opt_out_url(subscription),
    ]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def later(days: float = 0, minutes: float = 2) -> None:
    """Let time pass for all that was asked for and sent."""
    passed = dt.timedelta(days=days, minutes=minutes)
    SignupRequest.objects.update(at=F("at") - passed)
    TransactionalMail.objects.update(at=F("at") - passed)
    Mailbox.objects.update(last_at=F("last_at") - passed)


def asked(publication: Publication, *emails: str) -> int:
    """Return how many mails follow when these are signed up, minutes apart."""
    for email in emails:
        ask(publication, email)
        later()
    return mails.send_due_mails()


def test_mailbox_is_asked_three_times_and_then_once_a_week(publication: Publication) -> None:
    labels = [f"k.im+{n}@gmail.com" for n in range(3)] + ["kim@googlemail.com", "kim@gmail.com"]

    assert asked(publication, *labels) == 3
    assert asked(publication, "ki.m@gmail.com", "you@example.org") == 1  # yours
    later(days=6)
    assert asked(publication, "kim@gmail.com") == 0
    later(days=1)
    assert asked(publication, "kim+a@gmail.com", "kim+b@gmail.com") == 1
    later(days=8)
    assert asked(publication, "kim+c@gmail.com", "kim+d@gmail.com") == 1


def test_count_of_a_mailbox_holds_no_address_and_outlives_the_requests(publication: Publication) -> None:
    asked(publication, *["me@example.org"] * 3)
    later(days=8)
    assert (requests.purge_requests(), SignupRequest.objects.count(), TransactionalMail.objects.count()) == (6, 0, 0)

    assert asked(publication, *["me@example.org"] * 2) == 1
    assert [len(row.hash) for row in Mailbox.objects.all()] == [64]

    later(days=59)
    assert mailbox_limits.purge_mail_counts() == 0
    later(days=2)
    assert (mailbox_limits.purge_mail_counts(), Mailbox.objects.count()) == (1, 0)


def test_mailbox_that_answers_is_asked_as_often_as_at_first(publication: Publication) -> None:
    assert asked(publication, *["me@example.org"] * 4) == 3
    consent.confirm_subscription(Subscription.objects.get(), ip=None)
    SignupRequest.objects.all().delete()
    TransactionalMail.objects.all().delete()

    assert asked(publication, *["me@example.org"] * 4) == 3  # that it reads already


def test_stranger_does_not_use_up_what_a_reader_asks_for_on_the_own_page(publication: Publication) -> None:
    reader = build.subscription(publication, []).subscriber
    others = [rows.publication(f"other{n}") for n in range(5)]
    assert asked(others[0], *[reader.email] * 5) == 3

    sent = []
    for one in others[1:]:
        consent.choose_categories(reader, one, ["llm"], ip=None)
        sent.append(mails.send_due_mails())

    assert sent == [1, 1, 1, 0]
    consent.confirm_subscription(Subscription.objects.get(publication=others[1]), ip=None)
    assert Mailbox.objects.count() == 0


def test_mails_that_fail_for_now_count_once(publication: Publication, settings: Settings) -> None:
    ask(publication, "me@example.org")
    in_memory, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    assert mails.send_due_mails() == 0
    settings.EMAIL_BACKEND = in_memory
    TransactionalMail.objects.update(due_at=timezone.now())

    assert (mails.send_due_mails(), Mailbox.objects.get().mails) == (1, 1)


def test_confirmation_of_a_new_address_counts_for_its_mailbox(publication: Publication) -> None:
    reader = build.subscription(publication, [])
    for n in range(5):
        account.request_account_link(reader, "address", email=f"kim+{n}@gmail.com", language="en", ip=None)
        later()

    assert mails.send_due_mails() == 3


@pytest.mark.parametrize(("seconds", "sent"), [(0, 1), (50, 1), (61, 2)])
def test_two_presses_within_a_minute_send_one_mail(publication: Publication, seconds: int, sent: int) -> None:
    ask(publication, "me@example.org")
    SignupRequest.objects.update(at=F("at") - dt.timedelta(seconds=seconds))
    ask(publication, "ME@example.org")

    assert mails.send_due_mails() == sent


def test_known_reader_gets_the_way_to_the_preferences(publication: Publication) -> None:
    subscription = build.subscription(publication, [], subscriber_=build.subscriber("old@example.org"))
    ask(publication, "OLD@example.org")

    mails.send_due_mails()

    assert sent().subject == "You’re already subscribed to Papers"
    token = links(str(sent().body))[0].split("/")[-2]
    assert consent.find_subscription("manage", token) == subscription


def test_suppressed_address_gets_nothing(publication: Publication) -> None:
    Suppression.objects.create(email="gone@example.org", reason="complaint")
    ask(publication, "gone@example.org")
    subscription = build.subscription(publication, [], subscriber_=build.subscriber("gone@example.org"))
    account.request_account_link(subscription, "owner", email="gone@example.org", language="en", ip=None)

    assert mails.send_due_mails() == 0

    assert (mail.outbox, SignupRequest.objects.filter(due_at=None).count()) == ([], 1)
    assert list(TransactionalMail.objects.values_list("kind", "due_at")) == [("owner", None)]


def test_welcome_names_the_best_of_the_newest_digest_in_ones_categories(publication: Publication) -> None:
    rows.sent(publication, dt.date(2026, 5, 22), ("llm", "vision"))
    ask(publication)
    mails.send_due_mails()
    mail.outbox.clear()
    consent.confirm_subscription(Subscription.objects.get(), ip=None)

    assert mails.send_due_mails() == 1

    message, subscription = sent(), Subscription.objects.get()
    body, html = str(message.body), str(message.alternatives[0][0])
    assert message.subject == "Welcome to Papers"
    (title,) = Digest.objects.get().sections.get(category__slug="llm").items.values_list("title", flat=True)
    assert body.startswith(
        "Welcome to Papers\n\nThanks for subscribing. From the next issue, you’ll get: 🧩 Llm\n\n"
        "Sent on weekdays at 8 am (Seoul time).\n\n"
        "To keep it out of your spam folder, add newsletter@localhost to your contacts.\n\n"
        f"While you wait, from the May 22 issue:\n\n- {title}\n  http://localhost:8000/papers/2026-05-22/#llm-1\n\n"
        "Change categories: "
    )
    for part in (body, html):
        assert part.count(title) == 1
        assert part.count(make_manage_url(subscription.pk, subscription.subscriber.link_key)) == 1
    assert html.count("Thanks for subscribing.") == 2  # beside the subject, and in the text
    headers = [message.extra_headers[name] for name in ("List-Id", "List-Unsubscribe-Post")]
    assert headers == ["<papers.localhost>", "List-Unsubscribe=One-Click"]


@pytest.mark.parametrize(("state", "times"), [("queued", 0), ("skipped", 1)])
def test_welcome_back_does_not_repeat_a_digest_that_is_on_its_way(
    publication: Publication, state: str, times: int
) -> None:
    subscription = build.subscription(publication, list(publication.categories.all()))
    rows.sent(publication, dt.date(2026, 5, 20), ("llm",))
    Delivery.objects.update(state=state)
    TransactionalMail.objects.create(kind="welcome", email="new@example.org", subscription=subscription, language="en")

    mails.send_due_mails()

    assert str(sent().body).count("/papers/2026-05-20/#llm-1") == times


def test_welcome_without_a_digest_has_the_links(publication: Publication) -> None:
    subscription = build.subscription(publication, list(publication.categories.all()))
    TransactionalMail.objects.create(kind="welcome", email="w@example.org", subscription=subscription, language="en")

    mails.send_due_mails()

    key = subscription.subscriber.link_key
    assert links(str(sent().body)) == [
        make_manage_url(subscription.pk, key),
        make_unsubscribe_url(subscription.pk, key),
    ]


def test_welcome_of_one_who_left_at_once_is_not_sent(publication: Publication) -> None:
    subscription = consent.process_sign_up(ask(publication))
    assert subscription is not None
    consent.confirm_subscription(subscription, ip=None)
    consent.unsubscribe_from_publication(subscription)
    SignupRequest.objects.all().delete()

    assert mails.send_due_mails() == 0
    assert mail.outbox == []


@pytest.mark.parametrize(("scope", "address"), [("owner", "me@example.org"), ("address", "new@example.org")])
def test_link_of_the_owner_goes_to_the_address_that_was_asked_for(
    publication: Publication, scope: Literal["owner", "address"], address: str
) -> None:
    subscription = build.subscription(publication, [], subscriber_=build.subscriber("me@example.org"))
    note = account.request_account_link(subscription, scope, email=address, language="ko", ip=None)

    mails.send_due_mails()

    assert (sent().to, links(str(sent().body))) == ([address], [account.make_account_url(note)])


def test_mail_speaks_the_language_of_the_page(publication: Publication) -> None:
    ask(publication, language="ko")

    mails.send_due_mails()

    assert sent().subject == "구독을 확인해 주세요: Papers"
    assert 'lang="ko"' in str(sent().alternatives[0][0])[:200]


def test_every_mail_is_well_formed(publication: Publication) -> None:
    subscription = build.subscription(publication, list(publication.categories.all()))
    ask(publication)
    ask(publication, subscription.subscriber.email)
    about = {"subscription": subscription, "language": "en"}
    for kind in ("owner", "address", "undo"):
        TransactionalMail.objects.create(
            kind=kind, email=f"{kind}@example.org", key="k" if kind == "undo" else "", **about
        )
    account.request_lost_link(subscription.subscriber.email, language="en", ip=None)
    TransactionalMail.objects.create(kind="welcome", email="w@example.org", subscription=subscription, language="en")

    assert mails.send_due_mails() == 7

    for message in mail.outbox:
        built = message.message()
        kinds = [part.get_content_type() for part in built.walk() if isinstance(part, EmailMessage | object)]
        assert kinds == ["multipart/alternative", "text/plain", "text/html"]
        assert "{" not in str(message.body)
        assert len(built["Message-ID"]) < 100


def test_send_due_sends_nothing_twice(publication: Publication) -> None:
    ask(publication)

    assert [mails.send_due_mails(), mails.send_due_mails()] == [1, 0]


def test_note_that_another_worker_has_taken_is_left_to_it(publication: Publication) -> None:
    note = ask(publication)
    SignupRequest.objects.filter(pk=note.pk).update(due_at=timezone.now() + attempts.LEASE)
    subscription = build.subscription(publication, [])
    TransactionalMail.objects.create(
        kind="owner", email="me@example.org", subscription=subscription, due_at=timezone.now() + attempts.LEASE
    )

    assert mails.send_due_mails() == 0


def test_relay_that_is_away_is_tried_again_later_and_not_for_ever(publication: Publication, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    ask(publication)

    for attempt in range(1, attempts.MAX_ATTEMPTS + 1):
        TransactionalMail.objects.update(due_at=timezone.now())
        assert mails.send_due_mails() == 0
        note = TransactionalMail.objects.get()
        assert note.attempts == attempt
        assert (note.due_at is None) == (attempt == attempts.MAX_ATTEMPTS)

    assert note.reason == ServiceMailReason.UNREACHABLE


def test_note_that_cannot_be_composed_says_why_and_stops_no_other(
    publication: Publication, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "confirm.mjml").write_text("<mjml><mj-body><broken", encoding="utf-8")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    build.subscription(publication, [], subscriber_=build.subscriber("old@example.org"))
    ask(publication)
    ask(publication, "old@example.org")

    assert mails.send_due_mails() == 1

    broken = TransactionalMail.objects.get(email="new@example.org")
    assert (broken.due_at, broken.reason) == (None, ServiceMailReason.TEMPLATE)
    assert sent().to == ["old@example.org"]


def test_purge_forgets_what_was_carried_out_a_week_ago(publication: Publication) -> None:
    old, open_, new = (ask(publication, f"{name}@example.org") for name in ("old", "open", "new"))
    SignupRequest.objects.exclude(pk=new.pk).update(at=timezone.now() - dt.timedelta(days=8))
    SignupRequest.objects.filter(pk=old.pk).update(due_at=None)

    assert requests.purge_requests() == 1
    assert set(SignupRequest.objects.all()) == {open_, new}


@pytest.mark.parametrize(
    ("kind", "language", "subject", "first"),
    [
        ("link", "ko", "요청하신 링크입니다", "아래 버튼을 누르면 받을 분야를 바꾸거나 구독을 해지할 수 있습니다."),
        ("link", "de", "The link you asked for", "Use the button below to change your categories or unsubscribe."),
        (
            "owner",
            "ko",
            "주소와 내 정보를 관리하는 링크",
            "아래 버튼을 누르면 주소를 바꾸고, 내 정보를 내려받거나 모두 삭제할 수 있습니다. 링크는 한 시간 동안 쓸 수 있습니다.",
        ),
        (
            "address",
            "ko",
            "새 이메일 주소를 확인해 주세요",
            "앞으로 Papers 메일을 이 주소로 받으려면 아래 버튼을 눌러 주세요. 링크는 하루 동안 쓸 수 있습니다.",
        ),
        (
            "address",
            "en",
            "Confirm your new email address",
            "Confirm this address to get Papers here from now on. The link works for 24 hours.",
        ),
    ],
)
def test_mail_says_in_the_readers_language_what_its_link_is_for(
    publication: Publication, kind: str, language: str, subject: str, first: str
) -> None:
    subscription = build.subscription(publication, [])
    TransactionalMail.objects.create(kind=kind, email="me@example.org", subscription=subscription, language=language)

    mails.send_due_mails()

    assert (sent().subject, str(sent().body).splitlines()[:3]) == (subject, [subject, "", first])


def test_mail_comes_from_the_short_name(publication: Publication, settings: Settings) -> None:
    settings.FROM_EMAIL = "news@news.example"
    Publication.objects.update(short_name="AI 논문")
    ask(publication)

    mails.send_due_mails()

    assert sent().from_email == '"AI 논문" <news@news.example>'
