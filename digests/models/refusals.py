"""Why entries of a source are not taken: codes with parameters, as they are kept on a Collection -> the same in words.

Not here: which entries are refused (dedupe).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import override


class Reason(models.TextChoices):
    """Why an entry is refused."""

    TITLE = "title", "no title"
    LINK = "link", "no link"
    PRIVATE = "private", "private network"
    OLD = "old", "too old"


@dataclass(frozen=True, order=True)
class Refusal:
    """A reason; `days` is the age that the source allows, where that is the reason."""

    reason: str
    days: int = 0

    @property
    def has_link(self) -> bool:
        """Whether the entry leads to a page that a reader may be led to."""
        return self.reason not in {Reason.LINK, Reason.PRIVATE}

    def in_words(self) -> str:
        """Return the reason in the language of the page."""
        match self.reason:
            case Reason.TITLE:
                return _("without a title")
            case Reason.LINK:
                return _("without a usable link")
            case Reason.PRIVATE:
                return _("leads into a private network")
            case Reason.OLD:
                return _("older than %(days)d days") % {"days": self.days}
        return self.reason

    def in_english(self) -> str:
        """Return the reason for a log or a terminal."""
        with override("en"):
            return self.in_words()


def as_rows(refusals: Mapping[Refusal, int]) -> list[dict[str, Any]]:
    """Return how many were refused for which reason, as a Collection keeps it: the most frequent first."""
    return [asdict(one) | {"n": n} for one, n in sorted(refusals.items(), key=lambda pair: (-pair[1], pair[0]))]


def from_rows(rows: list[dict[str, Any]]) -> Counter[Refusal]:
    """Return what `as_rows` made rows of."""
    return Counter({Refusal(row["reason"], row.get("days", 0)): row["n"] for row in rows})


def in_words(refusals: Mapping[Refusal, int]) -> str:
    """Return the reasons in the language of the page: each with its number where there are several."""
    if len(refusals) == 1:
        return next(iter(refusals)).in_words()
    words = [(row["n"], Refusal(row["reason"], row["days"]).in_words()) for row in as_rows(refusals)]
    return ", ".join(_("%(n)d %(why)s") % {"n": n, "why": why} for n, why in words)


def count_in_english(refusals: Mapping[Refusal, int]) -> str:
    """Return how many were refused, and why, for a log or a terminal: "100 refused: older than 7 days"."""
    with override("en"):
        return f"{sum(refusals.values())} refused" + (f": {in_words(refusals)}" if refusals else "")
