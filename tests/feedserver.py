"""A real HTTP server on a free port that serves a test's documents, well or badly, and records the requests."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FeedAnswer:
    """The response of one path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class FeedServer(ThreadingHTTPServer):
    """The server: each path has a FeedAnswer, or a function that gets the handler and writes the response itself."""

    daemon_threads = True
    block_on_close = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _FeedHandler)
        self.answers: dict[str, FeedAnswer | Callable[[Any], None]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        """The base address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        """The requested paths, in order."""
        return [path for path, _headers in self.asked]

    def serve(self, path: str, body: bytes | str, *, status: int = 200, **headers: str) -> str:
        """Answer a path with a body; content_type="text/html" is a header. Returns the address."""
        data = body.encode() if isinstance(body, str) else body
        self.answers[path] = FeedAnswer(data, status, {name.replace("_", "-"): text for name, text in headers.items()})
        return self.url + path

    def serve_with(self, path: str, write: Callable[[Any], None]) -> str:
        """Let a function answer a path; it is given the handler. Returns the address."""
        self.answers[path] = write
        return self.url + path

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        """Point a path to another address. Returns the address."""
        return self.serve(path, b"", status=status, location=location)

    def drip(self, path: str, *, head: bool = False) -> str:
        """Answer a byte every 50 ms without end; with `head` already the headers come so slowly."""

        def write(handler: Any) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"X: " if head else b"\r\n<rss>"))
            while not self.stopping.wait(0.05):
                handler.wfile.write(b"x")
                handler.wfile.flush()

        return self.serve_with(path, write)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing: clients of these tests hang up in the middle of a response."""


class _FeedHandler(BaseHTTPRequestHandler):
    server: FeedServer

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        answer = self.server.answers.get(self.path, FeedAnswer(status=404))
        with suppress(ConnectionError):
            if isinstance(answer, FeedAnswer):
                self._write(answer)
            else:
                answer(self)

    def _write(self, answer: FeedAnswer) -> None:
        etag, date = answer.headers.get("etag"), answer.headers.get("last-modified")
        same = (etag and self.headers.get("If-None-Match") == etag) or (
            date and self.headers.get("If-Modified-Since") == date
        )
        self.send_response(304 if same else answer.status)
        for name, text in answer.headers.items():
            self.send_header(name, text)
        if "content-length" not in answer.headers:
            self.send_header("Content-Length", "0" if same else str(len(answer.body)))
        self.end_headers()
        if not same:
            self.wfile.write(answer.body)

    def log_message(self, *_args: Any) -> None:
        """Log nothing."""


@contextmanager
def feed_server() -> Iterator[FeedServer]:
    """Run a server for the length of a block."""
    server = FeedServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def rss(*items: str, title: str = "A feed") -> str:
    """Return an RSS document around some items."""
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'


def rss_item(title: str, link: str, *, guid: str = "", date: str = "", description: str = "") -> str:
    """Return one item of RSS."""
    parts = {"guid": guid, "pubDate": date, "description": description}
    return (
        f"<item><title>{title}</title><link>{link}</link>"
        + "".join(f"<{name}>{text}</{name}>" for name, text in parts.items() if text)
        + "</item>"
    )


def gzip_body(body: str) -> bytes:
    """Return a body as gzip without a time in it, since the names of parametrized tests contain it."""
    return gzip.compress(body.encode(), mtime=0)
