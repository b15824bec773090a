"""Checks of the links of digests under review; no digest is approved with a link into a private network."""

import datetime as dt
import threading
import time

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import override

from digests.models import Digest, SectionItem
from digests.models.links import Link
from digests.review import edit
from digests.review.approve import ApprovalError, approve_digest, fingerprint_digest
from digests.review.auto_approve import auto_approve_due_digests
from digests.sources import link_checker
from digests.sources.http_client import FetchError, probe_url
from digests.sources.source_problems import FetchProblem
from digests.sources.ssrf_guard import is_linkable_url
from digests.text.messages import format_message, make_message
from tests import build
from tests.feedserver import closed_port, feed_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server():
    with feed_server() as running:
        yield running


@pytest.fixture
def digest():
    return build.digest(state=Digest.State.IN_REVIEW, date=timezone.localdate())


def _carry(digest: Digest, *urls: str) -> list[SectionItem]:
    """Put a section with these links into a digest."""
    section = build.section(digest, build.category(), items=[build.item(url=url) for url in urls])
    return list(section.items.all())


def _states() -> dict[str, str]:
    return dict(Link.objects.values_list("url", "state"))


def test_probe_url_reads_no_body(server):
    endless = server.drip("/endless")
    began = time.monotonic()
    seen = probe_url(endless, seconds=5)

    assert (seen.url, seen.status, seen.moved) == (endless, 200, False)
    assert time.monotonic() - began < 1


def test_probe_url_returns_where_redirects_end_and_whether_one_is_permanent(server):
    server.serve("/end", "x")
    for_now, for_good = server.redirect("/now", "/end", 302), server.redirect("/good", "/now", 301)

    assert [(seen.url, seen.moved) for seen in (probe_url(for_now, seconds=5), probe_url(for_good, seconds=5))] == [
        (server.url + "/end", False),
        (server.url + "/end", True),
    ]


def test_probe_url_gives_up_after_its_seconds(server):
    with pytest.raises(FetchError, match=r"^Timed out after 1 second$"):
        probe_url(server.drip("/slow", head=True), seconds=0.3)


def test_check_link_distinguishes_dead_moved_and_unsure(server):
    answers = [
        (link_checker.check_link(server.serve("/fine", "x")), (Link.State.FINE, "")),
        (
            link_checker.check_link(server.url + "/nowhere"),
            (Link.State.DEAD, "The server responded with 404 Not Found"),
        ),
        (
            link_checker.check_link(server.serve("/gone", "", status=410)),
            (
                Link.State.DEAD,
                "The server responded with 410 Gone",
            ),
        ),
        (link_checker.check_link("http://nobody.test/"), (Link.State.DEAD, "Host not found: nobody.test")),
        (
            link_checker.check_link(server.serve("/robots", "", status=403)),
            (
                Link.State.UNSURE,
                "The server responded with 403 Forbidden",
            ),
        ),
        (link_checker.check_link(server.redirect("/old", "/fine", 308)), (Link.State.MOVED, server.url + "/fine")),
        (link_checker.check_link(server.redirect("/for-now", "/fine", 307)), (Link.State.FINE, "")),
        (
            link_checker.check_link(server.redirect("/slash", "/slash/?utm_source=x", 301)),
            (
                Link.State.DEAD,
                "The server responded with 404 Not Found",
            ),
        ),
    ]

    assert [(found.state, format_message(found.detail)) for found, _wanted in answers] == [
        wanted for _found, wanted in answers
    ]


@pytest.mark.parametrize("location", ["http://[::1", "//[::1", "http://[x]/", "http://host:port/"])
def test_check_link_is_unsure_of_a_redirect_to_an_invalid_address(server, location):
    reason = make_message(FetchProblem.BAD_ADDRESS, address=location)

    assert link_checker.check_link(server.redirect("/broken", location)) == link_checker.LinkCheck(
        Link.State.UNSURE, reason
    )


def test_check_due_links_goes_on_past_a_redirect_to_an_invalid_address(server, digest):
    _carry(digest, server.redirect("/broken", "http://[::1", 301), server.serve("/fine", "x"))

    assert link_checker.check_due_links() == 2
    assert _states() == {f"{server.url}/broken": "unsure", f"{server.url}/fine": "fine"}


def test_check_link_takes_the_same_page_as_not_moved(server):
    server.serve("/page/?utm_source=x", "x")

    assert link_checker.check_link(server.redirect("/page", "/page/?utm_source=x", 301)).state == Link.State.FINE


def test_check_link_is_unsure_of_a_server_that_takes_no_connection():
    port = closed_port()

    assert link_checker.check_link(f"http://127.0.0.1:{port}/") == link_checker.LinkCheck(
        Link.State.UNSURE, make_message(FetchProblem.REFUSED, host="127.0.0.1", port=str(port))
    )


def test_check_link_finds_a_redirect_into_a_private_network(server, settings):
    url = server.redirect("/in", "http://[::1]/", 302)
    settings.FETCH_ALLOW_PRIVATE = False

    assert link_checker.check_link(url).state == Link.State.PRIVATE
    assert server.paths == []  # not even asked


def test_check_due_links_takes_no_link_as_dead_while_dns_does_not_work(server, digest):
    _carry(digest, "http://one.test/", "http://two.test/")
    now = timezone.now()
    link_checker.check_due_links(now)
    before = _states()
    _carry(digest, fine := server.serve("/fine", "x"))
    link_checker.check_due_links(now + dt.timedelta(hours=1))

    assert set(before.values()) == {"unsure"}
    assert _states() == {"http://one.test/": "dead", "http://two.test/": "dead", fine: "fine"}


def test_check_due_links_saves_results_and_checks_each_link_every_six_hours(server, digest):
    now = timezone.now()
    fine, dead = server.serve("/fine", "x"), server.url + "/dead"
    _carry(digest, fine, dead)

    assert [link_checker.check_due_links(now + dt.timedelta(hours=hours)) for hours in (0, 1, 5.9, 6)] == [2, 0, 0, 2]
    assert _states() == {fine: "fine", dead: "dead"}
    assert sorted(server.paths) == ["/dead", "/dead", "/fine", "/fine"]


def test_check_due_links_repeats_unclear_checks_sooner(server, digest):
    now = timezone.now()
    _carry(digest, server.serve("/busy", "", status=503))

    assert [link_checker.check_due_links(now + dt.timedelta(minutes=minutes)) for minutes in (0, 59, 60)] == [1, 0, 1]
    server.serve("/busy", "x")
    assert link_checker.check_due_links(now + dt.timedelta(hours=2)) == 1
    assert _states() == {server.url + "/busy": "fine"}


def test_check_due_links_takes_digests_in_review_only(server):
    urls = [server.serve(f"/{n}", "x") for n in range(5)]
    today = timezone.localdate()
    old = today - dt.timedelta(days=8)
    _carry(build.digest(date=today), urls[0])
    _carry(build.digest(state=Digest.State.IN_REVIEW, date=today, imported=True), urls[1])
    _carry(build.digest(state=Digest.State.IN_REVIEW, date=old), urls[2])
    _carry(build.approve_unchecked(build.digest(date=today)), urls[3])
    _carry(build.digest(state=Digest.State.IN_REVIEW, date=today), urls[4])

    assert (link_checker.check_due_links(), server.paths) == (1, ["/4"])


def test_check_due_links_begins_nothing_after_its_seconds(server, digest, monkeypatch):
    _carry(digest, server.serve("/a", "x"), server.serve("/b", "x"))
    monkeypatch.setattr(link_checker, "MAX_TICK_SECONDS", 0)
    checked = link_checker.check_due_links()
    monkeypatch.undo()

    assert (checked, server.paths, set(_states().values())) == (0, [], {""})
    assert link_checker.check_due_links() == 2  # due again at once


def test_check_due_links_asks_hosts_in_parallel_and_the_links_of_each_in_turn(digest):
    with feed_server() as one, feed_server() as two:
        both = threading.Barrier(2, timeout=5)

        def meet(handler):
            both.wait()
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        other = two.serve_with("/", meet).replace("127.0.0.1", "localhost")
        _carry(digest, one.serve_with("/", meet), other)

        assert link_checker.check_due_links() == 2
        assert set(_states().values()) == {"fine"}  # neither would have answered alone


def test_check_due_links_leaves_what_another_worker_has_taken(server, digest):
    _carry(digest, server.serve("/a", "x"))
    now = timezone.now()
    taken = link_checker._claim_links(link_checker._register_links(now), now)

    assert (len(taken), link_checker.check_due_links(now)) == (1, 0)
    assert link_checker.check_due_links(now + link_checker.LEASE) == 1  # the worker has died


def test_check_due_links_goes_on_past_invalid_addresses_and_those_too_long_for_an_index(server, digest):
    bad, _long, fine = _carry(digest, "http://[::1", "https://example.org/" + "한" * 1900, server.serve("/fine", "x"))
    link_checker.check_due_links()

    assert _states() == {bad.url: "unsure", fine.url: "fine"}


def test_check_due_links_deletes_links_of_long_ago(server, digest):
    Link.objects.create(url="https://example.org/old", next_at=timezone.now() - dt.timedelta(days=31))
    _carry(digest, server.serve("/a", "x"))
    link_checker.check_due_links()

    assert set(_states()) == {server.url + "/a"}


def test_check_due_links_checks_a_limited_number_per_tick(server, digest, monkeypatch):
    monkeypatch.setattr(link_checker, "MAX_LINKS_PER_TICK", 3)
    _carry(digest, *(server.serve(f"/{n}", "x") for n in range(5)))
    now = timezone.now()

    assert [link_checker.check_due_links(now) for _tick in range(3)] == [3, 2, 0]


def test_check_due_links_makes_as_many_queries_for_many_links_that_are_known(server, digest, django_assert_num_queries):
    lines = _carry(digest, *(server.serve(f"/{n}", "x") for n in range(3)))
    link_checker.check_due_links()
    for some in (lines[:1], lines):
        with django_assert_num_queries(1):
            link_checker.load_known_links(some)


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://[fd00::1]/", "http://[fe80::1]/", "http://10.0.0.1/",
        "http://192.168.1.1:8080/x", "http://172.16.0.1/", "http://127.0.0.1/", "http://127.1/", "http://0x7f.1/",
        "http://2130706433/", "http://0177.0.0.1/", "http://0.0.0.0/", "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/", "http://localhost/", "http://localhost./", "http://LOCALHOST:8000/",
        "http://a.localhost/", "http://printer.local/", "http://wiki.corp.internal/", "http://nas.home.arpa/",
        "http://intranet/", "http://127.0.0.1./", "http://[::1", "http:///x", "",
    ],
)  # fmt: skip
def test_is_linkable_url_refuses_private_networks(url, settings):
    settings.FETCH_ALLOW_PRIVATE = False

    assert is_linkable_url(url) is False


@pytest.mark.parametrize(
    "url",
    ["https://example.org/", "http://8.8.8.8/", "http://[2001:4860:4860::8888]/", "https://localhost.example.org/"],
)
def test_is_linkable_url_accepts_public_addresses(url, settings):
    settings.FETCH_ALLOW_PRIVATE = False

    assert is_linkable_url(url) is True


def test_approve_refuses_a_link_into_a_private_network(digest, settings):
    lines = _carry(digest, "https://example.org/good", "http://10.1.2.3/wiki")
    settings.FETCH_ALLOW_PRIVATE = False
    boss = User.objects.create_user("boss")
    reason = f"The link of “{lines[1].title}” points to a private network. Remove this item."

    with override("en"), pytest.raises(ApprovalError, match=reason):
        approve_digest(digest)
    with override("en"), pytest.raises(ApprovalError, match=reason):
        edit.approve_digest_as_read(digest, seen=fingerprint_digest(digest), by=boss)
    digest.refresh_from_db()
    assert digest.state == Digest.State.IN_REVIEW
    lines[1].delete()
    assert approve_digest(digest).state == Digest.State.APPROVED


def test_approve_refuses_a_name_that_was_found_to_lead_into_a_private_network(digest):
    (line,) = _carry(digest, "https://inside.example.org/")
    Link.objects.create(url=line.url, state=Link.State.PRIVATE, asked_at=timezone.now())

    with pytest.raises(ApprovalError):
        approve_digest(digest)


def test_approve_accepts_a_dead_link_and_ignores_a_dropped_section(digest, settings):
    (line,) = _carry(digest, "https://example.org/dead")
    Link.objects.create(url=line.url, state=Link.State.DEAD, asked_at=timezone.now())
    dropped = _carry(digest, "http://10.1.2.3/")[0].section
    type(dropped).objects.filter(pk=dropped.pk).update(text="")
    settings.FETCH_ALLOW_PRIVATE = False

    assert approve_digest(digest).state == Digest.State.APPROVED


def test_clock_leaves_out_a_section_with_a_link_into_a_private_network(settings):
    publication = build.publication(when_nobody="clean", timezone="UTC", send_hour=8, language="en")
    day = dt.date(2026, 5, 22)
    digest = build.digest(
        publication, date=day, state=Digest.State.IN_REVIEW, built_at=dt.datetime(2026, 5, 22, 5, tzinfo=dt.UTC)
    )
    for url in ("https://example.org/good", "http://10.1.2.3/"):
        one = build.item(url=url)
        text = f"This section is about one paper.\n\n1. **[{one.title}]({one.url})** — {one.summary}"
        build.section(digest, build.category(), items=[one], text=text)
    settings.FETCH_ALLOW_PRIVATE = False

    assert auto_approve_due_digests(dt.datetime(2026, 5, 22, 7, 45, tzinfo=dt.UTC)) == [digest]
    assert [bool(section.text) for section in digest.sections.order_by("position")] == [True, False]
    assert digest.revisions.get(after="", what="text").why == "A link points to a private network"
