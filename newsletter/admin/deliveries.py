"""Rows that the system writes: deliveries, events, suppressed addresses, the log of the desk. To look at, not to edit."""

import contextlib
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.admin import audit, reader_search
from newsletter.admin.paging import LimitedPaginator
from newsletter.delivery import queue
from newsletter.models import Delivery, Event, Mailing, Subscriber, Suppression
from newsletter.subscribers import addresses, mail_hosts


class ReadOnlyAdmin(admin.ModelAdmin):
    """What happened: nobody adds, changes or deletes it here."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count a million rows
    paginator = LimitedPaginator
    list_per_page = 50  # each is drawn row by row
    change_list_template = "admin/newsletter/many.html"

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """The system makes these rows."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """What happened is not edited."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """What happened is not deleted."""
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """One row per reader and mailing."""

    list_display = ["mailing", "subscriber", "state", "attempts", "settled_at", "answer"]
    list_filter = ["state"]
    list_select_related = ["mailing__digest__publication", "subscriber"]
    search_fields = ["subscriber__email", "message_id"]
    search_help_text = gettext_lazy("A whole address, or a Message-ID")
    actions = ["treat_as_sent", "send_again"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        """Find the deliveries of an address, or that of a Message-ID: both by an index."""
        term = search_term.strip().replace("\x00", "")
        if not term:
            return queryset, False
        readers = list(addresses.filter_by_address(Subscriber.objects.all(), term).values_list("pk", flat=True))
        return queryset.filter(Q(subscriber__in=readers) | Q(message_id=term)), False

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Say who decides about what is in doubt."""
        return request.user.has_perm("newsletter.send_mailing")

    @admin.action(description=gettext_lazy("Unknown: treat as sent"), permissions=["send"])
    def treat_as_sent(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        """Take unknown deliveries as arrived."""
        of = list(deliveries.filter(state=Delivery.State.UNKNOWN))
        changed = queue.treat_unknown_as_sent([row.pk for row in of])
        self._tell(request, of, _("%(n)d unknown messages count as sent.") % {"n": changed})

    @admin.action(description=gettext_lazy("Unknown: send again (may arrive twice)"), permissions=["send"])
    def send_again(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        """Queue unknown deliveries once more."""
        of = list(deliveries.filter(state=Delivery.State.UNKNOWN))
        changed = queue.resend_unknown([row.pk for row in of])
        self._tell(request, of, _("%(n)d unknown messages are sent again.") % {"n": changed})

    def _tell(self, request: HttpRequest, of: list[Delivery], words: str) -> None:
        for mailing in Mailing.objects.filter(pk__in={row.mailing_id for row in of}).select_related(
            "digest__publication"
        ):
            audit.log_action(request, mailing, words)
        self.message_user(request, words)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What the ESPs told."""

    list_display = ["at", "what", "delivery", "provider", "detail"]
    exclude = ["kind"]
    readonly_fields = ["what"]
    list_filter = [reader_search.KindFilter]
    list_select_related = ["delivery"]

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def what(self, event: Event) -> str:
        """Return what happened."""
        return _(event.kind)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Head the page with what happened."""
        event = self.get_object(request, object_id)
        head = {"subtitle": self.what(event)} if event else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **head})


class SuppressionForm(forms.ModelForm):
    """An address as readers' are kept, the host in ASCII: else it would stop nobody."""

    def clean_email(self) -> str:
        """Return the address in its written form; one that no mail can reach stays as it was typed."""
        email = str(self.cleaned_data["email"])
        with contextlib.suppress(ValueError):
            return mail_hosts.normalize_address(email)
        return email


@admin.register(Suppression)
class SuppressionAdmin(admin.ModelAdmin):
    """Addresses that are never written to."""

    form = SuppressionForm
    list_display = ["email", "reason", "created_at", "detail"]
    list_filter = ["reason"]
    search_fields = ["email"]
    search_help_text = gettext_lazy("An address: of erased readers only a hash is kept, which a whole address finds")
    readonly_fields = ["created_at"]
    show_full_result_count = False
    paginator = LimitedPaginator
    list_per_page = 50  # each is drawn row by row

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        """Find a whole address, or its hash, by an index; else every address with these letters in it."""
        return reader_search.find_suppressions(queryset, search_term), False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Whoever adds one here is a person."""
        return {"reason": Suppression.Reason.MANUAL, **super().get_changeform_initial_data(request)}


@admin.register(LogEntry)
class LogAdmin(ReadOnlyAdmin):
    """Who did what at the desk; what was changed in a digest stands on its page of changes."""

    list_display = ["action_time", "user", "told", "object_repr", "content_type", "action_flag"]
    list_filter = ["action_flag", ("content_type", admin.RelatedOnlyFieldListFilter), "user"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "user__username"]
    date_hierarchy = "action_time"

    @admin.display(description=gettext_lazy("What changed"))
    def told(self, entry: LogEntry) -> str:
        """Return what was done, in words."""
        return entry.get_change_message()
