"""Readers of a divided category are asked which of its parts they want: who is, in which emails, and what follows.

Until a reader answers, the choice of the old category stands for all of its parts: nobody loses anything unasked, and
nobody gets more than the old one brought. The question stands above the next emails that the reader is sent, until the
preferences were saved or three of them were accepted, and on the page of preferences until they are saved. A page, a
sign-up or a link of before the division speaks of the old category and means all of its parts. Not here: dividing (split).
"""

from collections.abc import Collection, Iterable

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from digests.models import Category, Publication
from newsletter.models import CategorySplit, Delivery, Mailing, SplitPrompt, Subscription
from newsletter.models.advisory_locks import AdvisoryLock, take_advisory_lock

SPLIT_PROMPT_BIT = 62  # the bit of a delivery that no section has: a digest has at most as many sections
MAX_PROMPT_EMAILS = 3  # emails with the question: who reads none of these keeps everything and is left in peace

_ADD_CATEGORY_SQL = """
    INSERT INTO newsletter_subscription_categories (subscription_id, category_id)
    SELECT subscription_id, %s FROM newsletter_subscription_categories WHERE category_id = %s
    ON CONFLICT DO NOTHING
"""

SPLIT_PROMPT_PREFETCH = ("questions__split__category", "questions__split__parts")


def lock_category_changes(*, alone: bool = False) -> None:
    """Until the transaction ends nobody divides or merges categories; `alone`: and nobody chooses any either.

    Asked for before anything is read: else a choice that was read before a division and written after it would drop
    the parts. SQLite has one writer at a time anyway.
    """
    take_advisory_lock(AdvisoryLock.CATEGORY_CHANGES, shared=not alone)


def add_category_for_readers_of(category: Category, beside: Category) -> int:
    """Let each subscription with one choice have another beside it; return how many did not have it yet."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_CATEGORY_SQL, [category.pk, beside.pk])
        return max(int(cursor.rowcount), 0)


def resolve_categories(publication: Publication, slugs: Iterable[str], *, unseen: Iterable[int] = ()) -> list[Category]:
    """Return the categories that slugs mean today, of those that a reader may choose.

    One that was divided and retired means all of its parts. So does one of an `unseen` split that goes on as a part
    itself: whoever named it knew nothing of the others.
    """
    named = set(Category.objects.filter(slug__in=list(slugs)).values_list("pk", flat=True))
    parts = CategorySplit.parts.through.objects.filter(
        Q(categorysplit__category__retired=True) | Q(categorysplit__in=list(unseen))
    )
    while more := set(parts.filter(categorysplit__category__in=named).values_list("category_id", flat=True)) - named:
        named |= more  # a part may have been divided in turn
    return list(publication.categories.filter(retired=False, pk__in=named))


def list_open_prompts(subscription: Subscription) -> list[SplitPrompt]:
    """Return what a reader has not answered yet; WITH_QUESTIONS brings all of it along."""
    return [row for row in subscription.questions.all() if any(not part.retired for part in row.split.parts.all())]


def close_answered_prompts(subscription: Subscription, chosen: Collection[Category], *, seen: Collection[int]) -> None:
    """Take a choice for the answer to each question that the page had, and to each whose parts are all given up."""
    subscription.questions.filter(Q(split__in=list(seen)) | ~Q(split__in=_splits_with_chosen_parts(chosen))).delete()


def filter_dropped_categories(chosen: Collection[Category]) -> Q:
    """Return the divided categories of which nothing is chosen any more."""
    return Q(splits__isnull=False) & ~Q(splits__in=_splits_with_chosen_parts(chosen))


def _splits_with_chosen_parts(chosen: Collection[Category]) -> QuerySet[CategorySplit]:
    return CategorySplit.objects.filter(parts__in=[category.pk for category in chosen])


def list_open_splits(publication: Publication) -> list[CategorySplit]:
    """Return the splits that some readers of a publication still have to be told of, the oldest first."""
    waiting = SplitPrompt.objects.filter(
        split=OuterRef("pk"),
        told__lt=MAX_PROMPT_EMAILS,
        subscription__publication=publication,
        subscription__state=Subscription.State.ACTIVE,
    )
    rows = (
        CategorySplit.objects.filter(Exists(waiting))
        .select_related("category")
        .prefetch_related("parts")
        .order_by("pk")
    )
    return [row for row in rows if any(not part.retired for part in row.parts.all())]


def count_accepted_prompts(mailing: Mailing) -> int:
    """Count one more telling for each reader whose email of a mailing had the question and was accepted."""
    arrived = Delivery.objects.filter(
        mailing=mailing, sections__gte=1 << SPLIT_PROMPT_BIT, state=Delivery.State.ACCEPTED
    )
    theirs = SplitPrompt.objects.filter(
        subscription__publication=mailing.digest.publication,
        subscription__subscriber__in=arrived.values("subscriber"),
        split__at__lt=mailing.composed_at,
    )
    return SplitPrompt.objects.filter(pk__in=theirs.values("pk")).update(told=F("told") + 1)
