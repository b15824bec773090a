"""Finds the key sentence of a text: the one that says what is new, word for word. Pure; used in digests without a model.

An abstract begins with background, goes on to what was done, and ends with how well it worked. So a sentence with a
verb of doing ("we propose", "제안합니다") beats one with results, results and numbers beat background, and of equal
sentences the earlier one is taken. A text without any such cue is a news item, and its first sentence is its message.
"""

import re
from collections.abc import Iterator

from digests.text.cleaning import clean_line
from digests.text.latex import latex_to_text

MIN_SUMMARY_CHARS = 80  # a shorter snippet is a repeated title or "read more", and is not worth a summary
MAX_SENTENCE_CHARS = 420  # of the sentence that is shown: two lines more than the longest good ones
MAX_TEXT_CHARS = 20_000  # what is searched of one text; no summary of a feed is longer

_ABBREVIATIONS = re.compile(
    r"(?:\b(?:e\.?g|i\.?e|et al|etc|cf|vs|resp|approx|viz|w\.r\.t|a\.k\.a|fig|figs|eq|eqs|sec|tab|ref|refs|no|vol|ch|pp|"
    r"dr|mr|mrs|ms|prof|st|inc|ltd|co|corp|jr|sr|u\.s|u\.k|ph\.d)|(?:^|[\s(])[A-Za-z])\.$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?。！？]['\"”’)\]]*(?=\s+(?:[\"“‘'(\[$\\]*[^\W_a-z]|\([ivx]+\))|\s*$)|(?<=[。！？])")
_MATH = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|\\\(.*?\\\)", re.DOTALL)
_ADDRESS = re.compile(r"\s*[(\[<]?(?:[a-z][a-z0-9+.-]*://|www\.)[^\s)\]>]*[^\s)\]>.,;][)\]>]?", re.IGNORECASE)
# Stands for each character of a formula while ends of sentences are looked for; cleaned text never holds it.
_FORMULA_PLACEHOLDER = "\x00"

_ACTION_VERBS = (
    "propos|introduc|present|develop|design|describ|releas|build|built|contribut|establish|formulat|devis|construct|"
    "curat|collect|investigat|stud|explor|examin|analy[sz]|evaluat|address|tackl|revisit|offer|creat|provid|conduct|"
    "compar|extend|adapt|survey|review|implement|leverag|aim|formali[sz]|prov|deriv|argu|ask|report|benchmark|train|"
    "apply|appli|combin|identif|characteri[sz]|unif|reformulat|assess|measur|defin|enhanc|integrat|employ|utili[sz]|overcom|focus|improv|reinterpret"
)
# Of these verbs the object is the new thing itself; "we evaluate" may be about an old one.
_CREATION_VERBS = "propos|introduc|present|develop|design|describ|devis"
_ADDITION_PHRASES = r"^(?:additionally|finally|moreover|furthermore|lastly|in addition|\d\))|\b(?:we|and) (?:also|further|additionally)\b|\b(?:results|code)\b"
_SUBJECT = (
    r"(?:we|this (?:\w+ )?(?:paper|work|article|study|survey|report|letter|thesis|manuscript|research)|the paper)"
)
_ADVERBS = r"(?:\s+(?:\w+ly|also|then|first|therefore|thus|hence|here|instead|further|seek to|aim to|hereby)){0,2}"
_CONTRAST_OPENINGS = r"(?:however|yet|but|existing|recent|previous|prior|traditional|current|despite|while)\b|그러나|하지만|다만|반대로|반면|한편|또한"
# Weights of sentences about the authors' work. Only the first match counts, since "we propose" fits the second too.
ACTION_CUES = (
    (8.0, re.compile(rf"\b{_SUBJECT}{_ADVERBS},?\s+(?:{_CREATION_VERBS})\w*(?=\s)", re.IGNORECASE)),
    (4.0, re.compile(rf"\b{_SUBJECT}{_ADVERBS},?\s+(?:{_ACTION_VERBS})\w*(?=\s)", re.IGNORECASE)),
    (4.0, re.compile(r"\b(?:is|are) (?:proposed|introduced|presented|developed)\b", re.IGNORECASE)),
    (
        4.0,
        re.compile(
            r"제안합|제안한|제안했|소개합|소개했|개발했|선보|출시|공개했|발표했|도입했|도입합|밝혔|구축했|착수했"
        ),
    ),
)
# Results count only in a sentence that does not say what was done.
RESULT_CUES = (
    (1.5, re.compile(r"\bwe (?:show|demonstrate|find|observe|prove|reveal|discover)\b", re.IGNORECASE)),
    (1.2, re.compile(r"\b(?:achiev|outperform|surpass|state-of-the-art|improv|reduc)\w*", re.IGNORECASE)),
    (0.5, re.compile(r"\d(?:[\d,.]*\d)?\s?(?:%|x\b|×|times\b|points?\b)", re.IGNORECASE)),
)
OTHER_CUES = (
    (1.5, re.compile(r"\bin this (?:paper|work|article|study|survey|report|letter)\b", re.IGNORECASE)),
    (-2.5, re.compile(rf"^(?:{_CONTRAST_OPENINGS})", re.IGNORECASE)),
    (-5.0, re.compile(_ADDITION_PHRASES, re.IGNORECASE)),
    (
        -1.5,
        re.compile(r"\b(?:code|data|dataset|project page|demo)s? (?:is|are|will be|can be)\b|\bavailable at\b", re.I),
    ),
    (-2.0, re.compile(r"\bgithub\b|\bwebsite\b", re.IGNORECASE)),
    (-2.0, re.compile(r"^.{0,45}$")),  # "We address this gap with three contributions." announces one
)
TITLE_NAME_WEIGHT = 2.0  # for the work that the title names, as against one of its parts
_MAX_ABBREVIATION_CHARS = 10  # how far back an abbreviation is looked for; the longest listed has seven
POSITION_PENALTY = 0.15  # per earlier sentence, so that of equal sentences the first wins


def extract_key_sentence(summary: str, title: str = "") -> str:
    """Return the sentence that says what is new, at most 420 characters; "" where the text is too short for a summary.

    A name before the colon of the `title` ("RabbitNet: ...") shows which of several sentences is about the main work.
    """
    text = strip_latex_and_urls(summary)
    if len(" ".join(text.split())) < MIN_SUMMARY_CHARS:
        return ""
    sentences = list(split_sentences(text))
    name = re.compile(rf"(?<!\w){re.escape(title.partition(':')[0].strip())}(?!\w)" if ":" in title[:60] else "(?!)")
    scored = [
        (_score_sentence(sentence, name) - POSITION_PENALTY * place, -place) for place, sentence in enumerate(sentences)
    ]
    _best, place = max(scored, default=(0.0, 0))
    return clean_line(sentences[-place], MAX_SENTENCE_CHARS) if sentences else ""


def strip_latex_and_urls(text: str) -> str:
    """Return a text without LaTeX, and without URLs, because mail programs would turn those into links."""
    return _ADDRESS.sub("", latex_to_text(text))


def _score_sentence(sentence: str, name: re.Pattern[str]) -> float:
    score = sum(weight for weight, cue in OTHER_CUES if cue.search(sentence))
    for weight, cue in ACTION_CUES:
        if cue.search(sentence):
            return weight + score + (TITLE_NAME_WEIGHT if name.search(sentence) else 0)
    return score + sum(weight for weight, cue in RESULT_CUES if cue.search(sentence))


def split_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text; abbreviations, decimals and formulas do not end one."""
    text = re.sub(r"(?<![.!?。！？:])\s*\n", " ", text[:MAX_TEXT_CHARS].replace(_FORMULA_PLACEHOLDER, " "))
    masked = _MATH.sub(lambda found: _FORMULA_PLACEHOLDER * len(found[0]), text)
    start = 0
    for end in _SENTENCE_END.finditer(masked):
        if _ABBREVIATIONS.search(masked, max(start, end.start() - _MAX_ABBREVIATION_CHARS), end.start() + 1):
            continue
        sentence = " ".join(text[start : end.end()].split())
        start = end.end()
        if sentence:
            yield sentence
    if rest := " ".join(text[start:].split()):
        yield rest
