"""Looks up the sentences of pages by key and language, in `phrases.toml`.

Both languages of a sentence stand side by side there, so that a missing one is seen; a test compares them. Not here: the words
of a digest's email (strings), and names that editors give (publications, categories), which stand in rows.
"""

import functools
import tomllib
from pathlib import Path

LANGUAGES = ("ko", "en")


def get_phrase(key: str, language: str, **values: object) -> str:
    """Return a sentence in a language, in English where there is none in it; `values` fill its placeholders. Raises KeyError."""
    texts = _load_phrases()[key]
    return texts.get(language[:2], texts["en"]).format(**values)


@functools.cache
def _load_phrases() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
