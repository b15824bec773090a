"""Full-text search of the archive: finds documents of public digests for a query, newest first, and keeps the index.

A document is a copy of an item of an approved section, of the section's other words, or of a digest's title and opening, made when the
digest became public: an edit in the database that nobody approved is not found. PostgreSQL answers by a GIN index, SQLite by FTS5, both from the same
tokens, so both find the same. Not here: how a text becomes tokens (tokenizer), the SQL (sql), and the page (site).
"""

import datetime as dt
import itertools
import logging
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from digests.models import Digest, Publication
from digests.models.row_failures import handle_each_row
from digests.quality.section_outline import OutlinedItem, list_headlines, load_outlines
from digests.text.markdown_rendering import remove_unsafe_characters
from newsletter.archive import queries, sql, tokenizer
from newsletter.models import SearchDocument

logger = logging.getLogger(__name__)

RESULTS_PER_PAGE = 20
MAX_RESULT_PAGES = 50  # the number of a page stands in the address, where anybody may write anything
HEAD_POSITION = -1  # the position of a digest's title and opening, before its sections
_DOCUMENT_FORM = 2  # counted up where documents are made of other texts
_INDEX_BUDGET = dt.timedelta(seconds=20)  # of one tick: an archive that was just imported is indexed over several ticks


@dataclass(frozen=True)
class SearchResults:
    """A page of documents; `places` are those of the same items elsewhere, by item id; `more` says whether another page follows."""

    passages: list[SearchDocument]
    places: dict[int, list[SearchDocument]]
    more: bool


def search_digests(
    query: str, *, publication: Publication | None = None, month: dt.date | None = None, page: int = 1
) -> SearchResults:
    """Return a page of the documents that hold every word of a query; none where the query has no word. Pages begin at 1.

    `month` is any day of the month to look in.
    """
    words = tokenizer.parse_query(query)
    if not words or not 1 <= page <= MAX_RESULT_PAGES:
        return SearchResults([], {}, more=False)
    # One more than a page has: so the query says, too, whether another page follows.
    ids = _find_document_ids(
        words, _list_days(publication, month), limit=RESULTS_PER_PAGE + 1, offset=(page - 1) * RESULTS_PER_PAGE
    )
    passages = _load_documents(ids[:RESULTS_PER_PAGE])
    more = len(ids) > RESULTS_PER_PAGE and page < MAX_RESULT_PAGES
    return SearchResults(passages, _find_other_places(passages), more)


def _list_days(publication: Publication | None, month: dt.date | None) -> QuerySet[Digest, Any]:
    """Return ids and dates of the public digests to look in."""
    digests = queries.list_public_digests(publication)
    return (queries.filter_by_month(digests, month) if month else digests).order_by().values("id", "date")


def _find_document_ids(
    words: list[tokenizer.QueryWord], days: QuerySet[Digest, Any], *, limit: int, offset: int
) -> list[int]:
    """Return the ids of documents that hold all words, those of the newest digest first; an item's newest stands for all."""
    public, of_public = days.query.sql_with_params()
    page = sql.RESULTS_PAGE.format(find=sql.FIND_DOCUMENTS[connection.vendor], public=public)
    is_postgres = connection.vendor == "postgresql"
    match = tokenizer.build_tsquery(words) if is_postgres else tokenizer.build_fts5_query(words)
    with connection.cursor() as cursor:
        cursor.execute(page, [match, *of_public, limit, offset])
        return [pk for (pk,) in cursor.fetchall()]


def _load_documents(ids: list[int]) -> list[SearchDocument]:
    """Return documents in the order of `ids`, by one query, with all that a page shows of them."""
    if not ids:
        return []
    rows = _select_documents().in_bulk(ids)
    return [rows[pk] for pk in ids]


def _find_other_places(shown: list[SearchDocument]) -> dict[int, list[SearchDocument]]:
    """Return by item id the documents of the same items in other public digests, newest first, by one query."""
    ids = [one.item_id for one in shown if one.item_id]
    if not ids:
        return {}
    others = _select_documents().filter(item__in=ids, digest__in=queries.list_public_digests().order_by().values("pk"))
    found: dict[int, list[SearchDocument]] = {}
    for one in others.exclude(pk__in=[one.pk for one in shown]).order_by("-digest__date", "digest"):
        found.setdefault(one.item_id or 0, []).append(one)
    return found


def _select_documents() -> QuerySet[SearchDocument]:
    """Return documents with what a page shows of them, without the large columns, of which it shows nothing."""
    related = SearchDocument.objects.select_related("digest__publication", "section__category", "item")
    of_section = ("text", "summary", "evidence", "findings", "attempts")
    return related.defer(
        "words", "digest__chart", *(f"section__{name}" for name in of_section), "item__summary", "item__authors"
    )


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

    An edition is the approval and the last revision: an edit makes another one, and so does a new approval. So does a change of what
    documents are made of, after which the old ones are found until they are replaced.
    """
    known = dict(SearchDocument.objects.filter(position=HEAD_POSITION).values_list("digest_id", "edition"))
    rows = queries.list_public_digests().annotate(last=Max("revisions")).order_by("-date")
    editions = (
        (pk, f"{approval[:32]}.{last or 0}.{_DOCUMENT_FORM}")
        for pk, approval, last in rows.values_list("pk", "approved_hash", "last")
    )
    return [(pk, edition) for pk, edition in editions if known.get(pk) != edition]


@transaction.atomic
def _index_digest(pk: int, edition: str) -> None:
    """Replace a digest's documents by those of its present text; one empty document where the text is not the approved one."""
    digest = Digest.objects.select_related("publication").get(pk=pk)
    old = list(SearchDocument.objects.filter(digest=digest).values_list("pk", flat=True))
    _delete_documents(old)
    is_public = queries.is_public(digest)
    if is_public and not digest.headlines:
        _add_headlines(digest)
    rows = list(_iterate_documents(digest)) if is_public else [SearchDocument(position=HEAD_POSITION)]
    for row in rows:
        row.digest, row.edition = digest, edition
        row.words = _build_vector_text(row)
    _insert_fts5_rows(SearchDocument.objects.bulk_create(rows))


def _add_headlines(digest: Digest) -> None:
    """Give an imported report, or an issue that was approved by an earlier version, its headlines."""
    digest.headlines = list_headlines(digest)
    Digest.objects.filter(pk=digest.pk).update(headlines=digest.headlines)


def _iterate_documents(digest: Digest) -> Iterator[SearchDocument]:
    """Yield unsaved documents of everything in a digest that people can read: first its own words, then section by section."""
    yield SearchDocument(
        position=HEAD_POSITION,
        headline=_clean(digest.shown_title),
        text=tokenizer.normalize_text(remove_unsafe_characters(digest.opening)),
    )
    places = itertools.count()
    for outline in load_outlines(digest):
        section, position = outline.section, next(places)
        own = " ".join([outline.lead, *outline.notes, outline.meaning])
        if text := tokenizer.normalize_text(remove_unsafe_characters(own)):
            yield SearchDocument(section=section, position=position, text=text)
        for line in outline.items:
            # A report that lists a source twice has its item once.
            if line.row.item_id:
                yield _build_item_document(line, next(places))


def _build_item_document(line: OutlinedItem, position: int) -> SearchDocument:
    headline, title = _clean(line.headline), _clean(line.row.headline)
    return SearchDocument(
        section=line.section,
        item_id=line.row.item_id,
        number=line.number,
        position=position,
        headline=headline,
        title=title if title != headline else "",
        text=tokenizer.normalize_text(remove_unsafe_characters(line.text)),
        text_language=line.text_language,
    )


def _clean(words: str) -> str:
    """Return words in one line as they are printed, with each letter in its composed form."""
    return " ".join(unicodedata.normalize("NFC", remove_unsafe_characters(words)).split())


def _join_words(row: SearchDocument) -> str:
    """Return all that a document is found by; not the title that every issue has from its build on, or that an item has too."""
    own = row.position != HEAD_POSITION or row.digest.has_own_title or row.digest.subject
    return " ".join([row.headline if own else "", row.title, row.text])


def _build_vector_text(row: SearchDocument) -> str:
    return (
        tokenizer.build_tsvector(tokenizer.tokenize_text(_join_words(row))) if connection.vendor == "postgresql" else ""
    )


def _delete_documents(old: list[int]) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.executemany(sql.DELETE_FTS5_ROW, [(pk,) for pk in old])
    SearchDocument.objects.filter(pk__in=old).delete()


def _insert_fts5_rows(rows: list[SearchDocument]) -> None:
    if connection.vendor != "sqlite":
        return
    values = [(row.pk, " ".join(tokenizer.tokenize_text(_join_words(row)))) for row in rows]
    with connection.cursor() as cursor:
        # Emptying the tables leaves the rows of FTS5, and a new document may get the number of one of them.
        cursor.executemany(sql.DELETE_FTS5_ROW, [(pk,) for pk, _ in values])
        cursor.executemany(sql.INSERT_FTS5_ROW, values)
