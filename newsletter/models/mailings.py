"""The sending of one approved digest, the pieces of its email, and what is known of databases that came from a backup."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from digests.models import Digest, Section
from digests.text.messages import MessageCode
from newsletter.models.columns import UNIX_EPOCH


class WaitReason(MessageCode):
    """Why a mailing is paused."""

    PERSON = "wait.person", _("Paused by a team member")
    LATE = (
        "wait.late",
        ngettext_lazy("It should have started {hours} hour ago", "It should have started {hours} hours ago", "hours"),
    )
    NO_PROGRESS = (
        "wait.no_progress",
        ngettext_lazy("No progress for {hours} hour", "No progress for {hours} hours", "hours"),
    )
    OLDER_DATABASE = "wait.older_database", _("The database is older than what was sent")
    IMPORT = (
        "wait.import",
        ngettext_lazy("Import running: {lines} line left", "Import running: {lines} lines left", "lines"),
    )
    REFUSED = (
        "wait.refused",
        ngettext_lazy(
            "{refused} of {settled} email was rejected because of the content or the sender",
            "{refused} of {settled} emails were rejected because of the content or the sender",
            "settled",
        ),
    )
    REFUSED_REPLY = (
        "wait.refused_reply",
        ngettext_lazy(
            "{refused} of {settled} email was rejected because of the content or the sender: {reply}",
            "{refused} of {settled} emails were rejected because of the content or the sender: {reply}",
            "settled",
        ),
    )
    OTHER = "wait.other", "{words}"  # of version 0.1, in words that no code has


class Mailing(models.Model):
    """The sending of one approved digest."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        SENDING = "sending", "Sending"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"

    class Older(models.TextChoices):
        DATABASE = "database", "It runs in another database than the one that it was started in"
        MARK = "mark", "More was handed out than this database knows"
        FOLDER = "folder", "VAR_DIR was copied or restored, or its owner was changed"
        ASKED = "asked", "It was started with --paused"

    digest = models.OneToOneField(Digest, on_delete=models.PROTECT, related_name="mailing")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    send_at = models.DateTimeField(default=timezone.now, db_index=True)
    at_once = models.BooleanField(
        default=False,
        help_text="A person chose the moment: all readers get it then, whatever hour it is where they live",
    )
    subject = models.CharField(max_length=200)
    approved_hash = models.CharField(max_length=64, help_text="The approval that this mailing carries out")
    composed_at = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)
    last_due_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last reader's own hour strikes; empty where all are due as it begins"
    )
    looked_after_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a worker last had it in hand; empty before it begins, and when it is resumed",
    )
    reached_at = models.DateTimeField(
        default=UNIX_EPOCH,
        help_text="When the last delivery was due that a worker took: what is queued up to it is under way",
    )
    reached_id = models.BigIntegerField(default=0, help_text="The last delivery that a worker took")
    database = models.CharField(
        max_length=100,
        blank=True,
        help_text="Identity of the database that it was started in; another is a restored one",
    )
    older_why = models.CharField(
        max_length=10,
        blank=True,
        choices=Older.choices,
        help_text="Why more may have been sent than this database knows; empty where nothing waits for a person's decision",
    )
    older_mark = models.CharField(
        max_length=100,
        blank=True,
        help_text="How far the claims went by what stands outside the database, where that is known",
    )
    decided_at = models.DateTimeField(null=True, blank=True, help_text="When a person last decided about that")
    finished_at = models.DateTimeField(null=True, blank=True)
    wait_reason = models.JSONField(
        default=dict,
        blank=True,
        help_text="Why it is paused or does not begin: a code of WaitReason and its parameters",
    )
    waited_for_import = models.BooleanField(
        default=False,
        help_text="It was stopped once because an import was running: the person who lets it begin knows of it",
    )
    candidates = models.PositiveIntegerField(
        default=0, help_text="Subscriptions of the publication when it was planned"
    )
    planned = models.PositiveIntegerField(default=0, help_text="Deliveries made")
    excluded = models.JSONField(default=dict, blank=True, help_text="Candidates without a delivery, by reason")
    archived = models.JSONField(
        default=dict, blank=True, help_text="Deliveries whose rows were deleted by age, counted by state"
    )

    class Meta:
        ordering = ["-send_at"]
        permissions = [("send_mailing", "Can schedule, pause, resume and cancel mailing")]
        constraints = [
            models.CheckConstraint(condition=Q(older_why="") | Q(state="paused"), name="mailing_waits_while_older"),
        ]

    def __str__(self) -> str:
        return f"{self.digest} ({self.get_state_display()})"


class Fragment(models.Model):
    """A piece of the composed email, as every worker joins it: a head, one per section, a tail; a note to some readers."""

    class Kind(models.TextChoices):
        HEAD = "head", "Head"
        NOTE = "note", "Note of a divided category"
        SECTION = "section", "Section"
        TAIL = "tail", "Tail"

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="fragments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    section = models.ForeignKey(Section, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0, help_text="The bit of the section, or of the note")
    label = models.CharField(max_length=200, blank=True, help_text="The section's share of the preheader")
    html = models.TextField()
    text = models.TextField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "kind", "position"], name="fragment_once"),
            models.CheckConstraint(
                condition=Q(kind="section", section__isnull=False) | (~Q(kind="section") & Q(section__isnull=True)),
                name="fragment_section_only_for_sections",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id}: {self.kind} {self.position}"


class TakenBack(models.Model):
    """A plan of which nothing had left when a person undid it: marks up to its own say nothing of the next one."""

    digest = models.OneToOneField(Digest, on_delete=models.CASCADE, primary_key=True, related_name="+")
    mark = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.mark}"


class KnownDatabase(models.Model):
    """A database that these rows have lived in: the newest is where they are, unless they were just restored."""

    identity = models.CharField(max_length=100, primary_key=True)
    since = models.DateTimeField()

    class Meta:
        ordering = ["-since"]

    def __str__(self) -> str:
        return f"{self.identity} since {self.since:%Y-%m-%d %H:%M}"
