"""Makes what the templates say of one item of a section: headline, text, and the quiet line of its source. Pure, from loaded rows.

A paper of arXiv is linked by its abstract page, without a version, and has a PDF. Not here: the look (templates/email/digest.mjml).
"""

import re
from typing import Any

from django.utils.encoding import iri_to_uri
from django.utils.translation import ngettext

from digests.quality.section_outline import OutlinedItem
from digests.text.key_sentences import split_sentences
from newsletter.emails.strings import format_votes
from newsletter.emails.text_measures import count_columns

MAX_SENTENCES, MAX_WORDS = 2, 45  # the web has the rest
_PHONE_COLUMNS = 30  # of a headline on a screen of 375 pixels
_MAX_AUTHORS, _MAX_AUTHOR_CHARS = 2, 60
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


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
        "title": {"words": title, "language": item.row.language, "turns": bool(_RIGHT_TO_LEFT.search(title))}
        if title
        else None,
        "authors": format_authors(row.authors if row else []),
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


def format_authors(names: list[str]) -> str:
    """Return the first two authors and the number of the others; a stored name is cut where it is no name."""
    names = [name for name in names if any(letter.isalpha() for letter in str(name))]
    shown = [" ".join(str(name).split())[:_MAX_AUTHOR_CHARS] for name in names[:_MAX_AUTHORS]]
    line = ", ".join(shown)
    if more := len(names) - len(shown):
        words = ngettext("{names} and {n} more", "{names} and {n} more", more)
        return words.format(names=line, n=more)
    return line


def clean_web_url(url: str) -> str:
    """Return a URL in ASCII, as mail programs need it; an empty string where it is not http or https."""
    return iri_to_uri(url) if url.startswith(("https://", "http://")) else ""
