"""Tables of sources, and of the visits to each: what a visit brought, or why it failed.

Not here: the visits themselves (`digests.sources.collect`).
"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from digests.models import refusals


class Source(models.Model):
    """An address that is visited for entries: a feed, the Hugging Face API, or a page that is read by CSS selectors."""

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
    last_error = models.JSONField(default=dict, blank=True, help_text="A message: code and parameters")
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
            # Also for rows that no form validated: a server must not be asked more than every five minutes.
            models.CheckConstraint(condition=Q(every_minutes__gte=5), name="source_not_too_often"),
            models.CheckConstraint(condition=Q(kind__in=["feed", "huggingface", "page"]), name="source_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Collection(models.Model):
    """One visit to a source: the numbers of entries that it brought, or why it failed."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="collections")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    entries = models.PositiveIntegerField(default=0, help_text="Entries in the document")
    new = models.PositiveIntegerField(default=0, help_text="Items that nobody had carried before")
    duplicates = models.PositiveIntegerField(
        default=0, help_text="Entries whose item another source or entry had brought"
    )
    known = models.PositiveIntegerField(default=0, help_text="Entries that this source had brought before")
    refused = models.PositiveIntegerField(default=0, help_text="Entries without title or link, or too old")
    refusals = models.JSONField(default=list, blank=True, help_text="How many for which reason")
    moved_to = models.URLField(max_length=2000, blank=True, help_text="Where a redirect for good led")
    unchanged = models.BooleanField(default=False, help_text="The server answered: not modified")
    seconds = models.FloatField(default=0)
    error = models.JSONField(default=dict, blank=True, help_text="A message: code and parameters")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d %H:%M}"

    @property
    def reasons(self) -> str:
        """Why entries were refused, in the language of the page."""
        return refusals.describe_refusals(refusals.deserialize_refusals(self.refusals))
