"""The editor's desk in Django admin, as far as it is about what is said: importing this registers its pages."""

from digests.admin import category, content, digest, publication, source

__all__ = ["category", "content", "digest", "publication", "source"]
