"""Tables of items (papers and stories), of how each source carried them, and of their category in each publication.

Not here: the rules for which entries are one item (`digests.sources.dedupe`).
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models.publications import Category, Publication
from digests.models.sources import Source


class Item(models.Model):
    """One paper or story, whatever number of sources carry it.

    Its keys are computed by `digests.text.cleaning`; an empty key means unknown, and matches nothing.
    """

    title = models.CharField(_("title"), max_length=500)
    url = models.URLField(_("url"), max_length=2000)
    summary = models.TextField(
        _("summary"), blank=True, help_text=_("Plain text: the abstract, or the feed’s own description")
    )
    authors = models.JSONField(_("authors"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    published_at = models.DateTimeField(_("published at"), db_index=True)
    collected_at = models.DateTimeField(_("collected at"), default=timezone.now, db_index=True)
    arxiv_id = models.CharField(_("arxiv id"), max_length=40, blank=True, help_text=_("Without the version number"))
    url_key = models.CharField(
        _("url key"), max_length=2000, help_text=_("Canonical URL, for comparing only. Links use the original address.")
    )
    title_key = models.CharField(_("title key"), max_length=500, blank=True, db_index=True)
    withdrawn = models.CharField(
        _("withdrawn"),
        max_length=300,
        blank=True,
        help_text=_(
            "The words that say it was withdrawn. No issue includes it. If someone clears this, it stays clear."
        ),
    )
    withdrawn_at = models.DateTimeField(
        _("withdrawn at"), null=True, blank=True, help_text=_("When that was first seen")
    )

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["-published_at", "-pk"]
        constraints = [
            # The title key has no constraint: papers share titles, and columns repeat theirs.
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

    An entry without an item is only remembered, so that no later visit takes it for news: at a source's first visit
    most of its undated entries are old.
    """

    source = models.ForeignKey(Source, verbose_name=_("source"), on_delete=models.CASCADE, related_name="entries")
    item = models.ForeignKey(
        Item, verbose_name=_("item"), on_delete=models.CASCADE, null=True, blank=True, related_name="entries"
    )
    guid = models.CharField(_("guid"), max_length=500, help_text=_("A longer one is kept as its hash"))
    url = models.URLField(_("url"), max_length=2000)
    title = models.CharField(_("title"), max_length=500)
    votes = models.PositiveIntegerField(_("votes"), default=0)
    collected_at = models.DateTimeField(_("collected at"), default=timezone.now)

    class Meta:
        verbose_name = _("entry")
        ordering = ["pk"]
        verbose_name_plural = _("entries")
        constraints = [models.UniqueConstraint(fields=["source", "guid"], name="entry_once_per_source")]

    def __str__(self) -> str:
        return f"{self.source_id}: {self.title}"


class Classification(models.Model):
    """The category of an item in one publication; no category means unsorted, and an editor decides."""

    class By(models.TextChoices):
        PERSON = "person", _("a person")
        MODEL = "model", _("AI")
        RULES = "rules", _("keyword rules")
        REUSED = "reused", _("another newsletter")

    publication = models.ForeignKey(
        Publication, verbose_name=_("newsletter"), on_delete=models.CASCADE, related_name="classifications"
    )
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.CASCADE, related_name="classifications")
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="classifications",
    )
    suggested = models.CharField(
        _("suggested"), max_length=100, blank=True, help_text=_("Category suggested by the AI")
    )
    by = models.CharField(_("by"), max_length=10, choices=By.choices)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("classification")
        verbose_name_plural = _("classifications")
        constraints = [
            models.UniqueConstraint(fields=["publication", "item"], name="classification_once_per_publication")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} -> {self.category or 'unsorted'}"
