"""Why a file can't be taken: a code with its values, said in the language of whoever reads it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

_WORDS = {
    "workbook": gettext_noop(
        "This is a workbook of a spreadsheet, not a CSV file. Open it, choose “Save As”, then “CSV UTF-8”, and take that file."
    ),
    "archive": gettext_noop("This is an archive. Unpack it, and take the CSV files in it one after the other."),
    "not_text": gettext_noop("This is no text file."),
    "encoding": gettext_noop("The file is neither UTF-8 nor CP949 text. Save it as “CSV UTF-8”."),
    "too_large": gettext_noop("The file is larger than %(n)d MB."),
    "nobody": gettext_noop("The file names its columns, and nobody below them."),
    "empty": gettext_noop("The file is empty."),
    "headless": gettext_noop("Line %(n)d must name the columns, but an address stands in it."),
    "no_address": gettext_noop("No column holds addresses. The first line must name the columns, one of them “email”."),
    "double": gettext_noop("The column “%(name)s” stands there twice."),
    "wide": gettext_noop("The file has more than %(n)d columns."),
    "open_quote": gettext_noop("Line %(n)d opens a quote that does not close: the lines below it would be lost."),
    "no_csv": gettext_noop("Line %(n)d is no CSV: %(why)s"),
    "category_gone": gettext_noop("There is no category “%(slug)s”."),
    "unexpected": gettext_noop("Something went wrong that nobody foresaw: it stands in the log."),
    "consent": gettext_noop("Say where these people agreed: it is kept as the proof."),
}


class CsvImportError(Exception):
    """The file can't be taken: `code` and `values` say why, and can be kept as JSON."""

    def __init__(self, code: str, **values: Any) -> None:
        """Keep the code and what its sentence is filled with."""
        super().__init__(code)
        self.code, self.values = code, values

    def __str__(self) -> str:
        """Return the sentence in the language of the page."""
        return _(_WORDS[self.code]) % self.values

    def as_row(self) -> dict[str, Any]:
        """Return it as an import keeps it."""
        return {"code": self.code, **self.values}


def describe_stored_error(row: dict[str, Any]) -> str:
    """Return the sentence of an error that an import keeps; nothing where it keeps none."""
    values = {name: value for name, value in row.items() if name != "code"}
    return str(CsvImportError(row["code"], **values)) if row else ""
