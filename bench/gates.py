"""Measures the quality gates: all of them on a written section, and on hostile texts of three sizes.

The sections and their sources are those of `tests/eval`; the first look reads each source, the second finds what it read. The
hostile texts are one key point of a quarter, half and a whole megabyte in the form of a person's edit: twice the length may take about twice the time.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from digests.quality.gates import check_section_parts, check_section_text
from digests.text.evidence import list_evidence
from digests.text.section_schema import render_written_section
from tests.eval.seeds import read_seeds

SECTIONS = 40
SIZES = (250_000, 500_000, 1_000_000)  # characters
HOSTILE = {
    "one word": "모델이 ",
    "numbers": "1,234.5% 3배 ",
    "names": "GPT-4o와 Qwen2.5-VL보다 ",
    "brackets": "(((“[[ ",
}


def measure() -> list[tuple[str, str]]:
    """Return the rows of the table."""
    seeds = read_seeds()[:SECTIONS]
    first = [_time(lambda seed=seed: check_section_parts(seed.answer, seed.items, seed.language)) for seed in seeds]
    again = [
        _time(lambda seed=seed: check_section_parts(seed.answer, seed.items, seed.language)) for seed in seeds[-8:]
    ]
    edited = [
        _time(
            lambda seed=seed: check_section_text(
                render_written_section(seed.answer, seed.items, seed.language),
                seed.items,
                seed.language,
                evidence=list_evidence(seed.answer),
            )
        )
        for seed in seeds[-8:]
    ]
    rows = [
        (f"all gates, a section of a model, median of {len(first)}", f"{statistics.median(first) * 1000:.0f} ms"),
        ("the same section again", f"{statistics.median(again) * 1000:.0f} ms"),
        ("all gates, the text of a section at the desk", f"{statistics.median(edited) * 1000:.0f} ms"),
    ]
    seed = seeds[0]
    for name, piece in HOSTILE.items():
        times = [
            _time(lambda text=text: check_section_text(text, seed.items, seed.language))
            for text in ((piece * (size // len(piece) + 1))[:size] for size in SIZES)
        ]
        shown = ", ".join(f"{seconds:.1f}" for seconds in times)
        rows.append(
            (f"0.25, 0.5 and 1 MB of {name}", f"{shown} s: {times[2] / times[1]:.1f} times for twice the length")
        )
    return rows


def _time(call: Callable[..., Any]) -> float:
    """Return the seconds that a call took."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
