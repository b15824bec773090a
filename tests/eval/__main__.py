"""Measures the quality gates and writes the tables into docs/quality.md: `make eval`, some ten minutes on two cores.

With `--misses` it also prints every fault of the seeds that was missed and every false alarm on them; those of the unseen sections are
never printed, so that nobody mends a gate by them.
"""

# ruff: noqa: T201 - a program for a terminal
import logging
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.eval.chain import ChainResult, measure_chain  # noqa: E402 - Django first
from tests.eval.evidence import Given  # noqa: E402 - Django first
from tests.eval.kinds import HARM  # noqa: E402 - Django first
from tests.eval.measure import Measured, Row, Share, measure, measure_alarms, merge  # noqa: E402 - Django first
from tests.eval.seeds import hash_unseen_files, read_right_sections, read_seeds  # noqa: E402 - Django first

DOC = Path(__file__).resolve().parents[2] / "docs" / "quality.md"
START, END = "<!-- measured -->", "<!-- end -->"
HASHES_START, HASHES_END = "<!-- hashes -->", "<!-- end of hashes -->"
PIECES = 8  # of the sections, for the cores of the machine


def main(arguments: list[str]) -> None:
    """Measure the gates, print the tables, and write them."""
    with ProcessPoolExecutor() as pool:
        unseen, seeds = (
            [pool.submit(_measure_piece, unseen, piece) for piece in range(PIECES)] for unseen in (True, False)
        )
        right = [pool.submit(_measure_right_piece, piece) for piece in range(PIECES)]
        chains = [pool.submit(_measure_chain, verifier) for verifier in (False, True)]
        found = merge([one.result() for one in unseen]), merge([one.result() for one in seeds])
        without_faults = merge([one.result() for one in right])
        by_rules, with_verifier = (one.result() for one in chains)
    table = "\n".join(
        [
            *_format_blind_spots(found[0]),
            "",
            *_format_chain(by_rules, with_verifier),
            "",
            "## Unseen sections",
            *_format_tables(found[0]),
            "",
            "## Sections that the gates were developed with",
            *_format_tables(found[1]),
            "",
            "## Right sections by other hands, without faults",
            *_format_clean(without_faults),
        ]
    )
    print(table)
    text = DOC.read_text(encoding="utf-8")
    hashes = "\n".join(f"| `{name}` | `{value}` |" for name, value in hash_unseen_files().items())
    text = _replace_between(text, HASHES_START, HASHES_END, f"| file in tests/eval | SHA-256 |\n|---|---|\n{hashes}")
    DOC.write_text(_replace_between(text, START, END, table), encoding="utf-8")
    if "--misses" in arguments:
        print("", "Missed:", *sorted(found[1].missed), "", "False alarms:", *sorted(found[1].false_alarms), sep="\n")


def _measure_piece(unseen: bool, piece: int) -> Measured:
    return measure(read_seeds(unseen=unseen)[piece::PIECES])


def _measure_right_piece(piece: int) -> Measured:
    return measure_alarms(read_right_sections()[piece::PIECES])


def _measure_chain(verifier: bool) -> ChainResult:
    logging.disable(logging.CRITICAL)
    return measure_chain(read_seeds(unseen=True), verifier=verifier)


def _replace_between(text: str, start: str, end: str, words: str) -> str:
    before, _, rest = text.partition(start)
    return f"{before}{start}\n{words}\n{end}{rest.partition(end)[2]}"


def _format_blind_spots(found: Measured) -> list[str]:
    """Return the kinds that are found least, those that are never found first."""
    given = {name: _with_passage(row) for name, row in found.faults.items()}
    weak = sorted((row.share, name) for name, row in given.items() if row.share < 0.5)
    never = [name for share, name in weak if not share]
    return [
        "## What the rules do not find",
        "Of sentences that come with a passage, on the unseen sections. "
        + (f"Never found: {', '.join(never)}." if never else "No kind is never found.")
        + " Found in less than half:",
        "",
        "| fault | harm | found, with a passage |",
        "|---|---|---|",
        *(f"| {name} | {HARM.get(name, '–')} | {_format_share(given[name])} |" for share, name in weak if share),
    ]


def _with_passage(row: Row) -> Share:
    return sum((share for given, share in row.given.items() if given != Given.NONE), Share())


def _format_chain(by_rules: ChainResult, with_verifier: ChainResult) -> list[str]:
    rows = {"rules alone": by_rules, "rules and the scripted second model": with_verifier}
    return [
        "## The chain",
        "| | a faulty sentence stays, nothing says so | stays with a warning | no text used | right from the start, and loses text |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {_format_share(one.corrupted)} | {_format_share(one.warned)} | {_format_share(one.held)} "
            f"| {_format_share(one.right_losing)} |"
            for name, one in rows.items()
        ),
    ]


def _format_clean(found: Measured) -> list[str]:
    return [
        f"{found.seeds['ko']} Korean and {found.seeds['en']} English sections; shares with Wilson 95 % intervals.",
        f"Without any finding as written: {_format_share(found.clean)}; held back by none: {_format_share(found.passed)}.",
    ]


def _format_tables(found: Measured) -> list[str]:
    return [
        *_format_clean(found),
        "",
        "| harm | found | with the right passage | with a similar one | with none |",
        "|---|---|---|---|---|",
        *(_format_harm_row(found, harm) for harm in (3, 2, 1)),
        "",
        "| fault | harm | cases | found | right passage | similar | none | in the edited text | blocked |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            _format_fault_row(name, row)
            for name, row in sorted(found.faults.items(), key=lambda one: (-HARM.get(one[0], 0), one[0]))
        ),
        "",
        "| gate | false alarms on sections as written | with harmless edits |",
        "|---|---|---|",
        *(
            f"| {gate} | {_format_share(found.alarms[gate])} | {_format_share(found.alarms_edited[gate])} |"
            for gate in found.alarms
        ),
    ]


def _format_harm_row(found: Measured, harm: int) -> str:
    rows = [row for name, row in found.faults.items() if HARM.get(name) == harm]
    total = sum(rows, Row())
    cells = [total.parts, *total.given.values()]
    return f"| {harm} | " + " | ".join(_format_share(one) for one in cells) + " |"


def _format_fault_row(name: str, row: Row) -> str:
    thirds = " | ".join(_format_short(share) for share in row.given.values())
    return (
        f"| {name} | {HARM.get(name, '–')} | {row.parts.of} | {_format_share(row.parts)} | {thirds} "
        f"| {_format_short(row.text)} | {_format_short(row.held)} |"
    )


def _format_short(share: Share) -> str:
    return f"{share.share:.0%}" if share.of else "–"


def _format_share(share: Share) -> str:
    if not share.of:
        return "–"
    low, high = share.interval()
    return f"{share.share:.1%} ({low:.1%} to {high:.1%})"


if __name__ == "__main__":
    main(sys.argv[1:])
