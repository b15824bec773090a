"""Read-only lists of the desk: deliveries, events, the log; and the list of suppressions, which can be edited."""

import contextlib
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy, ngettext

from newsletter.admin import audit, reader_search
from newsletter.admin.paging import LimitedPaginator
from newsletter.delivery import queue
from newsletter.models import Delivery, Event, LeaveReason, Mailing, Subscriber, Suppression
from newsletter.subscribers import addresses, mail_hosts


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list of rows that the system writes: nobody adds, changes or deletes them here."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count a million rows
    paginator = LimitedPaginator
    list_per_page = 50  # each is drawn row by row
    change_list_template = "admin/newsletter/many.html"

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: the system makes these rows."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse: a record of the past is not edited."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse: a record of the past is not deleted."""
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """One row per reader and mailing."""

    list_display = ["mailing", "subscriber", "state", "attempts", "settled_at", "reason", "server_reply"]
    list_filter = ["state"]
    list_select_related = ["mailing__digest__publication", "subscriber"]
    search_fields = ["subscriber__email", "message_id"]
    search_help_text = gettext_lazy("Full email address or Message-ID")
    actions = ["treat_as_sent", "send_again"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        """Find the deliveries of an address, or the one of a Message-ID; both by an index, of a million rows."""
        term = search_term.strip().replace("\x00", "")
        if not term:
            return queryset, False
        readers = list(addresses.filter_by_address(Subscriber.objects.all(), term).values_list("pk", flat=True))
        return queryset.filter(Q(subscriber__in=readers) | Q(message_id=term)), False

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Say whether a person may decide about unknown deliveries."""
        return request.user.has_perm("newsletter.send_mailing")

    @admin.action(description=gettext_lazy("Unknown outcome: mark as sent"), permissions=["send"])
    def treat_as_sent(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        """Settle unknown deliveries as sent."""
        of = list(deliveries.filter(state=Delivery.State.UNKNOWN))
        changed = queue.treat_unknown_as_sent([row.pk for row in of])
        self._log_and_message(
            request,
            of,
            ngettext("%(n)d email marked as sent.", "%(n)d emails marked as sent.", changed) % {"n": changed},
        )

    @admin.action(description=gettext_lazy("Unknown outcome: resend (may arrive twice)"), permissions=["send"])
    def send_again(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        """Queue unknown deliveries again."""
        of = list(deliveries.filter(state=Delivery.State.UNKNOWN))
        changed = queue.resend_unknown([row.pk for row in of])
        self._log_and_message(
            request, of, ngettext("Resending %(n)d email.", "Resending %(n)d emails.", changed) % {"n": changed}
        )

    def _log_and_message(self, request: HttpRequest, of: list[Delivery], words: str) -> None:
        for mailing in Mailing.objects.filter(pk__in={row.mailing_id for row in of}).select_related(
            "digest__publication"
        ):
            audit.log_action(request, mailing, words)
        self.message_user(request, words)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What ESPs and the bounce mailbox reported."""

    list_display = ["at", "what", "delivery", "provider", "detail"]
    exclude = ["kind"]
    readonly_fields = ["what"]
    list_filter = [reader_search.KindFilter]
    list_select_related = ["delivery"]

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def what(self, event: Event) -> str:
        """Return the kind in the language of the desk."""
        return event.get_kind_display()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show an event, with its kind as the subtitle."""
        event = self.get_object(request, object_id)
        head = {"subtitle": self.what(event)} if event else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **head})


@admin.register(LeaveReason)
class LeaveReasonAdmin(ReadOnlyAdmin):
    """Why readers unsubscribed; nobody knows who said it."""

    list_display = ["at", "reason"]
    list_filter = ["reason"]
    exclude = ["key"]

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Say whether a person may see what followed from mails; reasons have no permission of their own."""
        return request.user.has_perm("newsletter.view_event")


class SuppressionForm(forms.ModelForm):
    """A suppression whose address is normalized like readers' (host in ASCII), else it would match none of them."""

    def clean_email(self) -> str:
        """Return the normalized address; one that cannot be normalized stays as it was typed."""
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
    search_help_text = gettext_lazy(
        "Email address. For deleted subscribers only a hash is kept, so enter the full address."
    )
    readonly_fields = ["created_at"]
    show_full_result_count = False
    paginator = LimitedPaginator
    list_per_page = 50  # each is drawn row by row

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        """Find a whole address, or its hash, by an index; else every address that contains the term."""
        return reader_search.find_suppressions(queryset, search_term), False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the reason that suppressions added here have: a person set them."""
        return {"reason": Suppression.Reason.MANUAL, **super().get_changeform_initial_data(request)}


@admin.register(LogEntry)
class LogAdmin(ReadOnlyAdmin):
    """The log of the desk; changes of a digest stand on its own page of changes."""

    list_display = ["action_time", "user", "what_changed", "object_repr", "content_type", "action_flag"]
    list_filter = ["action_flag", ("content_type", admin.RelatedOnlyFieldListFilter), "user"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "user__username"]
    date_hierarchy = "action_time"

    @admin.display(description=gettext_lazy("What changed"))
    def what_changed(self, entry: LogEntry) -> str:
        """Return the message of an entry."""
        return entry.get_change_message()
