"""Remembers the language of each person at the desk: the last one chosen there, else that of the browser at first login.

It is a row, because mails to editors are composed without a browser to read it from.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from newsletter.models import DeskLanguage


def save_language(person: User, language: str) -> None:
    """Save the language that a person switched to, where the desk has it."""
    if language in dict(settings.DESK_LANGUAGES):
        DeskLanguage.objects.update_or_create(user=person, defaults={"language": language})


@receiver(user_logged_in)
def _save_first_language(request: HttpRequest, user: User, **_signal: Any) -> None:
    language = getattr(request, "LANGUAGE_CODE", "")[:2]  # a login that no page made has none
    if language in dict(settings.DESK_LANGUAGES):
        DeskLanguage.objects.get_or_create(user=user, defaults={"language": language})
