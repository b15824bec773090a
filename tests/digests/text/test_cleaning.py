"""Cleaning of text and URLs from feeds, and the keys by which stories are compared."""

import hashlib

import pytest

from digests.text.cleaning import (
    canonicalize_url,
    clean_line,
    html_to_text,
    make_title_key,
    parse_arxiv_id,
    sanitize_url,
    unwrap_lines,
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("a < b and c > d", "a < b and c > d"),
        ("<p>One <b>bold</b>,<br>two</p><p>three &amp; &lt;div&gt;</p>", "One bold,\ntwo\nthree & <div>"),
        ("safe<script>alert('x')</script> text", "safe text"),
        ("safe<script>never closed", "safe"),
        ("one<!-- two --> three<!--", "one three"),
        ("<style>*{color:red}</style><p onclick=x()>shown</p><iframe src=http://x></iframe>", "shown"),
        ("before<svg/onload=alert(1)>", "before"),
        ("<form><input type=password value=secret>Password</form>", "Password"),
        ("<html><head><title>no</title></head><body>yes</body></html>after", "yes after"),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "1 2\n3"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<pre>x\n  y</pre>", "x\ny"),
        ("line\nof the source <i>only</i>", "line of the source only"),
        ("&#0;&#xD800;&#146;&#x1;end", "’end"),
        ("nul\x00 sur\ud800rogate \u202etfel", "nul surrogate tfel"),
        ("donâ\x92t", "donâ’t"),
        ("<!-- nothing -->", ""),
        ("<p><p> </p>", ""),
        ("", ""),
        ("e\u0301", "é"),
        ("&amp;lt;img src=x onerror=alert(1)&amp;gt;", "&lt;img src=x onerror=alert(1)&gt;"),
    ],
)
def test_html_to_text_keeps_visible_text(html, text):
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "html",
    ["<p>" * 30_000 + "deep", "<div " + " ".join(f"a{n}=1" for n in range(20_000)) + ">deep"],
    ids=["depth", "width"],
)
def test_html_to_text_of_hostile_markup(html):
    assert html_to_text(html) == "deep"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two\n lines\t here ", "two lines here"),
        ("Hello\r\nBcc: victim@example.org", "Hello Bcc: victim@example.org"),
        ("a\x00b\x7f\ufeffc\u2028d", "abc d"),
        ("한국어 👩‍👩‍👧", "한국어 👩‍👩‍👧"),
    ],
)
def test_clean_line_is_one_clean_line(text, line):
    assert clean_line(text) == line


def test_unwrap_keeps_paragraphs_only():
    assert unwrap_lines("  We propose\na method.\r\n \r\nIt is\n  good.\n") == "We propose a method.\nIt is good."


def test_clean_line_cuts_after_a_word():
    assert clean_line("alpha beta gamma", 12) == "alpha beta…"


def test_clean_line_cuts_a_word_longer_than_the_limit():
    assert clean_line("x" * 600) == "x" * 499 + "…"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        (" HTTPS://Example.ORG/A?b=%20c#d ", "https://example.org/A?b=%20c#d"),
        ("http://127.0.0.1:8000/admin/", "http://127.0.0.1:8000/admin/"),
        ("http://[::1]/", "http://[::1]/"),
        ("https://한국.kr/가 나?q=다", "https://xn--3e0b707e.kr/%EA%B0%80%20%EB%82%98?q=%EB%8B%A4"),
        ('https://feed.example/"onmouseover="alert(1)', "https://feed.example/%22onmouseover=%22alert(1)"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("mailto:a@example.org", ""),
        ("//example.org/relative", ""),
        ("/relative", ""),
        ("", ""),
        ("https://", ""),
        ("https://user:secret@example.org/", ""),
        ("http://[::1", ""),
        ("http://example.org:99999/", ""),
        ("http://a b/", ""),
        ("http://-/", ""),
        ("https://example.org/\u202egpj.exe", ""),
        ("https://example.org/\x00", ""),
        ("https://example.org/a\r\nSet-Cookie: x", ""),
        ("https://example.org\\@evil.example/", ""),
        ("https://example.org/" + "x" * 2000, ""),
        ("https://example.org/" + "가" * 500, ""),
    ],
)
def test_sanitize_url_returns_an_http_address_or_nothing(url, safe):
    assert sanitize_url(url) == safe


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Example.org/Path/?utm_source=x&b=2&a=1&fbclid=3#part", "example.org/Path?a=1&b=2"),
        ("http://m.example.org:80/Path", "example.org/Path"),
        ("https://www.io/", "www.io"),
        ("https://example.org:8443/a", "example.org:8443/a"),
        ("https://example.org/%ea%b0%80", "example.org/%EA%B0%80"),
        ("https://example.org/가", "example.org/%EA%B0%80"),
        ("https://news.hada.io/topic?id=29761", "news.hada.io/topic?id=29761"),
        ("http://arxiv.org/abs/2405.01234v2", "arxiv.org/abs/2405.01234"),
        ("https://export.arxiv.org/pdf/2405.01234.pdf", "arxiv.org/abs/2405.01234"),
        ("https://arxiv.org/html/2405.01234v1", "arxiv.org/abs/2405.01234"),
        ("https://huggingface.co/papers/2405.01234", "arxiv.org/abs/2405.01234"),
        ("https://arxiv.org/abs/cs.AI/0501001", "arxiv.org/abs/cs/0501001"),
    ],
)
def test_canonicalize_url_is_equal_for_one_page(url, key):
    assert canonicalize_url(url) == key


def test_canonicalize_url_of_a_long_address_is_a_hash():
    key = canonicalize_url("https://example.org/" + "x" * 600)
    assert key == hashlib.sha256(("example.org/" + "x" * 600).encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("arXiv:2405.01234v2", "2405.01234"),
        ("oai:arXiv.org:2508.13426v1", "2508.13426"),
        ("oai:arXiv.org:cs/0501001", "cs/0501001"),
        ("https://arxiv.org/abs/math.GT/0309136v1", "math/0309136"),
        ("https://ar5iv.labs.arxiv.org/html/2405.01234", "2405.01234"),
        ("https://doi.org/10.48550/arXiv.2405.01234", "2405.01234"),
        ("https://huggingface.co/papers/2605.22355", "2605.22355"),
        ("https://evil.example/abs/2405.01234", ""),
        ("https://arxiv.org/list/cs.AI/2405", ""),
        ("https://arxiv.org/abs/2413.01234", ""),
        ("Comment on arXiv:2405.01234", ""),
        ("2405.01234", ""),
        ("", ""),
    ],
)
def test_parse_arxiv_id_of_every_form(text, paper):
    assert parse_arxiv_id(text) == paper


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Attention Is All You Need!", "attentionisallyouneed"),
        ("ＡＴＴＥＮＴＩＯＮ: is — all you need", "attentionisallyouneed"),
        ("인공지능 모델이 소설을 쓰다", "인공지능모델이소설을쓰다"),
        ("Weekly digest", ""),
        ("주간 소식", ""),
        ("!?", ""),
    ],
)
def test_make_title_key_needs_enough_letters(title, key):
    assert make_title_key(title) == key
