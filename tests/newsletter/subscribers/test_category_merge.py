"""Merging a category into another: its readers get the other one, and it is retired."""

import pytest

from digests.models import Classification
from newsletter.models import Subscription
from newsletter.subscribers.category_merge import (
    MergeError,
    count_affected_readers,
    count_gained_readers,
    merge_categories,
)
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def categories():
    return build.category("old"), build.category("new"), build.category("other")


def _chosen() -> list[list[str]]:
    return [sorted(c.slug for c in row.categories.all()) for row in Subscription.objects.order_by("pk")]


def test_merge_moves_readers_along_and_retires(categories):
    old, new, other = categories
    publication = build.publication(categories=list(categories))
    for choice in ([old], [old, new], [other]):
        build.subscription(publication, choice)
    item = Classification.objects.create(publication=publication, item=build.item(), category=old, by="rules")

    assert (count_affected_readers(old).readers, count_affected_readers(old).alone, count_gained_readers(old, new)) == (
        2,
        1,
        1,
    )
    assert merge_categories(old, new) == 1

    old.refresh_from_db()
    item.refresh_from_db()
    assert _chosen() == [["new", "old"], ["new", "old"], ["other"]]
    assert (old.retired, item.category) == (True, new)


def test_merge_again_changes_nothing(categories):
    old, new, _other = categories
    build.subscription(build.publication(categories=list(categories)), [old])
    merge_categories(old, new)

    assert merge_categories(old, new) == 0


def test_merge_into_what_a_publication_lacks_is_refused(categories):
    old, new, _other = categories
    build.subscription(build.publication(categories=[old]), [old])

    with pytest.raises(MergeError):
        merge_categories(old, new)
    assert _chosen() == [["old"]]


def test_merge_into_itself_or_a_retired_one_is_refused(categories):
    old, _new, _other = categories
    for into in (old, build.category("gone", retired=True)):
        with pytest.raises(MergeError):
            merge_categories(old, into)
