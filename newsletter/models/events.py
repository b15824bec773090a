"""What mail servers and providers reported after a mail was handed over."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.deliveries import Delivery


class Weight(models.TextChoices):
    """What an event weighs: a dead mailbox, a passing failure, a refusal for reasons of policy, a spam report, a machine's open."""

    HARD = "hard", "The mailbox is dead"
    SOFT = "soft", "Failed for now"
    POLICY = "policy", "Refused for reasons of policy"
    COMPLAINT = "complaint", "Reported as spam"
    MACHINE = "machine", "By a machine"


class Event(models.Model):
    """What happened after a mail was handed over: as the ESP or the bounce mailbox reports it."""

    class Kind(models.TextChoices):
        """Every type of event that anymail knows, so that none is refused."""

        QUEUED = "queued", "queued"
        SENT = "sent", "sent"
        REJECTED = "rejected", "rejected"
        FAILED = "failed", "failed"
        BOUNCED = "bounced", "bounced"
        DEFERRED = "deferred", "deferred"
        DELIVERED = "delivered", "delivered"
        AUTORESPONDED = "autoresponded", "autoresponded"
        OPENED = "opened", "opened"
        CLICKED = "clicked", "clicked"
        COMPLAINED = "complained", "complained"
        UNSUBSCRIBED = "unsubscribed", "unsubscribed"
        SUBSCRIBED = "subscribed", "subscribed"
        INBOUND = "inbound", "inbound"
        INBOUND_FAILED = "inbound_failed", "inbound failed"
        UNKNOWN = "unknown", "unknown"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, null=True, blank=True, related_name="events")
    kind = models.CharField(max_length=30, choices=Kind.choices)
    provider = models.CharField(max_length=30, blank=True)
    provider_id = models.CharField(
        max_length=200, blank=True, help_text="The provider's id of the event: a replay is a no-op"
    )
    at = models.DateTimeField(default=timezone.now)
    detail = models.TextField(blank=True)
    weight = models.CharField(
        max_length=10,
        blank=True,
        choices=Weight.choices,
        help_text="Of a bounce: hard, soft, policy; of an open or click: machine",
    )
    named = models.BigIntegerField(null=True, blank=True, help_text="The delivery that it names itself, unproven")
    message_id = models.CharField(max_length=200, blank=True)
    recipient = models.CharField(max_length=254, blank=True, help_text="Emptied once it was acted on")
    acted_at = models.DateTimeField(null=True, blank=True, help_text="Empty while it waits to be acted on")

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["id"], condition=Q(acted_at=None), name="event_to_act_on"),
            models.Index(fields=["at"], name="event_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_id"],
                condition=~Q(provider_id=""),
                name="event_once_per_provider_id",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        *("queued", "sent", "rejected", "failed", "bounced", "deferred", "delivered", "autoresponded"),
                        *("opened", "clicked", "complained", "unsubscribed", "subscribed"),
                        *("inbound", "inbound_failed", "unknown"),
                    ]
                ),
                name="event_kind",
            ),
            models.CheckConstraint(
                condition=Q(weight__in=["", "hard", "soft", "policy", "complaint", "machine"]), name="event_weight"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delivery_id}"


class LeaveReason(models.Model):
    """Why somebody unsubscribed, as they said on the page; whose it is, the row does not say.

    One per reader and mailing, so that nobody counts twice: its key is a keyed hash of both, which leads back to neither.
    So it stays when the reader is erased.
    """

    class Reason(models.TextChoices):
        OFTEN = "often", _("Too many emails")
        LONG = "long", _("Emails are too long")
        TOPIC = "topic", _("Not relevant to me")
        QUALITY = "quality", _("I don’t trust the summaries")
        NEVER = "never", _("I never signed up")

    reason = models.CharField(max_length=10, choices=Reason.choices)
    at = models.DateTimeField(default=timezone.now)
    key = models.CharField(max_length=200, unique=True, help_text="Keyed hash of reader and mailing")

    class Meta:
        ordering = ["-at"]
        default_permissions = ()  # whoever may see events may see these
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=["often", "long", "topic", "quality", "never"]), name="leave_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class UnreadMails(models.Model):
    """How many new mails in the bounce mailbox one reading of it could make nothing of."""

    at = models.DateTimeField(default=timezone.now)
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.count}"
