"""Makes digests from feeds; knows nothing of subscribers or mail."""
