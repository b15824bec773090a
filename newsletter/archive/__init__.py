"""The public archive: which digests anybody may read, and the search over them."""
