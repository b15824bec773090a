"""Counts which faults each gate finds, and its false alarms, over seeds, corruptions and harmless edits.

A fault counts as found if a gate that should find it finds it at its place. `held` counts the faults that any gate blocks.
Findings that the seed without a fault has too are not counted.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt

from digests.quality.duplicates import build_identity_keys, check_duplicates
from digests.quality.findings import GATE_NAMES, Finding
from digests.quality.gates import check_section_parts, check_section_text, filter_blocking_findings
from digests.text.section_schema import SectionAnswer, SourceMaterial, render_written_section
from tests.eval.corrupt import KINDS, Broken, make_corruptions
from tests.eval.preserve import make_harmless_edits
from tests.eval.seeds import Seed

# Faults that a section's Markdown cannot have (it is made of the parts that are there), or may have (a source's sentence).
NOT_IN_TEXT = {"item number unknown", "part left empty", "item omitted", "one point in English"}


@dataclass
class Share:
    """A number of hits out of a number of cases."""

    hits: int = 0
    of: int = 0

    def count(self, hit: bool) -> None:
        """Count one case."""
        self.hits, self.of = self.hits + hit, self.of + 1

    @property
    def share(self) -> float:
        """The share of hits; 0 if there are no cases."""
        return self.hits / self.of if self.of else 0.0

    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval, which holds for small numbers and for shares near 0 and 1."""
        if not self.of:
            return (0.0, 1.0)
        z, n, p = 1.96, self.of, self.share
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n)))


@dataclass
class Row:
    """How often one kind of fault was found."""

    gates: tuple[str, ...]
    parts: Share = field(default_factory=Share)
    text: Share = field(default_factory=Share)
    held: Share = field(default_factory=Share)


@dataclass
class Measured:
    """All counts: a row per fault, false alarms per gate on the seeds and on their edits, and examples."""

    faults: dict[str, Row]
    alarms: dict[str, Share]
    alarms_edited: dict[str, Share]
    missed: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    seeds: Counter[str] = field(default_factory=Counter)
    clean: Share = field(default_factory=Share)  # sections as written in which no gate finds anything
    passed: Share = field(default_factory=Share)  # in which none blocks


def measure(seeds: Sequence[Seed]) -> Measured:
    """Return what the gates find in seeds with a fault, in seeds as written, and in edited ones."""
    faults = {name: Row(gates) for name, gates, _corrupt in KINDS}
    found = Measured(faults, {gate: Share() for gate in GATE_NAMES}, {gate: Share() for gate in GATE_NAMES})
    for seed in seeds:
        found.seeds[seed.language] += 1
        clean, clean_text = (
            _finding_keys(check_section_parts(seed.parts, seed.items, seed.language)),
            _finding_keys(_check_rendered(seed, seed.parts)),
        )
        for name, gates, one in make_corruptions(seed):
            _count_fault(found, seed, name, gates, one, clean, clean_text)
        for name, parts in make_harmless_edits(seed):
            alarmed = {*check_section_parts(parts, seed.items, seed.language), *_check_rendered(seed, parts)}
            if parts is seed.parts:
                found.clean.count(not alarmed)
                found.passed.count(not filter_blocking_findings(alarmed))
            for gate in GATE_NAMES:
                hit = any(one.gate == gate for one in alarmed)
                found.alarms_edited[gate].count(hit)
                if parts is seed.parts:
                    found.alarms[gate].count(hit)
            found.false_alarms += [f"{seed.name} {name}: {one.part}: {one.sentence}" for one in alarmed]
    found.faults |= _measure_items([item for seed in seeds for item in seed.items])
    return found


def _check_rendered(seed: Seed, parts: dict[str, object]) -> list[Finding]:
    return check_section_text(
        render_written_section(SectionAnswer.model_validate(parts), seed.items, seed.language),
        seed.items,
        seed.language,
    )


def _check_typed_piece(seed: Seed, one: Broken) -> list[Finding]:
    """Return the findings after an editor types the piece; from a model it would have been escaped."""
    text = render_written_section(SectionAnswer.model_validate(seed.parts), seed.items, seed.language)
    piece = str(one.parts[one.part])[slice(*one.span)]
    return check_section_text(f"{text}\n\n{piece}\n", seed.items, seed.language)


def _finding_keys(findings: Iterable[Finding]) -> set[tuple[str, str]]:
    return {(one.gate, one.sentence) for one in findings}


def _count_fault(
    found: Measured,
    seed: Seed,
    name: str,
    gates: tuple[str, ...],
    one: Broken,
    clean: set[tuple[str, str]],
    clean_text: set[tuple[str, str]],
) -> None:
    row = found.faults[name]
    new = [f for f in check_section_parts(one.parts, seed.items, seed.language) if (f.gate, f.sentence) not in clean]
    hit = any((f.gate in gates or not gates) and _is_at_fault(f, one) for f in new)
    row.parts.count(hit)
    row.held.count(bool(filter_blocking_findings(new)))
    if not hit:
        found.missed.append(f"{seed.name} {name}: {_describe_fault(one)}")
    if name not in NOT_IN_TEXT:
        new = [
            f
            for f in (_check_typed_piece(seed, one) if "markup" in gates else _check_rendered(seed, one.parts))
            if (f.gate, f.sentence) not in clean_text
        ]
        row.text.count(any(f.gate in gates or not gates for f in new))


def _is_at_fault(finding: Finding, one: Broken) -> bool:
    """Say whether a finding is at the place of the fault; a fault without a span may be found anywhere in its parts."""
    if one.span == (0, 0):
        return True
    start, end = one.span
    return finding.part == one.part and finding.span[0] < end and start < finding.span[1]


def _describe_fault(one: Broken) -> str:
    text = one.parts.get(one.part, "")
    if one.part.startswith("point "):
        text = next((p["text"] for p in one.parts["points"] if f"point {p['number']}" == one.part), "")
    return f"{one.part} {str(text)[one.span[0] : one.span[1] or 60]!r}"


def _measure_items(items: Sequence[SourceMaterial]) -> dict[str, Row]:
    """Return how often items of earlier issues are found, and sources that say too little."""
    rows = {
        name: Row(("ledger",))
        for name in ("carried before: other version", "carried before: other site", "twice in a section")
    }
    rows |= {name: Row(("input",)) for name in ("snippet of a few words", "block page")}
    for item in {item.url: item for item in items}.values():
        again = SourceMaterial(1, item.title, item.url.replace("/abs/", "/pdf/") + "v2", "")
        rows["carried before: other version"].parts.count(bool([*check_duplicates([again], build_identity_keys(item))]))
        moved = SourceMaterial(1, item.title.upper().replace(":", " -"), "https://papers.example/p?id=7", "")
        rows["carried before: other site"].parts.count(bool([*check_duplicates([moved], build_identity_keys(item))]))
        rows["twice in a section"].parts.count(bool([*check_duplicates([item, moved])]))
        for name, words in (("snippet of a few words", "Read more on arXiv."), ("block page", WALL)):
            poor = SourceMaterial(1, item.title, item.url, words)
            parts = {"points": [{"number": 1, "text": "Something that nobody can know from this source alone."}]}
            rows[name].parts.count(any(one.gate == "input" for one in check_section_parts(parts, [poor], "en")))
    for row in rows.values():
        row.held = row.parts
    return rows


WALL = (
    "Just a moment... Enable JavaScript and cookies to continue. Verify you are human by completing the action below."
)
