"""The template tags of the desk: the cards of its dashboard, and the languages that a person may switch to."""

from django import template
from django.conf import settings
from django.template import Context
from django.utils.translation import get_language, get_language_info

from newsletter.staff import dashboard

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting(context: Context) -> list[dashboard.Card]:
    """Return the dashboard's cards of the person who is logged in."""
    return dashboard.build_cards(context["request"].user)


@register.simple_tag
def desk_languages() -> list[tuple[str, str]]:
    """Return the languages of the desk but the active one, each with its own name for itself."""
    return [
        (code, get_language_info(code)["name_local"])
        for code, _name in settings.DESK_LANGUAGES
        if code != get_language()
    ]
