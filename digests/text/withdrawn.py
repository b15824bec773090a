"""Finds the sentence which says that a paper was withdrawn or retracted. Pure.

arXiv writes "This paper has been withdrawn by the author ..." into the abstract or the comment, journals write RETRACTED
before the title. Not here: what follows (`selection.candidates` leaves such a paper out, `quality.section_checks` holds
a digest that has one).
"""

import re

from digests.text.cleaning import clean_line

MAX_REASON_CHARS = 300  # what the column Item.withdrawn holds
_WORK = r"(?:(?:arxiv )?(?:paper|article|pre-?print|manuscript|submission|version)|work|study|report|note|document|publication)"
_WITHDRAWN_WORDS = r"(?:withdrawn|retracted|removed by arxiv)"
# A paper is withdrawn from a conference to be improved; the paper itself is still valid.
_NOT_FROM_CONFERENCE = r"(?!\s+from\s+(?!arxiv))"
# Words that may stand between "this paper" and "has been withdrawn". With any words allowed, papers about retractions match.
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
# At the beginning of a paper's own text "the paper" or "due to an error, ..." can only mean this paper.
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
    """Return the sentence which says that a paper was withdrawn, at most 300 characters; "" where there is none.

    For a known `paper` every sentence counts, also of the archive's `comment`. Anything else may be news about a
    retraction, so only its first sentence and a mark before its title count.
    """
    if (_PAPER_TITLE_MARK if paper else _TITLE_MARK).match(title):
        return clean_line(title, MAX_REASON_CHARS)
    for text in (summary, comment) if paper else (summary,):
        if paper and _PAPER_OPENING.match(text):
            return clean_line(text, MAX_REASON_CHARS)
        if found := (_ANY_SENTENCE.search(text) if paper else _OPENING_SENTENCE.match(text)):
            return clean_line(text[found.start() :], MAX_REASON_CHARS)
    return ""
