"""Answers of readers to the question whether an issue was helpful; whose they are, no row says."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from digests.models import Digest, Section
from newsletter.models.columns import HASH_HEX_DIGITS


class IssueFeedback(models.Model):
    """One answer about an issue, or about one of its sections; one per issue, network and day.

    The network is a hash with a key of the day, and is emptied when the day is over: what remains is a count.
    """

    class Answer(models.TextChoices):
        YES = "yes", pgettext_lazy("helpful", "Yes")
        NO = "no", pgettext_lazy("helpful", "No")

    digest = models.ForeignKey(Digest, verbose_name=_("issue"), on_delete=models.CASCADE, related_name="+")
    section = models.ForeignKey(
        Section, verbose_name=_("section"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(_("answer"), max_length=3, choices=Answer.choices)
    day = models.DateField(_("date"), help_text=_("In UTC"))
    network = models.CharField(
        _("network"), max_length=HASH_HEX_DIGITS, blank=True, help_text=_("Keyed hash, emptied when the day is over")
    )

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-pk"]
        default_permissions = ()  # the counts are on the page of a mailing
        indexes = [models.Index(fields=["day"], condition=~Q(network=""), name="feedback_to_forget")]
        constraints = [
            models.UniqueConstraint(
                fields=["digest", "day", "network"], condition=~Q(network=""), name="feedback_once_per_network_and_day"
            ),
            models.CheckConstraint(condition=Q(answer__in=["yes", "no"]), name="feedback_answer_known"),
        ]

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.answer}"
