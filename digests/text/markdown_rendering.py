"""Renders Markdown of a model or an editor as sanitized HTML and as plain text.

The Markdown is taken to be hostile: only a short list of elements passes, and a link only if its address is one of
`links`. Not here: the email or web page around the text, whose templates escape by themselves.
"""

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_MARKDOWN_CHARS = 50_000  # a section of 100 items; a megabyte would take 10 to 30 seconds

ALLOWED_TAGS = {"p", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "blockquote", "br", "a"}

# Control characters, surrogates and noncharacters break XML and mail; direction marks make a link read as another.
_UNSAFE_CHARACTERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


class _MarkdownParser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        """Accept every address: a link that is not allowed becomes its words later, where a refused one stays raw Markdown."""
        return True


# Off: an indented line is a nested list gone wrong, not code; a reference would let text far away choose an address.
_PARSER = _MarkdownParser("commonmark", {"html": False}).disable(
    ["code", "reference", "autolink", "html_block", "html_inline"]
)


def remove_unsafe_characters(text: str) -> str:
    """Return the text without characters that break XML or mail, or that change the reading direction."""
    return _UNSAFE_CHARACTERS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def markdown_to_html(
    markdown: str,
    *,
    links: Collection[str] | Mapping[str, str],
    quotes: bool = False,
    item_marks: Mapping[str, str] = MappingProxyType({}),
    item_ids: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return sanitized HTML.

    `item_marks` names for a link what (plain letters) is inserted at the end of the list item that it stands in, and `item_ids`
    the id of the first such list item.

    `links` may name the language of each link's words, which the link then has as `lang`. With `quotes`, the items of lists
    are words of what they link to, and have its language too.
    """
    tokens = _parse_tokens(markdown, links)
    if quotes:
        _mark_quotes(tokens)
    if item_marks or item_ids:
        tokens = list(_mark_items(tokens, item_marks, item_ids))
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return remove_unsafe_characters(
        nh3.clean(
            html,
            tags=ALLOWED_TAGS,
            attributes={"a": {"href", "lang"}, "li": {"lang", "id"}, "ol": {"start"}},
            url_schemes={"http", "https"},
            link_rel=None,
        )
    ).strip()


def markdown_to_text(markdown: str, *, links: Collection[str]) -> str:
    """Return plain text without Markdown's marks.

    A link is shown as "words (address)", a heading on a line of its own, a paragraph as one line of any length.
    """
    return remove_unsafe_characters("".join(_plain_text_pieces(_parse_tokens(markdown, links)))).strip()


def _parse_tokens(markdown: str, links: Collection[str]) -> list[Token]:
    languages = links if isinstance(links, Mapping) else dict.fromkeys(links, "")
    allowed = {
        _PARSER.normalizeLink(link): language
        for link, language in languages.items()
        if link.startswith(("https://", "http://"))
    }
    return list(_allowed_blocks(_PARSER.parse(remove_unsafe_characters(_truncate_markdown(markdown))), allowed))


def _mark_quotes(tokens: Iterable[Token]) -> None:
    """Give each item of a list the language of the first link in it."""
    item: Token | None = None
    for token in tokens:
        if token.type == "list_item_open":
            item = token
        languages = [str(child.attrs["lang"]) for child in token.children or [] if "lang" in child.attrs]
        if item is not None and languages:
            item.attrs["lang"], item = languages[0], None


def _mark_items(tokens: Iterable[Token], marks: Mapping[str, str], ids: Mapping[str, str]) -> Iterator[Token]:
    """Yield the tokens; an outermost list item has the id of the first known link in it, and that link's mark at its end."""
    marks, left = ({_PARSER.normalizeLink(link): value for link, value in values.items()} for values in (marks, ids))
    item = href = None
    for token in tokens:
        is_outer = token.level == 1
        if token.type == "list_item_open" and is_outer:
            item, href = token, None
        hrefs = [str(child.attrs["href"]) for child in token.children or [] if child.type == "link_open"]
        if item is not None and href is None:
            href = next((one for one in hrefs if one in marks or one in left), None)
            if href in left:
                item.attrs["id"] = left.pop(href)
        if token.type == "list_item_close" and is_outer:
            if href in marks:
                yield Token("text", "", 0, content=marks[href])
            item = href = None
        yield token


def _truncate_markdown(markdown: str) -> str:
    """Return Markdown of a bounded length, cut after a whole line; edits and imports refuse longer texts before."""
    if len(markdown) <= MAX_MARKDOWN_CHARS:
        return markdown
    beginning = markdown[:MAX_MARKDOWN_CHARS]
    return f"{beginning[: beginning.rfind(chr(10)) + 1 or MAX_MARKDOWN_CHARS].rstrip()}\n\n…"


def _allowed_blocks(tokens: Iterable[Token], allowed: Mapping[str, str]) -> Iterator[Token]:
    """Yield the allowed blocks: headings become h3 or h4, below those of the email; code a paragraph; rules nothing."""
    for token in tokens:
        if token.type == "fence":
            yield from _code_as_paragraph(token)
        elif token.type != "hr":
            if token.type.startswith("heading_"):
                token.tag = "h3" if token.tag <= "h3" else "h4"
            token.children = list(_allowed_inline_tokens(token.children or [], allowed))
            yield token


def _code_as_paragraph(fence: Token) -> Iterator[Token]:
    code = Token("code_inline", "code", 0, content=fence.content.strip())
    yield Token("paragraph_open", "p", 1, level=fence.level, block=True)
    yield Token("inline", "", 0, level=fence.level + 1, children=[code])
    yield Token("paragraph_close", "p", -1, level=fence.level, block=True)


def _allowed_inline_tokens(tokens: Iterable[Token], allowed: Mapping[str, str]) -> Iterator[Token]:
    """Yield the allowed inline tokens: a picture becomes its description, a link that is not allowed its words."""
    is_allowed = True  # of the link that is open; links do not nest
    for token in tokens:
        if token.type == "image":
            yield from _allowed_inline_tokens(token.children or [], allowed)
            continue
        if token.type == "link_open":
            address = str(token.attrs["href"])
            is_allowed = address in allowed
            token.attrs = {"href": address}
            if language := allowed.get(address):
                token.attrs["lang"] = language
        if is_allowed or token.type not in {"link_open", "link_close"}:
            yield token


def _plain_text_pieces(tokens: Iterable[Token]) -> Iterator[str]:
    marks: list[Callable[[], str]] = []  # one per open list: gives the next item's number or bullet
    indents: list[str] = []
    mark, gap = "", ""
    for token in tokens:
        if token.type == "text":
            yield token.content
        elif token.type == "inline":
            yield gap + _indent_lines(_inline_to_text(token.children or []), indents, mark)
            mark = ""
        elif token.type in {"paragraph_close", "heading_close"}:
            gap = "\n\n" if token.type == "paragraph_close" and not token.hidden else "\n"
        elif token.type in {"ordered_list_open", "bullet_list_open"}:
            marks.append(_list_markers(token))
            gap = "\n" if indents else gap
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            marks.pop()
            gap = "\n" if indents else "\n\n"
        elif token.type == "list_item_open":
            mark = marks[-1]()
            indents.append(" " * len(mark))
        elif token.type == "blockquote_open":
            indents.append("  ")
        elif token.type in {"list_item_close", "blockquote_close"}:
            indents.pop()


def _list_markers(token: Token) -> Callable[[], str]:
    if token.type == "bullet_list_open":
        return lambda: "- "
    numbers = itertools.count(int(token.attrs.get("start", 1)))
    return lambda: f"{next(numbers)}. "


def _indent_lines(words: str, indents: Sequence[str], mark: str) -> str:
    """Return a block's lines with the margin of their list or quote, the first line behind the list's mark."""
    margin = "".join(indents)
    first = margin[: len(margin) - len(mark)] + mark
    return first + words.replace("\n", "\n" + margin)


def _inline_to_text(tokens: Iterable[Token]) -> str:
    """Return the words of one block; a link is "words (address)", or the address alone where that is its words."""
    pieces: list[str] = []
    start, href = 0, ""
    for token in tokens:
        if token.type == "link_open":
            start, href = len(pieces), str(token.attrs["href"])
        elif token.type == "link_close" and "".join(pieces[start:]) != href:
            pieces.append(f" ({href})")
        elif token.type == "softbreak":
            pieces.append(" ")
        elif token.type == "hardbreak":
            pieces.append("\n")
        else:
            pieces.append(token.content)
    return "".join(pieces)


def escape_markdown(words: str) -> str:
    """Return words as one line that Markdown shows literally, without any link, emphasis, formula or heading."""
    words = re.sub(r"([\\`*_\[\]<>|~$@#])", r"\\\1", " ".join(words.split()))
    words = re.sub(r"&(?=#?\w+;)", r"\\&", words)
    words = re.sub(r"(?<=[A-Za-z])(?=://)|(?<=\bwww)(?=\.)", r"\\", words, flags=re.IGNORECASE)
    return re.sub(r"^(\d*)(?=[-+=.)])", r"\1\\", words)
