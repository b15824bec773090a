"""Benchmark of the archive's search, beside a bare query of its index.

A thousand digests of Korean sections have words as unevenly frequent as a language's. The reference counts the passages
of the same words by the index alone, in the same run.
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

from digests.models import Category, Digest, Publication, Section
from newsletter.archive import tokenizer
from newsletter.archive.search import MAX_RESULT_PAGES, index_due_digests, search_digests

DIGESTS, SECTIONS, WORDS = 1_000, 12, 220
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
    for digest in digests:
        texts = [" ".join(chance.choices(vocabulary, weights, k=WORDS)) for _ in categories]
        Section.objects.bulk_create(
            Section(
                digest=digest,
                category=one,
                position=n,
                heading=f"분야 {n}",
                text=f"인공지능 모델 model{n % 9} {texts[n]}",
            )
            for n, one in enumerate(categories)
        )
    Section.objects.filter(digest=digests[-1], position=0).update(text="nowhere else")
    until = timezone.now() + dt.timedelta(minutes=10)
    while index_due_digests() and timezone.now() < until:
        pass
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum has done in an operator's database
