"""Fills prompt files with values, and hashes a file's wording so that a section can name the prompt it was made with.

For each file the operator's folder (PROMPTS_DIR) comes before ours. Comments (`<!-- -->`) are taken out. Values are inserted once, by name: braces and dollars
within a title are not replaced again. Not here: the request to the model (`requests`).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from django.conf import settings

from digests.llm.model_problems import ModelProblem
from digests.text.localization import get_base_language
from digests.text.messages import CodedError

# Beside each rule stands which gate asks it, or why none does: for the reader of the file, not for the model.
_COMMENT = re.compile(r"[ \t]*<!--.*?-->", re.DOTALL)
FALLBACK_LANGUAGE = "en"  # for languages without files; the English ones take the name of the language to write in
MAX_NAME_CHARS = 200  # of the name of a newsletter or a category
MAX_DESCRIPTION_CHARS = 500  # of a tagline or the description of a category


class PromptError(CodedError):
    """A prompt file that cannot be used."""


class PromptFile(Template):
    """The text of a prompt file, with its places such as $items; `file` names it in errors, such as "ko/summarize.md"."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__(text)
        self.file = file


@dataclass(frozen=True)
class Prompt:
    """The text for the model, and the hash of the prompt file that it was made from."""

    text: str
    hash: str


def load_prompt(name: str, language: str = "") -> PromptFile:
    """Return the prompt file of a language, else the English one; without `language` the one in the top folder.

    Raises PromptError where no file is found or it cannot be read.
    """
    names = (
        [f"{folder}/{name}.md" for folder in dict.fromkeys((get_base_language(language), FALLBACK_LANGUAGE))]
        if language
        else [f"{name}.md"]
    )
    for file in names:
        if not re.fullmatch(r"(?:[a-z]{2,3}/)?[a-z_]+\.md", file):
            continue  # a language code becomes part of a path, and must not lead out of the folder
        for folder in _prompt_folders():
            if (folder / file).is_file():
                return _read_prompt_file(folder, file)
    raise PromptError(ModelProblem.NO_PROMPT, file=names[-1])


def fill_prompt(template: PromptFile, optional: Mapping[str, str] | None = None, **values: str) -> Prompt:
    """Return the prompt with its values.

    Raises PromptError if the file leaves a value out, since it would ask about nothing, and if it has a place without a
    value, since the model would read the name of the place. Values in `optional` may be left out: a prompt in Korean does
    not have to name the language to write in.
    """
    places, optional = set(template.get_identifiers()), optional or {}
    if missing := set(values) - places:
        raise PromptError(ModelProblem.INCOMPLETE_PROMPT, names=f"{_name_places(missing)} ({template.file})")
    if unknown := places - {*optional, *values}:
        raise PromptError(ModelProblem.UNKNOWN_PROMPT_PLACE, file=template.file, names=_name_places(unknown))
    # A dollar that names no place stays as it is: an operator's prompt may speak of $5.
    return Prompt(template.safe_substitute({**optional, **values}), hash_prompt(template))


def _name_places(names: Iterable[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(names))


def hash_prompt(template: Template) -> str:
    """Return the SHA-256 of a prompt file's wording, in hexadecimal."""
    return hashlib.sha256(template.template.encode()).hexdigest()


def format_json_lines(rows: Iterable[Mapping[str, str | int]]) -> str:
    """Return rows of hostile text as one JSON object per line, so that no line break in it can end the list."""
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def _prompt_folders() -> list[Path]:
    operators = [Path(settings.PROMPTS_DIR)] if settings.PROMPTS_DIR else []
    return [*operators, Path(settings.BASE_DIR) / "prompts"]


def _read_prompt_file(folder: Path, file: str) -> PromptFile:
    try:
        return PromptFile(_COMMENT.sub("", (folder / file).read_text(encoding="utf-8")), file)
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(ModelProblem.UNREADABLE_PROMPT, file=file, kind=error.__class__.__name__) from error
