"""Writes the audit log of the desk: what a person did by a button. Readers stand in it by number, without an address."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest

from newsletter.models import Subscriber


def log_action(request: HttpRequest, what: Model | type[Model], words: str) -> LogEntry:
    """Log that the person of a request did something to a row, or to the rows of a table; return the entry."""
    if isinstance(what, type):
        key, name = None, str(what._meta.verbose_name_plural)
    else:
        key, name = what.pk, f"#{what.pk}" if isinstance(what, Subscriber) else str(what)[:200]
    assert request.user.pk is not None  # noqa: S101 - every page of the desk requires a login
    return LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(what),
        object_id=key,
        object_repr=name,
        action_flag=CHANGE,
        change_message=words,
    )
