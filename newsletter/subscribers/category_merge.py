"""One category into another: its readers move along, its items are filed anew, and it is retired.

Readers keep the old choice beside the new one: a digest that is in review may still have a section of it, and a
retired category brings nothing after that. Nobody is left with less than before; repeating it changes nothing. Two people
who change the same category wait for each other.
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
    """The two can't be merged; the text says why."""


@dataclass(frozen=True)
class AffectedReaders:
    """How many active readers chose a category, and how many of these nothing else that still brings something."""

    readers: int
    alone: int


def count_affected_readers(category: Category) -> AffectedReaders:
    """Count whom a change of a category touches."""
    others = Category.objects.filter(retired=False).exclude(pk=category.pk)
    # A NOT EXISTS is a join; a NOT IN of half a million rows is read anew for each row.
    return AffectedReaders(
        count_active_readers(category), _active(category).exclude(_has_choice(category__in=others)).count()
    )


def count_active_readers(category: Category) -> int:
    """Count the active readers of a category."""
    return _active(category).count()


def count_gained_readers(category: Category, into: Category) -> int:
    """Count the active readers who would get a category that they did not choose by this name."""
    return _active(category).exclude(_has_choice(category=into)).count()


def _has_choice(**what: Any) -> Exists:
    return Exists(Subscription.categories.through.objects.filter(subscription=OuterRef("pk"), **what))


def _active(category: Category) -> QuerySet[Subscription]:
    return category.subscriptions.filter(state=Subscription.State.ACTIVE)


@transaction.atomic
def merge_categories(category: Category, into: Category) -> int:
    """Merge a category into another; return how many subscriptions got a new choice."""
    if category.pk == into.pk:
        raise MergeError(_("A category cannot be merged into itself."))
    split_prompts.lock_category_changes(alone=True)
    found = Category.objects.in_bulk([category.pk, into.pk])
    if found[into.pk].retired:
        raise MergeError(_("%(category)s is retired: it takes no new readers.") % {"category": into})
    if found[category.pk].retired and CategorySplit.objects.filter(category=category).exists():
        raise MergeError(_("%(category)s was divided: its readers have the parts.") % {"category": category})
    lacking = Publication.objects.filter(categories=category).exclude(categories=into).first()
    if lacking:
        raise MergeError(
            _("%(publication)s has no category %(category)s: its readers would get nothing instead.")
            % {"publication": lacking, "category": into}
        )
    moved = split_prompts.add_category_for_readers_of(into, category)
    Classification.objects.filter(category=category).update(category=into)
    Category.objects.filter(pk=category.pk).update(retired=True)
    logger.info("merged category=%s into=%s subscriptions=%d", category.slug, into.slug, moved)
    return moved
