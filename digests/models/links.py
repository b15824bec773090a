"""Table of the addresses that digests under review link to, with the result of the last check.

Not here: the checks (`digests.sources.link_checker`).
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Link(models.Model):
    """An address that a digest under review links to, and the result of its last check."""

    class State(models.TextChoices):
        UNASKED = "", _("not checked yet")
        FINE = "fine", _("OK")
        MOVED = "moved", _("moved")
        UNSURE = "unsure", _("couldn’t be checked")
        DEAD = "dead", _("broken")
        PRIVATE = "private", _("points to a private network")

    url = models.URLField(_("url"), max_length=2000, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UNASKED, blank=True)
    detail = models.JSONField(
        _("detail"), default=dict, blank=True, help_text=_("Why, or where it has moved to: code and parameters")
    )
    asked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    next_at = models.DateTimeField(
        _("next at"), default=timezone.now, db_index=True, help_text=_("When it’s checked again")
    )

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["pk"]
        constraints = [
            # A row without the time of a check counts as never checked, so it cannot have a result.
            models.CheckConstraint(condition=Q(state="") | Q(asked_at__isnull=False), name="link_was_asked"),
        ]

    def __str__(self) -> str:
        return self.url
