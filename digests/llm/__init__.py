"""A prompt and a schema go in; a validated object and its cost come out, within a budget."""
