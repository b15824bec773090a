"""Runs the gates that compare wordings, sentence by sentence: figures, meaning, inventions, style, generic points.

Importing this module compiles some thousand patterns, which takes a second and a half; so `gates` imports it when a text is read, and
a process that reads none never does.
"""

from collections.abc import Iterator, Sequence

from digests.quality import claim_figures, claim_inventions, claim_meaning, generic_points, style
from digests.quality.blocks import Block, Claim, ItemText
from digests.quality.findings import Finding


def check_wording(
    blocks: Sequence[Block], claims: Sequence[Claim], items: Sequence[ItemText], sources: str, language: str
) -> Iterator[Finding]:
    """Find what the wording of sentences gives away; `sources` is the text of all items."""
    yield from claim_figures.check_figures(claims, language)
    yield from claim_meaning.check_meaning(claims, language)
    yield from claim_inventions.check_inventions(claims, language)
    yield from style.check_style(blocks, sources, language)
    yield from generic_points.check_generic_points(blocks, items, language)
