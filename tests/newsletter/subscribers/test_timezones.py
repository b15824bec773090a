"""The time zones that pages offer: their names, and that every offset in use is among them."""

import datetime as dt
import zoneinfo

import pytest

from newsletter.subscribers import timezones

WINTER, SUMMER = dt.datetime(2026, 1, 15, tzinfo=dt.UTC), dt.datetime(2026, 7, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("name", "language", "now", "expected"),
    [
        ("Asia/Seoul", "ko", WINTER, "서울 (UTC+9)"),
        ("Asia/Seoul", "en-us", WINTER, "Seoul (UTC+9)"),
        ("America/St_Johns", "en", WINTER, "St. John’s (UTC-3:30)"),
        ("America/St_Johns", "en", SUMMER, "St. John’s (UTC-2:30)"),
        ("America/Indiana/Knox", "ko", WINTER, "인디애나주, 녹스 (UTC-6)"),
        ("Asia/Seoul", "de", WINTER, "Seoul (UTC+9)"),
        ("Asia/Seoul", "ja", WINTER, "ソウル (UTC+9)"),
        ("Asia/Seoul", "xx", WINTER, "Seoul (UTC+9)"),
        ("Asia/Ho_Chi_Minh", "ko-KR", WINTER, "호찌민·하노이 (UTC+7)"),
        ("Asia/Ho_Chi_Minh", "en", WINTER, "Ho Chi Minh City, Hanoi (UTC+7)"),
        ("Asia/Ho_Chi_Minh", "de", WINTER, "Ho-Chi-Minh-Stadt (UTC+7)"),
        ("US/Pacific", "en", WINTER, "Los Angeles (UTC-8)"),
        ("Europe/London", "en", WINTER, "London (UTC)"),
        ("UTC", "en", WINTER, "UTC"),
    ],
)
def test_label_names_the_place_and_its_distance(name, language, now, expected):
    assert timezones.format_zone_label(name, language, now) == expected


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        *(
            ("Asia/Seoul", "ko", "서울 시간"),
            ("America/New_York", "ko", "뉴욕 시간"),
            ("Asia/Seoul", "en", "Seoul time"),
        ),
        *(("UTC", "ko", "UTC"), ("UTC", "en", "UTC")),
    ],
)
def test_clock_of_a_publication_is_named_by_its_place(name, language, expected):
    assert timezones.format_zone_clock(name, language) == expected


def test_korean_names_are_those_of_today():
    # What the CLDR has are names of old, and spellings of its own.
    places = ["Europe/Kyiv", "Asia/Yangon", "America/Nuuk", "America/Vancouver", "Australia/Brisbane", "Europe/Vienna"]

    assert [timezones.get_place_name(one, "ko") for one in places] == [
        "키이우",
        "양곤",
        "누크",
        "밴쿠버",
        "브리즈번",
        "빈",
    ]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_choices_stand_once_each_and_in_every_language(language):
    parts = timezones.list_zone_choices(language, WINTER)
    names = [name for _part, places in parts for name, _label in places]
    labels = [label for _part, places in parts for _name, label in places]

    assert len(names) == len(set(names)) == len(set(labels)) == 100
    assert [name for name in names if not timezones.is_offered_zone(name)] == []
    korean = [part for part, _places in parts if any("가" <= letter <= "힣" for letter in part)]
    assert len(korean) == (len(parts) if language == "ko" else 0)


def test_choices_have_every_clock_that_is_in_use():
    def clock(name: str) -> tuple[dt.timedelta | None, ...]:
        zone = zoneinfo.ZoneInfo(name)
        return WINTER.astimezone(zone).utcoffset(), SUMMER.astimezone(zone).utcoffset()

    offered = {clock(name) for _part, places in timezones.list_zone_choices("en", WINTER) for name, _label in places}
    lived_in = {name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/")}

    assert {name for name in lived_in if clock(name) not in offered} == set()
