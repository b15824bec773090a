"""The list of mailings, and the URLs of their pages. A mailing opens on a page of its own (mailing_progress)."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from newsletter.admin import category_merge, category_split, check_mail, mailing_progress, preview, schedule_mailing
from newsletter.admin.deliveries import ReadOnlyAdmin
from newsletter.models import IssueFeedback, Mailing


@admin.register(Mailing)
class MailingAdmin(ReadOnlyAdmin):
    """The list of mailings, with their states."""

    list_display = ["digest", "stage", "send_at", "candidates", "planned", "helpful", "finished_at"]
    list_filter = ["state", "digest__publication"]
    list_select_related = ["digest__publication"]
    date_hierarchy = "send_at"
    change_list_template = "admin/newsletter/mailings.html"

    @admin.display(description=_("state"), ordering="state")
    def stage(self, mailing: Mailing) -> str:
        """Return the state as a badge."""
        return format_html('<span class="badge {}">{}</span>', mailing.state, mailing.get_state_display())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mailing]:
        """Count the answers of readers in the query of the list."""
        answers = IssueFeedback.objects.filter(digest=OuterRef("digest")).order_by().values("digest")
        counts = {
            one.value: Subquery(answers.filter(answer=one).annotate(n=Count("pk")).values("n"))
            for one in IssueFeedback.Answer
        }
        found: QuerySet[Mailing] = super().get_queryset(request)
        return found.annotate(**counts)

    @admin.display(description=_("helpful: yes / no"))
    def helpful(self, mailing: Mailing) -> str:
        """Return how many readers found the issue helpful, and how many did not."""
        yes, no = (getattr(mailing, one.value) or 0 for one in IssueFeedback.Answer)
        return f"{yes:,} / {no:,}" if yes or no else "–"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect from the admin's page of a mailing to its own page."""
        if not object_id.isdecimal():
            raise Http404
        return HttpResponseRedirect(reverse("admin:newsletter_progress", args=[int(object_id)]))

    def get_urls(self) -> list[URLPattern]:
        """Return the URLs: the pages of a mailing and of its digest, before the admin's own."""
        guard: Any = self.admin_site.admin_view
        return [
            path("check/", guard(check_mail.show_check_mail), name="newsletter_check_mail"),
            path("<int:pk>/progress/", guard(mailing_progress.show_progress), name="newsletter_progress"),
            path("<int:pk>/figures/", guard(mailing_progress.show_figures), name="newsletter_figures"),
            path("<int:pk>/after/", guard(mailing_progress.show_outcome), name="newsletter_after"),
            path("<int:pk>/do/", guard(mailing_progress.carry_out_order), name="newsletter_mailing_do"),
            path("of/<int:pk>/", guard(schedule_mailing.show_schedule), name="newsletter_schedule"),
            path("merge/<int:pk>/", guard(category_merge.show_merge), name="newsletter_merge"),
            path("touched/<int:pk>/", guard(category_merge.show_merge_counts), name="newsletter_touched"),
            path("split/<int:pk>/", guard(category_split.show_split), name="newsletter_split"),
            path("preview/<int:pk>/", guard(preview.show_preview_choices), name="newsletter_preview"),
            path("preview/<int:pk>/email/", guard(preview.show_preview_email), name="newsletter_preview_email"),
            path("preview/<int:pk>/sets/", guard(preview.show_sets_in_use), name="newsletter_sets"),
            path("preview/<int:pk>/test/", guard(preview.send_test_mails), name="newsletter_test"),
            *super().get_urls(),
        ]
