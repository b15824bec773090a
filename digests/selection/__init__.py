"""Which items a day's digest carries, and in which category."""
