"""The people of the desk: Django's own pages, with the second factor of each, which an administrator may reset."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from newsletter.staff import two_factor

# Pages of secrets: nobody's desk needs them.
admin.site.unregister([TOTPDevice, StaticDevice, User, Group])

_ACTION_LABELS = {
    "add": gettext_lazy("Can add"),
    "change": gettext_lazy("Can change"),
    "delete": gettext_lazy("Can delete"),
    "view": gettext_lazy("Can view"),
}


class PermissionField(forms.ModelMultipleChoiceField):
    """Permissions in the language of the desk: Django keeps their names in English."""

    def label_from_instance(self, row: Permission) -> str:
        """Return app, table and deed."""
        deed, _under, table = row.codename.partition("_")
        plain = deed in _ACTION_LABELS and table == row.content_type.model
        return f"{row.content_type} | {_ACTION_LABELS[deed] if plain else _(row.name)}"


class _PermissionsPage:
    """A page on which permissions are chosen."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **given: Any) -> Any:
        """Name permissions in the language of the desk."""
        if db_field.remote_field.model is Permission:
            given["form_class"] = PermissionField
        return super().formfield_for_manytomany(db_field, request, **given)  # type: ignore[misc] # of the admin beside it


@admin.register(Group)
class RoleAdmin(_PermissionsPage, GroupAdmin):
    """Who may do what."""


@admin.register(User)
class StaffAdmin(_PermissionsPage, UserAdmin):
    """Who works at the desk."""

    list_display = ["username", "email", "is_active", "is_staff", "has_second", "last_login"]
    actions = ["reset_second"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Look for the second factors in the list's own query."""
        found: QuerySet[User] = super().get_queryset(request)
        theirs = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return found.annotate(second=Exists(theirs))

    @admin.display(description=gettext_lazy("second factor"), boolean=True, ordering="second")
    def has_second(self, person: User) -> bool:
        """Say whether a person has one."""
        return bool(person.second)  # type: ignore[attr-defined] # annotated above

    @admin.action(description=gettext_lazy("Reset the second factor (the phone is gone)"), permissions=["change"])
    def reset_second(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Take the second factors away; each is logged."""
        changed = [person for person in people if two_factor.reset_two_factor(person)]
        for person in changed:
            self.log_change(request, person, _("Second factor reset."))
        self.message_user(request, _("%(n)d second factors were reset.") % {"n": len(changed)})
