"""One category into several: its readers get all parts until they say which they want, and are asked (asking).

Every subscription with the old choice is given the parts too, in the statement that also writes the questions, so that
nobody is between the two. The old category is retired, and what was filed under it and not printed yet is filed anew; or
it goes on as one of the parts, narrower than before. Two people who change the same category wait for each other.
"""

import logging
from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from digests.models import Category, Classification, Publication, SectionItem
from newsletter.models import CategorySplit
from newsletter.subscribers import split_prompts

logger = logging.getLogger(__name__)

_INSERT_PROMPTS_SQL = """
    INSERT INTO newsletter_splitprompt (split_id, subscription_id, told)
    SELECT %s, subscription_id, 0 FROM newsletter_subscription_categories WHERE category_id = %s
"""


class SplitError(Exception):
    """The category can't be divided so; the text says why."""


@transaction.atomic
def split_category(category: Category, parts: Sequence[Category], *, keep: bool) -> CategorySplit:
    """Divide a category into new, unsaved ones; `keep` lets it go on as a part. Raises SplitError."""
    split_prompts.lock_category_changes(alone=True)
    category = Category.objects.get(pk=category.pk)
    if category.retired:
        raise SplitError(_("%(category)s is retired: nobody reads it any more.") % {"category": category})
    if len(parts) + keep < 2:
        raise SplitError(_("Name at least two parts, or one beside the category itself."))
    _save(category, parts)
    made = CategorySplit.objects.create(category=category)
    made.parts.set([*parts, *([category] if keep else [])])
    for publication in Publication.objects.filter(categories=category):
        publication.categories.add(*parts)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_PROMPTS_SQL, [made.pk, category.pk])
        made.asked = max(cursor.rowcount, 0)
    for part in parts:
        split_prompts.add_category_for_readers_of(part, category)
    made.save(update_fields=["asked"])
    if not keep:
        _retire(category)
    logger.info("split category=%s parts=%d keep=%s subscriptions=%d", category.slug, len(parts), keep, made.asked)
    return made


def _save(category: Category, parts: Sequence[Category]) -> None:
    """Save the parts where the old category stands in every list."""
    try:
        with transaction.atomic():
            for part in parts:
                part.position = category.position
                part.save(force_insert=True)
    except IntegrityError as error:
        raise SplitError(_("Each part needs a slug of its own that no category has.")) from error


def _retire(category: Category) -> None:
    """Retire a category; what no digest carries yet is filed among the parts when the next one is built."""
    Category.objects.filter(pk=category.pk).update(retired=True)
    printed = SectionItem.objects.filter(section__category=category)
    Classification.objects.filter(category=category).exclude(item__in=printed.values("item")).delete()
