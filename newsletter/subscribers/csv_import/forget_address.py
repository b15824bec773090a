"""An erased reader's address -> out of the files that wait to be imported, and out of what is shown of them.

A file that nobody has decided about would keep the address for days, and bring its owner back. In its place stand as many
letters that are no address: a worker finds its place in a file by counting characters.
"""

import re
from collections.abc import Callable
from typing import Any

from django.db import transaction

from newsletter.models import Import, ImportPart

_FILLER = "x"


@transaction.atomic
def erase_address_from_imports(address: str) -> None:
    """Take an address, in any case of letters, out of every file; a longer one that ends like it is somebody else's."""
    pattern = re.compile(rf"(?<![\w.!#$%&*+/=?^`{{|}}~-]){re.escape(address)}(?![\w-]|\.\w)", re.IGNORECASE)

    def cleaned(said: str) -> str:
        return pattern.sub(lambda found: _FILLER * len(found[0]), said)

    for part in ImportPart.objects.select_for_update().filter(text__icontains=address).iterator():
        ImportPart.objects.filter(pk=part.pk).update(text=cleaned(part.text))
    shown = ("survey", "mapping", "problems")
    for row in Import.objects.select_for_update().exclude(state=Import.State.DONE):
        found = {name: _clean_json(getattr(row, name), cleaned) for name in shown}
        if any(found[name] != getattr(row, name) for name in shown):
            Import.objects.filter(pk=row.pk).update(**found)


def _clean_json(value: Any, cleaned: Callable[[str], str]) -> Any:
    """Return a value of JSON with each of its texts cleaned."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, list):
        return [_clean_json(one, cleaned) for one in value]
    if isinstance(value, dict):
        return {cleaned(name): _clean_json(one, cleaned) for name, one in value.items()}
    return value
