"""Gates for repetition and for sentences that are cut off.

Small models repeat themselves, and an answer that ran into its limit of length has no end. Keywords are a list without
sentences, so they are not checked.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from digests.quality.blocks import Block
from digests.quality.findings import Finding, make_finding
from digests.text.key_sentences import split_sentences
from digests.text.section_schema import PROSE_PARTS

RUN_WORDS = 5  # shorter runs of words come again in any text on one subject
MAX_REPEATED_SHARE = 0.10  # of all five-word runs
MIN_SENTENCE_CHARACTERS = 15  # a shorter one ("코드가 공개되었습니다.") may occur twice

# Devanagari, Arabic, Burmese, Ethiopic, Khmer and Armenian end sentences with marks of their own; Thai and Lao have none.
_SENTENCE_END = re.compile(r"(?:[.!?…。！？।॥؟۔။።៕។։]|니다|[에어아해세]요)[\"'”’»“」』)\]）]*$")
_SCRIPT_WITHOUT_STOPS = re.compile("[\u0e01-\u0eff]")
_STOP_INSIDE = re.compile(r"[.!?。]\s")
# A word three times in a row, some characters five times, or a run of words three times.
_LOOP = re.compile(
    r"(?<!\w)([^\s\d]{2,})(?:[\s,]+\1){2,}(?!\w)|(.{2,12}?)\2{4,}|(?<!\S)(\S+(?:\s+\S+){1,9}?)(?:\s+\3){2,}(?!\S)"
)
_BRACKETS = (("(", ")"), ("[", "]"), ("“", "”"), ("「", "」"))


def check_repetition(blocks: Sequence[Block]) -> Iterator[Finding]:
    """Find sentences that occur twice; if there are none, words in a loop, or too many repeated runs of words."""
    prose = [block for block in blocks if block.part not in {"keywords", "headline"}]
    twice = list(_find_repeated_sentences(prose))
    yield from twice
    if not twice and (found := next(_find_loops(prose), None) or _find_repeated_run(prose)):
        yield found


def _find_repeated_sentences(prose: Sequence[Block]) -> Iterator[Finding]:
    seen: set[str] = set()
    for block in prose:
        at = 0
        for sentence in split_sentences(block.text):
            key = "".join(letter for letter in sentence.casefold() if letter.isalnum())
            first = sentence.split()[0]
            at = max(at, block.text.find(first, at))
            if len(key) >= MIN_SENTENCE_CHARACTERS and key in seen:
                span = block.span(at, min(at + len(sentence), len(block.text)))
                yield make_finding("repetition.sentence", found=sentence, span=span, part=block.name)
            seen.add(key)
            at += 1


def _find_loops(prose: Sequence[Block]) -> Iterator[Finding]:
    for block in prose:
        if loop := _LOOP.search(block.text):
            words = loop[1] or loop[2] or loop[3]
            yield make_finding("repetition.words", found=words, span=block.span(*loop.span()), part=block.name)


def _find_repeated_run(prose: Sequence[Block]) -> Finding | None:
    """Return the first repeated run of words if more than MAX_REPEATED_SHARE of all runs are repeated."""
    runs = [(block, run) for block in prose for run in _word_runs(block.text)]
    counts = Counter(words for _block, (words, _start, _end) in runs)
    repeats = sum(count - 1 for count in counts.values())
    if not runs or repeats <= MAX_REPEATED_SHARE * len(runs):
        return None
    seen: set[tuple[str, ...]] = set()
    for block, (words, start, end) in runs:
        if words in seen:
            shown = block.text[start:end]
            return make_finding("repetition.words", found=shown, span=block.span(start, end), part=block.name)
        seen.add(words)
    return None


def _word_runs(text: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    words = [(found[0].casefold(), *found.span()) for found in re.finditer(r"\S+", text)]
    for at in range(len(words) - RUN_WORDS + 1):
        run = words[at : at + RUN_WORDS]
        yield tuple(word for word, _start, _end in run), run[0][1], run[-1][2]


def check_sentence_end(blocks: Sequence[Block], *, notes: bool = False) -> Iterator[Finding]:
    """Find prose that stops in the middle of a sentence or inside a bracket.

    `notes` says that a person may have written it: then labels and single phrases are allowed, and only a part of prose, or
    a sentence that follows another, must have an end.
    """
    for block in blocks:
        text = block.text.rstrip()
        is_note = block.part not in PROSE_PARTS and not _STOP_INSIDE.search(text)
        if block.part in {"keywords", "headline"} or (notes and (is_note or text.endswith(":"))):
            continue
        if not (_SENTENCE_END.search(text) or _SCRIPT_WITHOUT_STOPS.search(text)) or any(
            text.count(left) > text.count(right) for left, right in _BRACKETS
        ):
            start = max(0, len(text) - 30)  # enough to recognize the place
            span = block.span(start, len(text))
            yield make_finding("cut.end", found=text[start:], span=span, part=block.name)
