"""Sentences of pages and service mails: each in both languages, with the same placeholders, and used."""

import re
import string
from pathlib import Path

import pytest

from newsletter.emails import phrases
from newsletter.emails.phrases import get_phrase

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
    put_together = re.fullmatch(r"schedule_\w+|error_\w+", key)

    assert put_together is not None or re.search(rf'["\']{key}["\']', CODE) is not None


def test_phrase_in_a_language_without_words_is_english() -> None:
    assert get_phrase("skip", "de") == get_phrase("skip", "en-US") == "Skip to the text"
