"""The Django app that makes digests. Subscribers and mail are the other app's, `newsletter`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class DigestsConfig(AppConfig):
    """Register the digests app."""

    name = "digests"
    verbose_name = gettext_lazy("Issues")
