"""No token reaches a log, whoever writes the line."""

import logging
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from newsletter.redact import Redact
from newsletter.tokens import leave_url, make


def cleaned(message: str, *arguments: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, message, arguments, None)
    assert Redact().filter(record) is True
    return record.getMessage()


@pytest.mark.parametrize("path", ["m", "u", "c", "o", "a"])
def test_token_in_a_line_is_replaced(path: str) -> None:
    token = make("manage", 7, "abc")

    assert cleaned("Not Found: %s", f"/{path}/{token}/") == f"Not Found: /{path}/[token]/"
    assert cleaned(f"GET https://x.test/{path}/{token}/llm 404") == f"GET https://x.test/{path}/[token]/llm 404"


def test_line_without_a_token_stays() -> None:
    assert cleaned("Not Found: %s %d", "/papers/2026-05-22/", 404) == "Not Found: /papers/2026-05-22/ 404"


def test_every_handler_of_the_settings_redacts() -> None:
    handlers: dict[str, dict[str, Any]] = settings.LOGGING["handlers"]  # type: ignore[assignment] # a dict of dicts

    assert {name: handler["filters"] for name, handler in handlers.items()} == {"console": ["redact"]}


@pytest.mark.django_db
def test_log_of_a_page_that_is_not_there_has_no_token(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    token = leave_url(10**6, "abc").rpartition("/")[2]

    assert client.post(f"/u/{token}").status_code == 404

    assert capsys.readouterr().err.count(token) == 0
