"""Parses the arguments that several commands have: a day, and a newsletter. Commands themselves stay thin."""

import datetime as dt
from argparse import ArgumentTypeError
from collections.abc import Iterable

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
        raise ArgumentTypeError(f"“{text}” isn’t a date. Use YYYY-MM-DD, such as 2026-05-22.") from error


def get_publication(slug: str) -> Publication:
    """Return the publication with a slug; raise CommandError, which lists the slugs, if there is none."""
    found = Publication.objects.filter(slug=slug).first()
    if found is None:
        known = describe_choices(Publication.objects.values_list("slug", flat=True))
        raise CommandError(f"No newsletter “{slug}”. {known}")
    return found


def describe_choices(slugs: Iterable[str]) -> str:
    """Return the sentence that follows a slug that does not exist: those that do, or what makes the first ones."""
    known = ", ".join(sorted(slugs))
    return f"Available: {known}." if known else "There are none yet. Run bootstrap first."
