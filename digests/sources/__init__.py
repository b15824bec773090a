"""The web becomes items: polite requests, feeds and pages read, entries de-duplicated, links checked."""
