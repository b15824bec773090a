"""The quality gates by family: passages of plain text and their sources -> findings, each with its place; pure."""
