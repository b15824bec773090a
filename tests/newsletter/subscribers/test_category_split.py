"""Dividing a category: readers get all parts and are asked, and nobody gets what they did not choose."""

import os
import subprocess
import sys

import pytest

from digests.models import Category, Classification
from newsletter.models import SplitPrompt, Subscription
from newsletter.subscribers import consent
from newsletter.subscribers.category_merge import MergeError, merge_categories
from newsletter.subscribers.category_split import SplitError, split_category
from tests import build

pytestmark = pytest.mark.django_db


def parts(*slugs: str) -> list[Category]:
    return [Category(slug=slug, names={"en": slug.title()}) for slug in slugs]


@pytest.fixture
def old():
    return build.category("robots", position=7)


def _chosen() -> list[list[str]]:
    return [sorted(c.slug for c in row.categories.all()) for row in Subscription.objects.order_by("pk")]


def test_split_gives_readers_all_parts_and_asks_them(old):
    other = build.category("other", position=9)
    publication = build.publication(categories=[old, other])
    for choice in ([old], [old, other], [other]):
        build.subscription(publication, choice)
    build.subscription(publication, [old], state="left")

    made = split_category(old, parts("arms", "legs"), keep=False)

    assert _chosen() == [
        ["arms", "legs", "robots"],
        ["arms", "legs", "other", "robots"],
        ["other"],
        ["arms", "legs", "robots"],
    ]
    assert (made.asked, SplitPrompt.objects.filter(accepted_emails=0).count()) == (3, 3)
    assert list(publication.categories.filter(retired=False).values_list("slug", "position")) == [
        ("arms", 7),
        ("legs", 7),
        ("other", 9),
    ]
    old.refresh_from_db()
    assert old.retired is True


def test_split_may_let_the_category_go_on(old):
    build.subscription(build.publication(categories=[old]), [old])

    made = split_category(old, parts("arms"), keep=True)

    old.refresh_from_db()
    assert (old.retired, sorted(part.slug for part in made.parts.all())) == (False, ["arms", "robots"])
    assert _chosen() == [["arms", "robots"]]


def test_split_categorizes_again_what_was_not_printed(old):
    publication = build.publication(categories=[old])
    printed, waiting = build.item(), build.item()
    build.section(build.digest(publication), old, items=[printed])
    for item in (printed, waiting):
        Classification.objects.create(publication=publication, item=item, category=old, by="rules")

    split_category(old, parts("arms", "legs"), keep=False)

    assert list(Classification.objects.values_list("item", flat=True)) == [printed.pk]


@pytest.mark.parametrize(("names", "keep"), [((), True), (("arms",), False), ((), False)])
def test_split_into_less_than_two_is_refused(old, names, keep):
    with pytest.raises(SplitError):
        split_category(old, parts(*names), keep=keep)
    assert list(Category.objects.all()) == [old]


def test_split_into_a_slug_that_is_taken_changes_nothing(old):
    build.category("legs")
    build.subscription(build.publication(categories=[old]), [old])

    with pytest.raises(SplitError):
        split_category(old, parts("arms", "legs"), keep=False)

    assert (_chosen(), SplitPrompt.objects.count()) == ([["robots"]], 0)
    assert sorted(Category.objects.values_list("slug", "retired")) == [("legs", False), ("robots", False)]


def test_split_of_what_was_split_meanwhile_is_refused(old):
    build.subscription(build.publication(categories=[old]), [old])
    split_category(old, parts("arms", "legs"), keep=False)

    with pytest.raises(SplitError):  # `old` is the row as another person's page read it
        split_category(old, parts("hands", "feet"), keep=False)
    assert _chosen() == [["arms", "legs", "robots"]]


def test_merge_of_what_was_split_meanwhile_is_refused(old):
    other = build.category("other")
    build.subscription(build.publication(categories=[old, other]), [old])
    split_category(old, parts("arms", "legs"), keep=False)

    with pytest.raises(MergeError):
        merge_categories(old, other)
    assert _chosen() == [["arms", "legs", "robots"]]


def test_split_of_a_part_asks_of_both(old):
    build.subscription(build.publication(categories=[old]), [old])
    split_category(old, parts("arms", "legs"), keep=False)

    split_category(Category.objects.get(slug="arms"), parts("left", "right"), keep=False)

    assert _chosen() == [["arms", "left", "legs", "right", "robots"]]
    assert SplitPrompt.objects.count() == 2


def test_link_of_a_reader_that_was_read_before_means_the_parts(old):
    publication = build.publication(categories=[old])
    subscription = build.subscription(publication, [old])
    split_category(old, parts("arms", "legs"), keep=False)

    consent.choose_categories(subscription.subscriber, publication, ["robots"], ip=None)

    assert _chosen() == [["arms", "legs", "robots"]]


@pytest.mark.services
@pytest.mark.slow
def test_rivals_at_the_same_moment_lose_nothing(postgres_url):
    """Two divide, two merge, and readers save their page; an editor changes a digest as its mailing begins."""
    environment = os.environ | {"DATABASE_URL": postgres_url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.newsletter.rivals"], env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.split("\n")) == (0, ["lost 0 rounds 8", "changed 0 mailings 60", ""]), (
        done.stderr[-2000:]
    )
