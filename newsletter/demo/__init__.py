"""One real day, offline: bundled feeds from a local server through the same functions as production, to .eml files."""
