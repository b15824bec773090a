"""Looks up the sentences of pages and service mails by key and language, in `phrases.toml`.

Both languages of a sentence stand side by side there, so that a missing one is seen; a test compares them. Not here: the words
of a digest's email (strings), and names that editors give (publications, categories), which stand in rows.
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
    """Return a sentence in a language, in English where there is none in it; `values` fill its placeholders. Raises KeyError."""
    texts = _load_phrases()[key]
    return texts.get(language[:2], texts["en"]).format(**values)


def format_month(day: dt.date, language: str) -> str:
    """Return the month of a day as text: "2026년 5월", "May 2026"."""
    return f"{day.year}년 {day.month}월" if language[:2] == "ko" else f"{day:%B %Y}"


def format_schedule(weekdays: str, hour: int, language: str) -> str:
    """Return when a publication is sent, as text; `weekdays` are digits, 1 is Monday, `hour` is from 0 to 23."""
    days = sorted(set(weekdays))
    if days == list("1234567"):
        return get_phrase("schedule_daily", language, hour=hour)
    if days == list("12345"):
        return get_phrase("schedule_weekdays", language, hour=hour)
    names = [_DAYS.get(language[:2], _DAYS["en"])[int(one) - 1] for one in days]
    return get_phrase("schedule_days", language, hour=hour, days=", ".join(names))


@functools.cache
def _load_phrases() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
