"""Makes the subject line and the preheader of an email from the headlines in it. Pure, in the active language."""

import re
from collections.abc import Mapping, Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from newsletter.emails.text_measures import count_columns

MAX_SUBJECT_COLUMNS = 80  # 40 Korean letters; inboxes on a desktop show about as many
MAX_LATIN_LETTERS = 70
PREHEADER_CHARS = 120  # about as many as inboxes show
_LATIN = re.compile("[A-Za-z]")


def format_subject(items: Sequence[Mapping[str, str]], count: int, short_name: str) -> str:
    """Return the headline of the first item and how many more the email has of `count`; the short name where it has none.

    A subject whose only Latin letters are capitals begins with the short name: filters take it for shouting (SUBJ_CAPS).
    """
    if not items:
        return short_name
    subject = shorten_headline(items[0]["headline"])
    if count > 1:
        words = ngettext("{headline} and {n} more", "{headline} and {n} more", count - 1)
        subject = words.format(headline=subject, n=number_format(count - 1, force_grouping=True))
    letters = "".join(_LATIN.findall(subject))
    if letters and letters.isupper():
        subject = gettext("{name}: {subject}").format(name=short_name, subject=subject)
    return subject


def format_preheader(items: Sequence[Mapping[str, str]]) -> str:
    """Return what inboxes show behind the subject: the headlines of the second and third item, else the line of the first."""
    headlines = [shorten_headline(item["headline"]) for item in items[1:3]]
    return cut_at_word(" · ".join(headlines or [item["line"] for item in items[:1]]), PREHEADER_CHARS)


def shorten_headline(headline: str) -> str:
    """Return a headline whole where it is no longer than ours are; a longer title is cut at a word, without a mark."""
    most = MAX_LATIN_LETTERS
    while most > 1 and count_columns(headline[:most]) > MAX_SUBJECT_COLUMNS:
        most -= 1
    return cut_at_word(headline, most)


def cut_at_word(text: str, most: int) -> str:
    """Return a text of at most so many characters, cut after a whole word where it has one, without a mark."""
    if len(text) <= most:
        return text
    head, space, _rest = text[: most + 1].rpartition(" ")
    return (head if space else text[:most]).rstrip(" ,;:–—-·")
