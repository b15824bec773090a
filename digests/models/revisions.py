"""Tables of the changes to a digest, and of editors' requests to have a section written again.

Not here: the changes themselves (`digests.review`).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from digests.models.digests import Digest, Section
from digests.text.messages import format_message


class Revision(models.Model):
    """One change to a digest since it was built; the first change of a section's text holds the draft in `before`."""

    class What(models.TextChoices):
        TEXT = "text", _("text")
        REWRITE = "rewrite", _("AI text")
        HEADING = "heading", _("section heading")
        ITEMS = "items", _("sources")
        ORDER = "order", _("order")
        VERDICT = "verdict", _("review status")
        TITLE = "title", _("title")
        SUBJECT = "subject", _("subject")
        OPENING = "opening", _("introduction")
        APPROVAL = "approval", _("approval")

    digest = models.ForeignKey(Digest, verbose_name=_("issue"), on_delete=models.CASCADE, related_name="revisions")
    # SET_NULL: the record of a change outlives a section that was taken out.
    section = models.ForeignKey(
        Section, verbose_name=_("section"), on_delete=models.SET_NULL, null=True, blank=True, related_name="revisions"
    )
    what = models.CharField(_("what"), max_length=10, choices=What.choices)
    before = models.TextField(_("before"), blank=True)
    after = models.TextField(_("after"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    clock = models.BooleanField(_("automatic"), default=False, help_text=_("Done automatically, not by a person"))
    remark = models.TextField(_("remark"), blank=True, help_text=_("Instructions given to the AI"))
    reason = models.JSONField(
        _("reason"), default=dict, blank=True, help_text=_("Why a rule did it: code and parameters")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
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
        OPEN = "", _("under way")
        WRITTEN = "written", _("written")
        FAILED = "failed", pgettext_lazy("regenerate", "failed")
        CONFLICT = "conflict", _("someone else changed it first")
        CANCELLED = "cancelled", _("canceled")

    section = models.ForeignKey(Section, verbose_name=_("section"), on_delete=models.CASCADE, related_name="rewrites")
    hint = models.CharField(_("instructions"), max_length=300, blank=True)
    before = models.CharField(
        _("before"), max_length=64, help_text=_("Hash of the text and sources when it was requested")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("checked at"), default=timezone.now)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.OPEN, blank=True)
    text = models.TextField(_("text"), blank=True, help_text=_("AI text that didn’t replace the section’s text"))
    reason = models.JSONField(_("reason"), default=dict, blank=True, help_text=_("Why it failed: code and parameters"))
    dismissed = models.BooleanField(_("dismissed"), default=False, help_text=_("An editor has seen the result"))

    class Meta:
        verbose_name = _("regenerate")
        verbose_name_plural = _("regenerate requests")
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
