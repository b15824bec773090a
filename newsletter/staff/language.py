"""Remembers the language of each person at the desk: the last one chosen there, else that of the browser at first login.

It is a row, because mails to editors are composed without a browser to read it from.
"""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils.translation import get_language

from newsletter.emails.phrases import LANGUAGES
from newsletter.models import DeskLanguage


def save_language(person: User, language: str) -> None:
    """Save the language that a person switched to."""
    DeskLanguage.objects.update_or_create(user=person, defaults={"language": language})


@receiver(user_logged_in)
def _save_first_language(user: User, **_signal: Any) -> None:
    language = (get_language() or "")[:2]
    if language in LANGUAGES:
        DeskLanguage.objects.get_or_create(user=user, defaults={"language": language})
