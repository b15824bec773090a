"""The pages of the desk's users and groups: Django's own, with the second factor, which an administrator may reset."""

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

# The first two show secrets; the other two are registered again below.
admin.site.unregister([TOTPDevice, StaticDevice, User, Group])

_ACTION_LABELS = {
    "add": gettext_lazy("Can add"),
    "change": gettext_lazy("Can change"),
    "delete": gettext_lazy("Can delete"),
    "view": gettext_lazy("Can view"),
}


class PermissionField(forms.ModelMultipleChoiceField):
    """A choice of permissions in the language of the desk: Django stores their names in English."""

    def label_from_instance(self, row: Permission) -> str:
        """Return app, table and action of a permission."""
        verb, _under, table = row.codename.partition("_")
        plain = verb in _ACTION_LABELS and table == row.content_type.model
        return f"{row.content_type} | {_ACTION_LABELS[verb] if plain else _(row.name)}"


class _PermissionsPage:
    """A page with a choice of permissions."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **given: Any) -> Any:
        """Use PermissionField for permissions."""
        if db_field.remote_field.model is Permission:
            given["form_class"] = PermissionField
        return super().formfield_for_manytomany(db_field, request, **given)  # type: ignore[misc] # of the admin beside it


@admin.register(Group)
class RoleAdmin(_PermissionsPage, GroupAdmin):
    """The groups, which are the roles of the desk."""


@admin.register(User)
class StaffAdmin(_PermissionsPage, UserAdmin):
    """The users, who work at the desk."""

    list_display = ["username", "email", "is_active", "is_staff", "has_second", "last_login"]
    actions = ["reset_second"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Annotate the users with their second factor, in the query of the list."""
        found: QuerySet[User] = super().get_queryset(request)
        theirs = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return found.annotate(second=Exists(theirs))

    @admin.display(description=gettext_lazy("second factor"), boolean=True, ordering="second")
    def has_second(self, person: User) -> bool:
        """Say whether a person has a second factor."""
        return bool(person.second)  # type: ignore[attr-defined] # annotated above

    @admin.action(description=gettext_lazy("Reset the second factor (the phone is gone)"), permissions=["change"])
    def reset_second(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Delete the second factor of each person, and log it."""
        changed = [person for person in people if two_factor.reset_two_factor(person)]
        for person in changed:
            self.log_change(request, person, _("Second factor reset."))
        self.message_user(request, _("%(n)d second factors were reset.") % {"n": len(changed)})
