"""The nouns of a digest: who publishes, from where, what was found, what is said about it.

A rule that the rows must obey is a constraint here; changes of one row are methods. How rows come to be is told in
the modules named by verbs (collect, categorize, build, ...), never here.
"""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import get_language

from digests import refusals
from digests.link import Link  # noqa: F401 - Django finds tables here
from digests.text.entities import without_entities
from digests.text.latex import plain
from digests.text.numbers import dollars
from digests.timetable import Timetable

MAX_SECTIONS = 62  # a delivery keeps its sections as the bits of one signed 64-bit number


class Category(models.Model):
    """One drawer of a publication's closed list; the slug never changes, names may."""

    slug = models.SlugField(unique=True)
    names = models.JSONField(default=dict, help_text='Name per language: {"ko": "로보틱스", "en": "Robotics"}')
    descriptions = models.JSONField(
        default=dict, help_text="One or two sentences per language, for readers and for the model"
    )
    keywords = models.JSONField(
        default=list,
        blank=True,
        help_text="Words and phrases that file an item here when no model is configured",
    )
    emoji = models.CharField(max_length=16, blank=True)
    color = models.CharField(max_length=7, default="#64748b", validators=[RegexValidator(r"^#[0-9a-f]{6}$")])
    position = models.PositiveSmallIntegerField(default=0)
    retired = models.BooleanField(
        default=False, help_text="Kept for old digests; takes no new items and no new readers"
    )

    class Meta:
        ordering = ["position", "slug"]
        verbose_name_plural = "categories"
        constraints = [models.CheckConstraint(condition=~Q(slug=""), name="category_has_slug")]

    def __str__(self) -> str:
        return f"{self.emoji} {self.name((get_language() or 'en')[:2])}".strip()

    def name(self, language: str) -> str:
        """Return the name in a language, else in English, else in any, else the slug."""
        return self._in(self.names, language) or self.slug

    def description(self, language: str) -> str:
        """Return the description in a language, else in English, else in any."""
        return self._in(self.descriptions, language)

    @staticmethod
    def _in(texts: dict[str, str], language: str) -> str:
        return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


class Source(models.Model):
    """An address that brings entries: a feed, the Hugging Face API, or a page that is read by CSS selectors."""

    class Kind(models.TextChoices):
        FEED = "feed", "Feed (RSS, Atom, RDF, JSON Feed)"
        HUGGINGFACE = "huggingface", "Hugging Face daily papers (JSON API)"
        PAGE = "page", "Web page (CSS selectors)"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    url = models.URLField(max_length=2000)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.FEED)
    selectors = models.JSONField(
        default=dict,
        blank=True,
        help_text="For a page: item, title, link, summary, text (each a CSS selector; title is required)",
    )
    language = models.CharField(max_length=10, default="en")
    weight = models.FloatField(default=1.0, help_text="How much an appearance here counts when items are ranked")
    max_age_days = models.PositiveSmallIntegerField(
        default=7, help_text="Entries older than this are not taken; 0 takes all"
    )
    every_minutes = models.PositiveIntegerField(default=60, validators=[MinValueValidator(5)])
    enabled = models.BooleanField(default=True)

    next_fetch_at = models.DateTimeField(default=timezone.now, db_index=True)
    etag = models.CharField(max_length=500, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Failed collections in a row")
    last_error = models.TextField(blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    moved_to = models.URLField(max_length=2000, blank=True, help_text="Where the server says that it is from now on")
    moved_times = models.PositiveSmallIntegerField(default=0, help_text="Visits in a row that were led there for good")
    gone_days = models.PositiveSmallIntegerField(default=0, help_text="Days running with the answer 410 Gone")
    gone_on = models.DateField(null=True, blank=True, help_text="The last of them")
    shared_guids = models.JSONField(
        default=list, blank=True, help_text="What the source gave to several entries, so that it names none of them"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(weight__gte=0), name="source_weight_not_negative"),
            models.CheckConstraint(condition=Q(every_minutes__gte=5), name="source_not_too_often"),
            models.CheckConstraint(condition=Q(kind__in=["feed", "huggingface", "page"]), name="source_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Publication(Timetable):
    """A periodical: what goes in, in which language, and when it is made and sent."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    tagline = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=10, default="ko")
    enabled = models.BooleanField(default=True, help_text="Built and open for sign-up")
    sources = models.ManyToManyField(Source, related_name="publications", blank=True)
    categories = models.ManyToManyField(Category, related_name="publications", blank=True)

    window_days = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1)],
        help_text="How many days back an unused item may still come in",
    )
    category_limit = models.PositiveSmallIntegerField(
        default=6, validators=[MinValueValidator(1)], help_text="At most this many items per category"
    )
    digest_limit = models.PositiveSmallIntegerField(
        default=60, validators=[MinValueValidator(1)], help_text="At most this many items per digest"
    )

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(build_hour__lte=23, send_hour__lte=23), name="publication_hours_of_a_day"
            ),
            models.CheckConstraint(
                condition=Q(window_days__gte=1, category_limit__gte=1, digest_limit__gte=1),
                name="publication_limits_positive",
            ),
            models.CheckConstraint(condition=Q(weekdays__regex=r"^[1-7]+$"), name="publication_weekdays"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the publication's page."""
        return reverse("publication", args=[self.slug])

    def clean(self) -> None:
        """Refuse a slug under which another page stands already."""
        super().clean()
        if self.slug and self.hidden_pages():
            raise ValidationError({"slug": f"{self.slug}: another page has this address. Choose another slug."})
        self.clean_deadline()

    def hidden_pages(self) -> list[str]:
        """Return the publication's own addresses that lead to pages of something else."""
        addresses = {name: reverse(name, args=[self.slug]) for name in ("publication", "archive", "preview", "feed")}
        static = settings.STATIC_URL.strip("/") == self.slug
        return [path for name, path in addresses.items() if static or resolve(path).url_name != name]


class Item(models.Model):
    """One paper or story, however many sources carry it.

    The keys are computed by `digests.text.cleaning`; an empty key is unknown and matches nothing.
    """

    title = models.CharField(max_length=500)
    url = models.URLField(max_length=2000)
    summary = models.TextField(blank=True, help_text="Plain text: the abstract or the feed's own description")
    authors = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=10, default="en")
    published_at = models.DateTimeField(db_index=True)
    collected_at = models.DateTimeField(default=timezone.now, db_index=True)
    arxiv_id = models.CharField(max_length=40, blank=True, help_text="Without version")
    url_key = models.CharField(max_length=2000, help_text="Canonical URL: what is compared, never what is linked")
    title_key = models.CharField(max_length=500, blank=True, db_index=True)
    withdrawn = models.CharField(
        max_length=300,
        blank=True,
        help_text="What says that it was withdrawn: no digest takes it. Emptied by a person, it stays empty.",
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When that was first seen")

    class Meta:
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["arxiv_id"], condition=~Q(arxiv_id=""), name="item_one_per_arxiv_id"),
            models.UniqueConstraint(fields=["url_key"], name="item_one_per_url"),
            models.CheckConstraint(condition=~Q(title=""), name="item_has_title"),
            models.CheckConstraint(
                condition=Q(url__startswith="https://") | Q(url__startswith="http://"),
                name="item_url_is_http",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Entry(models.Model):
    """One entry of one source: how that source carried an item.

    Without an item it is only known: no issue carries what stood undated in a source before its first visit.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="entries")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, blank=True, related_name="entries")
    guid = models.CharField(max_length=500, help_text="A longer one is kept as its hash")
    url = models.URLField(max_length=2000)
    title = models.CharField(max_length=500)
    votes = models.PositiveIntegerField(default=0)
    collected_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["source", "guid"], name="entry_once_per_source")]

    def __str__(self) -> str:
        return f"{self.source_id}: {self.title}"


class Collection(models.Model):
    """One visit to a source: what it brought, or why it failed."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="collections")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    entries = models.PositiveIntegerField(default=0, help_text="Entries in the document")
    new = models.PositiveIntegerField(default=0, help_text="Items that nobody had carried before")
    duplicates = models.PositiveIntegerField(
        default=0, help_text="Entries whose item another source or entry had brought"
    )
    known = models.PositiveIntegerField(default=0, help_text="Entries that this source had brought before")
    refused = models.PositiveIntegerField(default=0, help_text="Entries without title or link, or too old")
    refusals = models.JSONField(default=list, blank=True, help_text="How many for which reason; see digests.refusals")
    moved_to = models.URLField(max_length=2000, blank=True, help_text="Where a redirect for good led")
    unchanged = models.BooleanField(default=False, help_text="The server answered: not modified")
    seconds = models.FloatField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d %H:%M}"

    @property
    def reasons(self) -> str:
        """Why entries were refused, in the language of the page."""
        return refusals.in_words(refusals.from_rows(self.refusals))


class Classification(models.Model):
    """The category of an item within one publication's closed list; none means unsorted."""

    class By(models.TextChoices):
        PERSON = "person", "a person"
        MODEL = "model", "the model"
        RULES = "rules", "local rules"
        REUSED = "reused", "another publication"

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="classifications")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="classifications")
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="classifications"
    )
    suggested = models.CharField(max_length=100, blank=True, help_text="The label that the model would have liked")
    by = models.CharField(max_length=10, choices=By.choices)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "item"], name="classification_once_per_publication")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} -> {self.category or 'unsorted'}"


class Digest(models.Model):
    """One issue of a publication: draft -> in review -> approved."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="digests")
    date = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    title = models.CharField(max_length=300)
    subject = models.CharField(max_length=200, blank=True, help_text="Subject of the email; the title where empty")
    opening = models.TextField(blank=True, help_text="A line of the editor's above the sections")
    chart = models.BinaryField(default=bytes, blank=True, help_text="The category distribution as PNG")
    chart_alt = models.TextField(blank=True, help_text="The chart's numbers in words")
    imported = models.BooleanField(default=False, help_text="Came in from the Markdown archive")
    approved_hash = models.CharField(max_length=64, blank=True, help_text="Fingerprint of exactly what was approved")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_by_clock = models.BooleanField(default=False, help_text="No person was asked; see digests.decide")
    built_at = models.DateTimeField(null=True, blank=True)
    tokens_in = models.PositiveIntegerField(default=0, help_text="All that the model read for it, rebuilds included")
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(
        max_digits=12, decimal_places=6, default=Decimal(0), help_text="US dollars, by the prices of their day"
    )

    class Meta:
        ordering = ["-date", "publication"]
        permissions = [("approve_digest", "Can approve digest and take an approval back")]
        constraints = [
            models.UniqueConstraint(fields=["publication", "date"], name="digest_once_per_day"),
            models.CheckConstraint(
                condition=~Q(state="approved") | (~Q(approved_hash="") & Q(approved_at__isnull=False)),
                name="digest_approval_is_bound",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publication_id and self.publication.slug} {self.date}"

    def get_absolute_url(self) -> str:
        """Return the path of the digest on the web."""
        return reverse("digest", args=[self.publication.slug, self.date.isoformat()])

    @property
    def cost_line(self) -> str:
        """What the model was paid for this digest, in words; empty where none was asked."""
        if not self.tokens_in + self.tokens_out:
            return ""
        price = f", {dollars(self.cost)}" if self.cost else ", no price set"
        return f"{self.tokens_in:,} tokens read, {self.tokens_out:,} written{price}"


class Section(models.Model):
    """One category of one digest: the text that is sent, and the record of how it came to be.

    `text` is sanitised Markdown and the only thing that is sent; `summary` is the five parts as they were written or
    extracted, kept to show what an editor changed. Heading and emoji are copies, so that a renamed category does not
    rewrite a digest that was sent.
    """

    class Origin(models.TextChoices):
        MODEL = "model", "written by a model"
        EXTRACTED = "extracted", "extracted from the sources"
        IMPORTED = "imported", "imported"

    class Verdict(models.TextChoices):
        OPEN = "", "not read yet"
        GOOD = "good", "good"
        HELD = "held", "held"

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="sections")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="sections")
    position = models.SmallIntegerField(
        validators=[MaxValueValidator(MAX_SECTIONS - 1)], help_text="Negative only while a build moves sections about"
    )
    heading = models.CharField(max_length=200)
    emoji = models.CharField(max_length=16, blank=True)
    text = models.TextField(blank=True)
    summary = models.JSONField(default=dict, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.EXTRACTED)
    findings = models.JSONField(default=list, blank=True)
    override = models.JSONField(
        default=dict, blank=True, help_text="A person's reason to send this very text although a gate blocks it"
    )
    fallback_reason = models.TextField(blank=True, help_text="Why a model was asked and its text not used")
    found = models.PositiveIntegerField(default=0, help_text="Items of the category in the window, before the limits")
    model = models.CharField(max_length=100, blank=True)
    prompt_hash = models.CharField(max_length=64, blank=True)
    input_hash = models.CharField(
        max_length=64,
        blank=True,
        help_text="Same input, same text: an unchanged section is not paid for twice",
    )
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0), help_text="US dollars")
    attempts = models.JSONField(
        default=list, blank=True, help_text="Answers of the model that a gate blocked, and what was done about it"
    )
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField(
        null=True, blank=True, help_text="Set once a person has changed it; a build leaves it alone"
    )
    verdict = models.CharField(
        max_length=10,
        choices=Verdict.choices,
        default=Verdict.OPEN,
        blank=True,
        help_text="An editor's; a digest with a held section is not approved",
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["digest", "category"], name="section_once_per_category"),
            models.UniqueConstraint(fields=["digest", "position"], name="section_position_free"),
            models.CheckConstraint(
                condition=Q(position__lt=MAX_SECTIONS, position__gte=-MAX_SECTIONS), name="section_fits_the_bits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.emoji} {self.heading}".strip()


class SectionItem(models.Model):
    """An item's place in a section, with title and link as they are printed.

    An imported report may print a source twice; the second line then stands without its item.
    """

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="items")
    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, blank=True, related_name="appearances")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=500)
    url = models.URLField(max_length=2000)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["section", "position"], name="section_item_position_free"),
            models.UniqueConstraint(fields=["digest", "item"], name="item_once_per_digest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def headline(self) -> str:
        """The title as people see it, in one line; a row of an earlier version, or an import, holds it as typed."""
        return " ".join(plain(without_entities(self.title)).split())


class Revision(models.Model):
    """One change to a digest since it was built; the first one of a section's text holds the draft in `before`."""

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
    section = models.ForeignKey(Section, on_delete=models.SET_NULL, null=True, blank=True, related_name="revisions")
    what = models.CharField(max_length=10, choices=What.choices)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    clock = models.BooleanField(default=False, help_text="The clock did it, not a person; see digests.decide")
    remark = models.TextField(blank=True, help_text="Why the clock did it, or the hint that the model was given")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.what}"


class Rewrite(models.Model):
    """An editor's wish to have a section written anew: a request leaves the row, the clock carries it out."""

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
    reason = models.TextField(blank=True, help_text="Why it failed")
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
        """Whether it still waits for an answer."""
        return self.finished_at is None


class RowFailure(models.Model):
    """A row that a loop of the clock could not handle: how often, why, and when it is tried again; gone once it is."""

    step = models.CharField(max_length=40, help_text="The loop: build, decide, index, ...")
    row = models.CharField(max_length=100, help_text="The row's key in it")
    failures = models.PositiveIntegerField(default=0, help_text="In a row")
    error = models.TextField(help_text="Kind and place of the error; never its words, which may hold an address")
    failed_at = models.DateTimeField(default=timezone.now)
    retry_at = models.DateTimeField()

    class Meta:
        ordering = ["step", "row"]
        constraints = [models.UniqueConstraint(fields=["step", "row"], name="row_failure_once")]

    def __str__(self) -> str:
        return f"{self.step} {self.row}: {self.failures}"
