"""One row per mailing and reader, and the rows by which workers share them: leases, reserved rates, domains that wait."""

from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.mailings import Mailing
from newsletter.models.subscribers import Subscriber


class DeliveryReason(models.TextChoices):
    """Why a reader got no delivery, or why a delivery is in its state where no server's words say so."""

    # Of readers who get no row at all (Mailing.excluded), and of rows that are skipped.
    PENDING = "pending", _("hadn’t confirmed their sign-up")
    LEFT = "left", _("had unsubscribed")
    SUPPRESSED = "suppressed", _("suppressed address")
    PAUSED = "paused", _("had paused emails")
    NO_MATCH = "no_match", _("chose no category in this issue")
    CANCELLED = "cancelled", _("the mailing was stopped before")
    # Of rows that were sent, or were tried.
    GAVE_UP = "gave_up", _("not accepted within 24 hours")
    # These five are named by the way out: transport.types.SendReason.
    BAD_ADDRESS = "bad_address", _("no mail can be sent to the address")
    NO_REPLY = "no_reply", _("the connection was lost before the server replied")
    UNREADABLE = "unreadable", _("the server’s reply couldn’t be read")
    NOT_SENT = "not_sent", _("the email backend sent nothing")
    NOT_REPORTED = "not_reported", _("the provider didn’t report a result")
    WORKER_KILLED = "worker_killed", _("the background worker stopped while sending")
    TREATED_AS_SENT = "treated_as_sent", _("counted as sent by a team member")
    SENT_AGAIN = "sent_again", _("sent again by a team member")


class Delivery(models.Model):
    """The record of one reader in one mailing; what is queued is under way once the mailing's claims have reached it."""

    class State(models.TextChoices):
        # What a mail server or an ESP said has the same word here as in transport.types.SendState.
        QUEUED = "queued", _("Queued")
        ACCEPTED = "accepted", _("Accepted")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown")
        SKIPPED = "skipped", _("Skipped")

    mailing = models.ForeignKey(
        Mailing, verbose_name=_("mailing"), on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    subscriber = models.ForeignKey(
        Subscriber, verbose_name=_("subscriber"), on_delete=models.SET_NULL, null=True, related_name="deliveries"
    )
    sections = models.BigIntegerField(_("sections"), help_text=_("One bit per section, starting with the first"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    due_at = models.DateTimeField(_("scheduled for"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    settled_at = models.DateTimeField(_("result at"), null=True, blank=True)
    server_reply = models.TextField(
        _("server reply"), blank=True, help_text=_("The mail server’s reply, word for word")
    )
    # A default in the database: a column that is added to millions of rows costs PostgreSQL nothing then.
    reason = models.CharField(
        _("reason"),
        max_length=20,
        blank=True,
        default="",
        db_default="",
        choices=DeliveryReason.choices,
        help_text=_("Why it was skipped or failed. Empty if the server’s reply says it all."),
    )
    message_id = models.CharField(
        _("Message-ID"),
        max_length=200,
        blank=True,
        help_text=_("Set when the email is handed over. The provider’s own ID if there is one."),
    )

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "subscriber"], name="delivery_once_per_reader"),
            models.CheckConstraint(condition=Q(sections__gt=0), name="delivery_is_never_empty"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "accepted", "failed", "unknown", "skipped"]),
                name="delivery_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["mailing", "due_at", "id"], condition=Q(state="queued"), name="delivery_to_claim"),
            models.Index(fields=["message_id"], condition=~Q(message_id=""), name="delivery_by_message_id"),
            models.Index(fields=["mailing", "id"], condition=Q(state="unknown"), name="delivery_in_doubt"),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id} -> {self.subscriber_id} ({self.get_state_display()})"


class DeliveryLease(models.Model):
    """Deliveries that one process has in hand: what is queued behind one of them up to another, by due moment and id."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="claims")
    token = models.CharField(max_length=16, blank=True, db_index=True, help_text="The journal of the process")
    behind_at = models.DateTimeField()
    behind_id = models.BigIntegerField()
    to_at = models.DateTimeField()
    to_id = models.BigIntegerField()
    claimed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("claimed emails")
        verbose_name_plural = _("delivery claims")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.mailing_id}: {self.behind_id} to {self.to_id} ({self.token})"


class RateReservation(models.Model):
    """Messages that a process may send within a limit; they count until the limit's period after `closed_at`."""

    scope = models.CharField(max_length=255, blank=True, help_text="A domain, a relay as host:port, or all where empty")
    count = models.PositiveIntegerField()
    claim = models.CharField(max_length=16, help_text="The journal of the process that it was given to")
    granted_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When the last of them was settled")

    class Meta:
        verbose_name = _("rate reservation")
        verbose_name_plural = _("rate reservations")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["scope", "closed_at"], name="allowance_by_scope"),
            models.Index(fields=["claim"], condition=Q(closed_at=None), name="allowance_open"),
        ]

    def __str__(self) -> str:
        return f"{self.scope or 'all'}: {self.count}"


class DomainBackoff(models.Model):
    """A domain that asked to be left alone for a while."""

    domain = models.CharField(max_length=255, unique=True)
    until = models.DateTimeField()
    times = models.PositiveSmallIntegerField(default=1, help_text="In a row: each is longer than the one before")
    server_reply = models.TextField(
        blank=True, help_text="The codes of the mail server’s reply; its words name readers"
    )

    class Meta:
        verbose_name = _("domain backoff")
        verbose_name_plural = _("domain backoffs")
        ordering = ["domain"]

    def __str__(self) -> str:
        return f"{self.domain} until {self.until:%Y-%m-%d %H:%M}"


class Mark(NamedTuple):
    """A place in the line of one plan: when the mailing was planned, and the last claimed delivery's due moment and id."""

    plan: str
    at: str
    id: int

    def text(self) -> str:
        """Return it as it is kept; the greater text is the later mark."""
        return f"{self.plan} {self.at} {self.id:019d}"


class ClaimedDelivery(NamedTuple):
    """A delivery that this worker, and no other, may send now."""

    id: int
    sections: int
    subscriber_id: int
    subscription_id: int
    email: str
    link_key: str
    claim: int = 0
    mark: Mark | None = None  # how far the claim went
