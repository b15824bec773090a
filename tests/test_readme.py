"""README is true: it lists every setting, and each command and target that it shows is there.

A setting counts as listed where its name stands alone in the first column of a table.
"""

import re
import shlex
import subprocess
import sys

import pytest
from django.core.management import get_commands

from tests import environment

README = environment.ROOT / "README.md"
# Django's own, shown as they are.
PROJECT_APPS = {"digests", "newsletter"}


def _text() -> str:
    return README.read_text(encoding="utf-8")


def _shown(pattern: str) -> set[str]:
    """Return what follows a program's name in README's code: fenced blocks and back-ticked words."""
    code = re.findall(r"```.*?\n(.*?)```|`([^`\n]+)`", _text(), re.DOTALL)
    return {found for block in code for part in block for found in re.findall(pattern, part)}


def _listed() -> set[str]:
    names = (re.match(r"\| *`?([A-Z][A-Z_]+\*?)`? *\|", line) for line in _text().splitlines())
    return {match[1] for match in names if match}


def _manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=environment.ROOT, capture_output=True, text=True, check=False
    )


def test_readme_lists_exactly_the_settings():
    assert _listed() == environment.names()


def test_readme_shows_only_targets_that_make_has():
    makefile = (environment.ROOT / "Makefile").read_text(encoding="utf-8")

    assert _shown(r"\bmake ([a-z][a-z-]*)") - set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) == set()


def test_readme_shows_the_two_commands():
    assert {"demo", "test"} - _shown(r"\bmake ([a-z][a-z-]*)") == set()


def test_readme_shows_only_commands_that_are_there():
    assert _shown(r"manage\.py ([a-z_]+)") - set(get_commands()) == set()


def test_readme_shows_only_options_that_the_command_has():
    unknown = []
    for line in sorted(_shown(r"manage\.py ([a-z_]+ [^\n`#|]*--[^\n`#|]*)")):
        command, *rest = shlex.split(line)
        said = _manage(command, "--help").stdout
        unknown += [
            f"{command} {word}" for word in rest if word.startswith("--") and word.partition("=")[0] not in said
        ]

    assert unknown == []


@pytest.mark.parametrize("command", sorted(name for name, app in get_commands().items() if app in PROJECT_APPS))
def test_command_explains_itself(command):
    done = _manage(command, "--help")

    assert (done.returncode, done.stderr) == (0, "")
    # Usage, then a sentence of what it does.
    assert len(done.stdout.split("\n\n")) > 2


def test_make_lists_every_target():
    makefile = (environment.ROOT / "Makefile").read_text(encoding="utf-8")
    listed = subprocess.run(["make"], cwd=environment.ROOT, capture_output=True, text=True, check=True).stdout

    assert re.findall(r"^make ([a-z-]+)", listed, re.MULTILINE) == re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    assert max(len(line) for line in listed.splitlines()) <= 100
