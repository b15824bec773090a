"""No token reaches a log, from any logger; a machine that reads it finds fields."""

import json
import logging
import os
import subprocess
import sys
import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern

from newsletter.operations.logging import JsonFormatter, LineFormatter, RedactFilter, RefusedRequestFilter
from newsletter.subscribers.links import make_token, make_unsubscribe_url
from newsletter.urls import urlpatterns
from tests import environment
from tests.newsletter.site.page import STALE_LINK, status_and_heading


def cleaned(message: str, *arguments: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, message, arguments, None)
    assert RedactFilter().filter(record) is True
    return record.getMessage()


def test_every_link_of_the_site_is_known_to_the_log() -> None:
    routes = [str(one.pattern) for one in urlpatterns if isinstance(one, URLPattern) and "token" in str(one.pattern)]

    lines = [cleaned("Not Found: %s", f"/{route.lstrip('^')[0]}/{make_token('manage', 7, 'abc')}/") for route in routes]

    assert {line.count("/[token]/") for line in lines} == {1}
    assert len(lines) == 8


@pytest.mark.parametrize("path", ["m", "u", "c", "o", "a", "b", "n"])
def test_token_in_a_line_is_replaced(path: str) -> None:
    token = make_token("manage", 7, "abc")

    assert cleaned("Not Found: %s", f"/{path}/{token}/") == f"Not Found: /{path}/[token]/"
    assert cleaned(f"GET https://x.test/{path}/{token}/llm 404") == f"GET https://x.test/{path}/[token]/llm 404"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("waits: 550 5.1.1 <me@example.org>: no such user", "waits: 550 5.1.1 <[address]>: no such user"),
        ("GET /admin/newsletter/subscriber/?q=me%40example.org 200", "GET /admin/newsletter/subscriber/?[address] 200"),
        (
            "Key (lower(email::text))=(me@example.org) already exists.",
            "Key (lower(email::text))=([address]) already exists.",
        ),
        ("to bounces+me=example.org@news.example.org", "to [address]"),
        ("한글@example.org x", "[address] x"),
        ("claim=@ 5 @ 6", "claim=@ 5 @ 6"),
    ],
)
def test_address_in_a_line_is_replaced(said: str, left: str) -> None:
    assert cleaned(said) == left


def test_long_line_without_an_address_takes_no_time() -> None:
    began = time.perf_counter()
    cleaned("a" * 20_000 + " @")

    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("formatter", [LineFormatter("{message}", style="{"), JsonFormatter()])
def test_words_of_an_error_have_no_address_and_no_token(formatter: logging.Formatter) -> None:
    token = make_token("manage", 7, "abc")
    try:
        raise ValueError(f"550 <me@example.org> at /m/{token}/")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), sys.exc_info())

    line = formatter.format(record)

    assert [line.count(one) for one in ("550 <[address]> at /m/[token]/", "me@example.org", token)] == [1, 0, 0]


def test_line_without_a_token_stays() -> None:
    assert cleaned("Not Found: %s %d", "/papers/2026-05-22/", 404) == "Not Found: /papers/2026-05-22/ 404"


def test_every_handler_of_the_settings_redacts() -> None:
    handlers: dict[str, dict[str, Any]] = settings.LOGGING["handlers"]  # type: ignore[assignment] # a dict of dicts

    assert {name: handler["filters"] for name, handler in handlers.items()} == {"console": ["redact", "one_line"]}


@pytest.mark.django_db
def test_log_of_a_page_that_is_not_there_has_no_token(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    token = make_unsubscribe_url(10**6, "abc").rpartition("/")[2]

    assert status_and_heading(client.post(f"/u/{token}")) == STALE_LINK

    assert capsys.readouterr().err.count(token) == 0


def test_json_line_has_the_pairs_as_fields() -> None:
    record = logging.LogRecord(
        "newsletter.delivery.dispatch", logging.INFO, "", 0, "sent mailing=%d relay=%s", (7, "a:25"), None
    )
    record.created = 1_780_000_000.5

    assert json.loads(JsonFormatter().format(record)) == {
        "mailing": 7,
        "relay": "a:25",
        "time": "2026-05-28T20:26:40.500+00:00",
        "level": "INFO",
        "logger": "newsletter.delivery.dispatch",
        "message": "sent mailing=7 relay=a:25",
    }


def test_json_line_pairs_do_not_stand_for_what_the_record_is() -> None:
    record = logging.LogRecord("newsletter.delivery.dispatch", logging.INFO, "", 0, "level=low time=noon", (), None)

    found = json.loads(JsonFormatter().format(record))

    assert (found["level"], found["time"] != "noon") == ("INFO", True)


def test_json_line_has_nothing_that_is_attached_to_a_record() -> None:
    record = logging.LogRecord("celery.app.trace", logging.INFO, "", 0, "done", (), None)
    vars(record).update(data={"args": "('me@example.org',)"}, request="GET /m/", level="low", error="me@example.org")

    found = json.loads(JsonFormatter().format(record))

    assert {key: found[key] for key in sorted(found) if key != "time"} == {
        "level": "INFO",
        "logger": "celery.app.trace",
        "message": "done",
    }


def test_json_line_of_a_dict_is_redacted() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, {"to": "me@example.org", "n": 1}, (), None)
    RedactFilter().filter(record)

    assert json.loads(JsonFormatter().format(record))["message"] == "{'to': '[address]', 'n': 1}"


def test_json_line_of_a_round_second_has_its_milliseconds() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "done", (), None)
    record.created = 1_780_000_000

    assert json.loads(JsonFormatter().format(record))["time"] == "2026-05-28T20:26:40.000+00:00"


def test_json_line_keeps_an_error_on_its_line() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), sys.exc_info())

    line = JsonFormatter().format(record)

    assert (line.count("\n"), json.loads(line)["error"].splitlines()[-2:]) == (0, ["ValueError: two", "lines"])


def test_json_lines_come_out_of_a_command(tmp_path) -> None:
    variables = {"ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path), "LOG_FORMAT": "json", "PATH": os.environ["PATH"]}
    for command in (["migrate", "-v0"], ["send_due"]):
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=environment.ROOT,
            env=variables,
            capture_output=True,
            text=True,
            check=True,
        )

    assert all(json.loads(line)["level"] for line in done.stderr.splitlines())


def test_refused_request_is_one_line_whatever_its_cause_says() -> None:
    said = "Webhook called with invalid payload\njson.decoder.JSONDecodeError: line 1"
    record = logging.LogRecord("django.security.Anything", logging.ERROR, "", 0, "%s", (said,), None)

    assert RefusedRequestFilter().filter(record) is True
    assert record.getMessage() == "Webhook called with invalid payload json.decoder.JSONDecodeError: line 1"
