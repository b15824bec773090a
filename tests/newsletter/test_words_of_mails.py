"""Every kind of mail speaks one language: subject, HTML and text; a draft repeats no English sentence."""

import datetime as dt
import re

import pytest
from django.conf import settings as site
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from digests.models import Digest, Publication
from newsletter.delivery import send_test
from newsletter.models import Heartbeat, TransactionalMail
from newsletter.operations import mail_trial, monitoring
from newsletter.subscribers import consent
from newsletter.transactional import mails
from tests import build
from tests.words import find_foreign_words, find_foreign_words_of_page, list_texts_of_page

pytestmark = pytest.mark.django_db

# What the rows are called, so that nothing of them is taken for a word of a template.
NAMES = {"ko": "인공지능", "ja": "人工知能"}
# Sentences of two words or more; one word may be the same in two languages.
_SENTENCE = re.compile(r"[A-Za-z’']{2,}[ ,]+[A-Za-z’']{2,}")
Kind = TransactionalMail.Kind


@pytest.fixture(autouse=True)
def _every_language(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.LANGUAGES = [*site.DESK_LANGUAGES, *site.DRAFT_LANGUAGES.items()]
    settings.OPERATOR_EMAIL = "operator@example.org"


def _make_digest(language: str) -> Digest:
    """Return a digest whose rows speak `language`; the titles of its items are English."""
    name = NAMES.get(language, "AI")
    publication = build.publication(
        "papers", language=language, name=name, categories=[build.category("llm", names={language: name})]
    )
    tomorrow = publication.today() + dt.timedelta(days=1)
    digest = build.digest(publication, date=tomorrow, title=name, state=Digest.State.IN_REVIEW)
    item = build.item()
    text = f"### {name}\n\n{name}\n\n1. **[{item.title}]({item.url})** — {name}"
    build.section(digest, publication.categories.get(), items=[item], text=text, heading=name, found=3)
    return digest


def _send_to_readers(digest: Digest, language: str) -> None:
    """Send one mail of each kind that a reader may get."""
    publication: Publication = digest.publication
    reader = build.subscription(
        publication,
        list(publication.categories.all()),
        subscriber_=build.subscriber("r@example.org", language=language),
    )
    for address in ("new@example.org", "r@example.org"):
        consent.record_sign_up(email=address, publication=publication, categories=["llm"], language=language)
    for kind in (Kind.WELCOME, Kind.OWNER, Kind.ADDRESS, Kind.UNDO):
        TransactionalMail.objects.create(
            kind=kind, email=f"{kind}@example.org", subscription=reader, language=language, key="k" * 16
        )
    TransactionalMail.objects.create(kind=Kind.LINK, email="r@example.org", language=language)
    assert mails.send_due_mails() == 7
    assert send_test.send_test(send_test.compose_proof(digest), 1, ["tester@example.org"]) == []


def _send_to_staff(digest: Digest, language: str) -> None:
    TransactionalMail.objects.create(kind=Kind.REMINDER, email="e@example.org", digest=digest, language=language)
    assert mails.send_due_mails() == 1
    Heartbeat.objects.create(name="mailer", at=timezone.now() - dt.timedelta(hours=1))
    monitoring.update_alarms()
    with override(language):
        mail_trial._send_trial_mail("trial@example.org")


def _html(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0][0]) if message.alternatives else ""


def _outbox() -> list[EmailMultiAlternatives]:
    return [one for one in mail.outbox if isinstance(one, EmailMultiAlternatives)]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_mail_speaks_one_language(language: str, settings: Settings) -> None:
    settings.DEFAULT_LANGUAGE = language
    digest = _make_digest(language)
    _send_to_readers(digest, language)
    _send_to_staff(digest, language)
    titles = [line.title for line in digest.sections.get().items.all()]

    faults = {}
    for message in _outbox():
        found = find_foreign_words(f"{message.subject}\n{message.body}", language, titles)
        if html := _html(message):
            found += find_foreign_words_of_page(html.encode(), language)
        if found:
            faults[message.subject] = found
    assert faults == {}
    assert len(_outbox()) == 11


def _list_reader_texts(language: str) -> set[str]:
    """Return the subjects and texts of the mails to readers, and leave no row behind."""
    mail.outbox.clear()
    with transaction.atomic():
        _send_to_readers(_make_digest(language), language)
        transaction.set_rollback(True)
    return {
        text for one in _outbox() for text in [str(one.subject), *list_texts_of_page(_html(one).encode(), language)]
    }


@pytest.mark.parametrize("language", list(site.DRAFT_LANGUAGES))
def test_a_draft_repeats_no_english_sentence(language: str) -> None:
    english, own = _list_reader_texts("en"), _list_reader_texts(language)

    assert [text for text in own & english - {site.SITE_NAME} if _SENTENCE.search(text)] == []
    assert len(own) > 30


def _send_every_service_mail(language: str, settings: Settings, name: str = "") -> list[EmailMultiAlternatives]:
    """Return one mail of each kind, without the daily email."""
    settings.DEFAULT_LANGUAGE = language
    digest = _make_digest(language)
    if name:
        digest.publication.name = digest.publication.short_name = name
        digest.publication.save()
        settings.SITE_NAME = name
    _send_to_readers(digest, language)
    _send_to_staff(digest, language)
    return [one for one in _outbox() if not str(one.subject).startswith("[TEST]")]


@pytest.mark.parametrize("language", [*dict(site.DESK_LANGUAGES), *site.DRAFT_LANGUAGES])
@pytest.mark.parametrize(
    "name", ["AI 논문", "Daily Artificial Intelligence Insights", "인공지능 연구를 매일 아침에 전해 드리는 뉴스레터"]
)
def test_every_service_mail_has_a_subject_for_phones(language: str, name: str, settings: Settings) -> None:
    found = [str(one.subject) for one in _send_every_service_mail(language, settings, name[:40])]

    assert [subject for subject in found if len(subject) >= 40] == []
    assert len(found) == 10


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_service_mail_ends_with_the_postal_address(language: str, settings: Settings) -> None:
    settings.POSTAL_ADDRESS = "1 Street, Town"
    found = _send_every_service_mail(language, settings)

    last_lines = {str(one.body).rstrip().rpartition("\n")[2] for one in found}
    last_words = {list_texts_of_page(_html(one).encode(), language)[-1] for one in found if one.alternatives}
    assert last_lines == {f"{settings.SITE_NAME} · 1 Street, Town"}
    assert {" ".join(words.split()) for words in last_words} == last_lines
    assert len(found) == 10
