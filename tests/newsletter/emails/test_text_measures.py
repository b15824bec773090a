"""How long a text takes to read, whatever its script, and how wide its lines are."""

import pytest

from newsletter.emails.text_measures import count_columns, count_words, to_minutes


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("세 어절 문장입니다. " * 301, 4),  # 903 words at 226 a minute
        ("Six letters in a word, or so. " * 129, 4),
        ("日本語の文章を読むのに四分かかる。" * 113, 4),  # 16 letters, as long as 8 words
        ("세 어절 문장입니다. - " * 301, 4),  # a mark is no word
        ("See https://example.org/" + "x" * 5000, 1),  # nobody reads an address
        ("", 1),
    ],
)
def test_minutes_of_a_text(text: str, minutes: int) -> None:
    assert to_minutes(count_words(text)) == minutes


def test_a_korean_letter_takes_two_columns() -> None:
    assert count_columns("🧠 언어 model") == 2 + 1 + 4 + 6
