"""Tables of digests: publications, categories, sources, items, digests, revisions, links.

A rule that rows must obey is a constraint here. Not here: the code that makes and changes rows, which is in the folders
of the flow (sources, selection, writing, building, review).
"""

from digests.models.digests import MAX_SECTIONS, Digest, Section, SectionItem
from digests.models.items import Classification, Entry, Item
from digests.models.links import Link
from digests.models.publications import Category, Publication
from digests.models.revisions import Revision, Rewrite
from digests.models.row_failures import RowFailure
from digests.models.sources import Collection, Source

__all__ = [
    "MAX_SECTIONS",
    "Category",
    "Classification",
    "Collection",
    "Digest",
    "Entry",
    "Item",
    "Link",
    "Publication",
    "Revision",
    "Rewrite",
    "RowFailure",
    "Section",
    "SectionItem",
    "Source",
]
