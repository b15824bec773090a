"""Fetches a document by HTTP GET (`fetch_document`), or finds out how an address answers (`probe_url`).

Time, size after decompression and redirects are limited, every address on the way is checked, and neither proxies nor
cookies are used. Not here: which addresses are allowed (`ssrf_guard`), how often a host is asked (`host_rate`), and when
a source is visited (`collect`).
"""

import email.utils
import functools
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
from typing import Any, TypeVar
from urllib.parse import urljoin

import urllib3
from django.conf import settings
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection

from digests.sources.decompression import DecompressionError, decompress_body
from digests.sources.host_rate import wait_for_host
from digests.sources.source_problems import FetchProblem
from digests.sources.ssrf_guard import ResolvedURL, UnusableURLError, URLFault, resolve_url
from digests.text.messages import CodedError, MessageCode, make_message

MAX_REDIRECTS = 5
CHUNK_BYTES = 65_536  # the size limit is checked after each
MIN_CONNECT_SECONDS = 0.1  # also at the end of the time, since 0 would mean non-blocking
T = TypeVar("T")
_PERMANENT_REDIRECTS = {301, 308}
_REDIRECTS = {*_PERMANENT_REDIRECTS, 302, 303, 307}


class FetchError(CodedError):
    """An address that gave no document, for a reason that a person can read."""

    def __init__(
        self,
        code: MessageCode,
        *,
        retry_after: int = 0,
        fault: URLFault = URLFault.NONE,
        answered: int = 0,
        **params: Any,
    ) -> None:
        super().__init__(code, **params)
        self.retry_after = retry_after  # in seconds, as the server asked
        self.fault = fault
        self.answered = answered  # the status of the answer, 0 where there was none


@dataclass(frozen=True)
class FetchedDocument:
    """The document at an address; `url` is where the redirects ended.

    `moved_to` is where the permanent redirects led, up to the first temporary one; empty where that is the first.
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
    """How an address answers: `url` is where the redirects ended, `moved` whether one of them was permanent."""

    url: str
    status: int
    moved: bool = False

    @property
    def status_message(self) -> dict[str, Any]:
        """The answer's status as a message."""
        return make_message(FetchProblem.STATUS, status=_describe_status(self.status))


@dataclass(frozen=True)
class _Redirect:
    url: str
    permanent: bool


@dataclass
class _RedirectChain:
    """The redirects on the way to an answer."""

    start: str = ""
    moved: bool = False  # whether one of them was permanent
    moved_to: str = ""
    is_permanent: bool = True  # whether all of them were so far

    def add_place(self, url: str) -> None:
        """Add an address that is asked."""
        self.start = self.start or url
        if self.is_permanent:
            self.moved_to = url if url != self.start else ""

    def add_redirect(self, redirect: _Redirect) -> None:
        """Add a redirect that a place answered with."""
        self.moved = self.moved or redirect.permanent
        self.is_permanent = self.is_permanent and redirect.permanent


def fetch_document(url: str, *, etag: str = "", last_modified: str = "") -> FetchedDocument:
    """Return the document at an address, or raise FetchError.

    `etag` and `last_modified` are those of the last visit; where the server says that nothing changed since, the document
    is empty and `unchanged`.
    """
    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = _request_headers() | {name: value for name, value in conditions.items() if value}
    document, chain = _follow_redirects(url, headers, float(settings.FETCH_TIMEOUT), _read_document)
    return replace(document, moved_to=chain.moved_to)


def probe_url(url: str, *, seconds: float) -> ProbeResult:
    """Return how an address answers within `seconds`, without reading the body; FetchError where no answer comes."""
    headers = _request_headers() | {"Accept": "text/html, */*;q=0.8"}
    result, chain = _follow_redirects(url, headers, seconds, _read_status)
    return replace(result, moved=chain.moved)


def _follow_redirects(
    url: str, headers: dict[str, str], seconds: float, read: Callable[[ResolvedURL, HTTPResponse], T]
) -> tuple[T, _RedirectChain]:
    """Return what `read` makes of the answer where the redirects end, and the redirects."""
    seconds_left, chain = seconds, _RedirectChain()
    for _hop in range(MAX_REDIRECTS + 1):
        try:
            place = resolve_url(url)
        except UnusableURLError as error:
            raise FetchError(error.code, fault=error.fault, **error.params) from error
        chain.add_place(place.url)
        if not place.is_local:  # a server on this machine needs no sparing
            wait_for_host(place.host)
        started = time.monotonic()  # after the wait, which is ours and not the server's
        try:
            answer = _request_once(place, headers, seconds_left, read)
        except TimeoutError as error:
            raise FetchError(FetchProblem.TIMEOUT, seconds=max(1, round(seconds))) from error
        if not isinstance(answer, _Redirect):
            return answer, chain
        url = _join_location(place.url, answer.url)
        chain.add_redirect(answer)
        seconds_left -= time.monotonic() - started
    raise FetchError(FetchProblem.REDIRECTS, limit=MAX_REDIRECTS)


def _join_location(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:  # http://[::1
        raise FetchError(FetchProblem.BAD_ADDRESS, address=location[:200]) from error


@functools.cache
def _read_version() -> str:
    """Return the version of this program, from pyproject.toml: nothing is installed whose metadata would know it."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def _request_headers() -> dict[str, str]:
    return {
        "User-Agent": f"DailyInsights/{_read_version()} (+{settings.FETCH_CONTACT})",
        "Accept": "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, "
        "application/xml;q=0.9, text/html;q=0.8, */*;q=0.5",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
    }


def _request_once(
    place: ResolvedURL, headers: dict[str, str], seconds: float, read: Callable[[ResolvedURL, HTTPResponse], T]
) -> T | _Redirect:
    """Return what `read` makes of one place's answer, or the redirect it answers with; TimeoutError after `seconds`."""
    late = threading.Event()
    host = {"Host": place.netloc}  # the connection is made to an IP address
    try:
        with _open_connection(place, seconds, late) as connection:
            connection.request("GET", place.target, headers=headers | host, preload_content=False, decode_content=False)
            with closing(connection.getresponse()) as response:
                answer = _read_redirect(response) or read(place, response)
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise TimeoutError from error
        raise _classify_connection_error(error, place) from error
    if late.is_set():  # a cut connection looks like the regular end of a body without Content-Length
        raise TimeoutError
    return answer


@contextmanager
def _open_connection(place: ResolvedURL, seconds: float, late: threading.Event) -> Iterator[HTTPConnection]:
    """Yield a connection that is cut after `seconds`; a timeout per read would let a server drip bytes for hours."""
    wire = _open_socket(place, seconds)
    guard = wire.dup()  # wrapping in TLS detaches the first handle
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
    with suppress(OSError):  # the server has closed it already
        guard.shutdown(socket.SHUT_RDWR)


def _open_socket(place: ResolvedURL, seconds: float) -> socket.socket:
    """Connect to the first of the checked addresses that answers; each but the last gets half of the time left."""
    deadline = time.monotonic() + seconds
    for ip in place.ips[:-1]:
        with suppress(OSError):
            timeout = max(MIN_CONNECT_SECONDS, (deadline - time.monotonic()) / 2)
            return socket.create_connection((ip, place.port), timeout)
    return socket.create_connection((place.ips[-1], place.port), max(MIN_CONNECT_SECONDS, deadline - time.monotonic()))


def _read_redirect(response: HTTPResponse) -> _Redirect | None:
    location = response.headers.get("Location")
    if response.status not in _REDIRECTS or not location:
        return None
    return _Redirect(_decode_location(location), permanent=response.status in _PERMANENT_REDIRECTS)


def _read_status(place: ResolvedURL, response: HTTPResponse) -> ProbeResult:
    return ProbeResult(url=place.url, status=response.status)


def _read_document(place: ResolvedURL, response: HTTPResponse) -> FetchedDocument:
    status, headers = response.status, response.headers
    if status == http.HTTPStatus.NOT_MODIFIED:
        return FetchedDocument(url=place.url, body=b"", unchanged=True)
    if status not in {http.HTTPStatus.OK, http.HTTPStatus.NON_AUTHORITATIVE_INFORMATION}:
        retry_after = _parse_retry_after(headers.get("Retry-After", ""))
        raise FetchError(FetchProblem.STATUS, retry_after=retry_after, answered=status, status=_describe_status(status))
    try:
        body = decompress_body(_read_body(response), headers.get("Content-Encoding", ""), settings.FETCH_MAX_BYTES)
    except DecompressionError as error:
        raise FetchError(error.code, **error.params) from error
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
            raise FetchError(FetchProblem.TOO_LARGE, limit=settings.FETCH_MAX_BYTES)
    return bytes(body)


def _decode_location(location: str) -> str:
    # http.client reads headers as Latin-1, but servers also send addresses in UTF-8.
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def _storable_header(value: str, limit: int) -> str:
    """Return a header that will be sent back unchanged, or "" where it is too long to keep or not printable ASCII."""
    return value if len(value) <= limit and re.fullmatch(r"[\x20-\x7e]*", value) else ""


def _describe_status(status: int) -> str:
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _parse_retry_after(retry_after: str) -> int:
    """Return the seconds of a Retry-After header, which may be a number or a date; 0 where it is neither."""
    if retry_after.isdecimal():
        return int(retry_after[:6])
    try:
        until = email.utils.parsedate_to_datetime(retry_after).timestamp()
    except (ValueError, OverflowError):
        return 0
    return max(0, min(int(until - time.time()), 999_999))


def _classify_connection_error(error: Exception, place: ResolvedURL) -> FetchError:
    """Return what went wrong with a connection."""
    match error:
        case ssl.SSLCertVerificationError():
            return FetchError(FetchProblem.CERTIFICATE, host=place.host, why=error.verify_message)
        case ssl.SSLError():
            return (
                FetchError(FetchProblem.TLS, host=place.host, why=error.reason)
                if error.reason
                else FetchError(FetchProblem.NO_TLS, host=place.host)
            )
        case ConnectionRefusedError():
            return FetchError(FetchProblem.REFUSED, host=place.host, port=str(place.port))
        case urllib3.exceptions.ProtocolError() | http.client.HTTPException():
            return FetchError(FetchProblem.BROKEN_OFF, host=place.host)
        case OSError():
            return FetchError(FetchProblem.NO_CONNECTION, host=place.host, why=error.strerror or str(error))
        case _:
            return FetchError(FetchProblem.UNREADABLE, host=place.host)
