"""Texts that the gate for meaning compares: the sentence, its passages and its source, and the words around a place."""

import re
from functools import lru_cache

from digests.quality.blocks import Claim
from digests.quality.findings import Finding, FindingWeight, make_finding

MAX_CLAIM_CHARS, MAX_SOURCE_CHARS = 1_000, 50_000  # longer texts are no sentences and no abstracts
MAX_SHOWN_CHARS = 120
HANGUL = re.compile("[가-힣]")
SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\bvs\.)(?<!e\.g\.)(?<!i\.e\.)\s+|\n")
_CLAUSE_END = re.compile(r"[,;]|(?:[가-힣](?:고|며|면서|지만|으나|는데|도록)|다)(?= )|[.!?](?= )")


def compile_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def compile_words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])", re.IGNORECASE)


def read_evidence(claim: Claim) -> str:
    return claim.evidence[:MAX_SOURCE_CHARS]


def read_source(claim: Claim) -> str:
    """Return what the sentence may rest on: passages, titles and summaries."""
    return f"{claim.evidence[:MAX_SOURCE_CHARS]}\n{claim.source[:MAX_SOURCE_CHARS]}"


def read_titles(claim: Claim) -> str:
    return "\n".join(item.title[:MAX_CLAIM_CHARS] for item in claim.items)


def make_meaning_finding(
    kind: str, claim: Claim, span: tuple[int, int], more: str = "", weight: FindingWeight = FindingWeight.WARN
) -> Finding:
    return make_finding(
        kind,
        found=claim.text[slice(*span)].strip()[:MAX_SHOWN_CHARS],
        more=more.strip()[:MAX_SHOWN_CHARS],
        span=claim.span(*span),
        part=claim.block.name,
        weight=weight,
    )


# The same item is asked by each of its sentences.
@lru_cache(maxsize=4096)
def has_word(pattern: re.Pattern[str], text: str) -> bool:
    return bool(pattern.search(text))


def split_clause(text: str, start: int) -> tuple[str, str]:
    """Return the words before a place back to the beginning of its clause, and those behind it up to its end."""
    before = text[max(0, start - 80) : start]
    begin = max((end.end() for end in _CLAUSE_END.finditer(before)), default=0)
    behind = _CLAUSE_END.search(text, start + 2)
    return before[begin:], text[start : behind.end() if behind else len(text)]


def quote_around(text: str, pattern: re.Pattern[str]) -> str:
    """Return the first place of a pattern with the words around it."""
    hit = pattern.search(text)
    return text[max(0, hit.start() - 50) : hit.end() + 50] if hit else ""


def stem_word(word: str) -> str:
    return word[: max(5, len(word) - 3)].casefold()
