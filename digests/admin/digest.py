"""The list of digests, and where each of their pages stands. A digest is opened on its review page (review)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from digests.admin import history, links, orders, review
from digests.models import Digest, Section


@admin.register(Digest)
class DigestAdmin(admin.ModelAdmin):
    """The digests: read, mend, approve."""

    list_display = ["issue", "stage", "read", "approved_at", "signed", "imported"]
    list_filter = ["state", "publication", "imported"]
    list_select_related = ["publication", "approved_by"]
    date_hierarchy = "date"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Digest]:
        """Count the sections in the list's own query, and leave the pictures where they are."""
        found: QuerySet[Digest] = super().get_queryset(request)
        good = Count("sections", filter=Q(sections__verdict=Section.Verdict.GOOD))
        return found.defer("chart").annotate(made=Count("sections"), good=good)

    @admin.display(description=_("issue"), ordering="date")
    def issue(self, digest: Digest) -> str:
        """Return day and publication."""
        return f"{digest.date.isoformat()} {digest.publication.name}"

    @admin.display(description=_("state"), ordering="state")
    def stage(self, digest: Digest) -> str:
        """Return the state as a badge."""
        return format_html('<span class="badge {}">{}</span>', digest.state, _(digest.get_state_display()))

    @admin.display(description=_("sections read"))
    def read(self, digest: Digest) -> str:
        """Return how many sections were found good."""
        return f"{digest.good} / {digest.made}"  # type: ignore[attr-defined] # annotated above

    @admin.display(description=_("approved by"), ordering="approved_by")
    def signed(self, digest: Digest) -> str:
        """Return who approved it."""
        return str(_("the clock") if digest.approved_by_clock else digest.approved_by or "–")

    def get_actions(self, _request: HttpRequest) -> dict[str, Any]:
        """A digest is approved on its page, where it can be read."""
        return {}

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """A build makes digests."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Digest | None = None) -> bool:
        """A digest that is not wanted is not approved."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead every link to a digest to its review page."""
        if not object_id.isdecimal():
            raise Http404
        return HttpResponseRedirect(reverse("admin:digests_digest_review", args=[int(object_id)]))

    def get_urls(self) -> list[URLPattern]:
        """Add the review page and what it asks for."""
        return [*_digest_urls(self.admin_site.admin_view), *super().get_urls()]


def _digest_urls(guard: Any) -> Sequence[URLPattern]:
    return [
        path("<int:pk>/review/", guard(review.show_review), name="digests_digest_review"),
        path("<int:pk>/save/", guard(review.save_field), name="digests_digest_save"),
        path("<int:pk>/render/", guard(review.preview_section), name="digests_digest_render"),
        path("<int:pk>/do/", guard(orders.run_order), name="digests_digest_do"),
        path("<int:pk>/wishes/", guard(review.list_open_rewrites), name="digests_digest_wishes"),
        path("<int:pk>/links/", guard(links.show_links), name="digests_digest_links"),
        path("<int:pk>/approve/", guard(review.approve_or_reopen), name="digests_digest_approve"),
        path("<int:pk>/changes/", guard(history.show_changes), name="digests_digest_changes"),
    ]
