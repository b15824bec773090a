"""Reads dates in the cells of a CSV import, and detects whether the day or the month comes first in a column. Pure.

The forms that files of other tools are known to have are read here, because the order of day and month is a decision about a
whole file. Every other form and language goes to the reader of feeds (digests/sources/parsing/dates).
"""

import datetime as dt
import re
from enum import StrEnum

from django.utils.dateparse import parse_datetime

from digests.sources.parsing.dates import read_date

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|UTC|[+-]\d{2}:?\d{2})?.*)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})\s*[./년]\s*(\d{1,2})\s*[./월]\s*(\d{1,2})\s*[일.]?(?:\s.*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{4})(?:[ ,T].*)?")
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3,9})|([a-z]{3,9})\s+(\d{1,2})(?:st|nd|rd|th)?),?\s+(\d{4})(?:\s.*)?"
)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")  # seconds since 1970, or thousandths of them, from 2001 to 2033
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class DateOrder(StrEnum):
    """Which of day and month comes first in a date; kept as JSON in the survey of a file."""

    DAY = "day"
    MONTH = "month"
    EITHER = "either"  # 3/4/2026: nothing in this date decides
    SAME = "same"  # 3/3/2026: it does not matter


def parse_moment(cell: str, *, day_first: bool) -> dt.datetime | None:
    """Return the moment that a cell names, in UTC; None where it names none.

    A day alone is its midnight; a time without a zone is taken to be in UTC.
    """
    try:
        if found := _ISO.fullmatch(cell):
            return _parse_iso(found)
        if found := _YEAR_FIRST.fullmatch(cell):
            return _make_midnight(int(found[1]), int(found[2]), int(found[3]))
        if found := _YEAR_LAST.fullmatch(cell):
            one, other = int(found[1]), int(found[2])
            return _make_midnight(int(found[3]), other, one) if day_first else _make_midnight(int(found[3]), one, other)
        if found := _NAMED.fullmatch(cell.lower()):
            month = (found[2] or found[3])[:3]
            if month in _MONTHS:
                return _make_midnight(int(found[5]), _MONTHS.index(month) + 1, int(found[1] or found[4]))
        # Other forms and languages: there the reader of feeds decides which of day and month comes first.
        elsewhere = read_date(cell) if cell else None
        return elsewhere.astimezone(dt.UTC) if elsewhere else None
    except (ValueError, OverflowError):  # the 30th of February; a zone that leads out of the calendar
        return None


def detect_date_order(cell: str) -> DateOrder | None:
    """Return which of day and month comes first in a date that ends with the year; None for a date of another form."""
    found = _YEAR_LAST.fullmatch(cell)
    if not found:
        return None
    one, other = int(found[1]), int(found[2])
    if one == other:
        return DateOrder.SAME
    return DateOrder.DAY if one > 12 else DateOrder.MONTH if other > 12 else DateOrder.EITHER


def is_date(cell: str) -> bool:
    """Say whether a cell names a day; a bare number only where it is of the size of a Unix time."""
    if cell.isdigit() and not _EPOCH.fullmatch(cell):
        return False
    return bool(parse_moment(cell, day_first=True) or parse_moment(cell, day_first=False))


def _parse_iso(found: "re.Match[str]") -> dt.datetime | None:
    day, time, zone = f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}", found[4] or "0:00", found[5] or "Z"
    whole = parse_datetime(f"{day}T{time if time[1] != ':' else f'0{time}'}{'Z' if zone == 'UTC' else zone}")
    return whole.astimezone(dt.UTC) if whole else None


def _make_midnight(year: int, month: int, day: int) -> dt.datetime:
    return dt.datetime(year, month, day, tzinfo=dt.UTC)
