"""A CSV file of readers who agreed elsewhere -> subscriptions: first told line by line, then carried out.

Consent is not made here: who imports says where it comes from, and that stands on every subscription. Nobody who left
or is suppressed comes back by an import; who reads already keeps the own choices. Columns: email; language, categories
(slugs, all where empty), confirmed_at (a day) and time_zone (such as Asia/Seoul) where there are such; and those of our own
export (roster): publication, state and consent_source, which are heeded where a line has them.
"""

import codecs
import csv
import datetime as dt
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from digests.models import Publication
from newsletter import asking, mailhost, roster, signup, zones
from newsletter.models import Subscriber, Subscription

logger = logging.getLogger(__name__)

MOST_BYTES = 20_000_000  # about half a million lines
_COLUMNS = ("email", "language", "categories", "confirmed_at", "time_zone", "publication", "state", "consent_source")
_ALSO = {
    "e-mail": "email",
    "email address": "email",
    "e-mail address": "email",
    "이메일": "email",
    "이메일 주소": "email",
}
CHUNK = 500  # addresses per query: SQLite takes 999 values or more

# What becomes of a line.
NEW, ADDED, READS, LEFT, SUPPRESSED, DOUBLE, WRONG = "new", "added", "reads", "left", "suppressed", "double", "wrong"
UNCONFIRMED, ELSEWHERE = "unconfirmed", "elsewhere"
TAKEN = (NEW, ADDED)
_BY_STATE = {"active": READS, "left": LEFT, "pending": ADDED}
# What the file itself says of a reader, in the words of our own export.
_BY_FILE = {"": NEW, "active": NEW, "left": LEFT, "suppressed": SUPPRESSED, "pending": UNCONFIRMED}


class IntakeError(Exception):
    """The file can't be read at all; the text says why."""


@dataclass(frozen=True)
class Line:
    """A line of the file and what becomes of it; `problem` is a sentence where it is wrong."""

    number: int
    email: str
    language: str
    categories: tuple[str, ...]
    confirmed_at: dt.datetime
    time_zone: str = ""
    consent: str = ""  # where this reader agreed, as the file says; empty where it doesn't
    fate: str = NEW
    problem: str = ""


def read(data: bytes, publication: Publication, *, start: int = 0, most: int | None = None) -> list[Line]:
    """Return the lines of a file with what would become of each; nothing is written. Raises IntakeError.

    Of a part, from line `start` on, it knows what stands before it: the same address twice is told.
    """
    rows = _table(_decode(data))
    known = dict(signup.open_categories(publication).values_list("slug", "pk"))
    seen: set[str] = set()
    lines = []
    for row in _rows(rows):
        line = _line(rows.line_num, row, publication, known)
        if line.fate == NEW and line.email.lower() in seen:
            line = replace(line, fate=DOUBLE)
        if line.fate != ELSEWHERE:
            seen.add(line.email.lower())
        lines.append(line)
    if not lines:
        raise IntakeError(_("The file names its columns, and nobody below them."))
    return _with_fates(lines[start : start + most if most else None], publication)


def _table(text: str) -> "csv.DictReader[str]":
    """Return the lines by the names of their columns; whatever separates them in the first line does so in all."""
    first = text.lstrip().partition("\n")[0]
    between = max(",;\t", key=first.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=between)
    try:
        names = [(name or "").strip().lower() for name in rows.fieldnames or []]
        names = [_ALSO.get(name, name) for name in names]
    except csv.Error as error:
        raise IntakeError(_("Line %(n)d is no CSV: %(why)s") % {"n": 1, "why": error}) from error
    if "email" not in names:
        raise IntakeError(_("The first line must name the columns, and one of them must be “email”."))
    if double := [name for name in _COLUMNS if names.count(name) > 1]:
        raise IntakeError(_("The column “%(name)s” stands there twice.") % {"name": double[0]})
    rows.fieldnames = names
    return rows


def _decode(data: bytes) -> str:
    """Return the file's text, its lines ended as everywhere. Raises IntakeError."""
    if len(data) > MOST_BYTES:
        raise IntakeError(_("The file is larger than %(n)d MB.") % {"n": MOST_BYTES // 1_000_000})
    # Spreadsheets write a mark before UTF-16; without one, Korean machines mean CP949 by text that is no UTF-8.
    encodings = ["utf-16"] if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ["utf-8-sig", "cp949"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise IntakeError(_("This is no text file."))
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise IntakeError(_("The file is neither UTF-8 nor CP949 text."))


def _rows(rows: "csv.DictReader[str]") -> Iterator[dict[str, str]]:
    """Yield the lines that say anything."""
    try:
        for row in rows:
            said = {str(name): roster.plain(value.strip()) for name, value in row.items() if isinstance(value, str)}
            if any(said.values()):
                yield said
    except csv.Error as error:
        raise IntakeError(_("Line %(n)d is no CSV: %(why)s") % {"n": rows.line_num + 1, "why": error}) from error


def _line(number: int, row: dict[str, str], publication: Publication, known: dict[str, int]) -> Line:
    """Return a line, judged by itself; of one that is not taken anyhow the other values don't matter."""
    line = _judged(number, row, publication.language, known)
    state = row.get("state", "").lower()
    if row.get("publication", publication.slug) not in {"", publication.slug}:
        return replace(line, fate=ELSEWHERE, problem="")
    if state not in _BY_FILE:
        return _wrong(
            line, _("There is no state “%(name)s”: active, left, pending, suppressed.") % {"name": state[:50]}
        )
    return replace(line, fate=_BY_FILE[state], problem="") if _BY_FILE[state] != NEW else line


def _judged(number: int, row: dict[str, str], language: str, known: dict[str, int]) -> Line:
    """Return a line with what is wrong about its own values."""
    slugs = tuple(row.get("categories", "").replace(";", " ").replace(",", " ").replace("|", " ").split())
    said = row.get("language", "").lower()[:2]
    line = Line(
        number,
        row.get("email", ""),
        said or language,
        slugs or tuple(known),
        timezone.now(),
        row.get("time_zone", ""),
        row.get("consent_source", "")[:300],
    )
    try:
        line = replace(line, email=_address(line.email))
        day = parse_date(row["confirmed_at"][:10]) if row.get("confirmed_at") else None
    except ValidationError:
        return _wrong(line, _("“%(email)s” is no address.") % {"email": line.email[:100]})
    except ValueError:
        return _wrong(line, _("There is no such day: %(day)s") % {"day": row["confirmed_at"][:30]})
    if row.get("confirmed_at") and (day is None or day > timezone.localdate()):
        return _wrong(
            line, _("“%(day)s” is no day such as 2026-05-22, or it is to come.") % {"day": row["confirmed_at"][:30]}
        )
    if unknown := [slug for slug in slugs if slug not in known]:
        return _wrong(line, _("There is no category “%(slug)s”.") % {"slug": unknown[0][:50]})
    if said not in {"", "ko", "en"}:
        return _wrong(line, _("There is no language “%(code)s”.") % {"code": said})
    if line.time_zone != zones.known(line.time_zone):
        return _wrong(line, _("There is no time zone “%(name)s”.") % {"name": line.time_zone[:50]})
    return replace(line, confirmed_at=dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)) if day else line


def _address(email: str) -> str:
    """Return an address in the one form that sign-up keeps too: else one mailbox would be two readers."""
    validate_email(email)
    try:
        email = mailhost.written(email)
    except ValueError as error:
        raise ValidationError("nobody can be written to there") from error
    MaxLengthValidator(254)(email)  # what an envelope takes, and the column
    return email


def _wrong(line: Line, problem: str) -> Line:
    return replace(line, fate=WRONG, problem=problem)


def _with_fates(lines: list[Line], publication: Publication) -> list[Line]:
    """Return the lines with what the rows say about their addresses."""
    addresses = [line.email.lower() for line in lines if line.fate == NEW]
    fates: dict[str, str] = {}
    for at in range(0, len(addresses), CHUNK):
        chunk = addresses[at : at + CHUNK]
        fates |= dict.fromkeys(_of(Subscriber.objects.all(), chunk).values_list("address", flat=True), ADDED)
        theirs = Subscription.objects.filter(publication=publication).annotate(address=Lower("subscriber__email"))
        states = theirs.filter(address__in=chunk).values_list("address", "state")
        fates |= {address: _BY_STATE[state] for address, state in states}
        fates |= dict.fromkeys(signup.suppressed(chunk), SUPPRESSED)
    return [replace(line, fate=fates.get(line.email.lower(), NEW)) if line.fate == NEW else line for line in lines]


def _of(rows: QuerySet[Any], addresses: list[str]) -> QuerySet[Any]:
    """Return the rows of some addresses, by the index on the lower-cased column."""
    found: QuerySet[Any] = rows.annotate(address=Lower("email")).filter(address__in=addresses)
    return found


@transaction.atomic
def carry_out(lines: list[Line], publication: Publication, *, consent: str) -> int:
    """Write the lines that are taken, as the rows say now; return how many.

    `consent` says where people agreed whose line does not.
    """
    if not consent.strip():
        raise IntakeError(_("Say where these people agreed: it is kept as the proof."))
    asking.hold_still()
    # Since the file was read, somebody may have confirmed a sign-up, or divided a category.
    again = _with_fates([replace(line, fate=NEW) for line in lines if line.fate in TAKEN], publication)
    taken = [line for line in again if line.fate in TAKEN]
    categories = dict(signup.open_categories(publication).values_list("slug", "pk"))
    if gone := {slug for line in taken for slug in line.categories} - categories.keys():
        raise IntakeError(_("There is no category “%(slug)s”.") % {"slug": min(gone)})
    for at in range(0, len(taken), CHUNK):
        _write(taken[at : at + CHUNK], publication, categories, consent.strip()[:300])
    logger.info("imported publication=%s readers=%d", publication.slug, len(taken))
    return len(taken)


def _write(lines: list[Line], publication: Publication, categories: dict[str, int], consent: str) -> None:
    Subscriber.objects.bulk_create(
        [
            Subscriber(email=line.email, language=line.language, time_zone=line.time_zone)
            for line in lines
            if line.fate == NEW
        ]
    )
    by_address = {line.email.lower(): line for line in lines}
    people = dict(_of(Subscriber.objects.all(), list(by_address)).values_list("address", "pk"))
    Subscription.objects.filter(subscriber__in=people.values(), publication=publication).delete()  # those that waited
    made = Subscription.objects.bulk_create(
        Subscription(
            subscriber_id=people[address],
            publication=publication,
            state=signup.ACTIVE,
            requested_at=line.confirmed_at,
            confirmed_at=line.confirmed_at,
            consent_source=line.consent or consent,
        )
        for address, line in by_address.items()
    )
    choice = Subscription.categories.through
    choice.objects.bulk_create(
        choice(subscription_id=one.pk, category_id=categories[slug])
        for one, line in zip(made, by_address.values(), strict=True)
        for slug in dict.fromkeys(line.categories)
    )
