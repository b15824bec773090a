"""Marks places in a mailing's documents, and cuts documents at them. Pure.

A marker holds a nonce that nobody knew when the text was written, so that no text of a model or a feed can contain one.
"""

import re
from collections.abc import Sequence

from newsletter.emails.compose_problems import ComposeError, ComposeProblem


def make_marker(nonce: str, name: str) -> str:
    """Return the marker of a place: letters and digits, which MJML, CSS and mail leave unchanged."""
    return f"di{nonce}{name}x"


def split_at_markers(document: str, nonce: str, names: Sequence[str]) -> list[str]:
    """Return the pieces of a document between markers, which must stand in the given order, each once. Raises ComposeError."""
    pieces = []
    for name in names:
        # Between MJML's sections a marker can stand only in a comment, which is removed with it.
        cut = re.split(rf"<!--\s*{make_marker(nonce, name)}\s*-->|{make_marker(nonce, name)}", document)
        if len(cut) != 2:
            raise ComposeError(ComposeProblem.TEMPLATE_MARK, name=name)
        pieces.append(cut[0])
        document = cut[1]
    return [*pieces, document]
