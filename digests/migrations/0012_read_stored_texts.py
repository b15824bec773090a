"""Items that were stored as their sources typed them are read: LaTeX, entities, and the word that a paper was withdrawn.

Without this the next digests would show them as typed, and the same paper under its title as it is read now would be
another. What was approved keeps its wording: the approval is bound to it.
"""

from typing import Any

from django.db import migrations
from django.db.models import Q

from digests.text.entities import normalize_markup
from digests.text.cleaning import clean_line, clean_text, make_title_key
from digests.text.withdrawn import find_withdrawal_reason

MARKS = ("\\", "$", "&")
BATCH = 500  # rows; an item has about 2 KB


def read_items(apps: Any, _schema: Any) -> None:
    """Read the titles and summaries that hold a mark of LaTeX or an entity."""
    Item, SectionItem = apps.get_model("digests", "Item"), apps.get_model("digests", "SectionItem")  # noqa: N806 - models
    marked = Q()
    for mark in MARKS:
        marked |= Q(title__contains=mark) | Q(summary__contains=mark)
    pks = list(Item.objects.filter(marked).values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        changed = []
        for item in Item.objects.filter(pk__in=pks[start : start + BATCH]):
            before, title = item.title, clean_line(normalize_markup(item.title)) or item.title
            item.summary = clean_text(normalize_markup(item.summary))
            item.title, item.title_key = title, make_title_key(title)
            changed.append(item)
            if title != before:
                open_lines = SectionItem.objects.filter(item_id=item.pk, title=before, digest__imported=False)
                open_lines.exclude(digest__state="approved").update(title=title)
        Item.objects.bulk_update(changed, ["title", "summary", "title_key"])


def mark_withdrawn(apps: Any, _schema: Any) -> None:
    """Mark the papers whose text says that they were withdrawn."""
    Item = apps.get_model("digests", "Item")  # noqa: N806 - a model
    words = Q(summary__icontains="withdraw") | Q(summary__icontains="retract") | Q(summary__contains="철회")
    words |= Q(title__icontains="withdrawn") | Q(title__icontains="retracted")
    for item in Item.objects.filter(words, withdrawn="").iterator(BATCH):
        if reason := find_withdrawal_reason(item.title, item.summary, paper=bool(item.arxiv_id)):
            Item.objects.filter(pk=item.pk).update(withdrawn=reason, withdrawn_at=item.collected_at)


class Migration(migrations.Migration):
    """No column changes; going back leaves the texts as they are read."""

    dependencies = [("digests", "0011_item_withdrawn")]
    operations = [
        migrations.RunPython(read_items, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(mark_withdrawn, migrations.RunPython.noop, elidable=True),
    ]
