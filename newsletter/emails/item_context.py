"""Makes what the templates say of one item of a section: headline, text, and the quiet line of its source. Pure, from loaded rows.

A paper of arXiv is linked by its abstract page, without a version, and has a PDF. Not here: the look (templates/email/digest.mjml).
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.encoding import iri_to_uri
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from digests.quality.section_outline import OutlinedItem
from digests.text.key_sentences import split_sentences
from digests.text.text_direction import has_right_to_left_letters, isolate_in_html
from newsletter.emails.strings import format_votes
from newsletter.emails.text_measures import count_columns

MAX_SENTENCES, MAX_WORDS = 2, 45  # the web has the rest
_PHONE_COLUMNS = 30  # of a headline on a screen of 375 pixels
_MAX_AUTHORS, _MAX_AUTHOR_CHARS = 2, 60


def make_item_context(item: OutlinedItem, *, number: int, digest_url: str) -> dict[str, Any]:
    """Return the context of one item; `number` is its place in the email's section, from 1, by which its link is found in plain text."""
    place = f"{digest_url}#{item.anchor}"
    row = item.row.item
    arxiv_id = row.arxiv_id if row else ""
    title = "" if item.headline == item.row.headline else item.row.headline
    return {
        "number": number,
        "headline": item.headline,
        "language": item.language,
        "url": f"https://arxiv.org/abs/{arxiv_id}" if arxiv_id else clean_web_url(item.row.url),
        "text": shorten_text(item.text),
        "text_language": item.text_language,
        "line": item.line,
        "is_short": count_columns(item.headline) <= _PHONE_COLUMNS,
        "emoji": item.section.emoji,
        "title": {"words": title, "language": item.row.language, "turns": has_right_to_left_letters(title)}
        if title
        else None,
        "author_names": [str(name) for name in row.authors] if row else [],
        "pdf": f"https://arxiv.org/pdf/{arxiv_id}" if arxiv_id else "",
        "votes": format_votes(item.votes.votes),
        "place": place,
        "has_evidence": item.has_evidence,
    }


def shorten_text(text: str) -> str:
    """Return the first sentences of a text: two at most, and no more than 45 words; a single longer one ends with an ellipsis."""
    kept: list[str] = []
    for sentence in list(split_sentences(text))[:MAX_SENTENCES]:
        if kept and len(" ".join([*kept, sentence]).split()) > MAX_WORDS:
            break
        kept.append(sentence)
    words = " ".join(kept).split()
    return " ".join(words) if len(words) <= MAX_WORDS else " ".join(words[:MAX_WORDS]).rstrip(" ,;:") + " …"


def format_authors(names: Sequence[str], *, isolate: Callable[[str], str] = str) -> str:
    """Return the first two authors and the number of the others; `isolate` sets a name apart from the line around it."""
    line, words, more = _choose_authors(names)
    return words.format(names=", ".join(isolate(name) for name in line), n=more)


def format_authors_html(names: Sequence[str]) -> SafeString:
    """Return the same line as HTML, each name apart."""
    line, words, more = _choose_authors(names)
    return format_html(words, names=format_html_join(", ", "{}", ((isolate_in_html(name),) for name in line)), n=more)


def _choose_authors(names: Sequence[str]) -> tuple[list[str], str, int]:
    """Return the first two authors, the pattern of their line, and the number of the others; a name is cut where it is no name."""
    names = [name for name in names if any(letter.isalpha() for letter in name)]
    shown = [" ".join(name.split())[:_MAX_AUTHOR_CHARS] for name in names[:_MAX_AUTHORS]]
    more = len(names) - len(shown)
    words = ngettext("{names} and {n} more", "{names} and {n} more", more) if more else "{names}"
    return shown, words, more


def clean_web_url(url: str) -> str:
    """Return a URL in ASCII, as mail programs need it; an empty string where it is not http or https."""
    return iri_to_uri(url) if url.startswith(("https://", "http://")) else ""
