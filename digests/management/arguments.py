"""Parses the arguments that several commands have: a day, and a publication. Commands themselves stay thin."""

import datetime as dt
from argparse import ArgumentTypeError

from django.core.management.base import CommandError

from digests.models import Publication

YEARS = range(1990, 2200)  # other years are typing errors, or lie beyond what dates can be computed with


def parse_day(text: str) -> dt.date:
    """Return the date of a text in the form YYYY-MM-DD; raise ArgumentTypeError for anything else."""
    try:
        date = dt.date.fromisoformat(text)
        if date.year not in YEARS:
            raise ValueError(text)
        return date
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-05-22") from error


def get_publication(slug: str) -> Publication:
    """Return the publication with a slug; raise CommandError, which lists the slugs, if there is none."""
    found = Publication.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Publication.objects.values_list("slug", flat=True)) or "none; run bootstrap first"
        raise CommandError(f"no publication {slug!r} (there are: {known})")
    return found
