"""How long a text takes to read, whatever its script, and how wide its lines are."""

import pytest

from newsletter.emails.text_measures import count_columns, count_reading_units, to_minutes


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("여섯 글자입니다. " * 200, 4),  # 1,400 letters of Hangul at 400 a minute, and what stands between them
        ("Six letters in a word or so. " * 165, 4),  # 4,800 of Latin at 1,200
        ("여섯 글자입니다. " * 100 + "Six letters in a word or so. " * 83, 4),
        ("See https://example.org/" + "x" * 5000, 1),  # nobody reads an address
        ("", 1),
    ],
)
def test_minutes_of_a_text(text: str, minutes: int) -> None:
    assert to_minutes(count_reading_units(text)) == minutes


def test_a_korean_letter_takes_two_columns() -> None:
    assert count_columns("🧠 언어 model") == 2 + 1 + 4 + 6
