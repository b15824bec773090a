"""Lists the time zones that pages offer: names in the reader's language, with the offset from UTC, by part of the world.

The zones stand in `timezones.toml`; the names of their places are those of the CLDR, by Babel. Not here: which names are safe
to use (models/columns), and at which moment a reader's hour comes (delivery/send_times).
"""

import datetime as dt
import functools
import tomllib
import zoneinfo
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import get_timezone_location
from django.utils.translation import gettext, pgettext, pgettext_lazy

from digests.models import Publication
from digests.text.localization import format_schedule, get_base_language, to_django_language, use_language
from newsletter.models.columns import clean_zone_name

_REGION_NAMES = {
    "asia": pgettext_lazy("part of the world", "Asia"),
    "middle_east": pgettext_lazy("part of the world", "Middle East"),
    "europe": pgettext_lazy("part of the world", "Europe"),
    "africa": pgettext_lazy("part of the world", "Africa"),
    "north_america": pgettext_lazy("part of the world", "North America"),
    "south_america": pgettext_lazy("part of the world", "South America"),
    "oceania": pgettext_lazy("part of the world", "Oceania and the Pacific"),
}
# Where the CLDR of Babel 2.19 is worse: its Korean has names of old (사이공, 랑군, 키예프, 고드호프) and spellings that no Korean
# map has (벤쿠버, 브리스베인, 에이닥), and it names one city alone where another is as large. A language without a translation
# of such a name has that of the CLDR.
_PLACE_NAMES = {
    "Asia/Shanghai": pgettext_lazy("time zone", "Beijing, Shanghai"),
    "Asia/Ho_Chi_Minh": pgettext_lazy("time zone", "Ho Chi Minh City, Hanoi"),
    "Asia/Yangon": pgettext_lazy("time zone", "Yangon"),
    "Asia/Kolkata": pgettext_lazy("time zone", "New Delhi, Mumbai"),
    "Asia/Jerusalem": pgettext_lazy("time zone", "Jerusalem, Tel Aviv"),
    "Europe/Vienna": pgettext_lazy("time zone", "Vienna"),
    "Europe/Kyiv": pgettext_lazy("time zone", "Kyiv"),
    "Europe/Chisinau": pgettext_lazy("time zone", "Chișinău"),
    "Africa/Abidjan": pgettext_lazy("time zone", "Abidjan, Dakar"),
    "Atlantic/Cape_Verde": pgettext_lazy("time zone", "Cape Verde"),
    "America/Vancouver": pgettext_lazy("time zone", "Vancouver"),
    "America/Adak": pgettext_lazy("time zone", "Adak"),
    "America/Mexico_City": pgettext_lazy("time zone", "Mexico City"),
    "America/Havana": pgettext_lazy("time zone", "Havana"),
    "America/Miquelon": pgettext_lazy("time zone", "Saint Pierre and Miquelon"),
    "America/Nuuk": pgettext_lazy("time zone", "Nuuk"),
    "America/Argentina/Buenos_Aires": pgettext_lazy("time zone", "Buenos Aires"),
    "America/Noronha": pgettext_lazy("time zone", "Fernando de Noronha"),
    "Australia/Brisbane": pgettext_lazy("time zone", "Brisbane"),
    "Australia/Sydney": pgettext_lazy("time zone", "Sydney, Melbourne"),
    "Australia/Lord_Howe": pgettext_lazy("time zone", "Lord Howe Island"),
    "Pacific/Norfolk": pgettext_lazy("time zone", "Norfolk Island"),
    "Pacific/Chatham": pgettext_lazy("time zone", "Chatham Islands"),
    "Pacific/Tongatapu": pgettext_lazy("time zone", "Tonga"),
    "Pacific/Easter": pgettext_lazy("time zone", "Easter Island"),
    "Pacific/Gambier": pgettext_lazy("time zone", "Gambier Islands"),
    "Pacific/Marquesas": pgettext_lazy("time zone", "Marquesas Islands"),
    "Pacific/Pitcairn": pgettext_lazy("time zone", "Pitcairn Islands"),
    "Antarctica/Troll": pgettext_lazy("time zone", "Troll, Antarctica"),
}


def format_zone_label(name: str, language: str, now: dt.datetime) -> str:
    """Return the name of a zone as people use it, with its offset from UTC at `now`; summer time changes the offset."""
    place = get_place_name(name, language)
    return f"{place} (UTC{_format_utc_offset(name, now)})" if place != "UTC" else place


def format_zone_clock(name: str, language: str) -> str:
    """Return whose time the hour of a publication is in: "서울 시간", "Seoul time"."""
    place = get_place_name(name, language)
    with use_language(language):
        return pgettext("time zone", "{place} time").format(place=place) if place != "UTC" else place


@functools.lru_cache(maxsize=2048)  # a page lists a hundred of them
def get_place_name(name: str, language: str) -> str:
    """Return the name of the place of a zone in a language: "서울" for Asia/Seoul. English where a language is unknown."""
    if ours := _PLACE_NAMES.get(name):
        with use_language("en"):
            english = str(ours)
        with use_language(language):
            words = str(ours)
        if words != english or get_base_language(language) == "en":
            return words
    return get_timezone_location(name, locale=_find_locale(language), return_city=True)


def _find_locale(language: str) -> Locale:
    """Return Babel's locale of a language tag; English for a language that it does not know."""
    for tag in (to_django_language(language), get_base_language(language)):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _format_utc_offset(name: str, now: dt.datetime) -> str:
    """Return an offset such as +9 or -3:30; an empty string where it is 0."""
    seconds = int((now.astimezone(zoneinfo.ZoneInfo(name)).utcoffset() or dt.timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    sign = "-" if seconds < 0 else "+"
    return (f"{sign}{hours}" + (f":{minutes:02}" if minutes else "")) if seconds else ""


def list_zone_choices(language: str, now: dt.datetime) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the parts of the world, each with its zones as (name, label): the option groups of a select."""
    with use_language(language):
        regions = {key: str(name) for key, name in _REGION_NAMES.items()}
    return [
        (regions[key], [(name, format_zone_label(name, language, now)) for name in names if clean_zone_name(name)])
        for key, names in _load_zones().items()
    ]


def is_offered_zone(name: str) -> bool:
    """Say whether a zone is among those that pages offer."""
    return any(name in names for names in _load_zones().values())


@functools.cache
def _load_zones() -> dict[str, list[str]]:
    """Return the names of the zones by the key of their part of the world."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def format_publication_schedule(publication: Publication, language: str) -> str:
    """Return the days and the hour of a publication in a language, and whose time zone they are in."""
    with use_language(language):
        own = gettext("your local time")
        clock = own if publication.readers_hours else format_zone_clock(publication.timezone, language)
        return format_schedule(publication.weekdays, publication.send_hour, clock)
