"""Makes readers and approved digests for the benchmarks: rows as an operator's database has them, a million in seconds."""

import datetime as dt
import random

from django.db import connection, models
from django.utils import timezone

from digests.models import Category, Digest, Item, Publication, Section, SectionItem
from digests.review.approve import approve_digest
from newsletter.delivery import audience
from newsletter.emails import compose
from newsletter.models import Mailing, Subscriber, Subscription

CATEGORIES = 12
CATEGORIES_PER_READER = 4


def create_publication() -> Publication:
    """Return a saved publication of twelve categories."""
    made = Publication.objects.create(slug="bench", name="Daily Insights: Papers")
    made.categories.set(Category.objects.create(slug=f"c{n}", names={"ko": f"분야 {n}"}) for n in range(CATEGORIES))
    return made


def compose_mailing(of: Publication, date: dt.date, *, sections: int, words: int) -> Mailing:
    """Return a composed mailing, not yet planned, of `sections` sections, each with six paragraphs of `words` words."""
    digest = Digest.objects.create(publication=of, date=date, title="Daily Insights", state=Digest.State.IN_REVIEW)
    for position, category in enumerate(of.categories.order_by("pk")[:sections]):
        create_section(digest, category, position, words)
    approve_digest(digest)
    (made,) = audience.open_mailings()
    compose.store_fragments(made)
    return Mailing.objects.select_related("digest__publication").get(pk=made.pk)


def create_section(digest: Digest, category: Category, position: int, words: int) -> Section:
    """Return a section about one paper, with six paragraphs of `words` words."""
    url = f"https://bench.invalid/{digest.date}/{position}"
    item = Item.objects.create(
        title=f"A Paper of Category {position}", url=url, url_key=url, published_at=timezone.now()
    )
    chance = random.Random(f"{digest.date} {position}")  # noqa: S311 - words for a measurement, not a secret
    points = "\n".join(f"{n}. **[{item.title}]({url})** — {_words(chance, words)}" for n in range(1, 6))
    text = f"### 주요 주제\n\n{_words(chance, words)}\n\n### 핵심 내용\n\n{points}"
    made = Section.objects.create(
        digest=digest, category=category, position=position, heading=f"분야 {position}", text=text
    )
    SectionItem.objects.create(section=made, digest=digest, item=item, position=0, title=item.title, url=url)
    return made


def _words(chance: random.Random, count: int) -> str:
    """Return words of random Korean syllables: the gates would hold a text that repeats itself."""
    words = ["".join(chr(chance.randrange(0xAC00, 0xD7A4)) for _ in range(chance.randint(2, 4))) for _ in range(count)]
    return " ".join(word + ("니다." if n % 12 == 11 or n == count - 1 else "") for n, word in enumerate(words))


def create_readers(of: Publication, count: int) -> None:
    """Make `count` active readers, each of whom chose four of the categories, in some fifty different sets."""
    person = Subscriber.objects.create(email="reader@bench.invalid")
    _copy_row(person, "number", email="'reader' || number.n || '@bench.invalid'", series=count - 1)
    subscription = Subscription.objects.create(
        subscriber=person, publication=of, state=Subscription.State.ACTIVE, confirmed_at=timezone.now()
    )
    others = f"(SELECT id FROM newsletter_subscriber WHERE id <> {person.pk}) AS other"  # noqa: S608 - a number of our own
    _copy_row(subscription, others, subscriber_id="other.id")
    which = " ".join(
        f"WHEN {n} THEN {pk}" for n, pk in enumerate(of.categories.order_by("pk").values_list("pk", flat=True))
    )
    # One statement of the database: a row per choice through the ORM would take longer than the benchmark.
    with connection.cursor() as cursor:
        cursor.execute(f"""
            WITH RECURSIVE turn(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM turn WHERE n < {CATEGORIES_PER_READER - 1})
            INSERT INTO newsletter_subscription_categories (subscription_id, category_id)
            SELECT s.id, CASE (s.id / 3 + turn.n * (1 + s.id % 3)) % {CATEGORIES} {which} END
            FROM newsletter_subscription s, turn WHERE s.publication_id = {of.pk}
        """)  # noqa: S608 - numbers of our own


def _copy_row(row: models.Model, others: str, *, series: int = 0, **different: str) -> None:
    """Copy a row once for each row of `others`, with SQL expressions for the columns that differ."""
    table = row._meta.db_table
    columns = [str(field.column) for field in row._meta.concrete_fields if not field.primary_key]
    values = [different.get(column, f"t.{column}") for column in columns]
    numbers = f"WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {series})"  # noqa: S608 - see above
    with connection.cursor() as cursor:
        cursor.execute(
            f"{numbers if series else ''} INSERT INTO {table} ({', '.join(columns)})"  # noqa: S608 - names of our own
            f" SELECT {', '.join(values)} FROM {table} t, {others} WHERE t.id = {row.pk}"
        )
