"""Messages that rows keep as a code and parameters; the words are made where a person reads them, in that person's language.

A family of codes is an enum whose labels are the sentences, as lazy translations with {places}:

    class FetchProblem(MessageCode):
        TIMEOUT = "fetch.timeout", ngettext_lazy("Timed out after {seconds} second", "Timed out after {seconds} seconds", "seconds")

Not here: the families themselves, which stand where their messages arise.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import TextChoices
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy

MAX_SHOWN_CHARACTERS = 120  # of a value in a sentence; the row has all of it


class MessageCode(TextChoices):
    """The base of each family of codes; a code is unique in the project, such as "fetch.timeout"."""


class OtherCode(MessageCode):
    """What has no code of its own."""

    UNEXPECTED = "other.unexpected", gettext_lazy("Unexpected error: {place}")
    TEXT = "other.text", "{text}"  # words of somebody else, or of before there were codes


class CodedError(Exception):
    """An error that a person reads: a code and parameters. As text it is the sentence in the active language."""

    def __init__(self, code: MessageCode, **params: Any) -> None:
        super().__init__(code.value)
        self.code, self.params = code, params

    @property
    def message(self) -> dict[str, Any]:
        """The message as rows keep it."""
        return make_message(self.code, **self.params)

    def __str__(self) -> str:
        return format_message(self.message)


def make_message(code: MessageCode, **params: Any) -> dict[str, Any]:
    """Return a message as rows keep it: {"code": "fetch.timeout", "params": {"seconds": 20}}.

    A parameter is a text, a number, a message, or a list of them. A number that is a name, such as a port or a year, is
    passed as text: numbers are grouped by the thousand.
    """
    return {"code": code.value, "params": params}


def format_message(kept: Mapping[str, Any]) -> str:
    """Return a message in the active language; an empty one as "", one whose code is not known with its code and parameters."""
    if not kept:
        return ""
    code, params = find_code(str(kept["code"])), kept.get("params", {})
    if code is not None:
        try:
            return str(code.label.format(**{name: _prepare(value) for name, value in params.items()}))
        except KeyError:
            pass  # a row of another version, without a parameter that the sentence has now
    return " ".join([str(kept["code"]), *(f"{name}={_prepare(value)}" for name, value in params.items())])


def find_code(value: str) -> MessageCode | None:
    """Return the code of a value, of whichever family; None for one that no family has."""
    return next((code for code in list_codes() if code.value == value), None)


def list_codes() -> Iterator[MessageCode]:
    """Yield the codes of all families that are imported."""
    for family in MessageCode.__subclasses__():
        yield from family


class _Number(int):
    """A number that shows itself as the active language writes it; ngettext still sees a number."""

    def __format__(self, spec: str) -> str:
        return number_format(int(self), force_grouping=True)


def _prepare(value: Any) -> Any:
    """Return a parameter as it stands in the sentence: text as one short line, never read as a template."""
    if isinstance(value, Mapping):
        return format_message(value).removesuffix(".")  # within a sentence it is no sentence of its own
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(str(_prepare(one)) for one in value)
    if isinstance(value, int):
        return _Number(value)
    if isinstance(value, float):
        return number_format(value)
    words = " ".join(str(value).split())
    return words if len(words) <= MAX_SHOWN_CHARACTERS else words[: MAX_SHOWN_CHARACTERS - 1] + "…"
