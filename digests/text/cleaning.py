"""Cleans text and URLs that come from feeds, and makes the keys by which URLs and titles are compared.

HTML becomes plain text with a paragraph per line; a URL becomes one that is safe to link, or "". Pure functions.
Not here: the rules for when two entries are the same story (`digests.sources.dedupe`).
"""

import hashlib
import html as entities
import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

import idna
from lxml import etree
from lxml import html as lxml_html

MAX_URL_LENGTH = 2000  # what Item.url holds
MAX_KEY_CHARS = 500  # longer keys are hashed, so that the index stays small
# "Weekly news" or "Editorial" prove nothing. A letter of Han, kana or Hangul says as much as two Latin ones, so it counts two.
MIN_TITLE_KEY_WEIGHT = 20
MAX_HTML_CHARS = 400_000  # characters of markup that are read of one text: many times the longest article

# C0 and C1 controls but tab and newlines, surrogates, byte order marks, soft hyphens and zero-width spaces, characters
# that turn the direction of what follows, and non-characters. Joiners stay: Persian and emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060-\u206f\u202a-\u202e\ud800-\udfff\ufeff\ufff9-\uffff"
    "\U000e0000-\U000e007f]"
)
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
# Pages labeled Latin-1 are Windows-1252 in practice: its quotes and dashes arrive as C1 controls. 0x85 stays, a line break.
_C1_AS_CP1252 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0) if code != 0x85}

_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|br|caption|center|d[dlt]|details|dialog|dir|div|fieldset|figcaption|figure|"
    "footer|form|h[1-6]|header|hr|html|legend|li|main|menu|nav|ol|optgroup|option|p|pre|section|summary|table|tbody|"
    "tfoot|thead|tr|ul"
)
_DOCUMENT_TAGS = re.compile(r"</?(?:html|body)\b[^<>]*>", re.IGNORECASE)  # the parser drops what follows a closed body
# A text that is one piece of HTML from its first letter to its last; one that only speaks of a tag is not.
_WHOLE_HTML = re.compile(
    r"<(?:p|div|article|section|figure|blockquote|[uo]l|table|h[1-6])(?:\s[^<>]*)?>"
    r"(?=.*</(?:p|div|article|section|figure|blockquote|[uo]l|table|h[1-6])>\s*\Z)",
    re.IGNORECASE | re.DOTALL,
)
_TABLE_CELLS = re.compile("t[dh]")
_HIDDEN_ELEMENTS = re.compile(
    "audio|button|canvas|embed|frame|frameset|head|iframe|input|link|math|meta|noembed|noframes|script|select|"
    "style|svg|template|textarea|title|video"
)

# Query parameters that only track readers; the page is the same without them.
_TRACKING = re.compile(
    "(?:utm_|mc_|pk_|mtm_|hsa_|vero_|_hs).*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|twclid|ttclid|"
    "ref|ref_src|cmpid|ncid|guccounter",
    re.IGNORECASE,
)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?", re.IGNORECASE)
# An id of today, 2405.01234, or one from before April 2007, math.GT/0309136; the version behind it is not part of it.
_ARXIV = r"(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z-]+(?:\.[a-z-]{2,})?/\d{2}(?:0[1-9]|1[0-2])\d{3})(?:v\d+)?"
_ARXIV_NAME = re.compile(rf"(?:oai:arxiv\.org:|arxiv:\s*){_ARXIV}", re.IGNORECASE)
_ARXIV_PATH = re.compile(
    rf"(?:/[a-z]{{2}}(?:-[a-z]{{2}})?)?/(?:abs|pdf|html|format|ps|src|e-print|overview|resources|audio|papers|papers/arxiv)/{_ARXIV}(?:\.pdf|\.md)?/?",
    re.IGNORECASE,
)
_PAPER_SITE_PATH = re.compile(
    rf"/(?:arxiv|papers?|graph/v1/paper|v1/paper)?/?(?:arxiv[:/])?{_ARXIV}(?:\.pdf)?/?", re.IGNORECASE
)
_ARXIV_DOI = re.compile(rf"/10\.48550/arxiv\.{_ARXIV}/?", re.IGNORECASE)
_ARXIV_HOSTS = re.compile(
    r"(?:[a-z0-9-]+\.)?arxiv\.org|ar5iv\.org|ar5iv\.labs\.arxiv\.org|(?:www\.)?alphaxiv\.org|(?:www\.)?(?:huggingface|hf)\.co"
    r"|xxx\.lanl\.gov"
)
# Sites about papers whose addresses hold the paper's arXiv id.
_PAPER_SITE_HOSTS = re.compile(
    r"(?:www\.)?papers\.cool|(?:www\.)?(?:scirate|catalyzex|emergentmind|arxiv-vanity)\.com|(?:www\.|api\.)?semanticscholar\.org"
)


def html_to_text(html: str) -> str:
    """Return the visible text of some HTML as plain text, a line per paragraph."""
    html = _INVISIBLE.sub("", html.translate(_C1_AS_CP1252))[:MAX_HTML_CHARS]
    if "<" not in html:
        return clean_text(entities.unescape(html))
    html = _DOCUMENT_TAGS.sub("\n", html)
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(f"<div>{html}</div>".encode(), parser=parser)
    except (etree.LxmlError, ValueError):  # nothing but a comment, or nested too deep for the parser
        return clean_text(entities.unescape(re.sub(r"<[^<>]*>", " ", html)))
    return clean_text("".join(_visible_pieces(root)))


def article_to_text(html: str) -> str:
    """Return the visible text of a whole article in HTML, also where the feed's program escaped it twice."""
    text = html_to_text(html)
    return html_to_text(text) if _WHOLE_HTML.match(text) else text


def clean_text(text: str) -> str:
    """Return plain text without invisible characters and empty lines, with single spaces, in Unicode's NFC form."""
    text = _BREAKS.sub("\n", _INVISIBLE.sub("", text.translate(_C1_AS_CP1252)))
    lines = (_SPACES.sub(" ", line).strip() for line in unicodedata.normalize("NFC", text).split("\n"))
    return "\n".join(line for line in lines if line)


def unwrap_lines(text: str) -> str:
    """Return hard-wrapped plain text with a line per paragraph; paragraphs are what empty lines separate."""
    paragraphs = re.split(r"\n[^\S\n]*\n", _BREAKS.sub("\n", text))
    return clean_text("\n".join(" ".join(paragraph.split()) for paragraph in paragraphs))


def clean_line(text: str, limit: int = 500) -> str:
    """Return plain text as one line of at most `limit` characters, cut after a whole word."""
    line = " ".join(clean_text(text).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    word = cut.rfind(" ")
    return (cut[:word] if word > limit // 2 else cut).rstrip() + "…"


def sanitize_url(url: str) -> str:
    """Return an absolute http(s) address that is safe to link, or "" for anything else.

    Refused are addresses with a password, with control characters, or longer than `MAX_URL_LENGTH`. Characters that an
    address may not hold (spaces, quotes, brackets, letters outside ASCII) are percent-encoded.
    """
    url = url.strip()
    if len(url) > MAX_URL_LENGTH or _INVISIBLE.search(url) or re.search(r"[\r\n\t\\]", url):
        return ""
    parts = _split_url(url)
    if parts is None or "@" in parts.netloc:
        return ""
    host = _ascii_host(parts.hostname or "")
    if not host:
        return ""
    port = f":{parts.port}" if parts.port is not None else ""
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]") if parts.query else ""
    fragment = "#" + quote(parts.fragment, safe="/?%:@!$&'()*+,;=~-._") if parts.fragment else ""
    safe = f"{parts.scheme.lower()}://{host}{port}{path}{query}{fragment}"
    return safe if len(safe) <= MAX_URL_LENGTH else ""


def canonicalize_url(url: str) -> str:
    """Return the key under which two addresses of one page are equal; it is for comparing, never for linking.

    Scheme, `www.`, tracking parameters and the order of parameters do not count. Every address of an arXiv paper, on
    arXiv or on a site about papers, has the key `arxiv.org/abs/ID`.
    """
    if paper := parse_arxiv_id(url):
        return f"arxiv.org/abs/{paper}"
    parts = _split_url(url.strip())
    if parts is None:
        return _hash_long_key(url.strip())
    host = (_ascii_host(parts.hostname or "") or (parts.hostname or "")).rstrip(".")
    for prefix in ("www.", "m."):
        if host.count(".") > 1:
            host = host.removeprefix(prefix)
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    path = quote(unquote(parts.path), safe="/").rstrip("/")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode(sorted((name, value) for name, value in pairs if not _TRACKING.fullmatch(name)))
    return _hash_long_key(f"{host}{port}{path}" + (f"?{query}" if query else ""))


def parse_arxiv_id(text: str) -> str:
    """Return the arXiv id, without version, that an address or an `arXiv:...` name stands for, else ""."""
    text = text.strip()
    if found := _ARXIV_NAME.fullmatch(text):
        return _drop_subject_class(found[1])
    parts = _split_url(text)
    if parts is None:
        return ""
    host, path = (parts.hostname or "").lower(), unquote(parts.path)
    if _ARXIV_HOSTS.fullmatch(host) and (found := _ARXIV_PATH.fullmatch(path)):
        return _drop_subject_class(found[1])
    if _PAPER_SITE_HOSTS.fullmatch(host) and (found := _PAPER_SITE_PATH.fullmatch(path)):
        return _drop_subject_class(found[1])
    if host in {"doi.org", "dx.doi.org"} and (found := _ARXIV_DOI.fullmatch(path)):
        return _drop_subject_class(found[1])
    return ""


def make_title_key(title: str) -> str:
    """Return the letters and digits of a title, or "" where they are too few to prove that two stories are one."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    key = "".join(letter for letter in unicodedata.normalize("NFKC", folded) if letter.isalnum())
    weight = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in key)
    return key[:MAX_KEY_CHARS] if weight >= MIN_TITLE_KEY_WEIGHT else ""


def _visible_pieces(root: lxml_html.HtmlElement) -> Iterator[str]:
    """Yield the visible pieces of a document; without recursion, because a hostile document chooses the depth."""
    events = etree.iterwalk(root, events=("start", "end"))
    for event, element in events:
        name = element.tag
        if event == "start":
            if _HIDDEN_ELEMENTS.fullmatch(name):
                events.skip_subtree()
                continue
            yield _separator_around(name)
            yield _collapse_spaces(element.text, preformatted=_within_pre(element))
        else:
            yield _separator_around(name)
            yield _collapse_spaces(element.tail, preformatted=_within_pre(element.getparent()))


def _separator_around(name: str) -> str:
    return "\n" if _BLOCKS.fullmatch(name) else " " if _TABLE_CELLS.fullmatch(name) else ""


def _within_pre(element: lxml_html.HtmlElement | None) -> bool:
    return element is not None and element.tag == "pre"


def _collapse_spaces(text: str | None, *, preformatted: bool) -> str:
    # In HTML a line break is a space, except in preformatted text.
    return (text or "") if preformatted else re.sub(r"\s+", " ", text or "")


def _split_url(url: str) -> SplitResult | None:
    """Return the parts of an http(s) address that has a host and a valid port, else None."""
    try:
        parts = urlsplit(url)
        possible = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if possible else None


def _ascii_host(host: str) -> str:
    if ":" in host:
        try:
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            return ""
    try:
        ascii_host = host if host.isascii() else _encode_idna(host)
    except UnicodeError:
        return ""
    return ascii_host.lower() if _HOST.fullmatch(ascii_host) and len(ascii_host) <= 253 else ""


def _encode_idna(host: str) -> str:
    """Return a host name in ASCII; raises UnicodeError where it has no such form."""
    try:
        # IDNA 2008, as browsers do: Python's own codec follows the rules of 2003 and turns straße.de into strasse.de.
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:  # browsers also open hosts of symbols, which only the older rule allows
        return host.encode("idna").decode("ascii")


def _drop_subject_class(found: str) -> str:
    """Return an old id without its subject class, since both forms are in use: math.GT/0309136 is math/0309136."""
    archive, slash, number = found.lower().partition("/")
    return f"{archive.partition('.')[0]}/{number}" if slash else archive


def _hash_long_key(key: str) -> str:
    return key if len(key) <= MAX_KEY_CHARS else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
