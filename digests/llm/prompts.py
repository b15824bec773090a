"""A prompt file and values -> the text that goes to a model, and a hash that tells which wording was used.

The operator's folder (PROMPTS_DIR) comes first, file by file. Values are put in once, by name: braces, dollars and
instructions inside a title stay what they are. What a model answers is not here.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from django.conf import settings

FALLBACK_LANGUAGE = "en"  # its files take the name of the language to write in


class PromptError(Exception):
    """A prompt file that cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Prompt:
    """What is asked, and the fingerprint of the file that it was made from."""

    text: str
    hash: str


def load_prompt(name: str, language: str = "") -> Template:
    """Return the prompt file of a language, else the English one; without a language the one that serves all."""
    base = language.lower().replace("_", "-").partition("-")[0]
    names = (
        [f"{folder}/{name}.md" for folder in dict.fromkeys((base, FALLBACK_LANGUAGE))] if language else [f"{name}.md"]
    )
    for file in names:
        if not re.fullmatch(r"(?:[a-z]{2,3}/)?[a-z_]+\.md", file):
            continue  # a language is an operator's word, never a path
        for folder in _prompt_folders():
            if (folder / file).is_file():
                return _read_prompt_file(folder / file)
    raise PromptError(f"prompt file {names[-1]} is missing")


def fill_prompt(template: Template, optional: Mapping[str, str] | None = None, **values: str) -> Prompt:
    """Return the prompt with its values; a file that leaves one out would ask for nothing, and is refused.

    What is `optional` a file may leave out: a prompt in Korean need not be told to write in Korean.
    """
    if missing := sorted(set(values) - set(template.get_identifiers())):
        raise PromptError(f"the prompt file does not mention {', '.join('$' + name for name in missing)}")
    return Prompt(template.safe_substitute({**(optional or {}), **values}), hash_prompt(template))


def hash_prompt(template: Template) -> str:
    """Return the hash of a prompt file's wording."""
    return hashlib.sha256(template.template.encode()).hexdigest()


def format_json_lines(rows: Iterable[Mapping[str, str | int]]) -> str:
    """Return rows of strangers' text as one JSON object per line: no line of theirs can end the list."""
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def _prompt_folders() -> list[Path]:
    own = [Path(settings.PROMPTS_DIR)] if settings.PROMPTS_DIR else []
    return [*own, Path(settings.BASE_DIR) / "prompts"]


def _read_prompt_file(path: Path) -> Template:
    try:
        return Template(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"prompt file {path.name} cannot be read: {error.__class__.__name__}") from error
