"""Gates for numbers: checks that every amount in a text is in its source, with the same magnitude.

The gate `magnitude` blocks: an amount with a scale (만, 억, B, million) must have a value that a source has, so that 1.5B
never becomes 1.5억. The gate `numbers` warns: any other number above twelve, or with a fraction or a unit of measure, must
be in the item's own source; it does not block, because a person may round. Two true numbers that are exchanged are not
found.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from digests.quality.blocks import Block, ItemText, join_item_texts
from digests.quality.findings import Finding, FindingWeight, make_finding
from digests.text.numbers import Amount, collect_values, find_amounts, format_korean_number

MAX_COUNTED_NUMBER = 12  # smaller numbers count parts and steps, which a source may write as words or as a list
# Units of measure: a number that has one is a claim, however small. 배 is also the beginning of other words.
_MEASURE = re.compile(
    r"\s?(?:%|퍼센트|배(?![가-힣])|배(?=[의로나가를이])|×|x\b|times\b|percent|points?\b|점(?![가-힣])|포인트|[mμn]s\b|밀리초|초(?![가-힣])"
    r"|[GMKT]B\b|[kcm]?m\b|[kMG]?Hz\b)",
    re.ASCII,  # a Korean particle behind a unit is no part of it
)


def check_numbers(blocks: Sequence[Block], items: Sequence[ItemText], language: str) -> Iterator[Finding]:
    """Find amounts with a scale that no source has (block), and numbers that the item's own source does not have (warn)."""
    values_by_item = [collect_values(join_item_texts([item]), language) for item in items]
    all_values = set().union(*values_by_item)
    for block in blocks:
        item_values = values_by_item[block.number - 1] if 0 < block.number <= len(values_by_item) else all_values
        for amount in find_amounts(block.text, language):
            span, words = block.span(amount.start, amount.end), block.text[amount.start : amount.end]
            if amount.scaled and not amount.is_one_of(all_values):
                meant = _find_same_digits(amount.value.normalize(), all_values, language)
                kind = "magnitude.digits" if meant else "magnitude.scale"
                yield make_finding(kind, found=words, more=meant, span=span, part=block.name)
            elif not amount.scaled and not amount.is_one_of(item_values) and _needs_source(block.text, amount):
                unit = _MEASURE.match(block.text, amount.end)
                words += unit[0] if unit else ""
                yield make_finding(
                    "numbers.unknown", found=words, span=span, part=block.name, weight=FindingWeight.WARN
                )


def _needs_source(text: str, amount: Amount) -> bool:
    fraction = amount.value != amount.value.to_integral_value()
    return amount.value > MAX_COUNTED_NUMBER or fraction or bool(_MEASURE.match(text, amount.end))


def _find_same_digits(value: Decimal, source_values: set[Decimal], language: str) -> str:
    """Return the source's amount that has the same digits with another magnitude, in a Korean text also as 15억; else ""."""
    digits = value.as_tuple().digits
    for other in sorted(source_values):
        if other.as_tuple().digits == digits and other >= 1000:
            return f"{format_korean_number(other)} = {int(other):,}" if language == "ko" else f"{int(other):,}"
    return ""
