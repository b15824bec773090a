"""Splits text into words of one form, and finds the technical terms that several texts share. Pure; needs no model.

A word is a run of letters and digits of one script, so "AI반도체" is two words; plurals become singular. Not here: what
words say about a category (`selection.keyword_rules`), and which sentence is worth showing (`key_sentences`).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

MAX_TEXT_CHARS = 20_000  # what is read of one text; the longest abstracts have 3,000
MAX_PHRASE_WORDS = 3  # a longer run is a clause, not a term

_WORD = re.compile(r"[가-힣]+|[^\W_가-힣]+")
_PIECE = re.compile(r"[가-힣]+|[^\W_가-힣](?:[^\W가-힣]|[-+.](?=\w))*|[^\w\s]")
# Korean joins particles to nouns: 모델이 and 모델을 are the same word. Of two syllables at least, or 도로 would become 도.
_PARTICLE = re.compile(
    r"(?<=[가-힣]{2})(?:에서|으로|까지|부터|에게|이라|라는|용|은|는|이|가|을|를|의|에|로|와|과|도|만)$"
)
# Everyday words of English and Korean, and those that any paper has: "we propose a novel framework" holds no term.
STOPWORDS = frozenset(
    """a about above achieve across after against all also am among an and any approach are as at available baseline be
    because been before being best better between both but by can code come compare could data dataset demonstrate
    despite did different do does done during e each eg enable et al even evaluate evaluation existing experiment
    experimental extensive few first five for four framework from further furthermore g had has have he her here high
    his how however i ie if important improve in including into introduce is it its key large leverage limited many may
    method model more moreover most much must multiple new no nor not novel number of on one only or other our out over
    own paper paradigm part perform performance present previous problem propose proposed provide range recent recently
    related remain result results s same second see several she should show significant significantly simple since
    single small so some state still strong study such system t task tasks than that the their them then there therefore
    these they this those three through thus to too two type under up us use used user using various very via was we
    well were what when where which while who why will with within without work world would yet you your ai ml
    application capability capabilities challenge development framework general insight potential quality real scale
    sota state-of-the-art technique toward understanding
    그 이 저 것 수 등 및 더 위한 위해 대한 통해 있는 있다 없는 하는 한다 이런 그런 우리 모든 함께 같은 다른 다시 새로운 이유 방법
    연구입니다 다룹니다 소식입니다 움직임입니다 속합니다 처럼 만드는""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)


def split_words(text: str) -> list[str]:
    """Return the words of a text, in order, in lower case and singular."""
    return [_to_singular(word) for word in _WORD.findall(text[:MAX_TEXT_CHARS].casefold())]


def strip_korean_particle(word: str) -> str:
    """Return a Korean word without its particle; any other word unchanged."""
    return _PARTICLE.sub("", word)


def _to_singular(word: str) -> str:
    # "bias" loses its s too: what counts is that both sides of a comparison do.
    if len(word) <= 3 or not word.endswith("s") or word.endswith("ss"):
        return word
    return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]


def extract_keywords(texts: Sequence[tuple[str, str]], limit: int) -> list[str]:
    """Return at most `limit` terms that the (title, summary) pairs share, most widely shared first.

    A term has to stand in a title and in at least two texts, an everyday word in more than half of them. A single pair
    counts as two texts: a term then stands in its title and again in its summary. A longer term displaces its words.
    Each term is spelled as the texts spell it most often.
    """
    shared: dict[tuple[str, ...], set[int]] = defaultdict(set)
    spellings: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    pairs = [(title, summary) for title, summary in texts if title or summary]
    counted = [t + ". " + s for t, s in pairs] if len(pairs) > 1 else [text for pair in pairs for text in pair]
    in_title = {phrase for title, _summary in pairs for phrase, _spelling in _list_phrases(title)}
    for number, text in enumerate(counted):
        for phrase, spelling in _list_phrases(text):
            if phrase in in_title and _names_something(phrase):
                shared[phrase].add(number)
                spellings[phrase][spelling] += 1
    # Each further word adds half: "large language model" in two texts ranks above "model" in three.
    scores = {
        phrase: len(numbers) * (1 + 0.5 * (len(phrase) - 1))
        for phrase, numbers in shared.items()
        if len(numbers) > (len(counted) / 2 if _is_common(phrase, spellings[phrase]) else 1)
    }
    ranked = sorted(scores, key=lambda p: (-scores[p], -spellings[p].total(), p))
    return [spellings[phrase].most_common(1)[0][0] for phrase in _drop_overlapping(ranked, limit)]


def _drop_overlapping(ranked: Sequence[tuple[str, ...]], limit: int) -> list[tuple[str, ...]]:
    """Return the first `limit` phrases that share no word with a phrase before them."""
    chosen: list[tuple[str, ...]] = []
    for phrase in ranked:
        if len(chosen) == limit:
            break
        if not any(set(phrase) & set(other) for other in chosen):
            chosen.append(phrase)
    return chosen


def _list_phrases(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every run of one to three words without a stop word or punctuation in it: its words, and its spelling."""
    run: list[str] = []
    for piece in map(strip_korean_particle, [*_PIECE.findall(text[:MAX_TEXT_CHARS]), "."]):
        if _is_content(piece):
            run.append(piece)
            continue
        for start in range(len(run)):
            for end in range(start + 1, min(start + MAX_PHRASE_WORDS, len(run)) + 1):
                spelling = " ".join(run[start:end])
                yield tuple(split_words(spelling)), spelling
        run = []


def _is_content(piece: str) -> bool:
    """Return whether a piece can be part of a term: not a number, a single letter or a stop word."""
    folded = split_words(piece)
    return len(piece) > 1 and not piece[0].isdigit() and any(word not in STOPWORDS for word in folded)


def _names_something(phrase: tuple[str, ...]) -> bool:
    """Return whether a phrase can stand alone: "enabling" and "versatile" cannot, "LLM agent" can."""
    return len(phrase) > 1 or not re.search(
        r"(?:ing|ed|ly|able|ible|tile|고|는|은|면|던|다|며|게|할|한|될|된|기)$", phrase[0]
    )


def _is_common(phrase: tuple[str, ...], spellings: Counter[str]) -> bool:
    """Return whether a phrase is an everyday word rather than a name, an acronym or a compound."""
    spelling = max(spellings, key=lambda one: spellings[one])
    return len(phrase) == 1 and not re.search(r"\d|-|\w[A-Z]", spelling)
