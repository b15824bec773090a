"""One answer per issue, network and day; networks are forgotten, counts stay."""

import datetime as dt

import pytest

from digests.models import Digest, Section
from newsletter import tasks
from newsletter.feedback.issue_feedback import (
    MAX_ANSWERS_PER_NETWORK,
    FeedbackCount,
    count_feedback,
    forget_feedback_networks,
    record_feedback,
)
from newsletter.models import IssueFeedback
from tests import build

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 22, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def digest() -> Digest:
    made = build.digest()
    for slug in ("llm", "vision"):
        build.section(made, build.category(slug))
    return made


def _answer(digest: Digest, ip: str | None, answer: str = "yes", section: Section | None = None, days: int = 0) -> bool:
    return record_feedback(digest, answer, section, ip, NOW + days * DAY)


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        ("192.0.2.1", "192.0.2.254", False),
        ("192.0.2.1", "192.0.3.1", True),
        ("2001:db8:1:1::", "2001:db8:1:ffff::", False),
        ("2001:db8:1::", "2001:db8:2::", True),
        (None, None, False),
        (None, "192.0.2.1", True),
    ],
)
def test_a_network_counts_once_a_day(digest: Digest, first: str | None, second: str | None, counts: bool) -> None:
    assert _answer(digest, first)
    assert _answer(digest, second, "no") is counts
    assert count_feedback(digest) == [FeedbackCount(None, 1, int(counts))]


def test_a_network_counts_again_on_another_day_and_for_another_issue(digest: Digest) -> None:
    assert _answer(digest, "192.0.2.1")
    assert _answer(digest, "192.0.2.1", "no", days=1)
    assert _answer(build.digest(), "192.0.2.1")
    assert count_feedback(digest) == [FeedbackCount(None, 1, 1)]


def test_a_network_answers_about_a_few_issues_a_day(digest: Digest) -> None:
    others = [build.digest() for _n in range(MAX_ANSWERS_PER_NETWORK)]

    assert [_answer(one, "192.0.2.1") for one in (*others, digest)] == [True] * MAX_ANSWERS_PER_NETWORK + [False]


def test_answers_are_counted_by_section(digest: Digest) -> None:
    llm, vision = digest.sections.order_by("position")
    for n, (answer, section) in enumerate([("yes", vision), ("no", vision), ("no", llm), ("yes", None), ("yes", None)]):
        _answer(digest, f"192.0.{n}.1", answer, section)

    assert count_feedback(digest) == [FeedbackCount(None, 3, 2), FeedbackCount(llm, 0, 1), FeedbackCount(vision, 1, 1)]


def test_an_answer_outlives_its_section(digest: Digest) -> None:
    section = digest.sections.get(category__slug="llm")
    _answer(digest, "192.0.2.1", "no", section)
    section.delete()

    assert count_feedback(digest) == [FeedbackCount(None, 0, 1)]


def test_networks_of_past_days_are_forgotten_and_counts_stay(digest: Digest) -> None:
    _answer(digest, "192.0.2.1")
    _answer(digest, "192.0.3.1")
    _answer(digest, "192.0.2.1", "no", days=1)
    hashes = list(IssueFeedback.objects.values_list("network", flat=True))
    assert len(set(hashes)) == 3  # the key is one of the day: the same network has another hash on the next

    assert forget_feedback_networks(NOW + DAY) == 2
    assert IssueFeedback.objects.exclude(network="").get().day == dt.date(2026, 5, 23)
    assert count_feedback(digest) == [FeedbackCount(None, 2, 1)]
    assert forget_feedback_networks(NOW + DAY) == 0


def test_the_task_of_the_clock_forgets_networks(digest: Digest) -> None:
    _answer(digest, "192.0.2.1", days=-2000)

    assert tasks.purge() == 1
    assert IssueFeedback.objects.get().network == ""
