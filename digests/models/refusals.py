"""Reasons for which entries of a source are refused: codes with parameters, how a Collection keeps them, and their words.

Not here: which entries are refused (`digests.sources.dedupe`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override


class RefusalReason(models.TextChoices):
    """Why an entry of a source is refused."""

    TITLE = "title", "no title"
    LINK = "link", "no link"
    PRIVATE = "private", "private network"
    OLD = "old", "too old"


@dataclass(frozen=True, order=True)
class Refusal:
    """A reason with its parameter: for OLD, `days` is the age that the source allows."""

    reason: RefusalReason
    days: int = 0

    @property
    def has_link(self) -> bool:
        """Whether the refused entry has a link that may be shown to a person."""
        return self.reason not in {RefusalReason.LINK, RefusalReason.PRIVATE}

    def in_words(self) -> str:
        """Return the reason in the language of the page."""
        match self.reason:
            case RefusalReason.TITLE:
                return _("without a title")
            case RefusalReason.LINK:
                return _("without a usable link")
            case RefusalReason.PRIVATE:
                return _("points to a private network")
            case RefusalReason.OLD:
                return ngettext("older than %(days)d day", "older than %(days)d days", self.days) % {"days": self.days}

    def in_english(self) -> str:
        """Return the reason in English, for a log or a terminal."""
        with override("en"):
            return self.in_words()


def _sort_by_count(refusals: Mapping[Refusal, int]) -> list[tuple[Refusal, int]]:
    return sorted(refusals.items(), key=lambda pair: (-pair[1], pair[0]))


def serialize_refusals(refusals: Mapping[Refusal, int]) -> list[dict[str, Any]]:
    """Return the number of entries per reason in the JSON form that a Collection keeps: the most frequent first."""
    return [asdict(refusal) | {"n": n} for refusal, n in _sort_by_count(refusals)]


def deserialize_refusals(rows: list[dict[str, Any]]) -> Counter[Refusal]:
    """Return the number of entries per reason from the JSON form of `serialize_refusals`."""
    return Counter({Refusal(RefusalReason(row["reason"]), row.get("days", 0)): row["n"] for row in rows})


def describe_refusals(refusals: Mapping[Refusal, int]) -> str:
    """Return the reasons in the language of the page; where there are several, each with its number of entries."""
    if len(refusals) == 1:
        return next(iter(refusals)).in_words()
    words = [(n, refusal.in_words()) for refusal, n in _sort_by_count(refusals)]
    return ", ".join(_("%(n)d %(why)s") % {"n": n, "why": why} for n, why in words)


def count_refusals_in_english(refusals: Mapping[Refusal, int]) -> str:
    """Return the number of refused entries and the reasons in English: "100 skipped: older than 7 days"."""
    with override("en"):
        return f"{sum(refusals.values()):,} skipped" + (f": {describe_refusals(refusals)}" if refusals else "")
