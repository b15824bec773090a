"""Admin of the sources and their visits: tries an address before it is saved, and shows how the last visits went.

Also here: taking over the new address of a source that has moved. Visits are made in `digests.sources.collect`.
"""

import json
from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from digests.models import Collection, Source, refusals
from digests.sources import redirects
from digests.sources.collect import try_source_url
from digests.sources.dedupe import find_refusal
from digests.sources.http_client import FetchError
from digests.sources.parsing import ParseError
from digests.text.messages import format_message

_MAX_SHOWN_VISITS = 20
_MAX_SHOWN_ENTRIES = 100  # of a feed that is tried; the counts below them are of all


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    """The list and the pages of the sources."""

    list_display = ["name", "short_kind", "enabled", "last_success_at", "failures", "error_text", "next_fetch_at"]
    list_filter = ["enabled", "kind", "publications"]
    search_fields = ["name", "slug", "url"]
    # What the server sent: a wrong value would make it answer "not modified" for ever.
    readonly_fields = ["etag", "last_modified", "failures", "error_text", "last_success_at"]
    # Kept by the collector alone; the page shows them in words.
    exclude = ["last_error", "moved_to", "moved_times", "gone_days", "gone_on", "shared_guids"]
    prepopulated_fields = {"slug": ["name"]}
    actions = ["collect_soon"]
    change_form_template = "admin/digests/source/change.html"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def short_kind(self, source: Source) -> str:
        """Return the kind without the examples in parentheses, because the list is narrow."""
        return _(source.get_kind_display()).partition(" (")[0]

    @admin.display(description=gettext_lazy("last error"), ordering="last_error")
    def error_text(self, source: Source) -> str:
        """Return why the last visit failed, in the language of the page."""
        return format_message(source.last_error) or "–"

    @admin.action(description=gettext_lazy("Fetch now"), permissions=["change"])
    def collect_soon(self, request: HttpRequest, sources: QuerySet[Source]) -> None:
        """Make the chosen sources due, so that the next tick collects them."""
        n = sources.update(next_fetch_at=timezone.now())
        self.message_user(request, ngettext("Fetching %(n)d source…", "Fetching %(n)d sources…", n) % {"n": n})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add the last visits, and what the server says about the source's address."""
        pk = int(object_id) if object_id.isdecimal() else 0  # any text of the address comes here; no row has 0
        visits = list(Collection.objects.filter(source=pk)[:_MAX_SHOWN_VISITS])
        for visit in visits:
            visit.error = format_message(visit.error)
        more = {
            "visits": visits,
            "stopped": redirects.list_stopped_sources().filter(pk=pk).exists(),
            "moved": Source.objects.filter(pk=pk).exclude(moved_to="").first(),
            "is_proposed": redirects.list_proposed_moves().filter(pk=pk).exists(),
        }
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    def save_model(self, request: HttpRequest, obj: Source, form: forms.ModelForm, change: bool) -> None:
        """Save a source, and forget what its server reported before: a person has looked at it."""
        redirects.clear_server_reports(obj, has_new_address="url" in form.changed_data)
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that tries an address, and the button that takes over a new one."""
        wrap_view: Any = self.admin_site.admin_view
        return [
            path("try/", wrap_view(try_source), name="digests_source_try"),
            path("<int:pk>/move/", wrap_view(self.move), name="digests_source_move"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give a source the address that its page proposes, if the source still says so."""
        source = get_object_or_404(Source, pk=pk)
        if not self.has_change_permission(request, source):
            raise PermissionDenied
        old = source.url
        # The address must still be the proposed one: the page may be old, and its form can be changed.
        if redirects.accept_move(source, request.POST.get("moved_to", "")):
            self.log_change(request, source, f"{old} -> {source.url}")
            messages.success(request, _("Address updated."))
        else:
            messages.warning(request, _("The server no longer reports a move. Nothing was changed."))
        return redirect("admin:digests_source_change", pk)


@require_POST
@permission_required("digests.view_source", raise_exception=True)
def try_source(request: HttpRequest) -> HttpResponse:
    """Show the entries that the address in the form would bring; nothing is saved."""
    context = {
        **admin.site.each_context(request),
        "title": _("What this source returns"),
        "url": request.POST.get("url", ""),
    }
    try:
        trial = try_source_url(context["url"], kind=request.POST.get("kind", ""), selectors=_parse_selectors(request))
        now, days = timezone.now(), _parse_max_age_days(request)
        judged = [(entry, find_refusal(entry, max_age_days=days, now=now)) for entry in trial.entries]
        refused = Counter(why for _entry, why in judged if why)
        context |= {"entries": judged[:_MAX_SHOWN_ENTRIES], "n": len(judged), "refused": refused.total()}
        context |= {"reasons": refusals.describe_refusals(refused), "moved_to": trial.moved_to}
    except (FetchError, ParseError, ValueError) as error:
        context |= {"problem": str(error)}
    return TemplateResponse(request, "admin/digests/source/try.html", context)


def _parse_max_age_days(request: HttpRequest) -> int:
    given = request.POST.get("max_age_days", "")
    # More digits may lead to a date before the year 1, which Python does not have.
    return int(given) if given.isdecimal() and len(given) < 6 else Source().max_age_days


def _parse_selectors(request: HttpRequest) -> dict[str, str]:
    """Return the selectors of the form; raise ValueError, with a sentence for the person, if they are no JSON object."""
    try:
        given = json.loads(request.POST.get("selectors") or "{}")
    except json.JSONDecodeError as error:
        raise ValueError(_("The selectors aren’t valid JSON: %(why)s") % {"why": error}) from error
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise ValueError(_('Enter selectors in this format: {"title": "h3 a"}'))
    return given


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin):
    """The list of the visits: their counts show a source that brings nothing, or duplicates only."""

    list_display = ["at", "source", "entries", "new", "duplicates", "known", "refused", "reasons", "unchanged", "error"]
    list_filter = ["source"]
    list_select_related = ["source"]
    date_hierarchy = "at"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    @admin.display(description=gettext_lazy("reasons"))
    def reasons(self, visit: Collection) -> str:
        """Return why entries were refused, in the language of the page."""
        return visit.reasons or "–"

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Allow no adding: visits are made by the clock."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Collection | None = None) -> bool:
        """Allow no changes: a visit is a record of the past."""
        return False
