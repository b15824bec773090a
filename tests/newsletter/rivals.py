"""Lets readers and editors change the same rows at the same moment, on the database of DATABASE_URL; prints the losses.

It is a loss if a reader who chose a category of a round is left without any that still brings something, or if an editor's
change of a digest is taken although its mailing has begun.
"""

# ruff: noqa: T201 - the test reads what is printed
import datetime as dt
import threading
import time
from collections.abc import Callable

import django
from django.db import connections

django.setup()

from django.contrib.auth.models import User  # noqa: E402 - needs the settings

from digests.models import Category, Digest, Publication  # noqa: E402 - see above
from digests.review import edit  # noqa: E402 - see above
from digests.review.approve import approve_digest, is_as_approved  # noqa: E402 - see above
from newsletter.delivery import audience  # noqa: E402 - see above
from newsletter.emails import compose  # noqa: E402 - see above
from newsletter.models import Subscription  # noqa: E402 - see above
from newsletter.subscribers import consent  # noqa: E402 - see above
from newsletter.subscribers.category_merge import MergeError, merge_categories  # noqa: E402 - see above
from newsletter.subscribers.category_split import SplitError, split_category  # noqa: E402 - see above
from tests import build  # noqa: E402 - see above

ROUNDS, READERS, MAILINGS = 8, 40, 60


def main() -> None:
    """Run all rounds, and print the losses beside the number of rounds."""
    publication = build.publication()
    print("lost", sum(_round(publication, n) for n in range(ROUNDS)), "rounds", ROUNDS)
    publication, ann = build.publication(categories=[build.category()]), User.objects.create_user("ann")
    print("changed", sum(_change(publication, ann, n) for n in range(MAILINGS)), "mailings", MAILINGS)


def _change(publication: Publication, ann: User, n: int) -> bool:
    """Change a digest just as its mailing begins; say whether it has begun and is not as it was approved."""
    digest = build.digest(publication, date=dt.date(2026, 1, 1) + dt.timedelta(days=n), state=Digest.State.IN_REVIEW)
    section = build.section(digest, publication.categories.get(), text="This is what is new today.")
    approve_digest(digest)
    (mailing,) = audience.open_mailings()
    compose.store_fragments(mailing)

    def change() -> None:
        time.sleep(n % 10 / 1000)  # so that each comes first now and then
        edit.change_section(section, seen=edit.compute_version(section), by=ann, text="Another text.")

    _send_at_once(lambda: audience.plan_deliveries(mailing), change)
    digest.refresh_from_db()
    return edit.is_sent(digest) and not is_as_approved(digest)


def _round(publication: Publication, n: int) -> int:
    one, two = build.category(f"one{n}"), build.category(f"two{n}")
    publication.categories.add(one, two)
    readers = [build.subscription(build.publication(categories=[one, two]), [one]) for _ in range(READERS)]

    def parts(*names: str) -> list[Category]:
        return [Category(slug=f"{name}{n}", names={"en": name}) for name in names]

    _send_at_once(
        lambda: split_category(one, parts("a", "b"), keep=False),
        lambda: split_category(one, parts("c", "d"), keep=n % 2 == 0),
        lambda: merge_categories(one, two),
        lambda: merge_categories(two, one),
        lambda: [consent.choose_categories(row.subscriber, row.publication, [one.slug], ip=None) for row in readers],
        lambda: [
            consent.choose_categories(row.subscriber, row.publication, [one.slug], ip=None) for row in reversed(readers)
        ],
    )
    open_ones = Subscription.objects.filter(pk__in=[row.pk for row in readers], categories__retired=False).distinct()
    return READERS - open_ones.count()


def _send_at_once(*orders: Callable[[], object]) -> None:
    start = threading.Barrier(len(orders))

    def run(order: Callable[[], object]) -> None:
        start.wait()
        try:
            order()
        except (SplitError, MergeError, edit.EditError):
            pass  # the second of two changes is refused
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
