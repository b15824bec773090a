"""The sentences around a digest in its email that name counts, categories or the site, in the active language.

Not here: the fixed words of the email, which stand in its templates, and the sentences of service mails (transactional).
"""

from collections.abc import Sequence

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext

from digests.text.localization import join_names
from digests.text.text_direction import isolate_in_text

_UNBROKEN_CHARS = 20
_DOT = "\u00a0· "
_LABELS_CHARS = 120  # about as many as inboxes show


def format_coverage(shown: int, found: int) -> str:
    """Return the line about a section's coverage: how many of the found items it has; empty where it has none."""
    if not shown:
        return ""
    counts = {"shown": _number(shown), "found": _number(found)}
    if found > shown:
        return ngettext("{shown} of {found} item", "{shown} of {found} items", found).format(**counts)
    return ngettext("{shown} item", "{shown} items", shown).format(**counts)


def format_amount(items: int, minutes: int) -> str:
    """Return how many items an email has and how long it takes to read: "8편 · 4분"."""
    time = pgettext("reading time", "{n} min").format(n=_number(minutes))
    return f"{format_coverage(items, items)} · {time}" if items else time


def format_rest(rows: int) -> str:
    """Return what stands above the items of a section that follow those in full, with their headline alone."""
    return ngettext("{n} more item", "{n} more items", rows).format(n=_number(rows))


def format_more_on_web(hidden: int) -> str:
    """Return the words of the link from a shortened section to the web, where `hidden` items more are."""
    if not hidden:
        return gettext("Read the whole section on the web")
    return ngettext("{n} more on the web", "{n} more on the web", hidden).format(n=_number(hidden))


def join_counts(counts: Sequence[tuple[str, int]]) -> str:
    """Return the labels of sections with their numbers of items, in one line."""
    # A short label stays in one line with its number, and no line begins with a dot.
    kept = [
        (
            isolate_in_text(label).replace(" ", "\u00a0") if len(label) <= _UNBROKEN_CHARS else isolate_in_text(label),
            count,
        )
        for label, count in counts
    ]
    return _DOT.join(f"{label}\u00a0{_number(count)}" if count else label for label, count in kept)


def format_own_counts(counts: Sequence[tuple[str, int]], others: int) -> str:
    """Return the sections of an email with their numbers of items, and how many items the other categories of the issue have."""
    if not others:
        return gettext("every category of this issue")
    rest = gettext("other categories {n}").format(n=_number(others))
    return f"{join_counts(counts)}{_DOT}{rest}"


def join_labels(labels: Sequence[str]) -> str:
    """Return labels in one line, as many as inboxes show, and the number of the others."""
    shown = list(labels)
    while len(shown) > 1 and len(" · ".join(shown)) > _LABELS_CHARS:
        shown.pop()
    more = len(labels) - len(shown)
    return " · ".join(map(isolate_in_text, shown)) + (f" +{more}" if more else "")


def _number(n: int) -> str:
    return number_format(n, force_grouping=True)


def format_total(own: int, items: int) -> str:
    """Return how many of the items of an issue are in this email."""
    if own < items:
        words = ngettext("{own} of the {n} item in this issue", "{own} of the {n} items in this issue", items)
    else:
        words = ngettext("{n} item in this issue", "{n} items in this issue", items)
    return words.format(n=_number(items), own=_number(own))


def format_votes(votes: int) -> str:
    """Return how many votes a paper has on Hugging Face; empty where it has none."""
    words = ngettext("{n} vote on Hugging Face", "{n} votes on Hugging Face", votes)
    return words.format(n=_number(votes)) if votes else ""


def format_split_prompt(old: str, parts: Sequence[str]) -> str:
    """Return the sentences about a category that was split, from its old name and the names of its parts."""
    words = gettext("We’ve split “{old}” into {parts}. You’ll get them all until you choose.")
    return words.format(old=old, parts=join_names(parts))


def format_sender_line() -> str:
    """Return the last line of an email in plain text: the name of the site, and its postal address where that is set."""
    return f"{settings.SITE_NAME} · {settings.POSTAL_ADDRESS}" if settings.POSTAL_ADDRESS else settings.SITE_NAME


def format_reason(site: str, publication: str) -> str:
    """Return the sentence at the foot of an email that says why the reader gets it."""
    words = gettext("You’re getting this email because you agreed to receive {name} from {site}.")
    return words.format(site=isolate_in_text(site), name=isolate_in_text(publication))
