"""The sentences around a digest in its email, in Korean and English."""

import pytest

from digests.text.localization import use_language
from newsletter.emails.strings import (
    format_amount,
    format_coverage,
    format_more_on_web,
    format_own_counts,
    format_reason,
    format_rest,
    format_split_prompt,
    format_total,
    join_counts,
    join_labels,
)


@pytest.mark.parametrize(
    ("language", "shown", "found", "line"),
    [
        ("ko", 6, 14, "14편 중 6편"),
        ("ko", 6, 6, "6편"),
        ("ko", 6, 0, "6편"),
        ("ko", 0, 0, ""),
        ("en", 1, 1, "1 item"),
        ("en", 1, 2, "1 of 2 items"),
        ("en", 6, 1400, "6 of 1,400 items"),
    ],
)
def test_coverage_says_how_much_was_found(language: str, shown: int, found: int, line: str) -> None:
    with use_language(language):
        assert format_coverage(shown, found) == line


def test_counts_of_an_email_in_korean() -> None:
    with use_language("ko"):
        assert format_amount(8, 4) == "8편 · 4분"
        assert format_amount(0, 1) == "1분"
        assert (format_rest(2), format_total(43)) == ("그 밖의 2편", "오늘 나온 43편")
        assert (format_more_on_web(3), format_more_on_web(0)) == ("웹에서 나머지 3편", "웹에서 이 분야 전체 보기")
        counts = [("🧠 언어 모델", 2), ("🎨 멀티모달", 1200)]
        assert join_counts(counts) == "🧠\u00a0언어\u00a0모델\u00a02\u00a0· 🎨\u00a0멀티모달\u00a01,200"
        assert format_own_counts(counts, 37) == f"{join_counts(counts)}\u00a0· 다른 분야 37"
        assert format_own_counts(counts, 0) == join_counts(counts)
        assert join_counts([("🧠 언어 모델", 0)]) == "🧠\u00a0언어\u00a0모델"


def test_many_labels_end_after_a_whole_one() -> None:
    labels = [f"분야 {n} 가나다라마바사" for n in range(24)]

    short = join_labels(labels)

    *shown, last = short.split(" · ")
    whole, more = last.rsplit(" +", 1)
    assert len(short) <= 125
    assert [*shown, whole] == labels[: len(shown) + 1]
    assert len(shown) + 1 + int(more) == len(labels)


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
