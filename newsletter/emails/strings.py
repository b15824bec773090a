"""The sentences around a digest in its email that name counts, categories or the site, in the active language.

Not here: the fixed words of the email, which stand in its templates, and the sentences of service mails (transactional).
"""

from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from digests.text.localization import join_names


def format_coverage(*, shown: int, found: int, extracted: bool, summarized: int | None = None) -> str:
    """Return the line about a section's coverage: how many of the found items it has, and whether it consists of excerpts.

    `summarized` is how many of the shown items the model wrote about; the others are listed by title alone. An empty string
    where the section has no items, as it may be after an editor's work.
    """
    if not shown:
        return ""
    is_partly = summarized is not None and summarized < shown
    if found > shown:
        words = _choose_words_of_candidates(found, extracted=extracted, is_partly=is_partly)
    else:
        words = _choose_words(shown, extracted=extracted, is_partly=is_partly)
    counts = {"shown": shown, "found": found, "summarized": summarized or 0}
    return words.format(**{name: number_format(count, force_grouping=True) for name, count in counts.items()})


def _choose_words(shown: int, *, extracted: bool, is_partly: bool) -> str:
    if extracted:
        return ngettext("{shown} item · excerpts", "{shown} items · excerpts", shown)
    if is_partly:
        return ngettext("{summarized} of {shown} item summarized", "{summarized} of {shown} items summarized", shown)
    return ngettext("{shown} summarized", "{shown} summarized", shown)


def _choose_words_of_candidates(found: int, *, extracted: bool, is_partly: bool) -> str:
    if extracted:
        return ngettext("{shown} of {found} item · excerpts", "{shown} of {found} items · excerpts", found)
    if is_partly:
        return ngettext(
            "{shown} of {found} item listed, {summarized} summarized",
            "{shown} of {found} items listed, {summarized} summarized",
            found,
        )
    return ngettext("{shown} of {found} item summarized", "{shown} of {found} items summarized", found)


def format_split_prompt(old: str, parts: Sequence[str]) -> str:
    """Return the sentences about a category that was split, from its old name and the names of its parts."""
    words = gettext("We’ve split “{old}” into {parts}. You’ll get them all until you choose.")
    return words.format(old=old, parts=join_names(parts))


def format_reason(site: str, publication: str) -> str:
    """Return the sentence at the foot of an email that says why the reader gets it."""
    words = gettext("You’re getting this email because you agreed to receive {name} from {site}.")
    return words.format(site=site, name=publication)
