"""The first publications, categories and sources."""
