"""Exchanges digests as Markdown files: exports them, and imports those of an old archive."""
