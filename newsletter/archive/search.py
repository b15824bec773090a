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
from newsletter.models import SearchDocument

logger = logging.getLogger(__name__)

RESULTS_PER_PAGE, MAX_RESULT_PAGES = 20, 50
HEAD_POSITION = -1  # place of a digest's own words, before its sections
_BUDGET = dt.timedelta(seconds=20)  # an archive that was just imported is taken in over several ticks

# Both find by the index of the words alone. PostgreSQL by a function of ours (migration 0030), which leaves the planner no other
# way: beside other conditions it reads the vectors of all passages for a common word, in 3.8 s of CPU instead of 13 ms.
_FIND_SQL = {
    "postgresql": "SELECT id, digest_id, position FROM newsletter_find(%s::tsquery)",
    "sqlite": """
        SELECT id, digest_id, position FROM newsletter_searchdocument
        WHERE id IN (SELECT rowid FROM newsletter_found WHERE newsletter_found MATCH %s)
    """,
}
_PAGE_SQL = """
    WITH found AS ({find}), public AS ({public})
    SELECT found.id FROM found JOIN public ON public.id = found.digest_id
    ORDER BY public.date DESC, found.digest_id, found.position LIMIT %s OFFSET %s
"""


@dataclass(frozen=True)
class SearchResults:
    """A page of passages; `more` says whether another follows."""

    passages: list[SearchDocument]
    more: bool


def search_digests(query: str, *, publication: Publication | None = None, page: int = 1) -> SearchResults:
    """Return passages that hold every word of a query; nothing where it holds no word."""
    asked = tokenizer.parse_query(query)
    if not asked or not 1 <= page <= MAX_RESULT_PAGES:
        return SearchResults([], more=False)
    # Numbers first: a common word stands in thousands of passages, whose texts need not go through the sorting.
    numbers = _find_document_ids(asked, publication, limit=RESULTS_PER_PAGE + 1, offset=(page - 1) * RESULTS_PER_PAGE)
    return SearchResults(
        _load_documents(numbers[:RESULTS_PER_PAGE]), more=len(numbers) > RESULTS_PER_PAGE and page < MAX_RESULT_PAGES
    )


def _find_document_ids(
    asked: list[tokenizer.QueryWord], publication: Publication | None, *, limit: int, offset: int
) -> list[int]:
    """Return the ids of passages that hold all words, those of the newest digest first."""
    days = queries.list_public_digests(publication).order_by().values("id", "date")
    public, of_public = days.query.sql_with_params()
    page = _PAGE_SQL.format(find=_FIND_SQL[connection.vendor], public=public)
    words = tokenizer.build_tsquery(asked) if connection.vendor == "postgresql" else tokenizer.build_fts5_query(asked)
    with connection.cursor() as cursor:
        cursor.execute(page, [words, *of_public, limit, offset])
        return [number for (number,) in cursor.fetchall()]


def _load_documents(numbers: list[int]) -> list[SearchDocument]:
    """Return passages in the order of their numbers, with all that a page shows of them."""
    related = SearchDocument.objects.select_related("digest__publication", "section__category")
    if not numbers:
        return []
    rows = related.defer("words", "digest__chart", "section__text", "section__summary").in_bulk(numbers)
    return [rows[number] for number in numbers]


def index_due_digests() -> int:
    """Take in what became public or changed since the last look; return how many digests."""
    until = time.monotonic() + _BUDGET.total_seconds()
    done = 0
    for _done in handle_each_row(
        "index", _list_due_editions(), lambda due: _index_digest(*due), key=lambda due: due[0]
    ):
        done += 1
        if time.monotonic() > until:
            break
    if done:
        logger.info("indexed digests=%d", done)
    return done


def _list_due_editions() -> list[tuple[int, str]]:
    """Return the public digests whose passages are not those of their present edition, newest first."""
    known = dict(SearchDocument.objects.filter(position=HEAD_POSITION).values_list("digest_id", "edition"))
    rows = queries.list_public_digests().annotate(last=Max("revisions")).order_by("-date")
    editions = (
        (pk, f"{approval[:32]}.{last or 0}") for pk, approval, last in rows.values_list("pk", "approved_hash", "last")
    )
    return [(pk, edition) for pk, edition in editions if known.get(pk) != edition]


@transaction.atomic
def _index_digest(pk: int, edition: str) -> None:
    """Make a digest's passages anew."""
    digest = Digest.objects.select_related("publication").get(pk=pk)
    old = list(SearchDocument.objects.filter(digest=digest).values_list("pk", flat=True))
    _delete_documents(old)
    texts = list(_texts(digest)) if queries.is_public(digest) else [(HEAD_POSITION, None, "")]
    rows = [
        SearchDocument(
            digest=digest,
            position=position,
            section_id=section,
            edition=edition,
            text=text,
            words=_build_vector_text(text),
        )
        for position, section, text in texts
    ]
    _insert_fts5_rows(SearchDocument.objects.bulk_create(rows))


def _texts(digest: Digest) -> Iterator[tuple[int, int | None, str]]:
    """Yield place, section and words of everything in a digest that can be read."""
    yield HEAD_POSITION, None, tokenizer.normalize_text(remove_unsafe_characters(f"{digest.title} {digest.opening}"))
    for section in digest.sections.exclude(text="").prefetch_related("items"):
        titles = [item.headline for item in section.items.all()]
        body = markdown_to_text(section.text, links=())
        yield (
            section.position,
            section.pk,
            tokenizer.normalize_text(remove_unsafe_characters(" ".join([section.heading, "—", body, *titles]))),
        )


def _build_vector_text(text: str) -> str:
    return tokenizer.build_tsvector(tokenizer.tokenize_text(text)) if connection.vendor == "postgresql" else ""


def _delete_documents(old: list[int]) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.executemany("DELETE FROM newsletter_found WHERE rowid = %s", [(pk,) for pk in old])
    SearchDocument.objects.filter(pk__in=old).delete()


def _insert_fts5_rows(rows: list[SearchDocument]) -> None:
    """Give FTS5 the tokens; in PostgreSQL they stand in the rows."""
    if connection.vendor != "sqlite":
        return
    values = [(row.pk, " ".join(tokenizer.tokenize_text(row.text))) for row in rows]
    with connection.cursor() as cursor:
        # A row of the same number can be left of a database that was emptied.
        cursor.executemany("DELETE FROM newsletter_found WHERE rowid = %s", [(pk,) for pk, _ in values])
        cursor.executemany("INSERT INTO newsletter_found (rowid, words) VALUES (%s, %s)", values)
