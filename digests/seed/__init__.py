"""Seed content: the first publications, categories and sources of a new installation."""
