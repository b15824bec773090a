"""Finds foreign words, wrong glosses, wrong particles and mistyped words in Korean text.

Each rule asks for certainty. A word is mistyped if it differs in one letter of Hangul (jamo) from a word of a list and is no
real word. A gloss is wrong if one of its words belongs to another Korean word than those before
the parenthesis, and one of those belongs to another English word. Not here: which particle is right
(`korean_particles`), register, praise and remarks (`style`).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from digests.quality.blocks import Block
from digests.quality.findings import Finding, FindingWeight, make_finding
from digests.quality.korean_particles import (
    FINALS,
    FIRST_SYLLABLE,
    HANGUL_WORD,
    collect_nouns,
    find_wrong_latin_particles,
    find_wrong_particles,
)
from digests.quality.words.korean_words import (
    FOREIGN_WORDS,
    LOAN_WORDS,
    ORDINARY_ENGLISH,
    REAL_NEIGHBORS,
    SPELLED_WORDS,
)
from digests.quality.words.style_words import KOREAN_PARTICLES
from digests.quality.words.term_glosses import KOREAN_TERMS, find_english_entry, find_korean_words, list_english_entries

_VOWELS = 21
_ASIDE = re.compile(r"\([^()]{0,120}\)|\[[^\[\]]{0,120}\]|“[^”]{0,160}”|\"[^\"]{0,160}\"|‘[^’]{0,160}’|`[^`]{0,160}`")
_SENTENCE = re.compile(r"[^.!?]+(?:[.!?]+(?!\s|$)[^.!?]*)*[.!?]*")

# English words -------------------------------------------------------------------------------------------------------
_LATIN_RUN = re.compile(
    r"(?<![A-Za-z0-9_./@&+-])[A-Za-z][A-Za-z'’]*(?:[ ][A-Za-z][A-Za-z0-9'’.+-]*){0,12}(?![A-Za-z0-9_/@]|-[A-Za-z0-9])"
)
_COMPOUND_BEFORE = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)+ $")
_RUN_WORD = re.compile(r"(?<![A-Za-z0-9'’.+-])[a-z]{3,20}(?![A-Za-z0-9'’+-]|\.\w|\(\))")
_ENDINGS = ("ability", "ation", "ively", "ally", "able", "ance", "ence", "ment", "ness", "ing", "ies", "ily", "ion", "ity", "ive", "ed", "es", "er", "al", "ly", "s", "d", "r")  # fmt: skip
_MIN_SENTENCE_WORDS = 3

# Spelling -------------------------------------------------------------------------------------------------------------
_AFTER_WORD = re.compile(
    rf"(?:{KOREAN_PARTICLES}|(?:하|한|할|함|합|해|했|되|된|될|됩|돼|됐|적|화|성|별|력)[가-힣]{{0,6}})?"
)
_WRONG_ENDINGS = (
    (re.compile(r"([가-힣]{0,8}(?:햇|됫|됬|엇|엿|졋|왓|섯|줫|봣|냇|갓|랏|럿|닷|킷|헸|헷|렷|혓|겻))(?=습니다|으며|고\s|다[.\s])"), "ㅆ"),
    (re.compile(r"[가-힣]{0,8}(?:슴니다|[았었했였됐갔왔있없]읍니다|함니다|됨니다|입이다(?=\.)|습니당|슴다|습닏다|습니디|습나다|습미다|합나다|함미다|합니디|됩나다|입나다|임니다)"), "니다"),
    (re.compile(r"(?<![가-힣])[가-힣]{0,8}(?:되어지었|않되|안되어지|돼었|되서\s|되요|뵈요|할려고|할께|몇일|오랫만|웬지|왠만|금새|설레임|어의없|일일히|곰곰히|깨끗히|틈틈히|번번히|솔직이|역활|바램입)"), "맞춤법"),
)  # fmt: skip


def check_korean_wording(blocks: list[Block], sources: str) -> Iterator[Finding]:
    """Find foreign words, wrong glosses, wrong particles and mistyped words in blocks of Korean text."""
    for block in blocks:
        aside = [found.span() for found in _ASIDE.finditer(block.text)]
        if block.part != "keywords":
            yield from _check_english(block, aside, sources)
            yield from _check_loan_words(block)
        yield from _check_glosses(block, sources)
        for span, right in (*find_wrong_particles(block.text), *find_wrong_latin_particles(block.text)):
            yield _find("style.particle", block, span, right)
        yield from _check_spelling(block, sources)


def _find(
    kind: str,
    block: Block,
    span: tuple[int, int],
    more: str = "",
    weight: FindingWeight = FindingWeight.WARN,
) -> Finding:
    words = block.text[slice(*span)].strip()
    return make_finding(kind, found=words, more=more, span=block.span(*span), part=block.name, weight=weight)


# English --------------------------------------------------------------------------------------------------------------


def _check_english(block: Block, aside: list[tuple[int, int]], sources: str) -> Iterator[Finding]:
    """Yield English sentences, and ordinary English words outside of parentheses, quotations and names of the source."""
    folded = _fold_source(sources)
    taken = -1
    for sentence in _SENTENCE.finditer(block.text):
        if _is_english_sentence(sentence[0], folded):
            yield _find("style.english", block, sentence.span(), weight=FindingWeight.BLOCK)
            taken = sentence.end()
    for run in _LATIN_RUN.finditer(block.text):
        if run.start() < taken or any(start <= run.start() < end for start, end in aside):
            continue
        # A run of words that the source has is a name or a term (BEV World model, principal scene components), and so is a
        # compound (zero-shot, end-to-end).
        if (" " in run[0] or "-" in run[0]) and run[0].casefold() in folded:
            continue
        if _is_behind_compound(block.text, run, folded):
            continue
        for word in _RUN_WORD.finditer(run[0] + block.text[run.end() : run.end() + 2]):
            span = (run.start() + word.start(), run.start() + word.end())
            if f"<{word[0]}>" in folded:
                continue  # a token of the model's own
            if _is_ordinary_english(word[0]) and not _is_part_of_name(block.text, *span):
                yield _find("style.english", block, span)


def _is_behind_compound(text: str, run: re.Match[str], folded: str) -> bool:
    """Say whether a run ends a term of the source that begins with a compound: classifier-free guidance."""
    compound = _COMPOUND_BEFORE.search(text, max(0, run.start() - 40), run.start())
    return compound is not None and f"{compound[0]}{run[0]}".casefold() in folded


def _is_english_sentence(sentence: str, folded: str) -> bool:
    words = re.findall(r"[A-Za-z][A-Za-z'’-]*", sentence[:400])
    if (
        len(words) < _MIN_SENTENCE_WORDS
        or re.search("[가-힣]", sentence)
        or not sentence.rstrip().endswith((".", "!", "?"))
    ):
        return False
    ordinary = sum(1 for word in words if word.islower() and _is_ordinary_english(word))
    return ordinary >= 2 and sentence.strip().rstrip(".!?").casefold() not in folded.split("\n", 1)[0]


@lru_cache(maxsize=16)
def _fold_source(sources: str) -> str:
    return sources.casefold()


@lru_cache(maxsize=4096)
def _is_ordinary_english(word: str) -> bool:
    """Say whether a word in lower case is an ordinary English word, in any of its forms."""
    if word in ORDINARY_ENGLISH:
        return True
    for ending in _ENDINGS:
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3:
            forms = {base, base + "e", base + "y", base[:-1] if base[-1] == base[-2] else base}
            if forms & ORDINARY_ENGLISH:
                return True
    return False


def _is_part_of_name(text: str, start: int, end: int) -> bool:
    """Say whether a capital or a digit stands right beside a word: "Mixture of Experts", "top 5"."""
    before, after = text[max(0, start - 25) : start], text[end : end + 2]
    return bool(
        re.search(r"[A-Z0-9][\w.+’'-]*(?: (?:of|and|the|for|in|to|on|with))? $|[A-Z0-9][\w.+-]* $", before)
        or re.match(r" [A-Z]", after)
    )


# Loan words -----------------------------------------------------------------------------------------------------------


def _check_loan_words(block: Block) -> Iterator[Finding]:
    """Yield English words in Hangul: one that no field uses, or two that Korean has words for in one sentence."""
    for sentence in _SENTENCE.finditer(block.text):
        foreign, loans = [], []
        for token in HANGUL_WORD.finditer(block.text, *sentence.span()):
            # A gloss behind it makes it a term: 리듀스(Reduce).
            if _GLOSS_BEHIND.match(block.text, token.end()):
                continue
            if base := _find_listed_beginning(token[0], FOREIGN_WORDS):
                foreign.append((token.start(), token.start() + len(base)))
            elif base := _find_listed_beginning(token[0], LOAN_WORDS):
                loans.append((token.start(), token.start() + len(base)))
        if foreign or len(loans) >= _MIN_LOAN_WORDS:
            for span in foreign or loans:
                yield _find("style.english", block, span)


_GLOSS_BEHIND = re.compile(r"[가-힣]{0,2}(?: [가-힣]{1,8})? ?\([A-Za-z]")
_MIN_LOAN_WORDS = 4
_AFTER_LOAN_WORD = re.compile(
    rf"(?:{KOREAN_PARTICLES}|(?:하|한|할|함|합|해|했|되|된|될|됩|돼|됐|시[키킨킬켜]|스럽|적|화|성|용|별)[가-힣]{{0,6}})?"
)


def _find_listed_beginning(token: str, words: frozenset[str]) -> str:
    """Return the listed word that a token is, with a particle or an ending behind it; else ""."""
    for size in range(min(len(token), 8), 0, -1):
        if token[:size] in words and _AFTER_LOAN_WORD.fullmatch(token, size):
            return token[:size]
    return ""


# Glosses --------------------------------------------------------------------------------------------------------------
_GLOSS = re.compile(r"((?:[가-힣A-Za-z0-9·-]{1,20} ){0,4}[가-힣·-]{1,20}) ?\(([A-Za-z][A-Za-z ,'’-]{1,80})\)")
_AFTER_PHRASE = re.compile(r"(?<=[가-힣])[의을를은는] ")  # "문장의 의미역(thematic role)": the gloss is that of 의미역
_STEM_LETTERS = 5  # that show that a source has a word in any of its forms
_GLOSS_WORD = re.compile(r"(?<![A-Za-z])[A-Za-z][a-z]{2,}(?:[-][a-z]+)*(?![A-Za-z])")


def _check_glosses(block: Block, sources: str) -> Iterator[Finding]:
    """Yield glosses with a word that belongs to another Korean term than the one before the parenthesis."""
    for gloss in _GLOSS.finditer(block.text):
        expected = _find_expected_gloss(gloss[1], gloss[2], _fold_source(sources))
        if expected:
            yield _find("style.gloss", block, gloss.span(2), ", ".join(expected))


def _find_expected_gloss(korean: str, english: str, folded: str) -> tuple[str, ...]:
    """Return English words of the source that fit the Korean words before a parenthesis, () if the gloss may be right."""
    pieces = [piece for word in _GLOSS_WORD.findall(english) for piece in word.casefold().split("-") if len(piece) > 2]
    if not pieces:
        return ()
    compact, entries = korean.replace(" ", ""), {find_english_entry(piece) for piece in pieces}
    known = {piece: find_korean_words(piece) for piece in pieces}
    fitting = [piece for piece in pieces if any(k.replace(" ", "") in compact for k in known[piece])]
    strange = [piece for piece in pieces if known[piece] and piece not in fitting]
    unknown = [piece for piece in pieces if not known[piece] and piece[:_STEM_LETTERS] not in folded]
    if not strange and (fitting or len(unknown) < len(pieces)):
        return ()
    if len(strange) * 2 < len(pieces) and all(piece[:_STEM_LETTERS] in folded for piece in pieces):
        return ()  # a term of the source, of which most words fit or are in no list
    # The words right before the parenthesis, as many as the gloss has: what stands before them is another thing.
    near = _AFTER_PHRASE.split(korean)[-1].split()[-len(pieces) :]
    if not _find_terms(near[-1:]):
        return ()  # the gloss may be that of the last word, which is in no list
    lost = [
        term
        for term in _find_terms(near)
        if not any(entry in entries or entry.rstrip("*") in english.casefold() for entry in list_english_entries(term))
    ]
    # Both sides: the source has the English word that the Korean one stands for, and the gloss has not.
    expected = [entry.rstrip("*") for term in lost for entry in list_english_entries(term)]
    return tuple(entry for entry in expected if re.search(rf"(?<![a-z]){re.escape(entry)}", folded))[:3]


def _find_terms(words: list[str]) -> list[str]:
    """Return the terms of the list with which the words begin."""
    found = []
    for word in words:
        term = next((word[:size] for size in range(min(len(word), 8), 1, -1) if word[:size] in KOREAN_TERMS), "")
        if term:
            found.append(term)
    return found


# Spelling -------------------------------------------------------------------------------------------------------------


@cache
def _collect_patterns() -> dict[str, tuple[str, ...]]:
    """Return the words of the list by each of their forms with one syllable left open."""
    found: dict[str, list[str]] = {}
    for word in SPELLED_WORDS:
        for at in range(len(word)):
            found.setdefault(f"{word[:at]}·{word[at + 1 :]}", []).append(word)
    return {form: tuple(words) for form, words in found.items()}


def _check_spelling(block: Block, sources: str) -> Iterator[Finding]:
    """Yield words that differ in one letter of Hangul from a listed word and are no real word."""
    for token in HANGUL_WORD.finditer(block.text):
        meant = _find_meant_word(token[0])
        if meant and meant[0] not in sources:
            span = (token.start(), token.start() + len(meant[0]))
            yield _find("style.typo", block, span, meant[1])
    for pattern, right in _WRONG_ENDINGS:
        for found in pattern.finditer(block.text):
            yield _find("style.typo", block, found.span(), right)


@lru_cache(maxsize=8192)
def _find_meant_word(token: str) -> tuple[str, str] | None:
    """Return the beginning of a token that is mistyped, and the word that was meant."""
    # Of three syllables, one letter away is too often another right word: 완전성, 안전성.
    for size in range(min(len(token), 7), 3, -1):
        head = token[:size]
        if head in REAL_NEIGHBORS or head in collect_nouns() or head in KOREAN_TERMS:
            return None
        if not _AFTER_WORD.fullmatch(token, size):
            continue
        for at in range(size):
            for meant in _collect_patterns().get(f"{head[:at]}·{head[at + 1 :]}", ()):
                if _differ_in_one_letter(head[at], meant[at]):
                    return head, meant
    return None


def _differ_in_one_letter(one: str, other: str) -> bool:
    """Say whether two syllables differ in exactly one of first consonant, vowel and final consonant."""
    a, b = ord(one) - FIRST_SYLLABLE, ord(other) - FIRST_SYLLABLE
    block = _VOWELS * FINALS
    return [a // block != b // block, a % block // FINALS != b % block // FINALS, a % FINALS != b % FINALS].count(
        True
    ) == 1
