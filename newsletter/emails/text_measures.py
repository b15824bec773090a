"""Measures a text: how long it takes to read, and how wide a line is. Pure."""

import re
import unicodedata

# Reading speed: a character of Hangul, Han or kana says as much as three of another script.
READING_UNITS_PER_MINUTE = 1200  # characters, or 400 of the dense scripts
_DENSE_UNITS = 3
_DENSE_SCRIPT = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_ADDRESS = re.compile(r"https?://\S+")  # a URL is not read letter by letter


def count_reading_units(text: str) -> int:
    """Return how much there is to read, in characters of a script that is not dense; a URL and white space count nothing."""
    words = " ".join(_ADDRESS.sub("", text).split())
    return len(words) + (_DENSE_UNITS - 1) * len(_DENSE_SCRIPT.findall(words))


def to_minutes(units: int) -> int:
    """Return the minutes that it takes to read so many units, 1 at least."""
    return max(1, round(units / READING_UNITS_PER_MINUTE))


def count_columns(text: str) -> int:
    """Return how many columns a line takes in a fixed-width font, where Korean letters and emoji take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
