"""Surveys the file of a CSV import in one pass: the names of its columns, five sample rows, and the values of each column.

Of a column with many values only some are kept, with tags, dates and words about leaving. The result is JSON on the import,
so that pages and workers need not read the file again. Not here: what the columns mean (column_mapping).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from newsletter.models import Import
from newsletter.subscribers import csv_export
from newsletter.subscribers.csv_import import date_columns, layouts, read_files, state_words
from newsletter.subscribers.csv_import.import_errors import CsvImportError, ImportErrorCode
from newsletter.subscribers.csv_import.read_files import ImportFileLines

MAX_SAMPLES = 5  # rows that the page shows
MAX_STATE_VALUES = 8  # a column with more different values is not taken for a state
MAX_LISTED_VALUES = 24  # as many as a person can be asked about one by one
MAX_LISTED_TAGS = 200
_MAX_COLUMNS = 200
_MAX_CELL_CHARS = 80  # a longer cell is neither a state nor a tag
_MAX_NOTE_CHARS = 1_000  # notes are looked through for words about leaving
_HEARTBEAT_LINES = 5_000  # read in far less than the lease of the import


@dataclass
class SurveyedColumn:
    """The survey of one column; `values` counts each value, and is None where there are too many."""

    name: str
    values: Counter[str] | None = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    filled: int = 0
    addresses: int = 0
    away: list[str] = field(default_factory=list)  # cells that say that somebody left
    orders: list[date_columns.DateOrder] = field(default_factory=list)  # of day and month in its dates
    shown: list[str] = field(default_factory=list)  # the first different cells that are not empty
    is_note: bool = False  # people write there what they like

    def add(self, cell: str) -> None:
        """Add a cell to the survey."""
        if cell:
            self.filled += 1
            if len(self.shown) < MAX_SAMPLES and cell not in self.shown:
                self.shown.append(cell[:_MAX_CELL_CHARS])
            self.addresses += "@" in cell
        is_short = len(cell) <= (_MAX_NOTE_CHARS if self.is_note else _MAX_CELL_CHARS)
        if self.values is not None and is_short and (cell in self.values or len(self.values) < MAX_LISTED_VALUES):
            self.values[cell] += 1
            return
        if self.values is not None:
            self.close()
            self.values = None
        if is_short:
            self._inspect_cell(cell, 1)

    def close(self) -> None:
        """Inspect the values that were only counted so far; each once, however often it stands there."""
        for cell, n in (self.values or {}).items():
            self._inspect_cell(cell, n)

    def _inspect_cell(self, cell: str, n: int) -> None:
        says_left = state_words.is_away_word(cell) or (self.is_note and state_words.is_about_leaving(cell))
        if says_left and cell not in self.away and len(self.away) < MAX_LISTED_VALUES:
            self.away.append(cell)
        order = date_columns.detect_date_order(cell)
        if order and order not in self.orders:
            self.orders.append(order)
        if len(self.tags) < MAX_LISTED_TAGS or cell in self.tags or "," in cell or ";" in cell:
            for tag in split_tags(cell):
                if tag in self.tags or len(self.tags) < MAX_LISTED_TAGS:
                    self.tags[tag] += n


def split_tags(cell: str) -> list[str]:
    """Return the tags in a cell: tools separate them by commas, semicolons or bars, and some put them in quotes or brackets."""
    found = (tag.strip(" \"[]'") for tag in cell.replace(";", ",").replace("|", ",").split(","))
    return [tag[:_MAX_CELL_CHARS] for tag in found if tag]


def survey_file(row: Import, beat: Callable[[int, int], None]) -> dict[str, Any]:
    """Return the survey of a file, ready for JSON. Raises CsvImportError.

    `beat(place, line)` is called every few thousand lines with the place in the file, to renew the lease of the import.
    """
    lines = ImportFileLines(row)
    between, names = read_files.read_header(lines)
    _check_header(names, lines.number)
    begins = lines.place, lines.number
    columns = [SurveyedColumn(name, is_note=layouts.is_note_column(name)) for name in names]
    samples: list[list[str]] = []
    n = 0
    for _number, cells in read_files.read_records(lines, between, len(names)):
        if not n:  # some spreadsheets fill more columns than they name
            columns += [SurveyedColumn("") for _cell in cells[len(columns) :]]
        n += 1
        values = [csv_export.unescape_formula(cell.strip()) for cell in cells]
        for place, column in enumerate(columns):
            column.add(values[place] if place < len(values) else "")
        if n <= MAX_SAMPLES:
            samples.append([cell[:_MAX_CELL_CHARS] for cell in values[: len(columns)]])
        if not n % _HEARTBEAT_LINES:
            beat(lines.place, lines.number)
    if not n:
        raise CsvImportError(ImportErrorCode.NO_LINES)
    for column in columns:
        column.close()
    _check_width(columns)
    return {
        "between": between,
        "place": begins[0],
        "line": begins[1],
        "lines": n,
        "samples": samples,
        "columns": [{**_column_as_json(column), "is_partly": column.filled < n} for column in columns],
    }


def _check_header(names: list[str], number: int) -> None:
    """Raise CsvImportError where the first line does not name columns."""
    if any("@" in name for name in names):
        raise CsvImportError(ImportErrorCode.NO_HEADER, line=number)
    if not any(name.strip() for name in names):
        raise CsvImportError(ImportErrorCode.NO_ADDRESS_COLUMN)


def _check_width(columns: list[SurveyedColumn]) -> None:
    if len(columns) > _MAX_COLUMNS:
        raise CsvImportError(ImportErrorCode.TOO_MANY_COLUMNS, limit=_MAX_COLUMNS)
    if not any(column.addresses for column in columns):
        raise CsvImportError(ImportErrorCode.NO_ADDRESS_COLUMN)


def _column_as_json(column: SurveyedColumn) -> dict[str, Any]:
    survey = asdict(column)
    survey["name"] = " ".join(column.name.split())[:_MAX_CELL_CHARS]
    survey["values"] = None if column.values is None else column.values.most_common()
    survey["tags"] = column.tags.most_common(MAX_LISTED_TAGS)
    return survey
