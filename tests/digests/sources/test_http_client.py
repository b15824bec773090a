"""The HTTP client against a real server that behaves well, badly, or not at all."""

import gzip
import time
import zlib

import pytest

from digests.sources.decompression import DecompressionError, decompress_body
from digests.sources.http_client import FetchError, fetch_document
from digests.sources.ssrf_guard import is_public_ip
from tests.feedserver import closed_port, feed_server, gzip_body


@pytest.fixture
def server():
    with feed_server() as running:
        yield running


def test_fetch_brings_body_and_headers(server):
    url = server.serve(
        "/feed.xml", "<rss/>", content_type="text/xml", etag='"1"', last_modified="Fri, 22 May 2026 09:00:00 GMT"
    )
    found = fetch_document(url)
    assert (found.url, found.body, found.content_type, found.etag, found.last_modified, found.unchanged) == (
        url, b"<rss/>", "text/xml", '"1"', "Fri, 22 May 2026 09:00:00 GMT", False,
    )  # fmt: skip


def test_fetch_sends_a_user_agent_with_a_contact(server, settings):
    settings.FETCH_CONTACT = "https://news.example.org"
    fetch_document(server.serve("/", "x"))
    headers = server.asked[0][1]
    assert (headers["User-Agent"], headers["Host"], headers.get("Cookie")) == (
        "DailyInsights/0.1.0 (+https://news.example.org)",
        f"127.0.0.1:{server.server_port}",
        None,
    )


def test_fetch_asks_for_path_and_query_as_they_stand(server):
    server.serve("/a%20b?x=1&y=%ED%95%9C", "x")
    fetch_document(server.url + "/a b?x=1&y=한#part")
    assert server.paths == ["/a%20b?x=1&y=%ED%95%9C"]


def test_fetch_of_a_known_document_is_unchanged(server):
    url = server.serve("/", "x", etag='"1"', last_modified="Fri, 22 May 2026 09:00:00 GMT")
    by_etag, by_date = (
        fetch_document(url, etag='"1"'),
        fetch_document(url, last_modified="Fri, 22 May 2026 09:00:00 GMT"),
    )
    assert [(found.unchanged, found.body) for found in (by_etag, by_date)] == [(True, b"")] * 2
    assert fetch_document(url, etag='"0"').body == b"x"


def test_fetch_drops_a_validator_that_is_too_long(server):
    assert fetch_document(server.serve("/", "x", etag=f'"{"e" * 600}"')).etag == ""


def test_fetch_ignores_proxies(server, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    assert fetch_document(server.serve("/", "x")).body == b"x"


def test_fetch_follows_redirects(server):
    server.redirect("/1", "/2", 301)
    server.redirect("/2", "3?x=1", 307)
    server.serve("/3?x=1", "x")
    assert fetch_document(server.url + "/1").url == server.url + "/3?x=1"


@pytest.mark.parametrize(
    ("statuses", "moved_to"),
    [
        ([301], "/1"), ([308], "/1"), ([301, 308], "/2"), ([301, 302], "/1"), ([301, 302, 301], "/1"),
        ([302], ""), ([302, 301], ""), ([307, 308], ""), ([], ""),
    ],
)  # fmt: skip
def test_fetch_returns_where_permanent_redirects_lead(server, statuses, moved_to):
    for hop, status in enumerate(statuses):
        server.redirect(f"/{hop}", f"/{hop + 1}", status)
    server.serve(f"/{len(statuses)}", "x")
    found = fetch_document(server.url + "/0")
    assert (found.moved_to, found.url) == (moved_to and server.url + moved_to, f"{server.url}/{len(statuses)}")


def test_fetch_refuses_a_sixth_redirect(server):
    for hop in range(6):
        server.redirect(f"/{hop}", f"/{hop + 1}")
    with pytest.raises(FetchError, match=r"^Too many redirects \(more than 5\)$"):
        fetch_document(server.url + "/0")
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd", "ftp://example.org/", "http://user:pass@127.0.0.1/", "javascript:x", "http://[::1",
        "//[", "http://[x]/", "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://\u2100.example/".encode().decode("latin-1"), "http://" + "x" * 3000,
    ],
)  # fmt: skip
def test_fetch_refuses_a_redirect_to_something_else(server, location):
    with pytest.raises(FetchError, match=r"^This address can’t be fetched. Enter an http or https address: "):
        fetch_document(server.redirect("/", location))


def test_fetch_refuses_private_addresses(server, settings):
    settings.FETCH_ALLOW_PRIVATE = False
    with pytest.raises(
        FetchError, match=r"^127.0.0.1 is on a private network \(127.0.0.1\). To allow it, set FETCH_ALLOW_PRIVATE=1$"
    ):
        fetch_document(server.serve("/", "x"))
    assert server.asked == []


@pytest.mark.parametrize("host", ["localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_fetch_refuses_this_machine_in_every_spelling(settings, host):
    settings.FETCH_ALLOW_PRIVATE = False
    with pytest.raises(FetchError, match=r"is on a private network"):
        fetch_document(f"http://{host}:{closed_port()}/")


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("192.168.1.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("192.0.0.8", False),
        ("192.0.0.200", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("fec0::1", False),
        ("64:ff9b:1::1", False),
        ("2001:20::1", False),
        ("2001:2::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("::ffff:192.0.0.8", False),
        ("2001:4860:4860::8888", True),
    ],
)
def test_is_public_ip_knows_every_range(ip, public):
    assert is_public_ip(ip) is public


@pytest.mark.parametrize("head", [False, True], ids=["body", "headers"])
def test_fetch_stops_a_slow_drip(server, settings, head):
    settings.FETCH_TIMEOUT = 1
    started = time.monotonic()
    with pytest.raises(FetchError, match=r"^Timed out after 1 second$"):
        fetch_document(server.drip("/", head=head))
    assert 0.9 < time.monotonic() - started < 3


def test_fetch_stops_a_silent_server(server, settings):
    settings.FETCH_TIMEOUT = 1
    with pytest.raises(FetchError, match=r"^Timed out after 1 second$"):
        fetch_document(server.serve_with("/", lambda _handler: server.stopping.wait(5)))


def test_fetch_counts_the_time_of_all_redirects(server, settings):
    settings.FETCH_TIMEOUT = 1

    def slow(handler):
        server.stopping.wait(0.4)
        handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")

    started = time.monotonic()
    with pytest.raises(FetchError, match=r"^Timed out after 1 second$"):
        fetch_document(server.serve_with("/", slow))
    assert time.monotonic() - started < 2


def test_fetch_refuses_a_body_that_is_too_large(server, settings):
    settings.FETCH_MAX_BYTES = 1000
    assert len(fetch_document(server.serve("/", "x" * 1000)).body) == 1000
    with pytest.raises(FetchError, match=r"^The document is larger than 1,000 bytes$"):
        fetch_document(server.serve("/", "x" * 1001))


def test_fetch_decompresses_a_body(server):
    plain = b"<rss>" + b"x" * 1000
    assert fetch_document(server.serve("/1", gzip.compress(plain), content_encoding="gzip")).body == plain
    assert fetch_document(server.serve("/2", gzip.compress(plain))).body == plain
    assert fetch_document(server.serve("/3", zlib.compress(plain), content_encoding="deflate")).body == plain
    assert fetch_document(server.serve("/4", zlib.compress(plain)[2:-4], content_encoding="deflate")).body == plain
    assert fetch_document(server.serve("/5", plain, content_encoding="deflate")).body == plain
    assert fetch_document(server.serve("/6", plain, content_encoding="gzip")).body == plain
    assert (
        fetch_document(server.serve("/7", gzip.compress(gzip.compress(plain)), content_encoding="gzip")).body == plain
    )


def test_fetch_refuses_a_bomb(server, settings):
    settings.FETCH_MAX_BYTES = 1_000_000
    bomb = gzip.compress(b" " * 20_000_000)
    for number, body in enumerate((bomb, gzip.compress(bomb), gzip.compress(b" " * 600_000) * 2)):
        with pytest.raises(FetchError, match=r"^The document is larger than [\d,]+ bytes when unpacked$"):
            fetch_document(server.serve(f"/{number}", body, content_encoding="gzip"))


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (gzip_body("x" * 5000)[:-20], "gzip", "The compressed response is incomplete"),
        (gzip_body("x" * 5000)[:-8] + b"12345678", "gzip", "The compressed response is damaged"),
        (b"\x07\x02\x03", "deflate", "The compressed response is damaged"),
        (b"anything", "br", "The response is compressed in an unknown way: br"),
    ],
)
def test_decompress_refuses_half_a_document(body, encoding, reason):
    with pytest.raises(DecompressionError, match=f"^{reason}$"):
        decompress_body(body, encoding, 10_000)


def test_decompress_reads_a_body_of_several_members():
    parts = gzip_body("") * 3 + b"".join(gzip_body(f"part {n}, ") for n in range(200)) + b"\0" * 10
    assert decompress_body(parts, "gzip", 10_000).decode() == "".join(f"part {n}, " for n in range(200))


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (gzip_body("") * 300_000, "", r"The compressed response has too many parts \(more than 1,000\)"),
        (gzip_body("") * 300_000, "gzip", r"The compressed response has too many parts \(more than 1,000\)"),
        (gzip_body("x") * 1_001, "gzip", r"The compressed response has too many parts \(more than 1,000\)"),
        (b"x", "deflate, " * 1_000 + "gzip", r"The response is compressed too many times \(more than 3\)"),
    ],
    ids=["unsaid", "empty", "small", "layers"],
)
def test_decompress_is_quick_to_refuse_a_body_that_is_made_to_cost_time(body, encoding, reason):
    started = time.process_time()
    with pytest.raises(DecompressionError, match=f"^{reason}$"):
        decompress_body(body, encoding, 10_000_000)
    assert time.process_time() - started < 1


def test_decompress_ignores_padding():
    assert decompress_body(gzip_body("x") + b"\0" * 10, "gzip", 10) == b"x"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, "404 Not Found"),
        (410, "410 Gone"),
        (429, "429 Too Many Requests"),
        (500, "500 Internal Server Error"),
        (799, "799"),
    ],
)
def test_fetch_names_the_status(server, status, reason):
    with pytest.raises(FetchError, match=f"^The server responded with {reason}$"):
        fetch_document(server.serve("/", "<rss/>", status=status))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("99999999999999999999", 999999),
        ("soon", 0),
        ("Fri, 22 May 2026 09:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 999999),
    ],
)
def test_fetch_error_has_the_seconds_of_retry_after(server, header, seconds):
    with pytest.raises(FetchError) as caught:
        fetch_document(server.serve("/", "", status=503, retry_after=header))
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
            "127.0.0.1 closed the connection, or isn’t an HTTP server",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "127.0.0.1 closed the connection, or isn’t an HTTP server",
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "127.0.0.1 closed the connection, or isn’t an HTTP server"),
        (b"", "127.0.0.1 closed the connection, or isn’t an HTTP server"),
        (
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
            "127.0.0.1 closed the connection, or isn’t an HTTP server",
        ),
    ],
    ids=["short", "chunks", "ssh", "nothing", "headers"],
)
def test_fetch_names_a_broken_answer(server, raw, reason):
    with pytest.raises(FetchError, match=f"^{reason}$"):
        fetch_document(server.serve_with("/", lambda handler: handler.wfile.write(raw)))


def test_fetch_names_a_closed_port():
    port = closed_port()
    with pytest.raises(FetchError, match=f"^127.0.0.1 refused the connection on port {port}$"):
        fetch_document(f"http://127.0.0.1:{port}/")


def test_fetch_names_an_unknown_host():
    with pytest.raises(FetchError, match=r"^Host not found: nowhere.invalid$"):
        fetch_document("http://nowhere.invalid/")


def test_fetch_names_a_server_without_tls(server):
    with pytest.raises(FetchError, match=r"^Can’t make a secure \(TLS\) connection to 127.0.0.1: "):
        fetch_document(server.serve("/", "x").replace("http:", "https:"))


@pytest.mark.parametrize(
    "url", ["", "feed.xml", "file:///etc/passwd", "gopher://example.org/", "http://user:pass@example.org/"]
)
def test_fetch_refuses_other_addresses_than_http(url):
    with pytest.raises(FetchError, match=r"^This address can’t be fetched. Enter an http or https address: "):
        fetch_document(url)
