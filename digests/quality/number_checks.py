"""Does every amount in a text stand in its source, and with its own size?

`magnitude` blocks: what has a scale (만, 억, B, million) must have the value that a source has, so that 1.5B never
becomes 1.5억. `numbers` warns: any other number above twelve, or with a unit of measure or a fraction, must stand in the
item's own source; a person may have reason to round. Two true numbers exchanged are not found.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from digests.quality.findings import Finding, make_finding
from digests.quality.passages import ItemText, Passage, join_item_texts
from digests.text.numbers import Amount, collect_values, find_amounts, format_korean_number

MAX_COUNTED_NUMBER = 12  # small numbers count parts and steps, which a source may do in words or by listing them
_MEASURE = re.compile(
    r"\s?(?:%|퍼센트|배(?![가-힣])|배(?=[의로나가를이])|×|x\b|times\b|percent|points?\b|점(?![가-힣])|포인트|[mμn]s\b|밀리초|초(?![가-힣])"
    r"|[GMKT]B\b|[kcm]?m\b|[kMG]?Hz\b)"
)


def check_numbers(passages: Sequence[Passage], stories: Sequence[ItemText], language: str) -> Iterator[Finding]:
    """Find amounts without a source: magnitudes that no item has, numbers that the item itself does not have."""
    own = [collect_values(join_item_texts([story]), language) for story in stories]
    every = set().union(*own)
    for passage in passages:
        known = own[passage.number - 1] if 0 < passage.number <= len(own) else every
        for amount in find_amounts(passage.text, language):
            span, words = passage.span(amount.start, amount.end), passage.text[amount.start : amount.end]
            if amount.scaled and not amount.is_one_of(every):
                yield make_finding(
                    "magnitude.scale",
                    found=words,
                    more=_scale_hint(amount.value.normalize(), every),
                    span=span,
                    part=passage.name,
                )
            elif not amount.scaled and not amount.is_one_of(known) and _needs_source(passage.text, amount):
                unit = _MEASURE.match(passage.text, amount.end)
                words += unit[0] if unit else ""
                yield make_finding("numbers.unknown", found=words, span=span, part=passage.name, weight="warn")


def _needs_source(text: str, amount: Amount) -> bool:
    fraction = amount.value != amount.value.to_integral_value()
    return amount.value > MAX_COUNTED_NUMBER or fraction or bool(_MEASURE.match(text, amount.end))


def _scale_hint(value: Decimal, known: set[Decimal]) -> str:
    """Say what the source has where it is the same number with another size."""
    digits = value.as_tuple().digits
    for other in sorted(known):
        if other.as_tuple().digits == digits and other >= 1000:
            return f"({format_korean_number(other)} = {int(other):,})"
    return ""
