"""Every SQL text of archive/: how the search finds documents by their words, and how SQLite's index is kept.

Full-text indexes are beyond the common ORM of PostgreSQL and SQLite: PostgreSQL has a GIN index over a tsvector, SQLite a
virtual table of FTS5 (`newsletter_found`), which no model stands for. `python -m bench search` measures what is said here,
with 1,000 digests of 6 sections and 24 items. Not here: which words are looked for (tokenizer), and which digests are public (queries).
"""

# Parameter: the words, as tokenizer.build_tsquery or build_fts5_query writes them. Both find by the index of the words alone,
# and a test reads that from the plan. On PostgreSQL the function newsletter_find, which a migration makes, turns sequential
# scans off for itself: beside other conditions the planner takes reading a vector for as cheap as reading a number, and read
# the vectors of all documents for a common word, in 3.8 s of CPU instead of 13 ms.
FIND_DOCUMENTS = {
    "postgresql": "SELECT id, digest_id, item_id, position FROM newsletter_find(%s::tsquery)",
    "sqlite": """
        SELECT id, digest_id, item_id, position FROM newsletter_searchdocument
        WHERE id IN (SELECT rowid FROM newsletter_found WHERE newsletter_found MATCH %s)
    """,
}

# Parameters: those of the two queries that are put in, then limit and offset. Numbers only: a common word stands in thousands
# of documents, whose texts need not go through the sorting. Of an item that several issues carry, the newest place stands for all; what is
# no item has its own negative number in the place of the item's.
RESULTS_PAGE = """
    WITH found AS ({find}), public AS ({public}), ranked AS (
        SELECT found.id, found.digest_id, found.position, public.date, ROW_NUMBER() OVER (
            PARTITION BY COALESCE(found.item_id, -found.id) ORDER BY public.date DESC, found.digest_id
        ) AS place
        FROM found JOIN public ON public.id = found.digest_id
    )
    SELECT id FROM ranked WHERE place = 1 ORDER BY date DESC, digest_id, position LIMIT %s OFFSET %s
"""

# FTS5 keeps its own copy of the tokens, by the number of the document; in PostgreSQL they stand in the row itself, so that
# nothing follows a change there. Each is one look-up by the rowid.
DELETE_FTS5_ROW = "DELETE FROM newsletter_found WHERE rowid = %s"
INSERT_FTS5_ROW = "INSERT INTO newsletter_found (rowid, words) VALUES (%s, %s)"
