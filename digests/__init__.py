"""Makes a digest from feeds; knows nothing of subscribers or mail."""
