"""The nouns of sending: who reads, what they chose, what was sent to whom and what became of it.

A rule that the rows must obey is a constraint here. Every change of a Delivery's state stands in `outbox`, every
change of a Subscription's state in `signup`.
"""

import datetime as dt
import ipaddress
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models import Category, Digest, Publication, Section
from newsletter import zones
from newsletter.addresses import HASH_LENGTH
from newsletter.intake.models import Import as Import  # noqa: PLC0414 - a table of this app, handed on
from newsletter.intake.models import ImportPart as ImportPart  # noqa: PLC0414 - see above

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # before every moment at which a delivery was ever due


def new_link_key() -> str:
    """Return the secret part of a reader's links; a new one revokes all links sent before."""
    return secrets.token_hex(8)


def network_digits(ip: str | None) -> str:
    """Return a network in hex digits, of IPv6 16 of them, whose first ones are the networks around it; nothing for none."""
    if not ip:
        return ""
    address = ipaddress.ip_address(ip)
    return f"v4{int(address):08x}" if address.version == 4 else f"{int(address) >> 64:016x}"


class Subscriber(models.Model):
    """A person with one address; what they read stands in their subscriptions."""

    email = models.EmailField(max_length=254, help_text="As it was typed; compared without case")
    language = models.CharField(max_length=10, default="ko", help_text="Language of pages and service mails")
    link_key = models.CharField(max_length=16, default=new_link_key, editable=False)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[zones.validate],
        help_text=_("Such as Asia/Seoul; the publication’s where empty"),
    )
    paused_until = models.DateField(null=True, blank=True, help_text="Nothing is sent before this day")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="subscriber_one_per_address")]

    def __str__(self) -> str:
        return self.email


class Subscription(models.Model):
    """What one subscriber reads of one publication: consent, and the chosen categories."""

    class State(models.TextChoices):
        PENDING = "pending", "Waits for confirmation"
        ACTIVE = "active", "Active"
        LEFT = "left", "Left"

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="subscriptions")
    categories = models.ManyToManyField(Category, related_name="subscriptions", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    requested_at = models.DateTimeField(default=timezone.now)
    requested_ip = models.GenericIPAddressField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_ip = models.GenericIPAddressField(null=True, blank=True)
    consent_text = models.CharField(max_length=20, blank=True, help_text="Version of the words that were agreed to")
    consent_source = models.CharField(
        max_length=300, blank=True, help_text="Where an imported reader's consent comes from; empty for our own sign-up"
    )
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "publication"], name="subscription_once_per_publication"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(confirmed_at__isnull=False),
                name="subscription_active_is_confirmed",
            ),
        ]
        indexes = [models.Index(fields=["publication", "state", "subscriber"], name="subscription_by_state")]

    def __str__(self) -> str:
        return f"{self.subscriber_id}: {self.publication_id} ({self.get_state_display()})"


class Split(models.Model):
    """A category that was divided: what was one choice is several now, and its readers are asked which they want."""

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="splits")
    parts = models.ManyToManyField(Category, related_name="part_of")
    at = models.DateTimeField(default=timezone.now)
    asked = models.PositiveIntegerField(default=0, help_text="Subscriptions that were asked")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.category_id} at {self.at:%Y-%m-%d %H:%M}"


class Question(models.Model):
    """A reader who has not said yet which parts of a divided category to go on with; gone with the answer."""

    split = models.ForeignKey(Split, on_delete=models.CASCADE, related_name="questions", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="questions")
    told = models.PositiveSmallIntegerField(default=0, help_text="Emails with the question that were accepted")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["split", "subscription"], name="question_once")]

    def __str__(self) -> str:
        return f"{self.split_id}: {self.subscription_id}"


class Note(models.Model):
    """A service mail that somebody asked for on the site, or an editor waits for: what it is for, and whether it went.

    A request writes one row and nothing else, so that the answer takes the same time for every address; the next
    tick carries it out. The rows are also what the limits on requests are counted from.
    """

    class Kind(models.TextChoices):
        SIGNUP = "signup", "Sign-up"
        WELCOME = "welcome", "Welcome"
        LINK = "link", "Link that a reader has lost"
        OWNER = "owner", "Link for change of address, export and erasure"
        ADDRESS = "address", "Confirmation of a new address"
        UNDO = "undo", "Word to the old address, with a link to take the change back"
        REMINDER = "reminder", "Reminder of an editor's deadline"

    BY_READER = "reader"  # in `network`: asked for on a reader's own page, outside the limits of networks

    kind = models.CharField(max_length=10, choices=Kind.choices)
    email = models.EmailField(max_length=254)
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    categories = models.JSONField(default=list, blank=True, help_text="Slugs, as asked for in a sign-up")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=10, default="ko")
    time_zone = models.CharField(max_length=64, blank=True, help_text="As the browser told it in a sign-up")
    ip = models.GenericIPAddressField(null=True, blank=True, help_text="Network of an IPv6 address")
    network = models.CharField(
        max_length=16,
        blank=True,
        help_text="The same in hex digits, whose first ones name the networks that it is part of",
    )
    at = models.DateTimeField(default=timezone.now, db_index=True)
    due_at = models.DateTimeField(default=timezone.now, null=True, db_index=True, help_text="Empty once it is done")
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    used_at = models.DateTimeField(null=True, blank=True, help_text="When its link was used; a link works once")
    key = models.CharField(
        max_length=16, blank=True, help_text="Secret of its link, where that must outlive the reader's own link key"
    )
    puzzle = models.CharField(
        max_length=64, blank=True, help_text="The solved puzzle that came with it, spent by this row"
    )

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["puzzle"], condition=~Q(puzzle=""), name="note_spends_a_puzzle_once"),
            models.UniqueConstraint(fields=["digest", "email"], condition=Q(kind="reminder"), name="note_reminds_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["signup", "welcome", "link", "owner", "address", "undo", "reminder"]),
                name="note_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="signup", publication__isnull=False)
                | Q(kind="reminder", digest__isnull=False)
                | Q(kind="link")  # whose it is turns out when it is carried out, so that asking takes the same time
                | (~Q(kind__in=["signup", "reminder", "link"]) & Q(subscription__isnull=False)),
                name="note_says_for_what",
            ),
            models.CheckConstraint(condition=~Q(kind="undo", key=""), name="note_undo_has_a_key"),
        ]
        indexes = [
            models.Index(Lower("email"), name="note_by_address"),
            models.Index(fields=["at"], condition=~Q(error=""), name="note_that_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Mailbox(models.Model):
    """Mails to confirm something that a mailbox was sent and has not answered; under a keyed hash of its address.

    The limit per mailbox is counted from it, for longer than requests are kept.
    """

    hash = models.CharField(max_length=HASH_LENGTH, unique=True)
    mails = models.PositiveIntegerField(default=0, help_text="Since it last answered")
    last_at = models.DateTimeField(default=EPOCH, db_index=True)

    class Meta:
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return f"{self.hash[:8]}: {self.mails}"


class Suppression(models.Model):
    """An address that must not be written to, whatever its owner's subscriptions say.

    Of a reader who was erased the address itself is gone: a keyed hash of it stays.
    """

    class Reason(models.TextChoices):
        BOUNCE = "bounce", "The mailbox does not exist"
        COMPLAINT = "complaint", "Reported as spam"
        MANUAL = "manual", "Set by a person"
        BLOCKED = "blocked", "Blocked where the address came from"
        WISH = "wish", "Asked for by its owner"

    email = models.EmailField(  # noqa: DJ001 - a unique column: two empty texts would be equal, two nulls are not
        max_length=254, null=True, help_text="Empty where only the hash is kept"
    )
    address_hash = models.CharField(max_length=HASH_LENGTH, null=True, blank=True, unique=True, editable=False)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    detail = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="suppression_one_per_address"),
            models.CheckConstraint(
                condition=Q(email__isnull=True, address_hash__isnull=False)
                | Q(email__isnull=False, address_hash__isnull=True),
                name="suppression_of_an_address_or_its_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} ({self.reason})"  # without the address: the desk's log keeps this for good


class KeptAway(models.Model):
    """An address that no file may make a reader, as a keyed hash: it was never confirmed where the file came from."""

    hash = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        verbose_name_plural = "addresses kept away"

    def __str__(self) -> str:
        return f"{self.pk} at {self.at:%Y-%m-%d %H:%M}"


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
        null=True, blank=True, help_text="When a worker last had it in hand; empty where it begins or goes on anew"
    )
    reached_at = models.DateTimeField(
        default=EPOCH,
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
    waits_for = models.TextField(blank=True, help_text="Why it is paused or does not begin, for a person")
    waited_for_import = models.BooleanField(
        default=False, help_text="It was stopped once because an import was running: whoever lets it begin knows of it"
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


class Delivery(models.Model):
    """The record of one reader in one mailing; what is queued is under way once the mailing's claims have reached it."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        ACCEPTED = "accepted", "Accepted"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"
        SKIPPED = "skipped", "Skipped"

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.SET_NULL, null=True, related_name="deliveries")
    sections = models.BigIntegerField(help_text="One bit per section, counted from the digest's first")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, help_text="What the mail server said, word for word, or why it was skipped")
    message_id = models.CharField(
        max_length=200,
        blank=True,
        help_text="Set when it was handed over; an ESP's own id where it gives one",
    )

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["mailing", "subscriber"], name="delivery_once_per_reader"),
            models.CheckConstraint(condition=Q(sections__gt=0), name="delivery_is_never_empty"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "accepted", "failed", "unknown", "skipped"]),
                name="delivery_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["mailing", "due_at", "id"], condition=Q(state="queued"), name="delivery_to_claim"),
            models.Index(fields=["message_id"], condition=~Q(message_id=""), name="delivery_by_message_id"),
            models.Index(fields=["mailing", "id"], condition=Q(state="unknown"), name="delivery_in_doubt"),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id} -> {self.subscriber_id} ({self.get_state_display()})"


class Claim(models.Model):
    """Deliveries that one process has in hand: what is queued behind one of them up to another, by due moment and id."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="claims")
    token = models.CharField(max_length=16, blank=True, db_index=True, help_text="The journal of the process")
    behind_at = models.DateTimeField()
    behind_id = models.BigIntegerField()
    to_at = models.DateTimeField()
    to_id = models.BigIntegerField()
    claimed_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.mailing_id}: {self.behind_id} to {self.to_id} ({self.token})"


class Allowance(models.Model):
    """Messages that a process may send within a limit; they count until the limit's period after `closed_at`."""

    scope = models.CharField(max_length=255, blank=True, help_text="A domain, a relay as host:port, or all where empty")
    count = models.PositiveIntegerField()
    claim = models.CharField(max_length=16, help_text="The journal of the process that it was given to")
    granted_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When the last of them was settled")

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["scope", "closed_at"], name="allowance_by_scope"),
            models.Index(fields=["claim"], condition=Q(closed_at=None), name="allowance_open"),
        ]

    def __str__(self) -> str:
        return f"{self.scope or 'all'}: {self.count}"


class Hold(models.Model):
    """A domain that asked to be left alone for a while."""

    domain = models.CharField(max_length=255, unique=True)
    until = models.DateTimeField()
    times = models.PositiveSmallIntegerField(default=1, help_text="In a row: each is longer than the one before")
    answer = models.TextField(blank=True, help_text="The codes of the mail server's answer; its words name readers")

    class Meta:
        ordering = ["domain"]

    def __str__(self) -> str:
        return f"{self.domain} until {self.until:%Y-%m-%d %H:%M}"


class Event(models.Model):
    """What happened after a mail was handed over: as the ESP or the bounce mailbox tells it."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, null=True, blank=True, related_name="events")
    kind = models.CharField(max_length=30)
    provider = models.CharField(max_length=30, blank=True)
    provider_id = models.CharField(
        max_length=200, blank=True, help_text="The provider's id of the event: a replay is a no-op"
    )
    at = models.DateTimeField(default=timezone.now)
    detail = models.TextField(blank=True)
    weight = models.CharField(
        max_length=10, blank=True, help_text="Of a bounce: hard, soft, policy; of an open or click: machine"
    )
    named = models.BigIntegerField(null=True, blank=True, help_text="The delivery that it names itself, unproven")
    message_id = models.CharField(max_length=200, blank=True)
    recipient = models.CharField(max_length=254, blank=True, help_text="Emptied once it was acted on")
    acted_at = models.DateTimeField(null=True, blank=True, help_text="Empty while it waits to be acted on")

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["id"], condition=Q(acted_at=None), name="event_to_act_on"),
            models.Index(fields=["at"], name="event_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_id"],
                condition=~Q(provider_id=""),
                name="event_once_per_provider_id",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delivery_id}"


class UnreadMails(models.Model):
    """How many new mails in the bounce mailbox one reading of it could make nothing of."""

    at = models.DateTimeField(default=timezone.now)
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.count}"


class Popularity(models.Model):
    """The categories of a publication that most readers chose, as they were counted last: no page counts them itself."""

    publication = models.OneToOneField(Publication, on_delete=models.CASCADE, primary_key=True, related_name="+")
    slugs = models.JSONField(default=list)
    counted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.publication_id}: {', '.join(self.slugs)}"


class Passage(models.Model):
    """A piece of a public digest that a search can find, as it was when it became public."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="passages")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    position = models.SmallIntegerField(help_text="The section's, or -1 for the digest's own words")
    edition = models.CharField(max_length=60, help_text="What it is a copy of: approval and last change")
    text = models.TextField(blank=True)
    words = models.TextField(blank=True, help_text="Its tokens, as PostgreSQL searches them")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "position"], name="passage_once")]

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.position}"


class Alarm(models.Model):
    """Something that an operator has to look at, from its first sight to its end; mailed once."""

    key = models.CharField(max_length=100)
    text = models.TextField()
    since = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(cleared_at=None), name="alarm_open_once"),
        ]

    def __str__(self) -> str:
        return self.text


class Pulse(models.Model):
    """When a kind of worker last answered the clock."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"


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


class FailedLogin(models.Model):
    """A wrong password at the desk's door: what the throttle counts, in all processes alike."""

    name = models.CharField(max_length=64, help_text="A hash of the name that was tried: people type passwords there")
    ip = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.ip} {self.at:%Y-%m-%d %H:%M}"


class DeskLanguage(models.Model):
    """The language in which a person works at the desk, for the mails that go there."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    language = models.CharField(max_length=2)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.language}"
