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
        PLANNED = "planned", _("Planned")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")

    class Older(models.TextChoices):
        DATABASE = "database", _("It’s running in a different database from the one it started in")
        MARK = "mark", _("More was sent than this database knows")
        FOLDER = "folder", _("VAR_DIR was copied or restored, or its owner changed")
        ASKED = "asked", _("It was started with --paused")

    digest = models.OneToOneField(Digest, verbose_name=_("issue"), on_delete=models.PROTECT, related_name="mailing")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED)
    send_at = models.DateTimeField(_("send time"), default=timezone.now, db_index=True)
    at_once = models.BooleanField(
        _("everyone at once"),
        default=False,
        help_text=_("Someone chose this time, so everyone gets it at once."),
    )
    subject = models.CharField(_("subject"), max_length=200)
    approved_hash = models.CharField(
        _("approved content"), max_length=64, help_text=_("Fingerprint of the approved content that this mailing sends")
    )
    composed_at = models.DateTimeField(_("email built at"), null=True, blank=True)
    planned_at = models.DateTimeField(_("subscribers chosen at"), null=True, blank=True)
    last_due_at = models.DateTimeField(
        _("last send time"),
        null=True,
        blank=True,
        help_text=_("Send time of the last subscriber. Empty if everyone gets it at once."),
    )
    looked_after_at = models.DateTimeField(
        _("last processed at"),
        null=True,
        blank=True,
        help_text=_("When it was last processed. Empty before it starts or right after it resumes."),
    )
    reached_at = models.DateTimeField(
        _("queue position (time)"),
        default=UNIX_EPOCH,
        help_text=_("Scheduled time of the last email taken from the queue. Everything up to it is being sent."),
    )
    reached_id = models.BigIntegerField(
        _("queue position (number)"), default=0, help_text=_("Last email taken from the queue")
    )
    database = models.CharField(
        _("database"),
        max_length=100,
        blank=True,
        help_text=_("Identity of the database in which the mailing started. Another one is a restored database."),
    )
    older_why = models.CharField(
        _("why the database may be outdated"),
        max_length=10,
        blank=True,
        choices=Older.choices,
        help_text=_("Why more may have been sent than this database knows. Empty if there is nothing to decide."),
    )
    older_mark = models.CharField(
        _("progress outside the database"),
        max_length=100,
        blank=True,
        help_text=_("How far the mailing got according to records outside the database, if known"),
    )
    decided_at = models.DateTimeField(
        _("decided at"), null=True, blank=True, help_text=_("When someone last decided about that")
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    wait_reason = models.JSONField(
        _("waits for"), default=dict, blank=True, help_text=_("Why it’s paused or hasn’t started")
    )
    waited_for_import = models.BooleanField(
        _("paused for an import"),
        default=False,
        help_text=_("It was paused once because an import was running. Anyone who starts it knows of the import."),
    )
    candidates = models.PositiveIntegerField(
        _("subscriptions considered"), default=0, help_text=_("Subscriptions when the mailing was prepared")
    )
    planned = models.PositiveIntegerField(_("deliveries created"), default=0, help_text=_("Deliveries created"))
    excluded = models.JSONField(
        _("subscriptions without a delivery"),
        default=dict,
        blank=True,
        help_text=_("Subscriptions without a delivery, by reason"),
    )
    archived = models.JSONField(
        _("deleted deliveries"), default=dict, blank=True, help_text=_("Old deliveries that were deleted, by state")
    )

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
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
    label = models.CharField(max_length=200, blank=True, help_text="The section's share of the line of contents")
    items = models.JSONField(
        default=list, blank=True, help_text="A section's items in their order: headline, one line, rank in the digest"
    )
    html = models.TextField()
    text = models.TextField()

    class Meta:
        verbose_name = _("email fragment")
        verbose_name_plural = _("email fragments")
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

    class Meta:
        verbose_name = _("canceled mailing")
        verbose_name_plural = _("canceled mailings")

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.mark}"


class KnownDatabase(models.Model):
    """A database that these rows have lived in: the newest is where they are, unless they were just restored."""

    identity = models.CharField(max_length=100, primary_key=True)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("known database")
        verbose_name_plural = _("known databases")
        ordering = ["-since"]

    def __str__(self) -> str:
        return f"{self.identity} since {self.since:%Y-%m-%d %H:%M}"
