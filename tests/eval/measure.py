"""Counts which faults the gates find, and their false alarms, over seeds, corruptions and harmless edits.

A fault counts as found if any gate finds something at its place that it does not find in the right section. `held` counts the faults
that a gate blocks. A broken sentence comes with passages in one of three ways (`tests.eval.evidence.Given`), a third of the cases each,
chosen by the name of the seed and the kind.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt

from digests.quality.duplicates import build_identity_keys, check_duplicates
from digests.quality.findings import GATE_NAMES, Finding
from digests.quality.gates import check_section_parts, check_section_text, filter_blocking_findings
from digests.text.cleaning import clean_line
from digests.text.evidence import list_evidence
from digests.text.markdown_rendering import escape_markdown
from digests.text.section_schema import (
    PROSE_PARTS,
    SectionAnswer,
    SourceMaterial,
    render_extracted_section,
    render_written_section,
)
from tests.eval.corrupt import Broken, make_corruptions
from tests.eval.evidence import Given, inflate
from tests.eval.preserve import make_harmless_edits
from tests.eval.seeds import Seed, flatten

# Faults that a section's Markdown cannot have (it is made of the parts that are there), or may have (a source's sentence).
NOT_IN_TEXT = {"item number unknown", "part left empty", "item omitted", "one point in English"}
TYPED_MARKUP = {"HTML", "image", "heading or code", "foreign address", "bold", "list_mark"}


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

    def __add__(self, other: "Share") -> "Share":
        return Share(self.hits + other.hits, self.of + other.of)

    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval, which holds for small numbers and for shares near 0 and 1."""
        if not self.of:
            return (0.0, 1.0)
        z, n, p = 1.96, self.of, self.share
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n)))


@dataclass
class Row:
    """How often one kind of fault was found: in a model's answer, by the passages that came with it, and in an edited text."""

    given: dict[Given, Share] = field(default_factory=lambda: {given: Share() for given in Given})
    text: Share = field(default_factory=Share)
    held: Share = field(default_factory=Share)

    @property
    def parts(self) -> Share:
        """All cases in a model's answer."""
        return sum(self.given.values(), Share())

    def __add__(self, other: "Row") -> "Row":
        given = {name: share + other.given[name] for name, share in self.given.items()}
        return Row(given, self.text + other.text, self.held + other.held)


@dataclass
class Measured:
    """All counts: a row per fault, false alarms per gate on the seeds and on their edits, and examples."""

    faults: dict[str, Row] = field(default_factory=dict)
    alarms: dict[str, Share] = field(default_factory=lambda: {gate: Share() for gate in GATE_NAMES})
    alarms_edited: dict[str, Share] = field(default_factory=lambda: {gate: Share() for gate in GATE_NAMES})
    missed: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    seeds: Counter[str] = field(default_factory=Counter)
    clean: Share = field(default_factory=Share)  # sections as written in which no gate finds anything
    passed: Share = field(default_factory=Share)  # in which none blocks


def measure(seeds: Sequence[Seed], *, edits: bool = True) -> Measured:
    """Return what the gates find in seeds with a fault, in seeds as written and, with `edits`, in edited ones."""
    found = Measured()
    for seed in seeds:
        found.seeds[seed.language] += 1
        _count_alarms(found, seed, seed.answer, "")
        clean = _finding_keys(check_section_parts(seed.answer, seed.items, seed.language))
        clean_text = _finding_keys(_check_rendered(seed, seed.answer))
        for name, one in make_corruptions(seed):
            _count_fault(found, seed, name, one, clean, clean_text)
        _count_edited_titles(found, seed)
        for name, parts in make_harmless_edits(seed) if edits else ():
            _count_alarms(found, seed, inflate(parts, seed, Given.RIGHT), name)
    found.faults |= _measure_items([item for seed in seeds for item in seed.items])
    return found


def measure_alarms(seeds: Sequence[Seed]) -> Measured:
    """Return what the gates find in seeds as written."""
    found = Measured()
    for seed in seeds:
        found.seeds[seed.language] += 1
        _count_alarms(found, seed, seed.answer, "")
    return found


def merge(pieces: Sequence[Measured]) -> Measured:
    """Return the counts of several pieces of the seeds as one."""
    all_ = Measured()
    for one in pieces:
        for name, row in one.faults.items():
            all_.faults[name] = all_.faults.get(name, Row()) + row
        for gate in GATE_NAMES:
            all_.alarms[gate] += one.alarms[gate]
            all_.alarms_edited[gate] += one.alarms_edited[gate]
        all_.missed += one.missed
        all_.false_alarms += one.false_alarms
        all_.seeds += one.seeds
        all_.clean += one.clean
        all_.passed += one.passed
    return all_


def _count_alarms(found: Measured, seed: Seed, answer: SectionAnswer, edit: str) -> None:
    alarmed = {*check_section_parts(answer, seed.items, seed.language), *_check_rendered(seed, answer)}
    if not edit:
        found.clean.count(not alarmed)
        found.passed.count(not filter_blocking_findings(alarmed))
    for gate in GATE_NAMES:
        hit = any(one.gate == gate for one in alarmed)
        (found.alarms_edited if edit else found.alarms)[gate].count(hit)
    found.false_alarms += [
        f"{seed.name} {edit or 'as written'}: {one.part} {one.code}: {one.sentence} | {_quote_place(answer, one)}"
        for one in alarmed
    ]


def _quote_place(answer: SectionAnswer, finding: Finding) -> str:
    kind, _space, number = finding.part.partition(" ")
    point = next((one for one in answer.points if str(one.number) == number), None)
    if point:
        return point.headline if kind == "headline" else point.text
    return " ".join(one.text for one in getattr(answer, finding.part, []) if not isinstance(one, str))


def choose_given(seed: Seed, kind: str) -> Given:
    """Return which passages a broken sentence comes with."""
    digest = hashlib.sha256(f"{seed.name}/{kind}".encode()).digest()
    return list(Given)[digest[0] % 3]


def _check_rendered(seed: Seed, answer: SectionAnswer) -> list[Finding]:
    return check_section_text(
        render_written_section(answer, seed.items, seed.language),
        seed.items,
        seed.language,
        evidence=list_evidence(seed.answer),
    )


def _count_edited_titles(found: Measured, seed: Seed) -> None:
    """Count what is found where an editor changes a word of a title in a section of excerpts, or takes a link away."""
    sentences = {item.number: item.summary[:200].rpartition(" ")[0] + "." for item in seed.items}
    text = render_extracted_section(sentences, [], seed.items, seed.language)
    item = seed.items[len(seed.name) % len(seed.items)]
    title = escape_markdown(clean_line(item.title))
    words = title.split(" ")
    at = len(seed.name) % len(words)
    altered = " ".join([*words[:at], "Improved", *words[at + 1 :]])
    broken = {
        "title altered by an editor": text.replace(f"[{title}]", f"[{altered}]"),
        "link taken away by an editor": text.replace(f"[{title}]({item.url})", title),
    }
    clean = {(one.code, one.part) for one in check_section_text(text, seed.items, seed.language)}
    for name, edited in broken.items():
        row = found.faults.setdefault(name, Row())
        new = [
            one for one in check_section_text(edited, seed.items, seed.language) if (one.code, one.part) not in clean
        ]
        row.given[Given.RIGHT].count(bool(new))
        row.text.count(bool(new))


def _check_typed_piece(seed: Seed, one: Broken) -> list[Finding]:
    """Return the findings after an editor types the piece; from a model it would have been escaped."""
    text = render_written_section(seed.answer, seed.items, seed.language)
    piece = _broken_text(one)[slice(*one.span)]
    return check_section_text(f"{text}\n\n{piece}\n", seed.items, seed.language, evidence=list_evidence(seed.answer))


def _finding_keys(findings: Iterable[Finding]) -> set[tuple[str, str]]:
    return {(one.gate, one.sentence) for one in findings}


def _count_fault(
    found: Measured,
    seed: Seed,
    name: str,
    one: Broken,
    clean: set[tuple[str, str]],
    clean_text: set[tuple[str, str]],
) -> None:
    row, given = found.faults.setdefault(name, Row()), choose_given(seed, name)
    answer = inflate(one.parts, seed, given)
    new = [
        f
        for f in check_section_parts(answer, seed.items, seed.language)
        if (f.gate, f.sentence) not in clean or f.code.startswith("evidence.")
    ]
    # What the schema repairs (LaTeX becomes letters) reaches nobody.
    is_repaired = " ".join(_broken_text(one).split()) not in _list_part_texts(answer)
    hit = is_repaired or any(_is_at_fault(f, one) for f in new)
    row.given[given].count(hit)
    row.held.count(bool(filter_blocking_findings(new)))
    if not hit:
        found.missed.append(f"{name} [{given}] {seed.name}: {_describe_fault(one)}")
    if name not in NOT_IN_TEXT:
        text = _check_typed_piece(seed, one) if name in TYPED_MARKUP else _check_rendered(seed, answer)
        row.text.count(any((f.gate, f.sentence) not in clean_text for f in text))


def _list_part_texts(answer: SectionAnswer) -> set[str]:
    """Return the texts of parts, points and headlines as the gates read them."""
    parts = flatten(answer)
    return {*(parts[part] for part in PROSE_PARTS)} | {
        one[name] for one in parts["points"] for name in ("text", "headline")
    }


def _broken_text(one: Broken) -> str:
    kind, _space, number = one.part.partition(" ")
    point = next((point for point in one.parts["points"] if str(point["number"]) == number), None)
    if point:
        return str(point["headline" if kind == "headline" else "text"])
    return str(one.parts.get(one.part, ""))


def _is_at_fault(finding: Finding, one: Broken) -> bool:
    """Say whether a finding is at the place of the fault; a fault without a span may be found anywhere in its parts."""
    if one.span == (0, 0):
        return True
    start, end = one.span
    return finding.part == one.part and finding.span[0] < end and start < finding.span[1]


def _describe_fault(one: Broken) -> str:
    return f"{one.part} {_broken_text(one)[one.span[0] : one.span[1] or 60]!r}"


def _measure_items(items: Sequence[SourceMaterial]) -> dict[str, Row]:
    """Return how often items of earlier issues are found, and sources that say too little."""
    names = ("carried before: other version", "carried before: other site", "twice in a section")
    rows = {name: Row() for name in (*names, "snippet of a few words", "block page")}
    for item in {item.url: item for item in items}.values():
        again = SourceMaterial(1, item.title, item.url.replace("/abs/", "/pdf/") + "v2", "")
        rows["carried before: other version"].given[Given.RIGHT].count(
            bool([*check_duplicates([again], build_identity_keys(item))])
        )
        moved = SourceMaterial(1, item.title.upper().replace(":", " -"), "https://papers.example/p?id=7", "")
        rows["carried before: other site"].given[Given.RIGHT].count(
            bool([*check_duplicates([moved], build_identity_keys(item))])
        )
        rows["twice in a section"].given[Given.RIGHT].count(bool([*check_duplicates([item, moved])]))
        for name, words in (("snippet of a few words", "Read more on arXiv."), ("block page", WALL)):
            poor = SourceMaterial(1, item.title, item.url, words)
            parts = SectionAnswer.model_validate(EMPTY | {"points": [POOR_POINT]})
            rows[name].given[Given.RIGHT].count(
                any(one.gate == "input" for one in check_section_parts(parts, [poor], "en"))
            )
    for row in rows.values():
        row.held = row.parts
    return rows


EMPTY: dict[str, list[str]] = {part: [] for part in ("themes", "keywords", "trends", "impact", "outlook")}
POOR_POINT = {
    "number": 1,
    "headline": "Something",
    "sentences": ["Something that nobody can know from this source alone."],
}
WALL = (
    "Just a moment... Enable JavaScript and cookies to continue. Verify you are human by completing the action below."
)
