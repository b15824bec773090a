"""Benchmark of categorizing by keywords and of extracting the key sentence, against labels: how often each is right."""

import json
import math
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from digests.seed.bootstrap import SEED_FOLDER
from digests.selection.keyword_rules import build_rules, guess_category
from digests.text.key_sentences import extract_key_sentence, strip_latex_and_urls

DATA = Path(__file__).parent.parent / "tests/data"


def measure() -> list[tuple[str, str]]:
    """Return label and figure of each row; the database is not used."""
    labels, abstracts = _read("labels.jsonl"), _read("contributions.jsonl")
    rules = build_rules(SimpleNamespace(**row) for row in _categories())
    started = time.perf_counter()
    agreed = sum(guess_category(row["title"], row["abstract"], rules).slug == row["expected"] for row in labels)
    seconds = time.perf_counter() - started
    found = sum(
        _names_contribution(extract_key_sentence(row["abstract"], row["title"]), row["accepted"]) for row in abstracts
    )
    return [
        (f"categories by rules: agreement with gpt-4o's labels, n={len(labels)}", _share(agreed, len(labels))),
        ("categories by rules: titles per second", f"{len(labels) / seconds:,.0f}"),
        (f"extracted sentence states the contribution, n={len(abstracts)}", _share(found, len(abstracts))),
    ]


def _read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def _names_contribution(sentence: str, beginnings: list[str]) -> bool:
    return sentence.startswith(tuple(strip_latex_and_urls(beginning)[:40] for beginning in beginnings))


def _categories() -> list[dict[str, Any]]:
    categories: list[dict[str, Any]] = tomllib.loads((SEED_FOLDER / "papers.toml").read_text(encoding="utf-8"))[
        "category"
    ]
    return categories


def _share(hits: int, of: int) -> str:
    """Return a share with its 95% interval (Wilson)."""
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return f"{share:.2f} ({middle - half:.2f} to {middle + half:.2f})"
