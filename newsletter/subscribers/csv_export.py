"""CSV export of readers: one line per subscription, for spreadsheets and for our own import (csv_import).

Lines come out as the database hands them over: a million readers take no more memory than a thousand. A spreadsheet
takes a cell that begins with = + - @ for a formula, and some skip a tab before it; such a cell gets an apostrophe in front,
which the import takes off. A suppressed address is exported with the reason, so that no file brings anybody back.
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
# In the words of the import's layout of our own files. The reason is part of it, because a complaint and a person's decision
# last, while a new sign-up of the reader lifts a bounce or a block.
_STATE_BY_SUPPRESSION: dict[str | None, str] = {
    None: "",
    Suppression.Reason.BOUNCE: "bounced",
    Suppression.Reason.COMPLAINT: "complained",
    Suppression.Reason.MANUAL: "suppressed",
    Suppression.Reason.BLOCKED: "blocked",
    Suppression.Reason.WISH: "suppressed",
}


def escape_formula(cell: str) -> str:
    """Return a cell with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """Return a cell without the apostrophe that `escape_formula` puts in front."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def iterate_csv_text(subscriptions: QuerySet[Subscription]) -> Iterator[str]:
    """Yield the file in pieces: byte order mark (spreadsheets know UTF-8 by it) and header, then some hundred lines each."""
    yield "\ufeff" + _format_csv([CSV_COLUMNS])
    slugs = dict(Category.objects.order_by("position", "pk").values_list("pk", "slug"))
    refused = Suppression.objects.annotate(address=Lower("email")).filter(address=Lower(OuterRef("subscriber__email")))
    why = Subquery(refused.values("reason")[:1])
    rows = subscriptions.order_by().annotate(why=why).values(*_FIELDS).iterator(_CHUNK)
    while chunk := list(islice(rows, _CHUNK)):
        chosen = _load_categories([row["pk"] for row in chunk])
        yield _format_csv(
            _make_line(row, [slug for pk, slug in slugs.items() if pk in chosen[row["pk"]]]) for row in chunk
        )


def _load_categories(ids: list[int]) -> defaultdict[int, set[int]]:
    """Return the ids of the categories of each of some subscriptions, by one query."""
    chosen: defaultdict[int, set[int]] = defaultdict(set)
    choices = Subscription.categories.through.objects.filter(subscription__in=ids)
    for subscription, category in choices.values_list("subscription_id", "category_id"):
        chosen[subscription].add(category)
    return chosen


def _make_line(row: dict[str, Any], categories: list[str]) -> list[str]:
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


def _format_csv(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as CSV with lines that end in CR LF (RFC 4180), each cell escaped against formulas."""
    text = io.StringIO()
    csv.writer(text).writerows([escape_formula(cell) for cell in row] for row in rows)
    return text.getvalue()
