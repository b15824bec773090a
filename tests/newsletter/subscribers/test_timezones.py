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
        ("America/Indiana/Knox", "ko", WINTER, "America/Indiana/Knox (UTC-6)"),
        ("Europe/London", "en", WINTER, "London (UTC)"),
        ("UTC", "en", WINTER, "UTC"),
    ],
)
def test_label_names_the_place_and_its_distance(name, language, now, expected):
    assert timezones.format_zone_label(name, language, now) == expected


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
