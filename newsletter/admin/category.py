"""Keeps a category that readers have chosen from being deleted at the desk; the page itself belongs to digests."""

from django.contrib import admin
from django.http import HttpRequest

from digests.admin.category import CategoryAdmin
from digests.models import Category

admin.site.unregister(Category)


@admin.register(Category)
class ChosenCategoryAdmin(CategoryAdmin):
    """The closed list of categories, with its readers in mind."""

    def has_delete_permission(self, request: HttpRequest, obj: Category | None = None) -> bool:
        """A category that was chosen is retired as well, or its readers would lose it without a word."""
        return super().has_delete_permission(request, obj) and obj is not None and not obj.subscriptions.exists()
