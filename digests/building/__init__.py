"""One day of one publication, from candidates to a draft under review."""
