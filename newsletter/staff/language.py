"""Which language a person at the desk reads: the one chosen there last, else the one of their browser at first login.

Kept in a row, since a mail to an editor is written when no browser is there to ask.
"""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils.translation import get_language

from newsletter.emails.phrases import LANGUAGES
from newsletter.models import DeskLanguage


def save_language(person: User, language: str) -> None:
    """Remember the language that a person switched to."""
    DeskLanguage.objects.update_or_create(user=person, defaults={"language": language})


@receiver(user_logged_in)
def _save_first_language(user: User, **_signal: Any) -> None:
    language = (get_language() or "")[:2]
    if language in LANGUAGES:
        DeskLanguage.objects.get_or_create(user=user, defaults={"language": language})
