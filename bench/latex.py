"""Compares our LaTeX reader with pylatexenc on abstracts: `python -m bench.latex FILE [--show 40]`.

FILE holds one JSON object a line, with the text as "abstract" or "summary". Prints crashes, time and differences; which of two texts reads better
a person has to say, so differences are shown, a random sample that is the same in each run. The outcome of the last reading stands in
docs/architecture.md. Not among the measurements of `make bench`, because such a file is not in the repository.
"""

# ruff: noqa: T201 - a program for a terminal
import argparse
import difflib
import json
import logging
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

from pylatexenc.latex2text import LatexNodes2Text

from bench.__main__ import format_table
from digests.text.latex import latex_to_text

_BARE = re.compile(
    r"(?<!\\)([%#&])"
)  # in an abstract a percent sign, not the beginning of a comment: pylatexenc would drop the line


def read_with_pylatexenc(text: str) -> str:
    """Return what pylatexenc makes of a text, with signs escaped that only a LaTeX file would mean as commands."""
    return str(LatexNodes2Text().latex_to_text(_BARE.sub(r"\\\1", text)))


def main() -> None:
    """Read the file of the command line with both and print the table, then the sample."""
    parser = argparse.ArgumentParser(prog="python -m bench.latex", description="Compare two readers of LaTeX.")
    parser.add_argument("file", type=Path, help="one JSON object a line, with an abstract or summary")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N differences of a random sample")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # pylatexenc warns at each text that is no whole LaTeX file
    rows = [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines()]
    texts = [str(row.get("abstract") or row.get("summary") or "") for row in rows]
    ours, our_time = _read_all(latex_to_text, texts)
    theirs, their_time = _read_all(read_with_pylatexenc, texts)
    pairs = [(first, second) for first, second in zip(ours, theirs, strict=True) if first != second]
    marked = [one for one in texts if "\\" in one or "$" in one]
    table = [
        ("texts; with a backslash or a dollar", f"{len(texts)}; {len(marked)}"),
        ("texts that are read differently", str(len(pairs))),
        ("crashes: ours, pylatexenc", f"{ours.count(None)}, {theirs.count(None)}"),
        ("seconds of the processor: ours, pylatexenc", f"{our_time:.1f}, {their_time:.1f}"),
    ]
    print(format_table(table))
    chosen = random.Random(1).sample(pairs, min(options.show, len(pairs)))  # noqa: S311 - a sample, not a secret
    for first, second in chosen:
        print("", *_list_differences(first or "(crash)", second or "(crash)"), sep="\n")


def _read_all(read: Callable[[str], str], texts: list[str]) -> tuple[list[str | None], float]:
    began, found = time.process_time(), list[str | None]()
    for text in texts:
        try:
            found.append(" ".join(read(text).split()))
        except Exception:  # any crash is a figure here
            found.append(None)
    return found, time.process_time() - began


def _list_differences(first: str, second: str) -> list[str]:
    """Return the words in which two texts differ, each with a word before and after."""
    ours, theirs = first.split(" "), second.split(" ")
    return [
        f"{' '.join(ours[max(0, a - 1) : b + 1])[:160]}  |  {' '.join(theirs[max(0, c - 1) : d + 1])[:160]}"
        for kind, a, b, c, d in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
        if kind != "equal"
    ]


if __name__ == "__main__":
    main()
