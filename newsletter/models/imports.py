"""The tables of an import: the file in pieces, what its columns mean, and how far a worker is with it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models import Publication


class Import(models.Model):
    """A file of readers who agreed elsewhere: what its columns mean, how far a worker is with it, and what came of it."""

    class State(models.TextChoices):
        READING = "reading", _("Reading the file")
        ASKING = "asking", _("Needs your input")
        CHECKING = "checking", _("Checking the lines")
        READY = "ready", _("Ready to import")
        IMPORTING = "importing", _("Importing")
        DONE = "done", _("Done")
        FAILED = "failed", _("Import failed")

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=200, help_text="Of the file")
    consent = models.CharField(max_length=300, help_text="Where these people agreed")
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    size = models.BigIntegerField(default=0, help_text="Characters of the file")
    place = models.BigIntegerField(default=0, help_text="The character up to which the present pass is")
    line = models.PositiveIntegerField(default=0, help_text="The number of the line before that place")
    lines = models.PositiveIntegerField(default=0, help_text="Lines of the file that say anything")
    done = models.PositiveIntegerField(default=0, help_text="Lines that the present pass is done with")
    survey = models.JSONField(default=dict, blank=True, help_text="The columns, with what stands in them")
    mapping = models.JSONField(default=dict, blank=True, help_text="What each column and value means")
    counts = models.JSONField(default=dict, blank=True, help_text="Lines by what becomes of them")
    problems = models.JSONField(default=list, blank=True, help_text="The first lines with something wrong")
    error = models.JSONField(default=dict, blank=True, help_text="Why the file can't be taken")
    token = models.CharField(max_length=16, blank=True, help_text="The worker that has it in hand")
    worked_at = models.DateTimeField(null=True, blank=True, help_text="When that worker last said so")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(done__lte=models.F("lines")), name="import_within_its_lines"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} ({self.get_state_display()})"


class ImportPart(models.Model):
    """A piece of an import's file, ended where a line ends: any worker on any machine reads it. Gone with the end of the import."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="parts")
    start = models.BigIntegerField(help_text="Characters before it")
    text = models.TextField()

    class Meta:
        verbose_name = _("part of an import")
        verbose_name_plural = _("parts of an import")
        ordering = ["start"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["of", "start"], name="import_part_once")]

    def __str__(self) -> str:
        return f"{self.of_id}: {self.start}"
