"""Template tags for sentences and dates in the language of the page."""

import datetime as dt

from django import template
from django.template import Context

from digests.models import Category, Publication
from newsletter import phrases
from newsletter.words import date_line

register = template.Library()


@register.simple_tag(takes_context=True)
def t(context: Context, key: str, **values: object) -> str:
    """Return a sentence in the page's language; the template engine escapes it, values included."""
    return phrases.phrase(key, context["language"], **values)


@register.simple_tag(takes_context=True)
def day(context: Context, value: dt.date) -> str:
    """Return a day in words."""
    return date_line(value, context["language"])


@register.simple_tag(takes_context=True)
def month(context: Context, value: dt.date) -> str:
    """Return a month in words."""
    return phrases.month(value, context["language"])


@register.simple_tag(takes_context=True)
def schedule(context: Context, publication: Publication) -> str:
    """Return when a publication is sent."""
    return phrases.schedule(publication.weekdays, publication.send_hour, context["language"])


@register.simple_tag(takes_context=True)
def named(context: Context, category: Category) -> str:
    """Return a category's name in the page's language."""
    return category.name(context["language"])


@register.simple_tag(takes_context=True)
def described(context: Context, category: Category) -> str:
    """Return a category's description in the page's language."""
    return category.description(context["language"])
