"""Counts from the rows of the last 30 days how sections were written and how issues were approved, for About and privacy.

A section that nobody changed is counted by the database; only those with changes are loaded, to see whether the text differs.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from digests.models import Digest, Revision, Section
from digests.review.edit import TEXT_CHANGES
from digests.review.provenance import ApprovedBy, WrittenBy, make_provenance_prefetch, read_approval, read_author
from newsletter.archive import queries

COUNTED_DAYS = 30
_UNCHANGED = {
    Section.Origin.MODEL: WrittenBy.MODEL,
    Section.Origin.EXTRACTED: WrittenBy.SOURCES,
    Section.Origin.IMPORTED: WrittenBy.IMPORTED,
}


@dataclass
class ProvenanceCounts:
    """How many sections were written in each way, by which AI models, and how many issues were approved in each way."""

    sections: Counter[WrittenBy] = field(default_factory=Counter)
    models: dict[WrittenBy, list[str]] = field(default_factory=dict)
    issues: Counter[ApprovedBy] = field(default_factory=Counter)

    @property
    def all_models(self) -> list[str]:
        """The names of all models that wrote a section."""
        return list(dict.fromkeys(name for names in self.models.values() for name in names))

    def add(self, written_by: WrittenBy, model: str, n: int = 1) -> None:
        """Count sections that a model, if it is named, wrote."""
        self.sections[written_by] += n
        names = self.models.setdefault(written_by, [])
        if model and model not in names:
            names.append(model)


def count_recent_provenance(now: dt.datetime | None = None) -> ProvenanceCounts:
    """Count the public issues of open newsletters of the last 30 days, and their sections; imported ones are not counted."""
    digests, counts = _list_recent_digests(now or timezone.now()), ProvenanceCounts()
    for digest in digests:
        counts.issues[read_approval(digest)] += 1
    changes = Revision.objects.filter(section=OuterRef("pk"), what__in=TEXT_CHANGES)
    sections = Section.objects.filter(digest__in=digests).exclude(text="").annotate(is_changed=Exists(changes))
    unchanged = sections.filter(is_changed=False).order_by("model").values_list("origin", "model")
    for origin, model, n in unchanged.annotate(n=Count("pk")):
        counts.add(_UNCHANGED[Section.Origin(origin)], model, n)
    for section in sections.filter(is_changed=True).prefetch_related(make_provenance_prefetch()):
        found = read_author(section)
        counts.add(found.written_by, next(iter(found.models), ""))
    return counts


def _list_recent_digests(now: dt.datetime) -> QuerySet[Digest]:
    since = timezone.localdate(now, dt.UTC) - dt.timedelta(days=COUNTED_DAYS)
    return queries.list_public_digests().filter(date__gt=since, imported=False, publication__enabled=True)
