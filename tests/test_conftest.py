"""The test fixtures themselves: no network beyond this machine, real servers, rows of each test's own."""

import socket
import subprocess
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from playwright.sync_api import Browser

from tests import services


def test_network_beyond_this_machine_is_refused():
    # 192.0.2.0/24 is set aside for documentation: nobody is called even where the guard is broken.
    with socket.socket() as client, pytest.raises(pytest.fail.Exception) as caught:
        client.connect(("192.0.2.1", 80))

    assert str(caught.value) == "a test called 192.0.2.1; tests stay on this machine"


def test_network_name_is_not_looked_up():
    with pytest.raises(pytest.fail.Exception) as caught:
        socket.create_connection(("daily-insights.local", 80))

    assert str(caught.value) == "a test looked up daily-insights.local; tests stay on this machine"


def test_network_reserved_name_does_not_resolve():
    with pytest.raises(socket.gaierror) as caught:
        socket.create_connection(("feeds.test", 80))

    assert caught.value.errno == socket.EAI_NONAME


def test_network_on_this_machine_is_open():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


@pytest.mark.services
@pytest.mark.parametrize("_twice", [1, 2])
def test_redis_url_leads_to_an_empty_database(redis_url, _twice):
    with redis.Redis.from_url(redis_url) as client:
        client.set("left", "behind")

        assert client.keys() == [b"left"]


@pytest.mark.services
@pytest.mark.parametrize("_twice", [1, 2])
def test_postgres_url_leads_to_tables_without_rows(postgres_url, _twice):
    with closing(psycopg.connect(postgres_url, autocommit=True)) as connection:
        connection.execute(
            "INSERT INTO newsletter_suppression (email, reason, detail, created_at) VALUES ('a@b.c', '', '', now())"
        )

        assert connection.execute("SELECT count(*) FROM newsletter_suppression").fetchone() == (1,)


@pytest.mark.services
def test_services_leave_nothing_behind():
    folder = Path(settings.BASE_DIR) / "var" / "services"
    with services.run_redis() as url:
        before = {path.name for path in folder.glob("redis-*")}
        with redis.Redis.from_url(url) as client:
            process = client.info("server")["process_id"]

    assert subprocess.run(["ps", "-p", str(process)], capture_output=True, check=False).returncode == 1
    assert len(before - {path.name for path in folder.glob("redis-*")}) == 1


@pytest.mark.browser
def test_chromium_opens_a_page_of_this_machine_alone(chromium: Browser):
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<title>Here</title>")

        def log_message(self, *_arguments: object):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = chromium.new_page()

    page.goto(f"http://localhost:{server.server_port}/")

    assert page.title() == "Here"
    page.close()
    server.shutdown()
    server.server_close()
