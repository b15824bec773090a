"""Gates for language and script: checks that a text is in its publication's language, without scripts that no source has.

Letters are counted by script, which finds what language detectors miss: single Han or kana words inside Korean. The
thresholds are shares of the letters, without addresses. Korean texts have many names and glosses in Latin letters, so their
own share may be low. Languages in Latin letters are distinguished by their function words.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

from digests.quality.blocks import Block
from digests.quality.findings import Finding, make_finding
from digests.text.key_sentences import split_sentences
from digests.text.languages import EXTRA_LETTERS, FUNCTION_WORDS

SCRIPT_LETTERS = {
    "hangul": "\u1100-\u11ff\u3131-\u318f\ua960-\ua97f\uac00-\ud7ff",
    "han": "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "kana": "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "cyrillic": "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "thai": "\u0e01-\u0e3a\u0e40-\u0e5b",
    "arabic": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "hebrew": "\u0590-\u05ff",
    "devanagari": "\u0900-\u097f\ua8e0-\ua8ff",
    "bengali": "\u0980-\u09ff",
    "gurmukhi": "\u0a00-\u0a7f",
    "gujarati": "\u0a80-\u0aff",
    "tamil": "\u0b80-\u0bff",
    "telugu": "\u0c00-\u0c7f",
    "kannada": "\u0c80-\u0cff",
    "malayalam": "\u0d00-\u0d7f",
    "armenian": "\u0530-\u058f",
    "lao": "\u0e80-\u0eff",
    "burmese": "\u1000-\u109f",
    "georgian": "\u10a0-\u10ff",
    "ethiopic": "\u1200-\u139f",
    "khmer": "\u1780-\u17ff",
    "other": "\u0b00-\u0b7f\u0d80-\u0dff\u0f00-\u0fff\u13a0-\u13ff\u3100-\u312f",
    # Letters in circles and mathematical letters, which only look like Latin ones, and the private use area.
    "dressed": "\u249c-\u24e9\ue000-\uf8ff\U0001d400-\U0001d7ff",
}
LATIN_LETTERS = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a"
GREEK_LETTERS = "\u0370-\u03ff\u1f00-\u1fff"  # allowed everywhere: all languages write formulas with it
LANGUAGE_SCRIPTS = {
    "ko": ("hangul",),
    "ja": ("han", "kana"),
    "zh": ("han",),
    "el": (),
} | {  # any other language is taken to be written in Latin letters
    language: (script,)
    for script, languages in {
        "cyrillic": "ru uk be bg mk kk ky mn tg",  # Serbian is written in both, in Latin letters more often
        "arabic": "ar fa ur ps ckb",
        "hebrew": "he yi",
        "devanagari": "hi mr ne",
        "bengali": "bn as",
        "gurmukhi": "pa",
        "gujarati": "gu",
        "tamil": "ta",
        "telugu": "te",
        "kannada": "kn",
        "malayalam": "ml",
        "thai": "th",
        "lao": "lo",
        "burmese": "my",
        "khmer": "km",
        "georgian": "ka",
        "armenian": "hy",
        "ethiopic": "am ti",
    }.items()
    for language in languages.split()
}
MIN_OWN_SHARE = 0.40  # of all letters, names and glosses being Latin; real Korean sections: 0.52 and more
MIN_LATIN_SHARE = 0.90  # of a language in Latin letters: its names and glosses are Latin too
MIN_PART_SHARE = 0.20  # of one part or sentence, which may consist of names for the most part
MIN_PART_LETTERS, MIN_SENTENCE_LETTERS = 12, 30  # a shorter part or sentence may be a single name

_URL = re.compile(r"https?://\S+|www\.\S+")
_ACCENT = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff"
_LETTERS = re.compile(r"[^\W\d_]+")
_ANY_LATIN = "".join(sorted(set("".join(EXTRA_LETTERS.values()))))
_LOAN_WORDS = {"naïve", "naïvely", "café", "façade", "résumé", "protégé", "cliché", "vis-à-vis"}
_LATIN_GLOSS = re.compile(rf"\([{LATIN_LETTERS} .,'’/-]{{1,60}}\)")
_LATIN_NAME = re.compile(
    r"(?<![A-Za-z0-9])(?=[\w.-]{0,40}?[A-Z0-9][\w.-]{0,40}?[A-Z0-9])[A-Za-z0-9][A-Za-z0-9.+-]*", re.ASCII
)  # GPT-4o, AIME2024
_GLOSS = re.compile(r"(?<=\w)\s?\([^()]{1,60}\)")
# Unicode does not decompose these letters.
_UNDECOMPOSED = str.maketrans("đĐøØłŁıßæœ", "dDoOlLisao")


def check_language(blocks: Sequence[Block], language: str, *, min_letters: int = MIN_PART_LETTERS) -> Iterator[Finding]:
    """Find the parts and sentences that are not in the text's language; one finding for the text if most parts are not.

    `min_letters` is the size from which a part is judged: a shorter one may be a single name.
    """
    prose = [block for block in blocks if block.part not in {"keywords", "headline"}]
    headlines = [block for block in blocks if block.part == "headline"]
    yield from (one for block in headlines for one in _find_foreign_headline(block, language))
    bad = [one for block in prose for one in _find_foreign_parts(block, language, min_letters)]
    own, letters = _count_own_letters("\n".join(block.text for block in prose), language)
    is_low = (
        letters >= min_letters // 2
        and own < (MIN_OWN_SHARE if language in LANGUAGE_SCRIPTS else MIN_LATIN_SHARE) * letters
    )
    if is_low and (not bad or len({one.part for one in bad}) > len(prose) / 2):
        around = (prose[0].whole[0], max(block.whole[1] for block in prose))
        yield make_finding("language.text", found=f"{own / letters:.0%}", span=around, part="text")
    else:
        yield from bad


def _find_foreign_headline(block: Block, language: str) -> Iterator[Finding]:
    """Find a headline without any letter of the language; names may fill most of it."""
    own, letters = _count_own_letters(block.text, language)
    if letters >= MIN_SENTENCE_LETTERS and (own == 0 or _is_foreign(block.text, 1.0, language)):
        yield make_finding("language.text", found=f"{own / letters:.0%}", span=block.whole, part=block.name)


def _find_foreign_parts(block: Block, language: str, min_letters: int) -> Iterator[Finding]:
    own, letters = _count_own_letters(block.text, language)
    if letters >= min_letters and _is_foreign(block.text, own / letters, language):
        yield make_finding("language.text", found=f"{own / letters:.0%}", span=block.whole, part=block.name)
    else:
        yield from _find_foreign_sentences(block, language)


def _is_foreign(text: str, share: float, language: str) -> bool:
    return share < MIN_PART_SHARE or (language not in LANGUAGE_SCRIPTS and _is_another_language(text, language))


def _find_foreign_sentences(block: Block, language: str) -> Iterator[Finding]:
    at = 0
    for sentence in split_sentences(block.text):
        own, letters = _count_own_letters(sentence, language)
        found = max(0, block.text.find(sentence, at))
        at = found + 1
        if letters >= MIN_SENTENCE_LETTERS and _is_foreign(sentence, own / letters, language):
            span = block.span(found, found + len(sentence))
            yield make_finding("language.text", found=f"{own / letters:.0%}", span=span, part=block.name)


def _count_own_letters(text: str, language: str) -> tuple[int, int]:
    """Return the number of letters of the language's own script, and the number of all letters."""
    text = _URL.sub(" ", text)
    if language in LANGUAGE_SCRIPTS:
        bare = _LATIN_NAME.sub(" ", _LATIN_GLOSS.sub(" ", text))
        # A text of nothing but names and glosses has lost its words.
        text = bare if re.search(f"[{_own_letters(language)}]", bare) else text
    letters = [letter for letter in text if letter.isalpha()]  # a vowel sign of Thai or Hindi is no letter
    return len(re.findall(f"[{_own_letters(language)}]", "".join(letters))), len(letters)


@cache
def _own_letters(language: str) -> str:
    """Return the letters that a language is written in, as a character class of a pattern."""
    if language not in LANGUAGE_SCRIPTS:
        return LATIN_LETTERS
    return "".join(SCRIPT_LETTERS[script] for script in LANGUAGE_SCRIPTS[language]) or GREEK_LETTERS


def _is_another_language(text: str, language: str) -> bool:
    """Say whether a Latin text is in another language, by the share of its words that are function words.

    One in ten words of any English text is an English function word; texts in other languages have nearly none. The lists
    of other languages are shorter, so their share is only compared with that of another language.
    """
    # Names in capitals are no words: EN-ZH is not the "en" of French.
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", text) if len(word) == 1 or not word.isupper()]
    shares = {
        name: sum(word in function_words for word in words) / max(1, len(words))
        for name, function_words in FUNCTION_WORDS.items()
    }
    own = shares.get(language, 0.0)
    if language == "en":
        # A sentence full of names may have one little word; a text in another language has more of that language's.
        # A list of names has no little words of any language.
        return (len(words) >= 15 and max(shares.values()) > max(0.1, 2 * own)) or (len(words) >= 25 and own == 0)
    others = shares if language in FUNCTION_WORDS else {"en": shares["en"]}
    return len(words) >= 7 and max(others.values()) >= max(0.2, own + 0.1)


def check_script(blocks: Sequence[Block], sources: str, language: str) -> Iterator[Finding]:
    """Find letters of scripts that neither the language nor the sources have, outside glosses in parentheses."""
    foreign = "".join(
        letters for name, letters in SCRIPT_LETTERS.items() if name not in LANGUAGE_SCRIPTS.get(language, ())
    )
    foreign_runs = re.compile(f"[{foreign}]+(?:[ \u30fb·]?[{foreign}]+)*")
    sources = unicodedata.normalize("NFC", sources)
    plain = set(_LETTERS.findall(_without_accents(sources)))
    accented = _foreign_accents_pattern(language)
    for block in blocks:
        glosses = [gloss.span() for gloss in _GLOSS.finditer(block.text)]
        for run in foreign_runs.finditer(block.text):
            inside = any(start < run.start() and run.end() < end for start, end in glosses)
            if not inside and unicodedata.normalize("NFC", run[0]) not in sources:
                yield make_finding("script.foreign", found=run[0], span=block.span(*run.span()), part=block.name)
        for word in accented.finditer(block.text):
            if word[0].casefold() not in _LOAN_WORDS and not set(_LETTERS.findall(_without_accents(word[0]))) <= plain:
                yield make_finding("script.foreign", found=word[0], span=block.span(*word.span()), part=block.name)


@cache
def _foreign_accents_pattern(language: str) -> re.Pattern[str]:
    """Return a pattern for words with an accented letter that the language does not write."""
    own = "" if language in LANGUAGE_SCRIPTS else EXTRA_LETTERS.get(language, _ANY_LATIN)
    allowed = unicodedata.normalize("NFD", own) + own if own else ""
    foreign = f"(?![{allowed}{allowed.upper()}])[{_ACCENT}]" if allowed else f"[{_ACCENT}]"
    return re.compile(
        rf"(?<![{LATIN_LETTERS}{_ACCENT}])[{LATIN_LETTERS}{_ACCENT}]*?{foreign}[{LATIN_LETTERS}{_ACCENT}]*"
    )


def _without_accents(text: str) -> str:
    r"""Return text without accents, also those of LaTeX (`\'e`): Poincaré is found in an abstract that has Poincare."""
    letters = unicodedata.normalize("NFD", text.translate(_UNDECOMPOSED))
    bare = "".join(letter for letter in letters if not "\u0300" <= letter <= "\u036f")
    return re.sub(r"\\[\"'`^~=.]|[{}\\]", "", bare).casefold()
