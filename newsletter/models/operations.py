"""What operators and the people at the desk need: alarms, heartbeats, failed logins, languages."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from digests.text.messages import MessageCode, format_message


class AlarmCode(MessageCode):
    """What an operator has to look at."""

    SOURCE_FAILED = (
        "alarm.source_failed",
        ngettext_lazy("{source}: {n} failed fetch. {why}", "{source}: {n} failed fetches in a row. {why}", "n"),
    )
    SOURCE_STOPPED = (
        "alarm.source_stopped",
        ngettext_lazy(
            "{source}: stopped because its server said for {days} day that it’s gone for good",
            "{source}: stopped because its server said for {days} days that it’s gone for good",
            "days",
        ),
    )
    ROW_FAILED = (
        "alarm.row_failed",
        ngettext_lazy("{step} {row}: failed {n} time: {why}", "{step} {row}: failed {n} times: {why}", "n"),
    )
    SILENT_PROCESS = (
        "alarm.silent_process",
        ngettext_lazy(
            "{name} hasn’t responded for {seconds} second. Restart it",
            "{name} hasn’t responded for {seconds} seconds. Restart it",
            "seconds",
        ),
    )
    DISK = "alarm.disk", _("{host} can’t write its files, so it can’t send email: {why}")
    SERVICE_MAIL_WAITS = (
        "alarm.service_mail_waits",
        ngettext_lazy(
            "{n} service email couldn’t be sent yet. Requested at {since} UTC: {why}",
            "{n} service emails couldn’t be sent yet. First requested at {since} UTC: {why}",
            "n",
        ),
    )
    SERVICE_MAIL_GIVEN_UP = (
        "alarm.service_mail_given_up",
        ngettext_lazy(
            "{n} service email couldn’t be sent. Requested at {since} UTC: {why}",
            "{n} service emails couldn’t be sent. First requested at {since} UTC: {why}",
            "n",
        ),
    )
    MAILING_LATE = "alarm.mailing_late", _("{mailing}: should have started at {time} UTC")
    MAILING_PAUSED = "alarm.mailing_paused", _("{mailing}: paused: {why}")
    MAILING_COUNTS = (
        "alarm.mailing_counts",
        _("{mailing}: counts don’t add up: {planned} planned, {counts}"),
    )
    MAILING_STUCK = (
        "alarm.mailing_stuck",
        ngettext_lazy(
            "{mailing}: stuck with {n} email left to send", "{mailing}: stuck with {n} emails left to send", "n"
        ),
    )
    MAILING_FAILED = (
        "alarm.mailing_failed",
        ngettext_lazy(
            "{mailing}: {failed} of {settled} email failed", "{mailing}: {failed} of {settled} emails failed", "settled"
        ),
    )
    MAILING_UNKNOWN = (
        "alarm.mailing_unknown",
        ngettext_lazy(
            "{mailing}: {n} email has an unknown outcome and needs a decision",
            "{mailing}: {n} emails have an unknown outcome and need a decision",
            "n",
        ),
    )
    DISK_FULL = "alarm.disk_full", _("no space left on the disk")  # part of DISK
    MAILING = "alarm.mailing", _("Mailing {number} ({digest})")  # part of the others
    OTHER = "alarm.other", "{words}"  # of version 0.1, in words that no code has


class StateCount(MessageCode):
    """How many deliveries of a mailing are in a state; part of an alarm."""

    QUEUED = "count.queued", _("{n} queued")
    SENDING = "count.sending", _("{n} sending")
    ACCEPTED = "count.accepted", _("{n} accepted")
    FAILED = "count.failed", _("{n} failed")
    UNKNOWN = "count.unknown", _("{n} with unknown outcome")
    SKIPPED = "count.skipped", _("{n} skipped")
    PLANNED = "count.planned", _("{n} in all")


class Alarm(models.Model):
    """Something that an operator has to look at, from its first sight to its end; mailed once."""

    key = models.CharField(max_length=100)
    message = models.JSONField(help_text="A code of AlarmCode and its parameters")
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
        return format_message(self.message)


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
