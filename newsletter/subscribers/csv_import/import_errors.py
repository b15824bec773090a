"""Errors of a CSV import: a code and values are stored, and become a sentence in the language of the page that shows them."""

from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop


class ImportErrorCode(StrEnum):
    """Why a file cannot be taken; kept as JSON on the import."""

    WORKBOOK = "workbook"
    ARCHIVE = "archive"
    NOT_TEXT = "not_text"
    ENCODING = "encoding"
    TOO_LARGE = "too_large"
    NO_LINES = "nobody"
    EMPTY = "empty"
    NO_HEADER = "headless"
    NO_ADDRESS_COLUMN = "no_address"
    TOO_MANY_COLUMNS = "wide"
    OPEN_QUOTE = "open_quote"
    NOT_CSV = "no_csv"
    CATEGORY_GONE = "category_gone"
    UNEXPECTED = "unexpected"
    NO_CONSENT_SOURCE = "consent"


_MESSAGES = {
    ImportErrorCode.WORKBOOK: gettext_noop(
        "This is a workbook of a spreadsheet, not a CSV file. Open it, choose “Save As”, then “CSV UTF-8”, and take that file."
    ),
    ImportErrorCode.ARCHIVE: gettext_noop(
        "This is an archive. Unpack it, and take the CSV files in it one after the other."
    ),
    ImportErrorCode.NOT_TEXT: gettext_noop("This isn’t a text file. Upload a CSV file."),
    ImportErrorCode.ENCODING: gettext_noop("The file is neither UTF-8 nor CP949 text. Save it as “CSV UTF-8”."),
    ImportErrorCode.TOO_LARGE: gettext_noop("The file is larger than %(n)d MB."),
    ImportErrorCode.NO_LINES: gettext_noop("This file has column names but no subscribers."),
    ImportErrorCode.EMPTY: gettext_noop("The file is empty."),
    ImportErrorCode.NO_HEADER: gettext_noop("Line %(n)d must name the columns, but it has an email address."),
    ImportErrorCode.NO_ADDRESS_COLUMN: gettext_noop(
        "No column has email addresses. The first line must name the columns, one of them “email”."
    ),
    ImportErrorCode.TOO_MANY_COLUMNS: gettext_noop("The file has more than %(n)d columns."),
    ImportErrorCode.OPEN_QUOTE: gettext_noop(
        "Line %(n)d opens a quote that never closes. The lines below it would be lost."
    ),
    ImportErrorCode.NOT_CSV: gettext_noop("Line %(n)d isn’t valid CSV: %(why)s"),
    ImportErrorCode.CATEGORY_GONE: gettext_noop("There’s no category “%(slug)s”."),
    ImportErrorCode.UNEXPECTED: gettext_noop("Something unexpected went wrong. Details are in the log."),
    ImportErrorCode.NO_CONSENT_SOURCE: gettext_noop("Enter where consent was given. We keep it as proof."),
}


class CsvImportError(Exception):
    """The file cannot be imported: `code` and `values` say why, and can be kept as JSON."""

    def __init__(self, code: ImportErrorCode, **values: Any) -> None:
        """Keep the code and the values that fill its sentence."""
        super().__init__(code)
        self.code, self.values = code, values

    def __str__(self) -> str:
        """Return the sentence in the language of the page."""
        return _(_MESSAGES[self.code]) % self.values

    def as_row(self) -> dict[str, Any]:
        """Return the error as the import keeps it, ready for JSON."""
        return {"code": self.code, **self.values}


def describe_stored_error(row: dict[str, Any]) -> str:
    """Return the sentence of an error that an import keeps; an empty string where it keeps none."""
    values = {name: value for name, value in row.items() if name != "code"}
    return str(CsvImportError(ImportErrorCode(row["code"]), **values)) if row else ""
