"""The template tag of the desk: the cards of its dashboard."""

from django import template
from django.template import Context

from newsletter.staff import dashboard

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting(context: Context) -> list[dashboard.Card]:
    """Return the dashboard's cards of the person who is logged in."""
    return dashboard.build_cards(context["request"].user)
