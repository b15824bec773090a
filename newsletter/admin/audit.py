"""What a person did by a button of the desk -> a line of the log that administrators read. Readers stand in it by number."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest

from newsletter.models import Subscriber


def log_action(request: HttpRequest, what: Model | type[Model], words: str) -> LogEntry:
    """Write down who did what, and to which row, or to a table's rows."""
    if isinstance(what, type):
        key, name = None, str(what._meta.verbose_name_plural)
    else:
        key, name = what.pk, f"#{what.pk}" if isinstance(what, Subscriber) else str(what)[:200]
    assert request.user.pk is not None  # noqa: S101 - every page of the desk is behind its door
    return LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(what),
        object_id=key,
        object_repr=name,
        action_flag=CHANGE,
        change_message=words,
    )
