"""Measures the quality gates and writes the tables into docs/quality.md: `make eval`.

With `--misses` it also prints every fault that was missed and every false alarm.
"""

# ruff: noqa: T201 - a program for a terminal
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.eval.measure import Measured, Row, Share, measure  # noqa: E402 - Django first
from tests.eval.seeds import read_seeds  # noqa: E402 - Django first

DOC = Path(__file__).resolve().parents[2] / "docs" / "quality.md"
START, END = "<!-- measured -->", "<!-- end -->"
BLIND = ("numbers exchanged", "polarity flipped")


def main(arguments: list[str]) -> None:
    """Measure the gates, print the tables, and write them."""
    found, kept = measure(read_seeds()), measure(read_seeds(kept=True))
    table = "\n".join([*_format_tables(found), "", "## Kept back", *_format_tables(kept)])
    print(table)
    before, _, rest = DOC.read_text(encoding="utf-8").partition(START)
    DOC.write_text(f"{before}{START}\n{table}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    if "--misses" in arguments:
        print(
            "",
            "Missed:",
            *sorted(found.missed + kept.missed),
            "",
            "False alarms:",
            *sorted(found.false_alarms + kept.false_alarms),
            sep="\n",
        )


def _format_tables(found: Measured) -> list[str]:
    blind = {name: row for name, row in found.faults.items() if name in BLIND}
    seen = {name: row for name, row in found.faults.items() if name not in BLIND}
    head = ["| fault | gate | sections | found | found in the edited text | held back |", "|---|---|---|---|---|---|"]
    return [
        f"{found.seeds['ko']} Korean and {found.seeds['en']} English sections; shares with Wilson 95 % intervals.",
        f"Without any finding as written: {_format_share(found.clean)}; held back by none: {_format_share(found.passed)}.",
        "",
        "### Faults put in, and found",
        *head,
        *(_format_fault_row(name, row) for name, row in seen.items()),
        "",
        "### Blind spots",
        *head,
        *(_format_fault_row(name, row) for name, row in blind.items()),
        "",
        "### False alarms",
        "| gate | sections as written | with harmless edits |",
        "|---|---|---|",
        *(
            f"| {gate} | {_format_share(found.alarms[gate])} | {_format_share(found.alarms_edited[gate])} |"
            for gate in found.alarms
        ),
    ]


def _format_fault_row(name: str, row: Row) -> str:
    gates = ", ".join(row.gates) or "any"
    return f"| {name} | {gates} | {row.parts.of} | {_format_share(row.parts)} | {_format_share(row.text)} | {_format_share(row.held)} |"


def _format_share(share: Share) -> str:
    if not share.of:
        return "–"
    low, high = share.interval()
    return f"{share.share:.1%} ({low:.1%} to {high:.1%})"


if __name__ == "__main__":
    main(sys.argv[1:])
