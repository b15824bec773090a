"""Takes readers' addresses out of rows where they never belonged, and ends requests that a forwarded mail could make."""

import re
from typing import Any

from django.db import migrations
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

REFUSED = "were refused for what we send or who we are"


def end_requests(apps: Any, _editor: Any) -> None:
    """A change of address that waits was asked for by whoever held a link, perhaps a stranger: it is asked for again."""
    apps.get_model("newsletter", "Note").objects.filter(kind="address").delete()


def clear_words(apps: Any, _editor: Any) -> None:
    """A server's words may name a reader: they stay on the reader's own rows alone."""
    models = {name: apps.get_model("newsletter", name) for name in ("Event", "Hold", "Mailing", "Alarm")}
    models["Event"].objects.filter(delivery=None, acted_at__isnull=False).exclude(kind="left").update(detail="")
    models["Hold"].objects.update(answer="")
    for name, column in (("Mailing", "waits_for"), ("Alarm", "text")):
        for row in models[name].objects.filter(**{f"{column}__contains": f"{REFUSED}: "}):
            said, _between, words = getattr(row, column).partition(f"{REFUSED}: ")
            codes = re.match(r"\s*([245]\d\d)?[ -]*([245]\.\d{1,3}\.\d{1,3})?", words)
            kept = " ".join(part for part in codes.groups() if part) if codes else ""
            setattr(row, column, f"{said}{REFUSED}: {kept}" if kept else f"{said}{REFUSED}")
            row.save(update_fields=[column])


def clear_log(apps: Any, _editor: Any) -> None:
    """The desk's log named suppressed addresses."""
    log = apps.get_model("admin", "LogEntry").objects
    kinds = log.filter(content_type__app_label="newsletter", content_type__model="suppression")
    kinds.update(object_repr=Concat(Value("#"), Cast(F("object_id"), CharField(max_length=20))))


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0016_owners_links"),
        ("admin", "0001_initial"),
        ("contenttypes", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(end_requests, migrations.RunPython.noop),
        migrations.RunPython(clear_words, migrations.RunPython.noop),
        migrations.RunPython(clear_log, migrations.RunPython.noop),
    ]
