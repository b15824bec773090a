"""Arguments that several commands take: a day, a publication."""

import datetime as dt
from argparse import ArgumentTypeError

from django.core.management.base import CommandError

from digests.models import Publication

YEARS = range(1990, 2200)  # beyond lie typing errors, and days that no window can be counted from


def parse_day(text: str) -> dt.date:
    """Return a date written as YYYY-MM-DD."""
    try:
        date = dt.date.fromisoformat(text)
        if date.year not in YEARS:
            raise ValueError(text)
        return date
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-05-22") from error


def get_publication(slug: str) -> Publication:
    """Return the publication of a slug, or say which there are."""
    found = Publication.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Publication.objects.values_list("slug", flat=True)) or "none; run bootstrap first"
        raise CommandError(f"no publication {slug!r} (there are: {known})")
    return found
