"""The sets of categories that readers chose are counted, and the largest email among them is measured."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.urls import reverse

from digests.models import Category, Digest
from newsletter.delivery import category_sets, send_test
from newsletter.subscribers import split_prompts
from newsletter.subscribers.category_split import split_category
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()  # the counts of an earlier test: a digest of the same key may have had other readers


@pytest.fixture
def digest() -> Digest:
    categories = [build.category() for _ in range(3)]
    made = build.digest(build.publication(categories=categories), state="in_review", title="Daily")
    for category, length in zip(categories, (1, 200, 50), strict=True):
        build.section(made, category, text="이 방법은 정확도를 높였습니다. " * length)
    return made


def _reader(digest: Digest, *places: int, **fields: Any) -> None:
    categories = list(digest.publication.categories.order_by("position"))
    build.subscription(digest.publication, [categories[place] for place in places], **fields)


def test_in_use_measures_the_largest_set_that_somebody_chose(digest):
    for places in ((0, 2), (0, 2), (0,), (2,)):
        _reader(digest, *places)
    _reader(digest, 0, 1, 2, state="left")
    letter = send_test.compose_proof(digest)
    found = category_sets.measure_sets_in_use(letter)

    assert found == category_sets.SetsInUse(
        sets=3, readers=4, largest=0b101, check=send_test.check_email(letter, 0b101)
    )


def test_in_use_includes_the_note_of_a_divided_category(digest):
    _reader(digest, 0)
    category = digest.publication.categories.order_by("position")[0]
    split_category(
        category,
        [Category(slug="left", names={"en": "Left"}), Category(slug="right", names={"en": "Right"})],
        keep=False,
    )
    letter = send_test.compose_proof(digest)
    found = category_sets.measure_sets_in_use(letter)

    assert found
    assert found.check == send_test.check_email(letter, 1 + (1 << split_prompts.SPLIT_PROMPT_BIT))
    assert found.check.size > send_test.check_email(letter, 1).size


def test_in_use_counts_once_for_a_while(digest, django_assert_num_queries):
    _reader(digest, 0)
    letter = send_test.compose_proof(digest)
    with django_assert_num_queries(2):
        first = category_sets.measure_sets_in_use(letter)
    _reader(digest, 1)
    with django_assert_num_queries(1):
        assert category_sets.measure_sets_in_use(letter) == first


def test_in_use_leaves_dropped_sections_out(digest):
    _reader(digest, 1)
    digest.sections.filter(position=1).update(text="")

    assert category_sets.measure_sets_in_use(send_test.compose_proof(digest)) is None


def test_in_use_is_shown_in_the_preview(client, digest):
    person = User.objects.create_user("ann", is_staff=True)
    person.groups.add(Group.objects.get(name="editor"))
    client.force_login(person)
    _reader(digest, 0, 1)
    answer = client.get(reverse("admin:newsletter_sets", args=[digest.pk])).json()

    first, second = (row.category_id for row in digest.sections.all()[:2])
    assert answer.pop("size") == send_test.check_email(send_test.compose_proof(digest), 0b11).size
    assert answer == {
        "sets": 1,
        "readers": 1,
        "words": "조합 1개, 구독자 1명",
        "fits": True,
        "query": f"category={first}&category={second}",
    }
    _reader(digest, 2)
    Digest.objects.get().sections.update(text="")
    empty = client.get(reverse("admin:newsletter_sets", args=[digest.pk]))
    assert (empty.status_code, empty.json()) == (422, {"error": "이 호에는 아직 본문이 있는 섹션이 없습니다."})
