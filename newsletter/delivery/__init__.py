"""One row per reader and mailing: planned, queued, sent, settled, recovered."""
