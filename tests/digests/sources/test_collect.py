"""Visits to sources on a real server: the items that they bring, and the record of a visit that fails."""

import datetime as dt

import pytest
from django.utils import timezone

from digests.models import Collection, Entry, Item, Source
from digests.sources.collect import collect_due_sources, collect_source, describe_visit, try_source_url
from digests.sources.http_client import FetchError
from digests.sources.parsing import ParseError
from digests.text.messages import OtherCode, format_message, make_message
from tests import build
from tests.feedserver import feed_server, gzip_body, rss, rss_item

pytestmark = pytest.mark.django_db

FEED = rss(
    rss_item("One", "https://example.org/1", description="Text of one"),
    rss_item("Two", "https://example.org/2", date="Thu, 01 Jan 2015 00:00:00 GMT"),
    rss_item("", "https://example.org/3"),
)


@pytest.fixture
def server():
    with feed_server() as running:
        yield running


def minutes_until_next(source: Source) -> int:
    source.refresh_from_db()
    return round((source.next_fetch_at - timezone.now()).total_seconds() / 60)


def test_collect_files_what_a_feed_brings(server):
    source = build.source(url=server.serve("/feed", FEED, etag='"1"', last_modified="Fri, 22 May 2026 09:00:00 GMT"))
    visit = collect_source(source)
    source.refresh_from_db()
    assert [(visit.entries, visit.new, visit.refused, format_message(visit.error))] == [(3, 1, 2, "")]
    assert Collection.objects.get() == visit
    assert [(item.title, item.summary) for item in Item.objects.all()] == [("One", "Text of one")]
    assert (source.etag, source.last_modified, source.failures, format_message(source.last_error)) == (
        '"1"',
        "Fri, 22 May 2026 09:00:00 GMT",
        0,
        "",
    )
    assert (source.last_success_at is not None, minutes_until_next(source)) == (True, 60)


def test_collect_again_adds_nothing(server):
    source = build.source(url=server.serve("/feed", FEED))
    collect_source(source)
    assert describe_visit(collect_source(source)) == (
        "3 entries, 0 new, 0 duplicates, 1 known, 2 skipped: 1 older than 7 days, 1 without a title"
    )
    assert (Item.objects.count(), Entry.objects.count(), Collection.objects.count()) == (1, 1, 2)


def test_collect_records_why_it_refused_entries(server):
    old = [rss_item(f"Story {n}", f"https://example.org/{n}", date="Thu, 01 Jan 2015 00:00:00 GMT") for n in range(100)]
    source = build.source(url=server.serve("/feed", rss(*old)))
    line = "100 entries, 0 new, 0 duplicates, 0 known, 100 skipped: older than 7 days"
    assert describe_visit(collect_source(source)) == line
    assert describe_visit(Collection.objects.get()) == line


def test_collect_takes_all_that_share_a_guid(server):
    def feed(*numbers: str) -> str:
        items = (
            f"<item><title>A wholly different headline, the {one} one of five</title><link>https://example.org/{one}"
            '</link><guid isPermaLink="false">https://example.org/?p=</guid></item>'
            for one in numbers
        )
        return rss(*items)

    five = ["first", "second", "third", "fourth", "fifth"]
    source = build.source(url=server.serve("/feed", feed(*five)))
    assert [collect_source(source).new, collect_source(source).known] == [5, 5]
    server.serve("/feed", feed("sixth", *five[:4]))
    assert [collect_source(source).new, collect_source(source).new] == [1, 0]
    server.serve("/feed", feed("seventh"))
    assert [collect_source(source).new, collect_source(source).known] == [1, 1]


def test_collect_reads_the_page_of_each_that_shares_a_guid(server):
    items = []
    for one in ("first", "second"):
        server.serve(f"/{one}", f"<p>The text of the {one}.</p>")
        items.append(rss_item(f"A wholly different headline, the {one}", f"{server.url}/{one}", guid="same"))
    source = build.source(url=server.serve("/feed", rss(*items)), selectors={"text": "p"})
    collect_source(source)
    collect_source(source)
    summaries = ["The text of the first.", "The text of the second."]
    assert list(Item.objects.order_by("pk").values_list("summary", flat=True)) == summaries
    assert server.paths == ["/feed", "/first", "/second", "/feed"]


def test_collect_takes_five_undated_entries_of_a_first_visit(server):
    source = build.source(url=server.serve("/feed", rss(*[rss_item(f"S {n}", f"https://e.org/{n}") for n in range(9)])))
    assert describe_visit(collect_source(source)) == "9 entries, 5 new, 0 duplicates, 4 known, 0 skipped"
    server.serve("/feed", rss(*[rss_item(f"S {n}", f"https://e.org/{n}") for n in range(16)]))
    assert describe_visit(collect_source(source)) == "16 entries, 7 new, 0 duplicates, 9 known, 0 skipped"


def test_collect_asks_only_for_what_changed(server):
    source = build.source(url=server.serve("/feed", FEED, etag='"1"'))
    collect_source(source)
    source.refresh_from_db()
    visit = collect_source(source)
    source.refresh_from_db()
    assert (visit.unchanged, describe_visit(visit), source.etag, minutes_until_next(source)) == (
        True,
        "unchanged",
        '"1"',
        60,
    )


def test_collect_reads_a_compressed_feed(server):
    source = build.source(url=server.serve("/feed", gzip_body(FEED), content_encoding="gzip"))
    assert collect_source(source).new == 1


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("<rss/>", 404, "The server responded with 404 Not Found"),
        ("", 200, "The document is empty"),
        (
            "<html><body>Sign in</body></html>",
            200,
            "This is a web page, not a feed. Change the type to “Web page” and add selectors",
        ),
    ],
)
def test_collect_records_why_a_source_failed(server, body, status, error):
    source = build.source(url=server.serve("/feed", body, status=status), etag='"old"')
    visit = collect_source(source)
    source.refresh_from_db()
    assert (format_message(visit.error), describe_visit(visit)) == (error, f"error: {error}")
    assert (format_message(source.last_error), source.failures, source.last_success_at, source.etag) == (
        error,
        1,
        None,
        '"old"',
    )


def test_collect_pauses_longer_after_every_failure(server):
    source = build.source(url=server.url + "/missing")
    pauses = []
    for _visit in range(7):
        collect_source(source)
        pauses.append(minutes_until_next(source))
    assert pauses == [60, 120, 240, 480, 960, 1440, 1440]


def test_collect_pauses_as_long_as_the_server_asks(server):
    source = build.source(url=server.serve("/feed", "", status=429, retry_after="7200"))
    collect_source(source)
    assert minutes_until_next(source) == 120


def test_collect_keeps_a_weekly_source_weekly(server):
    source = build.source(url=server.url + "/missing", every_minutes=7 * 1440)
    collect_source(source)
    assert minutes_until_next(source) == 7 * 1440


def test_collect_resets_failures_at_the_first_success(server):
    source = build.source(url=server.url + "/feed", failures=5, last_error=make_message(OtherCode.TEXT, text="broken"))
    server.serve("/feed", FEED)
    collect_source(source)
    source.refresh_from_db()
    assert (source.failures, format_message(source.last_error), minutes_until_next(source)) == (0, "", 60)


def test_collect_leaves_what_an_editor_changed_meanwhile(server):
    source = build.source(url=server.serve("/feed", FEED, etag='"1"'))
    Source.objects.filter(pk=source.pk).update(url="https://example.org/new.xml")
    collect_source(source)
    source.refresh_from_db()
    assert (source.url, source.etag) == ("https://example.org/new.xml", "")


def test_collect_fetches_nothing_that_an_entry_names(server):
    item = rss_item("One", "https://example.org/1").replace(
        "</item>", f'<enclosure url="{server.url}/x" length="1" type="audio/mpeg"/></item>'
    )
    collect_source(build.source(url=server.serve("/feed", rss(item))))
    assert server.paths == ["/feed"]


def test_collect_reads_the_pages_behind_new_entries(server):
    server.serve(
        "/hot", '<div class="title"><a href="/1">First</a></div><div class="title"><a href="/2">Second</a></div>'
    )
    server.serve("/1", '<div class="article-content"><p>The abstract.</p></div>')
    source = build.source(
        kind="page", url=server.url + "/hot", selectors={"title": "div.title a", "text": "div.article-content p"}
    )
    visit = collect_source(source)
    collect_source(source)
    assert (visit.new, format_message(visit.error)) == (2, "")
    assert [(item.title, item.summary) for item in Item.objects.order_by("pk")] == [
        ("First", "The abstract."),
        ("Second", ""),
    ]
    assert server.paths == ["/hot", "/1", "/2", "/hot"]


def test_collect_records_that_the_selectors_of_a_page_find_nothing(server):
    source = build.source(
        kind="page", url=server.serve("/hot", "<h1>New design</h1>"), selectors={"title": "div.title a"}
    )
    assert format_message(collect_source(source).error) == "The “title” selector finds nothing on the page: div.title a"


@pytest.mark.parametrize("selectors", [[], {"title": ["a"]}, {}])
def test_collect_records_invalid_selectors(server, selectors):
    source = build.source(kind="page", url=server.serve("/hot", "<h1>x</h1>"), selectors=selectors)
    assert format_message(collect_source(source).error) in {
        "Web pages need a “title” selector",
        "The selector title must be text",
    }


def test_collect_due_visits_what_is_due(server):
    now = timezone.now()
    due = build.source("due", url=server.serve("/feed", FEED))
    build.source("broken", url=server.url + "/missing")
    build.source("later", url=server.url + "/later", next_fetch_at=now + dt.timedelta(minutes=1))
    build.source("off", url=server.url + "/off", enabled=False)
    heard: list[str] = []
    visits = collect_due_sources(report=lambda visit: heard.append(visit.source.slug))
    assert heard == [visit.source.slug for visit in visits] == ["due", "broken"]
    assert (server.paths, minutes_until_next(due), collect_due_sources()) == (["/feed", "/missing"], 60, [])


@pytest.mark.parametrize("location", ["http://[::1", "//[::1", "http://\u2100.example/"])
def test_collect_due_goes_on_behind_a_redirect_to_an_invalid_address(server, location):
    header = location.encode().decode("latin-1")  # what a server sends that writes UTF-8
    broken = build.source("broken", url=server.redirect("/broken", header))
    build.source("good", url=server.serve("/feed", FEED))
    visits = {visit.source.slug: visit for visit in collect_due_sources()}
    broken.refresh_from_db()
    reason = f"This address can’t be fetched. Enter an http or https address: {location}"
    assert (format_message(visits["broken"].error), broken.failures, visits["good"].new) == (reason, 1, 1)


@pytest.mark.parametrize(
    ("bad", "behind_base"),
    [("http://[::1", {"Bad base"}), ("//[::1/x", {"Bad base"}), ("http://[x]/", {"Bad base"}), ("http://a:b/", set())],
)
def test_collect_takes_the_rest_of_a_feed_with_an_invalid_address(server, bad, behind_base):
    others = f'<comments>{bad}</comments><enclosure url="{bad}"/><source url="{bad}">x</source></item>'
    items = [
        rss_item("Bad link", bad),
        f'<item xml:base="{bad}"><title>Bad base</title><link>/b</link></item>',
        rss_item("Bad guid", "https://example.org/g", guid=bad),
        rss_item("Bad comments", "https://example.org/c").replace("</item>", others),
        rss_item("Good", "https://example.org/1"),
    ]
    visit = collect_source(build.source(url=server.serve("/feed", rss(*items))))
    assert (format_message(visit.error), visit.entries) == ("", 5)
    taken = set(Item.objects.values_list("title", flat=True))
    assert taken == {"Bad guid", "Bad comments", "Good"} | behind_base


def test_collect_due_at_a_moment_to_come(server):
    build.source(url=server.serve("/feed", FEED), next_fetch_at=timezone.now() + dt.timedelta(hours=1))
    assert len(collect_due_sources(timezone.now() + dt.timedelta(hours=2))) == 1


def test_collect_due_leaves_what_another_worker_has_taken(server):
    build.source("one", url=server.serve("/1", FEED))
    build.source("two", url=server.serve("/2", FEED))
    others: list[Collection] = []
    mine = collect_due_sources(
        report=lambda _visit: others.extend(collect_due_sources())
    )  # while this worker is at its first
    assert [visit.source.slug for visit in (*mine, *others)] == ["one", "two"]
    assert server.paths == ["/1", "/2"]


def test_collect_due_leaves_what_was_switched_off_meanwhile(server):
    build.source("one", url=server.serve("/1", FEED))
    build.source("two", url=server.serve("/2", FEED))
    collect_due_sources(report=lambda _visit: Source.objects.update(enabled=False))
    assert server.paths == ["/1"]


def test_try_address_saves_nothing(server):
    entries = try_source_url(server.serve("/feed", FEED), kind="feed").entries
    assert [entry.title for entry in entries] == ["One", "Two", ""]
    assert (Item.objects.count(), Collection.objects.count()) == (0, 0)


def test_try_address_raises_what_is_wrong(server):
    with pytest.raises(FetchError, match=r"^The server responded with 404 Not Found$"):
        try_source_url(server.url + "/missing", kind="feed")
    with pytest.raises(
        ParseError, match=r"^This is a web page, not a feed. Change the type to “Web page” and add selectors$"
    ):
        try_source_url(server.serve("/page", "<html></html>"), kind="feed")
