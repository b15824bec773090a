"""An address -> the bytes behind it (`fetch`), or only how it answers (`probe`), by one polite GET that cannot be led astray.

Limits on time, size (after unpacking) and redirects; every place on the way is checked, and no proxy or cookie is
used. Which places are allowed is told in `digests.sources.ssrf_guard`, how often in `digests.sources.host_rate`, and when in `digests.sources.collect`.
"""

import email.utils
import http
import http.client
import re
import socket
import ssl
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urljoin

import urllib3
from django.conf import settings
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection

from digests.sources.decompression import DecompressionError, decompress_body
from digests.sources.host_rate import wait_for_host
from digests.sources.ssrf_guard import ResolvedURL, UnusableURLError, URLFault, resolve_url

MAX_REDIRECTS = 5
CHUNK_BYTES = 65_536
T = TypeVar("T")
_PERMANENT_REDIRECTS = {301, 308}
_REDIRECTS = {*_PERMANENT_REDIRECTS, 302, 303, 307}
_VERSION = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


class FetchError(Exception):
    """An address that gave nothing to read; the text tells a person why."""

    def __init__(self, reason: str, *, retry_after: int = 0, fault: URLFault = "", status: int = 0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after  # seconds that the server asked for
        self.fault = fault
        self.status = status  # of the answer, where there was one


@dataclass(frozen=True)
class FetchedDocument:
    """What an address answered; `url` is where the redirects ended.

    `moved_to` is where those led that are for good, up to the first that is not; empty where the first is none.
    """

    url: str
    body: bytes
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False
    moved_to: str = ""


@dataclass(frozen=True)
class ProbeResult:
    """How an address answers: `url` is where the redirects ended, `moved` whether one of them was for good."""

    url: str
    status: int
    moved: bool = False

    @property
    def refusal(self) -> str:
        """The status in words."""
        return _describe_status(self.status)


@dataclass(frozen=True)
class _Redirect:
    """A redirect."""

    url: str
    for_good: bool


@dataclass
class _RedirectChain:
    """The redirects on the way to an answer."""

    start: str = ""
    moved: bool = False  # one of them was for good
    moved_to: str = ""
    is_for_good: bool = True  # all of them were

    def pass_by(self, place: str) -> None:
        """Note a place that was asked."""
        self.start = self.start or place
        if self.is_for_good:
            self.moved_to = place if place != self.start else ""

    def go_on(self, onward: _Redirect) -> None:
        """Note a redirect."""
        self.moved = self.moved or onward.for_good
        self.is_for_good = self.is_for_good and onward.for_good


def fetch_document(url: str, *, etag: str = "", last_modified: str = "") -> FetchedDocument:
    """Return the document at an address; `unchanged` and empty where the server knows that we have it already."""
    asked = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = _request_headers() | {name: value for name, value in asked.items() if value}
    found, way = _follow_redirects(url, headers, float(settings.FETCH_TIMEOUT), _read_document)
    return replace(found, moved_to=way.moved_to)


def probe_url(url: str, *, seconds: float) -> ProbeResult:
    """Return how an address answers; of what it says nothing is read. FetchError where nobody answers."""
    seen, way = _follow_redirects(url, _request_headers() | {"Accept": "text/html, */*;q=0.8"}, seconds, _read_status)
    return replace(seen, moved=way.moved)


def _follow_redirects(
    url: str, headers: dict[str, str], seconds: float, read: Callable[[ResolvedURL, HTTPResponse], T]
) -> tuple[T, _RedirectChain]:
    """Return what is read where the redirects end, and what they were."""
    left, way = seconds, _RedirectChain()
    for _hop in range(MAX_REDIRECTS + 1):
        try:
            place = resolve_url(url)
        except UnusableURLError as error:
            raise FetchError(str(error), fault=error.fault) from error
        way.pass_by(place.url)
        if not place.is_local:
            wait_for_host(place.host)
        started = time.monotonic()
        try:
            answer = _request_once(place, headers, left, read)
        except TimeoutError as error:
            raise FetchError(f"no complete answer within {seconds:g} s") from error
        if not isinstance(answer, _Redirect):
            return answer, way
        url = _join_location(place.url, answer.url)
        way.go_on(answer)
        left -= time.monotonic() - started
    raise FetchError(f"more than {MAX_REDIRECTS} redirects")


def _join_location(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:  # http://[::1
        raise FetchError(f"not an http(s) address that may be visited: {location[:200]!r}") from error


def _request_headers() -> dict[str, str]:
    return {
        "User-Agent": f"DailyInsights/{_VERSION} (+{settings.FETCH_CONTACT})",
        "Accept": "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, "
        "application/xml;q=0.9, text/html;q=0.8, */*;q=0.5",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
    }


def _request_once(
    place: ResolvedURL, headers: dict[str, str], seconds: float, read: Callable[[ResolvedURL, HTTPResponse], T]
) -> T | _Redirect:
    """Ask one place; return what is read of its answer, or where it points on to. TimeoutError where it takes too long."""
    late = threading.Event()
    own = {"Host": place.netloc}
    try:
        with _open_connection(place, seconds, late) as connection:
            connection.request("GET", place.target, headers=headers | own, preload_content=False, decode_content=False)
            with closing(connection.getresponse()) as response:
                answer = _read_redirect(response) or read(place, response)
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise TimeoutError from error
        raise FetchError(_describe_connection_error(error, place)) from error
    if late.is_set():  # a connection that was cut looks like the end of a body without a length
        raise TimeoutError
    return answer


@contextmanager
def _open_connection(place: ResolvedURL, seconds: float, late: threading.Event) -> Iterator[HTTPConnection]:
    """Yield a connection that is cut when the time is over, however slowly the bytes drip."""
    wire = _open_socket(place, seconds)
    guard = wire.dup()  # TLS takes the first handle away
    timer = threading.Timer(seconds, _cut_connection, (guard, late))
    timer.start()
    try:
        with closing(HTTPConnection(place.host, place.port, timeout=seconds)) as connection:
            connection.sock = wire
            if place.scheme == "https":
                connection.sock = ssl.create_default_context().wrap_socket(wire, server_hostname=place.host)
            yield connection
    finally:
        timer.cancel()
        timer.join()
        guard.close()
        wire.close()


def _cut_connection(guard: socket.socket, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):  # the other side was faster
        guard.shutdown(socket.SHUT_RDWR)


def _open_socket(place: ResolvedURL, seconds: float) -> socket.socket:
    """Connect to the first of the checked addresses that answers."""
    deadline = time.monotonic() + seconds
    for ip in place.ips[:-1]:
        with suppress(OSError):
            return socket.create_connection((ip, place.port), max(0.1, (deadline - time.monotonic()) / 2))
    return socket.create_connection((place.ips[-1], place.port), max(0.1, deadline - time.monotonic()))


def _read_redirect(response: HTTPResponse) -> _Redirect | None:
    location = response.headers.get("Location")
    if response.status not in _REDIRECTS or not location:
        return None
    return _Redirect(_decode_location(location), for_good=response.status in _PERMANENT_REDIRECTS)


def _read_status(place: ResolvedURL, response: HTTPResponse) -> ProbeResult:
    return ProbeResult(url=place.url, status=response.status)


def _read_document(place: ResolvedURL, response: HTTPResponse) -> FetchedDocument:
    status, headers = response.status, response.headers
    if status == http.HTTPStatus.NOT_MODIFIED:
        return FetchedDocument(url=place.url, body=b"", unchanged=True)
    if status not in {http.HTTPStatus.OK, http.HTTPStatus.NON_AUTHORITATIVE_INFORMATION}:
        raise FetchError(
            _describe_status(status), retry_after=_parse_retry_after(headers.get("Retry-After", "")), status=status
        )
    try:
        body = decompress_body(_read_body(response), headers.get("Content-Encoding", ""), settings.FETCH_MAX_BYTES)
    except DecompressionError as error:
        raise FetchError(str(error)) from error
    return FetchedDocument(
        url=place.url,
        body=body,
        content_type=headers.get("Content-Type", "")[:200],
        etag=_storable_header(headers.get("ETag", ""), 500),
        last_modified=_storable_header(headers.get("Last-Modified", ""), 100),
    )


def _read_body(response: HTTPResponse) -> bytes:
    body = bytearray()
    for chunk in response.stream(CHUNK_BYTES, decode_content=False):
        body += chunk
        if len(body) > settings.FETCH_MAX_BYTES:
            raise FetchError(f"the document is larger than {settings.FETCH_MAX_BYTES:,} bytes")
    return bytes(body)


def _decode_location(location: str) -> str:
    """Headers are read as Latin-1; an address in them may be UTF-8."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def _storable_header(value: str, limit: int) -> str:
    """Return a header that is to be sent back as it came, or "" where that may not be: a part of it would never fit."""
    return value if len(value) <= limit and re.fullmatch(r"[\x20-\x7e]*", value) else ""


def _describe_status(status: int) -> str:
    try:
        return f"the server answered {status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return f"the server answered {status}"


def _parse_retry_after(retry_after: str) -> int:
    """Return how long a server asks us to stay away: in seconds, or until a date."""
    if retry_after.isdecimal():
        return int(retry_after[:6])
    try:
        until = email.utils.parsedate_to_datetime(retry_after).timestamp()
    except (ValueError, OverflowError):
        return 0
    return max(0, min(int(until - time.time()), 999_999))


def _describe_connection_error(error: Exception, place: ResolvedURL) -> str:
    """Say in a line what went wrong on the way."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate of {place.host} is not valid: {error.verify_message}"
        case ssl.SSLError():
            return f"no secure connection to {place.host}: {error.reason or 'the server does not speak TLS'}"
        case ConnectionRefusedError():
            return f"{place.host} takes no connection on port {place.port}"
        case urllib3.exceptions.ProtocolError() | http.client.HTTPException():
            return f"{place.host} broke off the answer, or it is not HTTP"
        case OSError():
            return f"no connection to {place.host}: {error.strerror or error}"
        case _:
            return f"the answer of {place.host} cannot be read"
