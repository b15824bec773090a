"""Addresses that must not be written to."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from newsletter.models.columns import HASH_HEX_DIGITS


class Suppression(models.Model):
    """An address that must not be written to, whatever its owner's subscriptions say.

    Of a reader who was erased the address itself is gone: a keyed hash of it stays.
    """

    class Reason(models.TextChoices):
        BOUNCE = "bounce", "The mailbox does not exist"
        COMPLAINT = "complaint", "Reported as spam"
        MANUAL = "manual", "Set by a person"
        BLOCKED = "blocked", "Blocked where the address came from"
        WISH = "wish", "Asked for by its owner"

    email = models.EmailField(  # noqa: DJ001 - a unique column: two empty texts would be equal, two nulls are not
        max_length=254, null=True, help_text="Empty where only the hash is kept"
    )
    address_hash = models.CharField(max_length=HASH_HEX_DIGITS, null=True, blank=True, unique=True, editable=False)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    detail = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="suppression_one_per_address"),
            models.CheckConstraint(
                condition=Q(email__isnull=True, address_hash__isnull=False)
                | Q(email__isnull=False, address_hash__isnull=True),
                name="suppression_of_an_address_or_its_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} ({self.reason})"  # without the address: the desk's log keeps this for good


class KeptAway(models.Model):
    """An address that no file may make a reader, as a keyed hash: it was never confirmed where the file came from."""

    hash = models.CharField(max_length=HASH_HEX_DIGITS, unique=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        verbose_name_plural = "addresses kept away"

    def __str__(self) -> str:
        return f"{self.pk} at {self.at:%Y-%m-%d %H:%M}"
