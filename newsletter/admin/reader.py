"""The list of readers, fast with a million of them, and a reader's page: subscriptions, mails, export, suppress, erase."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from newsletter.admin import audit, csv_export, csv_import, reader_search
from newsletter.admin.paging import LimitedPaginator
from newsletter.models import Delivery, Event, Subscriber, Subscription, Suppression
from newsletter.operations import erasure
from newsletter.subscribers import account, suppression
from newsletter.subscribers.addresses import fold_address

_MAX_MAILS = 50  # shown on a reader's page
_CONSENT_FIELDS = (
    "publication",
    "chosen",
    "state",
    "requested_at",
    "requested_ip",
    "confirmed_at",
    "confirmed_ip",
    "proof",
)


class SubscriptionInline(admin.TabularInline):
    """The subscriptions of a reader; read-only, since only the reader can consent."""

    model = Subscription
    extra = 0
    can_delete = False
    fields = _CONSENT_FIELDS
    readonly_fields = _CONSENT_FIELDS
    verbose_name_plural = gettext_lazy("Subscriptions")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        """Fetch publications and categories with the rows, not with each row."""
        found: QuerySet[Subscription] = super().get_queryset(request)
        return found.select_related("publication").prefetch_related("categories")

    @admin.display(description=gettext_lazy("categories"))
    def chosen(self, subscription: Subscription) -> str:
        """Return the chosen categories."""
        return ", ".join(str(category) for category in subscription.categories.all()) or "–"

    @admin.display(description=gettext_lazy("consent"))
    def proof(self, subscription: Subscription) -> str:
        """Return the version of the consent text, or the source of an imported consent."""
        return subscription.consent_source or subscription.consent_text or "–"

    def has_add_permission(self, _request: HttpRequest, _obj: Subscriber | None = None) -> bool:
        """Refuse: only the reader can consent."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Subscriber | None = None) -> bool:
        """Refuse: only the reader chooses."""
        return False


@admin.register(Subscriber)
class SubscriberAdmin(admin.ModelAdmin):
    """The readers."""

    list_display = ["email", "language", "paused_until", "created_at"]
    list_filter = [
        reader_search.PublicationFilter,
        reader_search.StateFilter,
        reader_search.CategoryFilter,
        reader_search.LanguageFilter,
    ]
    search_fields = ["email"]
    search_help_text = gettext_lazy("Email address or any part of it, such as a name or domain")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count a million rows
    paginator = LimitedPaginator
    list_per_page = 50  # each is drawn row by row
    fields = ["email", "language", "time_zone", "paused_until", "created_at"]
    readonly_fields = ["email", "created_at"]
    inlines = [SubscriptionInline]
    actions = None
    change_form_template = "admin/newsletter/reader.html"
    change_list_template = "admin/newsletter/readers.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Subscriber], search_term: str
    ) -> tuple[QuerySet[Subscriber], bool]:
        """Find a whole address, else every address that contains the term."""
        return reader_search.find_subscribers(queryset, search_term), False

    def log_change(self, request: HttpRequest, obj: Subscriber, message: Any) -> LogEntry:
        """Log who changed a reader, without the address."""
        return audit.log_action(request, obj, json.dumps(message) if isinstance(message, list) else message)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: readers sign up themselves, or come by an import."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Subscriber | None = None) -> bool:
        """Refuse: the button that erases everything is the only way."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a reader, with the last mails, their events, and whether the address is suppressed."""
        reader = Subscriber.objects.filter(pk=int(object_id)).first() if object_id.isdecimal() else None
        extra = {"mails": _last_mails(reader), "suppressed": suppression.is_suppressed(reader.email)} if reader else {}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """Return the URLs of a reader's buttons, the import and the export, before the admin's own."""
        guard: Any = self.admin_site.admin_view
        return [
            path("<int:pk>/export/", guard(export_reader), name="newsletter_reader_export"),
            path("<int:pk>/suppress/", guard(suppress_reader), name="newsletter_reader_suppress"),
            path("<int:pk>/erase/", guard(erase_reader), name="newsletter_reader_erase"),
            path("import/", guard(csv_import.show_upload), name="newsletter_import"),
            path("import/<int:pk>/", guard(csv_import.show_import), name="newsletter_import_one"),
            path("import/<int:pk>/look/", guard(csv_import.show_import_progress), name="newsletter_import_look"),
            path("export/", guard(csv_export.export_readers), {"of": self}, name="newsletter_export"),
            *super().get_urls(),
        ]


def _last_mails(reader: Subscriber) -> list[dict[str, Any]]:
    """Return a reader's last mails, each with its sections and events."""
    rows = list(
        Delivery.objects.filter(subscriber=reader)
        .select_related("mailing__digest__publication")
        .defer("mailing__digest__chart")
        .prefetch_related("mailing__digest__sections", "events")
        .order_by("-pk")[:_MAX_MAILS]
    )
    return [
        {
            "delivery": row,
            "sections": [s for s in row.mailing.digest.sections.all() if row.sections >> s.position & 1],
            "events": [_describe_event(event) for event in row.events.all()],
        }
        for row in rows
    ]


def _describe_event(event: Event) -> str:
    return f"{event.get_kind_display()} {timezone.localtime(event.at):%Y-%m-%d %H:%M}"


@require_POST
@permission_required("newsletter.view_subscriber", raise_exception=True)
def export_reader(request: HttpRequest, pk: int) -> HttpResponse:
    """Return everything that is stored about a reader as JSON, like the reader's own page."""
    reader = get_object_or_404(Subscriber, pk=pk)
    audit.log_action(request, reader, _("Exported."))
    response = JsonResponse(account.export_reader_data(reader), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="reader-{pk}.json"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@permission_required("newsletter.add_suppression", raise_exception=True)
def suppress_reader(request: HttpRequest, pk: int) -> HttpResponse:
    """Suppress a reader's address by hand."""
    reader = get_object_or_404(Subscriber, pk=pk)
    if suppression.suppress_address(reader.email, Suppression.Reason.MANUAL, detail=request.POST.get("why", "")[:200]):
        audit.log_action(request, reader, _("Suppressed."))
        messages.success(request, _("We won’t email this address again."))
    else:
        messages.info(request, _("This address is already suppressed."))
    return HttpResponseRedirect(reverse("admin:newsletter_subscriber_change", args=[pk]))


@require_POST
@permission_required("newsletter.delete_subscriber", raise_exception=True)
def erase_reader(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase a reader, if the person has typed the address to confirm it."""
    reader = get_object_or_404(Subscriber, pk=pk)
    if fold_address(request.POST.get("address", "")) != fold_address(reader.email):
        messages.error(request, _("Type the full address to delete. Nothing was deleted."))
        return HttpResponseRedirect(reverse("admin:newsletter_subscriber_change", args=[pk]))
    erasure.erase_subscriber(reader)
    reader.pk = pk  # delete() cleared it; the number alone identifies nobody
    audit.log_action(request, reader, _("Deleted."))
    messages.success(request, _("All data about this subscriber was deleted."))
    return HttpResponseRedirect(reverse("admin:newsletter_subscriber_changelist"))
