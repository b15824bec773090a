"""Tables of sources, and of the visits to each: what a visit brought, or why it failed.

Not here: the visits themselves (`digests.sources.collect`).
"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models import refusals


class Source(models.Model):
    """An address that is visited for entries: a feed, the Hugging Face API, or a page that is read by CSS selectors."""

    class Kind(models.TextChoices):
        FEED = "feed", _("Feed (RSS, Atom, RDF, JSON Feed)")
        HUGGINGFACE = "huggingface", _("Hugging Face daily papers (JSON API)")
        PAGE = "page", _("Web page (CSS selectors)")

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    url = models.URLField(_("url"), max_length=2000)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.FEED)
    selectors = models.JSONField(
        _("selectors"),
        default=dict,
        blank=True,
        help_text=_("For web pages: item, title, link, summary, text (each a CSS selector; title is required)"),
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    weight = models.FloatField(
        _("weight"), default=1.0, help_text=_("How much an appearance here counts when items are ranked")
    )
    max_age_days = models.PositiveSmallIntegerField(
        _("maximum age (days)"), default=7, help_text=_("Older entries are skipped. 0 keeps all.")
    )
    every_minutes = models.PositiveIntegerField(
        _("fetch interval (minutes)"), default=60, validators=[MinValueValidator(5)]
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    next_fetch_at = models.DateTimeField(_("next fetch at"), default=timezone.now, db_index=True)
    etag = models.CharField(_("etag"), max_length=500, blank=True)
    last_modified = models.CharField(_("last modified"), max_length=100, blank=True)
    failures = models.PositiveIntegerField(_("failures"), default=0, help_text=_("Failed fetches in a row"))
    last_error = models.JSONField(
        _("last error"), default=dict, blank=True, help_text=_("A message: code and parameters")
    )
    last_success_at = models.DateTimeField(_("last success at"), null=True, blank=True)
    moved_to = models.URLField(
        _("moved to"), max_length=2000, blank=True, help_text=_("New address reported by the server")
    )
    moved_times = models.PositiveSmallIntegerField(
        _("move reports"), default=0, help_text=_("Fetches in a row that were redirected there for good")
    )
    gone_days = models.PositiveSmallIntegerField(
        _("gone days"), default=0, help_text=_("Days in a row with the reply 410 Gone")
    )
    gone_on = models.DateField(_("gone on"), null=True, blank=True, help_text=_("The last of those days"))
    shared_guids = models.JSONField(
        _("shared guids"),
        default=list,
        blank=True,
        help_text=_("IDs that the source gave to several entries, so they identify none"),
    )

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
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

    source = models.ForeignKey(Source, verbose_name=_("source"), on_delete=models.CASCADE, related_name="collections")
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    entries = models.PositiveIntegerField(_("entries"), default=0, help_text=_("Entries in the document"))
    new = models.PositiveIntegerField(_("new"), default=0, help_text=_("Items that no other source had"))
    duplicates = models.PositiveIntegerField(
        _("duplicates"), default=0, help_text=_("Entries whose item another source or entry had already")
    )
    known = models.PositiveIntegerField(
        _("already fetched"), default=0, help_text=_("Entries already fetched from this source")
    )
    refused = models.PositiveIntegerField(
        _("rejected"), default=0, help_text=_("Entries without a title or link, or too old")
    )
    refusals = models.JSONField(
        _("reasons for rejection"), default=list, blank=True, help_text=_("How many entries for each reason")
    )
    moved_to = models.URLField(
        _("moved to"), max_length=2000, blank=True, help_text=_("Target of a permanent redirect")
    )
    unchanged = models.BooleanField(_("unchanged"), default=False, help_text=_("The server reported no changes"))
    seconds = models.FloatField(_("seconds"), default=0)
    error = models.JSONField(_("error"), default=dict, blank=True, help_text=_("A message: code and parameters"))

    class Meta:
        verbose_name = _("fetch")
        verbose_name_plural = _("fetch log")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d %H:%M}"

    @property
    def reasons(self) -> str:
        """Why entries were refused, in the language of the page."""
        return refusals.describe_refusals(refusals.deserialize_refusals(self.refusals))
