"""Reads uploaded CSV files: detects the encoding, stores the text in parts, and yields records from any place in it.

The text is stored with lines that end in a line feed, in parts that end where a line ends: a worker on any machine reads
it, never more than a part at a time, and goes on at the character at which another stopped. A quote that does not close
would swallow the lines below it, so such a file is refused, with the number of the line. Not here: what the columns mean
(survey, column_mapping).
"""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.db import transaction

from newsletter.models import Import, ImportPart
from newsletter.subscribers.csv_import.import_errors import CsvImportError, ImportErrorCode

MAX_FILE_BYTES = 200_000_000  # room for 500,000 lines of a tool that writes 400 bytes about each reader
_READ_BYTES = 1 << 18  # of the file in memory at once
_PART_CHARS = 1 << 18  # of a stored part, or more by the rest of a line
_MAX_LINE_CHARS = 1_000_000  # no table has longer lines: the file is something else
_HEAD_BYTES = 8192  # from which the kind of file and its encoding are guessed
# Names inside a zip archive that make it a workbook: Excel, Word, OpenDocument, Numbers.
_WORKBOOK_NAMES = ("xl/", "word/", "[Content_Types].xml", "mimetype", "Index/Document.iwa", "content.xml")
# The first bytes of an Excel file before 2007, and of gzip, RAR and 7z.
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVES = (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")
_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


def store_file(row: Import, file: IO[bytes]) -> None:
    """Save a new import and the text of its file in parts. Raises CsvImportError, and saves nothing then."""
    encoding = detect_encoding(file)
    with transaction.atomic():
        row.save()
        for text in _split_into_parts(file, encoding):
            ImportPart.objects.create(of=row, start=row.size, text=text)
            row.size += len(text)
        if not row.size:
            raise CsvImportError(ImportErrorCode.EMPTY)
        row.save(update_fields=["size"])


def detect_encoding(file: IO[bytes]) -> str:
    """Return the encoding in which the whole file can be read as text. Raises CsvImportError."""
    file.seek(0, io.SEEK_END)
    if file.tell() > MAX_FILE_BYTES:
        raise CsvImportError(ImportErrorCode.TOO_LARGE, limit=MAX_FILE_BYTES // 1_000_000)
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    _refuse_other_kinds(head, file)
    for encoding in _guess_encodings(head):
        try:
            for text in _decode_file(file, encoding):
                if "\x00" in text:
                    raise CsvImportError(ImportErrorCode.NOT_TEXT)
        except UnicodeDecodeError:
            continue
        return encoding
    raise CsvImportError(ImportErrorCode.ENCODING)


def _guess_encodings(head: bytes) -> list[str]:
    """Return the encodings to try, by the first bytes of the file.

    Spreadsheets write a byte order mark before UTF-16, other programs do not: then every second byte of Latin text is zero.
    Text that is not UTF-8 is CP949 on Korean machines.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    low, high = head[::2].count(0), head[1::2].count(0)
    ends = {head[n : n + 2] for n in range(0, len(head), 2)} & {b"\n\0", b"\r\0", b"\0\n", b"\0\r"}
    is_mostly_latin = max(low, high) * 4 > len(head) // 2 and min(low, high) * 20 < max(low, high)
    # In Hangul only the ends of lines and cells have the zero, and some letters have one on the other side.
    if is_mostly_latin or (ends and max(low, high) > 3 * max(min(low, high), 1)):
        return ["utf-16-le" if high > low else "utf-16-be"]
    return ["utf-8-sig", "cp949"]


def _refuse_other_kinds(head: bytes, file: IO[bytes]) -> None:
    """Raise CsvImportError for a workbook or an archive, which people upload in place of a CSV file."""
    if head.startswith(_OLD_WORKBOOK):
        raise CsvImportError(ImportErrorCode.WORKBOOK)
    if head.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(file) as packed:
                names = packed.namelist()
        except zipfile.BadZipFile:  # it was cut off; most such files are workbooks
            names = list(_WORKBOOK_NAMES)
        is_workbook = any(name.startswith(_WORKBOOK_NAMES) for name in names)
        raise CsvImportError(ImportErrorCode.WORKBOOK if is_workbook else ImportErrorCode.ARCHIVE)
    if head.startswith(_ARCHIVES):
        raise CsvImportError(ImportErrorCode.ARCHIVE)


def _decode_file(file: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield a file's text with lines that end in a line feed. Raises UnicodeDecodeError."""
    file.seek(0)
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    while data := file.read(_READ_BYTES):
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def _split_into_parts(file: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield a file's text in parts that end where a line ends."""
    rest = ""
    for text in _decode_file(file, encoding):
        rest += text
        while end := rest.find("\n", _PART_CHARS - 1) + 1:
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > _MAX_LINE_CHARS:
            raise CsvImportError(ImportErrorCode.NOT_TEXT)
    if rest.strip():
        yield rest if rest.endswith("\n") else f"{rest}\n"


class ImportFileLines:
    """The lines of an import's file from a place on; counts the characters and lines that it has handed out."""

    def __init__(self, row: Import, place: int = 0, number: int = 0) -> None:
        """Begin after the first `place` characters, which are `number` lines."""
        self.of, self.place, self.number = row, place, number
        self.record_lines: list[str] = []  # of the record that is being read
        self._lines = self._iterate_lines()

    def __iter__(self) -> Iterator[str]:
        """Return itself: lines are handed out once."""
        return self

    def __next__(self) -> str:
        """Return the next line."""
        line = next(self._lines)
        self.place += len(line)
        self.number += 1
        self.record_lines.append(line)
        return line

    def _iterate_lines(self) -> Iterator[str]:
        at = self.place
        rows = ImportPart.objects.filter(of=self.of)
        part = rows.filter(start__lte=at).order_by("-start").first()
        while part:
            yield from io.StringIO(part.text[max(at - part.start, 0) :])
            part = rows.filter(start__gt=part.start).order_by("start").first()


def read_header(lines: ImportFileLines) -> tuple[str, list[str]]:
    """Return the separator of the cells and the names of the columns. Raises CsvImportError."""
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise CsvImportError(ImportErrorCode.EMPTY)
    named = _SEPARATOR.fullmatch(first.strip())
    if named:  # "sep=;": a line by which Excel states the separator
        first = next((line for line in lines if line.strip()), None)
        if first is None:
            raise CsvImportError(ImportErrorCode.EMPTY)
    bare = re.sub(r'"[^"]*"', "", first)
    between = named[1] if named else max(",;\t|", key=bare.count)
    # A column's name may be quoted over several lines, so the header is read as a record.
    lines.record_lines = []
    number = lines.number
    names = next(_read_rows(_chain_lines(first, lines), between, lines, number), [])
    return between, names


def _chain_lines(first: str, lines: ImportFileLines) -> Iterator[str]:
    yield first
    yield from lines


def read_records(lines: ImportFileLines, between: str, width: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not empty, each with the number of its first line. Raises CsvImportError.

    `between` is the separator and `width` the number of columns.
    """
    rows = csv.reader(lines, delimiter=between, strict=True)
    while True:
        lines.record_lines = []
        number = lines.number + 1
        try:
            cells = next(rows, None)
        except csv.Error as error:
            raise _make_record_error(lines, number, error) from error
        if cells is None:
            return
        if len(lines.record_lines) > 1 and _has_swallowed_lines(cells, between, width):
            raise CsvImportError(ImportErrorCode.OPEN_QUOTE, line=number + _find_opening_quote(lines.record_lines))
        if any(cell.strip() for cell in cells):
            yield number, cells


def _read_rows(some: Iterator[str], between: str, lines: ImportFileLines, number: int) -> Iterator[list[str]]:
    try:
        yield from csv.reader(some, delimiter=between, strict=True)
    except csv.Error as error:
        raise _make_record_error(lines, number, error) from error


def _make_record_error(lines: ImportFileLines, number: int, error: csv.Error) -> CsvImportError:
    """Return the error of a record that the CSV reader refuses; the line of the quote where that is the cause."""
    if "unexpected end" in str(error):
        return CsvImportError(ImportErrorCode.OPEN_QUOTE, line=number + _find_opening_quote(lines.record_lines))
    if len(lines.record_lines) > 1:  # a quote closed in the wrong place, so one before it was left open
        return CsvImportError(ImportErrorCode.OPEN_QUOTE, line=number + _find_opening_quote(lines.record_lines[:-1]))
    return CsvImportError(ImportErrorCode.NOT_CSV, line=number, why=str(error))


def _find_opening_quote(record_lines: list[str]) -> int:
    """Return the index of the record's line in which the last quote opens."""
    quoted, opened = False, 0
    for n, line in enumerate(record_lines):
        for _quote in range(line.count('"')):
            quoted = not quoted
            opened = n if quoted else opened
    return opened


def _has_swallowed_lines(cells: list[str], between: str, width: int) -> bool:
    """Say whether a quoted cell holds lines that are records themselves, because a quote before them was left open."""
    below: list[Any] = [line for cell in cells for line in cell.split("\n")[1:]]
    return width > 1 and any("@" in line and line.count(between) >= width - 1 for line in below)
