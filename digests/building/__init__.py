"""Builds the digest of a day: one publication's candidates become a draft for review."""
