"""Bytes about readers -> files that nobody but the newsletter's own user can read (0600), in folders likewise (0700).

An error that reaches the log or a row never names the file: such names hold addresses.
"""

import contextlib
import os
from pathlib import Path

FILE, FOLDER = 0o600, 0o700


def make_folder(path: Path) -> Path:
    """Make a folder for files about readers, where there is none; return it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=FOLDER, exist_ok=True)
    return path


def write(path: Path, content: bytes) -> None:
    """Write a whole file at once: who looks meets all of it or nothing. Raises OSError that does not name the file."""
    part = path.with_suffix(".part")
    try:
        part.unlink(missing_ok=True)  # of a killed process; its permissions would stay
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE), "wb") as file:  # noqa: PTH123 - of a number
            file.write(content)
        os.replace(part, path)  # noqa: PTH105 - the atomic form, also over an existing file on Windows
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror) from None


def close(path: Path) -> None:
    """Make a file that others could read private, or a new one that is empty; one of another user stays as it is."""
    with contextlib.suppress(PermissionError):
        path.touch(mode=FILE)
        if path.stat().st_mode & 0o077:
            path.chmod(FILE)
