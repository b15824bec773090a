"""Benchmark of what a process costs before it does anything: modules, memory and time of importing the app.

Each case is imported by processes of their own, and stands beside a bare `import django`. The first of them compiles what has
no bytecode yet and is not counted; figures are the medians of the others. PSS is what a process adds: its own memory, and its
share of what it shares with others. Linux says both.
"""

import json
import os
import statistics
import subprocess
import sys
from typing import NamedTuple

CASES = {
    "import django, to compare": "import django",
    "import the app: django.setup()": "import django; django.setup()",
    "import the app: web (wsgi, all pages)": "import newsletter.wsgi, newsletter.urls",
    "import the app: worker (celery, all tasks)": "import newsletter.celery as c; c.app.loader.import_default_modules()",
}
RUNS = 5
# Printed by each process about itself, after the import.
_REPORT = """
import json, sys, time
started = time.process_time()
{code}
seconds = time.process_time() - started
names = sorted(sys.modules)
sizes = [line.split() for line in open("/proc/self/smaps_rollup")]
kb = {{words[0]: int(words[1]) for words in sizes if words[-1] == "kB"}}
print(json.dumps([seconds, kb["Rss:"] / 1024, kb["Pss:"] / 1024, names]))
"""


class ImportCost(NamedTuple):
    """What a process costs after an import: CPU seconds, memory in MB, and the names of the modules that are loaded."""

    seconds: float
    rss_mb: float
    pss_mb: float
    modules: list[str]


def measure() -> list[tuple[str, str]]:
    """Return label and figure of each row."""
    return [
        (label, _format_figure([measure_import(code) for _run in range(RUNS + 1)][1:])) for label, code in CASES.items()
    ]


def measure_import(code: str) -> ImportCost:
    """Return what a new process costs after it ran `code`, which imports something."""
    command = [sys.executable, "-c", _REPORT.format(code=code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)  # noqa: S603 - our own code
    return ImportCost(*json.loads(done.stdout))


def _format_figure(runs: list[ImportCost]) -> str:
    seconds, rss, pss = (statistics.median(values) for values in zip(*(run[:3] for run in runs), strict=True))
    return f"{len(runs[0].modules):,} modules, RSS {rss:.0f} MB, PSS {pss:.0f} MB, {seconds:.2f} CPU s"
