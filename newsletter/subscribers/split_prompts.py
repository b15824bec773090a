"""Asks readers of a divided category which of its parts they want: who is asked, in which emails, and what an answer changes.

Until a reader answers, the choice of the old category stands for all of its parts: nobody loses anything without having been
asked, and nobody gets more than the old category brought. The question stands above the next emails to the reader, until the
preferences are saved or three of these emails were accepted, and on the page of preferences until they are saved. A page, a
sign-up or a link from before the division names the old category and means all of its parts. Not here: dividing
(category_split).
"""

from collections.abc import Collection, Iterable

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from digests.models import Category, Publication
from newsletter.models import CategorySplit, Delivery, Mailing, SplitPrompt, Subscription
from newsletter.models.advisory_locks import AdvisoryLock, take_advisory_lock
from newsletter.subscribers import sql

# The highest bit of a delivery's sections that a signed 64-bit column can hold: no section has it, because a digest has at most
# 62 of them, at the bits 0 to 61.
SPLIT_PROMPT_BIT = 62
MAX_PROMPT_EMAILS = 3  # a reader who reads none of these keeps all parts and is asked no more

SPLIT_PROMPT_PREFETCH = ("questions__split__category", "questions__split__parts")


def lock_category_changes(*, alone: bool = False) -> None:
    """Lock the categories until the transaction ends: nobody divides or merges any; with `alone`, nobody chooses any either.

    To be taken before anything is read: else a choice that was read before a division and written after it would drop
    the parts.
    """
    take_advisory_lock(AdvisoryLock.CATEGORY_CHANGES, shared=not alone)


def add_category_for_readers_of(category: Category, beside: Category) -> int:
    """Add a category to each subscription that chose the category `beside`; return how many did not have it yet."""
    with connection.cursor() as cursor:
        cursor.execute(sql.ADD_CATEGORY_FOR_READERS, [category.pk, beside.pk])
        return max(int(cursor.rowcount), 0)  # a driver may report -1 where it counted nothing


def resolve_categories(publication: Publication, slugs: Iterable[str], *, unseen: Iterable[int] = ()) -> list[Category]:
    """Return the categories that slugs mean today, of those that a reader may choose.

    A category that was divided and retired means all of its parts. So does a category that goes on as one of its own parts
    where its split is among the `unseen` ones (ids of splits): the page that named it did not show the other parts.
    """
    named = set(Category.objects.filter(slug__in=list(slugs)).values_list("pk", flat=True))
    parts = CategorySplit.parts.through.objects.filter(
        Q(categorysplit__category__retired=True) | Q(categorysplit__in=list(unseen))
    )
    while more := set(parts.filter(categorysplit__category__in=named).values_list("category_id", flat=True)) - named:
        named |= more  # a part may have been divided in turn
    return list(publication.categories.filter(retired=False, pk__in=named))


def list_open_prompts(subscription: Subscription) -> list[SplitPrompt]:
    """Return the questions that a reader has not answered yet; without a query after SPLIT_PROMPT_PREFETCH."""
    return [row for row in subscription.questions.all() if any(not part.retired for part in row.split.parts.all())]


def close_answered_prompts(subscription: Subscription, chosen: Collection[Category], *, seen: Collection[int]) -> None:
    """Delete the questions that a choice answers: those that the page showed, and those of which no part is chosen any more."""
    subscription.questions.filter(Q(split__in=list(seen)) | ~Q(split__in=_splits_with_chosen_parts(chosen))).delete()


def filter_dropped_categories(chosen: Collection[Category]) -> Q:
    """Return a filter for divided categories of which no part is chosen any more."""
    return Q(splits__isnull=False) & ~Q(splits__in=_splits_with_chosen_parts(chosen))


def _splits_with_chosen_parts(chosen: Collection[Category]) -> QuerySet[CategorySplit]:
    return CategorySplit.objects.filter(parts__in=[category.pk for category in chosen])


def list_open_splits(publication: Publication) -> list[CategorySplit]:
    """Return the splits about which some active readers of a publication still have to be asked, the oldest first."""
    waiting = SplitPrompt.objects.filter(
        split=OuterRef("pk"),
        accepted_emails__lt=MAX_PROMPT_EMAILS,
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
    """Count one more email for each reader whose email of a mailing had the question and was accepted.

    Of splits made after the mailing was composed its emails say nothing, so these are not counted.
    """
    arrived = Delivery.objects.filter(
        mailing=mailing, sections__gte=1 << SPLIT_PROMPT_BIT, state=Delivery.State.ACCEPTED
    )
    theirs = SplitPrompt.objects.filter(
        subscription__publication=mailing.digest.publication,
        subscription__subscriber__in=arrived.values("subscriber"),
        split__at__lt=mailing.composed_at,
    )
    return SplitPrompt.objects.filter(pk__in=theirs.values("pk")).update(accepted_emails=F("accepted_emails") + 1)
