"""Tables of words for the gates: families, pairs and lists, per language. No code but what builds a table."""
