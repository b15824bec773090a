"""Django admin for editors: digests and their review, publications, categories, sources, items. Importing it registers all."""

from digests.admin import category, content, digest, publication, source

__all__ = ["category", "content", "digest", "publication", "source"]
