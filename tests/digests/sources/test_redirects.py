"""Sources whose server answers that they have moved or are gone for good."""

import datetime as dt
import itertools

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from digests.models import Collection, Source
from digests.sources import redirects
from digests.sources.collect import collect_due_sources, collect_source, describe_visit
from digests.sources.redirects import is_move_within_host
from tests import build
from tests.feedserver import feed_server, rss, rss_item

pytestmark = pytest.mark.django_db

FEED = rss(rss_item("Story", "https://example.org/1"))
GONE_AT = [f"2026-11-{day:02}T09:00:00Z" for day in range(10, 20)]


@pytest.fixture
def server():
    with feed_server() as running:
        yield running


def moving(server, status: int = 301, host: str = "") -> Source:
    server.serve("/new", FEED)
    new = server.url.replace("127.0.0.1", host or "127.0.0.1") + "/new"
    return build.source(url=server.redirect("/old", new, status))


@pytest.mark.parametrize("status", [301, 308])
def test_a_move_within_a_host_is_taken_over_after_the_third_time(server, status):
    source = moving(server, status)
    old, new = source.url, f"{server.url}/new"
    visits, addresses = [], []
    for _visit in range(4):
        visits.append(describe_visit(collect_source(source)))
        source.refresh_from_db()
        addresses.append((source.url, source.moved_to, source.moved_times))
    assert addresses == [(old, new, 1), (old, new, 2), (new, "", 0), (new, "", 0)]
    moved = f"1 entry, 0 new, 0 duplicates, 1 known, 0 skipped; moved permanently to {new}"
    assert visits[1:] == [moved, moved, "1 entry, 0 new, 0 duplicates, 1 known, 0 skipped"]
    assert list(Collection.objects.order_by("pk").values_list("moved_to", flat=True)) == [new, new, new, ""]


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_is_not_a_move(server, status):
    source = moving(server, status)
    for _visit in range(4):
        collect_source(source)
    source.refresh_from_db()
    assert (source.url, source.moved_to, source.moved_times) == (f"{server.url}/old", "", 0)


def test_a_move_to_another_host_waits_for_a_person(server):
    source = moving(server, host="localhost")
    for _visit in range(5):
        collect_source(source)
    source.refresh_from_db()
    assert (source.url, source.moved_to) == (f"{server.url}/old", server.url.replace("127.0.0.1", "localhost") + "/new")
    assert list(redirects.list_proposed_moves()) == [source]


def test_a_move_is_counted_in_a_row(server):
    source = moving(server)
    collect_source(source)
    collect_source(source)
    server.serve("/old", FEED)  # it was a mistake
    collect_source(source)
    moving_again = server.redirect("/old", "/new", 301)
    collect_source(source)
    server.serve("/newer", FEED)
    server.redirect("/old", "/newer", 301)
    collect_source(source)
    source.refresh_from_db()
    assert (source.url, source.moved_to, source.moved_times) == (moving_again, f"{server.url}/newer", 1)


def test_a_failed_visit_does_not_count_as_a_move(server):
    source = moving(server)
    collect_source(source)
    collect_source(source)
    server.serve("/new", "", status=500)
    collect_source(source)
    source.refresh_from_db()
    assert (source.url.endswith("/old"), source.moved_times, source.failures) == (True, 2, 1)
    server.serve("/new", FEED)
    collect_source(source)
    source.refresh_from_db()
    assert source.url.endswith("/new")


def test_a_move_of_an_unchanged_feed_counts(server):
    source = moving(server)
    server.serve("/new", FEED, etag='"1"')
    visits = [collect_source(source) for _visit in range(3)]
    source.refresh_from_db()
    assert (visits[1].unchanged, describe_visit(visits[1])) == (
        True,
        f"unchanged; moved permanently to {server.url}/new",
    )
    assert (source.url.endswith("/new"), source.etag) == (True, '"1"')


@pytest.mark.parametrize(
    ("old", "new", "at_home"),
    [
        ("http://example.org/a", "https://example.org/a", True),
        ("http://example.org/a", "https://EXAMPLE.org:443/b?x=1", True),
        ("https://example.org/a", "https://example.org/b", True),
        ("http://example.org:8080/a", "http://example.org:8080/b", True),
        ("https://example.org/a", "http://example.org/a", False),
        ("http://example.org/a", "https://www.example.org/a", False),
        ("http://example.org/a", "https://example.com/a", False),
        ("http://example.org/a", "http://example.org:8080/a", False),
        ("http://[::1", "http://[::1", False),
    ],
)
def test_is_move_within_host_means_the_same_host_and_not_back_to_http(old, new, at_home):
    assert is_move_within_host(old, new) is at_home


def visit_daily(source: Source, time_machine, moments: list[str]) -> list[tuple[int, bool]]:
    seen = []
    for moment in moments:
        time_machine.move_to(moment, tick=False)
        collect_source(source)
        source.refresh_from_db()
        seen.append((source.gone_days, source.enabled))
    return seen


def test_a_source_that_is_gone_on_three_days_running_is_stopped(server, time_machine):
    source = build.source(url=server.serve("/feed", "", status=410))
    assert visit_daily(source, time_machine, GONE_AT[:3]) == [(1, True), (2, True), (3, False)]
    assert list(redirects.list_stopped_sources()) == [source]
    asked = len(server.asked)
    assert (collect_due_sources(source.next_fetch_at + dt.timedelta(days=1)), len(server.asked)) == ([], asked)


def test_a_source_that_is_gone_for_a_day_goes_on(server, time_machine):
    source = build.source(url=server.serve("/feed", "", status=410))
    on_one_day = [f"2026-11-10T{hour:02}:00:00Z" for hour in range(5)]
    assert visit_daily(source, time_machine, on_one_day) == [(1, True)] * 5
    assert visit_daily(source, time_machine, GONE_AT[1:2]) == [(2, True)]
    server.serve("/feed", FEED)
    assert visit_daily(source, time_machine, GONE_AT[2:3]) == [(0, True)]
    server.serve("/feed", "", status=410)
    assert visit_daily(source, time_machine, GONE_AT[3:5]) == [(1, True), (2, True)]


def test_days_that_do_not_follow_each_other_do_not_stop_a_source(server, time_machine):
    source = build.source(url=server.serve("/feed", "", status=410))
    assert visit_daily(source, time_machine, GONE_AT[::2][:4]) == [(1, True)] * 4


@pytest.mark.parametrize("status", [404, 403, 500])
def test_another_answer_stops_no_source(server, time_machine, status):
    source = build.source(url=server.serve("/feed", "", status=status))
    assert visit_daily(source, time_machine, GONE_AT[:4]) == [(0, True)] * 4


@pytest.mark.parametrize("every_minutes", [60, 7 * 1440])
def test_a_source_that_is_gone_is_asked_on_every_day(server, time_machine, every_minutes):
    time_machine.move_to("2026-11-10T09:00:00Z", tick=False)
    source = build.source(url=server.serve("/feed", "", status=410), every_minutes=every_minutes)
    for _visit in itertools.takewhile(lambda _n: source.enabled, range(50)):
        collect_source(source)
        source.refresh_from_db()
        time_machine.move_to(source.next_fetch_at, tick=False)
    assert (source.gone_days, source.gone_on) == (3, dt.date(2026, 11, 12))


@pytest.fixture
def editor(client):
    person = User.objects.create_user("an editor", is_staff=True)
    person.groups.add(Group.objects.get(name="editor"))
    client.force_login(person)
    return person


def proposed(url: str = "https://example.org/feed") -> Source:
    return build.source(url=url, moved_to="https://example.com/feed", moved_times=3)


def test_the_desk_proposes_a_move_with_both_addresses(client, editor):
    source = proposed()
    page = client.get(reverse("admin:digests_source_change", args=[source.pk]))
    shown = page.content.decode()
    assert (page.context["is_proposed"], page.context["moved"]) == (True, source)
    assert (
        shown.count("<code>https://example.org/feed</code>")
        == shown.count("<code>https://example.com/feed</code>")
        == 1
    )
    assert shown.count(f'action="{reverse("admin:digests_source_move", args=[source.pk])}"') == 1


def test_one_click_takes_a_move_over(client, editor):
    source = proposed()
    address = reverse("admin:digests_source_move", args=[source.pk])
    refused = client.get(address)
    assert (refused.status_code, refused["Allow"]) == (405, "POST")
    answer = client.post(address, {"moved_to": "https://example.com/feed"})
    source.refresh_from_db()
    assert answer.url == reverse("admin:digests_source_change", args=[source.pk])
    assert (source.url, source.moved_to, source.moved_times) == ("https://example.com/feed", "", 0)


@pytest.mark.parametrize("moved_to", ["https://evil.example/feed", ""])
def test_a_click_takes_over_nothing_but_what_is_proposed(client, editor, moved_to):
    source = proposed()
    client.post(reverse("admin:digests_source_move", args=[source.pk]), {"moved_to": moved_to})
    source.refresh_from_db()
    assert (source.url, source.moved_times) == ("https://example.org/feed", 3)


def test_a_person_without_permission_takes_no_move_over(client):
    source = proposed()
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    answer = client.post(reverse("admin:digests_source_move", args=[source.pk]), {"moved_to": source.moved_to})
    source.refresh_from_db()
    assert (answer.status_code, source.url) == (403, "https://example.org/feed")


def form(client, source: Source, **changed: object) -> dict[str, object]:
    page = client.get(reverse("admin:digests_source_change", args=[source.pk]))
    moment = source.next_fetch_at
    fields = {name: value for name, value in page.context["adminform"].form.initial.items() if value}
    fields |= {"selectors": "{}", "next_fetch_at_0": f"{moment:%Y-%m-%d}", "next_fetch_at_1": f"{moment:%H:%M:%S}"}
    return fields | changed


@pytest.mark.parametrize(
    ("changed", "address", "enabled", "visited"),
    [
        ({}, "https://example.org/feed", False, True),
        ({"enabled": "on"}, "https://example.org/feed", True, True),
        ({"url": "https://example.net/feed", "enabled": "on"}, "https://example.net/feed", True, False),
    ],
    ids=["saved as it is", "enabled again", "another address"],
)
def test_a_stopped_source_that_a_person_saves_is_no_longer_listed(client, editor, changed, address, enabled, visited):
    source = build.source(
        url="https://example.org/feed", enabled=False, gone_days=3, gone_on=dt.date(2026, 11, 12), etag='"1"',
        last_success_at=dt.datetime(2026, 11, 9, tzinfo=dt.UTC), failures=3,
    )  # fmt: skip
    assert client.get(reverse("admin:digests_source_change", args=[source.pk])).context["stopped"] is True
    answer = client.post(reverse("admin:digests_source_change", args=[source.pk]), form(client, source, **changed))
    source.refresh_from_db()
    assert (answer.status_code, source.gone_days, list(redirects.list_stopped_sources())) == (302, 0, [])
    assert (source.url, source.enabled) == (address, enabled)
    assert (source.last_success_at is not None, source.etag != "", source.failures != 0) == (visited,) * 3
