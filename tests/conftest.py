"""Fixtures and rules for every test: no network beyond this machine, and real servers for the tests marked for them.

A marked test whose server is missing fails and says what to install; it is never skipped.
"""

import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from django.conf import settings
from django.utils import translation
from playwright.sync_api import Browser, sync_playwright
from psycopg import sql

from newsletter.local_files import make_local_files
from tests import installed, services

GIVEN_SERVERS = ["DATABASE_URL", "REDIS_URL", "TEST_DATABASE_URL", "TEST_REDIS_URL"]
# Reserved names (RFC 2606, 6761): a lookup fails here as it does everywhere.
UNRESOLVABLE = (".test", ".invalid", ".example")
CHROMIUM_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def pytest_configure() -> None:
    """Make the local files as an entry point does; refuse the network by an audit hook, which no test can remove."""
    make_local_files()
    hosts = {urlsplit(os.environ.get(name, "")).hostname for name in GIVEN_SERVERS} - {None, ""}
    addresses = {info[4][0] for host in hosts for info in socket.getaddrinfo(host, None)}

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"socket.connect", "socket.sendto"} and isinstance(arguments[-1], tuple):
            _refuse_address(str(arguments[-1][0]), addresses)
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            _refuse_name(arguments[0], hosts | addresses)

    sys.addaudithook(refuse)


def _refuse_address(host: str, allowed: set[Any]) -> None:
    if host in allowed or host == "localhost":
        return
    if not _is_address(host) or not ipaddress.ip_address(host).is_loopback:
        pytest.fail(f"a test called {host}; tests stay on this machine")


def _refuse_name(host: str | bytes | None, allowed: set[Any]) -> None:
    name = host.decode() if isinstance(host, bytes) else host or ""
    if name.endswith(UNRESOLVABLE):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if name in allowed or name in {"", "localhost", socket.gethostname()} or _is_address(name):
        return
    pytest.fail(f"a test looked up {name}; tests stay on this machine")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def pytest_unconfigure() -> None:
    """Remove the folder that tests/settings.py has created."""
    folder = Path(settings.VAR_DIR)
    if folder.parent == Path(tempfile.gettempdir()):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """Begin in the language of the settings: a page of an earlier test may have activated another in this thread."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _own_marks() -> None:
    """Begin without marks of sent mailings: the rows of an earlier test had the same numbers."""
    shutil.rmtree(Path(settings.VAR_DIR) / "marks", ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Yield the installed Chromium, driven by Playwright; it reaches this machine only."""
    path = installed.chromium_path()
    if not path:
        pytest.fail(installed.install_hint(["Chromium"]))
    # Playwright's event loop runs in this thread; without this Django takes every query for one inside a coroutine.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[str]:
    with _given_or_private("TEST_REDIS_URL", "REDIS_URL", services.run_redis) as url:
        yield _own_redis_database(url)


@pytest.fixture
def redis_url(_redis_server: str) -> Iterator[str]:
    """Yield the URL of an empty Redis database that only this process uses."""
    with redis.Redis.from_url(_redis_server) as client:
        if client.dbsize():
            pytest.fail("REDIS_URL must lead to an empty database: the tests empty it")
        yield _redis_server
        client.flushdb()


@pytest.fixture(scope="session")
def _postgres_template() -> Iterator[str]:
    """Yield the URL of a migrated PostgreSQL database, which each test copies: a copy is faster than a migration."""
    with (
        _given_or_private("TEST_DATABASE_URL", "DATABASE_URL", services.run_postgres) as server,
        _database(server, f"test_daily_insights_template_{_worker()}") as url,
    ):
        _migrate(url)
        yield url


@pytest.fixture
def postgres_url(_postgres_template: str) -> Iterator[str]:
    """Yield the URL of a PostgreSQL database of the test's own, with tables and no rows, for processes that it starts."""
    template = urlsplit(_postgres_template).path.lstrip("/")
    with _database(_postgres_template, f"test_daily_insights_copy_{_worker()}", template=template) as url:
        yield url


@pytest.fixture(scope="session")
def empty_postgres_url(_postgres_template: str) -> Iterator[str]:
    """Return the URL of a PostgreSQL database without tables."""
    with _database(_postgres_template, f"test_daily_insights_empty_{_worker()}") as url:
        yield url


@contextmanager
def _given_or_private(ours: str, theirs: str, start: Any) -> Iterator[str]:
    """Yield the URL of a given server, or of one that is started for this process."""
    if url := installed.get_given_server(ours) or installed.get_given_server(theirs):
        yield url
        return
    try:
        with start() as url:
            yield url
    except services.ServiceError as error:
        pytest.fail(str(error))


@contextmanager
def _database(server: str, name: str, *, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a new database on `server`; drop it at the end, with any connections that are left."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    # A template with connections cannot be copied, so these statements run in the database that always exists.
    with psycopg.connect(urlunsplit(urlsplit(server)._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(create)
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(drop)


def _migrate(url: str) -> None:
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True)


def _own_redis_database(url: str) -> str:
    """Return the URL with a database number that only this worker uses."""
    parts = urlsplit(url)
    first = int(parts.path.lstrip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{first + int(_worker().removeprefix('gw'))}"))


def _worker() -> str:
    """Return the name of this process among those of pytest-xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0")
