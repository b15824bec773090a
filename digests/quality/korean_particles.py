"""Finds Korean particles that do not fit the sound before them. Pure.

A particle is wrong only where no verb ends like it or where the noun is in a list, and after a Latin name only where its last sound
is certain.
"""

import re
from collections.abc import Iterator
from functools import cache

from digests.quality.words.korean_words import MORE_NOUNS, SPELLED_WORDS

WrongParticle = tuple[tuple[int, int], str]  # the place of word and particle, and how they should be

HANGUL_WORD = re.compile(r"[가-힣]{2,20}")  # no word with its endings is longer
FIRST_SYLLABLE, FINALS = 0xAC00, 28
_RIEUL = 8  # the final consonant ㄹ, after which 로 stays 로
_PARTICLE_END = re.compile(
    r"([가-힣]+?)(을|를|은|는|과|와|이|가|으로|로|라는)(?=(?:(?<=로)(?:써|서|부터|는|도|만)|(?<=[와과])(?:의|는|도))?(?![가-힣]))"
)
_LATIN_PARTICLE = re.compile(
    r"(?<![A-Za-z0-9가-힣])(?P<word>(?:[A-Za-z0-9]+[-.+/])*?[A-Za-z0-9]+%?p?|"
    r"\d[\d,.]*%p?)(?P<mark>[’'\"”])?(?P<particle>을|를|은|는|과|와|이|가|으로|로)"
    r"(?:(?<=로)(?:써|서|부터|는|도))?(?![가-힣])"
)
_CLOSED_RIGHT = {"를": "을", "는": "은", "와": "과", "가": "이", "로": "으로", "라는": "이라는"}
_OPEN_RIGHT = {"을": "를", "은": "는", "과": "와", "이": "가", "으로": "로"}
# Words and verbs that end like a noun with a wrong particle: 지을 (build), 나은 (better), 마을 (village).
_ENDS_IN_VERB = re.compile(
    r"(?:^|더|보다|덜)나[을은]$|^(?:.*(?:결정|마무리|매듭|관련|특징|짝|규정|연관|좌우|한정|구분|짓|죄|끝|이름|농사|웃음|일단락))?지[을은]$|^(?:뒤|맞|잇)?이[을은]$"
    r"|(?:^|퍼|쏟아|들이)부[을은]$|^(?:휘|가로)?저[을은]$|^(?:선|밑줄|줄)?그[을은]$|^(?:늦|초|올|지난|다음)?가을$|^고[을은]$|^(?:저녁|붉은)?노을$|"
    r"(?<!테)마을$|^들를$|^[가-힣][가-힣]은$"
    r"|^(?:안|못|잘|좀|막|곧|더|꼭|왜)와$|^같은$"
)
_NOUNS_WITH_GA = frozenset(
    "분석 번역 연구 개발 전략 감정 운동 활동 시장 목표 예측 기획 설계 실험 수집 추정 학습 평론 사업 대학 기준 전문 표준 입력".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
_OPEN_NOUNS_SPARED = frozenset("연구 언어 자세 사전 의사 주석 이해".split())  # noqa: SIM905  # 언어과 and 연구과 are departments
_MIN_SUFFIXED_SYLLABLES = 3  # 성공률, 가능성
_LETTERS_READ_OPEN, _LETTERS_READ_CLOSED = frozenset("BCDFGHJKPQSTVWXZ"), frozenset("LMN")
_VOWEL_LETTERS = frozenset("AEIOUY")
_OPEN_ENDING = re.compile(r"(?:[aiouy]|[^e]er|(?:[nt]c|s|t|p|g)h|ee|ss|[xzfw]|ce|se|ze|ge)$")
_CLOSED_ENDING = re.compile(r"(?:ng|[mn]|[aeiou]l|[a-z]Net|net)$")


def _final_consonant(syllable: str) -> int:
    """Return the number of the final consonant of a syllable, 0 if it ends in a vowel."""
    return (ord(syllable) - FIRST_SYLLABLE) % FINALS


@cache
def collect_nouns() -> frozenset[str]:
    """Return the nouns of the lists."""
    return frozenset(SPELLED_WORDS) | frozenset(MORE_NOUNS)


def find_wrong_particles(text: str) -> Iterator[WrongParticle]:
    """Yield particles that do not follow from the final consonant of the Hangul word before them."""
    for token in HANGUL_WORD.finditer(text):
        found = _PARTICLE_END.fullmatch(token[0]) or _PARTICLE_END.match(token[0])
        if not found or found.end() < len(token[0]) - 2 or text[token.end() : token.end() + 1] in {"(", ")"}:
            continue
        right = _find_right_particle(found[1], found[2])
        behind_digit = token.start() and text[token.start() - 1].isdigit()
        if right and not behind_digit and not _ENDS_IN_VERB.search(found[1] + found[2]):
            span = (token.start(), token.start() + found.end(2))
            yield span, found[1] + right


def _find_right_particle(noun: str, particle: str) -> str:
    """Return the particle that the noun needs instead, "" where the one it has may be right."""
    if noun[-1:] in "을를은는" or not "가" <= noun[-1:] <= "힣":
        return ""
    final, listed = _final_consonant(noun[-1]), _ends_in_noun(noun)
    if particle in {"로", "으로"}:
        needs_eu = final not in {0, _RIEUL}
        if particle == "으로":
            return "" if needs_eu or len(noun) < 2 else "로"
        return "으로" if needs_eu and listed else ""
    if final:
        certain = (
            particle == "를"
            or (particle == "와" and len(noun) >= 2)
            or (listed and not (particle == "가" and listed in _NOUNS_WITH_GA))
        )
        return _CLOSED_RIGHT.get(particle, "") if certain else ""
    certain = (particle in {"을", "은"} and len(noun) >= 2) or (bool(listed) and listed not in _OPEN_NOUNS_SPARED)
    return _OPEN_RIGHT.get(particle, "") if certain else ""


def _ends_in_noun(word: str) -> str:
    """Return the noun of the list that a word ends in, or its suffix for rates and qualities; "" if there is none."""
    if len(word) >= _MIN_SUFFIXED_SYLLABLES and word[-1] in "률율성" and word[-2:] != "법률":
        return word
    return next((word[-size:] for size in range(min(len(word), 6), 1, -1) if word[-size:] in collect_nouns()), "")


def find_wrong_latin_particles(text: str) -> Iterator[WrongParticle]:
    """Yield particles that do not fit a Latin name, a number or a percentage whose last sound is certain."""
    for found in _LATIN_PARTICLE.finditer(text):
        sound, particle = _find_last_sound(found["word"]), found["particle"]
        right = ""
        if sound == "open":
            right = _OPEN_RIGHT.get(particle, "")
        elif sound in {"closed", "nasal"} and (particle != "로" or sound == "nasal"):
            right = _CLOSED_RIGHT.get(particle, "")
        if right:
            span = (found.start("word"), found.end("particle"))
            yield span, found["word"] + (found["mark"] or "") + right


def _find_last_sound(word: str) -> str:
    """Return "open" for a last sound that is surely a vowel, "nasal" or "closed" for a consonant, "" if uncertain."""
    if word.endswith(("%", "%p")):
        return "open"
    last = re.split(r"[-./+]", word)[-1] or word
    if last[-1].isdigit():
        return _find_digit_sound(last)
    letters = re.sub(r"^.*\d", "", last)
    if letters.isupper():
        return _find_acronym_sound(letters)
    lower = re.sub(r"^[A-Z]+(?=[A-Z][a-z])", "", letters)
    if len(lower) < 3 or not lower[-1].islower():
        return ""
    if lower.endswith(("et", "ng", "n", "m")) and _CLOSED_ENDING.search(lower):
        return "nasal" if not lower.endswith("et") else "closed"
    if _CLOSED_ENDING.search(lower):
        return "closed"
    return "open" if _OPEN_ENDING.search(lower) else ""


def _find_digit_sound(word: str) -> str:
    """Return the last sound of a digit: 2, 4 and 5 end in a vowel in Korean and in English, 1 and 7 in a consonant."""
    if word[-1] in "245" and word[-2:-1] != "1":
        return "open"
    return "closed" if word[-1] in "17" and word[-2:-1] != "1" else ""


def _find_acronym_sound(letters: str) -> str:
    """Return the last sound of an acronym; GAN and LLM end in a consonant read by letters or as a word."""
    if letters[-1] in _LETTERS_READ_CLOSED and len(letters) > 1:
        return "closed" if letters[-1] == "L" else "nasal"
    if letters[-1] in "AIOU":
        return "open"
    return "open" if letters[-1] in _LETTERS_READ_OPEN and not _VOWEL_LETTERS & set(letters) else ""
