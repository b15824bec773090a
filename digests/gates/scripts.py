"""Is a text written in its publication's language, and in no script that the sources do not have?

Counting letters by script finds what language detectors miss: single Han or kana words inside Korean. Thresholds are
shares of letters after addresses are taken out; names and glosses in Latin letters are usual in Korean text, so its
own share may be low.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from digests.gates.finding import Finding, finding
from digests.gates.passage import Passage

SCRIPTS = {
    "hangul": "\u1100-\u11ff\u3131-\u318f\ua960-\ua97f\uac00-\ud7ff",
    "han": "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "kana": "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "cyrillic": "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "thai": "\u0e01-\u0e3a\u0e40-\u0e5b",
    "arabic": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "hebrew": "\u0590-\u05ff",
    "indic": "\u0900-\u0dff",
    "other": "\u0530-\u058f\u0e80-\u0fff\u1000-\u10ff\u1200-\u13ff\u1780-\u17ff\u3100-\u312f",
}
LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a"
OWN = {"ko": ("hangul",), "ja": ("han", "kana"), "zh": ("han",)}  # any other language is held to be Latin
LEAST = {"ko": 0.40, "ja": 0.40, "zh": 0.40}  # of all letters; real Korean sections: 0.52 and more
LEAST_LATIN = 0.90
LEAST_PART = 0.20  # of one part, which may be mostly names
ENOUGH = 12  # letters; fewer are a name alone

_URL = re.compile(r"https?://\S+|www\.\S+")
_ACCENTED = re.compile(
    rf"[{LATIN}\u0300-\u036f]*[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff][{LATIN}\u0300-\u036f]*"
)
_LOANS = {"naïve", "naïvely", "café", "façade", "résumé", "protégé", "cliché", "vis-à-vis"}
_GLOSS = re.compile(r"(?<=\w)\s?\([^()]{1,60}\)")
_UNDECOMPOSED = str.maketrans("đĐøØłŁıßæœ", "dDoOlLisao")
_ENGLISH = frozenset(
    """the of and to a in is for that with on as by are this from it an be or at its we which can not than these their
    have has was were but also more into such both over between while where when how what they using across""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)


def check_language(passages: Sequence[Passage], language: str) -> Iterator[Finding]:
    """Find a text, or a part of one, that is not in its language."""
    least = LEAST.get(language, LEAST_LATIN)
    prose = [passage for passage in passages if passage.part != "keywords"]
    own, letters = _count("\n".join(passage.text for passage in prose), language)
    if letters >= ENOUGH and own / letters < least:
        yield finding("language.text", found=f"{own / letters:.0%}", span=_around(prose), part="text")
        return
    for passage in prose:
        own, letters = _count(passage.text, language)
        share = own / letters if letters else 1.0
        if letters >= ENOUGH and (share < min(least, LEAST_PART) or (language == "en" and _is_not_english(passage))):
            yield finding("language.text", found=f"{share:.0%}", span=passage.whole, part=passage.name)


def _around(passages: Sequence[Passage]) -> tuple[int, int]:
    return (passages[0].whole[0], max(passage.whole[1] for passage in passages))


def _count(text: str, language: str) -> tuple[int, int]:
    """Return how many letters are the language's own, and how many there are."""
    text = _URL.sub(" ", text)
    own = "".join(SCRIPTS[script] for script in OWN[language]) if language in OWN else LATIN
    return len(re.findall(f"[{own}]", text)), sum(letter.isalpha() for letter in text)


def _is_not_english(passage: Passage) -> bool:
    """Tell a Latin text by its little words: any English sentence has one in ten, other languages nearly none."""
    words = re.findall(r"[^\W\d_]+", passage.text.casefold())
    return len(words) >= 15 and sum(word in _ENGLISH for word in words) < 0.1 * len(words)


def check_script(passages: Sequence[Passage], sources: str, language: str) -> Iterator[Finding]:
    """Find letters of a script that is neither the language's own nor in the sources, outside glosses in parentheses."""
    foreign = "".join(letters for name, letters in SCRIPTS.items() if name not in OWN.get(language, ()))
    runs = re.compile(f"[{foreign}]+(?:[ \u30fb·]?[{foreign}]+)*")
    sources = unicodedata.normalize("NFC", sources)
    plain = _folded(sources)
    for passage in passages:
        glosses = [gloss.span() for gloss in _GLOSS.finditer(passage.text)]
        for run in runs.finditer(passage.text):
            inside = any(start < run.start() and run.end() < end for start, end in glosses)
            if not inside and unicodedata.normalize("NFC", run[0]) not in sources:
                yield finding("script.foreign", found=run[0], span=passage.span(*run.span()), part=passage.name)
        for word in _ACCENTED.finditer(passage.text):
            if word[0].casefold() not in _LOANS and _folded(word[0]) not in plain:
                yield finding("script.foreign", found=word[0], span=passage.span(*word.span()), part=passage.name)


def _folded(text: str) -> str:
    r"""Return text without accents, LaTeX's (`\'e`) too, to find Poincaré in an abstract that has Poincare."""
    letters = unicodedata.normalize("NFD", text.translate(_UNDECOMPOSED))
    bare = "".join(letter for letter in letters if not "\u0300" <= letter <= "\u036f")
    return re.sub(r"\\[\"'`^~=.]|[{}\\]", "", bare).casefold()
