"""What was asked for on the site and the mails to one person that follow from it, and how often a mailbox was written to."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from digests.models import Digest, Publication
from newsletter.models.columns import HASH_HEX_DIGITS, UNIX_EPOCH
from newsletter.models.subscribers import Subscription


class Note(models.Model):
    """A service mail that somebody asked for on the site, or an editor waits for: what it is for, and whether it went.

    A request writes one row and nothing else, so that the answer takes the same time for every address; the next
    tick carries it out. The rows are also what the limits on requests are counted from.
    """

    class Kind(models.TextChoices):
        SIGNUP = "signup", "Sign-up"
        WELCOME = "welcome", "Welcome"
        LINK = "link", "Link that a reader has lost"
        OWNER = "owner", "Link for change of address, export and erasure"
        ADDRESS = "address", "Confirmation of a new address"
        UNDO = "undo", "Word to the old address, with a link to take the change back"
        REMINDER = "reminder", "Reminder of an editor's deadline"

    BY_READER = "reader"  # in `network`: asked for on a reader's own page, outside the limits of networks

    kind = models.CharField(max_length=10, choices=Kind.choices)
    email = models.EmailField(max_length=254)
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    categories = models.JSONField(default=list, blank=True, help_text="Slugs, as asked for in a sign-up")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=10, default="ko")
    time_zone = models.CharField(max_length=64, blank=True, help_text="As the browser told it in a sign-up")
    ip = models.GenericIPAddressField(null=True, blank=True, help_text="Network of an IPv6 address")
    network = models.CharField(
        max_length=16,
        blank=True,
        help_text="The same in hex digits, whose first ones name the networks that it is part of",
    )
    at = models.DateTimeField(default=timezone.now, db_index=True)
    due_at = models.DateTimeField(default=timezone.now, null=True, db_index=True, help_text="Empty once it is done")
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    used_at = models.DateTimeField(null=True, blank=True, help_text="When its link was used; a link works once")
    key = models.CharField(
        max_length=16, blank=True, help_text="Secret of its link, where that must outlive the reader's own link key"
    )
    puzzle = models.CharField(
        max_length=64, blank=True, help_text="The solved puzzle that came with it, spent by this row"
    )

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["puzzle"], condition=~Q(puzzle=""), name="note_spends_a_puzzle_once"),
            models.UniqueConstraint(fields=["digest", "email"], condition=Q(kind="reminder"), name="note_reminds_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["signup", "welcome", "link", "owner", "address", "undo", "reminder"]),
                name="note_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="signup", publication__isnull=False)
                | Q(kind="reminder", digest__isnull=False)
                | Q(kind="link")  # whose it is turns out when it is carried out, so that asking takes the same time
                | (~Q(kind__in=["signup", "reminder", "link"]) & Q(subscription__isnull=False)),
                name="note_says_for_what",
            ),
            models.CheckConstraint(condition=~Q(kind="undo", key=""), name="note_undo_has_a_key"),
        ]
        indexes = [
            models.Index(Lower("email"), name="note_by_address"),
            models.Index(fields=["at"], condition=~Q(error=""), name="note_that_failed"),
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
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return f"{self.hash[:8]}: {self.mails}"
