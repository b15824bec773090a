"""Tables of items (papers and stories), of how each source carried them, and of their category in each publication.

Not here: the rules for which entries are one item (`digests.sources.dedupe`).
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from digests.models.publications import Category, Publication
from digests.models.sources import Source


class Item(models.Model):
    """One paper or story, whatever number of sources carry it.

    Its keys are computed by `digests.text.cleaning`; an empty key means unknown, and matches nothing.
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


class Classification(models.Model):
    """The category of an item in one publication; no category means unsorted, and an editor decides."""

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
