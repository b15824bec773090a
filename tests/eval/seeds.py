"""Reads the seeds: sections that are right, written by hand over arXiv abstracts (arXiv metadata is CC0), Korean and English.

The files have one JSON object per line: the papers in order, the five parts with the passages of each sentence, and faults: single
sentences as a model would get them wrong, each with its kind and its place. The gates were developed with the files of `SEEDS`, and with
those of `RIGHT`, which have no faults and in which a gate once raised a false alarm. Those of
`UNSEEN` were written by people who did not know the gates, in the manner of a large and of a small model, and were fixed before the gates
read passages (their hashes are in docs/quality.md): no gate may be changed to fit them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from digests.text.section_schema import PROSE_PARTS, SectionAnswer, SectionSentence, SourceMaterial, join_sentences

HERE = Path(__file__).parent
SEEDS = {"ko": "ko", "en": "en"}
RIGHT = {"ko": "right_ko", "en": "right_en"}
UNSEEN = {"ko": "unseen_ko", "en": "unseen_en"}

FlatParts = dict[
    str, Any
]  # the parts as texts: {"themes": "...", "points": [{"number": 1, "headline": "...", "text": "..."}], ...}


@dataclass(frozen=True)
class WrittenFault:
    """A sentence with a fault: it replaces the sentence `at` ("points.1.0", "points.1.headline", "themes.0"), or follows it."""

    kind: str
    at: str
    text: str
    added: bool


@dataclass(frozen=True)
class Seed:
    """A section that is right, with its sources, and the faults that were written for it."""

    name: str
    language: str
    answer: SectionAnswer
    items: tuple[SourceMaterial, ...]
    faults: tuple[WrittenFault, ...] = ()
    manner: str = ""

    @cached_property
    def parts(self) -> FlatParts:
        """The parts as texts, without passages."""
        return flatten(self.answer)


def flatten(answer: SectionAnswer) -> FlatParts:
    """Return the parts as texts, without passages."""
    prose = {part: join_sentences(getattr(answer, part)) for part in PROSE_PARTS}
    points = [{"number": one.number, "headline": one.headline, "text": one.text} for one in answer.points]
    return prose | {"keywords": list(answer.keywords), "points": points}


def read_seeds(*, unseen: bool = False) -> list[Seed]:
    """Return the seeds that the gates were developed with, or those that they were not."""
    return _read_files(UNSEEN, "unseen_papers") if unseen else _read_files(SEEDS, "papers")


def read_right_sections() -> list[Seed]:
    """Return the sections without faults, by other hands than the seeds: for the rate of false alarms while gates are developed."""
    return _read_files(RIGHT, "right_papers")


def _read_files(files: Mapping[str, str], papers_file: str) -> list[Seed]:
    papers = {row["id"]: row for row in _rows(HERE / f"{papers_file}.jsonl")}
    return [
        _seed(language, row, papers)
        for language, file in files.items()
        for row in _rows(HERE / "seeds" / f"{file}.jsonl")
    ]


def hash_unseen_files() -> Mapping[str, str]:
    """Return the SHA-256 (hex) of each file that the gates were not developed with."""
    names = [f"seeds/{file}.jsonl" for file in UNSEEN.values()] + ["unseen_papers.jsonl"]
    return {name: hashlib.sha256((HERE / name).read_bytes()).hexdigest() for name in names}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _seed(language: str, row: dict[str, Any], papers: dict[str, dict[str, str]]) -> Seed:
    items = tuple(
        SourceMaterial(number, papers[paper]["title"], f"https://arxiv.org/abs/{paper}", papers[paper]["abstract"])
        for number, paper in enumerate(row["papers"], start=1)
    )
    parts = {part: [_sentence(one) for one in row[part]] for part in PROSE_PARTS}
    points = [
        {"number": number, "headline": one["headline"], "sentences": [_sentence(x) for x in one["sentences"]]}
        for number, one in enumerate(row["points"], start=1)
    ]
    answer = SectionAnswer.model_validate(parts | {"keywords": row["keywords"], "points": points})
    faults = tuple(
        WrittenFault(one["kind"], one.get("at") or one["after"], one["text"], "after" in one) for one in row["faults"]
    )
    return Seed(row["id"], language, answer, items, faults, row.get("manner", ""))


def _sentence(row: dict[str, Any]) -> SectionSentence:
    return SectionSentence.model_validate(
        {"text": row["text"], "passages": [{"number": number, "quote": quote} for number, quote in row["passages"]]}
    )
