"""Computes from the days and hours of a publication when an issue is built, reminded of, due and sent.

An abstract model: its columns are Publication's. Minutes before an hour are counted in UTC, so that a deadline keeps its
distance from the send hour in the night when the clocks change. Not here: sending (`newsletter.delivery.send_times`).
"""

import datetime as dt
import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext


def _validate_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError("%(name)s is not a time zone such as Asia/Seoul", params={"name": name})


class Timetable(models.Model):
    """When a publication is built and sent, its deadline for approval, and what happens at a deadline that passes."""

    class WhenNobody(models.TextChoices):
        HOLD = "hold", gettext_lazy("wait for approval")
        CLEAN = "clean", gettext_lazy("send sections without problems")

    timezone = models.CharField(
        gettext_lazy("timezone"), max_length=64, default="Asia/Seoul", validators=[_validate_zone]
    )
    weekdays = models.CharField(
        gettext_lazy("weekdays"),
        max_length=7,
        default="12345",
        validators=[RegexValidator(r"^[1-7]+$")],
        help_text=gettext_lazy("Days to publish on. 1 is Monday: 12345 for weekdays, 1 for Mondays only."),
    )
    build_hour = models.PositiveSmallIntegerField(
        gettext_lazy("build time"), default=5, validators=[MaxValueValidator(23)]
    )
    send_hour = models.PositiveSmallIntegerField(
        gettext_lazy("send time"), default=8, validators=[MaxValueValidator(23)]
    )
    readers_hours = models.BooleanField(
        gettext_lazy("send at each subscriber’s local time"),
        default=False,
        help_text=gettext_lazy(
            "Each subscriber gets the issue at the send time in their own time zone, or the newsletter’s if "
            "theirs isn’t known. A mailing then takes a day. When off, everyone gets it at once."
        ),
    )
    next_build_at = models.DateTimeField(
        gettext_lazy("next build at"),
        null=True,
        blank=True,
        db_index=True,
        help_text=gettext_lazy("Set by the schedule"),
    )
    deadline_minutes = models.PositiveSmallIntegerField(
        gettext_lazy("approval deadline (minutes before sending)"),
        default=30,
        validators=[MaxValueValidator(1439)],
        help_text=gettext_lazy("How many minutes before sending an issue must be approved. 0 means no deadline."),
    )
    remind_minutes = models.PositiveSmallIntegerField(
        gettext_lazy("reminder (minutes before the deadline)"),
        default=60,
        validators=[MaxValueValidator(1439)],
        help_text=gettext_lazy("How many minutes before the deadline to email a reminder. 0 sends none."),
    )
    when_nobody = models.CharField(
        gettext_lazy("at the deadline"),
        max_length=10,
        choices=WhenNobody.choices,
        default=WhenNobody.HOLD,
        help_text=gettext_lazy("What to do if no one has worked on an issue by the deadline"),
    )
    clock_allowed_at = models.DateTimeField(
        gettext_lazy("automatic approval since"),
        null=True,
        blank=True,
        help_text=gettext_lazy("When automatic approval was turned on"),
    )
    clock_allowed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("automatic approval turned on by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        abstract = True

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone of this publication's days and hours."""
        return zoneinfo.ZoneInfo(self.timezone)

    def today(self, now: dt.datetime | None = None) -> dt.date:
        """Return the date on which `now` falls in the publication's time zone."""
        return timezone.localdate(now, self.zone)

    def moment(self, day: dt.date, hour: int) -> dt.datetime:
        """Return the moment at which `hour` begins on `day` in the publication's time zone."""
        return dt.datetime.combine(day, dt.time(hour), tzinfo=self.zone)

    def build_after(self, now: dt.datetime) -> dt.datetime:
        """Return the first scheduled build strictly after `now`."""
        day = self.today(now)
        while True:
            due = self.moment(day, self.build_hour)
            if due > now and str(day.isoweekday()) in self.weekdays:
                return due
            day += dt.timedelta(days=1)

    def deadline(self, day: dt.date) -> dt.datetime | None:
        """Return the moment by which the digest of a day has to be approved; None where there is no deadline."""
        return self._before_sending(day, self.deadline_minutes) if self.deadline_minutes else None

    def reminder(self, day: dt.date) -> dt.datetime | None:
        """Return the moment at which editors are reminded of the deadline of a day; None where no reminder is sent."""
        if not (self.deadline_minutes and self.remind_minutes):
            return None
        return self._before_sending(day, self.deadline_minutes + self.remind_minutes)

    def _before_sending(self, day: dt.date, minutes: int) -> dt.datetime:
        # In UTC, because subtracting from a local time ignores a change of the clocks in between.
        sent = self.moment(day, self.send_hour).astimezone(dt.UTC)
        return (sent - dt.timedelta(minutes=minutes)).astimezone(self.zone)

    def clean_deadline(self) -> None:
        """Refuse a deadline, or its reminder, at a time when the digest is not built yet."""
        between = (self.send_hour - self.build_hour) * 60
        taken = self.deadline_minutes + (self.remind_minutes if self.deadline_minutes else 0)
        if self.deadline_minutes and taken > between:
            n = max(0, between)
            message = ngettext(
                "There is only %(n)d minute between building and sending, but the deadline and reminder need "
                "%(taken)d. Shorten them.",
                "There are only %(n)d minutes between building and sending, but the deadline and reminder need "
                "%(taken)d. Shorten them.",
                n,
            )
            raise ValidationError({"deadline_minutes": message % {"n": n, "taken": taken}})
