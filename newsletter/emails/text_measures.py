"""Measures a text: how many words there are to read, and how wide a line is. Pure."""

import re
import unicodedata

# Of adults who read in silence: 238 in English, 226 in Korean (Brysbaert 2019, a mean of 190 studies).
WORDS_PER_MINUTE = 226
_LETTERS_PER_WORD = 2  # of a script that puts no space between words
_SPACELESS_SCRIPT = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"\S*\w\S*")
_ADDRESS = re.compile(r"https?://\S+")  # nobody reads a URL


def count_words(text: str) -> int:
    """Return how many words there are to read: what stands between spaces, and two letters of Han or kana; a URL is none."""
    words, letters = _SPACELESS_SCRIPT.subn(" ", _ADDRESS.sub(" ", text))
    return len(_WORD.findall(words)) + -(-letters // _LETTERS_PER_WORD)


def to_minutes(words: int) -> int:
    """Return the minutes that it takes to read so many words, 1 at least."""
    return max(1, round(words / WORDS_PER_MINUTE))


def count_columns(text: str) -> int:
    """Return how many columns a line takes in a fixed-width font, where Korean letters and emoji take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
