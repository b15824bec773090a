"""Words, dates and times in the language of a text or of a reader, by gettext and Django's formats.

A language that has no translation of ours reads English words, with its own dates where Django knows it. The functions for
dates and times take a language tag; without one they use the active language. Not here: names that editors give (categories,
publications), which stand in rows, and what the checks know of a language (`languages`).
"""

import datetime as dt
import functools
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from django.conf import settings
from django.utils import dateformat, formats, timezone, translation
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, pgettext, pgettext_lazy

_SCRIPTS = {"zh": "zh-hans", "zh-cn": "zh-hans", "zh-sg": "zh-hans", "zh-tw": "zh-hant", "zh-hk": "zh-hant"}
# As a line says on which days something happens every week. Monday comes first.
_EVERY_WEEKDAY = (
    pgettext_lazy("every week", "Mondays"),
    pgettext_lazy("every week", "Tuesdays"),
    pgettext_lazy("every week", "Wednesdays"),
    pgettext_lazy("every week", "Thursdays"),
    pgettext_lazy("every week", "Fridays"),
    pgettext_lazy("every week", "Saturdays"),
    pgettext_lazy("every week", "Sundays"),
)


def get_base_language(tag: str) -> str:
    """Return the language of a tag, without its region or script: "ko" for "ko-KR" or "ko_KR"."""
    return tag.lower().replace("_", "-").partition("-")[0]


def use_language(tag: str) -> AbstractContextManager[None]:
    """Return a context in which gettext and Django's formats speak the language of a tag."""
    return translation.override(to_django_language(tag))


def to_django_language(tag: str) -> str:
    """Return the code by which Django knows a language: "ko" for "ko-KR", "pt-br", "zh-hans" for "zh"."""
    tag = tag.lower().replace("_", "-")
    tag = _SCRIPTS.get(tag, tag)
    return tag if translation.check_for_language(tag) else get_base_language(tag)


def get_enabled_language(tag: str) -> str:
    """Return the language of a tag if settings.LANGUAGES has it, else "en": the language of the words of an email or page."""
    return _find_language(tag, dict(settings.LANGUAGES))


def get_catalog_language(tag: str) -> str:
    """Return the language of a tag if we have any translations into it, enabled or not, else "en"; "pt" for "pt-BR"."""
    return _find_language(tag, list_catalog_languages())


@functools.cache
def list_catalog_languages() -> tuple[str, ...]:
    """Return the languages that we have translations into, and English."""
    files = {file for folder in settings.LOCALE_PATHS for file in Path(folder).glob("*/LC_MESSAGES/django.mo")}
    return ("en", *sorted({translation.to_language(file.parts[-3]) for file in files} - {"en"}))


def _find_language(tag: str, known: Iterable[str]) -> str:
    base = get_base_language(tag)
    wanted = (to_django_language(tag), base, _SCRIPTS.get(base, base))
    return next((code for code in wanted if code in known), "en")


def format_full_date(day: dt.date, language: str | None = None) -> str:
    """Return a day as a newspaper prints it: "2026년 5월 22일 금요일", "Friday, May 22, 2026", "Freitag, 22. Mai 2026"."""
    with _activate(language):
        # Translators: A full date, such as "Friday, May 22, 2026"; {date} is in your language's format already.
        pattern = pgettext("date with weekday", "{weekday}, {date}")
        return pattern.format(weekday=WEEKDAYS[day.weekday()], date=_format_date(day, "DATE_FORMAT"))


def format_date(day: dt.date, language: str | None = None) -> str:
    """Return a day with its year: "2026년 5월 22일", "May 22, 2026"."""
    with _activate(language):
        return _format_date(day, "DATE_FORMAT")


def format_short_date(day: dt.date, language: str | None = None) -> str:
    """Return a day without its year: "5월 22일", "May 22"."""
    with _activate(language):
        return _format_date(day, "MONTH_DAY_FORMAT")


def format_weekday_date(day: dt.date, language: str) -> str:
    """Return a day without its year, with a short weekday, as the CLDR writes it: "5월 22일 (금)", "Fri, May 22"."""
    try:
        locale = Locale.parse(language.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    return format_skeleton("MMMEd", day, locale=locale)


def format_month(day: dt.date, language: str | None = None) -> str:
    """Return the month of a day, with its year: "2026년 5월", "May 2026"."""
    with _activate(language):
        return _format_date(day, "YEAR_MONTH_FORMAT")


def format_time(time: dt.time, language: str | None = None) -> str:
    """Return a time of day as readers read it: "오전 8시", "낮 12시", "8 am", "10:30 pm", "noon".

    A language without words of ours for it has the time in Django's format, such as "08:00".
    """
    with _activate(language):
        if not _has_words_for_time():
            return dateformat.time_format(time, formats.get_format("TIME_FORMAT"))
        if (time.hour, time.minute) == (0, 0):
            return pgettext("time of day", "midnight")
        if (time.hour, time.minute) == (12, 0):
            return pgettext("time of day", "noon")
        if time.minute:
            morning = pgettext("time of day", "{hour}:{minute} am")
            pattern = morning if time.hour < 12 else pgettext("time of day", "{hour}:{minute} pm")
        else:
            pattern = pgettext("time of day", "{hour} am") if time.hour < 12 else pgettext("time of day", "{hour} pm")
        return pattern.format(hour=time.hour % 12 or 12, minute=f"{time.minute:02}")


def format_moment(moment: dt.datetime, language: str | None = None) -> str:
    """Return a day of these weeks and the time, in the moment's own zone: "5월 25일 월요일 오전 8시", "Monday, May 25 at 8 am"."""
    with _activate(language):
        day = pgettext("date with weekday", "{weekday}, {date}").format(
            weekday=WEEKDAYS[moment.weekday()],
            date=_format_date(timezone.localdate(moment, moment.tzinfo), "MONTH_DAY_FORMAT"),
        )
        # Translators: When something happens, such as "Monday, May 25 at 8 am".
        return pgettext("moment", "{day} at {time}").format(day=day, time=format_time(moment.time()))


def format_schedule(weekdays: str, hour: int, clock: str, language: str | None = None) -> str:
    """Return when a publication is sent: "평일 오전 8시에 보내 드립니다 (서울 시간).".

    `weekdays` are digits, 1 is Monday; `hour` is from 0 to 23; `clock` says whose hour it is, such as "Seoul time".
    """
    with _activate(language):
        days, time = sorted(set(weekdays)), format_time(dt.time(hour))
        if days == list("1234567"):
            return gettext("Sent every day at {time} ({clock}).").format(time=time, clock=clock)
        if days == list("12345"):
            return gettext("Sent on weekdays at {time} ({clock}).").format(time=time, clock=clock)
        names = join_names([str(_EVERY_WEEKDAY[int(one) - 1]) for one in days])
        return gettext("Sent on {days} at {time} ({clock}).").format(days=names, time=time, clock=clock)


def join_names(names: Sequence[str]) -> str:
    """Return one or more names as a list in the active language: "Mondays, Wednesdays and Fridays"."""
    *before, last = names
    # Translators: A list, such as "Mondays, Wednesdays and Fridays".
    pattern = pgettext("list", "{names} and {last}")
    return pattern.format(names=separate_names(before), last=last) if before else last


def separate_names(names: Iterable[object]) -> str:
    """Return names one after the other, as the active language separates them: "a, b", "a、b"; an empty text for none."""
    # Translators: It stands between the names of a list.
    return pgettext("list", ", ").join(map(str, names))


def _has_words_for_time() -> bool:
    """Say whether the active language is English or has a translation of the words of a time of day."""
    is_english = get_base_language(translation.get_language() or "en") == "en"
    return is_english or pgettext("time of day", "{hour} am") != "{hour} am"


def _format_date(day: dt.date, name: str) -> str:
    """Return a day in a format of the active language; another language's own is not looked for."""
    return dateformat.format(day, formats.get_format(name))


def _activate(language: str | None) -> AbstractContextManager[None]:
    return nullcontext() if language is None else use_language(language)
