"""Admin of the digests: their list, and the addresses of their pages.

A digest has no form of the admin: it is opened on its review page (`digests.admin.review`).
"""

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
    """The list of the digests, from which each is opened for review."""

    list_display = ["issue", "stage", "read", "approved_at", "signed", "imported"]
    list_filter = ["state", "publication", "imported"]
    list_select_related = ["publication", "approved_by"]
    date_hierarchy = "date"
    show_full_result_count = False  # saves a count of the whole table

    def get_queryset(self, request: HttpRequest) -> QuerySet[Digest]:
        """Count the sections in the query of the list, and leave the charts, which it does not show, in the database."""
        found: QuerySet[Digest] = super().get_queryset(request)
        good = Count("sections", filter=Q(sections__verdict=Section.Verdict.GOOD))
        return found.defer("chart").annotate(made=Count("sections"), good=good)

    @admin.display(description=_("issue"), ordering="date")
    def issue(self, digest: Digest) -> str:
        """Return date and publication."""
        return f"{digest.date.isoformat()} {digest.publication.name}"

    @admin.display(description=_("state"), ordering="state")
    def stage(self, digest: Digest) -> str:
        """Return the state as a badge."""
        return format_html('<span class="badge {}">{}</span>', digest.state, _(digest.get_state_display()))

    @admin.display(description=_("sections checked"))
    def read(self, digest: Digest) -> str:
        """Return how many of the sections an editor has found good."""
        return f"{digest.good} / {digest.made}"  # type: ignore[attr-defined] # annotated above

    @admin.display(description=_("approved by"), ordering="approved_by")
    def signed(self, digest: Digest) -> str:
        """Return the person who approved the digest, or the clock."""
        return str(_("automatic") if digest.approved_by_clock else digest.approved_by or "–")

    def get_actions(self, _request: HttpRequest) -> dict[str, Any]:
        """Offer no actions: a digest is approved on its page, where it can be read."""
        return {}

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Allow no adding: digests are made by builds."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Digest | None = None) -> bool:
        """Allow no deleting: a digest that is not wanted is not approved."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect every link to a digest to its review page."""
        # The admin passes any text of the address on.
        if not object_id.isdecimal():
            raise Http404
        return HttpResponseRedirect(reverse("admin:digests_digest_review", args=[int(object_id)]))

    def get_urls(self) -> list[URLPattern]:
        """Add the review page and the addresses that its script uses."""
        return [*_digest_urls(self.admin_site.admin_view), *super().get_urls()]


def _digest_urls(wrap_view: Any) -> Sequence[URLPattern]:
    return [
        path("<int:pk>/review/", wrap_view(review.show_review), name="digests_digest_review"),
        path("<int:pk>/save/", wrap_view(review.save_field), name="digests_digest_save"),
        path("<int:pk>/render/", wrap_view(review.preview_section), name="digests_digest_render"),
        path("<int:pk>/do/", wrap_view(orders.run_order), name="digests_digest_do"),
        path("<int:pk>/wishes/", wrap_view(review.list_open_rewrites), name="digests_digest_wishes"),
        path("<int:pk>/links/", wrap_view(links.show_links), name="digests_digest_links"),
        path("<int:pk>/approve/", wrap_view(review.approve_or_reopen), name="digests_digest_approve"),
        path("<int:pk>/changes/", wrap_view(history.show_changes), name="digests_digest_changes"),
    ]
