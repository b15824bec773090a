"""The gate for style: finds what the prompt forbids in the form of a text, in Korean and in English.

Register (a Korean sentence ends in 합니다), praise, numbers of items, marks of formatting, unfinished sentences, and remarks on
the text instead of the matter. Foreign words, glosses, particles and spelling are checked in `korean_wording`. What the
sources have themselves (a bracket, a dollar sign, a word of praise that may be translated) is no fault.
"""

import re
from collections.abc import Iterator, Sequence

from digests.quality.blocks import Block
from digests.quality.findings import Finding, FindingWeight, make_finding
from digests.quality.korean_wording import check_korean_wording
from digests.quality.words.style_words import (
    BRACKETED_NUMBERS,
    ENGLISH_ITEM_NUMBERS,
    ENGLISH_PRAISE,
    ENGLISH_REMARKS,
    KOREAN_ABSTRACT,
    KOREAN_ATTENTION,
    KOREAN_ITEM_NUMBERS,
    KOREAN_MILD_PRAISE,
    KOREAN_ORDINALS,
    KOREAN_PRAISE,
    KOREAN_REMARKS,
    PRAISE_IN_SOURCE,
    SOURCE_ABSTRACTS,
    SOURCE_ATTENTION,
    SOURCE_PRAISE,
)

_WARNING_KINDS = frozenset(("style.hype", "style.remark"))  # words that are the matter itself in some papers
_LABEL_CHARACTERS = 25  # a shorter line of an editor is a label, not a sentence
_ENGLISH_STEM_LETTERS = 6  # so many first letters show that a source has the same word of praise
# A source says "this paper" itself: only other words of it may be the matter of the text.
_SECTION = re.compile(r"\bsections?\b|섹션|꼭지")
_SPEAKS_OF_PAPER = re.compile(r"\b(?:paper|abstract|article|manuscript|authors?|preprint)s?\b")
_SENTENCE_END = re.compile(r"([가-힣])((?:\s?\([^()]{1,80}\))?)[\"'”’»」』)\]]*(?:[.!?。]+|$)[\"'”’»」』)\]]*(?=\s|$)")
_LATIN_END = re.compile(r"[A-Za-z0-9%](?:\s?\([^()]{1,80}\))?[\"'”’)\]]*[.!?]?$")
_ASIDE_END = re.compile(r"[가-힣]\s?\([^()]{1,80}\)[.!?]?$")  # the word before the parenthesis was read
_POLITE_ENDING = re.compile(r"니(?:다|까)$")
_QUOTED = re.compile(r"“[^”]{0,300}”|\"[^\"]{0,300}\"|‘[^’]{0,300}’|「[^」]{0,300}」")
_MARKS = (
    re.compile(
        r"\*{2,3}(?=[^\s*])[^*\n]{1,300}\*{2,3}|(?<![\w*])\*(?=[^\s*])[^*\n]{1,300}(?<=[^\s*])\*(?![\w*]*\d)|"
        r"(?<![A-Za-z0-9)\]*])\*{2,3}(?=\w)|(?<=[가-힣])\*{2,3}"
    ),
    re.compile(r"(?<!\w)_{1,3}(?=[^\s_])[^_\n]{1,200}(?<=[^\s_])_{1,3}(?![A-Za-z0-9_])"),
    re.compile(r"`[^`\n]{0,200}`|(?<=\s)`|~~[^~\n]{1,200}~~"),
    re.compile(
        r"\\(?:[A-Za-z]{2,}|[%&#_{}()\[\]])|(?<![\d$])\$(?=[^\s$])[^$\n]{1,160}(?<=[^\s$])\$(?!\d)|[\^_]\{|\$\$"
    ),
    re.compile(r"[•▪‣◦●○■□▶►✓✔☑➤➢※◆◇★☆]|[①-⑳]"),
)
_LIST_MARKS = (
    re.compile(r"(?:^|(?<=[^\d\s][.!?:;] )|(?<=[가-힣]: ))(?:[-–—*·+]\s|\(?\d{1,2}[.)]\s(?=\S)|\([가-하a-e]\)\s|[가나다라마][.)]\s|>\s)"),
    re.compile(r"(?:^|(?<=[\s:]))\(?1\)\s.{1,300}?[\s;,]\(?2\)\s"),
)  # fmt: skip
_ELLIPSIS = re.compile(r"\S{0,12}\s?(?:…+|\.{3,}|·{3,}|⋯+)[\"'”’)\]]*(?=\s|$)")
_LISTED = re.compile(r",\s?(?:…|\.{3})\s?,?|(?:…|\.{3})\s?[,)\]]")  # 1, 2, ..., n


def check_style(blocks: Sequence[Block], sources: str, language: str) -> Iterator[Finding]:
    """Find faults of form: register, praise, item numbers, marks, ellipses, remarks, and in Korean also faults of wording.

    `sources` is the text of all items. Marks, ellipses and numbers in brackets are looked for in every language.
    """
    for block in blocks:
        yield from _check_marks(block, sources)
        yield from _check_ellipsis(block, sources)
        yield from _check_bracketed_numbers(block, sources)
        if language == "ko" and block.part != "keywords":
            yield from _check_register(block)
            yield from _check_korean_families(block, sources)
        elif language == "en" and block.part != "keywords":
            yield from _check_english_families(block, sources)
    if language == "ko":
        yield from check_korean_wording(list(blocks), sources)


def _make(kind: str, block: Block, span: tuple[int, int]) -> Finding:
    weight = FindingWeight.WARN if kind in _WARNING_KINDS else FindingWeight.BLOCK
    return make_finding(
        kind, found=block.text[slice(*span)].strip(), span=block.span(*span), part=block.name, weight=weight
    )


def _check_marks(block: Block, sources: str) -> Iterator[Finding]:
    """Yield marks of Markdown, of lists and of LaTeX that the sources do not have."""
    for pattern in _MARKS:
        for found in pattern.finditer(block.text):
            if found[0].strip() not in sources:
                yield _make("style.mark", block, found.span())
    for pattern in _LIST_MARKS:
        for found in pattern.finditer(block.text):
            yield _make("style.mark", block, found.span())


def _check_ellipsis(block: Block, sources: str) -> Iterator[Finding]:
    for found in _ELLIPSIS.finditer(block.text):
        if not _LISTED.search(block.text[found.start() : found.end() + 2]) and found[0] not in sources:
            yield _make("style.ellipsis", block, found.span())


def _check_bracketed_numbers(block: Block, sources: str) -> Iterator[Finding]:
    for found in BRACKETED_NUMBERS.finditer(block.text):
        if found[0] not in sources:
            yield _make("style.item_number", block, found.span())


def _check_register(block: Block) -> Iterator[Finding]:
    """Yield the ends of Korean sentences that are not in the polite form of reports (합니다)."""
    if block.part == "headline" or (block.part == "text" and len(block.text) < _LABEL_CHARACTERS):
        return
    quoted = [found.span() for found in _QUOTED.finditer(block.text)]
    for end in _SENTENCE_END.finditer(block.text):
        if any(start < end.start() < stop - 1 for start, stop in quoted):
            continue
        head = block.text[max(0, end.start() - 12) : end.start() + 1]
        if not _is_polite(head):
            yield _make("style.register", block, (_find_word_start(block.text, end.start()), end.end()))
    last = _LATIN_END.search(block.text, max(0, len(block.text) - 100))
    if last and re.search("[가-힣]", block.text) and not _ASIDE_END.search(block.text, max(0, len(block.text) - 100)):
        yield _make("style.register", block, (_find_word_start(block.text, last.start()), last.end()))


def _is_polite(words: str) -> bool:
    """Say whether words end in 합니다 or 합니까: the syllable before 니 ends in ㅂ, unlike in 아니다."""
    found = _POLITE_ENDING.search(words)
    return bool(found and found.start() and (ord(words[found.start() - 1]) - 0xAC00) % 28 == 17)


def _find_word_start(text: str, at: int) -> int:
    return text.rfind(" ", max(0, at - 30), at) + 1 or max(0, at - 10)


def _check_korean_families(block: Block, sources: str) -> Iterator[Finding]:
    """Yield praise, numbers of items, and remarks on the text in a Korean block."""
    yield from _check_korean_praise(block, sources)
    for pattern in (KOREAN_ITEM_NUMBERS, KOREAN_ORDINALS):
        for found in pattern.finditer(block.text):
            yield _make("style.item_number", block, found.span())
    remarks = list(KOREAN_REMARKS.finditer(block.text))
    if not remarks and not SOURCE_ABSTRACTS.search(sources):
        remarks = list(KOREAN_ABSTRACT.finditer(block.text))
    for found in remarks:
        if not _is_theme_of_section(block, found[0]):
            yield _make("style.remark", block, found.span())


def _check_korean_praise(block: Block, sources: str) -> Iterator[Finding]:
    for found in KOREAN_PRAISE.finditer(block.text):
        if not any(word in found[0] and in_source.search(sources) for word, in_source in PRAISE_IN_SOURCE):
            yield _make("style.hype", block, found.span())
    for praise, in_source in ((KOREAN_MILD_PRAISE, SOURCE_PRAISE), (KOREAN_ATTENTION, SOURCE_ATTENTION)):
        if not in_source.search(sources):
            for found in praise.finditer(block.text):
                yield _make("style.hype", block, found.span())


def _is_theme_of_section(block: Block, words: str) -> bool:
    """Say whether words speak of the section where the prompt asks what it is about."""
    return block.part in {"themes", "text"} and bool(_SECTION.search(words))


def _check_english_families(block: Block, sources: str) -> Iterator[Finding]:
    """Yield praise, numbers of items, and remarks on the text in an English block."""
    folded = sources.casefold()
    for found in ENGLISH_PRAISE.finditer(block.text):
        if found[0].casefold()[:_ENGLISH_STEM_LETTERS] not in folded:
            yield _make("style.hype", block, found.span())
    for found in ENGLISH_ITEM_NUMBERS.finditer(block.text):
        if found[0].casefold() not in folded:
            yield _make("style.item_number", block, found.span())
    for found in ENGLISH_REMARKS.finditer(block.text):
        words = found[0].casefold()
        if _is_theme_of_section(block, words):
            continue
        if words not in folded or _SPEAKS_OF_PAPER.search(words):
            yield _make("style.remark", block, found.span())
