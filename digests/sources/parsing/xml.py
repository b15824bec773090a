"""Text that claims to be XML -> bytes of XML that a parser may be given.

No document type, no entities of its own, no reference to what is not a character; bounded in depth, attributes,
elements and entries; mended where it is not well formed. Of too many entries only the newest stay: what reads a
feed's meaning (`digests.sources.parsing.feeds`) takes a millisecond or more for each.
"""

import datetime as dt
import html.entities
import re
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.parsers import expat

from lxml import etree

from digests.sources.parsing.dates import MAX_DATE_CHARS, detect_day_first
from digests.sources.parsing.entries import MAX_ENTRIES, ParseError, read_first_date, select_newest

MAX_DEPTH = 200
MAX_ATTRIBUTES = 200
MAX_ELEMENTS = 200_000  # about fifty for each of 2,000 papers, and as much again
MAX_NAME_WORD_CHARS = 1_000  # in an author's name or address: feedparser's search for an address takes the square of it
MAX_REFERENCES = 1_000_000  # each comes out of the parser as a text of its own
MAX_ITEMS = 10_000  # of them the newest are kept; what stands behind is not read
_ITEM_TAGS = {"item", "entry"}
# The dates of an item, by the order in which they count (see feed.DATES).
_DATE_RANKS = {"pubdate": 0, "published": 0, "issued": 0, "updated": 1, "modified": 1, "date": 1, "created": 2}
_MAX_LEADING_CHARS = 100_000  # characters that may stand before the feed: a warning of the server's

_ROOT = re.compile(r"<(?:\w+:)?(?:rss|rdf|feed|channel)(?=[\s/>])", re.IGNORECASE)
_MARKUP = re.compile(r"[\ufeff\s]*(<!--|<\?|<!DOCTYPE|<!)")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_ENTITY = re.compile(r"&([a-z]\w*);", re.IGNORECASE)
_PERSON_TAGS = re.compile(
    r"(?:\w+:)?(?:author|contributor|creator|email|managingeditor|name|owner|publisher|webmaster)", re.IGNORECASE
)
_BASE = re.compile(r"""\sxml:base\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_EMPTY_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/>""")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def repair_and_bound_xml(text: str) -> tuple[bytes, bool]:
    """Return the feed's element as well-formed UTF-8 without a prolog, and whether entries were left out.

    ParseError where there is no feed in it.
    """
    text = _cut_to_feed_element(text)
    if text.count("&") > MAX_REFERENCES:
        raise ParseError(f"more than {MAX_REFERENCES:,} ampersands")
    text = _BASE.sub(_drop_bad_base, _NOT_XML.sub("", _REFERENCE.sub(_drop_bad_reference, text)))
    for mend in (_encode_unchanged, _mend_entities, _mend_tree):
        data = mend(text)
        bounded = _bound_items(data)
        if bounded is not None:
            return bounded
    raise ParseError("not well-formed XML, and beyond mending")


def _cut_to_feed_element(text: str) -> str:
    """Cut off all that stands before the feed: declaration, document type, comments, a warning in HTML."""
    start = _find_prolog_end(text)
    found = _ROOT.search(text, start, start + _MAX_LEADING_CHARS)
    if found is None:
        raise ParseError(_describe_non_feed(text[start : start + 50]))
    return text[found.start() :]


def _find_prolog_end(text: str) -> int:
    """Return where the first element begins, so that a feed named in a comment is not taken for one."""
    at = 0
    while found := _MARKUP.match(text, at):
        if found[1] == "<!DOCTYPE" and (doctype := _DOCTYPE.match(text, found.start(1))):
            at = doctype.end()
            continue
        closing = {"<!--": "-->", "<?": "?>"}.get(found[1], ">")
        end = text.find(closing, found.end())
        at = end + len(closing) if end >= 0 else len(text)
    return at


def _describe_non_feed(text: str) -> str:
    if not text.strip():
        return "the document is empty but for comments"
    found = re.match(r"\s*<([\w:.-]{1,40})", text)
    if found is None:
        return "not a feed: neither XML nor JSON"
    name = found[1].lower()
    if name in {"html", "head", "body", "meta", "title", "div", "p", "h1"}:
        return "not a feed: a web page"
    return f"not a feed: XML that begins with <{name}>"


def _drop_bad_reference(found: re.Match[str]) -> str:
    """Drop a reference to what is not a character of XML: one would stop every parser."""
    digits = found[1] or found[2]
    code = int(digits, 16 if found[1] else 10) if len(digits) <= 8 else 0
    allowed = code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return found[0] if allowed else ""


def _drop_bad_base(found: re.Match[str]) -> str:
    """Drop a base that is no address, such as http://[::1: behind it feedparser resolves no link of the document."""
    try:
        urljoin("http://localhost/", found[1] or found[2] or "")
    except ValueError:
        return ""
    return found[0]


def _encode_unchanged(text: str) -> bytes:
    return text.encode()


def _mend_entities(text: str) -> bytes:
    """Write HTML's named characters as themselves and a bare ampersand as &amp;, but not within CDATA."""
    first, *others = text.split("<![CDATA[")
    mended = [_mend_text(first)]
    for other in others:
        kept, _end, rest = other.partition("]]>")
        mended.append(f"<![CDATA[{kept}]]>{_mend_text(rest)}")
    return "".join(mended).encode()


def _mend_text(text: str) -> str:
    return _ENTITY.sub(_decode_entity, _BARE_AMPERSAND.sub("&amp;", text)).replace("]]>", "]]&gt;")


def _decode_entity(found: re.Match[str]) -> str:
    if found[1] in {"amp", "lt", "gt", "quot", "apos"}:
        return found[0]
    character = html.entities.html5.get(f"{found[1]};", "&")
    return f"&amp;{found[1]};" if character in {"&", "<", ">"} else character


def _mend_tree(text: str) -> bytes:
    """Let a lenient parser close what is open and drop what is broken; a tag that is cut off is no text."""
    text = text[: text.rfind("<")] if text.rfind("<") > text.rfind(">") else text
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(_mend_entities(text), parser=parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise ParseError("not well-formed XML, and beyond mending")
    return etree.tostring(root, encoding="utf-8")


class _TooManyItemsError(Exception):
    """The limit of items is reached; what was read so far is whole."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at  # where the item begins that is one too many; the parser itself goes on to its tag's end


@dataclass
class _ItemSpan:
    """Where an item stands in the data, and its dates in the order in which they count."""

    start: int
    end: int = 0  # 0: it is cut off
    dates: list[tuple[int, str]] = field(default_factory=list)

    def texts(self) -> list[str]:
        """Return the dates as they are written."""
        return [text for _rank, text in sorted(self.dates)]


class _ElementCounter:
    """Counts what an XML document holds, refuses what no feed has, and notes where its items stand."""

    def __init__(self, data: bytes, parser: expat.XMLParserType) -> None:
        self.data, self.parser = data, parser
        self.open: list[str] = []
        self.elements = self.inner = 0
        self.items: list[_ItemSpan] = []
        self.item_depth = 0  # 0: outside of items
        self.date = ""

    def start(self, name: str, attributes: list[str]) -> None:
        self.elements += 1
        if len(attributes) > 2 * MAX_ATTRIBUTES:  # names and values in turn
            raise ParseError(f"an element with more than {MAX_ATTRIBUTES} attributes")
        if len(self.open) >= MAX_DEPTH:
            raise ParseError(f"elements nested more than {MAX_DEPTH} deep")
        if self.elements > MAX_ELEMENTS:
            raise ParseError(f"more than {MAX_ELEMENTS:,} elements")
        if _local_name(name) in _ITEM_TAGS:
            self._start_item()
        self.date = ""
        self.open.append(name)

    def _start_item(self) -> None:
        if self.item_depth:  # what was never closed, or comes from somebody who counts on being counted once
            self.inner += 1
        if len(self.items) >= MAX_ITEMS or self.inner > MAX_ENTRIES:
            raise _TooManyItemsError(self.parser.CurrentByteIndex)
        if not self.item_depth:
            self.items.append(_ItemSpan(self.parser.CurrentByteIndex))
            self.item_depth = len(self.open) + 1

    def end(self, name: str) -> None:
        if self.item_depth and len(self.open) == self.item_depth + 1 and _local_name(name) in _DATE_RANKS:
            self.items[-1].dates.append((_DATE_RANKS[_local_name(name)], self.date[: MAX_DATE_CHARS + 1].strip()))
        if len(self.open) == self.item_depth:
            self.items[-1].end = self._end_of_tag(self.items[-1].start)
            self.item_depth = 0
        self.open.pop()

    def _end_of_tag(self, start: int) -> int:
        at = self.parser.CurrentByteIndex
        tag = _EMPTY_TAG.match(self.data, start) if self.data[at : at + 2] != b"</" else None
        return tag.end() if tag else self.data.index(b">", at) + 1

    def text(self, text: str) -> None:
        self.date += text[:MAX_DATE_CHARS]
        if (
            len(text) > MAX_NAME_WORD_CHARS
            and _PERSON_TAGS.fullmatch(self.open[-1])
            and len(max(text.split(), key=len, default="")) > MAX_NAME_WORD_CHARS
        ):
            raise ParseError(f"a name of more than {MAX_NAME_WORD_CHARS:,} letters")


def _local_name(name: str) -> str:
    """Return a name without its prefix, as feedparser compares it."""
    return name.rpartition(":")[2].lower()


def _bound_items(data: bytes) -> tuple[bytes, bool] | None:
    """Return the data without the items that are not read, and whether there are any; None where not well formed."""
    parser = expat.ParserCreate("utf-8")
    counter = _ElementCounter(data, parser)
    parser.ordered_attributes = True
    parser.buffer_text, parser.buffer_size = True, 64_000  # a text comes in one piece, or in pieces that long
    parser.StartElementHandler, parser.EndElementHandler = counter.start, counter.end
    parser.CharacterDataHandler = counter.text
    end, closing = len(data), ""
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        return None
    except _TooManyItemsError as error:
        end = error.at
        closing = "".join(f"</{name}>" for name in reversed(counter.open))
    return _keep_newest_items(data[:end], counter.items) + closing.encode(), len(counter.items) > MAX_ENTRIES


def _keep_newest_items(data: bytes, items: list[_ItemSpan]) -> bytes:
    """Cut out all items but the newest."""
    day_first = detect_day_first(text for item in items for text in item.texts()) if len(items) > MAX_ENTRIES else None

    def moment_of(item: _ItemSpan) -> dt.datetime | None:
        return read_first_date(*item.texts(), day_first=day_first)

    kept = {item.start for item in select_newest(items, moment_of)}
    pieces, at = [], 0
    for item in items:
        if item.start not in kept and item.end:
            pieces.append(data[at : item.start])
            at = item.end
    return b"".join([*pieces, data[at:]])
