"""A site that runs, with the addresses of its links leading to it, and its mail in a folder."""

import email
import email.policy
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def site(live_server: LiveServer, settings: Settings, tmp_path: Path) -> str:
    """Return the address of the running site."""
    cache.clear()
    settings.SITE_URL = live_server.url
    settings.EMAIL_BACKEND = "newsletter.transport.eml_backend.EmailBackend"
    settings.EMAIL_OUTBOX_DIR = tmp_path
    return str(live_server.url)


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page in a browser profile of its own.

    All are closed before the site stops: an open connection would keep a thread of the server, and with it the database.
    """
    contexts = []

    def open_page(**options: Any) -> Page:
        contexts.append(chromium.new_context(base_url=site, **options))
        contexts[-1].set_default_timeout(10_000)
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def mailbox(tmp_path: Path) -> Callable[[], list[EmailMessage]]:
    """Return a function that takes the new messages out of the folder, oldest first."""

    def take() -> list[EmailMessage]:
        found = []
        for path in sorted(tmp_path.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
            found.append(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
            path.unlink()
        return found

    return take
