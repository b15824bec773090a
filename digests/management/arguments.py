"""Arguments that several commands take: a day, a publication."""

import datetime as dt
from argparse import ArgumentTypeError

from django.core.management.base import CommandError

from digests.models import Publication


def day(text: str) -> dt.date:
    """Return a date written as YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-05-22") from error


def publication_named(slug: str) -> Publication:
    """Return the publication of a slug, or say which there are."""
    found = Publication.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Publication.objects.values_list("slug", flat=True)) or "none; run bootstrap first"
        raise CommandError(f"no publication {slug!r} (there are: {known})")
    return found
