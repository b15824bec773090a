"""The gate for meaning: what the sentence claims beyond its source, or against it, in families of words.

Source and sentence are mostly in two languages, so nothing is translated: each rule knows families of words in Korean and
English. It alarms only if the sentence has a family and the passages (for claims that could rest anywhere, the whole source)
have neither that family nor anything that implies it, or only its counterpart. What is said in words of no family is not
found, and a wrong claim passes where the source has the word in another sentence. The rules are for sentences in Korean and
English, the one for versions for any. Directions and roles are in `claim_directions`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from digests.quality.blocks import Claim
from digests.quality.claim_directions import check_direction, check_moves, check_roles
from digests.quality.claim_meaning_text import (
    HANGUL,
    MAX_CLAIM_CHARS,
    MAX_SHOWN_CHARS,
    MAX_SOURCE_CHARS,
    SENTENCE_END,
    compile_pattern,
    compile_words,
    has_word,
    make_meaning_finding,
    quote_around,
    read_evidence,
    read_source,
    stem_word,
)
from digests.quality.findings import Finding, FindingWeight
from digests.quality.words import meaning_words as words

LANGUAGES = frozenset({"ko", "en"})
NEGATED_CHARS = 10  # around a negation, for the predicate that it denies
PREDICATE_CHARS = 22  # at the end of a Korean sentence
NEAR_SHARE = 0.6  # of the words of an English sentence: with less, another sentence of the source may be meant


# Claim, evidence that allows it. A superlative of one type never stands for another.
_BEST = [
    (compile_pattern(claim), compile_pattern(evidence))
    for claim, evidence in (
        (words.EVER_CLAIM, words.EVER_EVIDENCE),
        (words.RECORD_CLAIM, words.RECORD_EVIDENCE),
        (words.FIRST_CLAIM, words.FIRST_EVIDENCE),
        (words.ONLY_CLAIM, words.ONLY_EVIDENCE),
        (words.LARGEST_CLAIM, words.LARGEST_EVIDENCE),
        (words.SUPERLATIVE_CLAIM, words.SUPERLATIVE_EVIDENCE),
        (words.LOWEST_CLAIM, words.LOWEST_EVIDENCE),
    )
]
_GROUP_EVIDENCE, _GROUP_CLAIM = compile_pattern(words.GROUP_EVIDENCE), compile_pattern(words.GROUP_CLAIM)
_UNIVERSAL_CLAIM, _UNIVERSAL = compile_pattern(words.UNIVERSAL_CLAIM), compile_pattern(words.STRONG_UNIVERSAL)
_COUNTED = [
    (
        compile_pattern(
            rf"(?:모든|온갖|어떤|어느) (?:[가-힣A-Za-z-]{{1,12}} ){{0,2}}?(?:{korean})|\b(?:all|every|any) (?:[\w-]+ )?{english}\b"
        ),
        compile_pattern(rf"(?:{words.STRONG_UNIVERSAL})(?:[ -][\w/-]{{1,24}}){{0,5}}? {english}\b"),
    )
    for korean, english in words.COUNTED_NOUNS.items()
]
_CAUSE_CLAIM, _CAUSE_STRONG, _CAUSE_WEAK = map(
    compile_pattern, (words.CAUSE_CLAIM, words.CAUSE_STRONG, words.CAUSE_WEAK)
)
_HEDGE_CLAIM, _HEDGE_MAIN = compile_pattern(words.HEDGE_CLAIM), compile_pattern(words.HEDGE_MAIN)
_STRONG_HEDGE = compile_pattern(words.STRONG_HEDGE_KO)
_NEGATION_CLAIM, _NEGATION_IDIOM = (
    compile_pattern(words.NEGATION_CLAIM),
    compile_pattern(words.NEGATION_IDIOM),
)
_NEGATIVE_SOURCE, _PLAIN_NEGATION = (
    compile_pattern(words.NEGATIVE_SOURCE),
    compile_pattern(words.PLAIN_NEGATION),
)
_FINAL_NEGATION, _FINAL_NEGATIVE_SOURCE = map(compile_pattern, (words.FINAL_NEGATION, words.FINAL_NEGATIVE_SOURCE))
_SAID_WITHOUT_NEGATION = [
    (compile_pattern(korean), compile_words(english)) for korean, english in words.SAID_WITHOUT_NEGATION.items()
]
_SPARING, _SPARED = compile_pattern(words.SPARING), compile_pattern(words.SPARED_PREDICATES)
_SENTENCE_NEGATIVES = compile_pattern(words.SENTENCE_NEGATIVES)
_PREDICATES = [
    (
        compile_pattern(
            rf"(?:{korean})[가-힣]{{0,4}}(?:지(?:는|도|를|가)? (?:않|못)|(?:[을ㄹ할] )?수(?:는|가|도)? 없)"
        ),
        compile_words(english),
    )
    for korean, english in words.PREDICATES.items()
]
_DONE_WITHOUT = [
    (
        compile_pattern(korean),
        compile_pattern(
            rf"\b(?:without|no|not(?! only)|nor|eliminat\w+|free of)\b (?:[\w/-]{{1,24}},? ){{0,5}}?(?:{english})\b|\b(?:{english})[- ](?:free|is not|are not)\b|not (?:\w+ )?(?:{english})"
        ),
        compile_words(english),
    )
    for korean, english in words.DONE_WITHOUT.items()
]
_WITHOUT_NAME = compile_pattern(
    r"\b(?:without|do(?:es)? not|did not|cannot|eliminat\w+ the need for|no need for|"
    r"no longer) (?:[a-z-]{1,20} ){0,3}?(?P<name>[A-Za-z][\w-]{4,24}|[A-Z]{3,8})\b"
)
# What earlier work does without, this one may well do.
_EARLIER_WORK = re.compile(
    r"(?:However, |While |Although )?(?:[Ee]xisting|[Pp]revious|[Pp]rior|[Cc]urrent|[Ee]arlier|[Mm]ost|[Cc]onventional) "
)
_NOT_VERB = compile_pattern(r"\b(?:not|cannot|never|no longer|need not) (?:\w{2,12}ly )?(?P<verb>[a-z]{5,16})\b")
_PROPOSAL = compile_pattern(r"\b(?:we|and) (?:propose|introduce|present|develop|design|build|use|train)\b")
_REPORTED = compile_pattern(r"\b(?:results?|findings?|experiments?|evaluations?|analys[ei]s)\b.*\bsuggests?$")
_MODAL = compile_pattern(r"\b(?:may|might|could|potential\w*|likely|possibl\w+)\b")
_VERSION = re.compile(words.VERSION_NAME)
_VERSION_LIST = re.compile(r"(?:/|, ?| ?& ?| and |,? and | or |와 |과 |, )v?(\d{1,4}(?:\.\d{1,2})?[a-z]?)(?![\w%])")
_PLAIN_BASE = re.compile(words.VERSION_PLAIN_BASES, re.IGNORECASE)


def check_meaning(claims: Sequence[Claim], language: str) -> Iterator[Finding]:
    """Find sentences that say more than their passages, or the opposite of them."""
    for claim in claims:
        if len(claim.text) > MAX_CLAIM_CHARS:
            continue
        yield from check_versions(claim)
        if language not in LANGUAGES or not claim.passages:
            continue
        for check in (
            check_superlatives,
            check_direction,
            check_moves,
            check_negation,
            check_roles,
            check_scope,
            check_causes,
            check_hedges,
        ):
            yield from check(claim)


def check_superlatives(claim: Claim) -> Iterator[Finding]:
    """Find first, only, largest and best that the source does not say, and those that it says of a group only."""
    source = read_source(claim)
    for pattern, evidence in _BEST:
        hit = pattern.search(claim.text)
        if hit and not has_word(evidence, source):
            yield make_meaning_finding("meaning.best", claim, hit.span())
            return
    hit = next((found for pattern, _ in _BEST if (found := pattern.search(claim.text))), None)
    group = _GROUP_EVIDENCE.search(read_evidence(claim)) if hit else None
    # A headline has no room for the group, and trends speak of several.
    if hit and group and claim.block.part not in {"headline", "trends"} and not _GROUP_CLAIM.search(claim.text):
        yield make_meaning_finding("meaning.condition", claim, hit.span())


def check_negation(claim: Claim) -> Iterator[Finding]:
    """Find a negation that is on one side only."""
    evidence = read_evidence(claim)
    for hit in _find_negations(_NEGATION_CLAIM, claim.text):
        if not has_word(_NEGATIVE_SOURCE, evidence) and not has_word(_PLAIN_NEGATION, read_source(claim)):
            yield make_meaning_finding("meaning.negation", claim, hit.span(), evidence)
            return
    yield from _find_final_negations(claim, evidence)
    yield from _find_negated_predicates(claim, evidence)
    yield from _find_negated_verbs(claim, evidence)
    yield from _find_dropped_negations(claim, evidence)


def _find_negations(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the negations of a text that are no idioms such as "not only"."""
    hits = list(pattern.finditer(text))
    idioms = [one.span() for one in _NEGATION_IDIOM.finditer(text)] if hits else []
    for hit in hits:
        if not any(start - 2 <= hit.start() <= end + 4 for start, end in idioms):
            yield hit


def _find_final_negations(claim: Claim, evidence: str) -> Iterator[Finding]:
    """Find a clause that ends in a negation, where the passages have no word that denies."""
    if claim.block.part == "headline" or has_word(_FINAL_NEGATIVE_SOURCE, evidence):
        return
    pattern = _FINAL_NEGATION if HANGUL.search(claim.text) else _NEGATION_CLAIM
    for hit in _find_negations(pattern, claim.text):
        near = claim.text[max(0, hit.start() - NEGATED_CHARS) : hit.end() + NEGATED_CHARS]
        if not any(denied.search(near) and has_word(english, evidence) for denied, english in _SAID_WITHOUT_NEGATION):
            yield make_meaning_finding("meaning.negation", claim, hit.span(), evidence)
            return


def _find_negated_predicates(claim: Claim, evidence: str) -> Iterator[Finding]:
    """Find "not robust" of what the passages call robust, where they deny nothing."""
    for pattern, english in _PREDICATES:
        hit = next(_find_negations(pattern, claim.text), None)
        if not hit or "밖에" in claim.text[max(0, hit.start() - 8) : hit.start()]:
            continue  # no more than so many
        counter = english.search(evidence)
        if not counter or has_word(_PLAIN_NEGATION, evidence):
            continue
        is_adverbial = claim.text.startswith(("고 ", "고도", "은 ", "는 "), hit.end())
        if not ((_SPARED.match(hit[0]) or is_adverbial) and has_word(_SPARING, evidence)):
            yield make_meaning_finding("meaning.negation", claim, hit.span(), counter[0])
            return


def _find_negated_verbs(claim: Claim, evidence: str) -> Iterator[Finding]:
    """Find an English "does not corrupt" where the passages have the verb, and deny nothing in that sentence."""
    for hit in _NOT_VERB.finditer(claim.text):
        stem = re.compile(rf"\b{re.escape(stem_word(hit['verb']))}", re.IGNORECASE)
        having = [one for one in SENTENCE_END.split(read_source(claim)) if stem.search(one)]
        if having and stem.search(evidence) and not any(_PLAIN_NEGATION.search(one) for one in having):
            yield make_meaning_finding("meaning.negation", claim, hit.span(), quote_around(evidence, stem))
            return


def _find_dropped_negations(claim: Claim, evidence: str) -> Iterator[Finding]:
    """Find what the passages do without, in a sentence that denies nothing."""
    if claim.block.part == "headline" or _SENTENCE_NEGATIVES.search(claim.text):
        return
    own = "\n".join(one for one in SENTENCE_END.split(evidence) if not _EARLIER_WORK.match(one.strip()))
    for denied in _WITHOUT_NAME.finditer(own):
        stem = rf"(?<![A-Za-z]){re.escape(stem_word(denied['name']))}"
        hit = re.search(stem, claim.text, re.IGNORECASE)
        if hit and len(re.findall(stem, evidence, re.IGNORECASE)) == 1:
            yield make_meaning_finding("meaning.negation", claim, hit.span(), denied[0])
            return
    for korean, without, english in _DONE_WITHOUT:
        hit, denied_thing = korean.search(claim.text), without.search(evidence)
        if hit and denied_thing and len(english.findall(evidence)) <= len(without.findall(evidence)):
            yield make_meaning_finding("meaning.negation", claim, hit.span(), denied_thing[0])
            return


def check_scope(claim: Claim) -> Iterator[Finding]:
    """Find "all" where the source has no word of the kind, or counts the same things as some."""
    hit = _UNIVERSAL_CLAIM.search(claim.text)
    if not hit or has_word(_UNIVERSAL, read_evidence(claim)):
        return
    source = read_source(claim)
    if not has_word(_UNIVERSAL, source):
        yield make_meaning_finding("meaning.scope", claim, hit.span())
        return
    for pattern, universal in _COUNTED:
        hit = pattern.search(claim.text)
        if hit and not has_word(universal, source):
            yield make_meaning_finding("meaning.scope", claim, hit.span())
            return


def check_causes(claim: Claim) -> Iterator[Finding]:
    """Find a cause in a key point whose passages have no word that joins cause and effect."""
    if claim.block.part not in {"points", "headline"}:
        return  # the other parts draw conclusions
    hit, evidence = _CAUSE_CLAIM.search(claim.text), read_evidence(claim)
    if hit and not has_word(_CAUSE_STRONG, read_source(claim)) and not has_word(_CAUSE_WEAK, evidence):
        yield make_meaning_finding("meaning.cause", claim, hit.span())


def check_hedges(claim: Claim) -> Iterator[Finding]:
    """Find a flat sentence whose passages are all guesses."""
    if claim.block.part == "headline" or _is_hedged(claim.text):
        return
    hedges = [_find_hedge(passage[:MAX_SOURCE_CHARS]) for passage in claim.passages]
    if all(hedges) and hedges[0]:
        yield make_meaning_finding("meaning.hedge", claim, (0, len(claim.text)), hedges[0][0][-MAX_SHOWN_CHARS:])
    elif not HANGUL.search(claim.text) and (hedge := _find_hedge(_find_nearest_sentence(claim))):
        yield make_meaning_finding("meaning.hedge", claim, (0, len(claim.text)), hedge[0][-MAX_SHOWN_CHARS:])


def _is_hedged(text: str) -> bool:
    """Say whether a sentence has a hedge; in a Korean one a weak hedge counts at the end only."""
    if not HANGUL.search(text):
        return bool(_HEDGE_CLAIM.search(text))
    return bool(_STRONG_HEDGE.search(text) or _HEDGE_CLAIM.search(text[-PREDICATE_CHARS:]))


def _find_hedge(passage: str) -> re.Match[str] | None:
    """Return the hedge of a passage, None where the passage also says what the authors do, which is no guess.

    What results "suggest" they show, unless another hedge follows.
    """
    hedge = None if _PROPOSAL.search(passage) else _HEDGE_MAIN.search(passage)
    if hedge and _REPORTED.search(hedge[0]) and not _MODAL.search(passage, hedge.end()):
        return None
    return hedge


def _find_nearest_sentence(claim: Claim) -> str:
    """Return the one sentence of the source that has most of the words of an English sentence, or ""."""
    own = _content_words(claim.text)
    shares = sorted(
        ((len(own & _content_words(one)) / len(own), one) for one in SENTENCE_END.split(read_source(claim)) if own),
        reverse=True,
    )
    near = [one for share, one in shares if share >= NEAR_SHARE]
    return near[0] if near and all(_find_hedge(one) for one in near) else ""


@lru_cache(maxsize=1024)
def _content_words(text: str) -> frozenset[str]:
    found = re.findall(r"[a-z]{4,24}", text.casefold())
    return frozenset(stem_word(word) for word in found if word not in words.COMMON_WORDS)


def check_versions(claim: Claim) -> Iterator[Finding]:
    """Find a name of the source with a version that the source never gives it."""
    known = _collect_versions(claim.source[:MAX_SOURCE_CHARS])
    for hit in _VERSION.finditer(claim.text):
        versions = known.get(hit["base"].casefold(), frozenset())
        if _is_version(hit) and versions and _fold_version(hit["version"]) not in versions:
            if re.search(rf"{re.escape(hit[0])}(?![A-Za-z0-9.])", claim.source[:MAX_SOURCE_CHARS], re.IGNORECASE):
                continue  # "Flickr8k images" is no version where the source is read
            more = f"{hit['base']}{hit['gap']}{min(versions)}"
            yield make_meaning_finding("names.version", claim, hit.span(), more, FindingWeight.BLOCK)


@lru_cache(maxsize=64)
def _collect_versions(source: str) -> dict[str, frozenset[str]]:
    """Return the versions of each name of a source: {"llama": {"2", "3.1"}}."""
    known: dict[str, frozenset[str]] = {}
    for hit in _VERSION.finditer(source):
        if _is_version(hit):
            base = hit["base"].casefold()
            # "Llama 2 and 3", "GPT-4/4o"
            listed = _VERSION_LIST.findall(source[hit.end() : hit.end() + 30])
            known[base] = known.get(base, frozenset()) | {_fold_version(one) for one in (hit["version"], *listed)}
    return known


def _fold_version(version: str) -> str:
    return version.casefold().removeprefix("v")


def _is_version(hit: re.Match[str]) -> bool:
    """Say whether a number belongs to the name before it: "Llama 3", not "Table 3", "Top-5" or "MMLU 65.3"."""
    if _PLAIN_BASE.fullmatch(hit["base"]):
        return False
    if hit["gap"] == "-" or re.match(r"(?:19|20)\d\d$|[RVv]", hit["version"]):
        return True
    whole, _, rest = hit["version"].partition(".")
    return len(rest) <= 1 and len(whole.rstrip("abcdefghijklmnopqrstuvwxyz")) <= (1 if hit["gap"] else 3)
