"""The table of `make bench`."""

import json
import subprocess
import sys

from bench.__main__ import format_table
from tests import environment


def test_bench_table_is_aligned_markdown():
    assert format_table([("plan 100,000 readers", "2.1 s"), ("a|b", "1,234 ms")]) == (
        "| What                 |   Figure |\n"
        "|----------------------|---------:|\n"
        "| plan 100,000 readers |    2.1 s |\n"
        "| a\\|b                 | 1,234 ms |"
    )


def test_bench_unknown_name_is_refused():
    done = subprocess.run(
        [sys.executable, "-m", "bench", "nonsense"], cwd=environment.ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "python -m bench: error: no such measurement: nonsense",
    )


def test_bench_latex_counts_and_shows_what_is_read_differently(tmp_path):
    abstracts = [r"We propose \name, 50% faster.", "No LaTeX here.", r"Code: \href{https://example.org}"]
    file = tmp_path / "papers.jsonl"
    file.write_text("\n".join(json.dumps({"abstract": text}) for text in abstracts))

    done = subprocess.run(
        [sys.executable, "-m", "bench.latex", str(file), "--show", "1"],
        cwd=environment.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines()]
    assert cells[2:5] == [
        ["texts; with a backslash or a dollar", "3; 2"],
        ["texts that are read differently", "2"],
        ["crashes: ours, pylatexenc", "0, 1"],
    ]
    assert len(cells) > 6
