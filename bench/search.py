"""Benchmark of the archive's search, beside a bare query of its index.

A thousand digests of Korean sections, each with four papers, have words as unevenly frequent as a language's; a paper in eight is in the
next issue too. The reference counts the passages of the same words by the index alone, in the same run.
"""

import datetime as dt
import itertools
import random
import statistics
import time
from collections.abc import Callable
from functools import partial

from django.db import connection
from django.utils import timezone

from digests.models import Category, Digest, Item, Publication, Section, SectionItem
from newsletter.archive import tokenizer
from newsletter.archive.search import MAX_RESULT_PAGES, index_due_digests, search_digests

DIGESTS, SECTIONS, ITEMS, WORDS = 1_000, 6, 4, 40  # words of a paper, and of the rest of a section
REPETITIONS = 5
QUERIES = {
    "모델": "in every passage",
    "인공지능": "in every passage, several letters",
    "model": "in most",
    "nowhere": "in one",
}


def measure() -> list[tuple[str, str]]:
    """Return label and figure of each row."""
    _create_digests()
    made = []
    for query, common in QUERIES.items():
        bare = _median(partial(_by_index, query))
        for page in (1, MAX_RESULT_PAGES // 2, MAX_RESULT_PAGES):
            whole = _median(partial(search_digests, query, page=page))
            made.append((f"search “{query}” ({common}), page {page}", f"{whole:.1f} ms"))
        made.append((f"“{query}” by the index alone", f"{bare:.1f} ms"))
    return made


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _by_index(query: str) -> None:
    """Count the passages by the index alone, without a join or an order."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            parsed = tokenizer.build_tsquery(tokenizer.parse_query(query))
            cursor.execute("SELECT count(*) FROM newsletter_find(%s::tsquery)", [parsed])
        else:
            parsed = tokenizer.build_fts5_query(tokenizer.parse_query(query))
            cursor.execute("SELECT count(*) FROM newsletter_found WHERE newsletter_found MATCH %s", [parsed])


def _create_digests() -> None:
    chance = random.Random(7)  # noqa: S311 - the same words in every run
    letters = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허"
    vocabulary = ["".join(pair) for pair in itertools.product(letters, repeat=2)] + [f"word{n}" for n in range(2_000)]
    weights = [1 / (n + 1) for n in range(len(vocabulary))]
    publication = Publication.objects.create(slug="bench-search", name="Daily Insights: Papers")
    categories = [Category.objects.create(slug=f"bench-search-{n}", names={"ko": f"분야 {n}"}) for n in range(SECTIONS)]
    days = [dt.date(2026, 11, 28) - dt.timedelta(days=n) for n in range(DIGESTS)]
    digests = Digest.objects.bulk_create(
        Digest(publication=publication, date=day, title=f"인공지능 {day}", imported=True) for day in days
    )
    papers = Item.objects.bulk_create(
        Item(
            title=f"Paper {n} on model{n % 9}",
            url=f"https://example.org/{n}",
            url_key=str(n),
            published_at=timezone.now(),
        )
        for n in range(DIGESTS * SECTIONS * ITEMS)
    )
    for at, digest in enumerate(digests):
        sections = Section.objects.bulk_create(
            Section(digest=digest, category=one, position=n, heading=f"분야 {n}") for n, one in enumerate(categories)
        )
        for n, section in enumerate(sections):
            first = (at * SECTIONS + n) * ITEMS
            # Half of the sections begin with a paper of the day before.
            repeated = first - SECTIONS * ITEMS + 1 if at and n % 2 else first
            own = [papers[one] for one in (repeated, *range(first + 1, first + ITEMS))]
            points = [
                f"{number}. **[인공지능 모델 {paper.pk}]({paper.url})** — {' '.join(chance.choices(vocabulary, weights, k=WORDS))}"
                for number, paper in enumerate(own, start=1)
            ]
            lead = f"인공지능 모델 {' '.join(chance.choices(vocabulary, weights, k=WORDS))}"
            section.text = "\n".join([f"### 주요 주제\n\n{lead}\n\n### 핵심 내용\n", *points])
            SectionItem.objects.bulk_create(
                SectionItem(
                    section=section, digest=digest, item=paper, position=position, title=paper.title, url=paper.url
                )
                for position, paper in enumerate(own)
            )
        Section.objects.bulk_update(sections, ["text"])
    Section.objects.filter(digest=digests[-1], position=0).update(text="nowhere else")
    until = timezone.now() + dt.timedelta(minutes=10)
    while index_due_digests() and timezone.now() < until:
        pass
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum has done in an operator's database
