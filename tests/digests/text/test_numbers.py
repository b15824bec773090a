"""Amounts have the same value in every notation, and Korean numbers are exact both ways."""

from decimal import Decimal

import pytest

from digests.text.numbers import collect_values, find_amounts, format_korean_number, parse_korean_number


def _of(text: str) -> list[tuple[str, int | float, bool]]:
    return [(text[one.start : one.end], float(one.value), one.scaled) for one in find_amounts(text)]


@pytest.mark.parametrize(
    ("value", "korean"),
    [
        (0, "0"),
        (70, "70"),
        (9_999, "9,999"),
        (10_000, "1만"),
        (14_200, "1만 4,200"),
        (200_000, "20만"),
        (7_000_000_000, "70억"),
        (1_500_000_000, "15억"),
        (1_250_000_000, "12억 5,000만"),
        (671_000_000_000, "6,710억"),
        (1_000_000_000_000, "1조"),
        (3_000_000_500_001, "3조 50만 1"),
    ],
)
def test_korean_numbers_are_right_both_ways(value, korean):
    assert format_korean_number(Decimal(value)) == korean
    assert parse_korean_number(korean) == value


def test_korean_numbers_are_the_same_after_both_conversions():
    for power in range(16):
        for digits in (1, 12, 345, 6789):
            value = Decimal(digits * 10**power)

            assert parse_korean_number(format_korean_number(value)) == value


@pytest.mark.parametrize("value", ["1.5", "-1"])
def test_format_korean_number_refuses_fractions_and_negatives(value):
    with pytest.raises(ValueError, match=value):
        format_korean_number(Decimal(value))


@pytest.mark.parametrize("text", ["", "15", "많이", "15억 원", "억"])
def test_parse_korean_number_refuses_other_text(text):
    if text == "15":
        assert parse_korean_number(text) == 15
        return
    with pytest.raises(ValueError, match="Korean number"):
        parse_korean_number(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1.5B 모델", [("1.5B", 1.5e9, True)]),
        ("Mistral-7B", [("7B", 7e9, True)]),
        ("10M장", [("10M", 1e7, True)]),
        ("1.5 billion parameters", [("1.5 billion", 1.5e9, True)]),
        ("200K개", [("200K", 2e5, True)]),
        ("1.89 million개", [("1.89 million", 1.89e6, True)]),
        ("15억 개와 12억 5,000만 개", [("15억", 1.5e9, True), ("12억 5,000만", 1.25e9, True)]),
        ("3조 2천억 원", [("3조 2천억", 3.2e12, True)]),
        ("1만 4,200개", [("1만 4,200", 14200, True)]),
        ("拥有70亿参数", [("70亿", 7e9, True)]),
        ("3万亿个词元和3.5萬張", [("3万亿", 3e12, True), ("3.5萬", 35000, True)]),
        ("約1億2,000万円", [("1億2,000万", 1.2e8, True)]),
        ("2兆5千億、3千万", [("2兆5千億", 2.5e12, True), ("3千万", 3e7, True)]),
        ("准确率达到82.5%", [("82.5", 82.5, False)]),
        ("140억까지", [("140억", 1.4e10, True)]),
        ("3,971장, 66.67%", [("3,971", 3971, False), ("66.67", 66.67, False)]),
    ],
)
def test_amounts_have_their_value(text, found):
    assert _of(text) == found


@pytest.mark.parametrize("text", ["GPT-4o", "GPT-4 만족도", "LLaMA-3만 썼습니다", "Qwen2.5", "COCO-20i", "v2"])
def test_amounts_leave_out_numbers_in_names(text):
    assert _of(text) == []


@pytest.mark.parametrize("text", ["제3조에", "3조각으로", "5조건", "2만들", "7억제"])
def test_amounts_are_not_scaled_by_other_words(text):
    assert [one for one in _of(text) if one[2]] == []


def test_collect_values_reads_number_words_and_latex():
    found = collect_values(r"Twenty runs, $6.4\times10^{-3}$, over 80\% of 10{,}000 files, twice as fast, QATD-2k")

    assert {Decimal(n) for n in ("20", "6.4", "80", "10000", "2", "2000")} <= {value + 0 for value in found}


def test_collect_values_reads_superscripts_and_subscripts():
    found = collect_values("From 6.4×10⁻³ to 2⁶⁴ in AP₅₀₋₉₅")

    assert {value + 0 for value in found} == {Decimal(n) for n in ("6.4", "10", "3", "2", "64", "50", "95")}
