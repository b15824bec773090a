"""Lists the time zones that pages offer: names in the reader's language, with the offset from UTC, by part of the world.

The places and their names stand in `timezones.toml`. Not here: which names are safe to use (models/columns), and at which
moment a reader's hour comes (delivery/send_times).
"""

import datetime as dt
import functools
import tomllib
import zoneinfo
from pathlib import Path

from newsletter.models.columns import clean_zone_name


def format_zone_label(name: str, language: str, now: dt.datetime) -> str:
    """Return the name of a zone as people use it, with its offset from UTC at `now`; summer time changes the offset."""
    words = _load_zone_names().get(name)
    place = words.get(language[:2], words["en"]) if words else name.replace("_", " ")
    return f"{place} (UTC{_format_utc_offset(name, now)})" if place != "UTC" else place


def _format_utc_offset(name: str, now: dt.datetime) -> str:
    """Return an offset such as +9 or -3:30; an empty string where it is 0."""
    seconds = int((now.astimezone(zoneinfo.ZoneInfo(name)).utcoffset() or dt.timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    sign = "-" if seconds < 0 else "+"
    return (f"{sign}{hours}" + (f":{minutes:02}" if minutes else "")) if seconds else ""


def list_zone_choices(language: str, now: dt.datetime) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the parts of the world, each with its zones as (name, label): the option groups of a select."""
    return [
        (
            words.get(language[:2], words["en"]),
            [(name, format_zone_label(name, language, now)) for name in places if clean_zone_name(name)],
        )
        for words, places in _load_zone_groups()
    ]


def is_offered_zone(name: str) -> bool:
    """Say whether a zone is among those that pages offer."""
    return name in _load_zone_names()


@functools.cache
def _load_zone_groups() -> list[tuple[dict[str, str], dict[str, dict[str, str]]]]:
    """Return for each part of the world its names by language, and its zones with their names by language."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return [(part.pop("words"), part) for part in table.values()]


@functools.cache
def _load_zone_names() -> dict[str, dict[str, str]]:
    return {name: words for _words, places in _load_zone_groups() for name, words in places.items()}
