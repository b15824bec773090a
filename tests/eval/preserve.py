"""Edits a section that is right so that it stays right: anything that a gate finds afterwards is a false alarm."""

import copy
import re
from collections.abc import Callable, Iterator

from digests.quality.names import is_certain_name
from digests.text.numbers import find_amounts, format_korean_number
from digests.text.section_schema import PROSE_PARTS as PROSE
from tests.eval.corrupt import NAME
from tests.eval.seeds import FlatParts as Parts
from tests.eval.seeds import Seed


def _change_texts(seed: Seed, change: Callable[[str], str]) -> Parts:
    parts = copy.deepcopy(seed.parts)
    for part in PROSE:
        parts[part] = change(parts[part])
    for point in parts["points"]:
        point["text"] = change(point["text"])
    return parts


def _change_spacing(seed: Seed) -> Parts:
    return _change_texts(seed, lambda text: text.replace(", ", ",  ").replace("(", " ("))


def _quote_names(seed: Seed) -> Parts:
    return _change_texts(
        seed, lambda text: NAME.sub(lambda name: f"‘{name[0]}’" if is_certain_name(name[0]) else name[0], text)
    )


def _reverse_lists(seed: Seed) -> Parts:
    parts = copy.deepcopy(seed.parts)
    parts["points"].reverse()
    parts["keywords"].reverse()
    return parts


def _remove_commas(seed: Seed) -> Parts:
    return _change_texts(seed, lambda text: re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text))


def _spell_percent(seed: Seed) -> Parts:
    words = "퍼센트" if seed.language == "ko" else " percent"
    return _change_texts(seed, lambda text: re.sub(r"%(?![p-])", words, text))


def _convert_amounts(seed: Seed) -> Parts:
    """Convert numbers with K, M and B to Korean units, correctly."""

    def change(text: str) -> str:
        for one in reversed([one for one in find_amounts(text) if one.scaled]):
            before, behind = text[one.start - 1 : one.start], text[one.end : one.end + 1]
            in_name = before == "-" or (behind.isascii() and behind.isalnum())  # "2B4T" is no amount
            if seed.language == "ko" and not in_name and one.value == int(one.value):
                text = text[: one.start] + format_korean_number(one.value) + text[one.end :]
        return text

    return _change_texts(seed, change)


def _remove_hyphens(seed: Seed) -> Parts:
    return _change_texts(seed, lambda text: re.sub(r"(?<=[A-Za-z])-(?=\d)", " ", text))


KINDS: list[tuple[str, Callable[[Seed], Parts]]] = [
    ("other spacing", _change_spacing),
    ("names in quotation marks", _quote_names),
    ("points and keywords in reverse", _reverse_lists),
    ("numbers without commas", _remove_commas),
    ("percent in words", _spell_percent),
    ("7B as 70억, by code", _convert_amounts),
    ("names without hyphens", _remove_hyphens),
]


def make_harmless_edits(seed: Seed) -> Iterator[tuple[str, Parts]]:
    """Yield every edit that changes something in a seed."""
    for name, edit in KINDS:
        parts = edit(seed)
        if parts != seed.parts:
            yield name, parts
