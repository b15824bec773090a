"""Exports the readers that the list shows, by its search and filters, as a streamed CSV file, and logs the export."""

from collections.abc import Iterator

from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from newsletter.admin import audit, reader_search
from newsletter.models import Subscriber
from newsletter.subscribers import csv_export

_LOG_TEXTS = {
    "begun": gettext_noop("Readers exported as CSV (%(by)s)."),
    "done": gettext_noop("%(n)d lines, all of them."),
    "broken": gettext_noop("Broken off after %(n)d lines."),
}


@require_POST
@permission_required("newsletter.view_subscriber", raise_exception=True)
def export_readers(request: HttpRequest, of: "ModelAdmin[Subscriber]") -> HttpResponseBase:
    """Return the CSV file of the subscriptions that match the list's search and filters."""
    try:
        readers = of.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        return HttpResponseRedirect(reverse("admin:newsletter_subscriber_changelist") + "?e=1")
    theirs = reader_search.filter_subscriptions(request).filter(subscriber__in=readers.order_by().values("pk"))
    words = {
        name: _(text) for name, text in _LOG_TEXTS.items()
    }  # translated now: while it streams the language of the page is no longer active
    entry = audit.log_action(request, Subscriber, words["begun"] % {"by": _describe_filters(request)})
    response = StreamingHttpResponse(
        _log_streamed_lines(csv_export.iterate_csv_text(theirs), entry, words), content_type="text/csv; charset=utf-8"
    )
    name = f"readers-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _describe_filters(request: HttpRequest) -> str:
    """Return the filters in words; the term of a search may be an address, which must not stand in the log."""
    names = ("publication", "state", "category", "language")
    filters = [f"{name}={value[:20]}" for name in names if (value := request.GET.get(name))]
    return ", ".join(filters + ([_("a search")] if request.GET.get("q") else [])) or _("all")


def _log_streamed_lines(lines: Iterator[str], entry: LogEntry, words: dict[str, str]) -> Iterator[str]:
    """Yield the lines, and at the end complete the log entry: how many went out, and whether that was all."""
    n, begun, end = -1, entry.change_message, words["broken"]  # the first line names the columns
    try:
        for some in lines:
            yield some
            n += some.count("\r\n")
        end = words["done"]
    finally:
        entry.change_message = f"{begun} {end % {'n': max(n, 0)}}"
        entry.save(update_fields=["change_message"])
