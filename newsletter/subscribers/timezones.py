"""Time zones as a page offers them: their names in words, with the distance from UTC, by part of the world.

The places and their words stand in `zones.toml`. Not here: which names are safe to use (models/columns), and which hour strikes when (send_times).
"""

import datetime as dt
import functools
import tomllib
import zoneinfo
from pathlib import Path

from newsletter.models.columns import clean_zone_name


def format_zone_label(name: str, language: str, now: dt.datetime) -> str:
    """Return what a person calls a zone, with its present distance from UTC."""
    words = _places().get(name)
    place = words.get(language[:2], words["en"]) if words else name.replace("_", " ")
    return f"{place} (UTC{_offset(name, now)})" if place != "UTC" else place


def _offset(name: str, now: dt.datetime) -> str:
    """Return +9, -3:30 or, for UTC itself, nothing."""
    seconds = int((now.astimezone(zoneinfo.ZoneInfo(name)).utcoffset() or dt.timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    sign = "-" if seconds < 0 else "+"
    return (f"{sign}{hours}" + (f":{minutes:02}" if minutes else "")) if seconds else ""


def list_zone_choices(language: str, now: dt.datetime) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the parts of the world, each with its zones as (name, label), as a select shows them."""
    return [
        (
            words.get(language[:2], words["en"]),
            [(name, format_zone_label(name, language, now)) for name in places if clean_zone_name(name)],
        )
        for words, places in _parts()
    ]


def is_offered_zone(name: str) -> bool:
    """Say whether a zone is among the choices."""
    return name in _places()


@functools.cache
def _parts() -> list[tuple[dict[str, str], dict[str, dict[str, str]]]]:
    """Return for each part of the world its words and its places."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return [(part.pop("words"), part) for part in table.values()]


@functools.cache
def _places() -> dict[str, dict[str, str]]:
    return {name: words for _words, places in _parts() for name, words in places.items()}
