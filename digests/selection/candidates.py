"""A publication and a day -> the items that the digest of that day may carry: those of its window, as a query.

The window: items that came out, or came in, within the publication's days before the day's end, and that no other
digest of the publication carries; no paper that was withdrawn. Not here: which of them are chosen (select), how a digest is made of them (build).
"""

import datetime as dt

from django.db.models import Q, QuerySet

from digests.models import Item, Publication, SectionItem


def find_candidate_items(publication: Publication, date: dt.date) -> QuerySet[Item]:
    """Return the items that the digest of `date` may carry."""
    return _items_in_window(publication, date).filter(withdrawn="")


def find_withdrawn_items(publication: Publication, date: dt.date) -> QuerySet[Item]:
    """Return the items of the window that were withdrawn: no digest carries them, and an editor may see why."""
    return _items_in_window(publication, date).exclude(withdrawn="")


def _items_in_window(publication: Publication, date: dt.date) -> QuerySet[Item]:
    end = publication.moment(date + dt.timedelta(days=1), 0)
    start = end - dt.timedelta(days=publication.window_days)
    carried = SectionItem.objects.filter(digest__publication=publication, item__isnull=False).exclude(digest__date=date)
    fresh = Q(published_at__gte=start) | Q(collected_at__gte=start, collected_at__lt=end)
    of_sources = Item.objects.filter(entries__source__publications=publication).values("pk")
    return (
        Item.objects.filter(fresh, pk__in=of_sources, published_at__lt=end)
        .exclude(pk__in=carried.values("item"))
        .order_by("pk")
    )
