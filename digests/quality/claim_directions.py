"""Rules for directions and roles: up for down, better for worse, and the winner for the loser.

A direction is read in two ways. A sentence that has one pole of a family is a finding if the passages have only the other
pole. And beside a figure or a noun that sentence and passage share, the nearest words of direction are compared. An
improvement of cost, time or error is a fall in one text and a rise in another, so only harm (more cost, less quality) is
looked for at nouns.
"""

import re
from collections.abc import Iterator

from digests.quality.blocks import Claim
from digests.quality.claim_meaning_text import (
    HANGUL,
    compile_pattern,
    compile_words,
    has_word,
    make_meaning_finding,
    quote_around,
    read_evidence,
    read_source,
    read_titles,
    split_clause,
)
from digests.quality.findings import Finding
from digests.quality.words import direction_words as words

VERB_DISTANCE = 30  # characters from a Korean noun to its verb
NEAR_VERB = 45  # characters from an English verb to its noun
_DIRECTIONS = [
    (compile_pattern(claim), compile_words(same), compile_words(opposite)) for claim, same, opposite in words.DIRECTIONS
]
_DIRECTION_UNDONE, _RIVAL_SUBJECT = compile_pattern(words.DIRECTION_UNDONE), compile_pattern(words.RIVAL_SUBJECT)
_MOVES = [(compile_pattern(words.RISE_CLAIM), 1), (compile_pattern(words.FALL_CLAIM), -1)]
_RISE, _FALL, _IMPROVED = map(compile_pattern, (words.RISE_SOURCE, words.FALL_SOURCE, words.IMPROVED))
# "잡음 조건에서 정확도를 높이고": the verb has another object than the noun in question.
_OTHER_OBJECT = re.compile(r"^\S*\s(?:\S+\s)*?\S*[가-힣](?:을|를|이|가)\s")
_FIGURE = re.compile(
    r"(?<![\w.])\d{1,4}(?:[.,]\d{1,4})?(?![\w.])(?=%|배|점|포인트|\s?p|x)|(?<![\w.])\d{1,4}\.\d{1,4}(?!\w)"
)
_ANCHORS = [
    (compile_pattern(rf"(?:{korean})|(?<!non-)\b{english}\b"), compile_pattern(rf"(?<!non-)\b{english}\b"), cost)
    for nouns, cost in ((words.COST_NOUNS, True), (words.GOOD_NOUNS, False))
    for korean, english in nouns.items()
]
_TURNED = compile_pattern(words.TURNED)
_JOINT = re.compile(r"\b(?:and|but|while|yet|or|although|with|at)\b|[,;]\s")
_RIVALS_WIN, _RIVALS_LOSE, _RIVALS_MAY_WIN = map(
    compile_pattern, (words.RIVALS_WIN, words.RIVALS_LOSE, words.RIVALS_MAY_WIN)
)
_NAME = re.compile(words.LATIN_NAME)
_WON = compile_pattern(words.WIN_VERB_EN)
_LOST = compile_pattern(words.LOSE_VERB_EN)
_DERIVED = compile_pattern(words.DERIVED_EN)
_NAME_LIST = rf"{words.LATIN_NAME}(?:(?:,| and|와|과|,? 및) ?{words.LATIN_NAME}){{0,4}}"
_WON_KOREAN = re.compile(
    rf"(?P<winner>{_NAME_LIST})(?: 모델)?(?:이|가|은|"
    rf"는) (?:[^.;]{{0,60}}?[ ,])??(?P<loser>{_NAME_LIST})(?: 모델)?(?:을|를|"
    rf"보다) [^.;]{{0,25}}?{words.WON_KO}"
)
_LOST_KOREAN = re.compile(
    rf"(?P<loser>{_NAME_LIST})(?: 모델)?(?:이|가|은|는) (?:[^.;]{{0,60}}?[ ,])??"
    rf"(?P<winner>{_NAME_LIST})(?: 모델)?(?:에|에게|보다) [^.;]{{0,25}}?(?:뒤[졌져처지]|못 미|밀[렸려]|못[한했]|나[쁜빴]|낮|떨어)"
)
_DERIVED_KOREAN = re.compile(
    rf"(?P<winner>{words.LATIN_NAME})(?:이|가|은|는) (?P<loser>{words.LATIN_NAME})(?:에서|로부터|을 바탕|를 바탕|을 기반|"
    rf"를 기반| 기반|을 미세|를 미세)"
)
_PRONOUN = "it"


def check_direction(claim: Claim) -> Iterator[Finding]:
    """Find a direction of which the passages have only the opposite."""
    passages = f"{read_evidence(claim)}\n{read_titles(claim)}"
    for pattern, same, opposite in _DIRECTIONS:
        for hit in pattern.finditer(claim.text):
            before, behind = split_clause(claim.text, hit.start())
            if _is_said_of_others(before, behind) or has_word(same, passages) or _is_same_loser(claim):
                continue
            if counter := opposite.search(passages):
                yield make_meaning_finding("meaning.direction", claim, hit.span(), counter[0])
                return


def _is_same_loser(claim: Claim) -> bool:
    """Say whether a sentence has the same loser as its passages: "B trails A" is "A beats B"."""
    lost = [_names(read_evidence(claim)[hit.end() : hit.end() + 90]) for hit in _WON.finditer(read_evidence(claim))]
    return any(losers & one for _, losers, _ in _find_wins(claim.text) for one in lost)


def check_moves(claim: Claim) -> Iterator[Finding]:
    """Find a rise where the passages have a fall beside the same figure or noun, and the other way round."""
    evidence = read_evidence(claim)
    for figure in _FIGURE.finditer(claim.text):
        own = _read_claim_move(claim.text, figure)
        same = re.compile(rf"(?<![\w.]){re.escape(figure[0])}(?![\w.]?\d)")
        if own and {_read_joint_move(evidence, one, own) for one in same.finditer(evidence)} == {-own}:
            yield make_meaning_finding(
                "meaning.direction", claim, _widen(claim.text, figure), quote_around(evidence, same)
            )
            return
    for korean, english, cost in _ANCHORS:
        if not (english.search(evidence) and korean.search(claim.text)):
            continue
        # Only harm: a problem that the passage names ("high cost") does not contradict a cure ("cuts cost").
        harm = 1 if cost else -1
        for noun in korean.finditer(claim.text):
            if _read_claim_move(claim.text, noun, harm) == harm and _read_moves(read_source(claim), english, harm) == {
                -harm
            }:
                yield make_meaning_finding(
                    "meaning.direction", claim, _widen(claim.text, noun), quote_around(evidence, english)
                )
                return


def _read_moves(text: str, pattern: re.Pattern[str], wanted: int) -> set[int]:
    """Return the directions that a text has beside a noun."""
    return {move for place in pattern.finditer(text) for move in _list_moves(text, *place.span(), wanted)} - {0}


def _is_said_of_others(before: str, behind: str) -> bool:
    """Say whether a clause takes its direction back ("without"), or speaks of the rivals."""
    return bool(_DIRECTION_UNDONE.search(behind) or _RIVAL_SUBJECT.match(before.lstrip()) or _TURNED.search(before))


def _read_claim_move(text: str, place: re.Match[str], wanted: int = 0) -> int:
    """Return the direction of a figure or a noun in a sentence: in Korean the verb follows, in English the nearest counts."""
    if not HANGUL.search(text):
        return _read_joint_move(text, place, wanted)
    before, behind = split_clause(text, place.end())
    found = [
        (hit.start(), _turn(hit[0], move, wanted))
        for pattern, move in _MOVES
        if (hit := pattern.search(behind[:VERB_DISTANCE])) and not _OTHER_OBJECT.search(behind[: hit.start()])
    ]
    return min(found)[1] if found and not _is_said_of_others(before, behind) else 0


def _widen(text: str, place: re.Match[str]) -> tuple[int, int]:
    """Return the place of a figure or noun with the words around it that give its direction."""
    if HANGUL.search(text):
        return place.start(), place.end() + len(split_clause(text, place.end())[1][:VERB_DISTANCE].rstrip(" .,"))
    return _find_joints(text, place)


def _find_joints(text: str, place: re.Match[str]) -> tuple[int, int]:
    start = max((hit.end() for hit in _JOINT.finditer(text, max(0, place.start() - 100), place.start())), default=0)
    end = _JOINT.search(text, place.end(), place.end() + 60)
    return start, end.start() if end else len(text)


def _read_joint_move(text: str, place: re.Match[str], wanted: int) -> int:
    """Read the direction up to "and": beyond it a verb may have another noun, as in "cuts time and keeps accuracy"."""
    start, end = _find_joints(text, place)
    return _read_move(text[start:end], place.start() - start, place.end() - start, wanted)


def _read_move(text: str, start: int, end: int, wanted: int) -> int:
    """Return 1 if the words of direction near a place are rises, -1 for falls, 0 for none or both: "gains include a WER reduction"."""
    moves = _list_moves(text, start, end, wanted)
    return moves.pop() if len(moves) == 1 else 0


def _list_moves(text: str, start: int, end: int, wanted: int) -> set[int]:
    """Return the directions of the words near a place: 1 for a rise, -1 for a fall, 0 for one that is taken back.

    An improvement may be a rise or a fall: it never contradicts a rise (`wanted` 1).
    """
    before = re.split(r"[.;]\s|\n", text[max(0, start - NEAR_VERB) : start])[-1]
    behind = re.split(r"[.;,:]\s|\n", text[end : end + 40])[0]
    found = []
    for pattern, move in ((_RISE, 1), (_FALL, -1)):
        for hit in pattern.finditer(before):
            turned = _TURNED.search(before[: hit.start()])
            found.append(0 if turned else _turn(hit[0], move, wanted))
        # "Without any performance degradation": the noun stands between.
        for hit in pattern.finditer(behind):
            undone = _TURNED.search(before) or _TURNED.search(behind[: hit.start()])
            found.append(0 if undone else _turn(hit[0], move, wanted))
    return set(found)


def _turn(word: str, move: int, wanted: int = -1) -> int:
    """Return the direction of a word; an improvement is what the contradicted side is not."""
    return move if not _IMPROVED.match(word) or wanted <= 0 else 0


def check_roles(claim: Claim) -> Iterator[Finding]:
    """Find winners and losers that are exchanged, and a model that is made the source of the one it comes from."""
    evidence = read_evidence(claim)
    hit = _RIVALS_WIN.search(claim.text)
    if hit and has_word(_RIVALS_LOSE, read_source(claim)) and not has_word(_RIVALS_MAY_WIN, evidence):
        yield make_meaning_finding("meaning.roles", claim, hit.span(), evidence)
        return
    for found, pairs in (
        (_find_wins(claim.text), _find_wins(evidence)),
        (_find_origins(claim.text), _find_origins(evidence)),
    ):
        for winners, losers, span in found:
            crossed = any(winners & lost and (losers & won or _PRONOUN in losers) for won, lost, _ in pairs)
            straight = any(winners & won and (losers & lost or _PRONOUN in losers) for won, lost, _ in pairs)
            if crossed and not straight:
                yield make_meaning_finding("meaning.roles", claim, span, evidence)
                return


Pair = tuple[frozenset[str], frozenset[str], tuple[int, int]]


def _find_wins(text: str) -> list[Pair]:
    """Return who does better than whom: names, names, place."""
    pairs = [
        (_names(hit["winner"]), _names(hit["loser"]), hit.span())
        for pattern in ((_WON_KOREAN, _LOST_KOREAN) if HANGUL.search(text) else ())
        for hit in pattern.finditer(text)
    ]
    pairs += [(before, behind, span) for before, behind, span in _split_by_verb(text, _WON)]
    return pairs + [(behind, before, span) for before, behind, span in _split_by_verb(text, _LOST)]


def _find_origins(text: str) -> list[Pair]:
    """Return what is made from what: names, names, place."""
    pairs = [(_names(hit["winner"]), _names(hit["loser"]), hit.span()) for hit in _DERIVED_KOREAN.finditer(text)]
    return pairs + _split_by_verb(text, _DERIVED)


def _split_by_verb(text: str, verb: re.Pattern[str]) -> list[Pair]:
    """Return the names before and behind each verb, up to the next comma or verb."""
    pairs = []
    for hit in verb.finditer(text):
        ends = r"[.;:]\s" if hit[0].endswith("ing") else r"[.;:,]\s"
        before = re.split(ends, text[max(0, hit.start() - 110) : hit.start()])[-1]
        behind = re.split(r"[.;]\s|, (?!and)| (?:by|on|in|with|at|while)\b", text[hit.end() : hit.end() + 90])[0]
        second = frozenset({_PRONOUN}) if re.match(r" (?:it|them|this)\b", behind) else _names(behind)
        if (first := _names(before)) and second:
            pairs.append((first, second, hit.span()))
    return pairs


def _names(text: str) -> frozenset[str]:
    return frozenset(
        name.casefold().removesuffix("s") for name in _NAME.findall(text) if len(name) > 1 and not name[0].isdigit()
    ) | frozenset(name.casefold() for name in re.findall(r"(?<![\w.])\d{1,4}[BM](?!\w)", text))
