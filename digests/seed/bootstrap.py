"""The files in this folder -> the first publications, categories and sources.

It may be run at any time: what is there by its slug is kept as an operator has left it, links between rows included.
What an operator deletes comes back with the next run; what is not wanted is disabled or retired instead.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import models, transaction

from digests.models import Category, Publication, Source

SEED_FOLDER = Path(__file__).parent
CATEGORY_FILES = ("papers", "news")


@dataclass(frozen=True)
class SeedCount:
    """How many rows of a kind were made, and how many were there before."""

    kind: str
    created: int
    kept: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.created} created, {self.kept} kept"


@transaction.atomic
def bootstrap_content() -> list[SeedCount]:
    """Make what is missing of the start content; change nothing that is there."""
    categories = {name: _read_rows(name, "category") for name in CATEGORY_FILES}
    for rows in categories.values():
        for position, row in enumerate(rows, 1):
            row["position"] = position * 10  # an operator's own category fits in between
    sources = _read_rows("sources", "source")
    read_by = {row["slug"]: row.pop("publications") for row in sources}
    publications = _read_rows("publications", "publication")
    lists = {row["slug"]: row.pop("categories") for row in publications}
    new_categories = _create_missing(Category, [row for rows in categories.values() for row in rows])
    new_sources = _create_missing(Source, sources)
    new_publications = _create_missing(Publication, publications)
    for publication in Publication.objects.filter(slug__in=new_publications):
        slugs = [row["slug"] for row in categories[lists[publication.slug]]]
        publication.categories.set(Category.objects.filter(slug__in=slugs))
        slugs = [slug for slug, readers in read_by.items() if publication.slug in readers]
        publication.sources.set(Source.objects.filter(slug__in=slugs))
    return [
        SeedCount("categories", len(new_categories), sum(map(len, categories.values())) - len(new_categories)),
        SeedCount("sources", len(new_sources), len(sources) - len(new_sources)),
        SeedCount("publications", len(new_publications), len(publications) - len(new_publications)),
    ]


def _read_rows(file: str, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((SEED_FOLDER / f"{file}.toml").read_text(encoding="utf-8"))[table]
    return rows


def _create_missing(model: type[models.Model], rows: list[dict[str, Any]]) -> set[str]:
    """Create the rows whose slug is not there yet; return the slugs of these."""
    made = set()
    for row in rows:
        _object, created = model._default_manager.get_or_create(slug=row["slug"], defaults=row)
        made |= {row["slug"]} if created else set()
    return made
