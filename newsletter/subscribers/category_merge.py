"""Merges a category into another: its readers get the other one too, its items are moved to the other, and it is retired.

Readers keep the old category beside the new one: a digest that is in review may still have a section of it, and a
retired category brings nothing after that. Nobody gets less than before; to repeat a merge changes nothing. Two people
who change the same category wait for each other. Not here: dividing a category (category_split).
"""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from digests.models import Category, Classification, Publication
from newsletter.models import CategorySplit, Subscription
from newsletter.subscribers import split_prompts

logger = logging.getLogger(__name__)


class MergeError(Exception):
    """The two categories cannot be merged; the text says why, in the language of the page."""


@dataclass(frozen=True)
class AffectedReaders:
    """How many active readers a change of a category touches."""

    readers: int
    alone: int  # of these, the readers who chose no other category that still brings something


def count_affected_readers(category: Category) -> AffectedReaders:
    """Count the active readers whom a change of a category touches; 2 to 3 seconds for 1,000,000 readers (docs/scaling.md)."""
    others = Category.objects.filter(retired=False).exclude(pk=category.pk)
    # NOT EXISTS becomes a join; a NOT IN of half a million rows would be searched once for each reader.
    return AffectedReaders(
        count_active_readers(category),
        _active_subscriptions(category).exclude(_has_chosen(category__in=others)).count(),
    )


def count_active_readers(category: Category) -> int:
    """Count the active readers of a category."""
    return _active_subscriptions(category).count()


def count_gained_readers(category: Category, into: Category) -> int:
    """Count the active readers of a category who would get the category `into` by a merge and have not chosen it themselves."""
    return _active_subscriptions(category).exclude(_has_chosen(category=into)).count()


def _has_chosen(**what: Any) -> Exists:
    return Exists(Subscription.categories.through.objects.filter(subscription=OuterRef("pk"), **what))


def _active_subscriptions(category: Category) -> QuerySet[Subscription]:
    return category.subscriptions.filter(state=Subscription.State.ACTIVE)


@transaction.atomic
def merge_categories(category: Category, into: Category) -> int:
    """Merge a category into another; return how many subscriptions got the other one. Raises MergeError."""
    if category.pk == into.pk:
        raise MergeError(_("You can’t merge a category into itself. Choose another one."))
    split_prompts.lock_category_changes(alone=True)
    found = Category.objects.in_bulk([category.pk, into.pk])
    if found[into.pk].retired:
        raise MergeError(_("“%(category)s” is retired and can’t take new subscribers.") % {"category": into})
    if found[category.pk].retired and CategorySplit.objects.filter(category=category).exists():
        raise MergeError(
            _("“%(category)s” has already been split. Its subscribers get the new categories.") % {"category": category}
        )
    lacking = Publication.objects.filter(categories=category).exclude(categories=into).first()
    if lacking:
        raise MergeError(
            _("“%(publication)s” doesn’t have “%(category)s”. Add the category to it first.")
            % {"publication": lacking, "category": into}
        )
    moved = split_prompts.add_category_for_readers_of(into, category)
    Classification.objects.filter(category=category).update(category=into)
    Category.objects.filter(pk=category.pk).update(retired=True)
    logger.info("merged category=%s into=%s subscriptions=%d", category.slug, into.slug, moved)
    return moved
