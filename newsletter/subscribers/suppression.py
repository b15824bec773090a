"""Addresses that must not be written to: asked for, added, and kept as a keyed hash where the address itself may not be.

A row of Suppression holds whatever a subscription says. Not here: what a reader chooses (consent), and which event of a
mail server leads to a suppression (feedback/events).
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from newsletter.models import Subscriber, Suppression
from newsletter.subscribers import addresses
