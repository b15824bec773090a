"""PostgreSQL keeps the vector of each passage, and a function finds passages by its index.

Cast from text, a common word cost a parse of every row. The function forbids the way without the index: the planner takes reading
a vector for as cheap as reading a number, and would read all of them.
"""

from typing import Any

from django.db import migrations

MAKE = [
    "DROP INDEX newsletter_passage_found",
    "ALTER TABLE newsletter_passage ADD COLUMN vector tsvector GENERATED ALWAYS AS (words::tsvector) STORED",
    "CREATE INDEX newsletter_passage_found ON newsletter_passage USING gin (vector)",
    """
    CREATE FUNCTION newsletter_find(asked tsquery) RETURNS TABLE (id bigint, digest_id bigint, "position" smallint)
    LANGUAGE sql STABLE SET enable_seqscan = off
    AS $$ SELECT id, digest_id, "position" FROM newsletter_passage WHERE vector @@ asked $$
    """,
]
DROP = [
    "DROP FUNCTION newsletter_find",
    "DROP INDEX newsletter_passage_found",
    "ALTER TABLE newsletter_passage DROP COLUMN vector",
    "CREATE INDEX newsletter_passage_found ON newsletter_passage USING gin ((words::tsvector))",
]


def _run(statements: list[str]) -> Any:
    def run(_apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0017_no_addresses_in_what_stays")]
    operations = [migrations.RunPython(_run(MAKE), _run(DROP))]
