"""Does the text go on as a text does: nothing said again and again, and every sentence with its end?

Repetition is what small models fall into; a missing end is what an answer has that ran into its limit. Keywords are a
list and have no sentences.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from digests.quality.findings import Finding, make_finding
from digests.quality.passages import PROSE_PARTS, Passage
from digests.text.key_sentences import split_sentences

RUN_WORDS = 5  # words
MAX_REPEATED_SHARE = 0.10  # of the five-word runs that may stand there before
MAX_WORD_REPEATS = 3  # times in a row that a word may not stand
MIN_SENTENCE_CHARACTERS = 15  # characters; shorter ones ("코드가 공개되었습니다.") may come again

# Devanagari, Arabic, Burmese, Ethiopic, Khmer and Armenian have stops of their own; Thai and Lao have none.
_END = re.compile(r"(?:[.!?…。！？।॥؟۔။።៕។։]|니다|[에어아해세]요)[\"'”’»“」』)\]）]*$")
_ENDLESS = re.compile("[\u0e01-\u0eff]")
_END_INSIDE = re.compile(r"[.!?。]\s")
_LOOP = re.compile(
    r"(?<!\w)([^\s\d]{2,})(?:[\s,]+\1){2,}(?!\w)|(.{2,12}?)\2{4,}|(?<!\S)(\S+(?:\s+\S+){1,9}?)(?:\s+\3){2,}(?!\S)"
)
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("「", "」"))


def check_repetition(passages: Sequence[Passage]) -> Iterator[Finding]:
    """Find a sentence that stands twice, else runs of words that come again too often, else a word in a loop."""
    prose = [passage for passage in passages if passage.part != "keywords"]
    twice = list(_sentences_twice(prose))
    yield from twice
    if not twice and (found := next(_loops(prose), None) or _find_repeated_run(prose)):
        yield found


def _sentences_twice(prose: Sequence[Passage]) -> Iterator[Finding]:
    seen: set[str] = set()
    for passage in prose:
        at = 0
        for sentence in split_sentences(passage.text):
            key = "".join(letter for letter in sentence.casefold() if letter.isalnum())
            first = sentence.split()[0]
            at = max(at, passage.text.find(first, at))
            if len(key) >= MIN_SENTENCE_CHARACTERS and key in seen:
                span = passage.span(at, min(at + len(sentence), len(passage.text)))
                yield make_finding("repetition.sentence", found=sentence, span=span, part=passage.name)
            seen.add(key)
            at += 1


def _loops(prose: Sequence[Passage]) -> Iterator[Finding]:
    for passage in prose:
        if loop := _LOOP.search(passage.text):
            words = loop[1] or loop[2] or loop[3]
            yield make_finding("repetition.words", found=words, span=passage.span(*loop.span()), part=passage.name)


def _find_repeated_run(prose: Sequence[Passage]) -> Finding | None:
    """Return the first run of words that is there again, where more than a tenth of all runs are."""
    runs = [(passage, run) for passage in prose for run in _word_runs(passage.text)]
    counts = Counter(words for _passage, (words, _start, _end) in runs)
    again = sum(count - 1 for count in counts.values())
    if not runs or again <= MAX_REPEATED_SHARE * len(runs):
        return None
    seen: set[tuple[str, ...]] = set()
    for passage, (words, start, end) in runs:
        if words in seen:
            shown = passage.text[start:end]
            return make_finding("repetition.words", found=shown, span=passage.span(start, end), part=passage.name)
        seen.add(words)
    return None


def _word_runs(text: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    words = [(found[0].casefold(), *found.span()) for found in re.finditer(r"\S+", text)]
    for at in range(len(words) - RUN_WORDS + 1):
        run = words[at : at + RUN_WORDS]
        yield tuple(word for word, _start, _end in run), run[0][1], run[-1][2]


def check_sentence_end(passages: Sequence[Passage], *, notes: bool = False) -> Iterator[Finding]:
    """Find prose that stops in mid-sentence or inside a bracket.

    `notes`: a person wrote it, who may use catchwords and labels; what counts is a part of prose, or a sentence begun
    after others.
    """
    for passage in passages:
        text = passage.text.rstrip()
        is_note = passage.part not in PROSE_PARTS and not _END_INSIDE.search(text)
        if passage.part == "keywords" or (notes and (is_note or text.endswith(":"))):
            continue
        if not (_END.search(text) or _ENDLESS.search(text)) or any(
            text.count(left) > text.count(right) for left, right in _PAIRS
        ):
            start = max(0, len(text) - 30)
            span = passage.span(start, len(text))
            yield make_finding("cut.end", found=text[start:], span=span, part=passage.name)
