"""The gate for style finds what the prompt forbids, at its place, and spares what only looks like it."""

import pytest

from digests.quality.blocks import Block
from digests.quality.style import check_style

SOURCE = (
    "Sparse Rabbit: Reasoning on Graphs\nWe propose RabbitNet for speech synthesis and graph boundaries. Hallucination of "
    "multimodal models drops by 5% on a manipulation task; material and geometry are kept apart."
)


def found(text: str, language: str = "ko", part: str = "themes", source: str = SOURCE) -> list[tuple[str, str]]:
    """Return the codes and the marked words."""
    block = Block(part, text, range(len(text)), 1 if part in {"points", "headline"} else 0)
    return [(one.code.value, text[slice(*one.span)].strip()) for one in check_style([block], source, language)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("두 연구가 그래프의 경계를 새로 정의했다.", "정의했다."),
        ("두 연구가 그래프의 경계를 새로 정의했어요.", "정의했어요."),
        ("두 연구가 그래프의 경계를 새로 정의함.", "정의함."),
        ("그래프의 경계를 새로 정의하는 두 가지 방법.", "방법."),
        ("이 문제는 새로운 문제가 아니다.", "아니다."),
        ("먼저 그래프를 그린다. 그다음 경계를 찾습니다.", "그린다."),
        ("정확도가 가장 높은 모델은 RabbitNet", "RabbitNet"),
    ],
)
def test_register_finds_other_endings_than_the_polite_one(text, words):
    assert found(text) == [("style.register", words)]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("그래프의 경계를 새로 정의했습니다(그림 1).", "themes"),
        ("“경계가 없다.”라는 주장을 다시 살핍니다.", "themes"),
        ("RabbitNet, 그래프의 경계를 새로 정의", "headline"),
        ("사진: 연구진 제공", "text"),
        ("그래프(graph), RabbitNet", "keywords"),
    ],
)
def test_register_spares_polite_sentences_headlines_and_labels(text, part):
    assert found(text, part=part) == []


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("획기적인 그래프 모델을 소개합니다.", "style.hype", "획기적"),
        ("정확도를 무려 5% 높였습니다.", "style.hype", "무려"),
        ("2번 논문은 그래프를 다룹니다.", "style.item_number", "2번 논문"),
        ("두 번째 논문은 그래프를 다룹니다.", "style.item_number", "두 번째 논문"),
        ("그래프를 다룬 연구도 있습니다 [2].", "style.item_number", "[2]"),
        ("초록에 따르면 그래프가 늘어납니다.", "style.remark", "초록에 따르면"),
        ("본 논문은 그래프를 다룹니다.", "style.remark", "본 논문"),
        ("**그래프**를 다룹니다.", "style.mark", "**그래프**"),
        ("• 그래프를 다룹니다.", "style.mark", "•"),
        ("1. 그래프를 다룹니다.", "style.mark", "1."),
        ("경계 $x_{i}$를 다룹니다.", "style.mark", "$x_{i}$"),
        ("그래프의 경계를 모델이 여전히…", "style.ellipsis", "여전히…"),
    ],
)
def test_style_finds_families_in_korean(text, code, words):
    assert (code, words) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "이 주제를 다룬 첫 번째 연구입니다.",
        "모델을 심판으로 쓸 때를 따져 본 연구입니다.",
        "언어 모델이 글에서 감정을 읽습니다.",
        "초록색 표식을 다룹니다.",
        "32*32 해상도와 16*16 해상도를 견줍니다.",
        "가격은 $5에서 $6로 올랐습니다.",
        "논문 3편을 함께 다룹니다.",
        "저자들은 코드를 공개했습니다.",
    ],
)
def test_style_spares_what_only_looks_like_a_fault_in_korean(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("A groundbreaking model of graphs.", "style.hype", "groundbreaking"),
        ("The second paper draws graphs.", "style.item_number", "The second paper"),
        ("Graphs are the subject of item 2.", "style.item_number", "item 2"),
        ("According to the abstract, graphs grow.", "style.remark", "According to the abstract"),
        ("Please consult the original publication.", "style.remark", "Please consult"),
        ("A *sparse* graph.", "style.mark", "*sparse*"),
        ("Graphs still need ...", "style.ellipsis", "need ..."),
    ],
)
def test_style_finds_families_in_english(text, code, words):
    assert (code, words) in found(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "This is the first study to draw graphs.",
        "Detectors of AI-generated text fail on short inputs.",
        "The authors plan to release the code.",
        "RabbitNet costs $5, half of the $10 before.",
        "The tokens 1, 2, ..., n are sorted.",
    ],
)
def test_style_spares_what_only_looks_like_a_fault_in_english(text):
    assert found(text, "en") == []


def test_praise_of_the_source_is_no_hype():
    assert found("It is an unprecedented graph.", "en", source="An unprecedented graph.") == []


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("그래프를 easily 그립니다.", "style.english", "easily"),
        ("Graphs are very useful here. 경계도 찾습니다.", "style.english", "Graphs are very useful here."),
        ("그래프의 퍼포먼스를 높였습니다.", "style.english", "퍼포먼스"),
        ("환각(calibration)을 줄입니다.", "style.gloss", "calibration"),
        ("재질(texture)을 나눕니다.", "style.gloss", "texture"),
        ("동작를 설계합니다.", "style.particle", "동작를"),
        ("모델으로 경계를 찾습니다.", "style.particle", "모델으로"),
        ("이미지을 나눕니다.", "style.particle", "이미지을"),
        ("성공률가 올랐습니다.", "style.particle", "성공률가"),
        ("GPU을 적게 씁니다.", "style.particle", "GPU을"),
        ("LLM를 견줍니다.", "style.particle", "LLM를"),
        ("밴치마크에서 앞섰습니다.", "style.typo", "밴치마크"),
        ("그래프를 개선햇습니다.", "style.typo", "개선햇"),
    ],
)
def test_wording_finds_foreign_words_glosses_particles_and_typos(text, code, words):
    assert (code, words) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "환각(hallucination)을 줄이고 음성 합성(text-to-speech)을 돕습니다.",
        "직접 선호 최적화(DPO)를 씁니다.",
        "맵 (Map)과 리듀스 (Reduce)로 나눕니다.",
        "집을 지을 마을과 이어 온 가을을 찾은 사람은 더 나은 길을 모을 수 있습니다.",
        "전문가와 평가를 결과와 함께 봅니다.",
        "GPU를 아끼고 LLM을 견주며 Llama를 Qwen으로 바꿉니다.",
        "파라미터 1.5B를 66.67%로 줄입니다.",
        "spawn()과 join() 연산을 씁니다.",
        "Sparse Rabbit 방식은 text-to-4D 생성보다 빠릅니다.",
        "벤치마크와 데이터셋, 프롬프트를 에이전트에 줍니다.",
        "10 million개의 예시를 담았습니다.",
    ],
)
def test_wording_spares_right_words(text):
    assert found(text) == []


def test_other_languages_are_checked_for_marks_only():
    assert found("Ein **Graph** ist bahnbrechend und laut Abstract neu.", "de") == [("style.mark", "**Graph**")]


@pytest.mark.parametrize("piece", ["가", "a ", "$ a", "모델을 ", "1) "])
def test_hostile_text_ends(piece):
    text = piece * (1_000_000 // len(piece) // 10)

    assert isinstance(found(text), list)
    assert isinstance(found(text, "en"), list)
