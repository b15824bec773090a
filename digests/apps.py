"""The app that makes digests: what is said, not who gets it."""

from django.apps import AppConfig


class DigestsConfig(AppConfig):
    """Register the digests app."""

    name = "digests"
    verbose_name = "Digests"
