"""Finds makers and named collections of data that no source has: for the gate for inventions.

A maker is a known organization, an institution by the form of its name, or a person by a title, a role or the form of the name.
A known organization is also in a source that has one of its products: "the GPT of OpenAI" is no invention.
"""

import re
from collections.abc import Iterator

from digests.quality.names import (
    COMMON_ABBREVIATIONS,
    collect_folded_names,
    collect_initials,
    fold_name,
    is_certain_name,
)
from digests.quality.word_families import compile_families, has_pattern, is_example
from digests.quality.words.maker_words import NO_PERSONS, ORGANIZATIONS, PLAIN_NAME_WORDS

_Place = tuple[int, int]  # start and end in the sentence
_HAN_NAME = re.compile("[\u4e00-\u9fff]{2}")
_ORGANIZATIONS = compile_families(ORGANIZATIONS, ignore_case=False)
# Makers: institutions by the form of their name, and people by title or role.
_INSTITUTION_KO = re.compile(
    r"(?<![가-힣])(?:[가-힣]{2,6}\s?)?[가-힣A-Za-z]{1,8}?"
    r"(?:대학교|대학|(?<![세시확최거현기절상반무휴군])대|연구소|연구원|과학기술원|병원|의료원|전자|(?<!포인트)클라우드|로보틱스|테크|텔레콤|랩스|모비스)"
    r"(?:와|과|,|·)?\s?(?:[가-힣A-Za-z]{2,12}\s)?"
    r"(?:(?:공동\s?)?(?:연구진|연구팀|연구원들|연구자들|개발팀)|교수팀?|출신|소속|(?:에서|이|가)\s(?:개발한|만든|내놓은|발표한|제안한|벌인|선보인))"
)
_JOINT_KO = re.compile(
    r"(?<![가-힣])(?:[가-힣]{2,5}\s)?[가-힣]{1,6}(?:대|대학교|병원|연구소|연구원|전자|과학기술원)(?:와|과)\s[가-힣A-Za-z]{2,10}(?:대|대학교"
    r"|병원)?(?:가|이|는|은|의)\s"
    r"(?=[^.]{0,30}(?:함께|공동|협력|손잡))"
)
_INSTITUTION_SOURCE = re.compile(
    r"universit|institut|laborator|\blabs?\b|college|hospital|school of|\bcompan(?:y|ies)|대학|연구소|연구원|병원"
)
_SURNAMES = "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민진나지엄채원천방공현함변염여추도소석선설마길위표명기반금옥육인맹제모탁국류"
_GIVEN_1 = "가강건경광국규근기나다대도동두만명문미민병보봄상서석선성세소수순승시신아애연영예용우원유윤은의인일장재정종주준지진찬창채철청춘충태하한해현형혜호홍화효훈희"
_GIVEN_2 = (
    "건경관광국권규근기나남담도동라란람련령리린림만모문미민배범별본빈빛산상서석선섭성솔수숙순슬승식신아안애언연열영옥완용우욱운원월유윤율은을인일임자재정조종주준"
    "중지진찬창채천철태택하학한해헌혁현협형혜호홍화환훈휘희"
)
_PERSON_KO = rf"(?<![가-힣])[{_SURNAMES}][{_GIVEN_1}][{_GIVEN_2}]"
_TITLED_KO = re.compile(
    rf"({_PERSON_KO})\s(?:박사|교수|연구원|연구위원|대표|저자|책임|수석|씨)(?![가-힣]{{2}})"
    rf"|(?:학자|공학자|연구자|개발자|의사|전문의|변호사|과학자|기술자)\s({_PERSON_KO})(?=[은는이가의])"
    rf"|((?<![가-힣])[가-힣]{{2,5}}(?:\s[가-힣]{{2,6}})?)\s(?:박사|교수)(?=(?:가|는|은|의|와|팀)?\s(?:[가-힣]{{0,6}}\s)?(?:연구팀|만든"
    rf"|제안|이끄|이끈|개발|공개|쓴|발표|설명|말|밝|학생))"
)
_ROLE_KO = re.compile(
    rf"(?:(?:제1|책임|교신)\s?저자(?:인)?\s|(?:이끈|쓴|주도한)\s(?={_PERSON_KO}[은는이가의]))({_PERSON_KO})(?=[은는이가의]|\s)"
    rf"|({_PERSON_KO})(?:[와과]|,)\s{_PERSON_KO[len('(?<![가-힣])') :]}(?:[이가은는의]|\s(?:두|등))(?=[^.]{{0,12}}(?:함께|공동"
    rf"|쓴|만든|저자|제안|개발))"
    rf"|(?:만든|개발한|제안한|설계한|공개한)\s({_PERSON_KO})(?:[은는이가])(?=\s[^.]{{0,60}}(?:설명|말했|말합|전했|강조|밝혔|밝힙))"
    rf"|({_PERSON_KO})[이가]\s(?:쓴|만든|개발한|제안한|이끈|이끄는|내놓은|공개한)"
)
_PERSON_SOURCE = re.compile(r"\bph\.?\s?d|doctor|professor|\bdr\.|\bprof\.|facult|scientist|led by|박사|교수|연구원")
_MAKER_EN = re.compile(
    r"\b(?:[Rr]esearchers?|[Ss]cientists?|[Tt]eams?|[Gg]roups?|[Ee]ngineers?|[Ll]abs?|[Dd]evelopers|[Aa]uthors"
    r"|[Ss]tudents|[Bb]uilt|[Dd]eveloped|[Cc]reated|"
    r"[Mm]ade|[Tt]rained|[Dd]esigned|[Ff]rom|[Ww]ork|[Cc]olleagues)\s(?:at|from|of|in|by)?\s?(?:the\s)?"
    r"((?:[A-Z][A-Za-z&-]+\s(?:of\s|for\s)?){0,4}(?:University|Institute|College|Laborator(?:y|ies)|Labs?"
    r"|Hospital|Research|Inc|Corp|Polytechnic|ETH|Academy|"
    r"School|Clinic)\b(?:\sof(?:\s[A-Z][a-z]+){1,3})?)"
    r"|\b((?:Dr|Prof)\.\s[A-Z][a-z]+(?:\s[A-Z][a-z]+)?|Professor\s[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)"
    r"|\b([A-Z][a-z]+\s[A-Z][a-z]+)(?=\s(?:and|with)\s(?:colleagues|co-?workers|co-?authors|(?:her|his"
    r"|their)\s(?:team|group|students))|,\s(?:who|lead|first|the\slead)\b"
    r"|\set\sal\b|\s(?:says|said|explains|argues)\b)"
    r"|\b(?:[Ll]ed|[Ll]ead\s[Aa]uthor|[Ff]irst\s[Aa]uthor|[Aa]uthored"
    r"|[Ww]ritten)\s(?:by\s)?([A-Z][a-z]+\s[A-Z][a-z]+)"
)
_LATIN_WORD = re.compile(r"[^\W\d_]{2,}")
# Two words with a capital; a term that is spelled out goes on ("Group Relative Policy ..."), has an abbreviation or a noun's ending.
_TWO_NAMES = re.compile(
    r"(?<![Tt]he )(?<!\ba )(?<!\ban )(?<![A-Z][a-z]{2} )\b([A-Z][a-zà-ÿ]{1,14})\s([A-Z][a-zà-ÿ]{1,14})(?:'s)?\b(?![-(]|\s\(|\s[A-Z])"
)
_NOUN_END = re.compile(
    r".*(?:tion|sion|ment|ing|ity|ness|ics|ical|ive|ed|ism|ance|ence|ure|able|work|ly|ous|ful|ware|form|ship|age)$"
)
_COLLECTION = {
    "ko": re.compile(
        r"(?<![A-Za-z-])([A-Z][A-Za-z-]{2,20})(?:의)?\s(?:[가-힣]{1,6}\s)?(?:데이터|말뭉치|코퍼스|벤치마크|자료|모음)"
    ),
    "en": re.compile(
        r"(?<=[a-z,]\s)([A-Z][A-Za-z-]{2,20})\s(?:[a-z-]{2,12}\s)?(?:data|datasets?|benchmarks?|corpus|corpora"
        r"|instructions|images|trajectories|"
        r"records|reports|conversations|dialog(?:ue)?s|questions|videos|clips|sessions|collections?)\b"
    ),
}


def find_makers(text: str, part: str, source: str, language: str) -> Iterator[_Place]:
    """Yield the institutions and people that made something here and are not in the source.

    A source that names them in Han letters is not read: 칭화 is 清华.
    """
    if _HAN_NAME.search(source):
        return
    for family in _ORGANIZATIONS:
        hit = family.claims[language].search(text)
        if (
            hit
            and not is_example(text, hit)
            and not has_pattern(family.source, source)
            and hit[0].lower() not in source
        ):
            yield hit.span()
    yield from _find_english_makers(text, part, source) if language == "en" else _find_korean_makers(text, source)


def _find_english_makers(text: str, part: str, source: str) -> Iterator[_Place]:
    for hit in _MAKER_EN.finditer(text):
        at = next(group for group in range(1, 5) if hit[group])
        telling = [word for word in _LATIN_WORD.findall(hit[at].lower()) if word not in PLAIN_NAME_WORDS]
        if telling and not any(word in source for word in telling):
            yield hit.span(at)
    if part == "headline":
        return  # it may be in title case
    for hit in _TWO_NAMES.finditer(text):
        pair = [hit[1].lower(), hit[2].lower()]
        if not any(word in source or word in PLAIN_NAME_WORDS or _NOUN_END.match(word) for word in pair):
            yield hit.span()


def _find_korean_makers(text: str, source: str) -> Iterator[_Place]:
    if not has_pattern(_INSTITUTION_SOURCE, source):
        for pattern in (_INSTITUTION_KO, _JOINT_KO):
            yield from (hit.span() for hit in pattern.finditer(text) if hit[0].split()[0] not in source)
    if has_pattern(_PERSON_SOURCE, source):
        return
    for pattern in (_TITLED_KO, _ROLE_KO):
        for hit in pattern.finditer(text):
            name = next(group for group in hit.groups() if group)
            if name not in NO_PERSONS and not name.endswith("학") and name not in source:
                yield hit.span()


def find_collections(text: str, source: str, language: str) -> Iterator[_Place]:
    """Yield the names before a word for data that the source has not; names of odd spelling are left to the gate for names."""
    for hit in _COLLECTION[language].finditer(text):
        name = fold_name(hit[1])
        if (
            not is_certain_name(hit[1])
            and name not in PLAIN_NAME_WORDS | COMMON_ABBREVIATIONS | collect_initials(source)
            and name not in collect_folded_names(source)
            and name not in source
        ):
            yield hit.span()
