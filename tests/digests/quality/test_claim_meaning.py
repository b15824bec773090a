"""The gate for meaning finds what a sentence claims beyond its source, and is silent about other words for the same."""

import pytest

from digests.quality.blocks import Block, Claim
from digests.quality.claim_meaning import check_meaning
from digests.text.section_schema import SourceMaterial


def find(
    text: str, passage: str, *, source: str = "", language: str = "ko", part: str = "points"
) -> list[tuple[str, str]]:
    """Return code and marked words of the findings in a sentence with one passage."""
    item = SourceMaterial(1, "RabbitNet", "https://arxiv.org/abs/2505.00001", source or passage)
    block = Block(part, text, range(len(text)), 1)
    claim = Claim(block, 0, len(text), (passage,) if passage else (), (item,))
    return [(str(one.code), text[slice(*one.span)]) for one in check_meaning([claim], language)]


def codes(text: str, passage: str, *, source: str = "", language: str = "ko") -> list[str]:
    return [code for code, _ in find(text, passage, source=source, language=language)]


PLAIN = "RabbitNet detects objects in drone images and reaches an accuracy of 91.2%."


@pytest.mark.parametrize(
    ("text", "words", "language"),
    [
        ("RabbitNet은 드론 영상에서 물체를 찾는 세계 최초의 모델입니다.", "최초", "ko"),
        ("RabbitNet은 드론 영상의 물체를 처음으로 찾아냈습니다.", "처음으로", "ko"),
        ("RabbitNet은 드론 영상에서 물체를 찾는 유일한 모델입니다.", "유일", "ko"),
        ("RabbitNet은 역대 가장 높은 정확도를 얻었습니다.", "역대", "ko"),
        ("RabbitNet은 가장 정확한 검출기입니다.", "가장 정확", "ko"),
        ("RabbitNet은 지금까지 나온 검출기 가운데 정확도가 높습니다.", "지금까지 나온 검출기 가운데", "ko"),
        ("RabbitNet is the first to detect objects in drone images.", "is the first", "en"),
        ("RabbitNet sets a new state of the art for drones.", "sets a new state of the art", "en"),
        ("RabbitNet outperforms all detectors in drone images.", "outperforms all", "en"),
        ("RabbitNet, the only model for drone images, reaches 91.2%.", "the only", "en"),
    ],
)
def test_best_finds_superlatives_that_the_source_does_not_say(text, words, language):
    assert find(text, PLAIN, language=language)[0] == ("meaning.best", words)


@pytest.mark.parametrize(
    ("text", "passage", "language"),
    [
        ("RabbitNet은 드론용으로는 처음 공개된 모델입니다.", "We release the first detector for drones.", "ko"),
        ("RabbitNet은 기존 방법을 제치고 최고 성능을 냈습니다.", "RabbitNet outperforms existing methods.", "ko"),
        ("첫 단계에서 후보를 고르고 가장자리를 다듬습니다.", "It picks candidates, and then refines edges.", "ko"),
        ("한 번에 최대 512장을 다룹니다.", "It handles up to 512 images at once.", "ko"),
        ("현존하는 검출기는 드론 영상에 느립니다.", "Existing detectors are slow on drone images.", "ko"),
        ("무조건부 생성과 절대 오차를 함께 봅니다.", "We look at unconditional generation and absolute error.", "ko"),
        ("The weakest step of the first pipeline is stitching.", "The stitching step is weak.", "en"),
        ("The code helps researchers in the field.", "Code is released to help researchers.", "en"),
    ],
)
def test_meaning_is_silent_about_other_words_for_the_same(text, passage, language):
    assert find(text, passage, language=language) == []


@pytest.mark.parametrize(
    ("text", "passage", "language"),
    [
        ("RabbitNet은 GPT-4o에 뒤졌습니다.", "RabbitNet surpasses GPT-4o.", "ko"),
        ("RabbitNet은 정확도를 4.5% 낮췄습니다.", "RabbitNet improves accuracy by 4.5%.", "ko"),
        ("RabbitNet은 지연 시간을 늘렸습니다.", "RabbitNet reduces latency.", "ko"),
        ("RabbitNet은 잡음에 취약합니다.", "RabbitNet is robust to noise.", "ko"),
        ("RabbitNet underperforms GPT-4o.", "RabbitNet outperforms GPT-4o.", "en"),
        ("Accuracy falls by 4.5% on DroneBench.", "RabbitNet raises accuracy by 4.5% on DroneBench.", "en"),
    ],
)
def test_direction_finds_the_opposite(text, passage, language):
    assert "meaning.direction" in codes(text, passage, language=language)


@pytest.mark.parametrize(
    ("text", "passage", "language"),
    [
        ("RabbitNet은 오류를 줄였습니다.", "RabbitNet improves accuracy.", "ko"),
        ("기존 방법은 RabbitNet에 뒤졌습니다.", "RabbitNet surpasses existing methods.", "ko"),
        ("RabbitNet은 성능을 떨어뜨리지 않고 비용을 줄입니다.", "RabbitNet improves cost and keeps quality.", "ko"),
        ("RabbitNet은 저장 비용을 개선합니다.", "RabbitNet reduces storage cost.", "ko"),
        ("RabbitNet can shorten reasoning and keep accuracy.", "It cuts reasoning while enhancing accuracy.", "en"),
    ],
)
def test_direction_knows_paraphrases(text, passage, language):
    assert codes(text, passage, language=language) == []


@pytest.mark.parametrize(
    ("text", "passage", "language"),
    [
        ("RabbitNet은 잡음에 견고하지 않습니다.", "RabbitNet is robust to noise.", "ko"),
        ("RabbitNet은 라벨을 붙인 영상으로 학습합니다.", "RabbitNet trains without labels on videos.", "ko"),
        ("The metrics depend on ground-truth labels.", "The metrics do not depend on ground-truth labels.", "en"),
        ("RabbitNet is not validated in simulation.", "We validate RabbitNet in simulation.", "en"),
        (
            "RabbitNet은 물체 40종을 담지 않습니다.",
            "RabbitNet holds 40 kinds, but unifies them under lower cost.",
            "ko",
        ),
        ("RabbitNet은 기존 방법을 앞서지 못했습니다.", "RabbitNet outperforms existing methods, however slowly.", "ko"),
        ("RabbitNet does not rank the views.", "RabbitNet orders the views, and discovers distinct ones.", "en"),
    ],
)
def test_negation_finds_what_only_one_side_denies(text, passage, language):
    assert "meaning.negation" in codes(text, passage, language=language)


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("RabbitNet은 추가 데이터를 사용하지 않습니다.", "RabbitNet uses only the images it is given."),
        ("RabbitNet은 정확도뿐 아니라 속도도 높습니다.", "RabbitNet improves accuracy and speed."),
        ("RabbitNet은 라벨 없이 학습합니다.", "RabbitNet trains without labels on videos."),
        ("RabbitNet은 아직 기대에 미치지 못합니다.", "RabbitNet falls short of what was hoped."),
        ("RabbitNet은 답만 내놓지 않고 근거를 댑니다.", "We propose RabbitNet, which gives answers with reasons."),
        ("RabbitNet은 크지 않은 모델입니다.", "RabbitNet is a model of modest size."),
    ],
)
def test_negation_knows_other_ways_to_deny(text, passage):
    assert codes(text, passage) == []


@pytest.mark.parametrize(
    ("text", "passage", "language"),
    [
        ("GPT-4o가 RabbitNet을 앞섰습니다.", "RabbitNet outperforms GPT-4o by 2%.", "ko"),
        ("기존 방법이 RabbitNet을 앞섰습니다.", "RabbitNet outperforms existing methods.", "ko"),
        ("GPT-4o outperforms RabbitNet.", "RabbitNet outperforms GPT-4o by 2%.", "en"),
    ],
)
def test_roles_finds_winner_and_loser_exchanged(text, passage, language):
    assert "meaning.roles" in codes(text, passage, language=language)


def test_roles_reads_an_exact_work_as_no_win():
    passage = "RabbitNet outperforms students, and other models finish the scenarios correctly."

    assert codes("다른 실험에서는 모델들이 의료 시나리오를 정확하게 완수했습니다.", passage) == []


def test_roles_passes_both_voices():
    assert codes("RabbitNet은 GPT-4o보다 2% 높습니다.", "RabbitNet outperforms GPT-4o by 2%.") == []
    assert codes("GPT-4o trails RabbitNet.", "RabbitNet outperforms GPT-4o by 2%.", language="en") == []


def test_hedge_finds_a_flat_sentence_over_a_guess():
    guess = "These results suggest that pruning may help drones."

    assert codes("가지치기는 드론의 비행을 늘립니다.", guess) == ["meaning.hedge"]
    assert codes("가지치기는 드론에 도움이 될 수 있습니다.", guess) == []


def test_hedge_counts_where_the_predicate_of_a_korean_sentence_is():
    guess = "RabbitNet may help drones and their pilots."

    assert codes("RabbitNet은 드론을 돕기 위한 모델로, 그 조종사의 시야를 넓힙니다.", guess) == ["meaning.hedge"]
    assert codes("RabbitNet은 드론에 쓸 수 있으며, 그 조종사의 시야를 넓힙니다.", guess) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("RabbitNet은 지금까지 보고된 어떤 모델보다 정확합니다.", "ko"),
        ("RabbitNet은 현재 공개된 검출기 가운데 가장 정확합니다.", "ko"),
        ("RabbitNet is the most accurate detector to date.", "en"),
    ],
)
def test_best_ever_needs_more_than_better_than_others(text, language):
    assert "meaning.best" in codes(text, "RabbitNet outperforms existing detectors.", language=language)
    assert codes(text, "RabbitNet is the most accurate detector to date.", language=language) == []


def test_scope_finds_all_where_the_source_counts():
    counted = "We evaluate RabbitNet in six languages."

    assert find("RabbitNet을 모든 언어로 평가했습니다.", counted) == [("meaning.scope", "모든")]
    assert codes("RabbitNet을 모든 언어로 평가했습니다.", "We evaluate RabbitNet in all languages.") == []
    assert codes("RabbitNet works in every language.", counted, language="en") == ["meaning.scope"]


def test_cause_finds_a_cause_that_the_source_does_not_name():
    assert find("영상이 밝았기 때문에 정확도가 91.2%였습니다.", PLAIN) == [("meaning.cause", "때문")]
    assert codes("영상이 밝았기 때문에 정확도가 높았습니다.", "Accuracy is high because images are bright.") == []


def test_condition_finds_a_group_that_is_left_out():
    among = "RabbitNet achieves state-of-the-art results among training-free detectors."

    assert codes("RabbitNet은 가장 높은 정확도를 얻었습니다.", among) == ["meaning.condition"]
    assert codes("RabbitNet은 학습 없는 방법 가운데 가장 높은 정확도를 얻었습니다.", among) == []


@pytest.mark.parametrize(
    ("text", "source", "words"),
    [
        ("Qwen3를 씁니다.", "We use Qwen2.5-7B.", ["Qwen3"]),
        ("GPT-4에 가깝습니다.", "It is close to GPT-4o.", ["GPT-4"]),
        ("DALL-E 2가 그린 그림입니다.", "Images by Stable Diffusion 3 and DALL-E 3.", ["DALL-E 2"]),
        ("SemEval-2024에 냈습니다.", "Our entry for SemEval-2025.", ["SemEval-2024"]),
        ("Llama 3을 씁니다.", "We use Llama 2 and 3.", []),
        ("Qwen2.5로 MMLU에서 65.3%를 얻었습니다.", "Qwen2.5-7B reaches 65.3 on MMLU.", []),
    ],
)
def test_version_finds_a_version_that_the_source_never_has(text, source, words):
    for language in ("ko", "de"):
        assert [found for code, found in find(text, source, language=language) if code == "names.version"] == words


def test_meaning_is_silent_in_other_languages_and_without_passages():
    assert find("RabbitNet ist das erste und beste Modell der Welt.", PLAIN, language="de") == []
    assert find("RabbitNet은 세계 최초의 모델입니다.", "", source=PLAIN) == []
    assert check_meaning_of_nothing() == []


def check_meaning_of_nothing() -> list[object]:
    return list(check_meaning([], "ko"))


@pytest.mark.parametrize("noise", ["A", "A1-", "모든 ", "not ", "outperforms ", "가장 ", "may, "])
def test_meaning_reads_hostile_texts_in_bounded_steps(noise):
    long = noise * (1_000_000 // len(noise))

    assert find(long, long) == []
    find("RabbitNet은 GPT-4o보다 2% 높지 않습니다.", long)
    find((noise * 1000)[:1000], PLAIN)
