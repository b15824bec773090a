"""People who change the same categories at the same moment, on the database of DATABASE_URL; prints how many readers lost.

A reader has lost who chose a category of a round and is left without any that still brings something.
"""

# ruff: noqa: T201 - the test reads what is printed
import threading
from collections.abc import Callable

import django
from django.db import connections

django.setup()

from digests.models import Category, Publication  # noqa: E402 - needs the settings
from newsletter import signup  # noqa: E402 - see above
from newsletter.merge import MergeError, merge  # noqa: E402 - see above
from newsletter.models import Subscription  # noqa: E402 - see above
from newsletter.split import SplitError, split  # noqa: E402 - see above
from tests import build  # noqa: E402 - see above

ROUNDS, READERS = 8, 40


def main() -> None:
    """Let them meet, several times."""
    publication = build.publication()
    print("lost", sum(_round(publication, n) for n in range(ROUNDS)), "rounds", ROUNDS)


def _round(publication: Publication, n: int) -> int:
    one, two = build.category(f"one{n}"), build.category(f"two{n}")
    publication.categories.add(one, two)
    readers = [build.subscription(build.publication(categories=[one, two]), [one]) for _ in range(READERS)]

    def parts(*names: str) -> list[Category]:
        return [Category(slug=f"{name}{n}", names={"en": name}) for name in names]

    _at_once(
        lambda: split(one, parts("a", "b"), keep=False),
        lambda: split(one, parts("c", "d"), keep=n % 2 == 0),
        lambda: merge(one, two),
        lambda: merge(two, one),
        lambda: [signup.choose(row.subscriber, row.publication, [one.slug], ip=None) for row in readers],
        lambda: [signup.choose(row.subscriber, row.publication, [one.slug], ip=None) for row in reversed(readers)],
    )
    open_ones = Subscription.objects.filter(pk__in=[row.pk for row in readers], categories__retired=False).distinct()
    return READERS - open_ones.count()


def _at_once(*orders: Callable[[], object]) -> None:
    start = threading.Barrier(len(orders))

    def run(order: Callable[[], object]) -> None:
        start.wait()
        try:
            order()
        except (SplitError, MergeError):
            pass  # whoever came second is told so
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
