"""Lets the search find single items. The documents of before stay until they are replaced, newest issues first."""

import django.db.models.deletion
from django.db import migrations, models

# As 0001 made it, with the item, by which results are folded. PostgreSQL changes no columns of a function that stands.
FIND = """
    CREATE FUNCTION newsletter_find(asked tsquery)
    RETURNS TABLE (id bigint, digest_id bigint, item_id bigint, "position" smallint)
    LANGUAGE sql STABLE SET enable_seqscan = off
    AS $$ SELECT id, digest_id, item_id, "position" FROM newsletter_searchdocument WHERE vector @@ asked $$
"""
FIND_BEFORE = """
    CREATE FUNCTION newsletter_find(asked tsquery) RETURNS TABLE (id bigint, digest_id bigint, "position" smallint)
    LANGUAGE sql STABLE SET enable_seqscan = off
    AS $$ SELECT id, digest_id, "position" FROM newsletter_searchdocument WHERE vector @@ asked $$
"""


def _replace_function(schema_editor, statement):
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('DROP FUNCTION newsletter_find(tsquery)')
        schema_editor.execute(statement)


def find_items(apps, schema_editor):
    _replace_function(schema_editor, FIND)


def find_sections(apps, schema_editor):
    _replace_function(schema_editor, FIND_BEFORE)


class Migration(migrations.Migration):

    dependencies = [
        ('digests', '0006_headlines'),
        ('newsletter', '0007_issue_feedback'),
    ]

    operations = [
        migrations.AddField(
            model_name='searchdocument',
            name='headline',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='searchdocument',
            name='item',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='digests.item'),
        ),
        migrations.AddField(
            model_name='searchdocument',
            name='number',
            field=models.PositiveSmallIntegerField(default=0, help_text="The item's in its section, from 1"),
        ),
        migrations.AddField(
            model_name='searchdocument',
            name='text_language',
            field=models.CharField(blank=True, help_text="Where it is the source's own text", max_length=20),
        ),
        migrations.AddField(
            model_name='searchdocument',
            name='title',
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name='searchdocument',
            name='position',
            field=models.SmallIntegerField(help_text="Its place in the digest, or -1 for the digest's own words"),
        ),
        migrations.RunPython(find_items, find_sections),
    ]
