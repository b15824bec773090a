"""What people ask for on the site and the mails to one person that follow from it, and how often a mailbox was written to.

A request writes one row and nothing else, so that the answer takes the same time for every address; the next tick
carries it out. The limits on requests are counted from these rows.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models import Digest, Publication
from digests.text.messages import MessageCode
from newsletter.models.columns import DEFAULT_LANGUAGE, HASH_HEX_DIGITS, UNIX_EPOCH
from newsletter.models.subscribers import Subscription


class ServiceMailReason(MessageCode):
    """Why a mail to one person did not leave, or a request for one was not carried out."""

    SERVER = "service_mail.server", _("Not accepted by the mail server")
    UNREACHABLE = "service_mail.unreachable", _("No mail server can be reached, or it refuses us")
    LIMIT = "service_mail.limit", _("Waiting for a sending limit")
    SETUP = "service_mail.setup", _("Sending isn’t set up correctly")
    TEMPLATE = "service_mail.template", _("The email couldn’t be made")
    UNEXPECTED = "service_mail.unexpected", _("Unexpected error")
    # These are named by the way out: transport.types.SendReason.
    BAD_ADDRESS = "service_mail.bad_address", _("No mail can be sent to the address")
    NO_REPLY = "service_mail.no_reply", _("The connection was lost before the server replied")
    UNREADABLE = "service_mail.unreadable", _("The server’s reply couldn’t be read")
    NOT_SENT = "service_mail.not_sent", _("The email backend sent nothing")
    NOT_REPORTED = "service_mail.not_reported", _("The provider didn’t report a result")

    def describe(self, server_reply: str) -> str:
        """Return the reason in the active language, with the server's words where there are some."""
        return f"{self.label}: {server_reply}" if server_reply else str(self.label)


class DueRow(models.Model):
    """Work for one address that a tick carries out, and that is tried again where it fails."""

    email = models.EmailField(max_length=254)
    language = models.CharField(max_length=10, default=DEFAULT_LANGUAGE)
    ip = models.GenericIPAddressField(null=True, blank=True, help_text="Network of an IPv6 address")
    network = models.CharField(
        max_length=16,
        blank=True,
        help_text="The same in hex digits, whose first ones name the networks that it is part of",
    )
    at = models.DateTimeField(default=timezone.now, db_index=True)
    due_at = models.DateTimeField(default=timezone.now, null=True, db_index=True, help_text="Empty once it is done")
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(
        max_length=30, blank=True, choices=ServiceMailReason.choices, help_text="Why the last attempt failed"
    )
    server_reply = models.TextField(blank=True, help_text="What the server, or the program that failed, said of it")

    class Meta:
        abstract = True
        ordering = ["-at"]
        indexes = [
            models.Index(Lower("email"), name="%(class)s_address"),
            models.Index(fields=["at"], condition=~Q(reason=""), name="%(class)s_failed"),
        ]


class SignupRequest(DueRow):
    """What somebody typed into the form of a sign-up; carried out, it leads to a subscription and to one mail, or to none."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="+")
    categories = models.JSONField(default=list, blank=True, help_text="Slugs")
    time_zone = models.CharField(max_length=64, blank=True, help_text="As the browser named it")
    by_reader = models.BooleanField(
        default=False, help_text="Made on a reader's own page, outside the limits of networks"
    )
    replaces = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The sign-up whose address this one corrects",
    )
    puzzle = models.CharField(
        max_length=64, blank=True, help_text="The solved puzzle that came with it, spent by this row"
    )

    class Meta(DueRow.Meta):
        verbose_name = _("sign-up request")
        verbose_name_plural = _("sign-up requests")
        constraints = [
            models.UniqueConstraint(
                fields=["puzzle"], condition=~Q(puzzle=""), name="signuprequest_spends_a_puzzle_once"
            )
        ]

    def __str__(self) -> str:
        return f"sign-up {self.pk}"


class TransactionalMail(DueRow):
    """A mail to one person that is due, or was sent: what it is for, and what its link is checked against."""

    class Kind(models.TextChoices):
        CONFIRM = "confirm", _("Confirmation email")  # the link to confirm it, or that the reader reads this already
        WELCOME = "welcome", _("Welcome email")
        LINK = "link", _("Link to preferences")
        OWNER = "owner", _("Link to “Your data”")
        ADDRESS = "address", _("Confirmation of a new address")
        UNDO = "undo", _("Notice to the old address")
        REMINDER = "reminder", _("Deadline reminder")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    used_at = models.DateTimeField(null=True, blank=True, help_text="When its link was used; a link works once")
    key = models.CharField(
        max_length=16, blank=True, help_text="Secret of its link, where that must outlive the reader's own link key"
    )

    class Meta(DueRow.Meta):
        verbose_name = _("service email")
        verbose_name_plural = _("service emails")
        constraints = [
            models.UniqueConstraint(
                fields=["digest", "email"], condition=Q(kind="reminder"), name="transactionalmail_reminds_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["confirm", "welcome", "link", "owner", "address", "undo", "reminder"]),
                name="transactionalmail_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="reminder", digest__isnull=False)
                | Q(kind="link")  # whose it is turns out when it is carried out, so that asking takes the same time
                | (~Q(kind__in=["reminder", "link"]) & Q(subscription__isnull=False)),
                name="transactionalmail_says_for_what",
            ),
            models.CheckConstraint(condition=~Q(kind="undo", key=""), name="transactionalmail_undo_has_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Mailbox(models.Model):
    """Mails to confirm something that a mailbox was sent and has not answered; under a keyed hash of its address.

    The limit per mailbox is counted from it, for longer than requests are kept.
    """

    hash = models.CharField(max_length=HASH_HEX_DIGITS, unique=True)
    mails = models.PositiveIntegerField(default=0, help_text="Since it last answered")
    last_at = models.DateTimeField(default=UNIX_EPOCH, db_index=True)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")

    def __str__(self) -> str:
        return f"{self.hash[:8]}: {self.mails}"
