"""A restored database that is older than the last mails is noticed before a row is claimed, and a person decides."""

import datetime as dt
import shutil
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from digests.review.approve import approve_digest
from newsletter.delivery import (
    database_identity,
    dispatch,
    mailing_lifecycle,
    queue,
    queue_order,
    recovery,
    restored_database,
    sent_marks,
    worker,
)
from newsletter.delivery.journal import DeliveryOutcome, Journal
from newsletter.delivery.mailing_lifecycle import ScheduleError
from newsletter.models import Delivery, DeliveryLease, KnownDatabase, Mailing, deliveries
from newsletter.transport import relays
from tests import build
from tests.newsletter import sample_mailing
from tests.smtpsink import sink

pytestmark = pytest.mark.django_db
READERS = 20


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def mailing() -> Mailing:
    """Return a mailing that is sending, of which five deliveries were claimed."""
    made = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(made, READERS)
    dispatch.begin_due_mailings()
    claim(made, 5)
    return fresh(made)


def fresh(mailing: Mailing) -> Mailing:
    return Mailing.objects.select_related("digest__publication").get(pk=mailing.pk)


def claim(mailing: Mailing, count: int) -> list[deliveries.ClaimedDelivery]:
    """Claim as a worker does, and keep the mark."""
    claimed = queue.claim_deliveries(mailing, limit=count, token="t")
    assert claimed[-1].mark is not None
    sent_marks.write_mark(mailing, claimed[-1].mark)
    return claimed


def rows_of(mailing: Mailing) -> list[int]:
    """Return the deliveries in claim order."""
    return list(mailing.deliveries.order_by("due_at", "pk").values_list("pk", flat=True))


def go_back(mailing: Mailing, before: Mailing) -> None:
    """Put a mailing where it stood before, as a restored backup does."""
    stood = {name: getattr(before, name) for name in ("reached_at", "reached_id", "state", "planned_at")}
    Mailing.objects.filter(pk=mailing.pk).update(**stood)


def moved_elsewhere() -> None:
    """Make every row come from another database."""
    KnownDatabase.objects.update(identity="postgresql 1 00000001 2 3", since=timezone.now() - dt.timedelta(days=9))
    Mailing.objects.update(database="postgresql 1 00000001 2 3")


# Detection


def test_a_mailing_keeps_the_database_that_it_was_started_in():
    opened = sample_mailing.compose_mailing()
    digest = build.digest(opened.digest.publication, state="in_review", date=dt.date(2026, 5, 23))
    build.section(digest, opened.digest.publication.categories.all()[0])
    scheduled = mailing_lifecycle.schedule_mailing(approve_digest(digest), timezone.now())

    assert [opened.database, scheduled.database] == [database_identity.read_identity()] * 2


def test_a_sound_database_is_left_alone(mailing):
    claim(mailing, 5)

    assert (restored_database.pause_uncertain_mailings(), fresh(mailing).state, fresh(mailing).older_why) == (
        0,
        "sending",
        "",
    )
    assert KnownDatabase.objects.get().identity == database_identity.read_identity()


def test_a_mailing_from_before_identities_belongs_where_it_is(mailing):
    Mailing.objects.update(database="")
    KnownDatabase.objects.all().delete()

    assert (restored_database.pause_uncertain_mailings(), fresh(mailing).database) == (
        0,
        database_identity.read_identity(),
    )


@pytest.mark.parametrize("state", ["planned", "sending", "paused"])
def test_another_identity_pauses_every_open_mailing(mailing, state):
    Mailing.objects.update(state=state)
    moved_elsewhere()
    found = restored_database.pause_uncertain_mailings()
    found_again = restored_database.pause_uncertain_mailings()

    row = fresh(mailing)
    assert (found, found_again) == (1, 0)
    assert (row.state, row.older_why, row.wait_reason) == (
        "paused",
        "database",
        {"code": "wait.older_database", "params": {}},
    )
    assert (restored_database.is_mark_known(row), restored_database.count_uncertain(row)) == (
        True,
        5,
    )  # under way when the backup was made


def test_what_is_done_is_left_alone(mailing):
    Mailing.objects.update(state="done")
    moved_elsewhere()

    assert (restored_database.pause_uncertain_mailings(), fresh(mailing).older_why) == (0, "")


def test_a_mark_that_lies_farther_pauses_and_names_the_next_in_claim_order(mailing):
    claim(mailing, 7)
    go_back(mailing, mailing)
    restored_database.pause_uncertain_mailings()

    row = fresh(mailing)
    assert (row.older_why, restored_database.is_mark_known(row)) == ("mark", True)
    assert set(restored_database.find_uncertain_deliveries(row).values_list("pk", flat=True)) == set(rows_of(row)[:12])


def test_a_claim_takes_nothing_from_a_database_that_went_back(mailing):
    claim(mailing, 7)
    go_back(mailing, mailing)

    with pytest.raises(queue.OutdatedDatabaseError):
        queue.claim_deliveries(mailing, limit=5)
    assert (fresh(mailing).reached_id, DeliveryLease.objects.count()) == (mailing.reached_id, 2)


def test_a_claim_takes_nothing_from_another_database(mailing):
    moved_elsewhere()

    with pytest.raises(queue.OutdatedDatabaseError):
        queue.claim_deliveries(mailing, limit=5)


def test_a_run_that_meets_an_older_database_pauses_and_sends_nothing(mailing):
    moved_elsewhere()
    run = worker.MailingRun(mailing, 1e9, Journal())
    offered = list(run.offers())
    run.end()

    assert (offered, fresh(mailing).state, fresh(mailing).older_why) == ([], "paused", "database")


def test_no_tick_begins_claims_or_releases_anything_of_an_older_database(mailing, settings):
    settings.EMAIL_BACKEND = relays.SMTP_BACKEND
    moved_elsewhere()
    DeliveryLease.objects.update(claimed_at=timezone.now() - dt.timedelta(hours=1))
    with sink() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        dispatch.send_due_mailings()
        recovery.expire_stale_leases()
        dispatch.send_due_mailings()

    assert (server.received, sample_mailing.count_states(mailing)) == (
        [],
        {"planned": READERS, "queued": 15, "sending": 5},
    )


def test_a_journal_that_came_back_settles_answers_and_releases_nothing(mailing):
    journal = Journal()
    DeliveryLease.objects.update(token=journal.token)
    one, two, *rest = rows_of(mailing)[:5]
    journal.record_start(one)
    journal.record_outcome(DeliveryOutcome(one, "accepted", "250 ok"))
    journal.record_start(two)
    journal.leave()
    moved_elsewhere()
    dispatch.begin_due_mailings()
    recovery.recover_journals()

    assert sample_mailing.count_states(mailing) == {
        "planned": READERS,
        "queued": 15,
        "sending": 3,
        "accepted": 1,
        "unknown": 1,
    }
    assert set(restored_database.find_uncertain_deliveries(fresh(mailing)).values_list("pk", flat=True)) == set(rest)


def test_a_restored_folder_pauses_and_trusts_no_file_in_it(mailing):
    shutil.copytree(sent_marks.get_marks_folder(), sent_marks.get_marks_folder().with_name("kept"))
    (sent_marks.get_marks_folder() / "place").write_text("0123456789abcdef 1")
    found = [restored_database.pause_uncertain_mailings(), restored_database.pause_uncertain_mailings()]

    row = fresh(mailing)
    assert (found, row.older_why, restored_database.is_mark_known(row)) == ([1, 0], "folder", False)
    assert (restored_database.count_uncertain(row), sent_marks.identify_folder().is_moved) == (READERS, False)


def test_a_mark_of_another_machine_counts_once_it_is_written(mailing):
    """Each machine looks by its own folder; the farthest of them counts."""
    here = fresh(mailing)
    claim(mailing, 5)
    claim(mailing, 4)
    farther = sent_marks.read_outside_mark(mailing)
    go_back(mailing, here)
    shutil.rmtree(sent_marks.get_marks_folder())
    moved_elsewhere()
    restored_database.pause_uncertain_mailings()
    before = (restored_database.is_mark_known(fresh(mailing)), restored_database.count_uncertain(fresh(mailing)))
    assert farther is not None
    sent_marks.write_mark(mailing, farther)
    restored_database.pause_uncertain_mailings()

    assert before == (False, READERS)
    assert (restored_database.is_mark_known(fresh(mailing)), restored_database.count_uncertain(fresh(mailing))) == (
        True,
        14,
    )


def test_a_mailing_that_is_not_begun_here_and_was_elsewhere_waits():
    made = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(made, READERS)
    sent_marks.write_mark(
        made, deliveries.Mark(sent_marks.format_moment(timezone.now()), sent_marks.format_moment(timezone.now()), 9)
    )
    begun = dispatch.begin_due_mailings()

    row = fresh(made)
    assert (begun, row.state, row.older_why, row.planned_at) == ([], "paused", "mark", None)
    assert (restored_database.is_mark_known(row), restored_database.count_uncertain(row)) == (False, READERS)


@pytest.mark.parametrize(("days", "why"), [(-1, "database"), (0, "database"), (1, "")])
def test_a_digest_whose_day_had_begun_when_the_database_came_here_waits(days, why):
    """Its mailing may have been made and sent by the database before, after the backup."""
    moved_elsewhere()
    KnownDatabase.objects.create(identity="postgresql 1 00000001 2 3", since=timezone.now() - dt.timedelta(days=9))
    publication = build.publication(categories=[build.category()])
    date = publication.today() + dt.timedelta(days=days)
    digest = build.digest(publication, state="in_review", date=date)
    build.section(digest, publication.categories.get())
    restored_database.pause_uncertain_mailings()
    made = mailing_lifecycle.schedule_mailing(approve_digest(digest), timezone.now() + dt.timedelta(days=2))
    restored_database.pause_uncertain_mailings()

    assert fresh(made).older_why == why


def test_detection_takes_the_same_queries_for_one_and_three_mailings():
    publication = build.publication(categories=[build.category()])
    counts = []
    for n in range(3):
        Mailing.objects.create(
            digest=build.digest(publication, date=dt.date(2026, 5, 1 + n)), database=database_identity.read_identity()
        )
        restored_database.pause_uncertain_mailings()
        with CaptureQueriesContext(connection) as queries:
            restored_database.pause_uncertain_mailings()
        counts.append(len(queries))

    assert counts == [counts[0]] * 3
    assert counts[0] <= 3


def test_a_claim_costs_one_query_more_on_postgresql_and_none_on_sqlite(mailing):
    queue.claim_deliveries(mailing, limit=1)
    with CaptureQueriesContext(connection) as queries:
        claim(mailing, 5)
    with CaptureQueriesContext(connection) as of_identity:
        database_identity.read_identity()

    statements = [query["sql"] for query in of_identity]
    assert len(statements) == (connection.vendor == "postgresql")
    assert [query["sql"] for query in queries if query["sql"] in statements] == statements


def test_a_claim_of_another_worker_while_it_looks_is_no_older_database(mailing):
    """The rows are read before the marks: a worker that claims in between has moved both."""
    claimed: list[deliveries.ClaimedDelivery] = []

    def meanwhile(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "digests_publication" in sql and not claimed:
            claimed.append(
                deliveries.ClaimedDelivery(0, 0, 0, 0, "", "")
            )  # so that its own queries come by here unchanged
            claimed.extend(claim(mailing, 5))
        return result

    with connection.execute_wrapper(meanwhile):
        found = restored_database.pause_uncertain_mailings()

    assert (found, len(claimed), fresh(mailing).older_why) == (0, 6, "")


def test_a_mailing_that_was_undone_before_anything_left_begins_again(mailing):
    queue.release_leases("t")
    digest = mailing.digest
    mailing_lifecycle.undo_mailing(mailing)
    approve_digest(digest)
    mailing_lifecycle.schedule_mailing(digest, timezone.now())
    (begun,) = dispatch.begin_due_mailings()

    assert (sent_marks.read_outside_mark(begun) is not None, len(claim(fresh(begun), 99))) == (True, READERS)


# Decisions of a person


@pytest.fixture
def older(mailing) -> Mailing:
    """Return a mailing of a database that knows of five claimed deliveries of twelve."""
    claim(mailing, 7)
    go_back(mailing, mailing)
    restored_database.pause_uncertain_mailings()
    return fresh(mailing)


def test_treat_as_sent_takes_those_between_for_sent_and_goes_on_behind_them(older):
    first, rest = rows_of(older)[:12], rows_of(older)[12:]
    n = restored_database.treat_uncertain_as_sent(older, 12)

    row = fresh(older)
    assert (n, row.state, row.older_why, row.wait_reason, row.database) == (
        12,
        "sending",
        "",
        {},
        database_identity.read_identity(),
    )
    assert set(Delivery.objects.filter(state="accepted", reason="treated_as_sent").values_list("pk", flat=True)) == set(
        first
    )
    assert [one.id for one in claim(row, 99)] == rest
    assert restored_database.pause_uncertain_mailings() == 0


def test_send_again_queues_those_between_behind_the_mark(older):
    n = restored_database.resend_uncertain(older, 12)

    row = fresh(older)
    assert (n, row.state, row.older_why) == (12, "sending", "")
    assert set(Delivery.objects.filter(queue_order.WAITING).values_list("pk", flat=True)) == set(rows_of(row))
    assert len(claim(row, 99)) == READERS
    assert restored_database.pause_uncertain_mailings() == 0


@pytest.mark.parametrize(("decide", "left"), [("treat_uncertain_as_sent", 0), ("resend_uncertain", READERS)])
def test_where_no_mark_is_known_all_who_are_queued_are_decided_about(mailing, decide, left):
    shutil.rmtree(sent_marks.get_marks_folder())
    moved_elsewhere()
    restored_database.pause_uncertain_mailings()
    assert not restored_database.is_mark_known(fresh(mailing))
    getattr(restored_database, decide)(fresh(mailing), READERS)

    assert len(queue.claim_deliveries(fresh(mailing), limit=99)) == left
    assert restored_database.pause_uncertain_mailings() == 0


def test_a_mailing_that_was_sent_elsewhere_is_done_where_it_is_treated_as_sent():
    made = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(made, READERS)
    sent_marks.write_mark(
        made, deliveries.Mark(sent_marks.format_moment(timezone.now()), sent_marks.format_moment(timezone.now()), 9)
    )
    dispatch.begin_due_mailings()
    restored_database.treat_uncertain_as_sent(fresh(made), READERS)

    row = fresh(made)
    assert (row.state, row.planned, row.deliveries.count(), row.finished_at) == ("done", 0, 0, row.planned_at)
    assert dispatch.begin_due_mailings() == []


def test_a_mailing_that_was_sent_elsewhere_begins_where_it_is_sent_again():
    made = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(made, READERS)
    sent_marks.write_mark(
        made, deliveries.Mark(sent_marks.format_moment(timezone.now()), sent_marks.format_moment(timezone.now()), 9)
    )
    dispatch.begin_due_mailings()
    restored_database.resend_uncertain(fresh(made), READERS)
    (begun,) = dispatch.begin_due_mailings()

    assert len(claim(fresh(begun), 99)) == READERS
    assert restored_database.pause_uncertain_mailings() == 0


def test_a_mailing_of_tomorrow_keeps_its_moment(mailing):
    tomorrow = timezone.now() + dt.timedelta(days=1)
    Mailing.objects.update(planned_at=None, state="planned", send_at=tomorrow)
    restored_database.pause_all_open_mailings()
    restored_database.resend_uncertain(fresh(mailing), READERS)

    assert (fresh(mailing).state, fresh(mailing).send_at) == ("planned", tomorrow)


@pytest.mark.parametrize("decide", ["treat_uncertain_as_sent", "resend_uncertain"])
def test_a_decision_holds_for_the_number_it_was_asked_with_and_once(older, decide):
    with pytest.raises(ScheduleError, match="number of subscribers has changed"):
        getattr(restored_database, decide)(older, 11)
    assert sample_mailing.count_states(older) == {"planned": READERS, "queued": 15, "sending": 5}
    getattr(restored_database, decide)(older, 12)
    with pytest.raises(ScheduleError, match="already been decided"):
        getattr(restored_database, decide)(older, 12)


def test_nothing_else_lets_it_go_on(older):
    with pytest.raises(ScheduleError, match="may already have been sent"):
        mailing_lifecycle.undo_mailing(older)
    Mailing.objects.update(planned_at=None)
    with pytest.raises(ScheduleError, match="may already have been sent"):
        mailing_lifecycle.schedule_mailing(older.digest, timezone.now())

    assert (queue.resume_mailing(older), mailing_lifecycle.can_undo_mailing(older), fresh(older).state) == (
        False,
        False,
        "paused",
    )


def test_it_can_be_ended(older):
    assert mailing_lifecycle.end_mailing(older) == 15
    assert (fresh(older).state, fresh(older).older_why) == ("done", "")


def test_run_paused_lets_every_open_mailing_wait(mailing):
    n = restored_database.pause_all_open_mailings()

    row = fresh(mailing)
    assert (n, row.state, row.older_why, restored_database.is_mark_known(row)) == (1, "paused", "asked", False)
    dispatch.send_due_mailings()
    assert (fresh(mailing).older_mark, restored_database.count_uncertain(row)) == ("", READERS)
    restored_database.resend_uncertain(row, READERS)
    assert len(claim(fresh(mailing), 99)) == READERS


# The desk


@pytest.fixture
def publisher(client) -> User:
    person = User.objects.create_user("publisher", password="right", is_staff=True)
    person.groups.add(Group.objects.get(name="publisher"))
    client.force_login(person)
    return person


def page_of(client, mailing: Mailing, language: str = "en") -> str:
    address = reverse("admin:newsletter_progress", args=[mailing.pk])
    return str(client.get(address, headers={"accept-language": language}).content.decode())


def test_the_desk_says_how_many_and_asks_with_the_number(client, publisher, older):
    page = page_of(client, older)

    assert "The database is older than the mailing. 12 subscribers may already have this issue." in page
    assert "More was sent than this database knows." in page
    assert 'name="n" value="12"' in page
    assert (
        'data-sure="This marks the emails to 12 subscribers as sent; nothing more goes to them. Mark as sent?">Mark 12 as sent</button>'
        in page
    )
    assert (
        'data-sure="This sends to 12 subscribers, including those who already have it. Resend?">'
        "Resend to 12 (may arrive twice)</button>" in page
    )
    assert [value for value in ("resume", "undo", "pause") if f'value="{value}"' in page] == []
    assert "데이터베이스가 실제 발송보다 오래되었습니다. 구독자 12명이 이미 받았을 수 있습니다." in page_of(
        client, older, "ko"
    )


def test_the_desk_says_where_it_is_unknown(client, publisher, mailing):
    restored_database.pause_all_open_mailings()

    assert "The database is older than the mailing. Up to 20 subscribers may already have this issue." in page_of(
        client, mailing
    )


@pytest.mark.parametrize(
    ("order", "notice", "counts"),
    [
        ("older_sent", "Emails to 12 subscribers marked as sent.", {"planned": READERS, "queued": 8, "accepted": 12}),
        (
            "older_again",
            "Mailing resumed. 12 subscribers may get it twice.",
            {"planned": READERS, "queued": READERS},
        ),
    ],
)
def test_the_desk_carries_a_decision_out(client, publisher, older, order, notice, counts):
    address = reverse("admin:newsletter_mailing_do", args=[older.pk])
    english = {"accept-language": "en"}
    refused = client.post(address, {"do": order, "n": "11"}, headers=english, follow=True)
    nonsense = client.post(address, {"do": order}, headers=english, follow=True)
    before = sample_mailing.count_states(older)
    done = client.post(address, {"do": order, "n": "12"}, headers=english, follow=True)

    for page in (refused, nonsense):
        assert [str(one) for one in page.context["messages"]] == [
            "The number of subscribers has changed. Check it again before you decide."
        ]
    assert before == {"planned": READERS, "queued": 15, "sending": 5}
    assert [str(one) for one in done.context["messages"]] == [notice]
    assert sample_mailing.count_states(older) == counts
