"""The structure of the code: order of the folders, no import cycle, all modules documented, short functions.

It is read from the source, so that a module counts whether or not a test imports it.
"""

import ast
import graphlib
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.apps import apps as django_apps
from django.db.models import ForeignObjectRel

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("digests", "newsletter")
LONGEST_FUNCTION = 50
LONGEST_TEMPLATE_LINE = 160
# Only code that answers a person's click may start a task.
MAY_CALL_TASKS = re.compile(r"newsletter\.celery|.*\.(admin|views|site|management)(\..*)?")
# Methods that know their time zone.
_ZONED = {"publication.today()", "digest.publication.today()", "obj.today()"}
# The client imports openai, anymail's addresses import boto3; css_inline is a development dependency. tests/test_imports.py counts what is left.
SLOW_IMPORTS = re.compile(
    r"(?:openai|matplotlib|PIL|premailer|anymail\.urls|digests\.llm\.client|digests\.quality\.claims|css_inline)\b.*"
)


def _modules() -> dict[str, Path]:
    """Return the product's modules by dotted name, without migrations, which Django writes."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {_name(path): path for path in paths if "migrations" not in path.parts}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imported(name: str, path: Path, modules: dict[str, Path]) -> set[str]:
    """Return the product's modules that a module names in its imports."""
    found = set()
    for node in ast.walk(_tree(path)):
        for dotted in _dotted_names(node):
            # `from digests import build` names a module, `from digests.building.build import approve` a thing in one.
            target = dotted if dotted in modules else dotted.rpartition(".")[0]
            if target in modules and target != name:
                found.add(target)
    return found


def _dotted_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _graph() -> dict[str, set[str]]:
    modules = _modules()
    return {name: _imported(name, path, modules) for name, path in modules.items()}


def _functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for name, path in _modules().items():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}.{node.name}", node


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _map() -> dict[str, set[str]]:
    """Return, for each package, the files and folders (with a slash) in the first column of its tables in architecture."""
    rows: dict[str, set[str]] = {}
    package = ""
    for line in (ROOT / "docs/architecture.md").read_text(encoding="utf-8").splitlines():
        first = line.split("|")[1] if line.startswith("|") else ""
        names = re.findall(r"[\w./]+(?:\.py|/)", first)
        if not first:
            package = ""
        elif not package and names and names[0].strip("/") in PACKAGES:
            package = names[0].strip("/")
        elif package:
            rows.setdefault(package, set()).update(names)
    return rows


def test_structure_reads_imports_in_every_form():
    code = "import digests.llm.client\nfrom digests.writing import chart, summarize as s\nfrom digests.llm.requests import ask"

    assert [name for one in ast.parse(code).body for name in _dotted_names(one)] == [
        "digests.llm.client",
        "digests.writing.chart",
        "digests.writing.summarize",
        "digests.llm.requests.ask",
    ]


def test_structure_imports_are_absolute():
    relative = [
        name
        for name, path in _modules().items()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


def test_structure_days_are_days_of_a_zone():
    """`timezone.localdate` says which day a moment falls on, and where; `.date()` takes whatever zone the moment is in."""
    code = [path for folder in (*PACKAGES, "tests", "bench") for path in (ROOT / folder).rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in code
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args
        if node.func.attr in {"date", "today"} and ast.unparse(node) not in _ZONED
    ]

    assert found == []


def test_structure_has_no_circle():
    try:
        order = list(graphlib.TopologicalSorter(_graph()).static_order())
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))

    assert set(order) == set(_modules())


# In the order of the flow: a folder may import those before it. A publication's texts are plain text first, so `text`
# stands before `models`, which read titles by it.
FLOORS = {
    "digests": [
        *("text", "models", "llm", "sources", "selection", "quality", "writing", "building", "review", "interchange"),
        *("seed", "admin", "management"),
    ],
    "newsletter": [
        *("models", "subscribers", "emails", "archive", "transport", "delivery", "feedback", "transactional"),
        *("operations", "staff", "templatetags", "site", "admin", "demo", "management"),
    ],
}
# The project's own files are outside the order. What settings import has to be free of Django.
PROJECT = {"settings", "env", "formats", "local_files", "urls", "celery", "wsgi", "apps", "checks", "tasks"}


def _floor(name: str) -> tuple[str, str] | None:
    """Return the package and the folder in it that a module stands in; None for the project's own files."""
    package, _dot, rest = name.partition(".")
    folder = rest.partition(".")[0]
    return (package, folder) if folder and folder not in PROJECT else None


def test_structure_every_folder_has_a_floor():
    standing = {floor for name in _modules() if (floor := _floor(name))}

    assert standing == {(package, folder) for package, folders in FLOORS.items() for folder in folders}


def test_structure_imports_go_up_the_flow():
    wrong = []
    for name, targets in _graph().items():
        own = _floor(name)
        for target in targets if own else ():
            other = _floor(target)
            if other is None:
                if target.count(".") and not target.endswith((".celery", ".tasks")):
                    wrong.append(f"{name} -> {target}")
            elif own and other[0] == own[0]:
                order = FLOORS[own[0]]
                if order.index(other[1]) > order.index(own[1]):
                    wrong.append(f"{name} -> {target}")

    assert wrong == []


def test_structure_settings_import_the_environment_alone():
    assert _graph()["newsletter.settings"] == {"newsletter.env"}


def test_structure_a_module_has_its_name_to_itself():
    counted = Counter(
        (package, name.rpartition(".")[2])
        for name, path in _modules().items()
        for package, folder in [_floor(name) or ("", "")]
        if package and folder not in {"models", "site", "admin", "management"} and path.name != "__init__.py"
        if name.rpartition(".")[2] != "sql"
    )

    assert [found for found, times in counted.items() if times > 1] == []


def test_structure_a_class_has_its_name_to_itself():
    counted = Counter(
        node.name
        for path in _modules().values()
        for node in _tree(path).body
        if isinstance(node, ast.ClassDef) and node.name != "Command"  # as Django calls each of them
    )

    assert [name for name, times in counted.items() if times > 1] == []


def test_structure_digests_knows_nothing_of_newsletter():
    arrows = [
        f"{name} -> {target}"
        for name, targets in _graph().items()
        for target in targets
        if name.startswith("digests") and target.startswith("newsletter")
    ]

    assert arrows == []


def test_structure_domain_code_imports_no_task():
    arrows = [
        f"{name} -> {target}"
        for name, targets in _graph().items()
        for target in targets
        if target.endswith(".tasks") and not MAY_CALL_TASKS.fullmatch(name)
    ]

    assert arrows == []


def test_structure_every_module_is_on_the_map():
    drawn = _map()
    missing = []
    for path in sorted(_modules().values()):
        package, inside = path.relative_to(ROOT).parts[0], path.relative_to(ROOT / path.relative_to(ROOT).parts[0])
        folders = {f"{parent.as_posix()}/" for parent in inside.parents}
        if path.name != "__init__.py" and not ({inside.as_posix()} | folders) & drawn.get(package, set()):
            missing.append(f"{package}/{inside}")

    assert missing == []


def test_structure_map_names_nothing_that_is_gone():
    gone = [
        f"{package}/{name}"
        for package, names in _map().items()
        for name in names
        if not (ROOT / package / name).exists()
    ]

    assert gone == []


def test_structure_functions_are_short():
    lengths = {name: _length(node) for name, node in _functions()}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
    assert statistics.median(lengths.values()) < 10


def test_structure_imports_stand_at_the_top():
    hidden = [
        f"{name}: {dotted}"
        for name, function in _functions()
        for node in ast.walk(function)
        for dotted in _dotted_names(node)
        if not SLOW_IMPORTS.fullmatch(dotted)
    ]

    assert hidden == []


def _calls_at_import(node: ast.AST) -> Iterator[str]:
    """Return the names of what a module calls while it is imported: outside its functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call):
            yield child.func.attr if isinstance(child.func, ast.Attribute) else ast.unparse(child.func)
        yield from _calls_at_import(child)


def test_structure_nothing_is_read_made_or_connected_at_import():
    touching = {
        "open",
        "read_text",
        "read_bytes",
        "write_text",
        "mkdir",
        "touch",
        "exists",
        "is_file",
        "iterdir",
        "glob",
        "stat",
    }
    touching |= {"connect", "create_connection", "urlopen", "run", "Popen", "cursor", "execute"}
    found = [
        f"{name}: {call}"
        for name, path in _modules().items()
        for call in _calls_at_import(_tree(path))
        if call in touching
    ]

    assert found == []


def test_structure_modules_say_what_they_are_for():
    silent = [name for name, path in _modules().items() if path.stat().st_size and not ast.get_docstring(_tree(path))]

    assert silent == []


def test_structure_lines_of_templates_are_readable():
    files = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > LONGEST_TEMPLATE_LINE
    ]

    assert len(files) > 60
    assert long == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-ses.lock", "requirements-dev.lock"])
def test_lock_records_no_registry(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if re.search(r"://|file:|index-url|find-links|trusted-host| @ ", line)] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-ses.lock", "requirements-dev.lock"])
def test_lock_hashes_every_pin(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][^\n]*(?:\n    [^\n]*)*", text, re.MULTILINE)

    assert [
        pin.splitlines()[0] for pin in pins if not re.search(r"==.*--hash=sha256:[0-9a-f]{64}", pin, re.DOTALL)
    ] == []
    assert len(pins) > 50


@pytest.mark.parametrize(
    ("name", "expected"),
    [("requirements.lock", False), ("requirements-ses.lock", True), ("requirements-dev.lock", True)],
)
def test_lock_has_the_client_of_amazon_only_with_its_extra(name, expected):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()

    assert any(line.startswith(("boto3==", "botocore==")) for line in lines) == expected


def test_lock_has_every_package_that_the_code_imports():
    """An extra may bring a package that other code imports too: then it is missing without the extra."""
    pinned = set(re.findall(r"^[a-z0-9-]+", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE))
    distributions = packages_distributions()
    imported = {
        dotted.partition(".")[0]
        for path in _modules().values()
        for node in ast.walk(_tree(path))
        for dotted in _dotted_names(node)
    }

    # css_inline is in nobody's use yet: newsletter/emails/css_inlining.py.
    packages = imported - set(sys.stdlib_module_names) - {*PACKAGES, "css_inline"}
    assert len(packages) > 30
    assert [
        name
        for name in sorted(packages)
        if not pinned & {re.sub(r"[-_.]+", "-", one).lower() for one in distributions[name]}
    ] == []


def test_lock_of_the_extra_pins_what_the_others_pin():
    pins = {}
    for name in ("requirements.lock", "requirements-ses.lock", "requirements-dev.lock"):
        pins[name] = set(
            re.findall(r"^[a-z0-9][^ ;\n]*==[^ ;\n]*", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        )

    assert pins["requirements.lock"] < pins["requirements-ses.lock"] < pins["requirements-dev.lock"]


def _reverse_names() -> set[str]:
    """Return the names that newsletter's models give digests' models: of attributes, and in queries."""
    found = set()
    for model in django_apps.get_app_config("digests").get_models():
        for field in model._meta.get_fields():
            if isinstance(field, ForeignObjectRel) and field.related_model._meta.app_label == "newsletter":
                found |= {field.name, field.get_accessor_name()}
    return {name for name in found if name}


def _names_used(tree: ast.Module) -> Iterator[str]:
    """Yield attributes, keywords and words of strings such as a query has them; a sentence is no such word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield from node.arg.split("__")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"-?[\w.]+", node.value):
            yield from node.value.lstrip("-").split("__")


def test_structure_digests_uses_no_reverse_relation_of_newsletter():
    reverse = _reverse_names()
    found = [
        f"{name}: {word}"
        for name, path in _modules().items()
        if name.startswith("digests")
        for word in _names_used(_tree(path))
        if word in reverse
    ]

    assert {"mailing", "subscriptions"} < reverse
    assert found == []


def test_structure_finds_a_reverse_relation_in_every_form():
    code = 'one.subscriptions\nrows.filter(mailing__planned_at=None)\nrows.order_by("-mailing__send_at")\n"a mailing"'

    assert [word for word in _names_used(ast.parse(code)) if word in _reverse_names()] == [
        "subscriptions",
        "mailing",
        "mailing",
    ]
