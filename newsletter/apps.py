"""The app that knows readers and mail: who gets a digest, and how."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin, with our doors."""

    default = False
    default_site = "newsletter.desk.Desk"


class NewsletterConfig(AppConfig):
    """Register the newsletter app, its receiver of delivery events, its system checks and its roles."""

    default = True
    name = "newsletter"
    verbose_name = "Newsletter"

    def ready(self) -> None:
        """Connect what needs the models to be loaded."""
        import_module("newsletter.checks")
        import_module("newsletter.events")
        import_module("newsletter.roles")
        import_module("newsletter.spoken").translate()
