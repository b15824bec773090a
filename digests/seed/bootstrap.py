"""Creates the first publications, categories and sources from the TOML files in this folder.

It may be run at any time. A row whose slug exists is kept as the operator has left it, with its links to other rows. A row
that the operator deleted is created again by the next run; to be rid of one, disable or retire it.
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
    """How many rows of a kind were created, and how many existed before."""

    kind: str
    created: int
    kept: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.created} created, {self.kept} kept"


@transaction.atomic
def bootstrap_content() -> list[SeedCount]:
    """Create the missing rows of the seed content, and change no row that exists; return the counts by kind."""
    categories = {name: _read_rows(name, "category") for name in CATEGORY_FILES}
    for rows in categories.values():
        for position, row in enumerate(rows, 1):
            row["position"] = position * 10  # leaves room between two for a category of the operator
    sources = _read_rows("sources", "source")
    readers_by_source = {row["slug"]: row.pop("publications") for row in sources}
    publications = _read_rows("publications", "publication")
    list_by_publication = {row["slug"]: row.pop("categories") for row in publications}
    new_categories = _create_missing(Category, [row for rows in categories.values() for row in rows])
    new_sources = _create_missing(Source, sources)
    new_publications = _create_missing(Publication, publications)
    # Only new publications get their links: an operator may have taken a source or a category out of an older one.
    for publication in Publication.objects.filter(slug__in=new_publications):
        slugs = [row["slug"] for row in categories[list_by_publication[publication.slug]]]
        publication.categories.set(Category.objects.filter(slug__in=slugs))
        slugs = [slug for slug, readers in readers_by_source.items() if publication.slug in readers]
        publication.sources.set(Source.objects.filter(slug__in=slugs))
    return [
        SeedCount("categories", len(new_categories), sum(map(len, categories.values())) - len(new_categories)),
        SeedCount("sources", len(new_sources), len(sources) - len(new_sources)),
        SeedCount("newsletters", len(new_publications), len(publications) - len(new_publications)),
    ]


def _read_rows(file: str, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((SEED_FOLDER / f"{file}.toml").read_text(encoding="utf-8"))[table]
    return rows


def _create_missing(model: type[models.Model], rows: list[dict[str, Any]]) -> set[str]:
    """Create the rows whose slug is not there yet; return the slugs of these."""
    created_slugs = set()
    for row in rows:
        _object, created = model._default_manager.get_or_create(slug=row["slug"], defaults=row)
        created_slugs |= {row["slug"]} if created else set()
    return created_slugs
