"""Subject and preheader: the reader's own headlines, whole, and a subject that filters do not take for shouting."""

import pytest

from digests.text.localization import use_language
from newsletter.emails.subjects import (
    cut_at_word,
    fit_service_subject,
    format_preheader,
    format_subject,
    shorten_headline,
)


def items(*headlines: str, line: str = "한 줄입니다.") -> list[dict[str, str]]:
    return [{"headline": headline, "line": line} for headline in headlines]


@pytest.mark.parametrize(
    ("language", "count", "subject"),
    [
        ("ko", 8, "Lens로 그린 그림 외 7편"),
        ("ko", 1, "Lens로 그린 그림"),
        ("en", 2, "Lens로 그린 그림 and 1 more"),
        ("en", 1234, "Lens로 그린 그림 and 1,233 more"),
        ("ja", 8, "Lens로 그린 그림 ほか7件"),
        ("de", 2, "Lens로 그린 그림 und 1 weiterer"),
    ],
)
def test_subject_is_the_best_headline_and_how_many_more(language, count, subject):
    with use_language(language):
        assert format_subject(items("Lens로 그린 그림", "둘째"), count, "AI 논문") == subject


def test_subject_of_capitals_alone_begins_with_the_short_name():
    with use_language("ko"):
        assert (
            format_subject(items("LLM 에이전트 길들이기"), 3, "오늘의 Insights")
            == "오늘의 Insights: LLM 에이전트 길들이기 외 2편"
        )
        assert format_subject(items("그림을 그리는 모델"), 1, "AI 논문") == "그림을 그리는 모델"


def test_subject_without_any_headline_is_the_short_name():
    assert format_subject([], 0, "AI 논문") == "AI 논문"


def test_a_headline_of_the_longest_length_stays_whole():
    korean, latin = "가나다라 " * 8, "abcdefg " * 8 + "abcdef"

    assert (shorten_headline(korean[:40]), shorten_headline(latin)) == (korean[:40], latin)


def test_a_longer_title_is_cut_at_a_word_without_a_mark():
    title = "Benchmarking and Improving Monitors for Out-Of-Distribution Alignment Failure in LLMs"

    assert shorten_headline(title) == "Benchmarking and Improving Monitors for Out-Of-Distribution Alignment"
    assert shorten_headline("가" * 60) == "가" * 40
    assert cut_at_word("one, two", 5) == "one"


def test_preheader_is_the_next_two_headlines_else_the_line_of_the_first():
    assert format_preheader(items("하나", "둘", "셋", "넷")) == "둘 · 셋"
    assert format_preheader(items("하나")) == "한 줄입니다."
    assert format_preheader([]) == ""


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("AI papers", "Confirm your subscription to AI papers"),
        ("Daily Artificial Intelligence Insights", "Confirm your subscription to Daily…"),
        ("Donaudampfschifffahrt", "Confirm your subscription to Donaudamp…"[:38] + "…"),
    ],
)
def test_a_service_subject_has_the_name_as_far_as_it_fits(name, subject):
    found = fit_service_subject(lambda name: f"Confirm your subscription to {name}", name)

    assert (found, len(found) < 40) == (subject, True)


def test_a_service_subject_of_capitals_alone_names_the_site_too():
    assert fit_service_subject(lambda name: f"구독: {name}", "AI 논문") == "구독: AI 논문 (Daily Insights)"
    assert fit_service_subject(lambda name: f"{'가' * 20}: {name}", "AI 논문") == f"{'가' * 20}: Daily Insights"


def test_a_short_name_of_capitals_alone_gives_way_to_the_site():
    with use_language("ko"):
        assert format_subject(items("LLM 길들이기"), 1, "AI 논문") == "Daily Insights: LLM 길들이기"


def test_headlines_from_right_to_left_do_not_turn_subject_and_preheader():
    with use_language("en"):
        assert format_subject(items("نموذج لغوي"), 3, "Papers") == "\u2068نموذج لغوي\u2069 and 2 more"
    assert format_preheader(items("a", "نموذج لغوي", "c")) == "\u2068نموذج لغوي\u2069 · c"
