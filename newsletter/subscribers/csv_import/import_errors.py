"""Errors of a CSV import: a code and parameters are stored, and become a sentence in the language of the page that shows them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from digests.text.messages import CodedError, MessageCode


class ImportErrorCode(MessageCode):
    """Why a file cannot be taken, or a decision about it not be used."""

    WORKBOOK = (
        "import.workbook",
        _(
            "This is a spreadsheet workbook, not a CSV file. Open it, choose “Save As” and “CSV UTF-8”, and upload that."
        ),
    )
    ARCHIVE = "import.archive", _("This is an archive. Unpack it and upload the CSV files in it one by one.")
    NOT_TEXT = "import.not_text", _("This isn’t a text file. Upload a CSV file.")
    ENCODING = "import.encoding", _("The file is neither UTF-8 nor CP949 text. Save it as “CSV UTF-8”.")
    TOO_LARGE = "import.too_large", _("The file is larger than {limit} MB.")
    NO_LINES = "import.no_lines", _("This file has column names but no subscribers.")
    EMPTY = "import.empty", _("The file is empty.")
    NO_HEADER = "import.no_header", _("Line {line} must name the columns, but it has an email address.")
    NO_ADDRESS_COLUMN = (
        "import.no_address_column",
        _("No column has email addresses. The first line must name the columns, one of them “email”."),
    )
    TOO_MANY_COLUMNS = (
        "import.too_many_columns",
        ngettext_lazy("The file has more than {limit} column.", "The file has more than {limit} columns.", "limit"),
    )
    OPEN_QUOTE = (
        "import.open_quote",
        _("Line {line} opens a quote that never closes. The lines below it would be lost."),
    )
    NOT_CSV = "import.not_csv", _("Line {line} isn’t valid CSV: {why}")
    CATEGORY_GONE = "import.category_gone", _("There’s no category “{slug}”.")
    UNEXPECTED = "import.unexpected", _("Something unexpected went wrong. Details are in the log.")
    NO_CONSENT_SOURCE = "import.no_consent_source", _("Enter where consent was given. We keep it as proof.")


class CsvImportError(CodedError):
    """The file cannot be imported."""
