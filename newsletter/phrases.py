"""The words of pages and service mails: a key and a language -> a sentence of `phrases.toml`.

Both languages of a sentence stand side by side there, so that a forgotten one is seen; a test compares them. Not here:
what editors name themselves (publications, categories), which stands in rows.
"""

import datetime as dt
import functools
import tomllib
from pathlib import Path

LANGUAGES = ("ko", "en")


def phrase(key: str, language: str, **values: object) -> str:
    """Return a sentence in a language, or in English where there is none; the values fill its {places}."""
    texts = _table()[key]
    return texts.get(language[:2], texts["en"]).format(**values)


def month(day: dt.date, language: str) -> str:
    """Return a month in words."""
    return f"{day.year}년 {day.month}월" if language[:2] == "ko" else f"{day:%B %Y}"


@functools.cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
