"""Writes the sections and faults that `manage.py evaluate_verifier` asks about: `python -m tests.eval.verifier_set`.

They are a part of the seeds that the gates were developed with; the unseen ones stay unseen. A fault is one of fact: what the gates alone
can judge (style, shape, language) is no question for a verifier. Half of the sections are Korean, half English, in turn, so that the
first ones are balanced too; each next one brings the kinds that are rarest so far.
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from tests.eval.seeds import Seed, WrittenFault, read_seeds

FILE = Path(__file__).resolve().parents[2] / "digests" / "quality" / "verifier_set.jsonl"
SECTIONS_PER_LANGUAGE = 20
MAX_BYTES = 400_000  # of the whole file: it is in every image
KINDS = {
    *("direction", "negation", "roles_swapped", "foreign_point", "wrong_task", "themes_other_section", "false_trend"),
    *(
        "small_count",
        "percent_points",
        "bound",
        "unit",
        "counter",
        "numbers_exchanged",
        "other_metric",
        "digit",
        "version",
    ),
    *("invented_finding", "invented_availability", "invented_adoption", "invented_plans", "invented_institution"),
    *("invented_author", "invented_dataset", "sota_added", "cause_added", "hedge_dropped", "scope_broadened"),
    *("condition_dropped", "wrong_gloss"),
}


def make_verifier_set() -> str:
    """Return the content of the file: one JSON object per line."""
    seeds = read_seeds()
    counted: Counter[str] = Counter()
    left = {language: [seed for seed in seeds if seed.language == language] for language in ("ko", "en")}
    chosen = []
    for _number in range(SECTIONS_PER_LANGUAGE):
        for own in left.values():
            best = max(own, key=lambda seed: _rate(seed, counted))
            own.remove(best)
            chosen.append(best)
            counted.update({fault.kind for fault in _list_faults(best)})
    return "".join(json.dumps(_make_row(seed), ensure_ascii=False) + "\n" for seed in chosen)


def _rate(seed: Seed, counted: Counter[str]) -> float:
    """Return how much a section adds: one per kind, less for those that others have, and no more than it has places for."""
    gains = sorted((1 / (1 + counted[kind]) for kind in {fault.kind for fault in _list_faults(seed)}), reverse=True)
    return sum(gains[: len({fault.at for fault in _list_faults(seed)})])


def _list_faults(seed: Seed) -> Sequence[WrittenFault]:
    return [fault for fault in seed.faults if fault.kind in KINDS]


def _make_row(seed: Seed) -> dict[str, Any]:
    # A fault that was written as one more sentence stands on its own too, so it takes the place of the one that it would follow.
    return {
        "name": seed.name,
        "language": seed.language,
        "items": [{"title": one.title, "url": one.url, "summary": one.summary} for one in seed.items],
        "sentences": seed.answer.model_dump(exclude={"keywords"}),
        "faults": [{"kind": one.kind, "place": one.at, "text": one.text} for one in _list_faults(seed)],
    }


def main() -> None:
    """Write the file."""
    content = make_verifier_set()
    if len(content.encode()) > MAX_BYTES:
        raise SystemExit(f"{len(content.encode()):,} bytes are more than {MAX_BYTES:,}")
    FILE.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    if not settings.configured:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
        django.setup()
    main()
