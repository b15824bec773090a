"""A record of a file, by its mapping -> a line: an address, whether its owner may be written to, and what else is said of it.

Then, by what the rows know of that address, what becomes of the line. The same for the look beforehand and for the import.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

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
    """A line of the file and what becomes of it; `problem` is a code with a value where it is wrong."""

    number: int
    email: str
    state: ImportedState
    language: str = ""
    categories: tuple[str, ...] = ()
    confirmed_at: dt.datetime | None = None
    time_zone: str = ""
    consent: str = ""  # where this reader agreed, as the file says; empty where it doesn't
    fate: LineFate | None = None
    problem: tuple[ProblemCode, str] | None = None

    @property
    def key(self) -> str:
        """Return what addresses are compared by."""
        return fold_address(self.email)

    @property
    def has_fate_of_state(self) -> bool:
        """Say whether what the file says of the address is what becomes of it; not so of a reader whom the rows keep away."""
        return self.fate is not None and self.fate.value == self.state.value


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """What the rows know of an address."""

    reader: int | None = None
    state: str = ""  # of the subscription
    has_left: bool = False  # also where somebody asked for it anew since, and nobody confirmed
    is_own: bool = False  # the reader confirmed it here, not a file
    suppression: str = ""
    is_kept_away: bool = False


class LineJudge:
    """Reads lines by the meaning of a file's columns."""

    def __init__(
        self,
        row_survey: dict[str, Any],
        meaning: column_mapping.ColumnMapping,
        publication: Publication,
        *,
        slugs: list[str] | None = None,
    ) -> None:
        """Find the columns that are used; `slugs` are the categories that there were at the check."""
        self._mapping = meaning
        self._day_first = column_mapping.is_day_first(row_survey, meaning)
        self._at = {role: [n for n, one in enumerate(meaning.roles) if one == role] for role in ColumnRole}
        self._kinds = {
            n: state_words.guess_away_state(row_survey["columns"][n]["name"]) for n in self._at[ColumnRole.AWAY]
        }
        self._dates = self._in_order_of_proof(row_survey)
        self._email = self._at[ColumnRole.EMAIL][0]
        self._width = len(meaning.roles)
        self._publication = publication
        open_now = consent.list_open_categories(publication).values_list("slug", flat=True)
        self.slugs = list(open_now) if slugs is None else slugs
        self._today = timezone.now() + dt.timedelta(days=1)  # it is tomorrow already where some files come from

    def _in_order_of_proof(self, row_survey: dict[str, Any]) -> list[int]:
        """Return the columns of dates, that of a confirmation before that of a request."""
        names = {n: state_words.normalize_words(row_survey["columns"][n]["name"]) for n in self._at[ColumnRole.DATE]}
        return sorted(
            names,
            key=lambda n: (
                layouts.DATE_COLUMN_NAMES.index(names[n])
                if names[n] in layouts.DATE_COLUMN_NAMES
                else len(layouts.DATE_COLUMN_NAMES)
            ),
        )

    def line(self, number: int, cells: Sequence[str]) -> ImportLine:
        """Return a record as a line, with what is wrong about it by itself."""
        said = [csv_export.unescape_formula(cell.strip()) for cell in cells]
        if any(said[self._width :]):
            return ImportLine(
                number, "", ImportedState.UNDECIDED, fate=LineFate.INVALID, problem=(ProblemCode.CELLS, str(len(said)))
            )
        said += [""] * (self._width - len(said))
        if self._first(said, ColumnRole.PUBLICATION, self._publication.slug) != self._publication.slug:
            return ImportLine(number, "", ImportedState.UNDECIDED, fate=LineFate.OTHER_PUBLICATION)
        try:
            email = normalize_import_address(_strip_display_name(said[self._email]))
        except ValidationError:
            return ImportLine(
                number,
                "",
                ImportedState.UNDECIDED,
                fate=LineFate.INVALID,
                problem=(ProblemCode.ADDRESS, said[self._email][:100]),
            )
        state = self._state(said)
        if not state:
            return ImportLine(
                number, email, ImportedState.UNDECIDED, fate=LineFate.INVALID, problem=(ProblemCode.STATE, "")
            )
        line = ImportLine(number, email, state)
        return self._with_wishes(line, said) if state is ImportedState.SUBSCRIBED else line

    def _first(self, said: list[str], role: ColumnRole, without: str = "") -> str:
        return next((said[n] for n in self._at[role] if said[n]), without)

    def _state(self, said: list[str]) -> ImportedState:
        """Return what is said of a line by all columns that say anything: whoever left by one of them has left."""
        found = [self._mapping.values[n].get(said[n], ImportedState.UNDECIDED) for n in self._at[ColumnRole.STATE]]
        if ImportedState.UNDECIDED in found:  # the file was looked through, so there is no such value
            return ImportedState.UNDECIDED
        found += [kind for n, kind in self._kinds.items() if not state_words.is_empty_cell(said[n])]
        if self._mapping.whole and column_mapping.has_no_state_column(self._mapping):
            found.append(self._mapping.whole)
        return max(found, key=lambda state: state.weight, default=ImportedState.UNDECIDED)

    def _with_wishes(self, line: ImportLine, said: list[str]) -> ImportLine:
        """Return the line of a reader with everything else that is said."""
        language = self._first(said, ColumnRole.LANGUAGE).lower()[:2]
        zone = self._first(said, ColumnRole.ZONE)
        slugs = self._categories(said)
        day = self._first_date(said)
        problem = None
        if isinstance(day, str):
            problem = (ProblemCode.DAY, day[:30])
        elif unknown := [slug for slug in slugs if slug not in self.slugs]:
            problem = (ProblemCode.CATEGORY, unknown[0][:50])
        elif language not in {"", "ko", "en"}:
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
            consent=self._first(said, ColumnRole.CONSENT)[:300],
        )

    def _categories(self, said: list[str]) -> tuple[str, ...]:
        """Return the slugs that a line names itself, or those that its tags stand for."""
        named = self._first(said, ColumnRole.CATEGORIES).replace(";", " ").replace(",", " ").replace("|", " ").split()
        tags = [tag for n in self._at[ColumnRole.TAGS] for tag in survey.split_tags(said[n])]
        return tuple(dict.fromkeys([*named, *(self._mapping.tags[tag] for tag in tags if self._mapping.tags.get(tag))]))

    def _first_date(self, said: list[str]) -> dt.datetime | str | None:
        """Return the moment of consent; its words where they name none, or one that is to come; None where there are none."""
        words = next((said[n] for n in self._dates if said[n]), "")
        moment = date_columns.parse_moment(words, day_first=self._day_first) if words else None
        return words if words and (moment is None or moment > self._today) else moment


def _strip_display_name(cell: str) -> str:
    """Return the address in a cell that holds it as mail programs write it: with a name, or as a link."""
    found = _NAMED.fullmatch(cell)
    return (found[1] if found else cell).strip().removeprefix("mailto:").rstrip(";,")


def normalize_import_address(email: str) -> str:
    """Return an address in the one form that sign-up keeps too: else one mailbox would be two readers.

    Raises ValidationError where nobody can be written to there.
    """
    validate_email(email)
    try:
        email = mail_hosts.normalize_address(email)
    except ValueError as error:
        raise ValidationError("nobody can be written to there") from error
    MaxLengthValidator(254)(email)  # what an envelope takes, and the column
    return email


def find_known_addresses(keys: Sequence[str], publication: Publication) -> dict[str, KnownAddress]:
    """Return what the rows know of some addresses, by the indexes on the lower-cased columns."""
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
    """Return why addresses must not be written to, under this name or that of the mailbox; of the erased a hash is known."""
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


def decide_line_fates(lines: Sequence[ImportLine], of: dict[str, KnownAddress], seen: set[int]) -> list[ImportLine]:
    """Return lines with what becomes of each; `seen` are the marks of the addresses before them in the file.

    Of several lines about one address the one that keeps it away counts.
    """
    counts: dict[str, ImportLine] = {}
    for line in lines:
        before = counts.get(line.key)
        if not line.fate and (before is None or line.state.weight > before.state.weight):
            counts[line.key] = line
    return [
        line if line.fate else replace(line, fate=_decide_fate_in_file(line, of[line.key], counts, seen))
        for line in lines
    ]


def _decide_fate_in_file(line: ImportLine, of: KnownAddress, counts: dict[str, ImportLine], seen: set[int]) -> LineFate:
    if counts[line.key] is not line or (
        line.state is ImportedState.SUBSCRIBED and fingerprint_address(line.key) in seen
    ):
        return LineFate.DUPLICATE
    return decide_fate(line, of)


def fingerprint_lines(lines: Iterable[ImportLine]) -> set[int]:
    """Return the marks of the addresses of lines."""
    return {fingerprint_address(line.key) for line in lines if line.email}


def fingerprint_address(key: str) -> int:
    """Return eight bytes that stand for an address: half a million addresses themselves would take twice the memory."""
    return int.from_bytes(hashlib.blake2b(key.encode(errors="replace"), digest_size=8).digest())


def decide_fate(line: ImportLine, of: KnownAddress) -> LineFate:
    """Return what becomes of a line that is right by itself."""
    if line.state is ImportedState.SUBSCRIBED:
        return _decide_fate_of_reader(of)
    if line.state in {ImportedState.COMPLAINED, ImportedState.SUPPRESSED}:
        return LineFate(line.state)  # whatever was agreed to here
    if of.state == _ACTIVE and of.is_own:
        return LineFate.ALREADY_READS
    if line.state is ImportedState.LEFT:  # also of a dead mailbox: somebody may lift that
        return LineFate.ENDED_SUBSCRIPTION if of.state == _ACTIVE else LineFate.LEFT
    if of.suppression:
        return LineFate.SUPPRESSED
    if line.state is ImportedState.UNCONFIRMED and of.state == _ACTIVE:
        return LineFate.ALREADY_READS
    return LineFate(line.state)


def _decide_fate_of_reader(of: KnownAddress) -> LineFate:
    if of.suppression:
        return LineFate.SUPPRESSED
    if of.state == _ACTIVE:
        return LineFate.ALREADY_READS
    if of.has_left:
        return LineFate.LEFT
    if of.is_kept_away:  # whatever a stranger asked for here since
        return LineFate.UNCONFIRMED
    return LineFate.KNOWN_READER if of.reader else LineFate.NEW_READER
