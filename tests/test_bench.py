"""The table of `make bench`."""

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
