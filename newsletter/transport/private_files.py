"""Writes files about readers that only the newsletter's own user can read (0600), in folders likewise (0700).

An error that reaches the log or a row never names the file, since such names hold addresses. Not here: what stands in the
files (eml_backend, delivery/journal).
"""

import contextlib
import os
from pathlib import Path

FILE_MODE, FOLDER_MODE = 0o600, 0o700
_PROBE_BYTES = 1 << 16  # more than the rest of a block that a full disk may still have


def make_folder(path: Path) -> Path:
    """Make a folder for files about readers, if there is none; return it. Raises OSError."""
    path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    return path


def write_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader of the folder sees all of it or nothing. Raises OSError that does not name the file."""
    part = path.with_suffix(".part")
    try:
        part.unlink(missing_ok=True)  # left by a killed process; written over, it would keep its permissions
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "wb") as file:  # noqa: PTH123 - of a number
            file.write(content)
        os.replace(part, path)  # noqa: PTH105 - the atomic form, also over an existing file on Windows
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror) from None  # without the name, and without the error that holds it


def make_private(path: Path, *, make: bool) -> None:
    """Make a file private that others can read; with `make`, an empty one if there is none. Another user's stays as it is."""
    with contextlib.suppress(PermissionError, FileNotFoundError):
        if make:
            path.touch(mode=FILE_MODE)
        if path.stat().st_mode & 0o077:  # the group or everybody may do something with it
            path.chmod(FILE_MODE)


def find_write_error(folder: Path) -> str:
    """Return why nothing can be written to a folder, such as "No space left on device"; empty where writing works."""
    probe = folder / f"probe-{os.getpid()}"  # other processes on this machine may be trying the same
    try:
        write_file(probe, bytes(_PROBE_BYTES))
        probe.unlink()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""
