"""Finds the settings that our code reads from the environment, from its source: tests compare documents with them."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENV_FUNCTIONS = {
    "env_bool",
    "env_choice",
    "env_codes",
    "env_int",
    "env_decimal",
    "env_secret",
    "env_list",
    "os.environ.get",
}
# Names that do not belong into a .env file: that of the file itself, and the shell's own.
NOT_SETTINGS = {"ENV_FILE", "PATH"}


def list_settings() -> set[str]:
    """Return every setting's name; a family of names ends in `*`."""
    found: set[str] = set()
    for path in (
        "newsletter/settings.py",
        "newsletter/env.py",
        "newsletter/operations/run_all.py",
        "newsletter/management/commands/run.py",
    ):
        found |= _read_by((ROOT / path).read_text(encoding="utf-8"))
    found |= set(re.findall(r"\$\{(\w+):-", (ROOT / "Procfile").read_text(encoding="utf-8")))
    return found - NOT_SETTINGS


def read_example() -> dict[str, str]:
    """Return the settings of `.env.example` with their values."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    matches = map(re.compile(r"#([A-Z][A-Z_*]+)=(.*)").fullmatch, lines)
    return {match[1]: match[2] for match in matches if match}


def _read_by(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in ENV_FUNCTIONS
            and isinstance(node.args[0], ast.Constant)
        ):
            found.add(str(node.args[0].value))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("name.startswith"):
            found.add(f"{ast.literal_eval(node.args[0])}*")
    return found
