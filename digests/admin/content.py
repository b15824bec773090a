"""Admin of the items: what was collected, its category in each publication, and papers that were withdrawn.

A category that is chosen here is a person's choice, which no later run overwrites. Digests, sources and categories have
modules of their own.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from digests.models import Classification, Item


class ClassificationInline(admin.TabularInline):
    """The category of an item in each publication; a change here is saved as a person's choice."""

    model = Classification
    extra = 0
    readonly_fields = ["suggested", "by", "at"]


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin):
    """The list and the pages of the items; the filter by category finds the unsorted ones."""

    list_display = ["headline", "published_at", "arxiv_id", "sources"]
    list_filter = [
        "classifications__publication",
        "classifications__category",
        "language",
        ("withdrawn", admin.EmptyFieldListFilter),
    ]
    search_fields = ["title", "arxiv_id", "classifications__suggested"]
    # The keys are computed from the title and the address; another value would hide duplicates.
    readonly_fields = ["arxiv_id", "url_key", "title_key", "collected_at", "withdrawn_at"]
    inlines = [ClassificationInline]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    date_hierarchy = "published_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        """Count the sources in the query of the list, not with a query per row."""
        found: QuerySet[Item] = super().get_queryset(request)
        return found.annotate(source_count=Count("entries__source", distinct=True))

    @admin.display(description=gettext_lazy("title"), ordering="title")
    def headline(self, item: Item) -> str:
        """Return the title, marked with its language."""
        return format_html('<span lang="{}">{}</span>', item.language, item.title)

    @admin.display(description=gettext_lazy("sources"), ordering="source_count")
    def sources(self, item: Item) -> int:
        """Return the number of sources that carry the item."""
        return int(item.source_count)  # type: ignore[attr-defined] # annotated above

    def save_model(self, request: HttpRequest, obj: Item, form: forms.ModelForm, change: bool) -> None:
        """Save the time when a person marks a paper as withdrawn."""
        if obj.withdrawn and not obj.withdrawn_at:
            obj.withdrawn_at = timezone.now()
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool) -> None:
        """Save changed categories as a person's choice, so that no later run overwrites them."""
        for row in formset.save(commit=False):
            row.by = Classification.By.PERSON
            row.save()
        formset.save_m2m()
        for row in formset.deleted_objects:  # `save(commit=False)` leaves deleting to the caller
            row.delete()
