"""Tables under the field's own names; the search function of PostgreSQL names its table, so it is made again."""

from typing import Any

from django.db import migrations

FIND = """
    CREATE OR REPLACE FUNCTION newsletter_find(asked tsquery) RETURNS TABLE (id bigint, digest_id bigint, "position" smallint)
    LANGUAGE sql STABLE SET enable_seqscan = off
    AS $$ SELECT id, digest_id, "position" FROM {table} WHERE vector @@ asked $$
"""


def _find_in(table: str) -> Any:
    def run(_apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(FIND.format(table=table))

    return run


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0020_import_as_a_row")]
    operations = [
        migrations.RenameModel("Hold", "DomainBackoff"),
        migrations.RenameModel("Allowance", "RateReservation"),
        migrations.RenameModel("Claim", "DeliveryLease"),
        migrations.RenameModel("Passage", "SearchDocument"),
        migrations.RenameModel("Pulse", "Heartbeat"),
        migrations.RenameModel("Split", "CategorySplit"),
        migrations.RenameModel("Question", "SplitPrompt"),
        migrations.RunPython(_find_in("newsletter_searchdocument"), _find_in("newsletter_passage")),
    ]
