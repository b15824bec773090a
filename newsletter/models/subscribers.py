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

    email = models.EmailField(
        _("email"), max_length=254, help_text=_("As typed. Upper and lower case make no difference.")
    )
    language = models.CharField(
        _("language"), max_length=10, default=DEFAULT_LANGUAGE, help_text=_("Language of pages and service emails")
    )
    link_key = models.CharField(_("link key"), max_length=16, default=new_link_key, editable=False)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Like Asia/Seoul. If empty, the newsletter’s time zone is used."),
    )
    paused_until = models.DateField(_("paused until"), null=True, blank=True, help_text=_("Emails resume on this date"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="subscriber_one_per_address")]

    def __str__(self) -> str:
        return self.email


class Subscription(models.Model):
    """What one subscriber reads of one publication: consent, and the chosen categories."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for confirmation")
        ACTIVE = "active", _("Subscribed")
        LEFT = "left", _("Unsubscribed")

    subscriber = models.ForeignKey(
        Subscriber, verbose_name=_("subscriber"), on_delete=models.CASCADE, related_name="subscriptions"
    )
    publication = models.ForeignKey(
        Publication, verbose_name=_("newsletter"), on_delete=models.CASCADE, related_name="subscriptions"
    )
    categories = models.ManyToManyField(
        Category, verbose_name=_("categories"), related_name="subscriptions", blank=True
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    requested_at = models.DateTimeField(_("signed up at"), default=timezone.now)
    requested_ip = models.GenericIPAddressField(_("sign-up IP address"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_ip = models.GenericIPAddressField(_("confirmation IP address"), null=True, blank=True)
    consent_text = models.CharField(
        _("consent text"), max_length=20, blank=True, help_text=_("Version of the consent text")
    )
    consent_source = models.CharField(
        _("consent source"),
        max_length=300,
        blank=True,
        help_text=_("Where an imported subscriber gave consent. Empty for people who signed up here."),
    )
    left_at = models.DateTimeField(_("unsubscribed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
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
