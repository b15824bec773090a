"""The app that knows readers and mail: who gets a digest, and how."""

from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    """Register the newsletter app."""

    name = "newsletter"
    verbose_name = "Newsletter"
