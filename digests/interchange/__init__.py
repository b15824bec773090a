"""The archive's Markdown, out and in."""
