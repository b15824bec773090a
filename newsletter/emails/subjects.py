"""Makes the subject line and the preheader of an email from the headlines in it, and fits the subject of a service mail.

The words are in the active language. A subject whose only Latin letters are capitals ("AI 논문") counts as shouting in spam
filters (SUBJ_ALL_CAPS), so it gets a name with a small letter. Nothing is read but the name of the site.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from digests.text.text_direction import isolate_in_text
from newsletter.emails.text_measures import count_columns

MAX_SUBJECT_COLUMNS = 80  # 40 Korean letters; inboxes on a desktop show about as many
MAX_LATIN_LETTERS = 70
MAX_SERVICE_SUBJECT_CHARS = 39  # phones show about 40
PREHEADER_CHARS = 120  # about as many as inboxes show
_LATIN = re.compile("[A-Za-z]")


def format_subject(items: Sequence[Mapping[str, str]], count: int, short_name: str) -> str:
    """Return the headline of the first item and how many more the email has of `count`; the short name where it has none.

    One that would be shouting begins with the short name, or with the site's where the short name has capitals alone.
    """
    if not items:
        return short_name
    subject = shorten_headline(items[0]["headline"])
    after_name = isolate_in_text(subject)
    if count > 1:
        words = ngettext("{headline} and {n} more", "{headline} and {n} more", count - 1)
        subject = after_name = words.format(headline=after_name, n=number_format(count - 1, force_grouping=True))
    named = [
        gettext("{name}: {subject}").format(name=isolate_in_text(name), subject=after_name)
        for name in (short_name, settings.SITE_NAME)
    ]
    return next((one for one in (subject, *named) if not _is_shouting(one)), subject)


def _is_shouting(subject: str) -> bool:
    return "".join(_LATIN.findall(subject)).isupper()


def fit_service_subject(fill: Callable[[str], str], name: str) -> str:
    """Return what `fill` makes of a name: a subject under 40 characters, with a longer name cut at a word; the sender has it whole.

    Where it would be shouting, the site's name follows the name, or takes its place.
    """
    site = settings.SITE_NAME
    both = fill(f"{isolate_in_text(name)} ({isolate_in_text(site)})")
    subjects = [_cut_name(fill, name), both, _cut_name(fill, site)]
    good = [one for one in subjects if len(one) <= MAX_SERVICE_SUBJECT_CHARS and not _is_shouting(one)]
    return (good or subjects)[0]


def _cut_name(fill: Callable[[str], str], name: str) -> str:
    room = MAX_SERVICE_SUBJECT_CHARS - len(fill(isolate_in_text(name))) + len(name)
    short = name if len(name) <= room else f"{cut_at_word(name, max(1, room - 1))}…"
    return fill(isolate_in_text(short))


def format_preheader(items: Sequence[Mapping[str, str]]) -> str:
    """Return what inboxes show behind the subject: the headlines of the second and third item, else the line of the first."""
    headlines = [shorten_headline(item["headline"]) for item in items[1:3]]
    line = cut_at_word(" · ".join(headlines or [item["line"] for item in items[:1]]), PREHEADER_CHARS)
    return " · ".join(map(isolate_in_text, line.split(" · ")))


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
