"""Sentences of Django's admin that we translate in our own words, listed here so that `make messages` keeps them."""

from django.utils.translation import gettext_noop

DJANGO_WORDS = (
    *(gettext_noop("Select %s to change"), gettext_noop("Select %s to view"), gettext_noop(" By %(filter_title)s ")),
    *(gettext_noop("Save and add another"), gettext_noop("user"), gettext_noop("users"), gettext_noop("log entry")),
    *(
        gettext_noop("log entries"),
        gettext_noop("action time"),
        gettext_noop("object repr"),
        gettext_noop("action flag"),
    ),
)
