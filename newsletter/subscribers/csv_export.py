"""Readers -> the lines of a CSV file, one per subscription, that a spreadsheet opens and our own import (intake) reads back.

Lines come out as the database hands them over: a million readers take no more memory than a thousand. A spreadsheet
takes a cell that begins with = + - @ for a formula, and some skip a tab before it; such a cell gets an apostrophe in front,
which the import takes off. Who is suppressed is told as such and why, so that no file brings anybody back.
"""

import csv
import datetime as dt
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Lower

from digests.models import Category
from newsletter.models import Subscription, Suppression

CSV_COLUMNS = ("email", "language", "categories", "confirmed_at", "time_zone", "publication", "state", "consent_source")
_CHUNK = 500  # subscriptions per query of their categories: SQLite takes 999 values or more
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_FIELDS = (
    *("pk", "subscriber__email", "subscriber__language", "confirmed_at", "subscriber__time_zone", "publication__slug"),
    *("state", "consent_source", "consent_text", "why"),
)
# Whoever complained never comes back; others do by an own sign-up: a file tells them apart.
_STATE_BY_SUPPRESSION = {
    None: "",
    "bounce": "bounced",
    "complaint": "complained",
    "manual": "suppressed",
    "blocked": "blocked",
    "wish": "suppressed",
}


def escape_formula(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """Return what stood in a cell before it was guarded."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def iterate_csv_text(subscriptions: QuerySet[Subscription]) -> Iterator[str]:
    """Yield the first line, with the mark by which spreadsheets know UTF-8, then the others some hundred at a time."""
    yield "\ufeff" + _csv([CSV_COLUMNS])
    slugs = dict(Category.objects.order_by("position", "pk").values_list("pk", "slug"))
    refused = Suppression.objects.annotate(address=Lower("email")).filter(address=Lower(OuterRef("subscriber__email")))
    why = Subquery(refused.values("reason")[:1])
    rows = subscriptions.order_by().annotate(why=why).values(*_FIELDS).iterator(_CHUNK)
    while chunk := list(islice(rows, _CHUNK)):
        chosen = _load_categories([row["pk"] for row in chunk])
        yield _csv(_line(row, [slug for pk, slug in slugs.items() if pk in chosen[row["pk"]]]) for row in chunk)


def _load_categories(ids: list[int]) -> defaultdict[int, set[int]]:
    """Return the categories of some subscriptions."""
    chosen: defaultdict[int, set[int]] = defaultdict(set)
    choices = Subscription.categories.through.objects.filter(subscription__in=ids)
    for subscription, category in choices.values_list("subscription_id", "category_id"):
        chosen[subscription].add(category)
    return chosen


def _line(row: dict[str, Any], categories: list[str]) -> list[str]:
    confirmed: dt.datetime | None = row["confirmed_at"]
    return [
        row["subscriber__email"],
        row["subscriber__language"],
        " ".join(categories),
        confirmed.astimezone(dt.UTC).isoformat(timespec="seconds") if confirmed else "",
        row["subscriber__time_zone"],
        row["publication__slug"],
        _STATE_BY_SUPPRESSION[row["why"]] or row["state"],
        row["consent_source"] or (f"sign-up, words of {row['consent_text']}" if row["consent_text"] else ""),
    ]


def _csv(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as text, guarded; ended as RFC 4180 wants it."""
    text = io.StringIO()
    csv.writer(text).writerows([escape_formula(cell) for cell in row] for row in rows)
    return text.getvalue()
