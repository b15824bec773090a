"""The desk's pages about readers and mail, its dashboard and its login, requested as by a browser."""

import datetime as dt
import json
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from digests.models import Classification, Digest, Item, Publication, Section
from digests.quality import section_checks
from digests.review.approve import approve_digest
from digests.text.messages import OtherCode, make_message
from newsletter.delivery import dispatch, queue
from newsletter.delivery.journal import DeliveryOutcome
from newsletter.delivery.mailing_lifecycle import schedule_mailing
from newsletter.delivery.outcomes import settle_deliveries
from newsletter.feedback import issue_feedback
from newsletter.models import (
    Alarm,
    Delivery,
    Event,
    FailedLogin,
    Heartbeat,
    Import,
    ImportPart,
    Mailing,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.models.operations import AlarmCode
from newsletter.subscribers.csv_import import jobs
from tests import build
from tests.newsletter.site import page

pytestmark = pytest.mark.django_db


def _staff(client, role: str) -> User:
    person = User.objects.create_user(role, email=f"{role}@example.org", password="right", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)
    return person


@pytest.fixture
def publisher(client):
    return _staff(client, "publisher")


@pytest.fixture
def support(client):
    return _staff(client, "support")


@pytest.fixture
def digest():
    category = build.category()
    publication = build.publication(categories=[category])
    made = build.digest(publication, state="in_review", date=timezone.localdate(), title="Daily")
    build.section(made, category)
    for n in range(3):
        build.subscription(publication, [category], subscriber_=build.subscriber(f"reader{n}@example.net"))
    return made


@pytest.fixture
def mailing(digest):
    """Return a mailing with one accepted, one refused and one unknown delivery."""
    schedule_mailing(approve_digest(digest), timezone.now())
    (begun,) = dispatch.begin_due_mailings()
    one, two, three = queue.claim_deliveries(begun, limit=9, token="t")
    words = f"550 5.1.1 <{two.email}>: no such user"
    settle_deliveries(
        [
            DeliveryOutcome(one.id, "accepted", "250 ok", ""),
            DeliveryOutcome(two.id, "failed", words, ""),
            DeliveryOutcome(three.id, "unknown", "", "", "no_reply"),
        ]
    )
    return begun


# Today


def _cards(page) -> dict[str, int]:
    return {card.title: card.count for card in page.context["cards"]}


def test_today_counts_what_waits(admin_client, digest, mailing):
    build.digest(build.publication(), state="in_review", date=timezone.localdate())
    build.source(failures=3, last_error=make_message(OtherCode.TEXT, text="gone"))
    Classification.objects.create(publication=digest.publication, item=build.item(), by="rules", suggested="Wish")
    Event.objects.create(kind="bounced")
    Alarm.objects.create(key=f"unknown-{mailing.pk}", message=make_message(AlarmCode.OTHER, words="look"))
    admin_client.cookies["django_language"] = "en"
    page = admin_client.get(reverse("admin:index"))

    assert _cards(page) == {
        "To review": 1,
        "Needs attention": 1,
        "Sections on hold or replaced by excerpts": 0,
        "Mailings in progress": 1,
        "Failing sources": 1,
        "Bounces and spam complaints, last 24 hours": 1,
        "Unsorted items, by suggested category": 1,
    }


def test_today_tells_of_a_paper_withdrawn_after_an_issue_took_it(admin_client, digest):
    section = digest.sections.get()
    now, why = timezone.now(), "This paper has been withdrawn by the author."
    Item.objects.filter(appearances__section=section).update(withdrawn=why, withdrawn_at=now)
    build.item("Nobody carried it", withdrawn=why, withdrawn_at=now)
    admin_client.cookies["django_language"] = "en"
    page = admin_client.get(reverse("admin:index"))

    (card,) = (card for card in page.context["cards"] if card.title == "Withdrawn after they appeared in an issue")
    line = section.items.get()
    url = reverse("admin:digests_digest_review", args=[digest.pk]) + f"#section-{section.pk}"
    said = f"{digest.date:%m-%d} {digest.publication.name} · {why}"
    assert (card.count, [(one.text, one.url, one.note) for one in card.lines]) == (1, [(line.title, url, said)])
    listed = admin_client.get(card.url)
    assert sorted(row.title for row in listed.context["cl"].result_list) == sorted([line.title, "Nobody carried it"])

    Item.objects.update(withdrawn_at=now - dt.timedelta(days=15))
    page = admin_client.get(reverse("admin:index"))
    assert [card.title for card in page.context["cards"] if card.mood == "wrong"] == []


def test_today_leads_to_pages_that_are_there(admin_client, digest, mailing):
    build.source(failures=3)
    Classification.objects.create(publication=digest.publication, item=build.item(), by="rules", suggested="A & B")
    Event.objects.create(kind="bounced")
    digest.sections.update(verdict="held")
    page = admin_client.get(reverse("admin:index"))
    addresses = {line.url for card in page.context["cards"] for line in card.lines}
    addresses |= {card.url for card in page.context["cards"]}

    assert {address: admin_client.get(address, follow=True).status_code for address in addresses} == dict.fromkeys(
        addresses, 200
    )


def test_today_tells_of_sources_that_are_gone_or_have_moved(admin_client):
    gone = build.source(name="Gone", enabled=False, gone_days=3, failures=3)
    moved = build.source(name="Moved", url="https://a.test/", moved_to="https://b.test/", moved_times=3)
    build.source(name="Moved now", moved_to="https://b.test/", moved_times=2)
    build.source(name="Off", enabled=False, failures=3)
    admin_client.cookies["django_language"] = "en"
    page = admin_client.get(reverse("admin:index"))

    def place(source):
        return reverse("admin:digests_source_change", args=[source.pk])

    lines = {
        card.title: [(line.text, line.url, line.note) for line in card.lines]
        for card in page.context["cards"]
        if card.title in ("Failing sources", "Sources that have moved")
    }
    assert lines == {
        "Failing sources": [("Gone", place(gone), "stopped: the address no longer exists")],
        "Sources that have moved": [("Moved", place(moved), "https://a.test/ → https://b.test/")],
    }


def test_today_tells_of_a_worker_that_can_sound_no_alarm_itself(admin_client):
    Heartbeat.objects.create(name="mailer", at=timezone.now() - dt.timedelta(minutes=5, milliseconds=100))

    page = admin_client.get(reverse("admin:index")).content.decode()

    assert (
        len(re.findall(r"mailer 프로세스가 30\d초째 응답하지 않습니다. 다시 시작해 주세요", page)) == 1
    )  # a busy machine takes some


@pytest.mark.parametrize(("language", "said"), [("ko", "반송: 1"), ("en", "bounced: 1")])
def test_today_and_events_name_their_kind_in_the_language_of_the_page(admin_client, language, said):
    event = Event.objects.create(kind="bounced")
    heading, kinds = {"accept-language": language}, said.removesuffix(": 1")

    today = admin_client.get(reverse("admin:index"), headers=heading).content.decode()
    shown = admin_client.get(reverse("admin:newsletter_event_changelist"), headers=heading).content.decode()
    one = admin_client.get(reverse("admin:newsletter_event_change", args=[event.pk]), headers=heading).content.decode()

    assert today.count(f">{said}<") == 1
    assert shown.count(f'<td class="field-what">{kinds}</td>') == 1
    assert (one.count(f"<h2>{kinds}</h2>"), one.count(f'<div class="readonly">{kinds}</div>')) == (1, 1)


@pytest.mark.parametrize("rows", [1, 3])
def test_today_asks_the_database_as_often_for_much(admin_client, rows, django_assert_num_queries):
    for _ in range(rows):
        digest = build.digest(state="in_review", date=timezone.localdate())
        build.section(digest, build.category(), verdict="held")
        build.source(failures=1)
        build.source(moved_to="https://example.com/", moved_times=3)
        Mailing.objects.create(digest=build.digest(), subject="x")
        Alarm.objects.create(key=str(build.item().pk), message=make_message(AlarmCode.OTHER, words="x"))

    with django_assert_num_queries(17):
        admin_client.get(reverse("admin:index"))


@pytest.mark.parametrize(
    ("minutes", "said", "said_later"),
    [
        (
            1,
            "0 of 1 section checked · Approve by 22:59 (UTC)",
            "0 of 1 section checked · Approval deadline 22:59 (UTC) has passed",
        ),
        (0, "0 of 1 section checked", ""),
    ],
)
def test_today_tells_the_deadline(admin_client, minutes, said, said_later):
    publication = build.publication(timezone="UTC", send_hour=23, deadline_minutes=minutes)
    today = publication.today()
    build.section(build.digest(publication, state="in_review", date=today), build.category())
    admin_client.cookies["django_language"] = "en"
    page = admin_client.get(reverse("admin:index"))

    (line,) = next(card for card in page.context["cards"] if card.title == "To review").lines
    ends = publication.deadline(today)
    assert line.note == (said if not ends or ends > timezone.now() else said_later)


def test_today_tells_what_a_gate_holds_until_a_person_gives_a_reason(admin_client, digest):
    section = digest.sections.get()
    Digest.objects.update(state="in_review", date=timezone.localdate())
    Section.objects.filter(pk=section.pk).update(text="이 방법은 精度를 높였습니다.")
    section.refresh_from_db()
    section_checks.recheck_section(section)
    admin_client.cookies["django_language"] = "ko"
    page = admin_client.get(reverse("admin:index"))

    (line,) = next(card for card in page.context["cards"] if card.mood == "wrong").lines
    assert line.note.partition(" · ")[2] == "원문에 없는 외국 문자입니다: 精度"

    section_checks.record_override(section, "인용입니다.")
    page = admin_client.get(reverse("admin:index"))
    assert [card for card in page.context["cards"] if card.mood == "wrong"] == []


# The door


def _log_in(client, name: str, password: str):
    return client.post(reverse("admin:login"), {"username": name, "password": password})


def _logged_in(client) -> str:
    return User.objects.get(pk=client.session["_auth_user_id"]).username


def test_login_shuts_after_five_wrong_passwords_even_for_the_right_one(client):
    User.objects.create_user("ann", password="right", is_staff=True)
    for _ in range(5):
        _log_in(client, "ann", "wrong")

    errors = _log_in(client, "Ann", "right").context["form"].non_field_errors()
    assert errors == ["비밀번호를 여러 번 잘못 입력했습니다. 15분 뒤에 다시 시도해 주세요."]
    assert FailedLogin.objects.count() == 5


def test_login_opens_again_after_a_while(client):
    User.objects.create_user("ann", password="right", is_staff=True)
    for _ in range(5):
        _log_in(client, "ann", "wrong")
    FailedLogin.objects.update(at=timezone.now() - dt.timedelta(minutes=16))

    _log_in(client, "ann", "right")

    assert _logged_in(client) == "ann"


def test_login_shuts_for_one_name_only_and_forgets_on_success(client):
    for name in ("ann", "bob"):
        User.objects.create_user(name, password="right", is_staff=True)
    for _ in range(5):
        _log_in(client, "ann", "wrong")
    _log_in(client, "bob", "wrong")

    _log_in(client, "bob", "right")

    assert _logged_in(client) == "bob"
    assert FailedLogin.objects.count() == 5


# Preview and test


@pytest.mark.parametrize("query", ["", "device=phone&dark=on&blocked=on", "device=text", "category=x", "device=oven"])
def test_preview_shows_every_form(client, publisher, digest, query):
    page = client.get(reverse("admin:newsletter_preview", args=[digest.pk]), query_params=dict(_pairs(query)))

    assert page.status_code == 200
    assert page.context["whole"].fits is True


def _pairs(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (pair.partition("=") for pair in query.split("&")) if name]


def test_preview_of_a_digest_without_text_says_why(client, publisher, digest):
    digest.sections.update(text="")
    page = client.get(reverse("admin:newsletter_preview", args=[digest.pk]))

    assert (page.status_code, page.context["problem"]) == (200, "이 호에는 아직 본문이 있는 섹션이 없습니다.")


@pytest.mark.parametrize(("query", "scheme", "media"), [("dark=on", "dark", "all"), ("", "light", "not all")])
def test_preview_email_is_dark_as_chosen_whatever_the_browser_prefers(client, publisher, digest, query, scheme, media):
    page = client.get(reverse("admin:newsletter_preview_email", args=[digest.pk]) + f"?{query}").content.decode()

    assert page.count("prefers-color-scheme") == 0
    assert page.count(f"@media {media} {{") == 1
    assert page.count(f'<meta name="color-scheme" content="{scheme}">') == 1


def test_preview_email_runs_nothing_and_asks_for_no_picture_where_they_are_blocked(client, publisher, digest):
    url = reverse("admin:newsletter_preview_email", args=[digest.pk])
    shown, blocked = client.get(url), client.get(url, {"blocked": "on"})

    assert shown["Content-Type"] == "text/html; charset=utf-8"
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert [part for part in blocked["Content-Security-Policy"].split("; ") if part.startswith("img-src")] == [
        "img-src 'none'"
    ]


def test_test_send_of_an_editor_goes_to_the_own_address(client, digest, mailoutbox):
    _staff(client, "editor")
    client.post(reverse("admin:newsletter_test", args=[digest.pk]), {"bits": "1", "to": "stranger@example.org"})

    assert [(one.to, one.subject) for one in mailoutbox] == [
        (["editor@example.org"], f"[TEST] {digest.sections.get(position=0).items.get().title}")
    ]


@pytest.mark.parametrize("to", ["", "nonsense", "a@b", " ".join(f"a{n}@example.org" for n in range(11))])
def test_test_send_to_nonsense_sends_nothing(client, publisher, digest, mailoutbox, to):
    client.post(reverse("admin:newsletter_test", args=[digest.pk]), {"bits": "1", "to": to})

    assert mailoutbox == []


@pytest.mark.parametrize("bits", ["", "0", "-1", "x", "9" * 30])
def test_test_send_of_no_section_sends_nothing(client, publisher, digest, mailoutbox, bits):
    client.post(reverse("admin:newsletter_test", args=[digest.pk]), {"bits": bits, "to": "a@example.org"})

    assert mailoutbox == []


# Sending


def test_schedule_takes_the_moment_in_the_publications_time_zone(client, publisher, digest):
    approve_digest(digest)
    client.post(reverse("admin:newsletter_schedule", args=[digest.pk]), {"when": "at", "at": "2999-05-22T08:00"})

    assert Mailing.objects.get().send_at.isoformat() == "2999-05-21T23:00:00+00:00"


@pytest.mark.parametrize("at", ["", "tomorrow", "2001-01-01T08:00", "2026-02-30T08:00"])
def test_schedule_at_no_moment_is_refused(client, publisher, digest, at):
    approve_digest(digest)
    client.post(reverse("admin:newsletter_schedule", args=[digest.pk]), {"when": "at", "at": at})

    assert Mailing.objects.count() == 0


def test_schedule_of_what_is_not_approved_is_refused(client, publisher, digest):
    client.post(reverse("admin:newsletter_schedule", args=[digest.pk]), {"when": "now"})

    assert Mailing.objects.count() == 0


def test_schedule_page_counts_who_gets_it(client, publisher, digest):
    build.subscription(digest.publication, [build.category()])
    page = client.get(reverse("admin:newsletter_schedule", args=[digest.pk]))

    assert page.context["readers"] == 3


# The mailing


def test_figures_add_up(client, publisher, mailing):
    figures = client.get(reverse("admin:newsletter_figures", args=[mailing.pk])).json()

    assert figures["counts"] == {
        "planned": 3,
        "queued": 0,
        "sending": 0,
        "accepted": 1,
        "failed": 1,
        "unknown": 1,
        "skipped": 0,
    }
    assert (figures["percent"], figures["settled"]) == (100, 3)


def test_mailing_page_groups_refusals_without_addresses(client, publisher, mailing):
    page = client.get(reverse("admin:newsletter_progress", args=[mailing.pk]))

    assert page.context["outcome"]["failures"] == [("550 5.1.1 <…>: no such user", 1)]
    assert page.content.decode().count("@example.net") == 0


@pytest.mark.parametrize(
    ("order", "state"), [("treat_as_sent", "accepted"), ("send_again", "queued"), ("explode", "unknown")]
)
def test_unknown_ones_wait_for_a_person(client, publisher, mailing, order, state):
    doubtful = mailing.deliveries.get(state="unknown")
    client.post(reverse("admin:newsletter_mailing_do", args=[mailing.pk]), {"do": order})

    doubtful.refresh_from_db()
    assert doubtful.state == state


def test_pause_resume_and_undo(client, publisher, digest):
    mailing = schedule_mailing(approve_digest(digest), timezone.now())
    dispatch.begin_due_mailings()
    url = reverse("admin:newsletter_mailing_do", args=[mailing.pk])
    states = []
    for order in ("pause", "resume"):
        client.post(url, {"do": order})
        mailing.refresh_from_db()
        states.append(mailing.state)
    response = client.post(url, {"do": "undo"})

    assert states == ["paused", "sending"]
    assert (Mailing.objects.count(), Delivery.objects.count()) == (0, 0)
    assert response["Location"] == reverse("admin:digests_digest_review", args=[digest.pk])


def test_going_on_with_what_has_not_begun_is_said_to_send_at_once(client, publisher, digest):
    mailing = schedule_mailing(approve_digest(digest), timezone.now() + dt.timedelta(days=1))
    queue.pause_mailing(mailing)
    address, english = reverse("admin:newsletter_progress", args=[mailing.pk]), {"accept-language": "en"}

    paused = client.get(address, headers=english).content.decode()
    queue.resume_mailing(mailing)
    dispatch.begin_due_mailings()
    queue.pause_mailing(mailing)
    begun = client.get(address, headers=english).content.decode()

    said = ("Not started yet.", ">Start now</button>", "right away. Start now?", ">Change time</a>", ">Resume</button>")
    assert [[page.count(words) for words in said] for page in (paused, begun)] == [[1, 1, 1, 1, 0], [0, 0, 0, 0, 1]]


@pytest.mark.parametrize(
    ("language", "said"), [("ko", "담당자가 일시 중지했습니다"), ("en", "Paused by a team member")]
)
def test_progress_says_why_a_mailing_waits_in_the_language_of_the_page(client, publisher, digest, language, said):
    mailing = schedule_mailing(approve_digest(digest), timezone.now() + dt.timedelta(days=1))
    queue.pause_mailing(mailing)

    page = client.get(reverse("admin:newsletter_figures", args=[mailing.pk]), headers={"accept-language": language})

    assert page.json()["waits_for"] == said


def test_orders_are_posted(client, publisher, mailing):
    response = client.get(reverse("admin:newsletter_mailing_do", args=[mailing.pk]), {"do": "send_again"})

    assert (response.status_code, mailing.deliveries.filter(state="unknown").count()) == (405, 1)


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_the_database_as_often_for_many(admin_client, rows, django_assert_num_queries):
    for _ in range(rows):
        mailing = Mailing.objects.create(digest=build.digest(), subject="x")
        reader = build.subscription(build.publication(), []).subscriber
        delivery = Delivery.objects.create(mailing=mailing, subscriber=reader, sections=1)
        Event.objects.create(kind="bounced", delivery=delivery)
    Mailing.objects.exclude(pk__in=Mailing.objects.all()[:1]).update(send_at=timezone.now())

    for name, queries in [("subscriber", 6), ("delivery", 4), ("event", 4), ("mailing", 7)]:
        with django_assert_num_queries(queries):
            admin_client.get(reverse(f"admin:newsletter_{name}_changelist"))


# Readers


def _found(client, words: str) -> list[str]:
    page = client.get(reverse("admin:newsletter_subscriber_changelist"), {"q": words})
    return sorted(row.email for row in page.context["cl"].result_list)


def test_search_finds_a_whole_address_and_any_part_of_one(client, support):
    for name in ("Ann@example.org", "annabel@example.org", "joann@example.org"):
        build.subscriber(name)

    assert _found(client, "ann@EXAMPLE.org") == ["Ann@example.org"]
    assert _found(client, "Ann") == ["Ann@example.org", "annabel@example.org", "joann@example.org"]
    assert _found(client, "ABEL@") == ["annabel@example.org"]
    assert _found(client, "%") == []


def test_reader_page_shows_what_was_sent(client, support, mailing):
    reader = mailing.deliveries.get(state="accepted").subscriber
    Event.objects.create(kind="delivered", delivery=reader.deliveries.get())
    page = client.get(reverse("admin:newsletter_subscriber_change", args=[reader.pk]))

    ((mail,),) = [page.context["mails"]]
    assert mail["sections"] == list(mailing.digest.sections.all())
    assert (mail["delivery"].state, len(mail["events"]), page.context["suppressed"]) == ("accepted", 1, False)


@pytest.mark.parametrize(("given", "kept"), [("Europe/Paris", "Europe/Paris"), ("", ""), ("Mars/Base", "Asia/Tokyo")])
def test_reader_page_changes_the_time_zone_to_one_that_there_is(client, admin_client, given, kept):
    reader = build.subscriber(time_zone="Asia/Tokyo")
    inline = {f"subscriptions-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    url = reverse("admin:newsletter_subscriber_change", args=[reader.pk])
    admin_client.post(url, {"language": "ko", "time_zone": given, "paused_until": "", **inline})

    reader.refresh_from_db()
    assert reader.time_zone == kept


def test_progress_tells_what_is_due_later(client, publisher, mailing):
    zone = mailing.digest.publication.zone
    first, last = (timezone.now() + dt.timedelta(hours=far) for far in (3, 9))
    mailing.deliveries.filter(state="queued").delete()
    url = reverse("admin:newsletter_figures", args=[mailing.pk])
    english = {"Accept-Language": "en"}
    said = [client.get(url, headers=english).json()["later"]]
    for moment in (first, last):
        Delivery.objects.create(mailing=mailing, subscriber=build.subscriber(), sections=1, due_at=moment)
        said.append(client.get(url, headers=english).json()["later"])

    at, end = (f"{moment.astimezone(zone):%m-%d %H:%M} KST" for moment in (first, last))
    assert said == ["", f"1 scheduled for {at}.", f"2 scheduled between {at} and {end}."]


def test_progress_reckons_the_end_of_what_is_due_now(client, publisher, mailing):
    mailing.deliveries.update(settled_at=timezone.now())  # three
    for hours in (0, 0, 0, 0, 9, 9):
        due = timezone.now() + dt.timedelta(hours=hours)
        Delivery.objects.create(mailing=mailing, subscriber=build.subscriber(), sections=1, due_at=due)
    Mailing.objects.update(state="sending")

    figures = client.get(reverse("admin:newsletter_figures", args=[mailing.pk])).json()

    assert (figures["counts"]["queued"], figures["per_minute"], figures["minutes_left"]) == (6, 3, 2)


def test_sending_at_the_readers_hours_and_at_a_moment_for_all(client, publisher, digest):
    Publication.objects.update(readers_hours=True)
    approve_digest(digest)
    url = reverse("admin:newsletter_schedule", args=[digest.pk])
    at_once = []
    for when in ("hour", "now", "hour"):
        client.post(url, {"when": when})
        at_once.append(Mailing.objects.get().at_once)

    assert at_once == [False, True, False]


def test_export_is_what_the_reader_would_get(client, support, digest):
    reader = Subscriber.objects.get(email="reader0@example.net")
    response = client.post(reverse("admin:newsletter_reader_export", args=[reader.pk]))

    assert json.loads(response.content)["email"] == "reader0@example.net"


def test_suppress_keeps_the_reader_from_mail(client, support, digest):
    reader = Subscriber.objects.get(email="reader0@example.net")
    client.post(reverse("admin:newsletter_reader_suppress", args=[reader.pk]))
    schedule_mailing(approve_digest(digest), timezone.now())
    dispatch.begin_due_mailings()

    assert Suppression.objects.get().reason == "manual"
    assert sorted(Delivery.objects.values_list("subscriber__email", flat=True)) == [
        "reader1@example.net",
        "reader2@example.net",
    ]


@pytest.mark.parametrize(("typed", "left"), [("", 3), ("reader1@example.net", 3), ("READER0@example.net ", 2)])
def test_erase_wants_the_address_typed(client, support, digest, typed, left):
    reader = Subscriber.objects.get(email="reader0@example.net")
    client.post(reverse("admin:newsletter_reader_erase", args=[reader.pk]), {"address": typed})

    assert Subscriber.objects.count() == left


def _upload(client, digest, data: bytes, name: str = "readers.csv"):
    """Choose a file on the page of imports; return the page that it leads to."""
    values = {"publication": digest.publication.pk, "consent": "Conference desk"}
    file = SimpleUploadedFile(name, data)
    return client.post(reverse("admin:newsletter_import"), {**values, "file": file}, follow=True)


def test_import_looks_first_and_writes_then(client, support, digest):
    page = _upload(client, digest, b"email\nnew@example.org\nnonsense\n")
    assert (page.context["taken"], [number for number, _words in page.context["wrong"]]) == (1, [3])
    assert Subscriber.objects.count() == 3

    page = client.post(page.request["PATH_INFO"], {"do": "import"}, follow=True)
    assert (page.context["row"].state, page.context["to_come"]) == ("importing", 2)
    jobs.run_due_imports()
    made = Subscription.objects.get(subscriber__email="new@example.org")
    assert (made.state, made.consent_source) == ("active", "Conference desk")
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == [
        "가져오기 시작: Conference desk",
        "구독자 1명을 가져왔습니다: Conference desk",
    ]
    page = client.get(page.request["PATH_INFO"])
    assert {fate: n for fate, _words, n in page.context["counts"]} == {"new": 1, "wrong": 1}


def test_import_shows_each_column_and_asks(client, support, digest):
    page = _upload(client, digest, b"email,name,plan,status\na@example.org,Kim,x,ok\nb@example.org,Lee,y,nok\n")
    shown = [(column["name"], column["use"], column["samples"]) for column in page.context["columns"]]
    assert shown == [
        ("email", "used", ["a@example.org", "b@example.org"]),
        ("name", "ignored", ["Kim", "Lee"]),
        ("plan", "open", ["x", "y"]),
        ("status", "open", ["ok", "nok"]),
    ]
    assert page.content.count(b'<th colspan="2">') == 1  # as many as the file has rows
    address = page.request["PATH_INFO"]
    page = client.post(address, {"do": "map", "role-2": "ignored", "value-3-0": "subscribed"}, follow=True)
    assert (page.context["row"].state, page.context["open"]) == ("asking", 1)
    page = client.post(address, {"do": "map", "value-3-1": "left"}, follow=True)

    assert [column["use"] for column in page.context["columns"]] == ["used", "ignored", "ignored", "mapped"]
    assert {fate: n for fate, _words, n in page.context["counts"]} == {"new": 1, "left": 1}


def test_import_asks_about_a_column_that_a_person_makes_a_state(client, support, digest):
    page = _upload(client, digest, b"email,plan\na@example.org,x\nb@example.org,y\n")
    page = client.post(page.request["PATH_INFO"], {"do": "map", "role-1": "state"}, follow=True)

    assert [value["value"] for value in page.context["columns"][1]["values"]] == ["x", "y"]
    assert page.context["open"] == 2


def test_import_of_a_workbook_says_what_to_do(client, support, digest):
    page = _upload(client, digest, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "readers.xls")

    assert ["CSV UTF-8" in error for error in page.context["form"].errors["file"]] == [True]


def test_import_that_is_forgotten_leaves_nothing(client, support, digest):
    page = _upload(client, digest, b"email\nnew@example.org\n")
    client.post(page.request["PATH_INFO"], {"do": "discard"})

    assert (Import.objects.count(), ImportPart.objects.count(), Subscriber.objects.count()) == (0, 0, 3)


@pytest.mark.parametrize("do", ["", "map", "again", "import", "discard", "nonsense"])
def test_import_that_is_done_takes_no_order(client, support, digest, do):
    page = _upload(client, digest, b"email\nnew@example.org\n")
    address = page.request["PATH_INFO"]
    client.post(address, {"do": "import"})
    jobs.run_due_imports()
    client.post(address, {"do": do, "role-0": "ignored"})

    assert Import.objects.get().state == "done"


def test_import_of_many_lines_is_looked_at_by_the_worker(client, support, digest, monkeypatch):
    monkeypatch.setattr("newsletter.admin.csv_import.MAX_IMMEDIATE_CHARACTERS", 10)
    page = _upload(client, digest, b"email\nnew@example.org\n")
    assert page.context["row"].state == "reading"
    jobs.run_due_imports()

    part = client.get(page.request["PATH_INFO"] + "look/")
    assert (part.context["row"].state, part.context["taken"]) == ("ready", 1)


def test_mailing_page_tells_what_became_of_it_per_category(client, publisher, mailing):
    delivery = mailing.deliveries.get(state="accepted")
    for kind in ("delivered", "delivered", "complained"):  # a repeated event counts once
        Event.objects.create(delivery=delivery, kind=kind)
    Subscription.objects.filter(subscriber=delivery.subscriber).update(state="left", left_at=timezone.now())

    page = client.get(reverse("admin:newsletter_progress", args=[mailing.pk]))

    (row,) = page.context["outcome"]["sections"]
    figures = {name: row[name] for name in ("accepted", "delivered", "bounced", "complained", "left")}
    assert figures == {"accepted": 1, "delivered": 1, "bounced": 0, "complained": 1, "left": 1}
    picture = page.context["outcome"]["picture"]
    assert (picture["most"], picture["minutes"]) == (1, 1)


def test_mailing_page_of_many_rows_counts_them_afterwards(client, publisher, mailing, monkeypatch):
    monkeypatch.setattr("newsletter.admin.delivery_outcome.COUNTED_AT_ONCE_DELIVERIES", 2)
    url = reverse("admin:newsletter_progress", args=[mailing.pk])
    later = reverse("admin:newsletter_after", args=[mailing.pk])
    page = client.get(url)

    assert (page.context["outcome"], f'data-later="{later}"' in page.content.decode()) == (None, True)
    for waited in (client.get(url + "?all"), client.get(later)):
        assert waited.context["outcome"]["failures"] == [("550 5.1.1 <…>: no such user", 1)]


def test_mailing_page_of_a_mailing_that_is_done_keeps_what_was_counted(client, publisher, mailing, monkeypatch):
    cache.clear()
    monkeypatch.setattr("newsletter.admin.delivery_outcome.COUNTED_AT_ONCE_DELIVERIES", 2)
    Mailing.objects.update(state="done", finished_at=timezone.now())
    url, later = (reverse(f"admin:newsletter_{name}", args=[mailing.pk]) for name in ("progress", "after"))
    client.get(later)
    Event.objects.create(delivery=mailing.deliveries.get(state="accepted"), kind="delivered")
    assert client.get(url).context["outcome"]["after"] == {"left": 0}

    client.post(reverse("admin:newsletter_mailing_do", args=[mailing.pk]), {"do": "treat_as_sent"})
    assert client.get(url).context["outcome"] is None
    assert client.get(later).context["outcome"]["after"] == {"delivered": 1, "left": 0}


def test_category_page_leads_to_the_count_of_whom_it_touches(client, support):
    one, other = build.category(), build.category()
    publication = build.publication(categories=[one, other])
    build.subscription(publication, [one])
    build.subscription(publication, [one, other])
    build.subscription(publication, [one], state="left")
    url = reverse("admin:newsletter_touched", args=[one.pk])
    page = client.get(reverse("admin:digests_category_change", args=[one.pk])).content.decode()

    assert page.count(f'data-later="{url}"') == 1
    counted = client.get(url).context["touched"]
    assert (counted.readers, counted.alone) == (2, 1)


def test_mailing_page_and_list_show_what_readers_answered(client, publisher, mailing):
    english, addresses = {"accept-language": "en"}, [reverse("admin:newsletter_progress", args=[mailing.pk])]
    addresses.append(reverse("admin:newsletter_mailing_changelist"))
    assert "Was this issue helpful?" not in client.get(addresses[0], headers=english).content.decode()

    section = mailing.digest.sections.first()
    for n, answer in enumerate(["yes", "yes", "no"]):
        issue_feedback.record_feedback(mailing.digest, answer, section if n else None, f"192.0.{n}.1")
    shown, listed = (client.get(one, headers=english).content for one in addresses)

    assert page.texts(shown, "#feedback tbody td") == ["All answers", "2", "1", str(section), "1", "1"]
    assert page.texts(listed, "td.field-helpful") == ["2 / 1"]
