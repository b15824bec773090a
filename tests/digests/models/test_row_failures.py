"""An unexpected error of one row stops no loop of the clock; a database that is away counts for no row."""

import datetime as dt
import logging

import pytest
from django.db import OperationalError
from django.utils import timezone

from digests.building import build as building
from digests.models import Collection, Digest, Publication, RowFailure, Source
from digests.models.links import Link
from digests.models.row_failures import handle_each_row, skip_when_database_is_down
from digests.review import auto_approve
from digests.sources import collect, link_checker
from newsletter.models import Alarm
from newsletter.operations import monitoring
from tests import build
from tests.feedserver import feed_server

pytestmark = pytest.mark.django_db


def refuse_two(number: int) -> int:
    if number == 2:
        raise ValueError("reader@example.org is no number")
    return number * 10


def test_each_row_records_a_row_that_fails_and_goes_on(caplog):
    assert list(handle_each_row("count", [1, 2, 3], refuse_two)) == [10, 30]

    (noted,) = RowFailure.objects.all()
    assert (noted.step, noted.row, noted.failures) == ("count", "2", 1)
    # Class and place, not the message, which may hold an address.
    assert noted.error.startswith("ValueError in test_row_failures.py:")
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert not [record for record in caplog.records if "reader@" in record.getMessage() or record.exc_info]


def test_each_row_skips_a_failed_row_until_its_pause_is_over():
    pauses = []
    for _ in range(9):
        list(handle_each_row("count", [2], refuse_two))
        list(handle_each_row("count", [2], refuse_two))  # within the pause: not tried
        noted = RowFailure.objects.get()
        pauses.append(round((noted.retry_at - noted.failed_at).total_seconds() / 60))
        RowFailure.objects.update(retry_at=timezone.now())

    assert (noted.failures, pauses) == (9, [1, 2, 4, 8, 16, 32, 60, 60, 60])


def test_each_row_forgets_the_failures_of_a_row_that_succeeds():
    list(handle_each_row("count", [2], refuse_two))
    RowFailure.objects.update(retry_at=timezone.now())

    assert list(handle_each_row("count", [2], str)) == ["2"]
    assert not RowFailure.objects.exists()


def test_each_row_blames_no_row_for_a_database_that_is_away():
    def lost(_row: int) -> None:
        raise OperationalError("the connection is closed")

    with pytest.raises(OperationalError):
        list(handle_each_row("count", [1, 2], lost))
    assert not RowFailure.objects.exists()


def test_a_tick_without_its_database_is_one_line_in_the_log(caplog):
    @skip_when_database_is_down
    def sweep() -> int:
        raise OperationalError("connection refused\nIs the server running?")

    assert sweep() is None
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "sweep waits for the database: connection refused Is the server running?"
    ]


def test_a_failed_row_is_an_alarm_until_it_succeeds():
    list(handle_each_row("count", [2], refuse_two))
    monitoring.update_alarms()
    (alarm,) = Alarm.objects.all()
    RowFailure.objects.all().delete()
    monitoring.update_alarms()

    assert (alarm.key, str(alarm).rpartition(":")[0]) == (
        "count-2",
        "count 2: failed 1 time: ValueError in test_row_failures.py",
    )
    assert not Alarm.objects.filter(cleared_at=None).exists()


def test_collect_goes_on_behind_a_source_that_fails_unexpectedly():
    with feed_server() as server:
        server.serve("/feed", "<rss version='2.0'><channel><title>t</title></channel></rss>")
        broken = build.source(url=server.redirect("/broken", "http://[::1", 302))
        fine = build.source(url=server.url + "/feed")
        collect.collect_due_sources()

    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.failures, fine.failures, fine.last_success_at is not None) == (1, 0, True)
    assert Collection.objects.get(source=broken).error != ""


def test_check_due_links_goes_on_behind_a_link_that_fails_unexpectedly():
    with feed_server() as server:
        server.serve("/fine", "x")
        digest = build.digest(state=Digest.State.IN_REVIEW, date=timezone.localdate())
        broken, fine = server.redirect("/broken", "http://[::1", 302), f"{server.url}/fine"
        build.section(digest, build.category(), items=[build.item(url=url) for url in (broken, fine)])
        link_checker.check_due_links()

    assert dict(Link.objects.values_list("url", "state")) == {broken: Link.State.UNSURE, fine: Link.State.FINE}


def test_build_goes_on_behind_a_publication_that_fails_unexpectedly():
    now = timezone.now()
    broken, fine = build.publication("a-broken"), build.publication("b-fine")
    Publication.objects.filter(pk=broken.pk).update(timezone="Nowhere/Land", next_build_at=now)
    building.build_due_digests(now)

    fine.refresh_from_db()
    assert fine.next_build_at is not None
    assert list(RowFailure.objects.values_list("step", "row")) == [("build", str(broken.pk))]


def test_auto_approve_goes_on_behind_a_digest_that_fails_unexpectedly():
    now = timezone.now()
    publications = [build.publication(name, timezone="UTC") for name in ("broken", "fine")]
    today = timezone.localdate(now, dt.UTC)
    digests = [build.digest(one, state=Digest.State.IN_REVIEW, date=today, built_at=now) for one in publications]
    Publication.objects.filter(pk=publications[0].pk).update(timezone="Nowhere/Land")

    assert [digest.pk for digest in auto_approve.find_digests_awaiting_approval(now)] == [digests[1].pk]
    assert list(RowFailure.objects.values_list("step", "row")) == [("day", str(digests[0].pk))]


def test_a_source_that_failed_long_has_a_pause_that_a_date_can_hold():
    source = build.source(url="http://nobody.test/", every_minutes=2_000_000_000, failures=40)
    collect.collect_source(source)

    source.refresh_from_db()
    assert (source.failures, source.next_fetch_at > timezone.now()) == (41, True)
    assert Source.objects.count() == 1
