"""The Django app of readers and mail, and the admin site of the desk."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin with the desk's site, whose login may have a second factor."""

    default = False
    default_site = "newsletter.staff.admin_site.DeskAdminSite"


class NewsletterConfig(AppConfig):
    """The newsletter app."""

    default = True
    name = "newsletter"
    verbose_name = gettext_lazy("Subscribers and sending")

    def ready(self) -> None:
        """Import the modules that register system checks and signal receivers: they need the models to be loaded."""
        import_module("newsletter.checks").require_readable_settings()
        import_module("newsletter.operations.mail_checks")
        import_module("newsletter.feedback.events")
        import_module("newsletter.staff.roles")
        import_module("newsletter.staff.language")
