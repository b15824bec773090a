"""The pages of the desk's users and groups: Django's own, with the second factor, which an administrator may reset."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
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
_PERMISSION_LABELS = {  # Django stores the names of these in English
    "approve_digest": gettext_lazy("Can approve issues and withdraw approvals"),
    "send_mailing": gettext_lazy("Can schedule, pause, resume and cancel mailing"),
}
_ROLE_LABELS = {  # of the groups that staff.roles creates
    "editor": gettext_lazy("Editor"),
    "publisher": gettext_lazy("Publisher"),
    "support": gettext_lazy("Support"),
    "administrator": gettext_lazy("Administrator"),
}
_TWO_FACTOR_TABLES = {  # django-otp has no Korean
    "totpdevice": gettext_lazy("Two-factor: authenticator app"),
    "staticdevice": gettext_lazy("Two-factor: backup codes"),
    "statictoken": gettext_lazy("Two-factor: backup code"),
}


def _role_label(group: Group) -> str:
    """Return a group's name as the desk shows it; a group that an operator added has its own name."""
    return str(_ROLE_LABELS.get(group.name, group.name))


class PermissionField(forms.ModelMultipleChoiceField):
    """A choice of permissions in the language of the desk: Django stores their names in English."""

    def label_from_instance(self, row: Permission) -> str:
        """Return app, table and action of a permission."""
        verb, _under, table = row.codename.partition("_")
        plain = verb in _ACTION_LABELS and table == row.content_type.model
        words = _ACTION_LABELS[verb] if plain else _PERMISSION_LABELS.get(row.codename, row.name)
        return f"{_TWO_FACTOR_TABLES.get(row.content_type.model, row.content_type)} | {words}"


class RoleField(forms.ModelMultipleChoiceField):
    """A choice of groups, whose names are those of the roles in the language of the desk."""

    def label_from_instance(self, row: Group) -> str:
        """Return the name of a role."""
        return _role_label(row)


class RoleListFilter(admin.RelatedFieldListFilter):
    """Filter users by role."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        """Return the roles by name."""
        return [(group.pk, _role_label(group)) for group in Group.objects.order_by("name")]


class _PermissionsPage:
    """A page with a choice of permissions or roles."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **given: Any) -> Any:
        """Use PermissionField for permissions, and RoleField for groups."""
        fields = {Permission: PermissionField, Group: RoleField}
        if db_field.remote_field.model in fields:
            given["form_class"] = fields[db_field.remote_field.model]
        return super().formfield_for_manytomany(db_field, request, **given)  # type: ignore[misc] # of the admin beside it


@admin.register(Group)
class RoleAdmin(_PermissionsPage, GroupAdmin):
    """The groups, which are the roles of the desk."""

    list_display = ["role"]

    @admin.display(description=gettext_lazy("Role"), ordering="name")
    def role(self, group: Group) -> str:
        """Return the name of the role in the language of the desk."""
        return _role_label(group)


@admin.register(User)
class StaffAdmin(_PermissionsPage, UserAdmin):
    """The users, who work at the desk."""

    list_display = ["username", "email", "is_active", "is_staff", "has_second", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active", ("groups", RoleListFilter)]
    actions = ["reset_second"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Annotate the users with their second factor, in the query of the list."""
        found: QuerySet[User] = super().get_queryset(request)
        theirs = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return found.annotate(second=Exists(theirs))

    @admin.display(description=gettext_lazy("two-factor authentication"), boolean=True, ordering="second")
    def has_second(self, person: User) -> bool:
        """Say whether a person has a second factor."""
        return bool(person.second)  # type: ignore[attr-defined] # annotated above

    @admin.action(description=gettext_lazy("Reset two-factor authentication (lost phone)"), permissions=["change"])
    def reset_second(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Delete the second factor of each person, and log it."""
        changed = [person for person in people if two_factor.reset_two_factor(person)]
        for person in changed:
            self.log_change(request, person, _("Two-factor authentication reset."))
        done = ngettext(
            "Two-factor authentication reset for %(n)d user.",
            "Two-factor authentication reset for %(n)d users.",
            len(changed),
        )
        self.message_user(request, done % {"n": len(changed)})
