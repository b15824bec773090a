"""Counts with their noun in English, for lines of a terminal: "1 item", "1,200 items".

Not here: sentences of pages and emails, whose plurals are those of each language (gettext).
"""


def count_noun(n: int, one: str, many: str = "") -> str:
    """Return a count with its noun; `many` where the plural takes more than an s."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"
