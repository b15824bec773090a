"""The sentences around a digest in its email, in Korean and English."""

import pytest

from digests.text.localization import use_language
from newsletter.emails.strings import format_coverage, format_reason, format_split_prompt


@pytest.mark.parametrize(
    ("shown", "found", "extracted", "line"),
    [
        (6, 14, False, "모은 글 14편 중 6편 요약"),
        (6, 6, False, "6편 요약"),
        (6, 0, False, "6편 요약"),
        (6, 14, True, "모은 글 14편 중 6편 · 원문 발췌"),
        (1, 1, True, "1편 · 원문 발췌"),
        (0, 0, True, ""),
    ],
)
def test_coverage_says_how_much_was_found_and_who_wrote_it(shown: int, found: int, extracted: bool, line: str) -> None:
    with use_language("ko"):
        assert format_coverage(shown=shown, found=found, extracted=extracted) == line


@pytest.mark.parametrize(
    ("shown", "found", "line"),
    [
        (1, 1, "1 item · excerpts"),
        (2, 2, "2 items · excerpts"),
        (1, 2, "1 of 2 items · excerpts"),
        (6, 1400, "6 of 1,400 items · excerpts"),
    ],
)
def test_coverage_in_english_has_plurals_and_commas(shown: int, found: int, line: str) -> None:
    with use_language("en"):
        assert format_coverage(shown=shown, found=found, extracted=True) == line


@pytest.mark.parametrize(
    ("language", "found", "line"),
    [
        ("ko", 3, "3편 중 2편 요약"),
        ("ko", 14, "모은 글 14편 중 3편 수록, 2편 요약"),
        ("en", 3, "2 of 3 items summarized"),
        ("en", 14, "3 of 14 items listed, 2 summarized"),
    ],
)
def test_coverage_tells_apart_what_is_listed_and_what_is_summarized(language: str, found: int, line: str) -> None:
    with use_language(language):
        assert format_coverage(shown=3, found=found, extracted=False, summarized=2) == line
        assert format_coverage(shown=3, found=3, extracted=False, summarized=3) == format_coverage(
            shown=3, found=3, extracted=False
        )


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ko", "‘로봇’ 분야를 더 작은 분야로 나눴습니다: 팔, 다리. 직접 고르실 때까지 모두 보내 드립니다."),
        ("en", "We’ve split “로봇” into 팔 and 다리. You’ll get them all until you choose."),
    ],
)
def test_split_prompt_names_the_parts(language: str, line: str) -> None:
    with use_language(language):
        assert format_split_prompt("로봇", ["팔", "다리"]) == line


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ko", "Insights의 Papers 수신에 동의하신 분께 보내 드리는 메일입니다."),
        ("en", "You’re getting this email because you agreed to receive Papers from Insights."),
    ],
)
def test_reason_says_what_is_true_of_imported_subscribers_too(language: str, line: str) -> None:
    with use_language(language):
        assert format_reason("Insights", "Papers") == line
