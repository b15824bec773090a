"""SEND_LIMITS and SEND_WARMUP are parsed, and a value that makes no sense is refused with the form that is expected."""

import datetime as dt

import pytest

from newsletter.delivery.rate_limit_settings import RateLimit, WarmUp, parse_rate_limits, parse_warm_up


def test_limits_name_all_a_domain_or_a_relay():
    found = parse_rate_limits("1000/h, Gmail.com 20/s , smtp.example.org:587 50000 / d,,")

    assert found == (
        RateLimit("", 1000, 3600),
        RateLimit("gmail.com", 20, 1),
        RateLimit("smtp.example.org:587", 50000, 86400),
    )


def test_limits_of_nothing_are_none():
    assert parse_rate_limits("") == ()


@pytest.mark.parametrize("words", ["1000", "0/h", "20/y", "gmail.com", "gmail.com 20/s 30/m", "-1/h", "x/s"])
def test_limits_that_say_nothing_are_refused(words):
    with pytest.raises(ValueError, match="must read like 1000/h"):
        parse_rate_limits(words)


def test_warm_up_gives_each_day_its_number_and_then_none():
    schedule = parse_warm_up("2026-06-01 100 300")

    assert schedule == WarmUp(dt.date(2026, 6, 1), (100, 300))
    assert [schedule.get_limits(dt.date(2026, 6, day)) for day in (1, 2, 3)] == [
        (RateLimit("", 100, 86400),),
        (RateLimit("", 300, 86400),),
        (),
    ]
    assert schedule.get_limits(dt.date(2026, 5, 1)) == (RateLimit("", 100, 86400),)


@pytest.mark.parametrize("words", ["2026-06-01", "tomorrow 100", "2026-06-01 a", "2026-06-01 0"])
def test_warm_up_that_says_nothing_is_refused(words):
    with pytest.raises(ValueError, match="must"):
        parse_warm_up(words)


def test_warm_up_that_is_not_set_is_none():
    assert parse_warm_up(" ") is None
