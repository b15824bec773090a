"""The commands collect and try_source as a person uses them: output and exit codes."""

import datetime as dt
import json
import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from digests.models import Collection, Item
from tests import build, environment
from tests.feedserver import feed_server, rss, rss_item

pytestmark = pytest.mark.django_db

FEED = rss(
    rss_item(
        "A <![CDATA[<b>bold</b>]]> title", "https://arxiv.org/abs/2605.00001v1", date="Fri, 22 May 2026 18:00:00 +0900", description="An abstract."
    ),
    rss_item("No link", "javascript:alert(1)"),
)  # fmt: skip


@pytest.fixture
def server():
    with feed_server() as running:
        yield running


def test_collect_prints_a_line_for_each_source(server, capsys):
    build.source("good", url=server.serve("/feed", FEED), max_age_days=0)
    build.source("broken", url=server.url + "/missing")
    call_command("collect")
    assert capsys.readouterr().out.splitlines() == [
        "good: 2 entries, 1 new, 0 duplicates, 0 known, 1 skipped: without a usable link",
        "broken: error: The server responded with 404 Not Found",
    ]


def test_collect_says_when_nothing_is_due(capsys):
    build.source("later", next_fetch_at=dt.datetime(2099, 1, 1, 12, tzinfo=dt.UTC))
    call_command("collect")
    assert capsys.readouterr().out == "No sources are due. Next: later at 2099-01-01 12:00 UTC.\n"


def test_collect_says_when_there_is_no_source(capsys):
    call_command("collect")
    assert capsys.readouterr().out == "No sources are enabled.\n"


def test_collect_visits_the_named_source_at_once(server, capsys):
    build.source("other", url=server.url + "/other")
    build.source(
        "named",
        url=server.serve("/feed", FEED),
        next_fetch_at=timezone.now() + dt.timedelta(hours=1),
        enabled=False,
        max_age_days=0,
    )
    call_command("collect", "--source", "named")
    assert capsys.readouterr().out == (
        "named: 2 entries, 1 new, 0 duplicates, 0 known, 1 skipped: without a usable link\n"
    )
    assert server.paths == ["/feed"]


def test_collect_exits_1_where_the_named_source_failed(server, capsys):
    build.source("broken", url=server.url + "/missing")
    with pytest.raises(SystemExit) as stopped:
        call_command("collect", "--source", "broken")
    assert (stopped.value.code, capsys.readouterr().out) == (
        1,
        "broken: error: The server responded with 404 Not Found\n",
    )


def test_collect_names_the_sources_there_are():
    build.source("beta")
    build.source("alpha")
    with pytest.raises(CommandError, match=r"^No source “gamma”. Available: alpha, beta.$"):
        call_command("collect", "--source", "gamma")
    assert Collection.objects.count() == 0


def test_try_source_prints_a_json_line_per_entry(server, capsys):
    call_command("try_source", server.serve("/feed", FEED), "--json")
    printed = capsys.readouterr()
    assert [json.loads(line) for line in printed.out.splitlines()] == [
        {
            "title": "A bold title",
            "url": "https://arxiv.org/abs/2605.00001v1",
            "summary": "An abstract.",
            "published": "2026-05-22T09:00:00+00:00",
            "authors": [],
            "arxiv_id": "2605.00001",
            "refused": "older than 7 days",
        },
    ]
    assert printed.err == "Left out 1 entry without a usable link.\n"
    assert Item.objects.count() == 0


def test_try_source_prints_a_table_for_people(server, capsys):
    call_command("try_source", server.serve("/feed", FEED))
    assert capsys.readouterr().out == (
        "  1. A bold title\n"
        "     2026-05-22 09:00  https://arxiv.org/abs/2605.00001v1\n"
        "     skipped: older than 7 days\n"
        "     An abstract.\n"
        "  2. No link\n"
        "     no date           (no link)\n"
        "     skipped: without a usable link\n"
        "2 entries, 2 skipped: 1 without a usable link, 1 older than 7 days\n"
    )


@pytest.mark.parametrize(("days", "last"), [("0", "3 entries"), ("7", "3 entries, 3 skipped: older than 7 days")])
def test_try_source_judges_by_the_age_that_is_allowed(server, capsys, settings, days, last):
    items = [rss_item(f"Story {n}", f"https://example.org/{n}", date="2015-01-01") for n in range(3)]
    call_command("try_source", server.serve("/feed", rss(*items)), "--max-age-days", days)
    assert capsys.readouterr().out.splitlines()[-1] == last


def test_try_source_leaves_out_what_leads_nowhere(server, capsys, settings):
    links = ["javascript:x", "", "mailto:a@example.org", "http://[::1"]
    items = [rss_item(f"Story {n}", link) for n, link in enumerate(links)] + [rss_item("", "https://example.org/1")]
    call_command("try_source", server.serve("/feed", rss(*items)), "--json")
    printed = capsys.readouterr()
    assert [json.loads(line)["refused"] for line in printed.out.splitlines()] == ["without a title"]
    assert printed.err == "Left out 4 entries without a usable link.\n"


def test_try_source_says_where_an_address_has_moved_to(server, capsys):
    server.serve("/new", rss(rss_item("Story", "https://example.org/1")))
    call_command("try_source", server.redirect("/old", "/new", 301))
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "1 entry",
        f"This address has moved permanently to {server.url}/new",
    ]


def test_try_source_takes_selectors_for_a_page(server, capsys):
    url = server.serve("/", "<article><h3><a href='/1'>제목</a></h3><p>요약</p></article>")
    call_command("try_source", url, "--title", "h3 a", "--summary", "p", "--json")
    (line,) = capsys.readouterr().out.splitlines()
    assert line == (
        f'{{"title": "제목", "url": "{server.url}/1", "summary": "요약", "published": null, "authors": [], "arxiv_id": ""}}'
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["{server}/missing"], "The server responded with 404 Not Found"),
        (["{server}/page"], "This is a web page, not a feed. Change the type to “Web page” and add selectors"),
        (["{server}/page", "--kind", "huggingface"], "The JSON is damaged"),
        (["{server}/page", "--title", "h1"], "The “title” selector finds nothing on the page: h1"),
        (["feed.xml"], "This address can’t be fetched. Enter an http or https address: feed.xml"),
        (["http://nowhere.invalid/"], "Host not found: nowhere.invalid"),
    ],
)
def test_try_source_exits_2_with_one_line_of_reason(server, capsys, arguments, reason):
    server.serve("/page", "<html><body>x</body></html>")
    with pytest.raises(SystemExit) as stopped:
        call_command("try_source", *[argument.format(server=server.url) for argument in arguments])
    printed = capsys.readouterr()
    assert (stopped.value.code, printed.out, printed.err) == (2, "", reason + "\n")


def test_try_source_ends_quietly_where_nobody_reads_on(server, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "manage.py", "try_source", server.serve("/feed", FEED)],
        cwd=environment.ROOT,
        env=os.environ | {"ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path), "FETCH_ALLOW_PRIVATE": "1"},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
