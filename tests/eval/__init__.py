"""Measures the quality gates: sections that are right, the same sections with one fault each, and what is found."""
