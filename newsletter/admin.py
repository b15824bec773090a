"""Mailings, subscribers and deliveries in Django admin: what is under way, and the two buttons for what is in doubt."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from newsletter import outbox
from newsletter.models import Delivery, Event, Mailing, Subscriber, Subscription, Suppression


class _Record(admin.ModelAdmin):
    """Rows that the system writes: to look at, not to edit."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """The system makes these rows."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """What happened is not edited."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """What happened is not deleted."""
        return False


@admin.register(Mailing)
class MailingAdmin(_Record):
    """How far each mailing is; the counts add up to `planned`."""

    list_display = ["__str__", "state", "send_at", "candidates", "planned", "progress", "excluded", "finished_at"]
    list_filter = ["state", "digest__publication"]
    list_select_related = ["digest__publication"]
    actions = ["pause_chosen", "resume_chosen"]
    exclude = ["approved_hash"]

    @admin.display(description="deliveries")
    def progress(self, mailing: Mailing) -> str:
        """Return the deliveries per state, those that there are."""
        return ", ".join(f"{n} {state}" for state, n in outbox.counts(mailing).items() if n and state != "planned")

    @admin.action(description="Pause", permissions=["view"])
    def pause_chosen(self, request: HttpRequest, mailings: QuerySet[Mailing]) -> None:
        """Pause what is sending."""
        self.message_user(request, f"{sum(outbox.pause(m) for m in mailings)} mailings paused")

    @admin.action(description="Resume", permissions=["view"])
    def resume_chosen(self, request: HttpRequest, mailings: QuerySet[Mailing]) -> None:
        """Go on with what is paused."""
        self.message_user(request, f"{sum(outbox.resume(m) for m in mailings)} mailings go on")


@admin.register(Delivery)
class DeliveryAdmin(_Record):
    """One row per reader and mailing."""

    list_display = ["mailing", "subscriber", "state", "attempts", "settled_at", "answer"]
    list_filter = ["state", "mailing"]
    list_select_related = ["mailing__digest__publication", "subscriber"]
    search_fields = ["=subscriber__email", "=message_id"]
    show_full_result_count = False
    actions = ["treat_as_sent", "send_again"]

    @admin.action(description="Unknown: treat as sent", permissions=["view"])
    def treat_as_sent(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        """Take unknown deliveries as arrived."""
        changed = outbox.treat_as_sent(deliveries.values_list("pk", flat=True))
        self.message_user(request, f"{changed} unknown deliveries treated as sent")

    @admin.action(description="Unknown: send again (may arrive twice)", permissions=["view"])
    def send_again(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        """Queue unknown deliveries once more."""
        changed = outbox.send_again(deliveries.values_list("pk", flat=True))
        self.message_user(request, f"{changed} unknown deliveries queued again")


class SubscriptionInline(admin.TabularInline):
    """What a reader reads; consent is given by the reader alone."""

    model = Subscription
    extra = 0
    fields = ["publication", "categories", "state", "requested_at", "confirmed_at", "left_at"]
    readonly_fields = ["publication", "state", "requested_at", "confirmed_at", "left_at"]

    def has_add_permission(self, _request: HttpRequest, _obj: Subscriber | None = None) -> bool:
        """Consent is given by the reader alone."""
        return False


@admin.register(Subscriber)
class SubscriberAdmin(admin.ModelAdmin):
    """The readers."""

    list_display = ["email", "language", "paused_until", "created_at"]
    list_filter = ["subscriptions__publication", "subscriptions__state", "language"]
    search_fields = ["email"]
    show_full_result_count = False
    inlines = [SubscriptionInline]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Readers sign up themselves."""
        return False


@admin.register(Suppression)
class SuppressionAdmin(admin.ModelAdmin):
    """Addresses that are never written to."""

    list_display = ["email", "reason", "created_at", "detail"]
    list_filter = ["reason"]
    search_fields = ["email"]


@admin.register(Event)
class EventAdmin(_Record):
    """What the ESPs told."""

    list_display = ["at", "kind", "delivery", "provider", "detail"]
    list_filter = ["kind", "provider"]
    show_full_result_count = False
