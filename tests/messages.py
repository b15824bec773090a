"""Extracts the sentences of code and templates into `newsletter/locale`, and names those that are not translated: `make messages`.

One file per language has everything: Korean that of the desk and of the readers' side, the drafts of other languages the
readers' side as far as it is translated. Needs GNU gettext (Debian's package `gettext`).
"""

import datetime as dt
import io
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.core.management import call_command
from django.core.management.commands.makemessages import Command

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "newsletter" / "locale"
COMPLETE = {"ko"}  # the desk and the readers' side
# What readers see; where a part of it is for editors, it stands in _FOR_EDITORS.
_FOR_READERS = (
    *("templates/site/", "templates/email/", "newsletter/site/", "newsletter/emails/", "newsletter/transactional/"),
    *(
        "newsletter/subscribers/",
        "newsletter/templatetags/",
        "digests/review/provenance_words",
        "digests/text/localization",
        "digests/text/section_labels",
        "digests/writing/chart",
        "digests/review/provenance_words",
    ),
)
_FOR_EDITORS = (
    "newsletter/emails/compose_problems",
    "newsletter/subscribers/csv_",
    "newsletter/subscribers/category_",
    "newsletter/transactional/editor_",
)
_IGNORED = (".*", "var", "tests", "bench", "docs", "*/migrations/*")
_NO_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_PLACE = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


class MessageExtraction(Command):
    """Django's makemessages, which writes no file but gives back what it found."""

    found: Catalog

    def write_po_file(self, potfile: str, locale: str) -> None:
        """Keep the extracted messages; the files are written by `update_catalog`."""
        template = Path(potfile)
        template.write_bytes(
            template.read_bytes().replace(b"nplurals=INTEGER; plural=EXPRESSION", b"nplurals=2; plural=(n != 1)")
        )
        self.found = _read(template)


def extract_messages() -> Catalog:
    """Return all sentences of code and templates, with the files in which they stand. Raises CommandError without gettext."""
    before = Path.cwd()
    os.chdir(ROOT)  # makemessages reads below the current folder
    try:
        command = MessageExtraction(stdout=io.StringIO(), stderr=io.StringIO())
        call_command(
            command,
            locale=["ko"],
            extensions=["html", "txt", "py", "mjml"],
            add_location="file",
            no_wrap=True,
            ignore_patterns=list(_IGNORED),
            verbosity=0,
        )
        return command.found
    finally:
        os.chdir(before)


def list_locales() -> list[str]:
    """Return the languages that have a file, as gettext names them: "ko", "zh_Hans"."""
    return sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/django.po"))


def get_path(locale: str) -> Path:
    """Return the file of a language."""
    return LOCALE / locale / "LC_MESSAGES" / "django.po"


def read_catalog(locale: str) -> Catalog:
    """Return the translations of a language as they stand in its file."""
    return _read(get_path(locale), locale)


def update_catalog(kept: Catalog, found: Catalog, locale: str) -> Catalog:
    """Return a language's file with exactly the sentences that it has to have, in the order of the code.

    Nothing is guessed: a sentence that changed is one without a translation.
    """
    updated = Catalog(locale=locale, fuzzy=False)
    updated.mime_headers = [
        ("Plural-Forms", kept.plural_forms)
    ]  # those of the file: Babel counts more in some languages
    for message in _in_scope(found, locale):
        old = kept.get(_key(message), message.context)
        if locale not in COMPLETE and (old is None or not any(old.string or ())):
            continue  # a draft may have less: the rest is read in English
        same = old is not None and isinstance(old.id, str) == isinstance(message.id, str)
        flags = {flag for flag in message.flags if flag != "fuzzy"} | (
            {"fuzzy"} if same and old and old.fuzzy else set()
        )
        updated.add(
            message.id,
            old.string if same and old else "" if isinstance(message.id, str) else [""] * updated.num_plurals,
            [(path, 0) for path in sorted({path for path, _line in message.locations})],
            flags,
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return updated


def list_untranslated(found: Catalog, locale: str) -> list[str]:
    """Return the sentences of a draft's readers' side that are read in English."""
    kept = read_catalog(locale)
    scope = [(message, kept.get(_key(message), message.context)) for message in _in_scope(found, locale)]
    return [_key(message) for message, old in scope if old is None or not any(old.string or ())]


def list_faults(catalog: Catalog) -> list[str]:
    """Return what is missing, fuzzy, or has other places than the English, one line each."""
    faults = []
    for message in _messages(catalog):
        said = [message.string] if isinstance(message.string, str) else list(message.string or ())
        asked = {place for one in _texts(message) for place in _PLACE.findall(one)}
        if not all(said):
            faults.append(f"missing: {_key(message)}")
        elif message.fuzzy:
            faults.append(f"fuzzy: {_key(message)}")
        elif any(set(_PLACE.findall(one)) - asked or asked - set(_PLACE.findall(said[-1])) for one in said):
            faults.append(f"other places: {_key(message)}")
    return faults


def format_catalog(catalog: Catalog) -> bytes:
    """Return the file of a catalog, without a date: the same sentences are the same bytes."""
    file = io.BytesIO()
    write_po(file, catalog, width=0, omit_header=True, sort_by_file=False)
    locale = str(catalog.locale_identifier)
    comment = "" if locale in COMPLETE else "# A draft: a native speaker has not read it yet.\n"
    header = (
        f'{comment}msgid ""\nmsgstr ""\n"Project-Id-Version: daily-insights\\n"\n"Language: {locale}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    )
    return header.encode() + file.getvalue()


def compile_catalog(catalog: Catalog) -> bytes:
    """Return the compiled file of a catalog, which has no date of its own either."""
    catalog.creation_date = catalog.revision_date = _NO_DATE
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def _in_scope(found: Catalog, locale: str) -> Iterator[Message]:
    for message in _messages(found):
        paths = [path for path, _line in message.locations]
        if locale in COMPLETE or any(map(_is_for_readers, paths)):
            yield message


def _is_for_readers(path: str) -> bool:
    return path.startswith(_FOR_READERS) and not path.startswith(_FOR_EDITORS)


def _messages(catalog: Catalog) -> Iterable[Message]:
    return (message for message in catalog if message.id)


def _texts(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def _key(message: Message) -> str:
    return _texts(message)[0]


def _read(path: Path, locale: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale, ignore_obsolete=True)


def main() -> int:
    """Write the files, and return how many languages have a fault: Korean, where a sentence is missing, and any with a wrong one."""
    if not shutil.which("xgettext"):
        sys.stderr.write("make messages needs GNU gettext: apt install gettext\n")
        return 1
    found, wrong = extract_messages(), 0
    for locale in list_locales():
        catalog = update_catalog(read_catalog(locale), found, locale)
        get_path(locale).write_bytes(format_catalog(catalog))
        get_path(locale).with_suffix(".mo").write_bytes(compile_catalog(read_catalog(locale)))
        faults, absent = list_faults(catalog), len(list_untranslated(found, locale))
        wrong += bool(faults)
        rest = f", {absent} are in English" if absent else ""
        sys.stdout.write("\n  ".join([f"{locale}: {len(catalog)} sentences{rest}", *faults]) + "\n")
    return wrong


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.exit(main())
