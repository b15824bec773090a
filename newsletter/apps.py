"""The app that knows readers and mail: who gets a digest, and how."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin, with our doors."""

    default = False
    default_site = "newsletter.staff.admin_site.DeskAdminSite"


class NewsletterConfig(AppConfig):
    """Register the newsletter app, its receiver of delivery events, its system checks, its roles, and who reads which language."""

    default = True
    name = "newsletter"
    verbose_name = gettext_lazy("Newsletter")

    def ready(self) -> None:
        """Connect what needs the models to be loaded."""
        import_module("newsletter.checks").require_readable_settings()
        import_module("newsletter.operations.mail_checks")
        import_module("newsletter.feedback.events")
        import_module("newsletter.staff.roles")
        import_module("newsletter.staff.language")
        import_module("newsletter.operations.model_names").translate_model_names()
