"""Judges the lines of a CSV import: reads a record by the mapping, then decides its fate by what the database knows of it.

In doubt an address stays away. Nobody who left, complained or was suppressed, here or elsewhere, becomes a reader by a file;
of several lines about one address, and of several columns in a line, the one that keeps the address away counts. A reader
who confirmed here keeps the own subscription, except after a complaint or where the file calls the address suppressed. The
check and the import judge by the same functions, so that the counts a person agreed to are what is written, unless readers
act meanwhile. Not here: the writing (write_rows).
"""

import datetime as dt
import hashlib
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db.models.functions import Lower
from django.utils import timezone

from digests.models import Publication
from newsletter.models import KeptAway, Subscriber, Subscription, Suppression
from newsletter.models.columns import clean_zone_name
from newsletter.subscribers import consent, csv_export, mail_hosts
from newsletter.subscribers.addresses import fold_address, get_base_mailbox, hash_address_with_all_keys
from newsletter.subscribers.csv_import import column_mapping, date_columns, layouts, state_words, survey
from newsletter.subscribers.csv_import.layouts import ColumnRole
from newsletter.subscribers.csv_import.state_words import ImportedState

_NAMED = re.compile(r"[^<>]*<([^<>\s]+@[^<>\s]+)>[;,\s]*")
_ACTIVE, _PENDING = Subscription.State.ACTIVE, Subscription.State.PENDING


class LineFate(StrEnum):
    """What becomes of a line; the counts of an import are kept by these values."""

    NEW_READER = "new"
    KNOWN_READER = "added"  # somebody who reads, or read, another publication here
    ALREADY_READS = "reads"
    ENDED_SUBSCRIPTION = "ended"  # came by an earlier file, and a later one says that they left
    DUPLICATE = "double"
    OTHER_PUBLICATION = "elsewhere"
    INVALID = "wrong"
    # These have the value of the state that keeps the address away.
    UNCONFIRMED = "unconfirmed"
    LEFT = "left"
    BOUNCED = "bounced"
    BLOCKED = "blocked"
    SUPPRESSED = "suppressed"
    COMPLAINED = "complained"


IMPORTED_FATES = (LineFate.NEW_READER, LineFate.KNOWN_READER)


class ProblemCode(StrEnum):
    """What is wrong about a line by itself; kept as JSON with the line's number and the value."""

    CELLS = "cells"
    ADDRESS = "address"
    STATE = "state"
    DAY = "day"
    CATEGORY = "category"
    LANGUAGE = "language"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line of the file and its fate; `problem` is a code and the value it is about, where the line is invalid."""

    number: int
    email: str = ""
    state: ImportedState = ImportedState.UNDECIDED
    language: str = ""
    categories: tuple[str, ...] = ()
    confirmed_at: dt.datetime | None = None
    time_zone: str = ""
    consent: str = ""  # where this reader agreed, if the file says it
    fate: LineFate | None = None
    problem: tuple[ProblemCode, str] | None = None

    @property
    def key(self) -> str:
        """Return the folded address, by which lines and rows are compared."""
        return fold_address(self.email)

    @property
    def has_fate_of_state(self) -> bool:
        """Say whether the file's state of the address is what becomes of it.

        Not so where a file says "subscribed" and the address has left here: its fate is LEFT, and no row changes.
        """
        return self.fate is not None and self.fate.value == self.state.value


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """What the database knows of an address that a line names."""

    reader: int | None = None  # the subscriber's id
    state: str = ""  # of the subscription to the publication of the import
    has_left: bool = False  # also where somebody signed up with the address since, and nobody confirmed
    is_own: bool = False  # the reader confirmed it here; no import made it
    suppression: str = ""  # the reason
    is_kept_away: bool = False  # an earlier file had the address as unconfirmed


def _make_invalid_line(number: int, code: ProblemCode, value: str, *, email: str = "") -> ImportLine:
    return ImportLine(number, email, fate=LineFate.INVALID, problem=(code, value))


class LineJudge:
    """Reads records of a file as lines, by the mapping of its columns."""

    def __init__(
        self,
        row_survey: dict[str, Any],
        meaning: column_mapping.ColumnMapping,
        publication: Publication,
        *,
        slugs: list[str] | None = None,
    ) -> None:
        """Prepare the columns that are used; `slugs` are the open categories at the check, by default those of now."""
        self._mapping = meaning
        self._day_first = column_mapping.is_day_first(row_survey, meaning)
        self._columns = {role: [n for n, one in enumerate(meaning.roles) if one == role] for role in ColumnRole}
        self._away_states = {
            n: state_words.guess_away_state(row_survey["columns"][n]["name"]) for n in self._columns[ColumnRole.AWAY]
        }
        self._dates = self._sort_date_columns(row_survey)
        self._email = self._columns[ColumnRole.EMAIL][0]
        self._width = len(meaning.roles)
        self._publication = publication
        open_now = consent.list_open_categories(publication).values_list("slug", flat=True)
        self.slugs = list(open_now) if slugs is None else slugs
        # A file may come from a time zone where it is already tomorrow.
        self._latest_date = timezone.now() + dt.timedelta(days=1)

    def _sort_date_columns(self, row_survey: dict[str, Any]) -> list[int]:
        """Return the columns of dates, those of a confirmation before those of a sign-up."""
        names = {n: row_survey["columns"][n]["name"] for n in self._columns[ColumnRole.DATE]}
        return sorted(names, key=lambda n: layouts.rank_date_column(names[n]))

    def read_line(self, number: int, cells: Sequence[str]) -> ImportLine:
        """Return a record as a line, with the fate "invalid" where something is wrong that the record alone shows."""
        values = [csv_export.unescape_formula(cell.strip()) for cell in cells]
        if any(values[self._width :]):
            return _make_invalid_line(number, ProblemCode.CELLS, str(len(values)))
        values += [""] * (self._width - len(values))
        if self._get_first_value(values, ColumnRole.PUBLICATION, self._publication.slug) != self._publication.slug:
            return ImportLine(number, fate=LineFate.OTHER_PUBLICATION)
        try:
            email = normalize_import_address(_strip_display_name(values[self._email]))
        except ValidationError:
            return _make_invalid_line(number, ProblemCode.ADDRESS, values[self._email][:100])
        state = self._find_state(values)
        if not state:
            return _make_invalid_line(number, ProblemCode.STATE, "", email=email)
        line = ImportLine(number, email, state)
        return self._add_choices(line, values) if state is ImportedState.SUBSCRIBED else line

    def _get_first_value(self, values: list[str], role: ColumnRole, without: str = "") -> str:
        return next((values[n] for n in self._columns[role] if values[n]), without)

    def _find_state(self, values: list[str]) -> ImportedState:
        """Return the weightiest state that the columns of a line have: one column that says "left" is enough."""
        found = [
            self._mapping.values[n].get(values[n], ImportedState.UNDECIDED) for n in self._columns[ColumnRole.STATE]
        ]
        if (
            ImportedState.UNDECIDED in found
        ):  # the survey saw all values, so this one is not in the file as it was surveyed
            return ImportedState.UNDECIDED
        found += [kind for n, kind in self._away_states.items() if not state_words.is_empty_cell(values[n])]
        if self._mapping.whole and column_mapping.has_no_state_column(self._mapping):
            found.append(self._mapping.whole)
        return max(found, key=lambda state: state.weight, default=ImportedState.UNDECIDED)

    def _add_choices(self, line: ImportLine, values: list[str]) -> ImportLine:
        """Return the line of a reader with its language, categories, date, zone and consent; invalid where one is unusable."""
        language = self._get_first_value(values, ColumnRole.LANGUAGE).lower()[:2]
        zone = self._get_first_value(values, ColumnRole.ZONE)
        slugs = self._find_categories(values)
        day = self._find_date(values)
        problem = None
        if isinstance(day, str):
            problem = (ProblemCode.DAY, day[:30])
        elif unknown := [slug for slug in slugs if slug not in self.slugs]:
            problem = (ProblemCode.CATEGORY, unknown[0][:50])
        elif language and language not in dict(settings.LANGUAGES):
            problem = (ProblemCode.LANGUAGE, language)
        elif zone != clean_zone_name(zone):
            problem = (ProblemCode.ZONE, zone[:50])
        if problem:
            return replace(line, fate=LineFate.INVALID, problem=problem)
        return replace(
            line,
            language=language or self._publication.language,
            categories=slugs or tuple(self.slugs),
            confirmed_at=day if isinstance(day, dt.datetime) else timezone.now(),
            time_zone=zone,
            consent=self._get_first_value(values, ColumnRole.CONSENT)[:300],
        )

    def _find_categories(self, values: list[str]) -> tuple[str, ...]:
        """Return the slugs that a line names, and those that its tags stand for, each once."""
        named = re.sub(r"[;,|]", " ", self._get_first_value(values, ColumnRole.CATEGORIES)).split()
        tags = [tag for n in self._columns[ColumnRole.TAGS] for tag in survey.split_tags(values[n])]
        return tuple(dict.fromkeys([*named, *(self._mapping.tags[tag] for tag in tags if self._mapping.tags.get(tag))]))

    def _find_date(self, values: list[str]) -> dt.datetime | str | None:
        """Return the moment of consent, None where there is none; the cell itself where it is no date or in the future."""
        cell = next((values[n] for n in self._dates if values[n]), "")
        moment = date_columns.parse_moment(cell, day_first=self._day_first) if cell else None
        return cell if cell and (moment is None or moment > self._latest_date) else moment


def _strip_display_name(cell: str) -> str:
    """Return the address in a cell such as `Kim <kim@example.org>` or `mailto:kim@example.org`."""
    found = _NAMED.fullmatch(cell)
    return (found[1] if found else cell).strip().removeprefix("mailto:").rstrip(";,")


def normalize_import_address(email: str) -> str:
    """Return an address in the form that a sign-up stores too; in two forms, one mailbox would be two readers.

    Raises ValidationError where no mail can reach it.
    """
    validate_email(email)
    try:
        email = mail_hosts.normalize_address(email)
    except ValueError as error:
        raise ValidationError("no mail can reach this address") from error
    MaxLengthValidator(254)(email)  # the limit of an SMTP envelope, and of the column
    return email


def find_known_addresses(keys: Sequence[str], publication: Publication) -> dict[str, KnownAddress]:
    """Return what the database knows of some folded addresses, by five queries for any number of them."""
    readers = dict(_rows_by_address(Subscriber, keys).values_list("address", "pk"))
    theirs = Subscription.objects.filter(publication=publication, subscriber__in=readers.values())
    fields = ("state", "left_at", "consent_text", "consent_source", "confirmed_at")
    subscriptions = {reader: values for reader, *values in theirs.values_list("subscriber_id", *fields)}
    suppressed = _find_suppression_reasons(keys)
    hashes = {made: key for key in keys for made in hash_address_with_all_keys(key)}
    kept = {hashes[made] for made in KeptAway.objects.filter(hash__in=hashes).values_list("hash", flat=True)}
    return {
        key: _build_known_address(
            readers.get(key), subscriptions.get(readers.get(key, 0)), suppressed.get(key, ""), key in kept
        )
        for key in keys
    }


def _find_suppression_reasons(keys: Sequence[str]) -> dict[str, str]:
    """Return the reasons of suppression by folded address: of the address or of its mailbox, by name or by keyed hash."""
    named: dict[str, set[str]] = {}
    for key in keys:
        for name in {key, get_base_mailbox(key)}:
            named.setdefault(name, set()).add(key)
    by_hash = {made: name for name in named for made in hash_address_with_all_keys(name)}
    hashed = Suppression.objects.filter(address_hash__in=by_hash).values_list("address_hash", "reason")
    found = {by_hash[made]: reason for made, reason in hashed if made}
    found |= dict(_rows_by_address(Suppression, list(named)).values_list("address", "reason"))
    return {key: reason for name, reason in found.items() for key in named[name]}


def _rows_by_address(model: Any, keys: Sequence[str]) -> Any:
    return model.objects.annotate(address=Lower("email")).filter(address__in=keys)


def _build_known_address(
    reader: int | None, subscription: list[Any] | None, suppression: str, is_kept_away: bool
) -> KnownAddress:
    if subscription is None:
        return KnownAddress(reader, suppression=suppression, is_kept_away=is_kept_away)
    state, left_at, consent_text, consent_source, confirmed_at = subscription
    return KnownAddress(
        reader,
        state,
        has_left=state == Subscription.State.LEFT or (state == _PENDING and left_at is not None),
        is_own=bool(confirmed_at and (consent_text or not consent_source)),
        suppression=suppression,
        is_kept_away=is_kept_away,
    )


def decide_line_fates(
    lines: Sequence[ImportLine], known: dict[str, KnownAddress], seen: Container[int]
) -> list[ImportLine]:
    """Return lines with their fates; `seen` are the fingerprints of the addresses before them in the file.

    Of several lines about one address the weightiest state counts, and the other lines are duplicates.
    """
    counts: dict[str, ImportLine] = {}
    for line in lines:
        before = counts.get(line.key)
        if not line.fate and (before is None or line.state.weight > before.state.weight):
            counts[line.key] = line
    return [
        line if line.fate else replace(line, fate=_decide_fate_in_file(line, known[line.key], counts, seen))
        for line in lines
    ]


def _decide_fate_in_file(
    line: ImportLine, known: KnownAddress, counts: dict[str, ImportLine], seen: Container[int]
) -> LineFate:
    if counts[line.key] is not line or (
        line.state is ImportedState.SUBSCRIBED and fingerprint_address(line.key) in seen
    ):
        return LineFate.DUPLICATE
    return decide_fate(line, known)


def fingerprint_lines(lines: Iterable[ImportLine]) -> set[int]:
    """Return the fingerprints of the addresses of lines."""
    return {fingerprint_address(line.key) for line in lines if line.email}


def fingerprint_address(key: str) -> int:
    """Return a number of eight bytes that stands for an address; half a million addresses would take twice the memory."""
    return int.from_bytes(hashlib.blake2b(key.encode(errors="replace"), digest_size=8).digest())


def decide_fate(line: ImportLine, known: KnownAddress) -> LineFate:
    """Decide the fate of a valid line by its state and by what the database knows of the address."""
    if line.state is ImportedState.SUBSCRIBED:
        return _decide_fate_of_reader(known)
    if line.state in {ImportedState.COMPLAINED, ImportedState.SUPPRESSED}:
        return LineFate(line.state)  # even of a reader who confirmed here: a complaint outweighs it
    if known.state == _ACTIVE and known.is_own:
        return LineFate.ALREADY_READS
    if line.state is ImportedState.LEFT:  # before the suppression: it may be lifted, and then the reader has still left
        return LineFate.ENDED_SUBSCRIPTION if known.state == _ACTIVE else LineFate.LEFT
    if known.suppression:
        return LineFate.SUPPRESSED
    if line.state is ImportedState.UNCONFIRMED and known.state == _ACTIVE:
        return LineFate.ALREADY_READS
    return LineFate(line.state)


def _decide_fate_of_reader(known: KnownAddress) -> LineFate:
    if known.suppression:
        return LineFate.SUPPRESSED
    if known.state == _ACTIVE:
        return LineFate.ALREADY_READS
    if known.has_left:
        return LineFate.LEFT
    if known.is_kept_away:  # never confirmed elsewhere; a sign-up here that nobody confirmed changes nothing
        return LineFate.UNCONFIRMED
    return LineFate.KNOWN_READER if known.reader else LineFate.NEW_READER
