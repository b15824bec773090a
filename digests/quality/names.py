"""The gate for names: finds names that are misspelled, and names that no source has.

A name is a Latin word with a digit, with two capitals, or with a capital at its beginning in the middle of a sentence. If
the sources do not have it but have a word that differs in one letter, it is a misspelling (block). If they have nothing
like it, and it is neither an abbreviation of their words nor a common one, the model made it up (warn).
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache, partial

from digests.quality.blocks import Block
from digests.quality.findings import Finding, FindingWeight, make_finding
from digests.quality.words.term_glosses import find_english_entry
from digests.text.languages import CAPITALIZED_NOUN_LANGUAGES, FUNCTION_WORDS
from digests.text.latex import latex_to_text
from digests.text.latex_symbols import flatten_superscripts

COMMON_ABBREVIATIONS = frozenset(
    """ai ml nlp llm vlm lmm mllm lvlm lrm slm rag rl qa vqa vla cnn rnn gan gnn gpu cpu tpu api sota rgb ocr asr tts ui ux
    pdf html json cot sft rlhf dpo moe lora vit dit nerf slam ids gps mri ct xai iot ar vr mr 2d 3d 4d f1 uav ood iid
    url faq ok us usa uk eu un it pc ki ia""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
# A word with an accented letter is read as a whole or not at all: its plain pieces are no names.
_ACCENTED = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff"
_TOKEN = re.compile(
    rf"(?<![{_ACCENTED}\d])[A-Za-z][A-Za-z0-9]*(?:[-.+/_^][A-Za-z0-9]+)*(?![A-Za-z0-9{_ACCENTED}])\+?"
    r"|(?<![\d.,])\d+[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*"
)
_PIECE = re.compile(r"[A-Za-z0-9]+")
_LITTLE = frozenset({"and", "of", "the", "for", "in", "to", "a", "an", "on", "with"})
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")  # AP₅₀₋₉₅ is AP50-95
_AMOUNT = re.compile(r"\d+(?:[KMBTkx]|[GMKT]B|ms|s|Hz)")  # left to the gates for numbers
_MAX_JOINED_PIECES = 5  # "Qwen2.5-VL-7B" has four
_SHORT_NAME_LETTERS = 4
_SHORT_WORD_LETTERS, _PLAIN_NAME_LETTERS = 3, 5  # a shorter word is one edit away from too many others


def check_names(blocks: Sequence[Block], sources: str, language: str) -> Iterator[Finding]:
    """Find names that are misspelled (block), and names that no source has (warn)."""
    known, initials = collect_folded_names(sources), collect_initials(sources)
    words = sorted(word for word in known if len(word) >= _SHORT_WORD_LETTERS - 1)
    find_near_word = cache(partial(_find_near_word, known=words))  # each name once, however often a text has it
    for block in blocks:
        for token in _TOKEN.finditer(block.text):
            name = token[0]
            folded = fold_name(name)
            if (
                len(folded) < _SHORT_WORD_LETTERS
                or _AMOUNT.fullmatch(name)
                or not (is_certain_name(name) or (_is_capitalized(name) and language not in CAPITALIZED_NOUN_LANGUAGES))
                or _is_known(name, known, language)
            ):
                continue
            span = block.span(*token.span())
            near_word = find_near_word(name) if folded not in COMMON_ABBREVIATIONS | initials else ""
            if near_word and _may_be_misspelled(block.text, token, _source_spelling(near_word, sources)):
                yield make_finding(
                    "names.typo", found=name, more=_source_spelling(near_word, sources), span=span, part=block.name
                )
            elif is_certain_name(name) and folded not in COMMON_ABBREVIATIONS | initials:
                yield make_finding("names.unknown", found=name, span=span, part=block.name, weight=FindingWeight.WARN)


def is_certain_name(name: str) -> bool:
    """Say whether a word can only be a name: a digit in it, or capitals beyond the first letter."""
    return any(letter.isdigit() for letter in name) or sum(letter.isupper() for letter in name) >= 2


def _is_capitalized(name: str) -> bool:
    return name[0].isupper() and len(name) >= _PLAIN_NAME_LETTERS


def _may_be_misspelled(text: str, token: re.Match[str], spelling: str) -> bool:
    """Say whether a token of the text may stand for a word of the source that differs in one letter."""
    # A short name is one letter away from many a plain word: INT8 from into, ICT from It.
    if len(fold_name(token[0])) <= _SHORT_NAME_LETTERS and not is_certain_name(spelling):
        return False
    # A term that is spelled right here: the source has the misspelling.
    if not is_certain_name(token[0]) and find_english_entry(token[0].casefold()):
        return False
    return _is_clearly_a_name(text, token) or is_certain_name(spelling)


def _is_clearly_a_name(text: str, token: re.Match[str]) -> bool:
    """Say whether a word is certainly a name: at the beginning of a sentence any word has a capital."""
    before = text[: token.start()].rstrip(" \"'“‘(")
    return is_certain_name(token[0]) or (bool(before) and before[-1] not in ".!?:—")


def fold_name(name: str) -> str:
    """Return a name in the form for comparison: without case, hyphens and the s of the plural."""
    bare = "".join(_PIECE.findall(name)).casefold()
    return bare[:-1] if len(bare) > _SHORT_WORD_LETTERS and bare.endswith("s") and not bare.endswith("ss") else bare


# Cached, as `collect_initials` is: each gate, and each check of an edited text, reads the same sources again.
@lru_cache(maxsize=64)
def collect_folded_names(text: str) -> frozenset[str]:
    """Return every run of up to five neighboring pieces of a text, folded: "GPT-4o" and "GPT 4o" are both gpt4o.

    X²-Gaussian is found as x2gaussian and by its pieces.
    """
    found = set()
    typed = _without_latex(text)
    plain = latex_to_text(text)
    forms = dict.fromkeys((typed, flatten_superscripts(typed), plain, plain.translate(_SUBSCRIPTS)))
    for run in re.split(r"[^A-Za-z0-9\s.+/_-]+|\.\s|\n", "\n".join(forms)):
        pieces = _PIECE.findall(run)
        for start in range(len(pieces)):
            for end in range(start + 1, min(start + _MAX_JOINED_PIECES, len(pieces)) + 1):
                found.add(fold_name("".join(pieces[start:end])))
    return frozenset(found)


def _without_latex(text: str) -> str:
    return re.sub(r"\\[a-z]+\{([^{}]*)\}|[\^$]", r"\1", re.sub(r"\s?\$?\\times\$?\s?", "x", text))


@lru_cache(maxsize=64)
def collect_initials(text: str) -> frozenset[str]:
    """Return the initials of every run of two to six words: the abbreviations that a summary may make of a text."""
    words = re.findall(r"[A-Za-z]+", text)
    # STEM leaves the "and" of its last two words out.
    all_letters = (
        "".join(word[0].casefold() for word in some) for some in (words, [w for w in words if w not in _LITTLE])
    )
    runs = (line[at : at + size] for line in all_letters for size in range(2, 7) for at in range(len(line) - size + 1))
    return frozenset(run[:-1] if len(run) > _SHORT_WORD_LETTERS and run.endswith("s") else run for run in runs)


def _is_known(name: str, known: frozenset[str], language: str) -> bool:
    """Say whether a source has the name, or all parts of a compound but the plain words.

    In "LLM-Agenten" only LLM must be in a source.
    """
    parts = [part for part in re.split(r"[-/+_]", name) if part]
    names = [part for part in parts if not _is_plain_word(part, language)] if len(parts) > 1 else parts
    folded = [fold_name(part) for part in names]
    return fold_name(name) in known or (
        bool(names) and all(not part.isdigit() and (part in known or part in COMMON_ABBREVIATIONS) for part in folded)
    )


def _is_plain_word(part: str, language: str) -> bool:
    """Say whether a part of a compound is a plain word of the text's language: LLM-made, LLM-Agenten."""
    return (
        language in FUNCTION_WORDS
        and len(part) > _SHORT_WORD_LETTERS
        and part.isalpha()
        and (part.islower() or (part.istitle() and language in CAPITALIZED_NOUN_LANGUAGES))
    )


def _find_near_word(name: str, known: Sequence[str]) -> str:
    """Return the word of the source that is one edit away (a letter added, removed, replaced, or two swapped), or ""."""
    forms = {fold_name(name), "".join(_PIECE.findall(name)).casefold()}
    return next((word for word in known if any(_is_one_edit_away(form, word) for form in forms)), "")


def _is_one_edit_away(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1:
        return False
    if len(a) > len(b):
        a, b = b, a
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[at:] == b[at + 1 :]
    return a[at + 1 :] == b[at + 1 :] or (a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :])


def _source_spelling(folded: str, sources: str) -> str:
    """Return a folded name as the source writes it."""
    for token in _TOKEN.finditer(sources):
        if fold_name(token[0]) == folded:
            return token[0]
    return folded
