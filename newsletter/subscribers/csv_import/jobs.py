"""An import as a row -> read, checked, and written by a worker, in pieces that each may be the last before it is killed.

One worker at a time has an import in hand, by a token that it renews with every piece; one that was killed is not waited
for longer than a minute. What a piece writes and how far the import is are one transaction: the next worker goes on
behind it, so that no line is lost and none counts twice. Not here: the pages (admin), and what a line means (judging).
"""

import datetime as dt
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import IO, Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from digests.models import Publication, RowFailure
from digests.models.row_failures import DATABASE_DOWN_ERRORS, record_row_failure
from newsletter.models import DeskLanguage, Import
from newsletter.subscribers import consent, split_prompts
from newsletter.subscribers.csv_import import column_mapping, judge_rows, read_files, write_rows
from newsletter.subscribers.csv_import.import_errors import CsvImportError, ImportErrorCode
from newsletter.subscribers.csv_import.judge_rows import ImportLine, LineJudge
from newsletter.subscribers.csv_import.read_files import ImportFileLines
from newsletter.subscribers.csv_import.survey import survey_file

logger = logging.getLogger(__name__)

CHUNK_LINES = 500  # lines: addresses of one query, of which SQLite takes 999 or more
LEASE = dt.timedelta(minutes=1)
MAX_TURN_SECONDS = 50  # of one turn: a worker that is to stop is not held up for longer
UNDECIDED_RETENTION = dt.timedelta(days=7)  # a file that nobody decides about
_MAX_PROBLEMS = 200
_MAX_TRIES = 3
_FAILURE_STEP, _MAX_FAILURES = "imports", 5
State = Import.State


class ImportLeaseLostError(Exception):
    """Another worker has the import in hand, or a person took it back."""


def start_import(row: Import, file: IO[bytes]) -> None:
    """Keep a file for a worker, which reads it next. Raises IntakeError."""
    if not row.consent.strip():
        raise CsvImportError(ImportErrorCode.NO_CONSENT_SOURCE)
    read_files.store_file(row, file)
    logger.info("import=%s publication=%s characters=%d", row.pk, row.publication_id, row.size)


def save_mapping(row: Import, meaning: column_mapping.ColumnMapping) -> bool:
    """Keep what a person says of the columns; the file is checked next where nothing is left open. Say whether it is."""
    left = column_mapping.list_mapping_questions(row.survey, meaning)
    rows = Import.objects.filter(pk=row.pk, state__in=[State.ASKING, State.READY])
    values = {"mapping": meaning.as_row(), "state": State.ASKING if left else State.CHECKING, "error": {}}
    return bool(rows.update(**values, **_from_the_start(row)) and not left)


def reopen_mapping(row: Import) -> bool:
    """Let a person change what the columns mean before the import."""
    return bool(Import.objects.filter(pk=row.pk, state=State.READY).update(state=State.ASKING))


def confirm_import(row: Import) -> bool:
    """Let a worker write what was looked at; say whether it was this call."""
    row.refresh_from_db()
    if row.state != State.READY:
        return False
    rows = Import.objects.filter(pk=row.pk, state=State.READY)
    return bool(rows.update(state=State.IMPORTING, counts={}, **_from_the_start(row)))


def discard_import(row: Import) -> bool:
    """Forget a file of which nothing is written yet."""
    RowFailure.objects.filter(step=_FAILURE_STEP, row=str(row.pk)).delete()
    return bool(Import.objects.filter(pk=row.pk).exclude(state__in=[State.IMPORTING, State.DONE]).delete()[0])


def count_remaining_lines(publication: Publication) -> int:
    """Return how many lines running imports still have to write for a publication."""
    running = Import.objects.filter(publication=publication, state=State.IMPORTING)
    return running.aggregate(n=Sum(F("lines") - F("done")))["n"] or 0


def is_import_running(publication: Publication) -> bool:
    """Say whether an import is being written for a publication."""
    return Import.objects.filter(publication=publication, state=State.IMPORTING).exists()


def purge_undecided_imports(now: dt.datetime | None = None) -> int:
    """Forget files that nobody decided about; return how many."""
    waiting = Import.objects.exclude(state__in=[State.IMPORTING, State.DONE])
    return (
        waiting.filter(created_at__lt=(now or timezone.now()) - UNDECIDED_RETENTION)
        .delete()[1]
        .get("newsletter.Import", 0)
    )


def run_due_imports(*, seconds: float = MAX_TURN_SECONDS, only: int | None = None) -> int:
    """Carry on with the imports that a worker has to do something about; return how many were taken in hand."""
    stop = time.monotonic() + seconds
    taken = 0
    while row := _claim_import(only):
        taken += 1
        _run_step(row, stop)
        if time.monotonic() >= stop:
            break
    return taken


def _claim_import(only: int | None) -> Import | None:
    """Take the oldest import that no living worker has in hand."""
    now = timezone.now()
    free = Q(token="") | Q(worked_at__lt=now - LEASE)
    due = Import.objects.filter(free, state__in=[State.READING, State.CHECKING, State.IMPORTING])
    due = due.filter(pk=only) if only else due
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        if due.filter(pk=pk).update(token=secrets.token_hex(8), worked_at=now):
            return Import.objects.select_related("publication").get(pk=pk)
    return None


def _run_step(row: Import, stop: float) -> None:
    """Do the next step of an import; what goes wrong is this import's failure alone."""
    steps: dict[str, Callable[[Import, float], None]] = {
        State.READING: _read_file,
        State.CHECKING: _check_lines,
        State.IMPORTING: _write_import,
    }
    try:
        steps[row.state](row, stop)
    except CsvImportError as error:
        _fail(row, error)
    except ImportLeaseLostError:
        logger.warning("import=%s is in other hands", row.pk)
    except DATABASE_DOWN_ERRORS:
        raise
    except Exception as error:
        _note_failure(row, error)
    else:
        RowFailure.objects.filter(step=_FAILURE_STEP, row=str(row.pk)).delete()


def _note_failure(row: Import, error: Exception) -> None:
    """Note an unexpected error; the import is tried again once its token is given up, a few times."""
    record_row_failure(_FAILURE_STEP, str(row.pk), error)
    if RowFailure.objects.filter(step=_FAILURE_STEP, row=str(row.pk), failures__gte=_MAX_FAILURES).exists():
        _release_import(row, state=State.FAILED, error={"code": ImportErrorCode.UNEXPECTED})


def _fail(row: Import, error: CsvImportError) -> None:
    """Keep why a file can't be taken; where the categories changed meanwhile, a person looks at the mapping again."""
    logger.warning("import=%s is not taken: %s", row.pk, error.code)
    state = State.ASKING if error.code is ImportErrorCode.CATEGORY_GONE else State.FAILED
    _release_import(row, state=state, error=error.as_row())
    if state == State.FAILED:
        row.parts.all().delete()


def _release_import(row: Import, **values: Any) -> None:
    """Hand an import on with what came of it. Raises LostError where another worker has it."""
    if not Import.objects.filter(pk=row.pk, token=row.token).update(**values, token="", worked_at=None):
        raise ImportLeaseLostError
    row.refresh_from_db()


def _make_heartbeat(row: Import) -> Callable[[int, int], None]:
    def alive(place: int, line: int) -> None:
        mine = Import.objects.filter(pk=row.pk, token=row.token)
        if not mine.update(place=place, line=line, worked_at=timezone.now()):
            raise ImportLeaseLostError

    return alive


def _read_file(row: Import, _stop: float) -> None:
    """Look through a file; go on to the check where nothing has to be asked."""
    found = survey_file(row, _make_heartbeat(row))
    meaning = column_mapping.propose_mapping(found, row.name, _map_names_to_slugs(row.publication))
    state = State.ASKING if column_mapping.list_mapping_questions(found, meaning) else State.CHECKING
    row.survey = found
    values = {"survey": found, "mapping": meaning.as_row(), "lines": found["lines"], "state": state}
    _release_import(row, **values, **_from_the_start(row))


def _from_the_start(row: Import) -> dict[str, Any]:
    return {"place": row.survey["place"], "line": row.survey["line"], "done": 0, "problems": []}


def _map_names_to_slugs(publication: Publication) -> dict[str, str]:
    """Return the slugs of a publication's categories by everything that they are called, in small letters."""
    named: dict[str, str] = {}
    for category in consent.list_open_categories(publication):
        named |= {str(name).lower(): category.slug for name in (category.slug, *category.names.values())}
    return named


def _check_lines(row: Import, _stop: float) -> None:
    """Count what would become of the lines."""
    alive = _make_heartbeat(row)
    counts: Counter[str] = Counter()
    problems: list[Any] = []
    seen: set[int] = set()
    judge = LineJudge(row.survey, column_mapping.load_mapping(row.mapping), row.publication)
    lines = ImportFileLines(row, row.survey["place"], row.survey["line"])
    records = read_files.read_records(lines, row.survey["between"], len(row.survey["columns"]))
    while chunk := [judge.line(number, cells) for number, cells in islice(records, CHUNK_LINES)]:
        told = judge_rows.decide_line_fates(chunk, _find_known_addresses(chunk, row), seen)
        seen |= judge_rows.fingerprint_lines(told)
        counts.update(line.fate for line in told if line.fate)
        problems += [[line.number, *line.problem] for line in told if line.problem][: _MAX_PROBLEMS - len(problems)]
        alive(lines.place, lines.number)
    # Whoever looks at these counts agrees to the categories of now, whatever becomes of them by the time of the writing.
    row.survey["slugs"] = judge.slugs
    _release_import(row, counts=counts, problems=problems, state=State.READY, survey=row.survey)


def _find_known_addresses(chunk: list[ImportLine], row: Import) -> dict[str, judge_rows.KnownAddress]:
    return judge_rows.find_known_addresses(list({line.key for line in chunk if not line.fate}), row.publication)


def _write_import(row: Import, stop: float) -> None:
    """Write the lines piece by piece, from where the last worker stood."""
    judge = LineJudge(row.survey, column_mapping.load_mapping(row.mapping), row.publication, slugs=row.survey["slugs"])
    lines = ImportFileLines(row, row.place, row.line)
    records = read_files.read_records(lines, row.survey["between"], len(row.survey["columns"]))
    seen = _fingerprint_written_lines(row, judge)
    while chunk := [judge.line(number, cells) for number, cells in islice(records, CHUNK_LINES)]:
        _write_chunk(row, chunk, seen, lines)
        if time.monotonic() >= stop:
            _release_import(row, state=State.IMPORTING)
            return
    _finish(row)


def _fingerprint_written_lines(row: Import, judge: LineJudge) -> set[int]:
    """Return the addresses of the lines that an earlier worker wrote."""
    seen: set[int] = set()
    lines = ImportFileLines(row, row.survey["place"], row.survey["line"])
    for number, cells in read_files.read_records(lines, row.survey["between"], len(row.survey["columns"])):
        if lines.place > row.place:
            break
        seen |= judge_rows.fingerprint_lines([judge.line(number, cells)])
    return seen


def _write_chunk(row: Import, chunk: list[ImportLine], seen: set[int], lines: ImportFileLines) -> None:
    """Write some lines and how far the import is with them, both or neither."""
    for left in reversed(range(_MAX_TRIES)):
        try:
            with transaction.atomic():
                split_prompts.lock_category_changes()
                of = _find_known_addresses(chunk, row)
                told = judge_rows.decide_line_fates(chunk, of, seen)
                write_rows.write_lines(told, of, row)
                _note_progress(row, told, lines)
        except IntegrityError:  # somebody signed up in this very moment: look at the rows again
            if not left:
                raise
            continue
        seen |= judge_rows.fingerprint_lines(told)
        return


def _note_progress(row: Import, told: list[ImportLine], lines: ImportFileLines) -> None:
    counts = Counter(row.counts) + Counter(line.fate for line in told if line.fate)
    mine = Import.objects.filter(pk=row.pk, token=row.token, state=State.IMPORTING)
    progress = {"place": lines.place, "line": lines.number, "done": row.done + len(told), "counts": dict(counts)}
    if not mine.update(worked_at=timezone.now(), **progress):
        raise ImportLeaseLostError
    for name, value in progress.items():
        setattr(row, name, value)


def _finish(row: Import) -> None:
    """End an import: the file is gone, and what is kept of it names nobody."""
    with transaction.atomic():
        samples = {**row.survey, "samples": [], "columns": [{"name": one["name"]} for one in row.survey["columns"]]}
        _release_import(row, state=State.DONE, finished_at=timezone.now(), survey=samples, mapping={}, problems=[])
        row.parts.all().delete()
        _write_log_entry(row)
    taken = sum(row.counts.get(name, 0) for name in judge_rows.IMPORTED_FATES)
    logger.info("imported import=%s publication=%s readers=%d", row.pk, row.publication_id, taken)


def _write_log_entry(row: Import) -> None:
    """Write into the desk's log how many came in, in the language of whoever began it."""
    if row.by_id is None:
        return
    with override(DeskLanguage.by_user([row.by_id]).get(row.by_id)):
        taken = sum(row.counts.get(name, 0) for name in judge_rows.IMPORTED_FATES)
        words = _("%(n)d readers imported: %(consent)s") % {"n": taken, "consent": row.consent}
    LogEntry.objects.create(
        user_id=row.by_id,
        content_type=ContentType.objects.get_for_model(Publication),
        object_id=str(row.publication_id),
        object_repr=str(row.publication)[:200],
        action_flag=CHANGE,
        change_message=words,
    )
