"""The words around a digest in its email, per language."""

import pytest

from newsletter.emails.strings import format_coverage, get_email_language, get_strings


@pytest.mark.parametrize(
    ("shown", "found", "extracted", "line"),
    [
        (6, 14, False, "후보 14건 중 6건 요약"),
        (6, 6, False, "6건 요약"),
        (6, 0, False, "6건 요약"),
        (6, 14, True, "후보 14건 중 6건 · 원문에서 추출한 요약입니다"),
        (1, 1, True, "1건 · 원문에서 추출한 요약입니다"),
        (0, 0, True, ""),
    ],
)
def test_coverage_says_how_much_was_found_and_who_wrote_it(shown: int, found: int, extracted: bool, line: str) -> None:
    assert format_coverage("ko", shown=shown, found=found, extracted=extracted) == line


def test_coverage_of_one_item_in_english_has_no_plural() -> None:
    assert format_coverage("en", shown=1, found=1, extracted=True) == "1 item · Extracted from the sources"


def test_every_language_has_the_same_words() -> None:
    assert set(get_strings("ko")) == set(get_strings("en"))
    assert (get_email_language("ko_KR"), get_email_language("EN"), get_email_language("")) == ("ko", "en", "en")


@pytest.mark.parametrize(
    ("language", "found", "line"),
    [
        ("ko", 3, "3건 중 2건 요약"),
        ("ko", 14, "후보 14건 중 3건 수록, 2건 요약"),
        ("en", 3, "3 listed, 2 summarized"),
        ("en", 14, "3 of 14 candidates listed, 2 summarized"),
    ],
)
def test_coverage_tells_apart_what_is_listed_and_what_is_summarized(language: str, found: int, line: str) -> None:
    assert format_coverage(language, shown=3, found=found, extracted=False, summarized=2) == line
    assert format_coverage(language, shown=3, found=3, extracted=False, summarized=3) == format_coverage(
        language, shown=3, found=3, extracted=False
    )
