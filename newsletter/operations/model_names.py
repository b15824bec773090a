"""Translates the names of tables, columns and choices for the desk.

The models name them in plain English. Here each is replaced by a lazy translation, once when the project starts, so
that models and migrations know nothing of languages.
"""

from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy

TRANSLATED_APPS = ("digests", "newsletter")
TWO_FACTOR_APPS = {  # django-otp's packages: their tables stand among the permissions
    "otp_totp": gettext_lazy("Second factor by an app"),
    "otp_static": gettext_lazy("Second factor on paper"),
}


def translate_model_names() -> None:
    """Make every name, help text and choice of our tables a lazy translation."""
    for app, name in TWO_FACTOR_APPS.items():
        apps.get_app_config(app).verbose_name = name
    for app in (*TRANSLATED_APPS, *TWO_FACTOR_APPS):
        for model in apps.get_app_config(app).get_models():
            named: Any = model._meta
            # A plural that is not named is Django's own lazy "…s" of the singular.
            many, one = str(named.verbose_name_plural), named.verbose_name
            named.verbose_name, named.verbose_name_plural = _lazy_translation(one), _lazy_translation(many)
            for field in [*named.fields, *named.many_to_many]:
                field.verbose_name, field.help_text = (
                    _lazy_translation(field.verbose_name),
                    _lazy_translation(field.help_text),
                )
                if field.choices:
                    field.choices = [(value, _lazy_translation(label)) for value, label in field.choices]


def _lazy_translation(words: Any) -> Any:
    return gettext_lazy(words) if words and isinstance(words, str) else words
