"""The bytes of a feed, of the Hugging Face API or of a web page -> entries of clean plain text.

Every document is taken to be hostile: what comes out has no markup, no control character, no link but http(s), and
costs seconds at most. Fetching is in `digests.sources.http_client`; nothing is stored here.
"""

from digests.sources.parsing.charsets import decode_document
from digests.sources.parsing.entries import ParsedEntry, ParseError
from digests.sources.parsing.feeds import read_feed
from digests.sources.parsing.json_feeds import read_huggingface_papers, read_json_feed
from digests.sources.parsing.web_pages import read_linked_text, read_page

__all__ = ["ParseError", "ParsedEntry", "parse_document", "read_linked_text"]


def parse_document(
    body: bytes, *, kind: str, url: str, content_type: str = "", selectors: dict[str, str] | None = None
) -> list[ParsedEntry]:
    """Return the entries of a document in its order, of more than 2,000 the newest first; ParseError says why there are none.

    An entry keeps an empty title or url where the document gives none that may be used: the caller decides.
    """
    text = decode_document(body, content_type)
    if not text.strip():
        raise ParseError("the document is empty")
    if kind == "page":
        return read_page(text, url=url, selectors=selectors or {})
    if kind == "huggingface":
        return read_huggingface_papers(text)
    if text.lstrip()[0] in "{[":
        return read_json_feed(text, url=url)
    return read_feed(text, url=url)
