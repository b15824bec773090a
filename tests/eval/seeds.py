"""Reads the seeds: sections that are right, written by hand over arXiv abstracts (arXiv metadata is CC0), Korean and English.

The files have one JSON object per line: the papers in order, the five parts, and a point per paper. The gates are measured
with them, so each must be true to its abstracts and written as a good editor writes. The `kept` seeds are kept back: they
were written in the manner of a large model, over other papers and after the gates, and the gates must not be changed to fit
them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digests.text.section_schema import SectionAnswer, SourceMaterial

HERE = Path(__file__).parent
FILES = {"ko": ("ko_1", "ko_2"), "en": ("en",)}
KEPT = {"ko": ("kept_ko",), "en": ("kept_en",)}


@dataclass(frozen=True)
class Seed:
    """A section that is right, with its sources."""

    name: str
    language: str
    parts: dict[str, Any]  # as `digests.models.Section.summary` keeps them
    items: tuple[SourceMaterial, ...]


def read_seeds(*, kept: bool = False) -> list[Seed]:
    """Return the seeds that the gates were developed with, or those that were kept back."""
    papers = {row["id"]: row for row in _rows(HERE / "papers.jsonl")}
    return [
        _seed(f"{file}:{number}", language, row, papers)
        for language, files in (KEPT if kept else FILES).items()
        for file in files
        for number, row in enumerate(_rows(HERE / "seeds" / f"{file}.jsonl"), start=1)
    ]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _seed(name: str, language: str, row: dict[str, Any], papers: dict[str, dict[str, str]]) -> Seed:
    items = tuple(
        SourceMaterial(number, papers[paper]["title"], f"https://arxiv.org/abs/{paper}", papers[paper]["abstract"])
        for number, paper in enumerate(row.pop("papers"), start=1)
    )
    points = [{"number": number, "text": text} for number, text in enumerate(row.pop("points"), start=1)]
    return Seed(name, language, SectionAnswer.model_validate(row | {"points": points}).model_dump(), items)
