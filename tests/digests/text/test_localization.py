"""Dates and times in words: as people write them, in any language that Django knows."""

import datetime as dt
import zoneinfo

import pytest
from django.utils import translation
from pytest_django import Settings

from digests.text.localization import (
    format_date,
    format_full_date,
    format_moment,
    format_month,
    format_schedule,
    format_short_date,
    format_time,
    get_catalog_language,
    get_enabled_language,
)

DAY = dt.date(2026, 5, 22)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ko", "2026년 5월 22일 금요일"),
        ("ko-KR", "2026년 5월 22일 금요일"),
        ("en", "Friday, May 22, 2026"),
        ("de", "Freitag, 22. Mai 2026"),
        ("de-AT", "Freitag, 22. Mai 2026"),
        ("fr", "vendredi 22 mai 2026"),
        ("es", "viernes, 22 de mayo de 2026"),
        ("pt-BR", "Sexta-feira, 22 de Maio de 2026"),
        ("it", "Venerdì 22 Maggio 2026"),
        ("nl", "vrijdag 22 mei 2026"),
        ("ja", "2026年5月22日金曜日"),
        ("zh", "2026年5月22日星期五"),
        ("sv", "fredag, 22 maj 2026"),
        ("xx", "Friday, May 22, 2026"),
    ],
)
def test_full_date_reads_as_a_newspaper_prints_it(language: str, line: str) -> None:
    assert format_full_date(DAY, language) == line


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("ko", ["2026년 5월 22일", "5월 22일", "2026년 5월"]),
        ("en", ["May 22, 2026", "May 22", "May 2026"]),
        ("de", ["22. Mai 2026", "22. Mai", "Mai 2026"]),
    ],
)
def test_date_short_date_and_month(language: str, lines: list[str]) -> None:
    assert [form(DAY, language) for form in (format_date, format_short_date, format_month)] == lines
    with translation.override(language):
        assert [form(DAY) for form in (format_date, format_short_date, format_month)] == lines


@pytest.mark.parametrize(
    ("time", "ko", "en", "de"),
    [
        (dt.time(0), "자정", "midnight", "00:00"),
        (dt.time(0, 30), "오전 12시 30분", "12:30 am", "00:30"),
        (dt.time(8), "오전 8시", "8 am", "08:00"),
        (dt.time(12), "낮 12시", "noon", "12:00"),
        (dt.time(12, 5), "오후 12시 05분", "12:05 pm", "12:05"),
        (dt.time(13), "오후 1시", "1 pm", "13:00"),
        (dt.time(22, 30), "오후 10시 30분", "10:30 pm", "22:30"),
    ],
)
def test_time_of_day_is_the_one_that_people_say(time: dt.time, ko: str, en: str, de: str) -> None:
    assert [format_time(time, language) for language in ("ko", "en", "de")] == [ko, en, de]


@pytest.mark.parametrize(
    ("weekdays", "hour", "ko", "en"),
    [
        ("1234567", 8, "매일 오전 8시에 보내 드립니다 (서울 시간).", "Sent every day at 8 am (Seoul time)."),
        ("54321", 12, "평일 낮 12시에 보내 드립니다 (서울 시간).", "Sent on weekdays at noon (Seoul time)."),
        ("1", 13, "매주 월요일 오후 1시에 보내 드립니다 (서울 시간).", "Sent on Mondays at 1 pm (Seoul time)."),
        (
            "5135",
            0,
            "매주 월요일, 수요일, 금요일 자정에 보내 드립니다 (서울 시간).",
            "Sent on Mondays, Wednesdays and Fridays at midnight (Seoul time).",
        ),
    ],
)
def test_schedule_is_put_into_words(weekdays: str, hour: int, ko: str, en: str) -> None:
    said = [
        format_schedule(weekdays, hour, clock, language)
        for language, clock in (("ko", "서울 시간"), ("en", "Seoul time"))
    ]

    assert said == [ko, en]


def test_enabled_language_is_one_of_the_settings_and_else_english(settings: Settings) -> None:
    tags = ["ko", "ko_KR", "EN", "en-GB", "de", "zh", ""]
    assert [get_enabled_language(tag) for tag in tags] == ["ko", "ko", "en", "en", "en", "en", "en"]

    settings.LANGUAGES = [*settings.LANGUAGES, ("de", "German")]
    assert [get_enabled_language(tag) for tag in ("de", "de-CH", "fr")] == ["de", "de", "en"]


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        *(("pt-BR", "pt"), ("fr_CA", "fr"), ("zh", "zh-hans"), ("zh-TW", "zh-hans"), ("ko", "ko"), ("en-GB", "en")),
        *(("fi", "en"), ("", "en")),
    ],
)
def test_catalog_language_is_the_nearest_that_has_translations(tag: str, language: str) -> None:
    assert get_catalog_language(tag) == language


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Seoul", "Monday, May 25 at 8 am"),
        ("America/New_York", "Sunday, May 24 at 7 pm"),
        ("Asia/Kolkata", "Monday, May 25 at 4:30 am"),
    ],
)
def test_moment_is_a_day_and_a_time_of_its_own_zone(zone: str, words: str) -> None:
    moment = dt.datetime(2026, 5, 24, 23, tzinfo=dt.UTC).astimezone(zoneinfo.ZoneInfo(zone))

    assert format_moment(moment, "en") == words
