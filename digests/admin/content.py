"""What a digest is made of, in Django admin: publications, categories, sources and their visits, items.

Not here: the digests themselves (digest, review).
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from digests.models import Category, Classification, Collection, Item, Publication, Source


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    """The closed list."""

    list_display = ["__str__", "slug", "korean", "position", "retired"]
    list_filter = ["publications", "retired"]
    list_editable = ["position"]
    search_fields = ["slug", "names"]

    @admin.display(description="Korean")
    def korean(self, category: Category) -> str:
        """Return the Korean name."""
        return category.name("ko")

    def get_readonly_fields(self, _request: HttpRequest, obj: Category | None = None) -> list[str]:
        """Keep a slug as it is once it exists: links and choices hang on it."""
        return ["slug"] if obj else []

    def has_delete_permission(self, _request: HttpRequest, obj: Category | None = None) -> bool:
        """A category that was printed is retired, never deleted."""
        return obj is not None and not obj.sections.exists() and not obj.subscriptions.exists()


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    """Where entries come from, and how these visits went."""

    list_display = ["name", "kind", "enabled", "last_success_at", "failures", "last_error", "next_fetch_at"]
    list_filter = ["enabled", "kind", "publications"]
    search_fields = ["name", "slug", "url"]
    readonly_fields = ["etag", "last_modified", "failures", "last_error", "last_success_at"]
    prepopulated_fields = {"slug": ["name"]}
    actions = ["collect_soon"]

    @admin.action(description="Collect at the next tick")
    def collect_soon(self, request: HttpRequest, sources: QuerySet[Source]) -> None:
        """Make the chosen sources due."""
        self.message_user(request, f"{sources.update(next_fetch_at=timezone.now())} sources are due now")


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin):
    """The visits to the sources; a silent zero of duplicates would show here."""

    list_display = ["at", "source", "entries", "new", "duplicates", "known", "refused", "unchanged", "error"]
    list_filter = ["source"]
    list_select_related = ["source"]
    date_hierarchy = "at"

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Visits are made by the clock."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Collection | None = None) -> bool:
        """What happened is not edited."""
        return False


@admin.register(Publication)
class PublicationAdmin(admin.ModelAdmin):
    """What is published, and when."""

    list_display = ["name", "slug", "language", "enabled", "weekdays", "build_hour", "send_hour", "next_build_at"]
    filter_horizontal = ["sources", "categories"]
    readonly_fields = ["next_build_at"]


class ClassificationInline(admin.TabularInline):
    """An item's category in each publication; what is saved here is a person's choice."""

    model = Classification
    extra = 0
    readonly_fields = ["suggested", "by", "at"]


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin):
    """The stories; the unsorted ones are found by the filter of their category."""

    list_display = ["title", "published_at", "arxiv_id", "sources"]
    list_filter = ["classifications__publication", "classifications__category", "language"]
    search_fields = ["title", "arxiv_id"]
    readonly_fields = ["arxiv_id", "url_key", "title_key", "collected_at"]
    inlines = [ClassificationInline]
    date_hierarchy = "published_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        """Count the sources in the list's own query."""
        found: QuerySet[Item] = super().get_queryset(request)
        return found.annotate(source_count=Count("entries__source", distinct=True))

    @admin.display(description="sources", ordering="source_count")
    def sources(self, item: Item) -> int:
        """Return how many sources carry the item."""
        return int(item.source_count)  # type: ignore[attr-defined] # annotated above

    def save_formset(self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool) -> None:
        """Mark a changed category as a person's, so that no later run overwrites it."""
        for row in formset.save(commit=False):
            row.by = Classification.By.PERSON
            row.save()
        formset.save_m2m()
        for row in formset.deleted_objects:
            row.delete()
