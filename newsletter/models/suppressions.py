"""Addresses that must not be written to."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.columns import HASH_HEX_DIGITS


class Suppression(models.Model):
    """An address that must not be written to, whatever its owner's subscriptions say.

    Of a reader who was erased the address itself is gone: a keyed hash of it stays.
    """

    class Reason(models.TextChoices):
        BOUNCE = "bounce", _("Mailbox doesn’t exist")
        COMPLAINT = "complaint", _("Reported as spam")
        MANUAL = "manual", _("Added by staff")
        BLOCKED = "blocked", _("Blocked before the import")
        WISH = "wish", _("Requested by the owner")

    email = models.EmailField(  # noqa: DJ001 - a unique column: two empty texts would be equal, two nulls are not
        _("email"),
        max_length=254,
        null=True,
        help_text=_("Empty if only a hash is kept"),
    )
    address_hash = models.CharField(
        _("hash of the address"), max_length=HASH_HEX_DIGITS, null=True, blank=True, unique=True, editable=False
    )
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    detail = models.TextField(_("details"), blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
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
        verbose_name = _("address excluded from imports")
        verbose_name_plural = _("addresses excluded from imports")
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.pk} at {self.at:%Y-%m-%d %H:%M}"
