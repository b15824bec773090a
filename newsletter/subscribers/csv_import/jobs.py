"""Runs CSV imports in workers: a file is surveyed, checked and written in pieces, and any worker continues after a killed one.

One worker at a time has an import, by a token that it renews with every piece (a lease of a minute). The lines of a piece
and the progress of the import are written in one transaction, so that no line is lost and none counts twice. Not here: the
pages (admin), what a line means (judge_rows), and which rows it becomes (write_rows).
"""

import datetime as dt
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import IO, Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import ngettext, override

from digests.models import Publication, RowFailure
from digests.models.row_failures import DATABASE_DOWN_ERRORS, record_row_failure
from digests.text.messages import make_message
from newsletter.models import DeskLanguage, Import
from newsletter.subscribers import consent, split_prompts
from newsletter.subscribers.csv_import import column_mapping, judge_rows, read_files, write_rows
from newsletter.subscribers.csv_import.fingerprints import FingerprintSet
from newsletter.subscribers.csv_import.import_errors import CsvImportError, ImportErrorCode
from newsletter.subscribers.csv_import.judge_rows import ImportLine, LineJudge
from newsletter.subscribers.csv_import.read_files import ImportFileLines
from newsletter.subscribers.csv_import.survey import survey_file

logger = logging.getLogger(__name__)

CHUNK_LINES = 500  # their addresses go into one query, of which SQLite takes 999 values or more
LEASE = dt.timedelta(minutes=1)  # a worker that is silent for longer is taken to be dead
MAX_TURN_SECONDS = 50  # of one task: a worker that is asked to stop waits no longer for it
UNDECIDED_RETENTION = dt.timedelta(days=7)  # of a file that nobody decides about: it holds addresses
_MAX_PROBLEMS = 200  # kept on the row for the page; the counts hold the others too
_MAX_TRIES = 3  # of a piece, while people sign up with the same addresses
_FAILURE_STEP = "imports"  # of RowFailure
_MAX_FAILURES = 5  # unexpected errors until an import is given up
State = Import.State


class ImportLeaseLostError(Exception):
    """Another worker has taken the import over, or a person has discarded it."""


def start_import(row: Import, file: IO[bytes]) -> None:
    """Store an uploaded file and its import, which a worker surveys next. Raises CsvImportError."""
    if not row.consent.strip():
        raise CsvImportError(ImportErrorCode.NO_CONSENT_SOURCE)
    read_files.store_file(row, file)
    logger.info("import=%s publication=%s characters=%d", row.pk, row.publication_id, row.size)


def save_mapping(row: Import, meaning: column_mapping.ColumnMapping) -> bool:
    """Save a person's mapping of the columns; return whether nothing is left open, so that the file is checked next."""
    still_open = column_mapping.list_mapping_questions(row.survey, meaning)
    rows = Import.objects.filter(pk=row.pk, state__in=[State.ASKING, State.READY])
    values = {"mapping": meaning.as_row(), "state": State.ASKING if still_open else State.CHECKING, "error": {}}
    return bool(rows.update(**values, **_progress_at_start(row)) and not still_open)


def reopen_mapping(row: Import) -> bool:
    """Let a person change the mapping of a checked file before it is imported; return whether it was this call that did."""
    return bool(Import.objects.filter(pk=row.pk, state=State.READY).update(state=State.ASKING))


def confirm_import(row: Import) -> bool:
    """Let a worker write the checked file; return whether it was this call that began it."""
    row.refresh_from_db()
    if row.state != State.READY:
        return False
    rows = Import.objects.filter(pk=row.pk, state=State.READY)
    return bool(rows.update(state=State.IMPORTING, counts={}, **_progress_at_start(row)))


def discard_import(row: Import) -> bool:
    """Delete an import and its file while nothing of it is written; return whether there was one."""
    RowFailure.objects.filter(step=_FAILURE_STEP, row=str(row.pk)).delete()
    return bool(Import.objects.filter(pk=row.pk).exclude(state__in=[State.IMPORTING, State.DONE]).delete()[0])


def count_remaining_lines(publication: Publication) -> int:
    """Return how many lines the running imports of a publication still have to write."""
    running = Import.objects.filter(publication=publication, state=State.IMPORTING)
    return running.aggregate(n=Sum(F("lines") - F("done")))["n"] or 0


def is_import_running(publication: Publication) -> bool:
    """Say whether an import into a publication is being written."""
    return Import.objects.filter(publication=publication, state=State.IMPORTING).exists()


def purge_undecided_imports(now: dt.datetime | None = None) -> int:
    """Delete imports that nobody decided about for a week, with their files; return how many."""
    waiting = Import.objects.exclude(state__in=[State.IMPORTING, State.DONE])
    return (
        waiting.filter(created_at__lt=(now or timezone.now()) - UNDECIDED_RETENTION)
        .delete()[1]
        .get("newsletter.Import", 0)
    )


def run_due_imports(*, seconds: float = MAX_TURN_SECONDS, only: int | None = None) -> int:
    """Claim the due imports one after the other and do their next step; return how many were claimed.

    `only` is the id of the one import to look at. After `seconds`, no further one is claimed.
    """
    stop = time.monotonic() + seconds
    claimed = 0
    while row := _claim_import(only):
        claimed += 1
        _run_step(row, stop)
        if time.monotonic() >= stop:
            break
    return claimed


def _claim_import(only: int | None) -> Import | None:
    """Claim the oldest import that waits for a worker and that no living worker has."""
    now = timezone.now()
    free = Q(token="") | Q(worked_at__lt=now - LEASE)
    due = Import.objects.filter(free, state__in=[State.READING, State.CHECKING, State.IMPORTING])
    due = due.filter(pk=only) if only else due
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        # A conditional UPDATE: of two workers that saw the same row, one gets it.
        if due.filter(pk=pk).update(token=secrets.token_hex(8), worked_at=now):
            return Import.objects.select_related("publication").get(pk=pk)
    return None


def _run_step(row: Import, stop: float) -> None:
    """Do the next step of an import; an error stops this import alone."""
    steps: dict[str, Callable[[Import, float], None]] = {
        State.READING: _read_file,
        State.CHECKING: _check_lines,
        State.IMPORTING: _write_import,
    }
    try:
        steps[row.state](row, stop)
    except CsvImportError as error:
        _reject_file(row, error)
    except ImportLeaseLostError:
        logger.warning("import=%s was taken over", row.pk)
    except DATABASE_DOWN_ERRORS:  # no fault of this import, and nothing could be noted anyway
        raise
    except Exception as error:
        _record_failure(row, error)
    else:
        RowFailure.objects.filter(step=_FAILURE_STEP, row=str(row.pk)).delete()


def _record_failure(row: Import, error: Exception) -> None:
    """Record an unexpected error; another worker tries again after the lease, until there were too many errors."""
    record_row_failure(_FAILURE_STEP, str(row.pk), error)
    if RowFailure.objects.filter(step=_FAILURE_STEP, row=str(row.pk), failures__gte=_MAX_FAILURES).exists():
        _release_import(row, state=State.FAILED, error=make_message(ImportErrorCode.UNEXPECTED))


def _reject_file(row: Import, error: CsvImportError) -> None:
    """Store why a file cannot be imported, and delete its text.

    Where a category is gone since the check, the file stays: a person looks at the mapping again.
    """
    logger.warning("import=%s refused: %s", row.pk, error.code)
    state = State.ASKING if error.code is ImportErrorCode.CATEGORY_GONE else State.FAILED
    _release_import(row, state=state, error=error.message)
    if state == State.FAILED:
        row.parts.all().delete()


def _release_import(row: Import, **values: Any) -> None:
    """Write the result of a step and give the import up. Raises ImportLeaseLostError where another worker has it."""
    if not Import.objects.filter(pk=row.pk, token=row.token).update(**values, token="", worked_at=None):
        raise ImportLeaseLostError
    row.refresh_from_db()


def _make_heartbeat(row: Import) -> Callable[[int, int], None]:
    def beat(place: int, line: int) -> None:
        mine = Import.objects.filter(pk=row.pk, token=row.token)
        if not mine.update(place=place, line=line, worked_at=timezone.now()):
            raise ImportLeaseLostError

    return beat


def _read_file(row: Import, _stop: float) -> None:
    """Survey a file and propose a mapping; the check is next where the mapping leaves nothing open."""
    found = survey_file(row, _make_heartbeat(row))
    meaning = column_mapping.propose_mapping(found, row.name, _map_names_to_slugs(row.publication))
    state = State.ASKING if column_mapping.list_mapping_questions(found, meaning) else State.CHECKING
    row.survey = found
    values = {"survey": found, "mapping": meaning.as_row(), "lines": found["lines"], "state": state}
    _release_import(row, **values, **_progress_at_start(row))


def _progress_at_start(row: Import) -> dict[str, Any]:
    return {"place": row.survey["place"], "line": row.survey["line"], "done": 0, "problems": []}


def _map_names_to_slugs(publication: Publication) -> dict[str, str]:
    """Return the slug of each open category by its slug and by its name in each language, in lower case."""
    named: dict[str, str] = {}
    for category in consent.list_open_categories(publication):
        named |= {str(name).lower(): category.slug for name in (category.slug, *category.names.values())}
    return named


def _check_lines(row: Import, _stop: float) -> None:
    """Count what would become of the lines, without writing any."""
    beat = _make_heartbeat(row)
    counts: Counter[str] = Counter()
    problems: list[Any] = []
    seen = FingerprintSet()
    judge = LineJudge(row.survey, column_mapping.load_mapping(row.mapping), row.publication)
    lines = ImportFileLines(row, row.survey["place"], row.survey["line"])
    records = read_files.read_records(lines, row.survey["between"], len(row.survey["columns"]))
    while chunk := [judge.read_line(number, cells) for number, cells in islice(records, CHUNK_LINES)]:
        judged = judge_rows.decide_line_fates(chunk, _find_known_addresses(chunk, row), seen)
        seen |= judge_rows.fingerprint_lines(judged)
        counts.update(line.fate for line in judged if line.fate)
        problems += [[line.number, *line.problem] for line in judged if line.problem][: _MAX_PROBLEMS - len(problems)]
        beat(lines.place, lines.number)
    # A person agrees to these counts and to the categories of this moment: those are written, even if some are divided later.
    row.survey["slugs"] = judge.slugs
    _release_import(row, counts=counts, problems=problems, state=State.READY, survey=row.survey)


def _find_known_addresses(chunk: list[ImportLine], row: Import) -> dict[str, judge_rows.KnownAddress]:
    return judge_rows.find_known_addresses(list({line.key for line in chunk if not line.fate}), row.publication)


def _write_import(row: Import, stop: float) -> None:
    """Write the lines piece by piece, from the place up to which the last worker came."""
    judge = LineJudge(row.survey, column_mapping.load_mapping(row.mapping), row.publication, slugs=row.survey["slugs"])
    lines = ImportFileLines(row, row.place, row.line)
    records = read_files.read_records(lines, row.survey["between"], len(row.survey["columns"]))
    seen = _fingerprint_written_lines(row, judge)
    while chunk := [judge.read_line(number, cells) for number, cells in islice(records, CHUNK_LINES)]:
        _write_chunk(row, chunk, seen, lines)
        if time.monotonic() >= stop:
            _release_import(row, state=State.IMPORTING)
            return
    _finish_import(row)


def _fingerprint_written_lines(row: Import, judge: LineJudge) -> FingerprintSet:
    """Return the fingerprints of the addresses that earlier workers wrote, to find duplicates among the rest."""
    seen = FingerprintSet()
    lines = ImportFileLines(row, row.survey["place"], row.survey["line"])
    for number, cells in read_files.read_records(lines, row.survey["between"], len(row.survey["columns"])):
        if lines.place > row.place:
            break
        seen |= judge_rows.fingerprint_lines([judge.read_line(number, cells)])
    return seen


def _write_chunk(row: Import, chunk: list[ImportLine], seen: FingerprintSet, lines: ImportFileLines) -> None:
    """Write some lines and the progress of the import in one transaction.

    Retried where somebody signs up with one of the addresses in this moment: then the rows are looked at again.
    """
    for tries_left in reversed(range(_MAX_TRIES)):
        try:
            with transaction.atomic():
                split_prompts.lock_category_changes()
                known = _find_known_addresses(chunk, row)
                judged = judge_rows.decide_line_fates(chunk, known, seen)
                write_rows.write_lines(judged, known, row)
                _save_progress(row, judged, lines)
        except IntegrityError:  # a unique address was taken between the look and the writing
            if not tries_left:
                raise
            continue
        seen |= judge_rows.fingerprint_lines(judged)
        return


def _save_progress(row: Import, judged: list[ImportLine], lines: ImportFileLines) -> None:
    counts = Counter(row.counts) + Counter(line.fate for line in judged if line.fate)
    mine = Import.objects.filter(pk=row.pk, token=row.token, state=State.IMPORTING)
    progress = {"place": lines.place, "line": lines.number, "done": row.done + len(judged), "counts": dict(counts)}
    if not mine.update(worked_at=timezone.now(), **progress):
        raise ImportLeaseLostError
    for name, value in progress.items():
        setattr(row, name, value)


def _finish_import(row: Import) -> None:
    """End an import: delete the file, and keep of the survey only the names of the columns, so that no address stays."""
    with transaction.atomic():
        bare = {**row.survey, "samples": [], "columns": [{"name": one["name"]} for one in row.survey["columns"]]}
        _release_import(row, state=State.DONE, finished_at=timezone.now(), survey=bare, mapping={}, problems=[])
        row.parts.all().delete()
        _write_log_entry(row)
    taken = sum(row.counts.get(name, 0) for name in judge_rows.IMPORTED_FATES)
    logger.info("imported import=%s publication=%s readers=%d", row.pk, row.publication_id, taken)


def _write_log_entry(row: Import) -> None:
    """Write into the log of the desk how many readers were imported, in the language of the person who began it."""
    if row.by_id is None:
        return
    with override(DeskLanguage.by_user([row.by_id]).get(row.by_id, settings.DEFAULT_LANGUAGE)):
        taken = sum(row.counts.get(name, 0) for name in judge_rows.IMPORTED_FATES)
        words = ngettext("%(n)d subscriber imported: %(consent)s", "%(n)d subscribers imported: %(consent)s", taken) % {
            "n": taken,
            "consent": row.consent,
        }
    LogEntry.objects.create(
        user_id=row.by_id,
        content_type=ContentType.objects.get_for_model(Publication),
        object_id=str(row.publication_id),
        object_repr=str(row.publication)[:200],
        action_flag=CHANGE,
        change_message=words,
    )
