"""Sources and their visits: what an address would bring is shown before it is saved; how the last visits went, after."""

import json
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from digests import complaints
from digests.collect import preview
from digests.dedupe import has_link
from digests.fetch import FetchError
from digests.models import Collection, Source
from digests.parse import ParseError

_VISITS = 20
_ENTRIES = 100


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    """Where entries come from, and how these visits went."""

    list_display = ["name", "short_kind", "enabled", "last_success_at", "failures", "complaint", "next_fetch_at"]
    list_filter = ["enabled", "kind", "publications"]
    search_fields = ["name", "slug", "url"]
    readonly_fields = ["etag", "last_modified", "failures", "complaint", "last_success_at"]
    exclude = ["last_error"]
    prepopulated_fields = {"slug": ["name"]}
    actions = ["collect_soon"]
    change_form_template = "admin/digests/source/change.html"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def short_kind(self, source: Source) -> str:
        """Return the kind without what it comprises: the list is narrow."""
        return _(source.get_kind_display()).partition(" (")[0]

    @admin.display(description=gettext_lazy("last error"), ordering="last_error")
    def complaint(self, source: Source) -> str:
        """Return why the last visit failed, in the language of the page."""
        return complaints.in_words(source.last_error) or "–"

    @admin.action(description=gettext_lazy("Collect at the next tick"), permissions=["change"])
    def collect_soon(self, request: HttpRequest, sources: QuerySet[Source]) -> None:
        """Make the chosen sources due."""
        self.message_user(
            request, _("%(n)d sources are due now.") % {"n": sources.update(next_fetch_at=timezone.now())}
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add the last visits."""
        visits = list(Collection.objects.filter(source=int(object_id))[:_VISITS]) if object_id.isdecimal() else []
        for visit in visits:
            visit.error = complaints.in_words(visit.error)
        return super().change_view(request, object_id, form_url, {"visits": visits, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """Add the page that tries an address."""
        guard: Any = self.admin_site.admin_view
        return [path("try/", guard(try_source), name="digests_source_try"), *super().get_urls()]


@require_POST
@permission_required("digests.view_source", raise_exception=True)
def try_source(request: HttpRequest) -> HttpResponse:
    """Show what the address of the form would bring; nothing is saved."""
    context = {
        **admin.site.each_context(request),
        "title": _("What this source would bring"),
        "url": request.POST.get("url", ""),
    }
    try:
        entries = preview(context["url"], kind=request.POST.get("kind", ""), selectors=_selectors(request))
        context |= {"entries": entries[:_ENTRIES], "n": len(entries)}
        context |= {"usable": sum(bool(one.title) and has_link(one) for one in entries)}
    except (FetchError, ParseError, ValueError) as error:
        context |= {"problem": complaints.in_words(str(error))}
    return TemplateResponse(request, "admin/digests/source/try.html", context)


def _selectors(request: HttpRequest) -> dict[str, str]:
    """Return the selectors of the form. Raises ValueError."""
    try:
        given = json.loads(request.POST.get("selectors") or "{}")
    except json.JSONDecodeError as error:
        raise ValueError(_("The selectors are no JSON: %(why)s") % {"why": error}) from error
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise ValueError(_('The selectors must look like {"title": "h3 a"}.'))
    return given


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
