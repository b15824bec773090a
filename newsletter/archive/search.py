"""A query -> passages of public digests, newest first; and the index of what may be found, kept by the clock.

A passage is a copy of what was approved, made when the digest became public: an edit behind our back is not found by
it. PostgreSQL answers by a GIN index, SQLite by FTS5, both from the same tokens (grams), so both find the same.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max

from digests.models import Digest, Publication
from digests.models.row_failures import handle_each_row
from digests.text.markdown_rendering import markdown_to_text, remove_unsafe_characters
from newsletter.archive import queries, tokenizer
from newsletter.models import Passage

logger = logging.getLogger(__name__)

PER_PAGE, MOST_PAGES = 20, 50
HEAD = -1  # place of a digest's own words, before its sections
_BUDGET = dt.timedelta(seconds=20)  # an archive that was just imported is taken in over several ticks

# Both find by the index of the words alone. PostgreSQL by a function of ours (migration 0030), which leaves the planner no other
# way: beside other conditions it reads the vectors of all passages for a common word, in 3.8 s of CPU instead of 13 ms.
_FIND = {
    "postgresql": "SELECT id, digest_id, position FROM newsletter_find(%s::tsquery)",
    "sqlite": """
        SELECT id, digest_id, position FROM newsletter_passage
        WHERE id IN (SELECT rowid FROM newsletter_found WHERE newsletter_found MATCH %s)
    """,
}
_PAGE = """
    WITH found AS ({find}), public AS ({public})
    SELECT found.id FROM found JOIN public ON public.id = found.digest_id
    ORDER BY public.date DESC, found.digest_id, found.position LIMIT %s OFFSET %s
"""


@dataclass(frozen=True)
class Found:
    """A page of passages; `more` says whether another follows."""

    passages: list[Passage]
    more: bool


def search(query: str, *, publication: Publication | None = None, page: int = 1) -> Found:
    """Return passages that hold every word of a query; nothing where it holds no word."""
    asked = tokenizer.words(query)
    if not asked or not 1 <= page <= MOST_PAGES:
        return Found([], more=False)
    # Numbers first: a common word stands in thousands of passages, whose texts need not go through the sorting.
    numbers = _numbers(asked, publication, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE)
    return Found(_load(numbers[:PER_PAGE]), more=len(numbers) > PER_PAGE and page < MOST_PAGES)


def _numbers(asked: list[tokenizer.Word], publication: Publication | None, *, limit: int, offset: int) -> list[int]:
    """Return the ids of passages that hold all words, those of the newest digest first."""
    days = queries.public(publication).order_by().values("id", "date")
    public, of_public = days.query.sql_with_params()
    page = _PAGE.format(find=_FIND[connection.vendor], public=public)
    words = tokenizer.for_postgres(asked) if connection.vendor == "postgresql" else tokenizer.for_sqlite(asked)
    with connection.cursor() as cursor:
        cursor.execute(page, [words, *of_public, limit, offset])
        return [number for (number,) in cursor.fetchall()]


def _load(numbers: list[int]) -> list[Passage]:
    """Return passages in the order of their numbers, with all that a page shows of them."""
    related = Passage.objects.select_related("digest__publication", "section__category")
    if not numbers:
        return []
    rows = related.defer("words", "digest__chart", "section__text", "section__summary").in_bulk(numbers)
    return [rows[number] for number in numbers]


def index_due() -> int:
    """Take in what became public or changed since the last look; return how many digests."""
    until = time.monotonic() + _BUDGET.total_seconds()
    done = 0
    for _done in handle_each_row("index", _due(), lambda due: _index(*due), key=lambda due: due[0]):
        done += 1
        if time.monotonic() > until:
            break
    if done:
        logger.info("indexed digests=%d", done)
    return done


def _due() -> list[tuple[int, str]]:
    """Return the public digests whose passages are not those of their present edition, newest first."""
    known = dict(Passage.objects.filter(position=HEAD).values_list("digest_id", "edition"))
    rows = queries.public().annotate(last=Max("revisions")).order_by("-date")
    editions = (
        (pk, f"{approval[:32]}.{last or 0}") for pk, approval, last in rows.values_list("pk", "approved_hash", "last")
    )
    return [(pk, edition) for pk, edition in editions if known.get(pk) != edition]


@transaction.atomic
def _index(pk: int, edition: str) -> None:
    """Make a digest's passages anew."""
    digest = Digest.objects.select_related("publication").get(pk=pk)
    old = list(Passage.objects.filter(digest=digest).values_list("pk", flat=True))
    _forget(old)
    texts = list(_texts(digest)) if queries.is_public(digest) else [(HEAD, None, "")]
    rows = [
        Passage(digest=digest, position=position, section_id=section, edition=edition, text=text, words=_words(text))
        for position, section, text in texts
    ]
    _remember(Passage.objects.bulk_create(rows))


def _texts(digest: Digest) -> Iterator[tuple[int, int | None, str]]:
    """Yield place, section and words of everything in a digest that can be read."""
    yield HEAD, None, tokenizer.normal(remove_unsafe_characters(f"{digest.title} {digest.opening}"))
    for section in digest.sections.exclude(text="").prefetch_related("items"):
        titles = [item.headline for item in section.items.all()]
        body = markdown_to_text(section.text, links=())
        yield (
            section.position,
            section.pk,
            tokenizer.normal(remove_unsafe_characters(" ".join([section.heading, "—", body, *titles]))),
        )


def _words(text: str) -> str:
    return tokenizer.vector(tokenizer.tokens(text)) if connection.vendor == "postgresql" else ""


def _forget(old: list[int]) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.executemany("DELETE FROM newsletter_found WHERE rowid = %s", [(pk,) for pk in old])
    Passage.objects.filter(pk__in=old).delete()


def _remember(rows: list[Passage]) -> None:
    """Give FTS5 the tokens; in PostgreSQL they stand in the rows."""
    if connection.vendor != "sqlite":
        return
    values = [(row.pk, " ".join(tokenizer.tokens(row.text))) for row in rows]
    with connection.cursor() as cursor:
        # A row of the same number can be left of a database that was emptied.
        cursor.executemany("DELETE FROM newsletter_found WHERE rowid = %s", [(pk,) for pk, _ in values])
        cursor.executemany("INSERT INTO newsletter_found (rowid, words) VALUES (%s, %s)", values)
