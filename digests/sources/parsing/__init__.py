"""Parses feeds, answers of the Hugging Face API and web pages into entries of clean plain text.

Every document is taken to be hostile: entries have no markup, no control characters and only http(s) links, and parsing
takes seconds at most. Not here: fetching (`http_client`) and storing (`dedupe`).
"""

from digests.models import Source
from digests.sources.parsing.charsets import decode_document
from digests.sources.parsing.entries import ParsedEntry, ParseError
from digests.sources.parsing.feeds import read_feed
from digests.sources.parsing.json_feeds import read_huggingface_papers, read_json_feed
from digests.sources.parsing.web_pages import read_linked_text, read_page
from digests.sources.source_problems import ParseProblem

__all__ = ["ParseError", "ParsedEntry", "parse_document", "read_linked_text"]


def parse_document(
    body: bytes, *, kind: str, url: str, content_type: str = "", selectors: dict[str, str] | None = None
) -> list[ParsedEntry]:
    """Return the entries of a document in its order; of more than 2,000 the newest, in order of time.

    `kind` is one of Source.Kind, `url` where the document came from, `selectors` the CSS selectors of a page by name. The
    title or url of an entry is empty where the document has no usable one. Raises ParseError where there are no entries.
    """
    text = decode_document(body, content_type)
    if not text.strip():
        raise ParseError(ParseProblem.EMPTY)
    if kind == Source.Kind.PAGE:
        return read_page(text, url=url, selectors=selectors or {})
    if kind == Source.Kind.HUGGINGFACE:
        return read_huggingface_papers(text)
    if text.lstrip()[0] in "{[":  # JSON Feed; labels are often wrong, so the first character decides
        return read_json_feed(text, url=url)
    return read_feed(text, url=url)
