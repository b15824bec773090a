"""Sentences of pages and service mails: each in both languages, with the same placeholders, and used."""

import datetime as dt
import re
import string
from pathlib import Path

import pytest

from newsletter.emails import phrases
from newsletter.emails.phrases import format_month, format_schedule, get_phrase

ROOT = Path(phrases.__file__).parents[1]
TABLE = phrases._load_phrases()  # the table itself is what is tested here
CODE = "".join(
    path.read_text(encoding="utf-8")
    for folder, pattern in ((ROOT, "**/*.py"), (ROOT.parent / "templates" / "site", "*.html"))
    for path in folder.glob(pattern)
)


@pytest.mark.parametrize("key", sorted(TABLE))
def test_phrase_has_both_languages_and_the_same_places(key: str) -> None:
    texts = TABLE[key]

    assert sorted(texts) == sorted(phrases.LANGUAGES)
    places = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts.values()]
    assert places[0] == places[1]


@pytest.mark.parametrize("key", sorted(TABLE))
def test_phrase_is_used(key: str) -> None:
    put_together = re.fullmatch(r"error_\w+|mail_\w+_(subject|text|button|quiet)", key)

    assert put_together is not None or re.search(rf'["\']{key}["\']', CODE) is not None


def test_phrase_in_a_language_without_words_is_english() -> None:
    assert get_phrase("leave_button", "de") == get_phrase("leave_button", "en-US") == "Unsubscribe"


@pytest.mark.parametrize(
    ("weekdays", "ko", "en"),
    [
        ("1234567", "매일 8시에 보냅니다", "Sent every day at 8:00"),
        ("54321", "평일 8시에 보냅니다", "Sent on weekdays at 8:00"),
        ("15", "월요일, 금요일 8시에 보냅니다", "Sent on Mondays, Fridays at 8:00"),
    ],
)
def test_schedule_is_put_into_words(weekdays: str, ko: str, en: str) -> None:
    assert [format_schedule(weekdays, 8, one) for one in ("ko", "en")] == [ko, en]


def test_month_is_put_into_words() -> None:
    assert [format_month(dt.date(2026, 5, 1), one) for one in ("ko", "en")] == ["2026년 5월", "May 2026"]
