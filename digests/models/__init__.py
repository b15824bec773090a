"""The nouns of a digest: who publishes, from where, what was found, what is said about it.

A rule that the rows must obey is a constraint here; changes of one row are methods. How rows come to be stands in the
folders of the flow (sources, selection, writing, building, review), never here.
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
