"""Copies of public texts for the search, and how often a category is chosen."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models import Digest, Item, Publication, Section
from digests.text.evidence import make_item_anchor


class Popularity(models.Model):
    """The categories of a publication that most readers chose, as they were counted last: no page counts them itself."""

    publication = models.OneToOneField(Publication, on_delete=models.CASCADE, primary_key=True, related_name="+")
    slugs = models.JSONField(default=list)
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("popular categories")
        verbose_name_plural = _("popular categories")

    def __str__(self) -> str:
        return f"{self.publication_id}: {', '.join(self.slugs)}"


class SearchDocument(models.Model):
    """A piece of a public digest that a search can find, as it was when it became public: an item, or other words of a section.

    `headline`, `title` and `text` are what a page of results shows; an item has `title` where its headline is not its own title.
    """

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="search_passages")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    # An item that several issues carry is one result with several places.
    item = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    number = models.PositiveSmallIntegerField(default=0, help_text="The item's in its section, from 1")
    position = models.SmallIntegerField(help_text="Its place in the digest, or -1 for the digest's own words")
    edition = models.CharField(max_length=60, help_text="What it is a copy of: approval and last change")
    headline = models.TextField(blank=True)
    title = models.TextField(blank=True)
    text = models.TextField(blank=True)
    text_language = models.CharField(max_length=20, blank=True, help_text="Where it is the source's own text")
    words = models.TextField(blank=True, help_text="Its tokens, as PostgreSQL searches them")

    class Meta:
        verbose_name = _("search passage")
        verbose_name_plural = _("search passages")
        constraints = [models.UniqueConstraint(fields=["digest", "position"], name="passage_once")]

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.position}"

    @property
    def headline_language(self) -> str:
        """The language of `headline`: the item's where it is its own title; the related rows are loaded."""
        own = self.item.language if self.item and not self.title else ""
        return own or self.digest.publication.language

    @property
    def url(self) -> str:
        """The address of its place in its digest; the related rows are loaded."""
        category = self.section.category.slug if self.section else ""
        anchor = make_item_anchor(category, self.number) if self.number else category
        return self.digest.get_absolute_url() + (f"#{anchor}" if anchor else "")
