"""Editors are reminded of a deadline once, in their language, with a link to the review page, and by no mail too many."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from digests.models import Digest
from digests.review.approve import approve_digest
from digests.text.localization import format_short_date
from newsletter.models import DeskLanguage, TransactionalMail
from newsletter.staff import language
from newsletter.subscribers import antispam
from newsletter.transactional import mails
from newsletter.transactional.editor_reminders import queue_due_reminders
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SITE_URL = "https://news.example.org"


def person(name: str, role: str = "publisher", **fields: Any) -> User:
    values: dict[str, Any] = {"email": f"{name}@example.org", "is_staff": True} | fields
    made = User.objects.create_user(name, **values)
    made.groups.add(Group.objects.get(name=role))
    return made


def today(zone: str = "Asia/Seoul", **fields: Any) -> tuple[Digest, dt.datetime]:
    """Return a digest of this day that is sent at the last hour of it, and the moment of its deadline."""
    publication = build.publication("papers", timezone=zone, send_hour=23, name="AI Papers", **fields)
    digest = build.digest(publication, date=publication.today(), state="in_review", built_at=timezone.now())
    build.section(digest, build.category(), verdict="good")
    build.section(digest, build.category())
    deadline = publication.deadline(digest.date)
    return digest, deadline or publication.moment(digest.date, 23)


def before(deadline: dt.datetime, minutes: int) -> dt.datetime:
    return deadline.astimezone(dt.UTC) - dt.timedelta(minutes=minutes)


def _asked() -> list[tuple[str, str]]:
    return sorted(TransactionalMail.objects.values_list("email", "language"))


def test_remind_asks_everybody_who_may_approve_and_has_an_address():
    _digest, deadline = today()
    for name, role in (("ann", "publisher"), ("bob", "editor"), ("cho", "administrator"), ("dan", "support")):
        person(name, role)
    person("nobody", email="")
    person("gone", is_active=False)
    person("twin", email="ANN@example.org")

    assert queue_due_reminders(before(deadline, 60)) == 2
    assert _asked() == [("ann@example.org", "ko"), ("cho@example.org", "ko")]


def test_remind_twice_asks_once():
    _digest, deadline = today()
    person("ann")

    assert [queue_due_reminders(before(deadline, minutes)) for minutes in (60, 60, 59, 1)] == [1, 0, 0, 0]
    with pytest.raises(IntegrityError), transaction.atomic():
        TransactionalMail.objects.create(kind="reminder", email="ann@example.org", digest=Digest.objects.get())


@pytest.mark.parametrize(("minutes", "asked"), [(61, 0), (60, 1), (1, 1), (0, 0), (-1, 0)])
def test_remind_between_its_moment_and_the_deadline(minutes, asked):
    _digest, deadline = today()
    person("ann")

    assert queue_due_reminders(before(deadline, minutes)) == asked


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Seoul", "America/Los_Angeles"])
def test_remind_by_the_publications_own_clock(zone):
    digest, deadline = today(zone)
    person("ann")

    assert queue_due_reminders(before(deadline, 61)) == 0
    assert queue_due_reminders(before(deadline, 60)) == 1
    assert deadline == dt.datetime.combine(digest.date, dt.time(22, 30), tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize("fields", [{"deadline_minutes": 0}, {"remind_minutes": 0}, {"enabled": False}])
def test_remind_nobody_where_none_is_wanted(fields):
    _digest, deadline = today(**fields)
    person("ann")

    assert queue_due_reminders(before(deadline, 1)) == 0


def test_remind_nobody_without_a_digest():
    publication = build.publication(send_hour=23)
    person("ann")

    deadline = publication.deadline(publication.today())
    assert deadline is not None
    assert queue_due_reminders(before(deadline, 30)) == 0


@pytest.mark.parametrize("state", ["draft", "approved"])
def test_remind_nobody_of_what_does_not_wait(state):
    digest, deadline = today()
    person("ann")
    approve_digest(digest)
    Digest.objects.update(state=state)

    assert queue_due_reminders(before(deadline, 30)) == 0


def _sent(digest: Digest, language: str) -> Any:
    TransactionalMail.objects.create(kind="reminder", email="ann@example.org", digest=digest, language=language)
    mails.send_due_mails()
    (one,) = mail.outbox
    return one


def _open_all_day() -> Digest:
    """Return a digest whose deadline is to come, whatever the hour of this test."""
    digest, _deadline = today()
    later = digest.date + dt.timedelta(days=1)
    Digest.objects.update(date=later)
    digest.refresh_from_db()
    return digest


def test_reminder_in_english_leads_to_the_review_page():
    digest = _open_all_day()
    one = _sent(digest, "en")

    day = format_short_date(digest.date, "en")
    assert one.subject == "AI Papers: approve by 10:30 pm"
    assert one.body.splitlines()[2:5] == [
        f"The {day} issue hasn’t been approved yet. 1 of 2 sections checked.",
        "",
        "If it isn’t approved by 10:30 pm (Seoul time), it won’t be sent until someone approves it.",
    ]
    url = f"https://news.example.org{reverse('admin:digests_digest_review', args=[digest.pk])}"
    assert one.body.count(f"Review this issue: {url}") == 1
    assert one.alternatives[0][0].count(f'href="{url}"') == 1


def test_reminder_in_korean_tells_what_happens_where_nobody_comes():
    digest = _open_all_day()
    digest.publication.when_nobody = "clean"
    digest.publication.save()
    one = _sent(digest, "ko")

    assert one.subject == "AI Papers: 오후 10시 30분까지 승인해 주세요"
    said = "오후 10시 30분 (서울 시간)까지 아무도 손대지 않으면 문제가 없는 섹션만 보내고, 나머지는 이번 호에서 제외합니다."
    assert one.body.splitlines().count(said) == 1


def test_reminder_names_the_sections_on_hold():
    digest = _open_all_day()
    section = digest.sections.get(position=0)
    digest.sections.filter(pk=section.pk).update(verdict="held")

    assert _sent(digest, "en").body.splitlines()[:5] == [
        "Waiting for your approval",
        "",
        f"The {format_short_date(digest.date, 'en')} issue hasn’t been approved yet. 0 of 2 sections checked.",
        "",
        f"On hold: {section}",
    ]


def test_reminder_of_what_was_approved_meanwhile_is_not_sent():
    digest = _open_all_day()
    approve_digest(digest)
    TransactionalMail.objects.create(kind="reminder", email="ann@example.org", digest=digest)

    assert (mails.send_due_mails(), mail.outbox) == (0, [])
    assert TransactionalMail.objects.get().due_at is None


def test_reminder_after_the_deadline_is_not_sent():
    digest, _deadline = today()
    Digest.objects.update(date=digest.date - dt.timedelta(days=1))
    TransactionalMail.objects.create(kind="reminder", email="ann@example.org", digest=digest)

    assert (mails.send_due_mails(), mail.outbox) == (0, [])


def test_reminder_counts_not_as_a_request_of_the_site():
    digest = _open_all_day()
    TransactionalMail.objects.bulk_create(
        TransactionalMail(kind="reminder", email=f"{n}@example.org", digest=digest)
        for n in range(antispam.MAX_SIGN_UPS_PER_SITE)
    )

    assert antispam.get_site_limit_end() is None


def test_tongue_is_the_one_of_the_first_login_until_another_is_chosen(client):
    ann = person("ann")
    ann.set_password("a long password")
    ann.save()
    credentials = {"username": "ann", "password": "a long password"}
    client.post(reverse("admin:login"), credentials, headers={"accept-language": "en"})
    assert DeskLanguage.by_user([ann.pk]) == {ann.pk: "en"}

    client.post(reverse("language"), {"language": "ko", "next": "/admin/"})
    assert DeskLanguage.by_user([ann.pk]) == {ann.pk: "ko"}

    client.post(reverse("admin:login"), credentials, headers={"accept-language": "en"})
    assert DeskLanguage.by_user([ann.pk]) == {ann.pk: "ko"}


def test_tongue_of_a_reader_is_no_row(client):
    client.post(reverse("language"), {"language": "ko", "next": "/"})

    assert DeskLanguage.objects.count() == 0


def test_remind_speaks_the_language_of_each_editor():
    _digest, deadline = today()
    language.save_language(person("ann"), "en")
    person("bob")
    queue_due_reminders(before(deadline, 60))

    assert _asked() == [("ann@example.org", "en"), ("bob@example.org", "ko")]
