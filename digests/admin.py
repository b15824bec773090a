"""The editor's desk in Django admin: what was found, what is said about it, and the approval."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from digests.approve import ApprovalError, approve, reopen
from digests.models import Category, Classification, Collection, Digest, Item, Publication, Section, Source


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


class SectionInline(admin.StackedInline):
    """The text of a section, and how it came to be."""

    model = Section
    extra = 0
    can_delete = True
    fields = ["heading", "emoji", "text", "origin", "fallback_reason", "findings", "model", "tokens_in", "tokens_out"]
    readonly_fields = ["origin", "fallback_reason", "findings", "model", "tokens_in", "tokens_out"]

    def has_add_permission(self, _request: HttpRequest, _obj: Digest | None = None) -> bool:
        """A build makes the sections."""
        return False


@admin.register(Digest)
class DigestAdmin(admin.ModelAdmin):
    """The digests: read, mend, approve."""

    list_display = ["__str__", "state", "section_count", "approved_at", "approved_by", "imported"]
    list_filter = ["state", "publication", "imported"]
    list_select_related = ["publication", "approved_by"]
    date_hierarchy = "date"
    inlines = [SectionInline]
    fields = ["publication", "date", "state", "title", "subject", "opening", "chart_image", "chart_alt", "approved_at"]
    readonly_fields = ["publication", "date", "state", "chart_image", "chart_alt", "approved_at"]
    actions = ["approve_chosen", "reopen_chosen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Digest]:
        """Count the sections in the list's own query, and leave the pictures where they are."""
        found: QuerySet[Digest] = super().get_queryset(request)
        return found.defer("chart").annotate(sections_made=Count("sections"))

    @admin.display(description="sections")
    def section_count(self, digest: Digest) -> int:
        """Return the number of sections."""
        return int(digest.sections_made)  # type: ignore[attr-defined] # annotated above

    @admin.display(description="chart")
    def chart_image(self, digest: Digest) -> str:
        """Show the chart, linked from the site."""
        if not digest.chart:
            return "none"
        return format_html('<img src="{}chart.png" width="560" alt="{}">', digest.get_absolute_url(), digest.chart_alt)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """A build makes digests."""
        return False

    def save_model(self, request: HttpRequest, obj: Digest, form: forms.ModelForm, change: bool) -> None:
        """Save an edit; an approval of what stood there before is void."""
        super().save_model(request, obj, form, change)
        if form.changed_data:
            self._void(request, obj)

    def save_formset(self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool) -> None:
        """Save edited sections under the editor's name; a later build leaves them alone."""
        for section in formset.save(commit=False):
            section.edited_by, section.edited_at = request.user, timezone.now()
            section.save()
        for section in formset.deleted_objects:
            section.delete()
        if formset.has_changed():
            self._void(request, form.instance)

    def _void(self, request: HttpRequest, digest: Digest) -> None:
        if digest.state == Digest.State.APPROVED and not digest.imported:
            reopen(digest)
            self.message_user(request, f"{digest} was approved before this edit: approve it again", messages.WARNING)

    @admin.action(description="Approve")
    def approve_chosen(self, request: HttpRequest, digests: QuerySet[Digest]) -> None:
        """Approve the chosen digests; each that can't be is named with the reason."""
        for digest in digests:
            try:
                approve(digest, by=request.user if request.user.is_authenticated else None)
                self.message_user(request, f"{digest}: approved")
            except ApprovalError as error:
                self.message_user(request, str(error), messages.ERROR)

    @admin.action(description="Take the approval back")
    def reopen_chosen(self, request: HttpRequest, digests: QuerySet[Digest]) -> None:
        """Reopen the chosen digests."""
        for digest in digests:
            reopen(digest)
            self.message_user(request, f"{digest}: {digest.get_state_display().lower()}")
