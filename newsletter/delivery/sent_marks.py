"""Marks outside the database: how far the claims of each mailing went, in VAR_DIR of each machine and in Redis.

A database that was restored from a backup knows less than was sent; what stands here tells it so. A mark is written to
the disk after a claim was committed and before the first of its messages leaves, and only ever moves on. It belongs to a
digest (publication and date), so that it is found whatever the restored rows know of its mailing. Marks must stay out of
backups: one that comes back with the database proves nothing. A folder of marks that was copied or restored is known by
the moment at which the file system changed its first file, which no program can set. Not here: what follows from a mark
(restored).
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

KEPT = dt.timedelta(days=60)  # an older backup's mailings do not begin by themselves anyway
_CHANGED = (
    1_000_000_000  # nanoseconds between writing a file and its change time; a write takes less than a millisecond
)
_LONGEST = 200  # bytes of a file
_PLACE, _NAME = "place", 16  # the first file, and the letters of the name in it
# Both are of one length and form, so that the later one is the greater text. One step, so that two machines never move it back.
_MOVE_ON = """
local old = redis.call('GET', KEYS[1])
if not old or old < ARGV[1] then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
"""
# Programs that make backups pass over a folder with this file where they are told to (https://bford.info/cachedir/).
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Marks of what was sent: they must not come back with a backup.\n"


class MarkError(JournalError):
    """How far the claims went can't be kept: nothing of the last one may go out."""


class Place(NamedTuple):
    """The folder of marks: a name of its own, and whether it was copied or restored since that was written."""

    name: str
    is_moved: bool


def moment(at: dt.datetime | None) -> str:
    """Return a moment as marks hold it: UTC, of one length; empty where there is none."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds") if at else ""


def of(mailing: Mailing) -> deliveries.Mark:
    """Return up to where the database says that a mailing was handed out."""
    return deliveries.Mark(moment(mailing.planned_at), moment(mailing.reached_at), mailing.reached_id)


def parse(text: str) -> deliveries.Mark | None:
    """Return what stands in a file or in Redis; None where it is no mark."""
    parts = text.split()
    if len(parts) != 3 or not parts[2].isdecimal():
        return None
    return deliveries.Mark(parts[0], parts[1], int(parts[2]))


def read(mailing: Mailing) -> deliveries.Mark | None:
    """Return the farthest mark of a mailing outside the database."""
    return read_all([mailing])[mailing.pk]


def read_all(mailings: Iterable[Mailing], *, files: bool = True) -> dict[int, deliveries.Mark | None]:
    """Return the farthest mark of each mailing by its id; without `files`, what Redis says alone."""
    names = {mailing.pk: _name(mailing) for mailing in mailings}
    kept = _redis_get(list(names.values()))
    found = {}
    for pk, name in names.items():
        texts = [kept.get(name, ""), _file_text(folder() / name) if files else ""]
        found[pk] = max(filter(None, map(parse, texts)), default=None)
    return found


def write(mailing: Mailing, mark: deliveries.Mark) -> None:
    """Keep how far the claims of a mailing went; returns when it is on the disk. Raises MarkError."""
    name = _name(mailing)
    try:
        with _held(folder() / name) as (file, text):
            old = parse(text)
            if old is None or old < mark:
                _put(file, mark.text())
    except OSError as error:
        raise MarkError(f"the mark can't be written: {error.strerror}") from error
    _redis_move_on(name, mark)


def folder() -> Path:
    """Return where this machine's marks lie."""
    return Path(settings.VAR_DIR) / "marks"


def place() -> Place:
    """Return the name of this machine's folder of marks, which is made at first use. Raises MarkError."""
    return _place(renew=False)


def renew_place() -> None:
    """Take a folder that was copied or restored for this machine's own from here on. Raises MarkError."""
    _place(renew=True)


def _place(*, renew: bool) -> Place:
    try:
        if not (folder() / _PLACE).exists():
            _make_folder()
        with _held(folder() / _PLACE) as (file, text):
            if not text:
                return Place(_name_place(file), is_moved=False)
            name, _, written = text.partition(" ")
            changed = os.fstat(file).st_ctime_ns
            is_moved = not written.isdecimal() or abs(changed - int(written)) > _CHANGED
            if is_moved and renew:
                _name_place(file, name)
            return Place(name, is_moved)
    except OSError as error:
        raise MarkError(f"the folder of marks can't be used: {error.strerror}") from error


def _name(mailing: Mailing) -> str:
    return f"{mailing.digest.publication_id}-{mailing.digest.date}"


def _make_folder() -> None:
    folder().mkdir(parents=True, exist_ok=True)
    (folder() / "CACHEDIR.TAG").write_text(_TAG, encoding="ascii")


def _name_place(file: int, name: str = "") -> str:
    """Write a name, with the file system's own time of writing it: the machine's clock may differ from that."""
    name = name if len(name) == _NAME else secrets.token_hex(_NAME // 2)
    while True:
        os.utime(file)
        now = os.fstat(file).st_ctime_ns
        _put(file, f"{name} {now}")
        if os.fstat(file).st_ctime_ns - now < _CHANGED // 2:  # else this process slept in between
            return name


def _file_text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return ""


@contextmanager
def _held(path: Path) -> Iterator[tuple[int, str]]:
    """Yield a file, made where it is missing, and what stands in it; no other process changes it meanwhile."""
    is_new = not path.exists()
    if is_new:
        path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file, os.pread(file, _LONGEST, 0).decode("ascii", "replace")
        if is_new:
            _forget_old(path.parent, os.fstat(file).st_mtime)
    finally:
        os.close(file)


def _put(file: int, text: str) -> None:
    """Write a file's text over the one before, of the same length, and wait for the disk."""
    os.pwrite(file, text.encode("ascii"), 0)
    os.fsync(file)


def _forget_old(where: Path, now: float) -> None:
    """Remove old marks, by the file system's clock, and let the disk know of the file that was just made."""
    for path in where.glob("*-*"):
        if now - path.stat().st_mtime > KEPT.total_seconds():
            path.unlink(missing_ok=True)
    opened = os.open(where, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


@cache
def _redis(url: str) -> Any:
    """Return a client of Redis by the address that Celery understands."""
    options = {"socket_timeout": 2, "socket_connect_timeout": 2}
    channel: Any = kombu.Connection(url, transport_options=options).default_channel
    return channel.client


def _redis_get(names: list[str]) -> dict[str, str]:
    if not settings.REDIS_URL or not names:
        return {}
    try:
        found = _redis(settings.REDIS_URL).mget([_key(name) for name in names])
    except (RedisError, OperationalError, OSError) as error:
        _complain(error)
        return {}
    return {name: text.decode("ascii", "replace") for name, text in zip(names, found, strict=True) if text}


def _redis_move_on(name: str, mark: deliveries.Mark) -> None:
    if settings.REDIS_URL:
        try:
            _redis(settings.REDIS_URL).eval(_MOVE_ON, 1, _key(name), mark.text(), int(KEPT.total_seconds()))
        except (RedisError, OperationalError, OSError) as error:
            _complain(error)


def _complain(error: Exception) -> None:
    """Say that the disk's mark is the only one for now; the mailing goes on."""
    logger.warning("Redis keeps no marks: %s", " ".join(str(error).split()))


def _key(name: str) -> str:
    return f"daily-insights:mark:{name}"
