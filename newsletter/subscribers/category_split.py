"""Divides a category into several: its readers get all parts until they say which they want.

Every subscription with the old category is given the parts too, in the transaction that also writes the questions to its
reader. The old category is retired, and items that were filed under it and are in no digest yet are categorized again; or it
goes on as one of the parts, narrower than before. Two people who change the same category wait for each other. Not here: how
readers are asked (split_prompts).
"""

import logging
from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from digests.models import Category, Classification, Publication, SectionItem
from newsletter.models import CategorySplit
from newsletter.subscribers import split_prompts, sql

logger = logging.getLogger(__name__)


class SplitError(Exception):
    """The category cannot be divided in this way; the text says why, in the language of the page."""


@transaction.atomic
def split_category(category: Category, parts: Sequence[Category], *, keep: bool) -> CategorySplit:
    """Divide a category into new categories that are not saved yet, and save them; return the split.

    With `keep` the category goes on as one of the parts. Raises SplitError.
    """
    split_prompts.lock_category_changes(alone=True)
    category = Category.objects.get(pk=category.pk)  # as it is under the lock: the page may have read an older row
    if category.retired:
        raise SplitError(_("“%(category)s” is retired and has no subscribers.") % {"category": category})
    if len(parts) + keep < 2:
        raise SplitError(_("Enter at least two new categories, or one if you keep the original."))
    _save_parts(category, parts)
    made = CategorySplit.objects.create(category=category)
    made.parts.set([*parts, *([category] if keep else [])])
    for publication in Publication.objects.filter(categories=category):
        publication.categories.add(*parts)
    with connection.cursor() as cursor:
        cursor.execute(sql.INSERT_SPLIT_PROMPTS, [made.pk, category.pk])
        made.asked = max(cursor.rowcount, 0)  # a driver may report -1 where it counted nothing
    for part in parts:
        split_prompts.add_category_for_readers_of(part, category)
    made.save(update_fields=["asked"])
    if not keep:
        _retire_category(category)
    logger.info("split category=%s parts=%d keep=%s subscriptions=%d", category.slug, len(parts), keep, made.asked)
    return made


def _save_parts(category: Category, parts: Sequence[Category]) -> None:
    try:
        with transaction.atomic():
            for part in parts:
                part.position = category.position  # the parts stand in every list where the old category stood
                part.save(force_insert=True)
    except IntegrityError as error:
        raise SplitError(_("Each new category needs a slug that isn’t already used.")) from error


def _retire_category(category: Category) -> None:
    """Retire a category; items of it that no digest carries yet are categorized again when the next digest is built."""
    Category.objects.filter(pk=category.pk).update(retired=True)
    printed = SectionItem.objects.filter(section__category=category)
    Classification.objects.filter(category=category).exclude(item__in=printed.values("item")).delete()
