"""Queries of the public archive: which digests anybody may read, and the figures that its pages show.

A digest is public once its mailing was planned, or if it was imported as a past issue; what is not approved is shown to
nobody. Not here: how a page or a feed looks (site), and the search (search).
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from digests.models import Category, Digest, Publication, Section, SectionItem
from digests.models.row_failures import handle_each_row
from digests.review.approve import is_as_approved
from newsletter.emails import joining
from newsletter.models import Fragment, Mailing, Popularity, Subscription

_WEEKS = 4  # over which the items of a category per week are measured
MAX_POPULAR_CATEGORIES = 5

SENT_FILTER = Q(state=Digest.State.APPROVED, mailing__planned_at__isnull=False)


def list_public_digests(publication: Publication | None = None) -> QuerySet[Digest]:
    """Return the public digests, newest first, without their charts, which are large and have an address of their own."""
    found = Digest.objects.filter(SENT_FILTER | Q(imported=True)).select_related("publication").defer("chart")
    return found.filter(publication=publication) if publication else found


def is_public(digest: Digest) -> bool:
    """Say whether a digest's text is the approved one; a change in the database that nobody approved is shown to nobody."""
    return digest.imported or is_as_approved(digest)


def filter_by_category(digests: QuerySet[Digest], category: Category) -> QuerySet[Digest]:
    """Filter digests that have a section with text of a category."""
    # Not `exclude`, which takes its conditions from different sections: one left-out section hid the digest in every category.
    filled = Section.objects.filter(digest=OuterRef("pk"), category=category).exclude(text="")
    return digests.filter(Exists(filled))


def filter_by_month(digests: QuerySet[Digest], month: dt.date) -> QuerySet[Digest]:
    """Filter digests of the month of a day."""
    return digests.filter(date__year=month.year, date__month=month.month)


@dataclass(frozen=True)
class DigestCounts:
    """How many items and sections with text an issue has."""

    n_items: int = 0
    n_sections: int = 0


def count_contents(digests: Iterable[Digest]) -> dict[int, DigestCounts]:
    """Return what digests hold by their ids; one query for any number of them."""
    ids = [digest.pk for digest in digests]
    sections = Section.objects.filter(digest__in=ids).exclude(text="").order_by().values("digest")
    rows = sections.annotate(n_items=Count("items"), n_sections=Count("pk", distinct=True))
    counts = {row["digest"]: DigestCounts(row["n_items"], row["n_sections"]) for row in rows}
    return {pk: counts.get(pk, DigestCounts()) for pk in ids}


def find_newest_digests(publications: Iterable[Publication]) -> dict[int, Digest]:
    """Return the newest public digest of each publication by the publication's id; two queries for any number of them."""
    days = list_public_digests().filter(publication__in=list(publications)).order_by("publication", "-date")
    first: dict[int, int] = {}
    for publication_id, pk in days.values_list("publication_id", "pk"):
        first.setdefault(publication_id, pk)
    return {digest.publication_id: digest for digest in list_public_digests().filter(pk__in=first.values())}


def find_newest_mailed_digest(publication: Publication) -> Digest | None:
    """Return the digest of a publication's newest email; None where none was composed yet."""
    return list_public_digests(publication).filter(mailing__composed_at__isnull=False).first()


def load_newest_mailing(publication: Publication) -> joining.MailingFragments | None:
    """Return the fragments of a publication's newest email as they were sent; None where none was composed yet."""
    newest = find_newest_mailed_digest(publication)
    if newest is None:
        return None
    return joining.load_mailing_fragments(Mailing.objects.select_related("digest__publication").get(digest=newest))


def get_section_bits(mailing_fragments: joining.MailingFragments, wanted: Collection[str]) -> int:
    """Return the bits of an email's sections whose category is among the wanted slugs."""
    positions = mailing_fragments.mailing.digest.sections.values_list("position", "category__slug")
    there = {one.position for one in mailing_fragments.fragments if one.kind == Fragment.Kind.SECTION}
    return sum(1 << position for position, slug in positions if position in there and slug in wanted)


def find_neighbor_digests(digest: Digest) -> tuple[Digest | None, Digest | None]:
    """Return the public digests of the same publication before and after one; None at either end."""
    others = list_public_digests(digest.publication)
    return (
        others.filter(date__lt=digest.date).order_by("-date").first(),
        others.filter(date__gt=digest.date).order_by("date").first(),
    )


def count_items_per_week(publication: Publication, now: dt.datetime | None = None) -> dict[int, int]:
    """Return how many items a category brought per week in the last four weeks, rounded, by the category's id."""
    return count_items_per_week_of_each([publication], now)[publication.pk]


def count_items_per_week_of_each(
    publications: Sequence[Publication], now: dt.datetime | None = None
) -> dict[int, dict[int, int]]:
    """Return the items per week of each publication's categories, by the publication's id; one query for any number of them."""
    now = now or timezone.now()
    today = {one.pk: one.today(now) for one in publications}
    counts = {one.pk: Counter[int]() for one in publications}
    days = {one.pk: set[dt.date]() for one in publications}
    recent = Q(pk__in=[])  # of none, where there is no publication
    for pk, last in today.items():
        recent |= Q(publication=pk, date__gt=last - dt.timedelta(weeks=_WEEKS), date__lte=last)
    shown = SectionItem.objects.filter(section__digest__in=list_public_digests().filter(recent))
    grouped = shown.values_list("section__digest__publication", "section__category", "section__digest__date")
    for pk, category, day, n in grouped.annotate(n=Count("pk")).order_by():
        counts[pk][category] += n
        days[pk].add(day)
    weeks = {pk: _count_weeks(sorted(days[pk]), last) for pk, last in today.items()}
    return {pk: {category: round(n / weeks[pk]) for category, n in found.items()} for pk, found in counts.items()}


def _count_weeks(days: Sequence[dt.date], today: dt.date) -> float:
    """Return the number of weeks that issues of these days cover, from 1 to 4; a young publication has fewer than 4.

    The last issue also covers the days until the next one, by the average distance: two issues of a weekly publication,
    eight days apart, cover two weeks.
    """
    if len(days) < 2:
        return 1
    between = (days[-1] - days[0]).days
    covered = max(between + between / (len(days) - 1), (today - days[0]).days + 1)
    return min(_WEEKS, max(1, covered / 7))


def list_popular_categories(publication: Publication) -> list[str]:
    """Return the slugs of the categories with the most readers, as the clock counted them last."""
    found = Popularity.objects.filter(publication=publication).values_list("slugs", flat=True).first()
    return found or []


def count_popular_categories() -> int:
    """Count which categories readers chose, and store the most popular ones; return the number of publications."""
    return len(
        list(handle_each_row("popular", Publication.objects.filter(enabled=True), _count_popular_of_publication))
    )


def _count_popular_of_publication(publication: Publication) -> None:
    choices = Subscription.categories.through.objects.filter(
        subscription__publication=publication, subscription__state=Subscription.State.ACTIVE
    )
    open_ones = choices.filter(category__publications=publication, category__retired=False)
    ranked = open_ones.values_list("category__slug").annotate(n=Count("pk")).order_by("-n", "category__position")  # type: ignore[misc] # the plugin loses the annotation
    slugs = [slug for slug, _ in ranked[:MAX_POPULAR_CATEGORIES]]
    Popularity.objects.update_or_create(
        publication=publication, defaults={"slugs": slugs, "counted_at": timezone.now()}
    )
