"""Benchmark of collecting the entries of a large day: new ones, known ones, and the same from a second source."""

import random
import time
from collections.abc import Iterator

from digests.models import Collection, Item, Source
from digests.sources.collect import collect_source
from tests.feedserver import feed_server

ENTRIES = 1000  # arXiv's busiest days in computer science have about as many
WORDS = 180  # of an abstract


def measure() -> list[tuple[str, str]]:
    """Return label and figure of each row; the sources and items are deleted afterwards."""
    with feed_server() as server:
        papers = list(_papers())
        server.serve("/arxiv", _atom(papers, "http://arxiv.org/abs/{}v1"))
        server.serve("/daily", _atom(papers, "https://huggingface.co/papers/{}"))
        arxiv, daily = (
            Source.objects.create(slug=f"bench-{name}", name=name, url=f"{server.url}/{name}", max_age_days=0)
            for name in ("arxiv", "daily")
        )
        try:
            return [
                _row(f"collect {ENTRIES:,} entries, all new", collect_source(arxiv), new=ENTRIES),
                _row("the same document again", collect_source(arxiv), known=ENTRIES),
                _row("the same papers from a second source", collect_source(daily), duplicates=ENTRIES),
            ]
        finally:
            Item.objects.filter(entries__source__in=[arxiv, daily]).delete()
            arxiv.delete()
            daily.delete()


def _row(label: str, visit: Collection, **expected: int) -> tuple[str, str]:
    found = {name: getattr(visit, name) for name in expected}
    if visit.error or found != expected:
        raise RuntimeError(f"{label}: {visit.error or found}")
    return label, f"{visit.seconds:.2f} s"


def _papers() -> Iterator[tuple[str, str, str]]:
    """Yield id, title and abstract of papers whose words differ as in real ones: equal ones would be duplicates."""
    dice = random.Random(1)  # noqa: S311 - the same papers in every run, not a secret
    words = ["".join(dice.choices("aeioulmnrst", k=dice.randint(2, 10))) for _word in range(4000)]
    for number in range(1, ENTRIES + 1):
        yield f"2605.{number:05}", " ".join(dice.choices(words, k=9)), " ".join(dice.choices(words, k=WORDS))


def _atom(papers: list[tuple[str, str, str]], link: str) -> str:
    """Return the papers in the shape of arXiv's API, five authors each."""
    today = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime())
    authors = "".join(f"<author><name>Author Number {n}</name></author>" for n in range(5))
    entries = "".join(
        f"<entry><id>{link.format(paper)}</id><title>{title}</title><summary>{abstract}</summary>{authors}"
        f'<published>{today}</published><link href="{link.format(paper)}" rel="alternate"/></entry>'
        for paper, title, abstract in papers
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A large day</title>{entries}</feed>'
