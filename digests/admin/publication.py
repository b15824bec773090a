"""Admin of the publications: their content, the hours of building and sending, what the clock may approve, how the person who
approved is shown, and a form for other sites.

Only a person who may approve digests can allow the clock to do it. Who allowed it, and when, is on the page and in the log
of the admin. The approval by the clock is in `digests.review.auto_approve`.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext

from digests.models import Publication
from digests.review.auto_approve import find_approvers
from digests.text.localization import use_language

_MAY_APPROVE = "digests.approve_digest"
_CLOCK_FIELDS = ["deadline_minutes", "remind_minutes", "when_nobody"]


class PublicationForm(forms.ModelForm):
    """The form of a publication, with one checkbox that lets the clock approve."""

    clock_allowed = forms.BooleanField(
        required=False,
        label=gettext_lazy("Approve automatically"),
        help_text=gettext_lazy(
            "Approves an issue as soon as it’s built, if no check finds a problem and the AI didn’t fail. "
            "Applies to issues built from now on. Any edit withdraws the approval for good."
        ),
    )

    class Meta:
        model = Publication
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose
        labels = {
            "slug": gettext_lazy("URL name (slug)"),
            "name": gettext_lazy("Name"),
            "short_name": gettext_lazy("Short name"),
            "tagline": gettext_lazy("Tagline"),
            "language": gettext_lazy("Language"),
            "enabled": gettext_lazy("Publish and accept sign-ups"),
            "timezone": gettext_lazy("Time zone"),
            "weekdays": gettext_lazy("Weekdays"),
            "build_hour": gettext_lazy("Build time"),
            "send_hour": gettext_lazy("Send time"),
            "deadline_minutes": gettext_lazy("Approval deadline (minutes before sending)"),
            "remind_minutes": gettext_lazy("Reminder (minutes before the deadline)"),
            "when_nobody": gettext_lazy("If no one has worked on it by the deadline"),
            "approver_shown": gettext_lazy("How the approver is shown"),
            "sources": gettext_lazy("Sources"),
            "categories": gettext_lazy("Categories"),
            "window_days": gettext_lazy("Collection period (days)"),
            "category_limit": gettext_lazy("Maximum items per category"),
            "digest_limit": gettext_lazy("Maximum items per issue"),
        }
        help_texts = {
            "short_name": gettext_lazy("Shown as the sender of emails. Without it, that is the name."),
            "enabled": "",
            "weekdays": gettext_lazy("1 is Monday. Enter 12345 for every weekday, or 1 for Mondays only."),
            "deadline_minutes": gettext_lazy("Issues must be approved by then. 0 means no deadline."),
            "remind_minutes": gettext_lazy("Emails everyone who can approve. 0 sends no reminder."),
            "when_nobody": gettext_lazy(
                "Only sections that passed every check and had no AI errors are sent. The rest are left out and kept "
                "in the history."
            ),
            "window_days": gettext_lazy("How many days an unused item stays available for later issues."),
            "category_limit": "",
            "digest_limit": "",
        }
        widgets = {"sources": forms.CheckboxSelectMultiple, "categories": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The row keeps when it was allowed; the form only asks whether.
        self.initial.setdefault("clock_allowed", bool(self.instance.clock_allowed_at))
        if "when_nobody" in self.fields:
            choices = [(value, str(label)) for value, label in Publication.WhenNobody.choices]
            self.fields["when_nobody"].widget.choices = choices


@admin.register(Publication)
class PublicationAdmin(admin.ModelAdmin):
    """The list and the pages of the publications."""

    form = PublicationForm
    list_display = ["name", "slug", "language", "enabled", "weekdays", "build_hour", "send_hour", "next_build_at"]
    fieldsets = [
        (None, {"fields": ["slug", "name", "short_name", "tagline", "language", "enabled"]}),
        (
            gettext_lazy("Days and hours"),
            {"fields": ["timezone", "weekdays", "build_hour", "send_hour", "next_build_at"]},
        ),
        (gettext_lazy("Approval"), {"fields": [*_CLOCK_FIELDS, "clock_allowed", "allowed", "approver_shown"]}),
        (
            gettext_lazy("Content"),
            {"fields": ["sources", "categories", "window_days", "category_limit", "digest_limit"]},
        ),
        (
            gettext_lazy("Sign-up form for other sites"),
            {
                "fields": ["embed_code"],
                "description": gettext_lazy(
                    "Paste this HTML into another site. After entering an email address, people choose their categories on this newsletter’s page."
                ),
            },
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, _obj: Publication | None = None) -> list[str]:
        """Make the fields of the clock read-only for a person who may not approve."""
        return [
            "next_build_at",
            "allowed",
            "embed_code",
            *([] if request.user.has_perm(_MAY_APPROVE) else _CLOCK_FIELDS),
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Publication | None = None) -> Any:
        """Leave out the checkbox of the clock for a person who may not approve, and the sign-up form where nobody can sign up."""
        shown = self.fieldsets if obj and obj.enabled else self.fieldsets[:-1]
        if request.user.has_perm(_MAY_APPROVE):
            return shown
        return [
            (name, options | {"fields": [one for one in options["fields"] if one != "clock_allowed"]})
            for name, options in shown
        ]

    @admin.display(description=gettext_lazy("HTML"))
    def embed_code(self, publication: Publication) -> str:
        """Return the HTML of a sign-up form for another site, in the language of the publication."""
        with use_language(publication.language):
            email, button = _("Email address"), pgettext("button", "Subscribe")
        return format_html(
            "<pre>{}</pre>",
            f'''<form action="{settings.SITE_URL}{reverse("subscribe")}" method="post">
  <input type="hidden" name="publication" value="{publication.slug}">
  <label>{email} <input type="email" name="email" required></label>
  <button>{button}</button>
</form>''',
        )

    @admin.display(description=gettext_lazy("turned on by"))
    def allowed(self, publication: Publication) -> str:
        """Return the person who lets the clock approve, and since when."""
        at = publication.clock_allowed_at
        if at is None:
            return _("Off: a person approves")
        return f"{publication.clock_allowed_by or '–'}, {at.astimezone(publication.zone):%Y-%m-%d %H:%M %Z}"

    def save_model(self, request: HttpRequest, obj: Publication, form: forms.ModelForm, change: bool) -> None:
        """Save who lets the clock approve, and warn if a reminder would reach nobody."""
        wanted = form.cleaned_data["clock_allowed"]
        # The form has the field even if the page does not show it, so a hand-made request could set it.
        changed = request.user.has_perm(_MAY_APPROVE) and wanted != bool(obj.clock_allowed_at)
        if changed:
            obj.clock_allowed_at = timezone.now() if wanted else None
            obj.clock_allowed_by = request.user if wanted else None  # type: ignore[assignment] # staff alone is here
        super().save_model(request, obj, form, change)
        # Django's own log entry names the changed fields, but not their values.
        if changed:
            self.log_change(request, obj, f"Approval without a person: {'allowed' if wanted else 'no longer allowed'}")
        if "when_nobody" in form.changed_data:
            with override("en"):  # as every other line of the log
                what = str(Publication.WhenNobody(obj.when_nobody).label)
            self.log_change(request, obj, f"If nobody came by the deadline: {what}")
        if obj.reminder(obj.today()) and not find_approvers().exclude(email="").exists():
            messages.warning(request, _("No one who can approve has an email address, so reminders can’t be sent."))
