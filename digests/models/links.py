"""Table of the addresses that digests under review link to, with the result of the last check.

Not here: the checks (`digests.sources.link_checker`).
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Link(models.Model):
    """An address that a digest under review links to, and the result of its last check."""

    class State(models.TextChoices):
        UNASKED = "", "not asked yet"
        FINE = "fine", "answers"
        MOVED = "moved", "has moved"
        UNSURE = "unsure", "could not be checked"
        DEAD = "dead", "is dead"
        PRIVATE = "private", "leads into a private network"

    url = models.URLField(max_length=2000, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNASKED, blank=True)
    detail = models.JSONField(default=dict, blank=True, help_text="Why, or where it has moved to: code and parameters")
    asked_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(default=timezone.now, db_index=True, help_text="When it is asked again")

    class Meta:
        ordering = ["pk"]
        constraints = [
            # A row without the time of a check counts as never checked, so it cannot have a result.
            models.CheckConstraint(condition=Q(state="") | Q(asked_at__isnull=False), name="link_was_asked"),
        ]

    def __str__(self) -> str:
        return self.url
