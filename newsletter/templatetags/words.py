"""Template tags for replies, dates and names in the language of the page."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping

from django import template
from django.template import Context
from django.utils import timezone

from digests.models import Category, Publication
from digests.text.localization import format_full_date, format_moment, format_month, format_short_date
from digests.text.messages import format_message
from newsletter.models.columns import clean_zone_name
from newsletter.subscribers import timezones as names

register = template.Library()


@register.simple_tag
def said(code: str, values: dict[str, object] | None = None) -> str:
    """Return the sentence of a code that a view answers with; the template engine escapes it, values included."""
    return format_message({"code": code, "params": values or {}})


@register.simple_tag(takes_context=True)
def day(context: Context, value: dt.date) -> str:
    """Return a day in words."""
    return format_full_date(value, context["language"])


@register.simple_tag(takes_context=True)
def short_day(context: Context, value: dt.date) -> str:
    """Return a day in words, without its year."""
    return format_short_date(value, context["language"])


@register.filter
def lookup(values: Mapping[int, int] | None, key: int) -> int | None:
    """Return the value of a key; None where there is none, or no values at all."""
    return values.get(key) if values else None


@register.simple_tag(takes_context=True)
def month(context: Context, value: dt.date) -> str:
    """Return a month in words."""
    return format_month(value, context["language"])


@register.simple_tag(takes_context=True)
def moment(context: Context, value: dt.datetime, reader_zone: str = "") -> str:
    """Return a moment in words; whose time zone it is in, unless it is the reader's own."""
    language, words = context["language"], format_moment(value, context["language"])
    if reader_zone or not isinstance(value.tzinfo, zoneinfo.ZoneInfo):
        return words
    return f"{words} ({names.format_zone_clock(value.tzinfo.key, language)})"


@register.simple_tag(takes_context=True)
def schedule(context: Context, publication: Publication) -> str:
    """Return the days and the hour of a publication, and whose time zone they are in."""
    return names.format_publication_schedule(publication, context["language"])


@register.simple_tag(takes_context=True)
def zones(context: Context, chosen: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the time zones to choose from, by part of the world; a chosen zone that is not offered comes first."""
    language, now = context["language"], timezone.now()
    own = (
        [("", [(chosen, names.format_zone_label(chosen, language, now))])]
        if clean_zone_name(chosen) and not names.is_offered_zone(chosen)
        else []
    )
    return own + names.list_zone_choices(language, now)


@register.simple_tag(takes_context=True)
def named(context: Context, category: Category) -> str:
    """Return a category's name in the page's language."""
    return category.name(context["language"])


@register.simple_tag(takes_context=True)
def described(context: Context, category: Category) -> str:
    """Return a category's description in the page's language."""
    return category.description(context["language"])
