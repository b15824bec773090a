"""Makes a composed mailing of twelve sections; each carries a word of its own in every text, so that a test can find it."""

import random

from digests.models import Digest
from digests.review.approve import approve_digest
from newsletter.delivery import audience, queue
from newsletter.emails import compose
from newsletter.models import Mailing
from tests import build

CATEGORY_WORDS = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "kilo",
    "lima",
]


def compose_mailing() -> Mailing:
    """Return a mailing that is composed and not yet planned."""
    categories = [build.category(word, names={"ko": f"분야{word}", "en": word}) for word in CATEGORY_WORDS]
    publication = build.publication("papers", categories=categories, name="Daily Insights: Papers")
    digest = build.digest(publication, state=Digest.State.IN_REVIEW, title="Daily Insights: Papers (2026-05-22)")
    for category in categories:
        one = build.item(f"A paper about {category.slug}", url=f"https://example.org/{category.slug}")
        text = (
            f"### 주요 주제\n\n본문{category.slug} 입니다.\n\n"
            f"### 핵심 내용\n\n1. **[{one.title}]({one.url})** — 요점{category.slug}"
        )
        build.section(digest, category, items=[one], text=text)
    approve_digest(digest)
    (made,) = audience.open_mailings()
    compose.store_fragments(made)
    return Mailing.objects.select_related("digest__publication").get(pk=made.pk)


def subscribe_random_sets(made: Mailing, count: int) -> dict[int, set[str]]:
    """Subscribe `count` readers to random sets of categories; return the words that each chose, by subscriber."""
    chance = random.Random(20260522)  # the same sets in each run
    publication = made.digest.publication
    categories = {category.slug: category for category in publication.categories.all()}
    sets = [sorted(chance.sample(CATEGORY_WORDS, chance.randint(1, 12))) for _ in range(count)]
    return {
        build.subscription(publication, [categories[word] for word in words]).subscriber_id: set(words)
        for words in sets
    }


def count_states(mailing: Mailing) -> dict[str, int]:
    """Return how many deliveries of a mailing are in each state that any of them is in."""
    return {state: n for state, n in queue.count_deliveries(mailing).items() if n}
