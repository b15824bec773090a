"""The app that makes digests: what is said, not who gets it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class DigestsConfig(AppConfig):
    """Register the digests app."""

    name = "digests"
    verbose_name = gettext_lazy("Digests")
