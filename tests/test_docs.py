"""The documentation is true: settings with their defaults, commands, targets, links, paths, checks, figures.

A setting counts as listed where its name stands alone in the first column of a table of docs/configuration.md. Not here:
the tables of modules in docs/architecture.md, which test_structure compares with the code.
"""

import functools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import get_commands

from tests import environment

ROOT = environment.ROOT
README = ROOT / "README.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
OPERATING = ROOT / "docs" / "operating.md"
# Not the changelog: what it names was true on its day.
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
# Django's own commands are shown as they are.
PROJECT_APPS = {"digests", "newsletter"}
# Of the environment or of Django, and written about: no settings of ours.
OTHER_NAMES = {"ENV_FILE", "NAME_FILE", "SILENCED_SYSTEM_CHECKS"}
OUR_FOLDERS = r"(?:\.ci|bench|deploy|digests|docs|newsletter|prompts|templates|tests)"


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@functools.cache
def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _code(page: Path) -> Iterator[str]:
    """Yield the fenced blocks and the back-ticked words of a page."""
    for block in re.findall(r"```.*?\n(.*?)```|`([^`\n]+)`", _text(page), re.DOTALL):
        yield from filter(None, block)


def _prose(page: Path) -> str:
    """Return a page without its code, and without the table that `make eval` writes."""
    text = re.sub(r"<!-- measured -->.*<!-- end -->", "", _text(page), flags=re.DOTALL)
    return re.sub(r"```.*?```|`[^`\n]+`", "", text, flags=re.DOTALL)


def _shown(pattern: str, pages: list[Path] = PAGES) -> set[str]:
    """Return what follows a program's name in the code of some pages."""
    return {found for page in pages for part in _code(page) for found in re.findall(pattern, part)}


def _rows(page: Path) -> list[list[str]]:
    """Return the cells of every line of a page's tables."""
    lines = [line for line in _text(page).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _defaults() -> dict[str, str]:
    """Return the settings of the configuration's tables with their defaults; "empty" stands for none."""
    rows = (row for row in _rows(CONFIGURATION) if re.fullmatch(r"`[A-Z][A-Z_]+\*?`", row[0]))
    return {row[0].strip("`"): "" if row[1] == "empty" else row[1].strip("`") for row in rows}


def _anchors(page: Path) -> set[str]:
    """Return the names by which GitHub and the built site reach a page's headings."""
    text = re.sub(r"```.*?```", "", _text(page), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def _links(page: Path) -> list[str]:
    """Return where a page's links and pictures lead, other sites aside."""
    text = re.sub(r"```.*?```", "", _text(page), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", text)
    return [target for pair in found for target in pair if target and "://" not in target]


@functools.cache  # each takes a second: two tests ask for the same ones
def _help(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )


def _targets() -> list[str]:
    return re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_docs_list_exactly_the_settings():
    assert set(_defaults()) == environment.list_settings()


def test_docs_give_each_setting_its_default():
    assert _defaults() == environment.read_example()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_docs_name_only_settings_that_there_are(page):
    names = {part for part in _code(page) if re.fullmatch(r"[A-Z]+(?:_[A-Z]+)+", part)}
    known = environment.list_settings() | OTHER_NAMES
    unknown = {name for name in names - known if name.removesuffix("_FILE") not in known}

    assert {name for name in unknown if not name.startswith("ANYMAIL_")} == set()


def test_docs_show_only_targets_that_make_has():
    assert _shown(r"\bmake ([a-z][a-z-]*)") - set(_targets()) == set()


def test_docs_name_every_target():
    assert set(_targets()) - _shown(r"\bmake ([a-z][a-z-]*)") == {"help", "clean"}


def test_readme_shows_the_commands_to_begin_with():
    assert {"demo", "run", "test"} - _shown(r"\bmake ([a-z][a-z-]*)", [README]) == set()


def test_docs_show_only_commands_that_are_there():
    assert _shown(r"manage\.py ([a-z_]+)") - set(get_commands()) == set()


def test_docs_name_every_command_for_operators():
    ours = {name for name, app in get_commands().items() if app in PROJECT_APPS}

    # The demo is started by make; sendtestemail leads to check_mail.
    assert ours - _shown(r"manage\.py ([a-z_]+)") == {"demo", "sendtestemail"}


def test_docs_show_only_options_that_the_command_has():
    unknown = []
    for line in sorted(_shown(r"manage\.py ([a-z_]+ [^\n`#|]*--[^\n`#|]*)")):
        command, *rest = shlex.split(line)
        known = _help(command).stdout
        unknown += [
            f"{command} {word}" for word in rest if word.startswith("--") and word.partition("=")[0] not in known
        ]

    assert unknown == []


def test_docs_show_only_measurements_that_there_are():
    there = {path.stem for path in (ROOT / "bench").glob("[!_]*.py") if "\ndef measure(" in path.read_text("utf-8")}

    assert _shown(r"python -m bench ([a-z_]+)") - there == set()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_docs_links_lead_somewhere(page):
    dead = []
    for link in _links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(link)

    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_docs_name_only_paths_that_there_are(page):
    paths = {part for part in _code(page) if re.fullmatch(rf"{OUR_FOLDERS}/[\w./-]*", part)}

    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_docs_pages_stand_in_the_contents_of_the_site():
    listed = re.findall(r": (\w+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(listed) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def test_docs_list_exactly_the_system_checks():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "newsletter").rglob("*.py"))

    assert set(re.findall(r"`(newsletter\.[EW]\d{3})`", _text(OPERATING))) == set(
        re.findall(r'id="(newsletter\.[EW]\d{3})"', code)
    )


def test_docs_list_exactly_the_processes():
    procfile = (ROOT / "Procfile").read_text(encoding="utf-8")
    rows = _rows(OPERATING)
    first = rows.index(["Process", "What it does", "How many"])
    listed = [row[0] for row in rows[first + 2 : first + 7]]

    assert listed == re.findall(r"^(\w+):", procfile, re.MULTILINE)


@pytest.mark.django_db
def test_docs_list_exactly_the_figures(client, settings):
    settings.METRICS_TOKEN = "token"

    answer = client.get("/metrics", headers={"Authorization": "Bearer token"})

    figures = re.findall(r"^# TYPE (\S+)", answer.content.decode(), re.MULTILINE)
    assert sorted(_shown(r"(daily_insights_\w+)", [OPERATING])) == sorted(figures)


@pytest.mark.django_db
def test_docs_list_exactly_the_groups():
    rows = _rows(OPERATING)
    first = rows.index(["Group", "May"])

    assert sorted(row[0] for row in rows[first + 2 : first + 6]) == sorted(Group.objects.values_list("name", flat=True))


def test_readme_is_short():
    assert len(_text(README).split()) < 1200


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_docs_words_are_plain(page):
    assert re.findall(r"\b(?:told|anew|whoever)\b", _prose(page), re.IGNORECASE) == []


def test_docs_lock_has_hashes_and_no_registry():
    text = (ROOT / "requirements-docs.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][^\n]*(?:\n    [^\n]*)*", text, re.MULTILINE)

    assert [
        pin.splitlines()[0] for pin in pins if not re.search(r"==.*--hash=sha256:[0-9a-f]{64}", pin, re.DOTALL)
    ] == []
    assert re.findall(r"://|file:|index-url|find-links|trusted-host| @ ", text) == []
    assert "zensical" in {pin.partition("==")[0] for pin in pins}


@pytest.mark.parametrize("command", sorted(name for name, app in get_commands().items() if app in PROJECT_APPS))
def test_command_explains_itself(command):
    done = _help(command)

    assert (done.returncode, done.stderr) == (0, "")
    # Usage, then a sentence of what it does.
    assert len(done.stdout.split("\n\n")) > 2


def test_make_lists_every_target():
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert re.findall(r"^make ([a-z-]+)", listed, re.MULTILINE) == _targets()
    assert max(len(line) for line in listed.splitlines()) <= 100
