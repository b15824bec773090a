"""Roles of the desk: four groups with their permissions, created by `migrate` where they are missing.

An editor works on the texts and sees no address. A publisher also approves and sends, and sees figures, but no address.
Support helps readers. An administrator may do everything, people and roles included. A group that an operator has
changed is never overwritten.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db.models.signals import post_migrate
from django.dispatch import receiver

_CONTENT_PERMISSIONS = [
    "digests.view_digest",
    "digests.change_digest",
    "digests.view_section",
    "digests.change_section",
    "digests.view_revision",
    "digests.view_item",
    "digests.change_item",
    "digests.view_classification",
    "digests.add_classification",
    "digests.change_classification",
    "digests.view_category",
    "digests.add_category",
    "digests.change_category",
    "digests.view_source",
    "digests.add_source",
    "digests.change_source",
    "digests.view_collection",
    "digests.view_publication",
]
_SENDING_PERMISSIONS = [
    "digests.approve_digest",
    "digests.change_publication",
    "newsletter.view_mailing",
    "newsletter.send_mailing",
]
_READER_PERMISSIONS = [
    "newsletter.view_subscriber",
    "newsletter.add_subscriber",
    "newsletter.change_subscriber",
    "newsletter.delete_subscriber",
    "newsletter.view_subscription",
    "newsletter.view_suppression",
    "newsletter.add_suppression",
    "newsletter.delete_suppression",
    "newsletter.view_delivery",
    "newsletter.view_event",
    "newsletter.view_mailing",
    "digests.view_publication",
    "digests.view_category",
]
ROLE_PERMISSIONS: dict[str, list[str] | None] = {
    "editor": _CONTENT_PERMISSIONS,
    "publisher": _CONTENT_PERMISSIONS + _SENDING_PERMISSIONS,
    "support": _READER_PERMISSIONS,
    "administrator": None,  # everything
}


@receiver(post_migrate, sender=apps.get_app_config("newsletter"))
def make_roles(**_signal: Any) -> list[str]:
    """Create the groups that are missing; return their names. An existing group keeps its permissions."""
    made = []
    for name, allowed in ROLE_PERMISSIONS.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set(_permissions(allowed))
            made.append(name)
    return made


def _permissions(allowed: list[str] | None) -> list[Permission]:
    rows = Permission.objects.select_related("content_type")
    return [row for row in rows if allowed is None or f"{row.content_type.app_label}.{row.codename}" in allowed]
