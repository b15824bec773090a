"""Journals what a sending process does with the deliveries that it claimed, in a file that outlives the process.

A message that the relay accepted and that is not yet written to the database must not become doubtful because its worker
was killed. So every step is noted in a journal first: copied into a mapped file, that is into the kernel's page cache. That
survives a kill and costs less than a microsecond; an fsync per message would cost a thousand times that and help only
against a power cut, after which what has no answer counts as unknown. The living process holds a lock on its journal; one
that nobody holds is left over, and the next worker settles what it says. Not here: that settling (recovery).
"""

import contextlib
import errno
import fcntl
import json
import mmap
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from newsletter.transport import private_files

_GROWTH_BYTES = 1 << 14  # a journal grows by these: room for some 300 messages, and for the longest line
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class JournalEntry(StrEnum):
    """The kinds of lines in a journal: each line is a JSON list that begins with one."""

    BOOT = "boot"  # the first line: which start of the machine this is
    STARTED = "s"  # a message is about to go out
    RETURNED = "r"  # it did not go out after all
    SETTLED = "e"  # it has its answer


# Templates of the lines, ready as bytes: one or two are written for every message.
_BOOT_LINE = f'["{JournalEntry.BOOT}","%s"]\n'.encode()
_STARTED_LINE = f'["{JournalEntry.STARTED}",%d]\n'.encode()
_RETURNED_LINE = f'["{JournalEntry.RETURNED}",%d]\n'.encode()
_SETTLED_LINE = f'["{JournalEntry.SETTLED}",%d,%s]\n'.encode()


def make_journal_folder() -> Path:
    """Return the folder of this machine's journals, made private where it is missing."""
    return private_files.make_folder(Path(settings.VAR_DIR) / "journal")


def _read_boot_id() -> str:
    """Return what differs from one start of this machine to the next; empty where the system does not say."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


class JournalError(Exception):
    """The journal can't be written: nothing more may go out."""


class DeliveryOutcome(NamedTuple):
    """What became of a claimed delivery: a SendState but `refused` and `stop`, with the server's own words.

    `message_id` is an ESP's own id of it, where it gives one; `reason` a DeliveryReason where no server said anything.
    """

    delivery_id: int
    state: str
    server_reply: str = ""
    message_id: str = ""
    reason: str = ""  # the last one: journals of version 0.1 have none


class Journal:
    """The journal of one process; its token also stands on every lease of the deliveries that the process claims.

    Raises JournalError where it can't even be begun.
    """

    def __init__(self) -> None:
        self.token = secrets.token_hex(8)
        self.path = make_journal_folder() / f"{self.token}.journal"
        self.doubtful: set[int] = set()  # began to go out, no answer yet
        # Named only once it is locked: recovery takes a journal without a lock for a leftover, and removes it.
        unnamed = self.path.with_suffix(".new")
        try:
            self._file = os.open(unnamed, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            unnamed.rename(self.path)
        except OSError as error:
            raise JournalError(f"the journal can't be made: {error.strerror}") from error
        self._map: mmap.mmap | None = None
        self._at = self._room = 0  # bytes written, and bytes there are
        try:
            self._write(_BOOT_LINE % _read_boot_id().encode())
        except JournalError:
            self.remove()  # nothing was claimed by it
            raise

    def _write(self, line: bytes) -> None:
        end = self._at + len(line)
        room = self._map if self._map is not None and end <= self._room else self._grow()
        room[self._at : end] = line
        self._at = end

    def _grow(self) -> mmap.mmap:
        """Take room on the disk before it is needed: on a full disk an error says so, and no line is torn."""
        try:
            # Written, not truncated to a length: a hole in a mapped file becomes a fatal signal when the disk is full.
            if os.pwrite(self._file, bytes(_GROWTH_BYTES), self._room) < _GROWTH_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            made = mmap.mmap(self._file, self._room + _GROWTH_BYTES)
        except OSError as error:
            raise JournalError(f"the journal can't be written: {error.strerror}") from error
        if self._map is not None:
            self._map.close()
        self._map, self._room = made, self._room + _GROWTH_BYTES
        return made

    def record_start(self, delivery_id: int) -> None:
        """Note that the content of a message is about to be handed to the kernel. Raises JournalError."""
        self._write(_STARTED_LINE % delivery_id)
        self.doubtful.add(delivery_id)

    def record_return(self, delivery_id: int) -> None:
        """Note that a message which had begun to go out can't have been accepted. Raises JournalError."""
        self._write(_RETURNED_LINE % delivery_id)
        self.doubtful.discard(delivery_id)

    def record_outcome(self, outcome: DeliveryOutcome) -> bool:
        """Note that a message has its answer; False where that could not be written."""
        self.doubtful.discard(outcome.delivery_id)
        words = ",".join(map(encode_basestring_ascii, outcome[1:]))  # as json.dumps does, without making an encoder
        try:
            self._write(_SETTLED_LINE % (outcome.delivery_id, words.encode("ascii")))
        except JournalError:
            return False
        return True

    def remove(self) -> None:
        """Delete the journal: everything stands in the database, and nothing more will come."""
        self.path.unlink(missing_ok=True)
        self.leave()

    def leave(self) -> None:
        """Unlock the journal and leave it on the disk, so that the next worker settles what it says."""
        if self._map is not None:
            self._map.close()  # it holds the file, and so the lock, by a number of its own
        os.close(self._file)


def list_live_tokens() -> list[str]:
    """Return the tokens of the journals on this machine; those of living processes, once the leftovers are settled."""
    return [path.stem for path in make_journal_folder().glob("*.journal")]


@dataclass
class Leftover:
    """The journal of a dead process: which deliveries had begun to go out, and which have their answer."""

    token: str
    path: Path
    rebooted: bool = False  # the machine was started again since: the journal's end may be missing
    outcomes: dict[int, DeliveryOutcome] = field(default_factory=dict)
    started: set[int] = field(default_factory=set)


@contextlib.contextmanager
def lock_leftovers() -> Iterator[list[Leftover]]:
    """Yield the journals on this machine that no living process holds, locked; they are removed when the block ends.

    After an error within the block they stay for the next time.
    """
    held: list[int] = []
    found: list[Leftover] = []
    try:
        for path in sorted(make_journal_folder().glob("*.journal")):
            with contextlib.suppress(FileNotFoundError, BlockingIOError):
                file = os.open(path, os.O_RDONLY)
                held.append(file)
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.exists():
                    found.append(_read_journal(path))
        yield found
        for leftover in found:
            leftover.path.unlink(missing_ok=True)
    finally:
        for file in held:
            os.close(file)


def _parse_outcome(
    delivery_id: object, state: object, server_reply: object, message_id: object, reason: object = "", *_newer: object
) -> DeliveryOutcome:
    """Return the outcome of a line; one of version 0.1 has no reason."""
    return DeliveryOutcome(int(str(delivery_id)), str(state), str(server_reply), str(message_id), str(reason))


def _read_journal(path: Path) -> Leftover:
    """Parse a journal; a line that the end of its process cut off, and unused room, are passed over."""
    leftover = Leftover(token=path.stem, path=path)
    for line in path.read_bytes().splitlines():
        with contextlib.suppress(ValueError, IndexError, TypeError):
            kind, *rest = json.loads(line)
            if kind == JournalEntry.BOOT:
                leftover.rebooted = rest[0] != _read_boot_id()
            elif kind == JournalEntry.STARTED:
                leftover.started.add(int(rest[0]))
            elif kind == JournalEntry.SETTLED:
                leftover.outcomes[int(rest[0])] = _parse_outcome(*rest)
            elif kind == JournalEntry.RETURNED:
                leftover.started.discard(int(rest[0]))
    return leftover
