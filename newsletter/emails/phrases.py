"""The words of pages and service mails: a key and a language -> a sentence of `phrases.toml`.

Both languages of a sentence stand side by side there, so that a forgotten one is seen; a test compares them. Not here:
what editors name themselves (publications, categories), which stands in rows.
"""

import datetime as dt
import functools
import tomllib
from pathlib import Path

LANGUAGES = ("ko", "en")
_DAYS = {
    "ko": ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    "en": ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"),
}


def get_phrase(key: str, language: str, **values: object) -> str:
    """Return a sentence in a language, or in English where there is none; the values fill its {places}."""
    texts = _table()[key]
    return texts.get(language[:2], texts["en"]).format(**values)


def format_month(day: dt.date, language: str) -> str:
    """Return a month in words."""
    return f"{day.year}년 {day.month}월" if language[:2] == "ko" else f"{day:%B %Y}"


def format_schedule(weekdays: str, hour: int, language: str) -> str:
    """Return when a publication is sent; weekdays as the publication keeps them, 1 is Monday."""
    days = sorted(set(weekdays))
    if days == list("1234567"):
        return get_phrase("schedule_daily", language, hour=hour)
    if days == list("12345"):
        return get_phrase("schedule_weekdays", language, hour=hour)
    names = [_DAYS.get(language[:2], _DAYS["en"])[int(one) - 1] for one in days]
    return get_phrase("schedule_days", language, hour=hour, days=", ".join(names))


@functools.cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
