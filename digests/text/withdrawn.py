"""What a source says of a paper -> the sentence that says it was withdrawn, or "": pure.

arXiv puts "This paper has been withdrawn by the author ..." in the abstract's or the comment's place, journals put
RETRACTED before the title. Not here: what is done with such a paper (`window` keeps it out, `hold` holds a digest that has it).
"""

import re

from digests.text.cleaning import clean_line

MAX_REASON_CHARS = 300  # characters of the reason that is kept
_WORK = r"(?:(?:arxiv )?(?:paper|article|pre-?print|manuscript|submission|version)|work|study|report|note|document|publication)"
_WITHDRAWN_WORDS = r"(?:withdrawn|retracted|removed by arxiv)"
# From a conference a paper is withdrawn to be improved; it stands all the same.
_NOT_FROM_CONFERENCE = r"(?!\s+from\s+(?!arxiv))"
# What may stand between the work and what became of it: anything more would take a paper about retractions for one.
_BETWEEN = r"(?: ?\([^()]{1,60}\)| by(?: \S+){1,4}?|, [^,.]{1,60},| (?:has|had|is|was|needs|contains)(?: \S+){1,8}? and)?(?: therefore| thus| hereby)?"
_IS_GONE = rf"{_BETWEEN} (?:has|have|had|was|is|were|are)(?: now)?(?: been| being)?(?: \w+ly)? {_WITHDRAWN_WORDS}\b{_NOT_FROM_CONFERENCE}"
_SENTENCE = (
    rf"(?:this|our|the (?:present|above)) {_WORK}{_IS_GONE}"
    rf"|(?:the )?(?:(?:first|corresponding) )?authors?(?:\(s\))? (?:\w+ ){{0,4}}?(?:withdraw\w*|withdrew|retract\w*) (?:this|the|their) {_WORK}\b{_NOT_FROM_CONFERENCE}"
    rf"|(?:we|i) (?:\w+ ){{0,4}}?(?:withdraw\w*|withdrew|retract\w*) this {_WORK}\b{_NOT_FROM_CONFERENCE}"
    rf"|(?:this )?{_WORK} (?:is )?(?:withdrawn|retracted)(?=\s*(?:by|due|because|as|[.,;:]|$))"
    r"|(?:이|본|해당) ?(?:논문|원고|기사)[은이]? [^.]{0,40}(?:철회|게재 ?취소)(?:되었|됐|된|하였|했|함|합)"
)
_OPENING_SENTENCE = re.compile(rf"\W*(?:note:\s*)?(?:{_SENTENCE})", re.IGNORECASE)
_ANY_SENTENCE = re.compile(rf"(?:\A|(?<=[.!?\n)*:])\s)\W*(?:{_SENTENCE})", re.IGNORECASE)
# Where a paper's text begins with it, "the paper" is no other one.
_PAPER_OPENING = re.compile(
    r"\W*(?:arxiv admin note:\s*)?"
    rf"(?:(?:withdrawn|retracted)\b{_NOT_FROM_CONFERENCE}(?=\s*(?:by|due|because|as|for|from|since|[.,;:\])]|$))"
    rf"|(?:(?:due|owing) to [^.]{{1,200}}?, |because of [^.]{{1,200}}?, )?(?:(?:the|this) )?{_WORK}{_IS_GONE})",
    re.IGNORECASE,
)
_TITLE_MARK = re.compile(
    r"\W*(?:(?:RETRACTED|WITHDRAWN)(?: [A-Z]+)?\s*[:\])]|(?:retracted|withdrawn) (?:article|paper|chapter)\s*[:\])]"
    r"|[\[(](?:retracted|withdrawn)[\])])"
)
_PAPER_TITLE_MARK = re.compile(r"\W*(?:retracted|withdrawn)\b(?: \w+)?\s*[:\])]", re.IGNORECASE)


def find_withdrawal_reason(title: str, summary: str, *, comment: str = "", paper: bool) -> str:
    """Return what says that a paper was withdrawn, at most 300 characters; "" where nothing does.

    Of what is known to be a `paper` any sentence counts, and its `comment`; of anything else, which may be news about a
    retraction, only the first sentence and the mark before the title.
    """
    if (_PAPER_TITLE_MARK if paper else _TITLE_MARK).match(title):
        return clean_line(title, MAX_REASON_CHARS)
    for text in (summary, comment) if paper else (summary,):
        if paper and _PAPER_OPENING.match(text):
            return clean_line(text, MAX_REASON_CHARS)
        if found := (_ANY_SENTENCE.search(text) if paper else _OPENING_SENTENCE.match(text)):
            return clean_line(text[found.start() :], MAX_REASON_CHARS)
    return ""
