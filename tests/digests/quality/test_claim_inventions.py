"""Inventions are found where no source has a word of their family, and what only looks like one is left alone."""

from typing import Any

import pytest

from digests.quality.blocks import Block, Claim
from digests.quality.claim_inventions import MAX_SENTENCE_CHARS, check_inventions
from digests.quality.findings import FindingWeight
from digests.quality.word_families import compile_families
from digests.text.section_schema import SourceMaterial

TITLE = "OtterNet: Counting Otters in River Photos"
ABSTRACT = "Counting animals by hand is slow. We propose OtterNet, a detector that counts otters in photos of rivers."
PASSAGE = "We propose OtterNet, a detector that counts otters in photos of rivers."


def make_claim(
    text: str, source: str = ABSTRACT, part: str = "points", title: str = TITLE, passages: tuple[str, ...] = (PASSAGE,)
) -> Claim:
    item = SourceMaterial(1, title, "https://arxiv.org/abs/2505.00001", source)
    block = Block(part, text, range(len(text)), 1 if part in ("points", "headline") else 0)
    return Claim(block, 0, len(text), passages, (item,))


def find(text: str, language: str = "ko", **given: Any) -> list[tuple[str, str]]:
    """Return code and marked words of each finding."""
    return [
        (one.code.partition(".")[2], text[slice(*one.span)])
        for one in check_inventions([make_claim(text, **given)], language)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("OtterNet의 가중치는 누구나 내려받을 수 있습니다.", "가중치는 누구나 내려받"),
        ("코드는 깃허브에 올라와 있습니다.", "깃허브"),
        ("스마트폰 앱으로도 제공됩니다.", "앱으로도 제공"),
    ],
)
def test_release_is_found_where_the_source_has_none(text, found):
    assert find(text, part="impact") == [("release", found)]
    assert find(text, part="impact", source=ABSTRACT + " Code, weights and an app are publicly available.") == []


@pytest.mark.parametrize(
    "text", ["The code is available on GitHub.", "Weights can be downloaded.", "An online demo is open to everyone."]
)
def test_release_is_found_in_english(text):
    assert [code for code, _words in find(text, "en", part="outlook")] == ["release"]
    assert find(text, "en", part="outlook", source=ABSTRACT + " All resources are released.") == []


def test_release_of_code_is_no_release_of_weights():
    source = ABSTRACT + " Our code is available at https://github.com/otter/net."

    assert find("코드는 GitHub에서 받을 수 있습니다.", part="outlook", source=source) == []
    assert find("코드와 가중치는 GitHub에서 받을 수 있습니다.", part="outlook", source=source) == [
        ("release", "코드와 가중치는 GitHub에서 받을 수")
    ]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("환경 단체와 국립 기관은 이 모델을 하천 조사에 쓰고 있습니다.", "ko"),
        ("한 방송사가 자연 프로그램에 OtterNet을 이미 도입했습니다.", "ko"),
        ("Two agencies have adopted OtterNet for their surveys.", "en"),
        ("Several hospitals already use it.", "en"),
    ],
)
def test_use_is_found_where_the_source_has_none(text, language):
    assert [code for code, _words in find(text, language, part="impact")] == ["use"]
    assert find(text, language, part="impact", source=ABSTRACT + " It has been deployed by two agencies.") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("하천을 살피는 기관이 조사 비용을 줄이는 데 쓸 수 있습니다.", "ko"),
        ("모델을 도입하려는 기업에 도움이 됩니다.", "ko"),
        ("여러 층에 강화된 어텐션을 적용했습니다.", "ko"),
        ("Agencies could use it for their surveys.", "en"),
    ],
)
def test_use_that_is_possible_is_no_use(text, language):
    assert find(text, language, part="impact") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("연구진은 바다로 실험을 넓힐 계획입니다.", "ko"),
        ("저자들은 내년에 후속 모델을 내놓겠다고 밝혔습니다.", "ko"),
        ("연구진은 수달의 나이를 다음 목표로 정했습니다.", "ko"),
        ("The authors intend to count seals.", "en"),
        ("A version for seals is the team's next goal.", "en"),
    ],
)
def test_plan_is_found_where_the_source_has_none(text, language):
    assert [code for code, _words in find(text, language, part="outlook")] == ["plan"]
    assert find(text, language, part="outlook", source=ABSTRACT + " Future work will turn to seals.") == []


def test_path_planning_is_no_plan():
    assert find("로봇의 동작 계획을 다룹니다.", title="Robot motion planning") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("한빛대 연구팀이 만든 OtterNet은 수달을 셉니다.", "한빛대 연구팀"),
        ("구글 딥마인드가 개발한 OtterNet은 수달을 셉니다.", "구글"),
        ("박서연 교수가 제안한 OtterNet은 수달을 셉니다.", "박서연 교수"),
        ("김민준과 정하은이 함께 쓴 논문입니다.", "김민준과 정하은이"),
    ],
)
def test_maker_is_found_in_korean(text, found):
    assert find(text) == [("maker", found)]


def test_organization_in_hangul_stands_for_its_name_in_the_source():
    text = "구글 연구진이 만든 OtterNet은 수달을 셉니다."

    assert find(text, source=ABSTRACT + " By Google Research.") == []
    assert find("오픈AI의 GPT-4o보다 수달을 잘 셉니다.", source=ABSTRACT + " It beats GPT-4o.") == []


@pytest.mark.parametrize(
    "text",
    [
        "수달 연구진은 사진의 수달을 셉니다.",
        "정확도와 신뢰도가 함께 높습니다.",
        "전문가가 만든 정답과 비교했습니다.",
        "다음 세대 연구진에게 권합니다.",
    ],
)
def test_nickname_and_plain_words_are_no_makers(text):
    assert find(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("OtterNet, built at Carnegie Mellon University, counts otters.", "Carnegie Mellon"),
        ("Researchers at Aalborg University count otters in photos.", "Aalborg University"),
        ("OtterNet by Jonas Weber counts otters.", "Jonas Weber"),
        ("Dr. Haddad counts otters in photos.", "Dr. Haddad"),
    ],
)
def test_maker_is_found_in_english(text, found):
    assert find(text, "en") == [("maker", found)]
    assert find(text, "en", source=f"{ABSTRACT} Thanks to {found}.") == []


def test_term_in_capitals_is_no_person():
    assert find("OtterNet uses Grouped Otter Pooling (GOP) and Hong Kong photos.", "en") == []


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("OtterNet은 국회 연설 영상 모음으로 학습했습니다.", "ko", ("data", "연설 영상")),
        ("환자 진료 기록을 학습에 더했습니다.", "ko", ("data", "환자 진료 기록")),
        ("OtterNet learns from satellite images.", "en", ("data", "satellite images")),
        ("OtterNet was tuned on Alpaca instructions.", "en", ("data", "Alpaca instructions")),
    ],
)
def test_data_are_found_that_the_source_has_no_word_of(text, language, found):
    assert find(text, language) == [found]


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("음악 파일을 압축하는 생성 모델을 다룹니다.", "ko", "음악"),
        ("판결문을 읽는 모델입니다.", "ko", "판결"),
        ("사투리를 글로 옮깁니다.", "ko", "사투리"),
        ("A speech recognizer for rivers.", "en", "speech"),
    ],
)
@pytest.mark.parametrize("part", ["themes", "points", "headline", "trends"])
def test_subject_is_found_that_the_source_has_no_word_of(text, language, found, part):
    assert find(text, language, part=part) == [("subject", found)]


@pytest.mark.parametrize(
    ("text", "language", "title"),
    [
        ("음악을 다룹니다.", "ko", "Melody transcription"),
        ("의료 현장의 데이터를 다룹니다.", "ko", "Dental landmarks"),
        ("음성처럼 이어지는 사진을 다룹니다.", "ko", TITLE),
        ("음성이 아니라 사진을 다룹니다.", "ko", TITLE),
        ("Photos rather than audio are used.", "en", TITLE),
        ("수달 사진의 청사진을 그립니다.", "ko", TITLE),
        ("자동화 도구를 다룹니다.", "ko", TITLE),
    ],
)
def test_subject_is_left_alone(text, language, title):
    assert find(text, language, title=title) == []


def test_themes_may_name_items_without_a_passage_of_theirs():
    music = SourceMaterial(2, "Melody transcription", "https://arxiv.org/abs/2505.00002", "We write down songs.")
    about_music = Claim(Block("points", "곡을 적습니다.", range(8), 2), 0, 8, ("We write down songs.",), (music,))

    assert list(check_inventions([make_claim("수달과 음악을 다룹니다.", part="themes"), about_music], "ko")) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("비가 오는 밤에도 오류가 적었습니다.", "ko"),
        ("이용자의 만족도가 높게 나타났습니다.", "ko"),
        ("Accuracy fell at night.", "en"),
    ],
)
def test_result_is_found_that_the_source_has_no_word_of(text, language):
    assert [code for code, _words in find(text, language, part="outlook")] == ["finding"]


@pytest.mark.parametrize(
    "text",
    ["의료 영상에도 쓰일 수 있습니다.", "음성 서비스를 만드는 팀에 도움이 됩니다.", "환자에게도 길이 열렸습니다."],
)
def test_impact_may_name_other_fields(text):
    assert find(text, part="impact") == []


def test_other_languages_are_not_read():
    assert find("Die Gewichte stehen auf GitHub.", "de") == []


def test_claim_without_passages_is_read_too():
    assert [one.code for one in check_inventions([make_claim("음악을 다룹니다.", passages=())], "ko")] == [
        "invented.subject"
    ]


def test_only_certain_kinds_block():
    weights = {
        one.code: one.weight
        for text in ("가중치를 내려받을 수 있습니다.", "음악을 다룹니다.")
        for one in check_inventions([make_claim(text)], "ko")
    }

    assert weights == {"invented.release": FindingWeight.BLOCK, "invented.subject": FindingWeight.WARN}


@pytest.mark.parametrize("piece", ["가", "A a ", "이미 ", "researchers at ", "은행은 ", "코드 ", "("])
def test_hostile_text_is_read_to_a_bound(piece):
    hostile = piece * (1_000_000 // len(piece))

    list(check_inventions([make_claim(hostile), make_claim("음악을 내려받을 계획입니다.", source=hostile)], "ko"))
    found = list(check_inventions([make_claim(hostile + "환자 음악")], "ko"))

    assert all(one.span[1] <= MAX_SENTENCE_CHARS for one in found)


def test_families_are_read_from_a_table():
    (pets, plants) = compile_families("고양이 개_?집 ; cats? dog_house ; cat$ kitten\n\n꽃 ; flower* ; ^rose flower")

    assert [bool(pets.claims["ko"].search(text)) for text in ("고양이가", "개집", "개 집", "날개 집")] == [True] * 3 + [
        False
    ]
    assert [bool(plants.source.search(text)) for text in ("roses", "prose", "wildflowers")] == [True, False, True]
