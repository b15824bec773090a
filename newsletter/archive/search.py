"""Full-text search of the archive: finds documents of public digests for a query, newest first, and keeps the index.

A document is a copy of an approved section, or of a digest's title and opening, made when the digest became public: an edit
in the database that nobody approved is not found. PostgreSQL answers by a GIN index, SQLite by FTS5, both from the same
tokens, so both find the same. Not here: how a text becomes tokens (tokenizer), the SQL (sql), and the page (site).
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
from newsletter.archive import queries, sql, tokenizer
from newsletter.models import SearchDocument

logger = logging.getLogger(__name__)

RESULTS_PER_PAGE = 20
MAX_RESULT_PAGES = 50  # the number of a page stands in the address, where anybody may write anything
HEAD_POSITION = -1  # the position of a digest's title and opening, before its sections
_INDEX_BUDGET = dt.timedelta(seconds=20)  # of one tick: an archive that was just imported is indexed over several ticks


@dataclass(frozen=True)
class SearchResults:
    """A page of documents; `more` says whether another page follows."""

    passages: list[SearchDocument]
    more: bool


def search_digests(query: str, *, publication: Publication | None = None, page: int = 1) -> SearchResults:
    """Return a page of the documents that hold every word of a query; none where the query has no word. Pages begin at 1."""
    words = tokenizer.parse_query(query)
    if not words or not 1 <= page <= MAX_RESULT_PAGES:
        return SearchResults([], more=False)
    # One more than a page has: so the query says, too, whether another page follows.
    ids = _find_document_ids(words, publication, limit=RESULTS_PER_PAGE + 1, offset=(page - 1) * RESULTS_PER_PAGE)
    return SearchResults(
        _load_documents(ids[:RESULTS_PER_PAGE]), more=len(ids) > RESULTS_PER_PAGE and page < MAX_RESULT_PAGES
    )


def _find_document_ids(
    words: list[tokenizer.QueryWord], publication: Publication | None, *, limit: int, offset: int
) -> list[int]:
    """Return the ids of public documents that hold all words, those of the newest digest first."""
    days = queries.list_public_digests(publication).order_by().values("id", "date")
    public, of_public = days.query.sql_with_params()
    page = sql.RESULTS_PAGE.format(find=sql.FIND_DOCUMENTS[connection.vendor], public=public)
    is_postgres = connection.vendor == "postgresql"
    match = tokenizer.build_tsquery(words) if is_postgres else tokenizer.build_fts5_query(words)
    with connection.cursor() as cursor:
        cursor.execute(page, [match, *of_public, limit, offset])
        return [pk for (pk,) in cursor.fetchall()]


def _load_documents(ids: list[int]) -> list[SearchDocument]:
    """Return documents in the order of `ids`, by one query, with all that a page shows of them."""
    related = SearchDocument.objects.select_related("digest__publication", "section__category")
    if not ids:
        return []
    # The deferred columns are large, and a page of results shows none of them.
    rows = related.defer("words", "digest__chart", "section__text", "section__summary").in_bulk(ids)
    return [rows[pk] for pk in ids]


def index_due_digests() -> int:
    """Index the digests that became public or changed since the last run; return how many were indexed."""
    until = time.monotonic() + _INDEX_BUDGET.total_seconds()
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
    """Return ids and editions of the public digests whose documents are of another edition, newest first.

    An edition is the approval and the last revision: an edit makes another one, and so does a new approval.
    """
    known = dict(SearchDocument.objects.filter(position=HEAD_POSITION).values_list("digest_id", "edition"))
    rows = queries.list_public_digests().annotate(last=Max("revisions")).order_by("-date")
    editions = (
        (pk, f"{approval[:32]}.{last or 0}") for pk, approval, last in rows.values_list("pk", "approved_hash", "last")
    )
    return [(pk, edition) for pk, edition in editions if known.get(pk) != edition]


@transaction.atomic
def _index_digest(pk: int, edition: str) -> None:
    """Replace a digest's documents by those of its present text; one empty document where the text is not the approved one."""
    digest = Digest.objects.select_related("publication").get(pk=pk)
    old = list(SearchDocument.objects.filter(digest=digest).values_list("pk", flat=True))
    _delete_documents(old)
    texts = list(_iterate_texts(digest)) if queries.is_public(digest) else [(HEAD_POSITION, None, "")]
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


def _iterate_texts(digest: Digest) -> Iterator[tuple[int, int | None, str]]:
    """Yield position, section id (None for the head) and text of everything in a digest that people can read."""
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
            cursor.executemany(sql.DELETE_FTS5_ROW, [(pk,) for pk in old])
    SearchDocument.objects.filter(pk__in=old).delete()


def _insert_fts5_rows(rows: list[SearchDocument]) -> None:
    if connection.vendor != "sqlite":
        return
    values = [(row.pk, " ".join(tokenizer.tokenize_text(row.text))) for row in rows]
    with connection.cursor() as cursor:
        # Emptying the tables leaves the rows of FTS5, and a new document may get the number of one of them.
        cursor.executemany(sql.DELETE_FTS5_ROW, [(pk,) for pk, _ in values])
        cursor.executemany(sql.INSERT_FTS5_ROW, values)
