"""The gates for evidence: every sentence that a model wrote must rest on a passage of a source, word for word, and a second model
must have found it there (its verdicts come from `digests.writing.verify`).
"""

from collections.abc import Iterator, Sequence

from digests.quality.blocks import Claim
from digests.quality.findings import Finding, FindingWeight, make_finding
from digests.text.evidence import MAX_PASSAGE_CHARS, Verdict


def check_evidence(claims: Sequence[Claim]) -> Iterator[Finding]:
    """Find sentences without a passage that stands in a source. A headline rests on its point's passages and needs no own."""
    for claim in claims:
        if claim.passages or claim.block.part == "headline":
            continue
        if len(claim.lost) > MAX_PASSAGE_CHARS:
            yield make_finding(
                "evidence.long", found=len(claim.lost), more=MAX_PASSAGE_CHARS, span=claim.whole, part=claim.block.name
            )
        else:
            kind = "evidence.unknown" if claim.lost else "evidence.missing"
            yield make_finding(kind, found=claim.lost[:200], span=claim.whole, part=claim.block.name)


def check_verdicts(claims: Sequence[Claim]) -> Iterator[Finding]:
    """Find sentences that the second model calls contradicted (block) or not stated (warn)."""
    for claim in claims:
        if claim.verdict == Verdict.CONTRADICTED:
            yield make_finding("verify.contradicted", found=claim.quote, span=claim.whole, part=claim.block.name)
        elif claim.verdict == Verdict.NOT_STATED:
            yield make_finding("verify.unstated", span=claim.whole, part=claim.block.name, weight=FindingWeight.WARN)
