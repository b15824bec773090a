"""Tables of the changes to a digest, and of editors' requests to have a section written again.

Not here: the changes themselves (`digests.review`).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from digests.models.digests import Digest, Section
from digests.text.messages import format_message


class Revision(models.Model):
    """One change to a digest since it was built; the first change of a section's text holds the draft in `before`."""

    class What(models.TextChoices):
        TEXT = "text", "text"
        REWRITE = "rewrite", "text by the model"
        HEADING = "heading", "heading"
        ITEMS = "items", "sources"
        ORDER = "order", "order"
        VERDICT = "verdict", "verdict"
        TITLE = "title", "title"
        SUBJECT = "subject", "subject"
        OPENING = "opening", "opening"
        APPROVAL = "approval", "approval"

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="revisions")
    # SET_NULL: the record of a change outlives a section that was taken out.
    section = models.ForeignKey(Section, on_delete=models.SET_NULL, null=True, blank=True, related_name="revisions")
    what = models.CharField(max_length=10, choices=What.choices)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    clock = models.BooleanField(default=False, help_text="The clock did it, not a person")
    remark = models.TextField(blank=True, help_text="The instructions that the model was given")
    reason = models.JSONField(default=dict, blank=True, help_text="Why a rule did it: code and parameters")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.what}"

    @property
    def why(self) -> str:
        """Why a rule did it, in the active language."""
        return format_message(self.reason)


class Rewrite(models.Model):
    """An editor's request to have a section written again; the page writes the row, a task of the clock carries it out."""

    class Outcome(models.TextChoices):
        OPEN = "", "under way"
        WRITTEN = "written", "written"
        FAILED = "failed", "failed"
        CONFLICT = "conflict", "somebody was faster"
        CANCELLED = "cancelled", "cancelled"

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="rewrites")
    hint = models.CharField(max_length=300, blank=True)
    before = models.CharField(max_length=64, help_text="Hash of the text and the sources that it was asked for")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN, blank=True)
    text = models.TextField(blank=True, help_text="What the model wrote, where it did not take the place of the text")
    reason = models.JSONField(default=dict, blank=True, help_text="Why it failed: code and parameters")
    dismissed = models.BooleanField(default=False, help_text="An editor has read what became of it")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["section"], condition=Q(finished_at=None), name="rewrite_one_at_a_time_per_section"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section_id}: {self.outcome or 'under way'}"

    @property
    def is_open(self) -> bool:
        """Whether the request is not finished yet."""
        return self.finished_at is None
