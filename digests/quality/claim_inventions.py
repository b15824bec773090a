"""The gate for inventions: releases, users, plans, makers, data, subjects and results that no source speaks of.

An invention has no counterpart, so the sentence is compared with the whole source of its items and not with its passages only: the
sentence has a word of a family (a download, a hospital that uses a model, medical records), and title and abstract have no word of that
family at all. The families for sources are wide on purpose, and a word behind which "like" stands is an example. Limits: an
invention within the families of the source is not found, and a field that is in no table is not known. Only Korean and English
sentences are read; names in Latin letters that no source has are found by `digests.quality.names`.
"""

import re
from collections.abc import Iterator, Sequence

from digests.quality.blocks import Claim
from digests.quality.claim_inventions_acts import find_plans, find_releases, find_uses
from digests.quality.claim_inventions_makers import find_collections, find_makers
from digests.quality.findings import Finding, FindingWeight, make_finding
from digests.quality.word_families import PAST_SYLLABLES, Family, compile_families, fold_source, has_pattern, is_example
from digests.quality.words.data_words import DATA_FAMILIES, RESULT_FAMILIES
from digests.quality.words.method_words import METHOD_FAMILIES
from digests.quality.words.subject_words import SUBJECT_FAMILIES
from digests.text.section_schema import PROSE_PARTS

LANGUAGES = frozenset({"ko", "en"})
MAX_SENTENCE_CHARS = 1500  # what is longer is no sentence; the rest is not read, so that the work per claim is bounded
_CERTAIN_KINDS = frozenset({"release", "use"})  # the others warn: their tables do not know every word
_SUBJECTS = compile_families(SUBJECT_FAMILIES) + compile_families(METHOD_FAMILIES)
_DATA = compile_families(DATA_FAMILIES)
_RESULTS = compile_families(RESULT_FAMILIES)
_DATA_WORD = {
    "ko": re.compile(
        r"[^,.]{0,18}?(?:모음|자료|데이터|기록|말뭉치|코퍼스|사진|영상|이미지|문서|대본|명세서|녹음|녹취|본문|글(?=[로을과])|판독문|이력)"
    ),
    "en": re.compile(
        r"[^,.;]{0,24}\b(?:data\w*|records?|corpus|corpora|collections?|archives?|logs?|photos?|recordings?|images)\b"
    ),
}
_TRAINED_ON = {
    "ko": re.compile(r"학습|훈련|배[우운웠]|시험|실험|평가|가르[치친쳤]|더해|미세 ?조정|검증|모은|모아|넣|수집|구축"),
    "en": re.compile(
        r"\b(?:train|test|tun|learn|evaluat|collect|built|run|tried|check|validat|fine-?tun)\w*", re.IGNORECASE
    ),
}
_RESULT = {
    "ko": re.compile(rf"[{PAST_SYLLABLES}](?:습니다|으며|고|다)|나타난|드러난"),
    "en": re.compile(
        r"\b(?:(?:showed|dropped|improved|increased|decreased|declined|worried|rated|preferred|developed|helped"
        r"|failed|narrowed|worsened|stayed|remained|"
        r"gained|reduced|raised|slowed|reached|outperformed|doubled|halved|shortened|lowered|answered|noticed"
        r"|recognized|handled)\s(?:by|to|from|in|on|"
        r"when|with|as|only|sharply|than|more|less|most|the|a|an|their|its|once|after|at|over|under|without|about"
        r"|fewer|nearly|almost|no|even|it|them|"
        r"cancer|each|all|every)\b|found|fell|rose|made|was|were|did|grew|beat|lost|turn(?:s|ed) out|fails?|halves"
        r"|doubles|triples|drops|falls|rises)\b"
    ),
}
# A sentence that speaks of what could be, or for whom, reports no result.
_POSSIBLE = {
    "ko": re.compile(
        r"수 있|쓰일|도움|유용|에게|[려]는|참고|활용될|기대|만한|만하|길을|길이|과제|남[았겨]|필요|전망|계획|예정|목표|앞으로|향후|생겼|열렸|게 [되됐]"
    ),
    "en": re.compile(
        r"\b(?:can|could|may|might|would|will|should|helps?|useful|benefits?|gains?|get|gets|offers?|gives?|needs?"
        r"|remains?|plans?|intends?|yet|not|whether|[Ww]hether)\b"
    ),
}

_Place = tuple[str, int, int]  # the kind, and start and end in the sentence


def check_inventions(claims: Sequence[Claim], language: str) -> Iterator[Finding]:
    """Find what no source of a sentence speaks of: at most one finding per sentence."""
    if language not in LANGUAGES:
        return
    everything = fold_source("\n".join(dict.fromkeys(claim.source for claim in claims)))
    for claim in claims:
        text = claim.text[:MAX_SENTENCE_CHARS]
        own = fold_source(claim.source)
        # Themes and trends speak of the section: a sentence of them need not have passages of all items that it names.
        wide = everything if claim.block.part in PROSE_PARTS else own
        found = next(_find_inventions(text, claim.block.part, own, wide, language), None)
        if found:
            kind, start, end = found
            weight = FindingWeight.BLOCK if kind in _CERTAIN_KINDS else FindingWeight.WARN
            span = claim.span(start, end)
            yield make_finding(
                f"invented.{kind}", found=text[start:end], span=span, part=claim.block.name, weight=weight
            )


def _find_inventions(text: str, part: str, own: str, wide: str, language: str) -> Iterator[_Place]:
    """Yield the inventions of a sentence, the most certain kinds first."""
    yield from (("release", *place) for place in find_releases(text, part, own, language))
    if part != "trends":  # where a field is going is said there in general
        yield from (("use", *place) for place in find_uses(text, own, language))
    yield from (("plan", *place) for place in find_plans(text, own, language))
    yield from (("maker", *place) for place in find_makers(text, part, own, language))
    if part in ("impact", "outlook"):
        # These may name fields and people that could gain by the work, but a result is in the source or invented.
        if _RESULT[language].search(text) and not _POSSIBLE[language].search(text):
            yield from _find_strangers((*_RESULTS, *_SUBJECTS, *_DATA), text, wide, language, "finding")
        return
    yield from (("data", *place) for place in find_collections(text, wide, language))
    yield from _find_strangers(_DATA, text, wide, language, "data")
    yield from _find_strangers(_SUBJECTS, text, wide, language, "subject")


def _find_strangers(families: Sequence[Family], text: str, source: str, language: str, kind: str) -> Iterator[_Place]:
    """Yield the first word of each family that the sentence has and the source has not."""
    for family in families:
        word = next((hit for hit in family.claims[language].finditer(text) if not is_example(text, hit)), None)
        if not word or has_pattern(family.source, source):
            continue
        near = _DATA_WORD[language].match(text, word.end())
        if near and kind == "subject" and _TRAINED_ON[language].search(text):
            yield "data", word.start(), near.end()
        else:
            yield kind, word.start(), near.end() if near and kind == "data" else word.end()
