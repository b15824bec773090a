"""What mail servers and providers reported after a mail was handed over."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.deliveries import Delivery


class Weight(models.TextChoices):
    """What an event weighs: a dead mailbox, a passing failure, a refusal for reasons of policy, a spam report, a machine's open."""

    HARD = "hard", _("Mailbox doesn’t exist")
    SOFT = "soft", _("Temporary failure")
    POLICY = "policy", _("Rejected by policy")
    COMPLAINT = "complaint", _("Reported as spam")
    MACHINE = "machine", _("Automatic")


class Event(models.Model):
    """What happened after a mail was handed over: as the ESP or the bounce mailbox reports it."""

    class Kind(models.TextChoices):
        """Every type of event that anymail knows, so that none is refused."""

        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        REJECTED = "rejected", _("rejected by the provider")
        FAILED = "failed", _("failed")
        BOUNCED = "bounced", _("bounced")
        DEFERRED = "deferred", _("deferred")
        DELIVERED = "delivered", _("delivered")
        AUTORESPONDED = "autoresponded", _("automatic reply")
        OPENED = "opened", _("opened")
        CLICKED = "clicked", _("clicked")
        COMPLAINED = "complained", _("spam complaint")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        SUBSCRIBED = "subscribed", _("subscribed")
        INBOUND = "inbound", _("incoming email")
        INBOUND_FAILED = "inbound_failed", _("incoming email failed")
        UNKNOWN = "unknown", _("unknown event")

    delivery = models.ForeignKey(
        Delivery, verbose_name=_("delivery"), on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    provider = models.CharField(_("provider"), max_length=30, blank=True)
    provider_id = models.CharField(
        _("provider’s ID"),
        max_length=200,
        blank=True,
        help_text=_("The provider’s ID of the event. An event that is sent twice is stored once."),
    )
    at = models.DateTimeField(_("time"), default=timezone.now)
    detail = models.TextField(_("details"), blank=True)
    weight = models.CharField(
        _("severity"),
        max_length=10,
        blank=True,
        choices=Weight.choices,
        help_text=_("For a bounce: hard, soft or policy. For an open or click: machine."),
    )
    named = models.BigIntegerField(
        _("reported delivery"), null=True, blank=True, help_text=_("The delivery that the report names. Not verified.")
    )
    message_id = models.CharField(_("Message-ID"), max_length=200, blank=True)
    recipient = models.CharField(
        _("recipient address"), max_length=254, blank=True, help_text=_("Emptied once the event is processed")
    )
    acted_at = models.DateTimeField(
        _("processed at"), null=True, blank=True, help_text=_("Empty until the event is processed")
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
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

    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    at = models.DateTimeField(_("time"), default=timezone.now)
    key = models.CharField(_("key"), max_length=200, unique=True, help_text=_("Keyed hash of subscriber and mailing"))

    class Meta:
        verbose_name = _("leave reason")
        verbose_name_plural = _("leave reasons")
        ordering = ["-at"]
        default_permissions = ()  # who may see events may see these
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

    class Meta:
        verbose_name = _("count of unreadable reports")
        verbose_name_plural = _("counts of unreadable reports")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.count}"
