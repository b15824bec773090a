"""Erases a reader's address from the CSV files that wait to be imported, and from what their pages show.

A file that nobody has decided about yet would keep the address for days, and bring its owner back. Not here: the rows of the
reader, and who may erase (operations/erasure).
"""

import re
from collections.abc import Callable
from typing import Any

from django.db import transaction

from newsletter.models import Import, ImportPart

# As many letters take the address's place as it had: a worker finds its place in a file by counting characters.
_FILLER = "x"


@transaction.atomic
def erase_address_from_imports(address: str) -> None:
    """Erase an address, in any case of letters, from every waiting file; longer addresses that contain it stay as they are."""
    pattern = re.compile(rf"(?<![\w.!#$%&*+/=?^`{{|}}~-]){re.escape(address)}(?![\w-]|\.\w)", re.IGNORECASE)

    def erase(text: str) -> str:
        return pattern.sub(lambda found: _FILLER * len(found[0]), text)

    for part in ImportPart.objects.select_for_update().filter(text__icontains=address).iterator():
        ImportPart.objects.filter(pk=part.pk).update(text=erase(part.text))
    shown = ("survey", "mapping", "problems")
    for row in Import.objects.select_for_update().exclude(state=Import.State.DONE):
        found = {name: _erase_in_json(getattr(row, name), erase) for name in shown}
        if any(found[name] != getattr(row, name) for name in shown):
            Import.objects.filter(pk=row.pk).update(**found)


def _erase_in_json(value: Any, erase: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return erase(value)
    if isinstance(value, list):
        return [_erase_in_json(one, erase) for one in value]
    if isinstance(value, dict):
        return {erase(name): _erase_in_json(one, erase) for name, one in value.items()}
    return value
