"""A text -> the one sentence that says what is new in it, word for word: pure, for digests without a model.

An abstract tells background first, then what was done, then how well it went. The sentence with the strongest cue of
doing ("we propose", "제안합니다") wins over results, results and numbers over background; of equals the earlier one. A text
without any cue is a news item, whose first sentence is its message.
"""

import re
from collections.abc import Iterator

from digests.text import clean_line

ENOUGH = 80  # characters; a shorter snippet is a repeated title or "read more", and is not worth a summary
LONGEST = 420  # of a sentence that is shown; two lines more than the longest good ones

_ABBREVIATIONS = re.compile(
    r"(?:\b(?:e\.?g|i\.?e|et al|etc|cf|vs|resp|approx|viz|w\.r\.t|a\.k\.a|fig|figs|eq|eqs|sec|tab|ref|refs|no|vol|ch|pp|"
    r"dr|mr|mrs|ms|prof|st|inc|ltd|co|corp|jr|sr|u\.s|u\.k|ph\.d)|(?:^|[\s(])[A-Za-z])\.$",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?。！？]['\"”’)\]]*(?=\s+[\"“‘'(\[$\\]*[^\W_a-z]|\s*$)|(?<=[。！？])")
_MATH = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|\\\(.*?\\\)", re.DOTALL)
_ADDRESS = re.compile(r"\s*[(\[<]?(?:[a-z][a-z0-9+.-]*://|www\.)[^\s)\]>]*[^\s)\]>.,;][)\]>]?", re.IGNORECASE)
_HIDDEN = "\x00"  # stands for each character of a formula while the ends are looked for; no feed text holds it

_DOES = (
    "propos|introduc|present|develop|design|describ|releas|build|built|contribut|establish|formulat|devis|construct|"
    "curat|collect|investigat|stud|explor|examin|analy[sz]|evaluat|address|tackl|revisit|offer|creat|provid|conduct|"
    "compar|extend|adapt|survey|review|implement|leverag|aim|formali[sz]|prov|deriv|argu|ask|report|benchmark|train|"
    "apply|appli|combin|identif|characteri[sz]|unif|reformulat|assess|measur|defin|enhanc|integrat|employ|utili[sz]"
)
_MAKES = "propos|introduc|present|develop|design|describ|devis"
_AND_ALSO = r"^(?:additionally|finally|moreover|furthermore|lastly|in addition|\d\))|\b(?:we|and) (?:also|further|additionally)\b|\b(?:results|code)\b"
_SUBJECT = (
    r"(?:we|this (?:\w+ )?(?:paper|work|article|study|survey|report|letter|thesis|manuscript|research)|the paper)"
)
_ADVERBS = r"(?:\s+(?:\w+ly|also|then|first|therefore|thus|hence|here|instead|further|seek to|aim to|hereby)){0,2}"
# Who does what: the first of these that stands in the sentence counts, since "we propose" is also "we do".
DEEDS = (
    (8.0, re.compile(rf"\b{_SUBJECT}{_ADVERBS},?\s+(?:{_MAKES})\w*(?=\s)", re.IGNORECASE)),
    (4.0, re.compile(rf"\b{_SUBJECT}{_ADVERBS},?\s+(?:{_DOES})\w*(?=\s)", re.IGNORECASE)),
    (4.0, re.compile(r"\b(?:is|are) (?:proposed|introduced|presented|developed)\b", re.IGNORECASE)),
)
CUES = (
    (1.5, re.compile(r"\bin this (?:paper|work|article|study|survey|report|letter)\b", re.I)),
    (
        2.0,
        re.compile(
            r"제안|소개합|소개하|소개했|개발했|개발하|선보|출시|공개했|공개하|발표했|발표하|도입|밝혔|구축|착수"
        ),
    ),
    (1.5, re.compile(r"\bwe (?:show|demonstrate|find|observe|prove|reveal|discover)\b", re.IGNORECASE)),
    (
        1.2,
        re.compile(r"\b(?:achiev|outperform|surpass|state-of-the-art|improv|reduc)\w*|달성|향상|개선|줄였|높였", re.I),
    ),
    (0.5, re.compile(r"\d(?:[\d,.]*\d)?\s?(?:%|x\b|×|times\b|points?\b|배\b|명\b|억|만|조\b)", re.IGNORECASE)),
    (0.7, re.compile(r"\b(?:novel|new|the first)\b|처음|최초|새로운", re.IGNORECASE)),
    (
        -2.5,
        re.compile(r"^(?:however|yet|but|existing|recent|previous|prior|traditional|current|despite|while)\b", re.I),
    ),
    (-2.0, re.compile(_AND_ALSO, re.IGNORECASE)),
    (
        -1.5,
        re.compile(r"\b(?:code|data|dataset|project page|demo)s? (?:is|are|will be|can be)\b|\bavailable at\b", re.I),
    ),
    (-2.0, re.compile(r"https?://|\bgithub\.com\b", re.IGNORECASE)),
)
_LONGEST_ABBREVIATION = 10  # characters
LATER = 0.15  # what each earlier sentence costs, so that equals are settled by the order
_READS_ALONE = 25  # characters; "Code here." does not


def key_sentence(summary: str) -> str:
    """Return the sentence that tells what is new, or "" where the text is too short to tell anything.

    Addresses are left out: mail programs would link them, and only an item's own may be.
    """
    if len(" ".join(summary.split())) < ENOUGH:
        return ""
    found = list(sentences(summary))
    scored = [(_score(sentence) - LATER * place, -place) for place, sentence in enumerate(found)]
    _best, place = max(scored, default=(0.0, 0))
    return clean_line(_ADDRESS.sub("", found[-place]), LONGEST) if found else ""


def _score(sentence: str) -> float:
    if len(sentence) < _READS_ALONE:
        return -5.0
    deed = next((weight for weight, cue in DEEDS if cue.search(sentence)), 0.0)
    return deed + sum(weight for weight, cue in CUES if cue.search(sentence))


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text; abbreviations, decimals and formulas do not end one."""
    text = re.sub(r"(?<![.!?。！？:])\s*\n", " ", text[:20_000].replace(_HIDDEN, " "))
    veiled = _MATH.sub(lambda found: _HIDDEN * len(found[0]), text)
    start = 0
    for end in _END.finditer(veiled):
        if _ABBREVIATIONS.search(veiled, max(start, end.start() - _LONGEST_ABBREVIATION), end.start() + 1):
            continue
        sentence = " ".join(text[start : end.end()].split())
        start = end.end()
        if sentence:
            yield sentence
    if rest := " ".join(text[start:].split()):
        yield rest
