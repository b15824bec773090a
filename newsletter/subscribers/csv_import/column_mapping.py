"""Maps the columns of a CSV import: proposes what each column and value means, and lists what a person has to decide. Pure.

Works on the survey of a file. A column may say who can be written to if its name speaks of that, or if it has two to eight
values over the whole file, in whatever language. What known tools and plain words make clear is proposed; the rest stays
open, and nothing is imported while anything is open. Not here: the form in which a person answers (admin/import_mapping).
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from newsletter.subscribers.csv_import import date_columns, layouts, state_words
from newsletter.subscribers.csv_import.date_columns import DateOrder
from newsletter.subscribers.csv_import.layouts import UNIQUE_ROLES, ColumnRole, FileLayout
from newsletter.subscribers.csv_import.state_words import ImportedState
from newsletter.subscribers.csv_import.survey import MAX_STATE_VALUES


@dataclass
class ColumnMapping:
    """What a file means; the lists have one entry per column. Kept as JSON on the import."""

    roles: list[ColumnRole]
    values: list[dict[str, ImportedState]]  # of state columns: the state of each value; of others empty
    whole: ImportedState = ImportedState.UNDECIDED  # of everybody in the file, where no column says it of each
    tags: dict[str, str] = field(default_factory=dict)  # the slug of the category that a tag stands for
    day_first: bool | None = None
    layout: str = ""
    note: str = ""
    agreed: bool = False  # a person has checked the proposal for a layout that cannot be trusted by itself
    by_person: list[int] = field(default_factory=list)  # the columns that a person changed

    def as_row(self) -> dict[str, Any]:
        """Return the mapping as the import keeps it, ready for JSON."""
        return asdict(self)


def load_mapping(row: dict[str, Any]) -> ColumnMapping:
    """Return the mapping that an import keeps. Raises ValueError where it has a role or a state that there is not."""
    return ColumnMapping(
        **row
        | {
            "roles": [ColumnRole(role) for role in row["roles"]],
            "values": [{value: ImportedState(state) for value, state in one.items()} for one in row["values"]],
            "whole": ImportedState(row["whole"]),
        }
    )


class QuestionCode(StrEnum):
    """What a person has to say about a file before it is imported."""

    ROLE = "what"  # what the column is
    ADDRESS = "address"  # which column holds the addresses
    ROLE_TWICE = "twice"  # there may be one such column only
    VALUE = "value"  # what the value of a state column means
    TOO_MANY_VALUES = "many"  # a state column has too many to ask about each
    STATE_OF_FILE = "whole"  # what everybody in the file is
    DATE_ORDER = "order"  # whether the day or the month comes first
    LAYOUT = "layout"  # whether the proposal for the file of a known tool is right


@dataclass(frozen=True)
class MappingQuestion:
    """What a person has to say: `about` is a column's number, or -1 for the file."""

    code: QuestionCode
    about: int = -1
    value: str = ""


def propose_mapping(survey: dict[str, Any], file_name: str, categories: dict[str, str]) -> ColumnMapping:
    """Return what a file most likely means; `categories` gives the slug of a category by each of its names in lower case."""
    columns = survey["columns"]
    layout = layouts.recognize_layout([column["name"] for column in columns])
    roles = [
        _propose_role(column, layout, [row[n] for row in survey["samples"] if n < len(row)])
        for n, column in enumerate(columns)
    ]
    if ColumnRole.EMAIL not in roles:
        roles[_find_column_with_most_addresses(columns)] = ColumnRole.EMAIL
    _keep_one_of_each(roles, columns, layout)
    if not layout and _contradicts_file_name(roles, columns, file_name):
        roles = [ColumnRole.UNDECIDED if role == ColumnRole.STATE else role for role in roles]
    made = ColumnMapping(
        roles, [_propose_value_states(column, role, layout) for column, role in zip(columns, roles, strict=True)]
    )
    made.layout, made.note = (layout.name, layout.note) if layout else ("", "")
    made.agreed = layout is None or (layout.confirmed and not layout.note)
    made.whole = _propose_file_state(made, layout, file_name)
    made.tags = {tag: slug for tag, _n in count_tags(survey, made) if (slug := categories.get(tag.lower(), ""))}
    return made


def _propose_role(column: dict[str, Any], layout: FileLayout | None, samples: list[str]) -> ColumnRole:
    """Return what a column is, by the layout, then by its name, then by its values."""
    name = state_words.normalize_words(column["name"])
    if layout and name in layout.roles:
        return _doubt_tags(layout.roles[name], column)
    if found := layouts.guess_role_by_name(name, samples, are_dates=_are_mostly_dates(column, samples)):
        if found == ColumnRole.EMAIL and not column["addresses"]:
            return ColumnRole.IGNORED
        return _doubt_tags(found, column)
    if state_words.is_leaving_column(name) and _are_all_dates(column):
        return ColumnRole.AWAY
    return _guess_role_by_values(name, column)


def _guess_role_by_values(name: str, column: dict[str, Any]) -> ColumnRole:
    """Return what a column is whose name does not say it: that of a state, or ignored; undecided where it might be a state."""
    values = column["values"]
    if column["away"] or state_words.is_state_column(name):
        if values is not None:
            return ColumnRole.STATE
        return ColumnRole.UNDECIDED if column["filled"] else ColumnRole.IGNORED
    if layouts.is_ordinary_column(name):
        return ColumnRole.IGNORED
    if column.get("is_partly") and _are_all_dates(column):  # it may be the day on which some of them left
        return ColumnRole.UNDECIDED
    return ColumnRole.UNDECIDED if values is not None and 2 <= len(values) <= MAX_STATE_VALUES else ColumnRole.IGNORED


def _doubt_tags(role: ColumnRole, column: dict[str, Any]) -> ColumnRole:
    """Return a role, but undecided for tags of which one speaks of people who left: the tags may be lists of states."""
    if role is not ColumnRole.TAGS:
        return role
    speaks_of_leaving = bool(column["away"]) or any(
        state_words.is_about_leaving(tag) or state_words.is_away_word(tag) for tag, _n in column["tags"]
    )
    return ColumnRole.UNDECIDED if speaks_of_leaving else role


def _are_all_dates(column: dict[str, Any]) -> bool:
    """Say whether every value of a column is a date, as far as the survey kept its values."""
    values = column["values"]
    cells = column.get("shown", []) if values is None else [value for value, _n in values if value]
    return bool(cells) and all(date_columns.is_date(cell) for cell in cells)


def _contradicts_file_name(roles: list[ColumnRole], columns: list[dict[str, Any]], file_name: str) -> bool:
    """Say whether the name of a file speaks of people who left, and none of its state columns has a value for that."""
    states = [
        state_words.propose_state(column["name"], value)
        for column, role in zip(columns, roles, strict=True)
        if role == ColumnRole.STATE
        for value, _n in column["values"] or []
    ]
    is_named = layouts.guess_state_by_file_name(file_name) not in {
        ImportedState.UNDECIDED,
        ImportedState.SUBSCRIBED,
    } or state_words.is_about_leaving(file_name)
    harmless = {ImportedState.UNDECIDED, ImportedState.SUBSCRIBED}
    return bool(states) and is_named and all(state in harmless for state in states)


def _find_column_with_most_addresses(columns: list[dict[str, Any]]) -> int:
    """Return the number of the column with the most addresses."""
    return max(range(len(columns)), key=lambda n: columns[n]["addresses"])


def _are_mostly_dates(column: dict[str, Any], samples: list[str]) -> bool:
    filled = (
        [cell for cell in samples if cell]
        or column.get("shown", [])
        or [value for value, _n in column["values"] or [] if value]
    )
    return sum(date_columns.is_date(cell) for cell in filled) * 2 >= max(len(filled), 1)


def _keep_one_of_each(roles: list[ColumnRole], columns: list[dict[str, Any]], layout: FileLayout | None) -> None:
    """Leave one column for each role that a file has once; of dates, ignore those whose name speaks less of consent.

    Later columns of the same role become undecided, because a person has to choose; a layout's dates are all kept.
    """
    known = [n for n, role in enumerate(roles) if role == ColumnRole.DATE]
    best = min((layouts.rank_date_column(columns[n]["name"]) for n in known), default=0)
    for n in known:
        if not layout and layouts.rank_date_column(columns[n]["name"]) != best:
            roles[n] = ColumnRole.IGNORED
    for role in UNIQUE_ROLES:
        for n in [n for n, one in enumerate(roles) if one == role][1:]:
            roles[n] = ColumnRole.UNDECIDED


def _propose_value_states(
    column: dict[str, Any], role: ColumnRole, layout: FileLayout | None
) -> dict[str, ImportedState]:
    """Return the state of each value of a state column, undecided where it is not clear."""
    if role != ColumnRole.STATE:
        return {}
    known = layout.values.get(state_words.normalize_words(column["name"]), {}) if layout else {}
    found = [value for value, _n in column["values"] or []]
    return {
        # A value that a tool is not known to write is a person's to decide, whatever the word means elsewhere.
        value: known.get(state_words.normalize_words(value), ImportedState.UNDECIDED)
        or (ImportedState.UNDECIDED if known else state_words.propose_state(column["name"], value))
        for value in found
    }


def _propose_file_state(mapping: ColumnMapping, layout: FileLayout | None, file_name: str) -> ImportedState:
    """Return the state of everybody in a file where no column says it of each: by the layout, else by the file's name."""
    if layout and layout.whole:
        return layout.whole
    if ColumnRole.STATE in mapping.roles:
        return ImportedState.UNDECIDED
    state = layouts.guess_state_by_file_name(file_name)
    if state or layout or state_words.is_about_leaving(file_name) or state_words.is_negated(file_name):
        return state
    return ImportedState.SUBSCRIBED  # nothing speaks against it, and the person who imports says where they agreed


def count_tags(survey: dict[str, Any], mapping: ColumnMapping) -> list[tuple[str, int]]:
    """Return the tags of a file with the number of lines that have each, the most frequent first."""
    counted: dict[str, int] = {}
    for column, role in zip(survey["columns"], mapping.roles, strict=True):
        for tag, n in column["tags"] if role == ColumnRole.TAGS else []:
            counted[tag] = counted.get(tag, 0) + n
    return sorted(counted.items(), key=lambda pair: -pair[1])


def list_mapping_questions(survey: dict[str, Any], mapping: ColumnMapping) -> list[MappingQuestion]:
    """Return what a person has to say before anything is imported; an empty list where all is clear."""
    found = [
        MappingQuestion(QuestionCode.ROLE, n) for n, role in enumerate(mapping.roles) if role == ColumnRole.UNDECIDED
    ]
    emails = [n for n, role in enumerate(mapping.roles) if role == ColumnRole.EMAIL]
    if len(emails) != 1:
        found.append(MappingQuestion(QuestionCode.ADDRESS))
    found += [MappingQuestion(QuestionCode.ROLE_TWICE, n) for n in _find_duplicate_roles(mapping.roles)]
    for n, role in enumerate(mapping.roles):
        if role == ColumnRole.STATE:
            found += _list_value_questions(survey["columns"][n], n, mapping.values[n])
    if has_no_state_column(mapping) and not mapping.whole:
        found.append(MappingQuestion(QuestionCode.STATE_OF_FILE))
    if mapping.day_first is None and is_date_order_unclear(survey, mapping):
        found.append(MappingQuestion(QuestionCode.DATE_ORDER))
    if not mapping.agreed:
        found.append(MappingQuestion(QuestionCode.LAYOUT))
    return found


def _find_duplicate_roles(roles: list[ColumnRole]) -> list[int]:
    return [
        n for n, role in enumerate(roles) if role in UNIQUE_ROLES and role != ColumnRole.EMAIL and role in roles[:n]
    ]


def _list_value_questions(column: dict[str, Any], n: int, states_of: dict[str, ImportedState]) -> list[MappingQuestion]:
    if column["values"] is None:
        return [MappingQuestion(QuestionCode.TOO_MANY_VALUES, n)]
    return [MappingQuestion(QuestionCode.VALUE, n, value) for value, _n in column["values"] if not states_of.get(value)]


def has_no_state_column(mapping: ColumnMapping) -> bool:
    """Say whether no column says of each line who may be written to: then the file as a whole has one state."""
    return ColumnRole.STATE not in mapping.roles


def is_date_order_unclear(survey: dict[str, Any], mapping: ColumnMapping) -> bool:
    """Say whether the dates of a file can be read as day or month first, and no date in it decides which."""
    orders = {
        order
        for column, role in zip(survey["columns"], mapping.roles, strict=True)
        if role == ColumnRole.DATE
        for order in column["orders"]
    }
    return DateOrder.EITHER in orders and len(orders & {DateOrder.DAY, DateOrder.MONTH}) != 1


def is_day_first(survey: dict[str, Any], mapping: ColumnMapping) -> bool:
    """Say whether the day stands before the month in a file's dates, as a person or, without an answer, the file says."""
    if mapping.day_first is not None:
        return mapping.day_first
    orders = {
        order
        for column, role in zip(survey["columns"], mapping.roles, strict=True)
        if role == ColumnRole.DATE
        for order in column["orders"]
    }
    return DateOrder.MONTH not in orders
