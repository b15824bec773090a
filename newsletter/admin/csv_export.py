"""Exports the readers that the list shows, by its search and filters, as a streamed CSV file, and logs the export."""

from collections.abc import Iterator

from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from newsletter.admin import audit, reader_search
from newsletter.models import Subscriber
from newsletter.subscribers import csv_export


@require_POST
@permission_required("newsletter.view_subscriber", raise_exception=True)
def export_readers(request: HttpRequest, of: "ModelAdmin[Subscriber]") -> HttpResponseBase:
    """Return the CSV file of the subscriptions that match the list's search and filters."""
    try:
        readers = of.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        return HttpResponseRedirect(reverse("admin:newsletter_subscriber_changelist") + "?e=1")
    theirs = reader_search.filter_subscriptions(request).filter(subscriber__in=readers.order_by().values("pk"))
    started = _("Subscribers exported as CSV (%(by)s).") % {"by": _describe_filters(request)}
    lines = _log_streamed_lines(
        csv_export.iterate_csv_text(theirs), audit.log_action(request, Subscriber, started), get_language()
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"readers-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _describe_filters(request: HttpRequest) -> str:
    """Return the filters in words; the term of a search may be an address, which must not stand in the log."""
    names = ("publication", "state", "category", "language")
    filters = [f"{name}={value[:20]}" for name in names if (value := request.GET.get(name))]
    return ", ".join(filters + ([_("search")] if request.GET.get("q") else [])) or _("all")


def _log_streamed_lines(lines: Iterator[str], entry: LogEntry, language: str | None) -> Iterator[str]:
    """Yield the lines, and at the end complete the log entry: how many went out, and whether that was all.

    The log is written in `language`: while the file streams, the language of the page is no longer active.
    """
    n, is_complete = -1, False  # the first line names the columns
    try:
        for some in lines:
            yield some
            n += some.count("\r\n")
        is_complete = True
    finally:
        with override(language):
            entry.change_message += f" {_describe_end(max(n, 0), is_complete=is_complete)}"
        entry.save(update_fields=["change_message"])


def _describe_end(lines: int, *, is_complete: bool) -> str:
    if is_complete:
        return ngettext("%(n)d line exported.", "All %(n)d lines exported.", lines) % {"n": lines}
    return ngettext("Stopped after %(n)d line.", "Stopped after %(n)d lines.", lines) % {"n": lines}
