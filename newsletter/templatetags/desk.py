"""Template tags of the desk: the cards of its first page, and a moment in a publication's own time zone."""

from django import template
from django.template import Context

from newsletter.staff import dashboard

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting(context: Context) -> list[dashboard.Card]:
    """Return the cards of whoever is looking."""
    return dashboard.build_cards(context["request"].user)
