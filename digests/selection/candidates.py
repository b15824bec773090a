"""Finds the candidates of a day: the items that the digest of a publication may carry on that day.

The window holds the items that were published or collected within the publication's number of days before the end of the
day. An item that another digest of the publication carries is no candidate, nor is a paper that was withdrawn. Which of
the candidates are chosen is decided in `digests.selection.ranking`, and the digest is made in `digests.building.build`.
"""

import datetime as dt

from django.db.models import Q, QuerySet

from digests.models import Item, Publication, SectionItem


def find_candidate_items(publication: Publication, date: dt.date) -> QuerySet[Item]:
    """Return the items that the digest of `date` may carry, as a query, so that callers can filter and page it."""
    return _items_in_window(publication, date).filter(withdrawn="")


def find_withdrawn_items(publication: Publication, date: dt.date) -> QuerySet[Item]:
    """Return the withdrawn items of the window. No digest carries them; the review page shows them with the reason."""
    return _items_in_window(publication, date).exclude(withdrawn="")


def _items_in_window(publication: Publication, date: dt.date) -> QuerySet[Item]:
    # The day ends at midnight of the publication's own time zone, not of the server's.
    end = publication.moment(date + dt.timedelta(days=1), 0)
    start = end - dt.timedelta(days=publication.window_days)
    # The digest of the same day does not count, so that a second build of a day finds the same candidates again.
    carried = SectionItem.objects.filter(digest__publication=publication, item__isnull=False).exclude(digest__date=date)
    # Feeds also bring items days after their publication; what was collected in the window is new to readers.
    fresh = Q(published_at__gte=start) | Q(collected_at__gte=start, collected_at__lt=end)
    # A subquery, not a join: an item that three sources carry would come three times.
    of_sources = Item.objects.filter(entries__source__publications=publication).values("pk")
    return (
        Item.objects.filter(fresh, pk__in=of_sources, published_at__lt=end)
        .exclude(pk__in=carried.values("item"))
        .order_by("pk")
    )
