"""What operators and the people at the desk need: alarms, heartbeats, failed logins, languages."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Alarm(models.Model):
    """Something that an operator has to look at, from its first sight to its end; mailed once."""

    key = models.CharField(max_length=100)
    text = models.TextField()
    since = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(cleared_at=None), name="alarm_open_once"),
        ]

    def __str__(self) -> str:
        return self.text


class Heartbeat(models.Model):
    """When a kind of worker last answered the clock."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"


class FailedLogin(models.Model):
    """A wrong password at the desk's door: what the throttle counts, in all processes alike."""

    name = models.CharField(max_length=64, help_text="A hash of the name that was tried: people type passwords there")
    ip = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("failed login")
        verbose_name_plural = _("failed logins")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.ip} {self.at:%Y-%m-%d %H:%M}"


class DeskLanguage(models.Model):
    """The language in which a person works at the desk, for the mails that go there."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    language = models.CharField(max_length=2)

    class Meta:
        verbose_name = _("language at the editor’s desk")
        verbose_name_plural = _("languages at the editor’s desk")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.language}"

    @classmethod
    def by_user(cls, users: list[int]) -> dict[int, str]:
        """Return the languages of users, by their ids, as far as they are known."""
        return dict(cls.objects.filter(user__in=users).values_list("user", "language"))
