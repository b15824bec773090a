"""Repairs and bounds the XML of a feed, so that a parser can be given it safely.

The result is well-formed XML without document type, own entities and invalid characters, bounded in depth, attributes,
elements and entries. Broken XML is repaired. Of too many entries only the newest stay, because reading one (`feeds`)
takes a millisecond or more. Not here: the meaning of the elements.
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
from digests.sources.source_problems import ParseProblem

MAX_DEPTH = 200  # elements within elements
MAX_ATTRIBUTES = 200
MAX_ELEMENTS = 200_000  # about fifty for each of 2,000 papers, and as much again
MAX_NAME_WORD_CHARS = 1_000  # in an author's name: feedparser's search for an address takes time with the square of it
MAX_REFERENCES = 1_000_000  # a parser makes a text of its own from each
MAX_ITEMS = 10_000  # the newest of these are kept; anything behind them is not read
_ITEM_TAGS = {"item", "entry"}
# The elements with an item's dates, ranked by which counts first, in the order of `feeds.DATE_FIELDS`.
_DATE_RANKS = {"pubdate": 0, "published": 0, "issued": 0, "updated": 1, "modified": 1, "date": 1, "created": 2}
_MAX_LEADING_CHARS = 100_000  # what may stand before the feed, such as a warning of the server

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

    Raises ParseError where the text holds no feed, or one beyond the bounds.
    """
    text = _cut_to_feed_element(text)
    if text.count("&") > MAX_REFERENCES:
        raise ParseError(ParseProblem.REFERENCES, limit=MAX_REFERENCES)
    text = _BASE.sub(_drop_bad_base, _NOT_XML.sub("", _REFERENCE.sub(_drop_bad_reference, text)))
    # Gentle repairs first: each step keeps less of what the author typed.
    for repair in (_encode_unchanged, _repair_entities, _repair_tree):
        data = repair(text)
        bounded = _bound_items(data)
        if bounded is not None:
            return bounded
    raise ParseError(ParseProblem.BROKEN_XML)


def _cut_to_feed_element(text: str) -> str:
    """Return the text from the feed's element on, without declaration, document type, comments, a warning in HTML."""
    start = _find_prolog_end(text)
    found = _ROOT.search(text, start, start + _MAX_LEADING_CHARS)
    if found is None:
        raise _classify_non_feed(text[start : start + 50])
    return text[found.start() :]


def _find_prolog_end(text: str) -> int:
    """Return where the first element begins, so that <rss> in a comment is not taken for the feed."""
    at = 0
    while found := _MARKUP.match(text, at):
        if found[1] == "<!DOCTYPE" and (doctype := _DOCTYPE.match(text, found.start(1))):
            at = doctype.end()
            continue
        closing = {"<!--": "-->", "<?": "?>"}.get(found[1], ">")
        end = text.find(closing, found.end())
        at = end + len(closing) if end >= 0 else len(text)
    return at


def _classify_non_feed(text: str) -> ParseError:
    if not text.strip():
        return ParseError(ParseProblem.EMPTY)
    found = re.match(r"\s*<([\w:.-]{1,40})", text)
    if found is None:
        return ParseError(ParseProblem.NOT_XML_OR_JSON)
    name = found[1].lower()
    if name in {"html", "head", "body", "meta", "title", "div", "p", "h1"}:
        return ParseError(ParseProblem.WEB_PAGE)
    return ParseError(ParseProblem.OTHER_XML, element=name)


def _drop_bad_reference(found: re.Match[str]) -> str:
    """Remove a reference to a number that is not a character of XML, because a single one stops every parser."""
    digits = found[1] or found[2]
    code = int(digits, 16 if found[1] else 10) if len(digits) <= 8 else 0
    allowed = code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return found[0] if allowed else ""


def _drop_bad_base(found: re.Match[str]) -> str:
    """Remove an invalid base such as http://[::1, because feedparser then resolves no link of the document."""
    try:
        urljoin("http://localhost/", found[1] or found[2] or "")
    except ValueError:
        return ""
    return found[0]


def _encode_unchanged(text: str) -> bytes:
    return text.encode()


def _repair_entities(text: str) -> bytes:
    """Replace HTML's named entities by their characters, and bare ampersands by &amp;, except within CDATA."""
    first, *others = text.split("<![CDATA[")
    repaired = [_repair_text(first)]
    for other in others:
        cdata, _end, rest = other.partition("]]>")
        repaired.append(f"<![CDATA[{cdata}]]>{_repair_text(rest)}")
    return "".join(repaired).encode()


def _repair_text(text: str) -> str:
    return _ENTITY.sub(_decode_entity, _BARE_AMPERSAND.sub("&amp;", text)).replace("]]>", "]]&gt;")


def _decode_entity(found: re.Match[str]) -> str:
    if found[1] in {"amp", "lt", "gt", "quot", "apos"}:
        return found[0]
    character = html.entities.html5.get(f"{found[1]};", "&")
    return f"&amp;{found[1]};" if character in {"&", "<", ">"} else character


def _repair_tree(text: str) -> bytes:
    """Have a lenient parser close open elements and drop broken ones."""
    # A tag that is cut off at the end would become text.
    text = text[: text.rfind("<")] if text.rfind("<") > text.rfind(">") else text
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(_repair_entities(text), parser=parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise ParseError(ParseProblem.BROKEN_XML)
    return etree.tostring(root, encoding="utf-8")


class _TooManyItemsError(Exception):
    """The limit of items is reached; the items before are complete."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at  # where the first item beyond the limit begins; the parser itself goes on to the end of its tag


@dataclass
class _ItemSpan:
    """Where an item stands in the data, and its dates with their ranks."""

    start: int
    end: int = 0  # 0: the item is cut off
    dates: list[tuple[int, str]] = field(default_factory=list)

    def date_texts(self) -> list[str]:
        """Return the dates as they are written, in the order in which they count."""
        return [text for _rank, text in sorted(self.dates)]


class _ElementCounter:
    """Handles the events of an XML parser: enforces the bounds, and records where items stand and their dates.

    Raises ParseError beyond a bound, and _TooManyItemsError beyond the limit of items.
    """

    def __init__(self, data: bytes, parser: expat.XMLParserType) -> None:
        self.data, self.parser = data, parser
        self.open: list[str] = []
        self.elements = self.inner_items = 0
        self.items: list[_ItemSpan] = []
        self.item_depth = 0  # 0: outside of items
        self.date = ""

    def start(self, name: str, attributes: list[str]) -> None:
        self.elements += 1
        if len(attributes) > 2 * MAX_ATTRIBUTES:  # names and values in turn
            raise ParseError(ParseProblem.ATTRIBUTES, limit=MAX_ATTRIBUTES)
        if len(self.open) >= MAX_DEPTH:
            raise ParseError(ParseProblem.DEPTH, limit=MAX_DEPTH)
        if self.elements > MAX_ELEMENTS:
            raise ParseError(ParseProblem.ELEMENTS, limit=MAX_ELEMENTS)
        if _local_name(name) in _ITEM_TAGS:
            self._start_item()
        self.date = ""
        self.open.append(name)

    def _start_item(self) -> None:
        # An item within an item was never closed, or is an attempt to get many past the limit.
        if self.item_depth:
            self.inner_items += 1
        if len(self.items) >= MAX_ITEMS or self.inner_items > MAX_ENTRIES:
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
            raise ParseError(ParseProblem.LONG_NAME, limit=MAX_NAME_WORD_CHARS)


def _local_name(name: str) -> str:
    """Return an element's name without its prefix, in lower case, as feedparser compares it."""
    return name.rpartition(":")[2].lower()


def _bound_items(data: bytes) -> tuple[bytes, bool] | None:
    """Return the data with its newest items only, and whether some were left out; None where it is not well-formed."""
    parser = expat.ParserCreate("utf-8")
    counter = _ElementCounter(data, parser)
    parser.ordered_attributes = True
    parser.buffer_text, parser.buffer_size = True, 64_000  # one event per text, or per so many characters of it
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
    day_first = None
    if len(items) > MAX_ENTRIES:
        day_first = detect_day_first(text for item in items for text in item.date_texts())

    def moment_of(item: _ItemSpan) -> dt.datetime | None:
        return read_first_date(*item.date_texts(), day_first=day_first)

    newest = {item.start for item in select_newest(items, moment_of)}
    pieces, at = [], 0
    for item in items:
        if item.start not in newest and item.end:
            pieces.append(data[at : item.start])
            at = item.end
    return b"".join([*pieces, data[at:]])
