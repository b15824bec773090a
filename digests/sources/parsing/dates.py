"""Reads dates of feeds, API answers and pages in eleven languages; a date that is not certain is not read.

The whole string has to be a date of a known form: numbers and names of Korean, Japanese, Chinese, English, German,
French, Spanish, Italian, Portuguese, Dutch or Russian, a zone by offset or name, or seconds since 1970. A date without a
zone is UTC. 03/04/2026 may be two dates; it is read only where its weekday, or another date of the same document, shows
which number is the day. Not here: which of an entry's dates counts (`entries`).
"""

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from babel import Locale

DATE_LANGUAGES = ("en", "ko", "ja", "zh", "de", "fr", "es", "it", "pt", "nl", "ru")
MAX_DATE_CHARS = 100  # the longest form, with a zone in words, has about 70; longer text would only slow the patterns

# Spellings beside those of Unicode's own tables (CLDR): three letters, and the letters of a keyboard without umlauts.
_MORE_MONTHS = {
    "фев": 2, "maerz": 3, "maer": 3, "mrz": 3, "маи": 5, "сен": 9, "ноя": 11,
}  # fmt: skip
_MORE_DAYS = {
    "tues": 1, "weds": 2, "thur": 3, "thurs": 3, "周天": 6, "星期天": 6,
    "一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5,
}  # fmt: skip
# Minutes east of Greenwich. A name that several countries use has the meaning of RFC 822 (CST, MST), or else of the country
# whose feeds use it most (IST: India; BST: Britain).
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "akst": -540, "akdt": -480, "hst": -600, "ast": -240, "adt": -180, "nst": -210, "ndt": -150,
    "brt": -180, "art": -180, "cot": -300, "pet": -300,
    "bst": 60, "west": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "eet": 120, "eest": 180, "trt": 180,
    "msk": 180, "мск": 180, "msd": 240, "sast": 120, "cat": 120, "wat": 60, "eat": 180,
    "gst": 240, "pkt": 300, "ist": 330, "npt": 345, "ict": 420, "wib": 420, "hkt": 480, "sgt": 480, "pht": 480,
    "myt": 480, "awst": 480, "kst": 540, "jst": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660,
    "nzst": 720, "nzdt": 780,
}  # fmt: skip
# Names that stand for summer and winter time alike, so that the offset depends on the date.
_SEASONAL_ZONES = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
}  # fmt: skip
_MORNING = ("am", "오전", "午前", "上午", "凌晨", "早上")
_AFTERNOON = ("pm", "오후", "午後", "下午")

_HALF = r"[ap]\.?\s?m\.?|" + "|".join((*_MORNING[1:], *_AFTERNOON[1:]))
_TIME = rf"""
    (?:(?P<half>{_HALF})\s?)?
    (?P<hour>\d\d?)
    (?: \s?[:.h]\s?(?P<minute>\d\d) (?:[:.](?P<second>\d\d) (?:[.,]\d{{1,9}})?)? (?:\s?(?:h|uhr|uur|ч\.?))?
      | (?P<unit>\s?[시時时点點]) (?:\s?(?P<minute_cjk>\d\d?)\s?[분分] (?:\s?(?P<second_cjk>\d\d?)\s?[초秒])?)?
      | (?P<whole>\s?(?:h|uhr|uur))? )
    (?:\s?(?P<half_after>{_HALF}))?
"""
_OFFSET = r"(?:utc|gmt)?\s?(?P<sign>[+-])(?P<zone_hours>\d\d?):?(?P<zone_minutes>\d\d)?"
_ZONE = rf"""
    \s?(?: {_OFFSET} (?:\s?\([^()]*\)|\s?\[[a-z_+/-]*\]|\s(?P<again>[a-z]{{2,5}}))?
      | \(?(?P<zone>{"|".join(sorted((*_ZONES, *_SEASONAL_ZONES), key=len, reverse=True))})\)?
        (?:\s?\[[a-z_+/-]*\])? )
"""
# What may stand between day and time. It may be nothing only if that does not join two numbers.
_GAP = r"(?:t|\s?[,;|·]\s?|\s-\s|\s|(?<!\d))(?:(?:at|um|a|as|a\slas|alle|alle\sore|ore|om|в)\s)?"
_ORDINAL_SUFFIX = r"(?:st|nd|rd|th|er|o|a|\.|일|日)?"
_DATES = {
    "year first": r"(?P<year>\d{4})\s?(?P<mark>[-./])\s?(?P<month>\d\d?)\s?(?P=mark)\s?(?P<day>\d\d?)\.?",
    "cjk": r"(?P<year>\d{4})\s?[년年]\s?(?P<month>\d\d?)\s?[월月]\s?(?P<day>\d\d?)\s?[일日号號]",
    "day first": rf"(?P<day>\d\d?){_ORDINAL_SUFFIX}[\s/-]?(?:of\s|de\s)?(?P<name>MONTH)\.?(?:\s?[,/-]\s?|\s)?(?:de[l]?\s)?"
    r"(?P<year>\d{4}|\d\d)(?:\s?г\.?)?",
    "month first": rf"(?P<name>MONTH)\.?[\s/-]?(?P<day>\d\d?){_ORDINAL_SUFFIX}(?:\s?[,/-]\s?|\s)(?P<year>\d{{4}})",
    "name amid": r"(?P<year>\d{4})[\s/-]?(?P<name>MONTH)\.?[\s/-]?(?P<day>\d\d?)[일日]?",
    "either first": r"(?P<one>\d\d?)\s?(?P<mark>[-./])\s?(?P<other>\d\d?)\s?(?P=mark)\s?(?P<year>\d{4})",
}
# 20261128T090000Z, the basic form of ISO 8601.
_COMPACT = re.compile(
    rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)(?:t?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?:{_ZONE})?)?",
    re.VERBOSE,
)
_EPOCH = re.compile(r"(?P<seconds>\d{9,10}(?:\.\d{1,9})?)|(?P<thousandths>\d{13})")
_AMBIGUOUS_DATE = re.compile(r"(?<!\d)\d\d?\s?([-./])\s?\d\d?\s?\1\s?\d{4}(?!\d)")


def read_date(value: object, *, day_first: bool | None = None) -> dt.datetime | None:
    """Return the time that a date stands for, aware; None where it is not a date, or may be more than one.

    `value` is text, or a number of seconds since 1970. `day_first` says whether 03/04/2026 begins with the day in this
    document (`detect_day_first`); None where that is unknown.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    # Before folding too, which takes time for every letter; it may shorten a text, but hardly to half.
    if len(text) > 2 * MAX_DATE_CHARS or len(text := _fold_text(text)) > MAX_DATE_CHARS:
        return None
    try:
        return _parse_epoch(text) or _parse_moment(text, day_first)
    except (ValueError, OverflowError, OSError):  # a 30th of February, 25 o'clock, an offset of 90 hours
        return None


def detect_day_first(values: Iterable[object]) -> bool | None:
    """Return whether 03/04/2026 begins with the day, judged from all dates of a document; None where these do not show it.

    One date such as 28/04/2026 shows it. Dates that contradict each other show nothing.
    """
    texts = [value for value in values if isinstance(value, str) and len(value) <= MAX_DATE_CHARS]
    found = [_match_date_pattern(_fold_text(text)) for text in texts if _AMBIGUOUS_DATE.search(text)]
    shown = {_shows_day_first(one) for one in found if one} - {None}
    return shown.pop() if len(shown) == 1 else None


def _fold_text(text: str) -> str:
    """Return a text without accents, capitals, wide letters and double spaces, so that one pattern fits all spellings."""
    text = text.replace("\N{MINUS SIGN}", "-").replace("\N{EN DASH}", "-").replace("週", "周")
    letters = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(unicodedata.normalize("NFC", "".join(letters)).casefold().split())


def _parse_epoch(text: str) -> dt.datetime | None:
    found = _EPOCH.fullmatch(text)
    if found is None:
        return None
    seconds = float(found["seconds"] or 0) or int(found["thousandths"]) / 1000
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _parse_moment(text: str, day_first: bool | None) -> dt.datetime | None:
    found = _match_date_pattern(text)
    date = found and _build_date(found, day_first)
    if not found or not date:
        return None
    time = _parse_time_of_day(found)
    if time is None:
        return None
    naive = dt.datetime.combine(date, dt.time()) + time
    again = found.get("again")  # a zone's name behind its offset: +0900 KST
    if again and again not in _ZONES and again not in _SEASONAL_ZONES:
        return None
    return naive.replace(tzinfo=_parse_zone(found))


def _match_date_pattern(text: str) -> dict[str, str | None] | None:
    for pattern in _date_patterns():
        if found := pattern.fullmatch(text):
            return found.groupdict()
    return None


def _build_date(found: dict[str, str | None], day_first: bool | None) -> dt.date | None:
    """Return the day; None where it may be one of two."""
    if found.get("one"):
        days = _possible_days(found)
        if len(days) == 2:
            shown = _shows_day_first(found)  # a weekday in the date itself counts more than the rest of the document
            day_first = day_first if shown is None else shown
            return None if day_first is None else days[0 if day_first else 1]
        return days[0] if days else None
    name, year = found.get("name"), found["year"] or ""
    if name and name[0].isdigit() and len(year) == 2:  # a month such as 11월, beside two numbers of two digits
        return None
    return dt.date(
        _parse_year(year),
        _month_and_weekday_names()[0][name] if name else int(found["month"] or 0),
        int(found["day"] or 0),
    )


def _parse_year(digits: str) -> int:
    # A year of two digits as in RFC 2822: up to 49 it is of this century.
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 50 else 1900)


def _possible_days(found: dict[str, str | None]) -> list[dt.date]:
    """Return the days that two numbers and a year may mean; the one with the day before the month comes first."""
    one, other, year = (int(found[name] or 0) for name in ("one", "other", "year"))
    days = []
    for day, month in ((one, other), (other, one)):
        if month <= 12:
            days.append(dt.date(year, month, day))
    return days if len(set(days)) != 1 else days[:1]


def _shows_day_first(found: dict[str, str | None]) -> bool | None:
    """Return True where a date can only begin with the day, False where only with the month, else None."""
    if not found.get("one") or found["one"] == found["other"]:
        return None
    try:
        days = _possible_days(found)
    except ValueError:
        return None
    if len(days) == 2:
        weekday = _month_and_weekday_names()[1].get(found.get("weekday") or found.get("weekday_after") or "")
        fit = [day.weekday() == weekday for day in days]
        return fit[0] if fit[0] != fit[1] else None
    return int(found["one"] or 0) > 12 if days else None


def _parse_time_of_day(found: dict[str, str | None]) -> dt.timedelta | None:
    """Return the time since midnight, up to 24 hours; None where the numbers are not a time."""
    if not found.get("hour"):
        return dt.timedelta()
    # A number alone behind a date may be anything.
    is_time = any(found.get(name) for name in ("minute", "unit", "whole", "half", "half_after"))
    hour = _to_24_hours(int(found["hour"] or 0), [half for name in ("half", "half_after") if (half := found.get(name))])
    minute = int(found.get("minute") or found.get("minute_cjk") or 0)
    second = int(found.get("second") or found.get("second_cjk") or 0)
    if not is_time or hour is None or minute > 59 or second > 60 or (hour == 24 and minute + second):
        return None
    return dt.timedelta(hours=hour, minutes=minute, seconds=min(second, 59))  # 60: a leap second


def _to_24_hours(hour: int, halves: list[str]) -> int | None:
    """Return an hour from 0 to 24; `halves` are the words for the half of the day (pm, 오후) beside it."""
    if not halves:
        return hour if hour <= 24 else None
    if len(halves) > 1 or hour > 12:
        return None
    return hour % 12 + (12 if re.sub(r"[. ]", "", halves[0]) in _AFTERNOON else 0)


def _parse_zone(found: dict[str, str | None]) -> dt.tzinfo:
    if found.get("sign"):
        hours, minutes = int(found["zone_hours"] or 0), int(found.get("zone_minutes") or 0)
        if hours > 14 or minutes > 59:  # Kiribati's +14:00 is the largest offset in use
            raise ValueError("no place on earth is that far from Greenwich")
        offset = dt.timedelta(hours=hours, minutes=minutes)
        return dt.timezone(-offset if found["sign"] == "-" else offset)
    name = found.get("zone") or "z"
    return (
        ZoneInfo(_SEASONAL_ZONES[name]) if name in _SEASONAL_ZONES else dt.timezone(dt.timedelta(minutes=_ZONES[name]))
    )


@functools.cache
def _month_and_weekday_names() -> tuple[dict[str, int], dict[str, int]]:
    """Return the number of each month (from 1) and of each weekday (Monday is 0) by their folded names.

    Cached, because it reads the tables of eleven locales.
    """
    months, days = dict(_MORE_MONTHS), dict(_MORE_DAYS)
    for language in DATE_LANGUAGES:
        locale = Locale(language)
        for place in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                months |= {_fold_text(name).rstrip("."): n for n, name in locale.months[place][width].items()}
                days |= {_fold_text(name).rstrip("."): n for n, name in locale.days[place][width].items()}
    return months, days


@functools.cache
def _date_patterns() -> list[re.Pattern[str]]:
    """Return the patterns of a whole date; compiled when the first date is read, because that takes a moment."""
    months, days = (
        "|".join(map(re.escape, sorted(names, key=len, reverse=True))) for names in _month_and_weekday_names()
    )
    article = r"(?:(?:on|am|den|le|el|il|op|em)\s)?"
    before = rf"{article}(?:\(?(?P<weekday>{days})\b\)?[.,、]{{0,2}}\s?)?{article}"
    after = rf"(?:\s?,?\s?\(?(?P<weekday_after>{days})\b\)?[.,]?)?"
    end = rf"{after}(?:{_GAP}{_TIME})?(?:{_ZONE})?"
    month = rf"(?:(?<!\d)|(?!\d))(?:{months})"  # 11월 is not a 1 followed by 1월
    forms = [f"{before}{date.replace('MONTH', month)}{end}" for date in _DATES.values()]
    # Sat Nov 28 09:00:00 KST 2026, as C and Java print dates.
    forms.append(rf"{before}(?P<name>{months})\.?\s(?P<day>\d\d?)\s{_TIME}(?:{_ZONE})?\s(?P<year>\d{{4}})")
    # 09:00, 28 November 2026
    first = rf"{_TIME}(?:{_ZONE})?(?:\s?,\s?|\s-\s|\s)"
    forms += [f"{first}{before}{date.replace('MONTH', month)}{after}" for date in _DATES.values()]
    return [_COMPACT, *(re.compile(form, re.VERBOSE) for form in forms)]
