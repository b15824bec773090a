"""Lists the packages that are newer than the lock files say, and what holds each back: `make outdated`.

The newest versions come from uv, which is asked for the bare names: without dependencies there is no bound. The bounds are read from
pyproject.toml and from the metadata of what is installed. Nothing is changed; `make lock` takes
what no bound holds back, if its own dependencies can be had.
"""

# ruff: noqa: T201 - a program for a terminal
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-docs.lock", "requirements-model.lock")
_PIN = re.compile(r"^([a-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+))?", re.MULTILINE | re.IGNORECASE)
_NEWER_PYTHON = re.compile(r"python_(?:full_)?version >= '([\d.]+)'")


class Pin(NamedTuple):
    """A version of a package, and the Python that it needs beyond our oldest one; empty where it needs none."""

    version: Version
    python: str = ""


class Bound(NamedTuple):
    """Who asks for a package, and in which versions."""

    owner: str
    requirement: Requirement


class Outdated(NamedTuple):
    """A package whose lock is not the newest version, and the bounds that hold it back."""

    name: str
    locked: Version
    newest: Pin
    bounds: list[str]


def read_pins(text: str) -> dict[str, Pin]:
    """Return the versions of a lock file by the package; of several, for several Pythons, the highest."""
    found: dict[str, Pin] = {}
    for name, version, marker in _PIN.findall(text):
        newer = _NEWER_PYTHON.search(marker)
        pin = Pin(Version(version), newer[1] if newer else "")
        found[canonicalize_name(name)] = max(pin, found.get(canonicalize_name(name), pin))
    return found


def find_newest(names: Iterable[str]) -> dict[str, Pin]:
    """Return the newest version of each package that some Python can run. Raises CalledProcessError, as without a registry."""
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv), "--quiet", "pip", "compile", "--universal", "--no-deps", "--no-header", "--no-annotate"]
    done = subprocess.run(
        [*command, "--python-version", "3.11", "-"],
        input="\n".join(sorted(names)),
        stdout=subprocess.PIPE,  # what uv has to say stays visible
        text=True,
        check=True,
    )
    return read_pins(done.stdout)


def list_own_bounds(project: str) -> Iterator[Bound]:
    """Yield the bounds of a pyproject.toml."""
    read = tomllib.loads(project)
    for group in (read["project"]["dependencies"], *read["dependency-groups"].values()):
        for line in group:
            yield Bound("pyproject.toml", Requirement(line))


def list_bounds(own: Iterable[Bound]) -> list[Bound]:
    """Return all bounds: our own, and those of every installed package with the extras that are asked for."""
    theirs = [
        Bound(f"{one.name} {one.version}", Requirement(line)) for one in distributions() for line in one.requires or []
    ]
    bounds = [*own, *theirs]
    extras: dict[str, set[str]] = defaultdict(lambda: {""})
    for bound in bounds:
        extras[canonicalize_name(bound.requirement.name)] |= bound.requirement.extras
    return [bound for bound in bounds if _applies(bound, extras[canonicalize_name(bound.owner.partition(" ")[0])])]


def _applies(bound: Bound, extras: set[str]) -> bool:
    marker = bound.requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)


def compare_pins(locked: dict[str, set[Version]], newest: dict[str, Pin], bounds: list[Bound]) -> list[Outdated]:
    """Return what is older than it could be, by name; `locked` has each version that any lock file names."""
    return [
        Outdated(name, version, newest[name], _list_obstacles(name, newest[name], bounds))
        for name, versions in sorted(locked.items())
        for version in sorted(versions)
        if name in newest and version < newest[name].version
    ]


def _list_obstacles(name: str, newest: Pin, bounds: Iterable[Bound]) -> list[str]:
    """Return in words what stands against the newest version of a package."""
    asked = ((bound.owner, bound.requirement) for bound in bounds if canonicalize_name(bound.requirement.name) == name)
    held = [
        f"{owner}: {requirement.name}{requirement.specifier}"
        for owner, requirement in asked
        if not requirement.specifier.contains(newest.version, prereleases=True)
    ]
    return [*held, f"needs Python {newest.python}"] if newest.python else held


def format_table(rows: list[Outdated]) -> str:
    """Return the rows as a table for a terminal."""
    cells = [("package", "locked", "newest", "held back by")]
    cells += [
        (row.name, str(row.locked), str(row.newest.version), "; ".join(row.bounds) or "no bound; try make lock")
        for row in rows
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in cells
    )


def main() -> int:
    """Print the table; return 0, whatever is outdated."""
    locked = defaultdict[str, set[Version]](set)
    for file in LOCKS:
        for name, pin in read_pins((ROOT / file).read_text(encoding="utf-8")).items():
            locked[name].add(pin.version)
    own = list_own_bounds((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rows = compare_pins(locked, find_newest(locked), list_bounds(own))
    print(format_table(rows) if rows else "Every package is the newest.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
