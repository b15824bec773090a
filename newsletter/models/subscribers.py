"""Readers by address, and what each of them reads: categories, state, hour, pause."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models import Category, Publication
from newsletter.models.columns import DEFAULT_LANGUAGE, new_link_key, validate_time_zone


class Subscriber(models.Model):
    """A person with one address; what they read stands in their subscriptions."""

    email = models.EmailField(max_length=254, help_text="As it was typed; compared without case")
    language = models.CharField(
        max_length=10, default=DEFAULT_LANGUAGE, help_text="Language of pages and service mails"
    )
    link_key = models.CharField(max_length=16, default=new_link_key, editable=False)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Such as Asia/Seoul; the publication’s where empty"),
    )
    paused_until = models.DateField(null=True, blank=True, help_text="Nothing is sent before this day")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="subscriber_one_per_address")]

    def __str__(self) -> str:
        return self.email


class Subscription(models.Model):
    """What one subscriber reads of one publication: consent, and the chosen categories."""

    class State(models.TextChoices):
        PENDING = "pending", "Waits for confirmation"
        ACTIVE = "active", "Active"
        LEFT = "left", "Left"

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="subscriptions")
    categories = models.ManyToManyField(Category, related_name="subscriptions", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    requested_at = models.DateTimeField(default=timezone.now)
    requested_ip = models.GenericIPAddressField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_ip = models.GenericIPAddressField(null=True, blank=True)
    consent_text = models.CharField(max_length=20, blank=True, help_text="Version of the words that were agreed to")
    consent_source = models.CharField(
        max_length=300, blank=True, help_text="Where an imported reader's consent comes from; empty for our own sign-up"
    )
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "publication"], name="subscription_once_per_publication"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(confirmed_at__isnull=False),
                name="subscription_active_is_confirmed",
            ),
        ]
        indexes = [models.Index(fields=["publication", "state", "subscriber"], name="subscription_by_state")]

    def __str__(self) -> str:
        return f"{self.subscriber_id}: {self.publication_id} ({self.get_state_display()})"
