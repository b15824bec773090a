"""Requests to language models: a prompt and a schema become a validated object and its cost, within a budget."""
