"""Keeps marks outside the database: how far each mailing was handed out, in VAR_DIR of each machine and in Redis.

A database that was restored from a backup knows less than was sent; these marks show it. A mark is written to the disk
after a claim was committed and before the first of its messages leaves, and only ever moves on. It belongs to a digest
(publication and date), so that it is found whatever the restored rows know of its mailing. Marks must stay out of backups:
one that comes back with the database proves nothing. A folder of marks that was copied or restored is recognized by the
moment at which the file system changed its first file, which no program can set. Not here: what follows from a mark
(restored_database).
"""

import datetime as dt
import fcntl
import logging
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import kombu
from django.conf import settings
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from newsletter.delivery.journal import JournalError
from newsletter.models import Mailing, deliveries

logger = logging.getLogger(__name__)

MARK_RETENTION = dt.timedelta(days=60)  # an older backup's mailings do not begin by themselves anyway
_MAX_CHANGE_NANOSECONDS = 1_000_000_000  # between writing a file and its change time; a write takes under a millisecond
_MAX_FILE_BYTES = 200
_FOLDER_FILE, _FOLDER_NAME_LETTERS = "place", 16  # the first file, and the letters of the folder's name in it
_REDIS_TIMEOUT_SECONDS = 2  # a claim waits for no longer: the disk's mark is enough
# Both marks are of one length and form, so that the later one is the greater text. One step, so that two machines never
# move a mark back. It expires with MARK_RETENTION.
_MOVE_MARK_LUA = """
local old = redis.call('GET', KEYS[1])
if not old or old < ARGV[1] then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
"""
# With an option for it, backup programs leave out a folder that holds this file (https://bford.info/cachedir/).
_CACHEDIR_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# Marks of what was sent: they must not come back with a backup.\n"
)


class MarkError(JournalError):
    """A mark can't be written: nothing of the claim before it may go out."""


class MarksFolder(NamedTuple):
    """The folder of marks: its random name, and whether it was copied or restored since the name was written."""

    name: str
    is_moved: bool


def format_moment(at: dt.datetime | None) -> str:
    """Format a moment for a mark: in UTC, always of one length; empty where there is none."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds") if at else ""


def read_row_mark(mailing: Mailing) -> deliveries.Mark:
    """Return the mark of a mailing by its row: up to where the database says that it was handed out."""
    return deliveries.Mark(format_moment(mailing.planned_at), format_moment(mailing.reached_at), mailing.reached_id)


def parse_mark(text: str) -> deliveries.Mark | None:
    """Parse the text of a file or of Redis; None where it is no mark."""
    parts = text.split()
    if len(parts) != 3 or not parts[2].isdecimal():
        return None
    return deliveries.Mark(parts[0], parts[1], int(parts[2]))


def read_outside_mark(mailing: Mailing) -> deliveries.Mark | None:
    """Return the farthest mark of a mailing outside the database, or None."""
    return read_outside_marks([mailing])[mailing.pk]


def read_outside_marks(mailings: Iterable[Mailing], *, files: bool = True) -> dict[int, deliveries.Mark | None]:
    """Return the farthest outside mark of each mailing by its id; without `files`, that of Redis alone."""
    names = {mailing.pk: _make_mark_name(mailing) for mailing in mailings}
    texts_of_redis = _read_from_redis(list(names.values()))
    farthest = {}
    for pk, name in names.items():
        texts = [texts_of_redis.get(name, ""), _read_file(get_marks_folder() / name) if files else ""]
        farthest[pk] = max(filter(None, map(parse_mark, texts)), default=None)
    return farthest


def write_mark(mailing: Mailing, mark: deliveries.Mark) -> None:
    """Write how far the claims of a mailing went; returns when it is on the disk. Raises MarkError."""
    name = _make_mark_name(mailing)
    try:
        with _lock_file(get_marks_folder() / name) as (file, text):
            old = parse_mark(text)
            if old is None or old < mark:
                _overwrite_file(file, mark.text())
    except OSError as error:
        raise MarkError(f"the mark can't be written: {error.strerror}") from error
    _write_to_redis(name, mark)


def get_marks_folder() -> Path:
    """Return the folder of this machine's marks, which may not exist yet."""
    return Path(settings.VAR_DIR) / "marks"


def identify_folder() -> MarksFolder:
    """Return the name of this machine's folder of marks, and whether it was moved; makes it at first use. Raises MarkError."""
    return _identify_folder(renew=False)


def adopt_folder() -> None:
    """Accept a folder that was copied or restored as this machine's own from now on. Raises MarkError."""
    _identify_folder(renew=True)


def _identify_folder(*, renew: bool) -> MarksFolder:
    try:
        if not (get_marks_folder() / _FOLDER_FILE).exists():
            _make_folder()
        with _lock_file(get_marks_folder() / _FOLDER_FILE) as (file, text):
            if not text:
                return MarksFolder(_write_folder_name(file), is_moved=False)
            name, _, written = text.partition(" ")
            changed = os.fstat(file).st_ctime_ns
            is_moved = not written.isdecimal() or abs(changed - int(written)) > _MAX_CHANGE_NANOSECONDS
            if is_moved and renew:
                _write_folder_name(file, name)
            return MarksFolder(name, is_moved)
    except OSError as error:
        raise MarkError(f"the folder of marks can't be used: {error.strerror}") from error


def _make_mark_name(mailing: Mailing) -> str:
    return f"{mailing.digest.publication_id}-{mailing.digest.date}"


def _make_folder() -> None:
    get_marks_folder().mkdir(parents=True, exist_ok=True)
    (get_marks_folder() / "CACHEDIR.TAG").write_text(_CACHEDIR_TAG, encoding="ascii")


def _write_folder_name(file: int, name: str = "") -> str:
    """Write a name, with the file system's own time of writing it; the machine's clock may differ. Return the name."""
    name = name if len(name) == _FOLDER_NAME_LETTERS else secrets.token_hex(_FOLDER_NAME_LETTERS // 2)
    while True:
        os.utime(file)
        now = os.fstat(file).st_ctime_ns
        _overwrite_file(file, f"{name} {now}")
        # Once more where this process slept in between: the folder would look moved by its next reader.
        if os.fstat(file).st_ctime_ns - now < _MAX_CHANGE_NANOSECONDS // 2:
            return name


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return ""


@contextmanager
def _lock_file(path: Path) -> Iterator[tuple[int, str]]:
    """Yield a file, made where it is missing, and its text; no other process changes it meanwhile."""
    is_new = not path.exists()
    if is_new:
        path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file, os.pread(file, _MAX_FILE_BYTES, 0).decode("ascii", "replace")
        if is_new:
            _delete_old_marks(path.parent, os.fstat(file).st_mtime)
    finally:
        os.close(file)


def _overwrite_file(file: int, text: str) -> None:
    """Write a text over the one before, which has the same length, and wait for the disk."""
    os.pwrite(file, text.encode("ascii"), 0)
    os.fsync(file)


def _delete_old_marks(folder: Path, now: float) -> None:
    """Delete marks older than MARK_RETENTION at `now`, a time of the file system, and sync the folder."""
    for path in folder.glob("*-*"):
        if now - path.stat().st_mtime > MARK_RETENTION.total_seconds():
            path.unlink(missing_ok=True)
    # Without this a power cut could lose the name of a new file whose content is on the disk.
    opened = os.open(folder, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


@cache
def _connect_redis(url: str) -> Any:
    """Return a client of Redis for an address in Celery's form: kombu reads it, so that both understand the same."""
    options = {"socket_timeout": _REDIS_TIMEOUT_SECONDS, "socket_connect_timeout": _REDIS_TIMEOUT_SECONDS}
    channel: Any = kombu.Connection(url, transport_options=options).default_channel
    return channel.client


def _read_from_redis(names: list[str]) -> dict[str, str]:
    if not settings.REDIS_URL or not names:
        return {}
    try:
        found = _connect_redis(settings.REDIS_URL).mget([_make_redis_key(name) for name in names])
    except (RedisError, OperationalError, OSError) as error:
        _warn_about_redis(error)
        return {}
    return {name: text.decode("ascii", "replace") for name, text in zip(names, found, strict=True) if text}


def _write_to_redis(name: str, mark: deliveries.Mark) -> None:
    if settings.REDIS_URL:
        try:
            _connect_redis(settings.REDIS_URL).eval(
                _MOVE_MARK_LUA, 1, _make_redis_key(name), mark.text(), int(MARK_RETENTION.total_seconds())
            )
        except (RedisError, OperationalError, OSError) as error:
            _warn_about_redis(error)


def _warn_about_redis(error: Exception) -> None:
    # The disk's mark is the only one for now; the mailing goes on.
    logger.warning("Redis keeps no marks: %s", " ".join(str(error).split()))


def _make_redis_key(name: str) -> str:
    return f"daily-insights:mark:{name}"
