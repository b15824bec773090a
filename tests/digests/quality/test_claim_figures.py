"""Figures that contradict the source are found at their place; what only looks like it, is not."""

import re

import pytest

from digests.quality.blocks import Block, Claim
from digests.quality.claim_figures import check_figures
from digests.quality.findings import Finding
from digests.text.section_schema import SourceMaterial

BENCH = (
    "We release a benchmark of 1,200 videos covering 14 tasks and evaluate 22 vision-language models. Inference takes 35 ms on a "
    "single GPU and uses 12 GB of memory. Training finishes in 48 hours, up to 3.2x faster than prior work, and accuracy improves "
    "by 4.5 percentage points to 83.1%. Our method needs at least 8 cameras. The dataset has over 10,000 hours of audio from 300 "
    "participants. It trains in two stages on three datasets and renders a 3D scene at 512*512."
)
SCORES = (
    "GPT-4o reaches 71.2% on MathVista and 64.5% on MMMU, while our model obtains 75.8% and 69.9%, respectively. Latency drops from "
    "420 ms to 95 ms. Precision is 88.4% and recall is 79.3%. The F1 score of ResNet is 0.81, compared to 0.77 for VGG. BLEU is "
    "14.2, an improvement of 6.6 points."
)


def make_claim(
    text: str, source: str, *, passages: tuple[str, ...] | None = None, part: str = "points", number: int = 1
) -> Claim:
    block = Block(part, text, range(len(text)), number)
    item = SourceMaterial(1, "A Title", "https://arxiv.org/abs/2505.00001", source)
    return Claim(block, 0, len(text), (source,) if passages is None else passages, (item,))


def find(text: str, source: str = BENCH, language: str = "", **claim: object) -> list[tuple[str, str]]:
    """Return the codes with the marked words; Korean where the text has Hangul."""
    language = language or ("ko" if re.search("[가-힣]", text) else "en")
    found: list[Finding] = list(check_figures([make_claim(text, source, **claim)], language))  # type: ignore[arg-type]
    return [(str(one.code), text[slice(*one.span)].strip()) for one in found]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("추론에 35초가 걸립니다.", "figures.unit", "35초"),
        ("메모리는 12MB가 듭니다.", "figures.unit", "12MB"),
        ("학습은 48일 만에 끝납니다.", "figures.unit", "48일"),
        ("기존보다 3.2% 빠릅니다.", "figures.unit", "3.2%"),
        ("정확도를 4.5배 높였습니다.", "figures.unit", "4.5배"),
        ("Inference runs in 35 seconds.", "figures.unit", "35 seconds"),
        ("It uses 12 TB of memory.", "figures.unit", "12 TB"),
        ("정확도를 4.5% 높였습니다.", "figures.points", "4.5%"),
        ("정확도는 83.1%p입니다.", "figures.points", "83.1%p"),
        ("Accuracy rises by 4.5% to 83.1%.", "figures.points", "4.5%"),
        ("14개 데이터셋으로 평가합니다.", "figures.counter", "14개 데이터셋으로"),
        ("300개 기관에서 모았습니다.", "figures.counter", "300개 기관에서"),
        ("1,200장의 사진을 모았습니다.", "figures.counter", "1,200장의 사진을"),
        ("It covers 22 languages.", "figures.counter", "22 languages"),
        ("기존보다 최소 3.2배 빠릅니다.", "figures.bound", "3.2배"),
        ("10,000시간 미만의 음성입니다.", "figures.bound", "10,000시간"),
        ("300명 미만의 참가자가 말했습니다.", "figures.bound", "300명 미만의 참가자가"),
        ("카메라가 최대 8대 필요합니다.", "figures.bound", "8대"),
        ("It needs at most 8 cameras.", "figures.bound", "8 cameras"),
        ("Fewer than 10,000 hours of audio were recorded.", "figures.bound", "10,000 hours"),
        ("음성은 10,000바이트입니다.", "figures.unit", "10,000바이트"),
        ("22개 과제를 시험합니다.", "figures.counter", "22개 과제를"),
        ("정확도는 83.1%를 넘습니다.", "figures.bound", "83.1%"),
        ("Fewer than 1,200 videos are covered.", "figures.bound", "1,200 videos"),
        ("데이터셋 네 개로 학습합니다.", "figures.count", "네 개로"),
        ("Training has four stages.", "figures.count", "four stages"),
        ("정확도는 83.7%입니다.", "figures.count", "83.7%"),
        ("2D 장면을 그립니다.", "figures.count", "2D"),
        ("A scene is rendered at 256*256.", "figures.count", "256*256"),
    ],
)
def test_figures_finds_what_the_source_has_otherwise(text, code, words):
    assert (code, words) in find(text)


@pytest.mark.parametrize(
    "text",
    [
        "1,200개의 영상과 14개 과제로 이루어진 벤치마크로 22개의 비전 언어 모델을 평가합니다.",
        "GPU 한 장으로 추론에 35밀리초, 메모리는 12GB가 듭니다.",
        "학습은 이틀이면 끝나며 기존보다 최대 3.2배 빠릅니다.",
        "정확도는 4.5%포인트 오른 83.1%입니다.",
        "카메라가 여덟 대 이상 있어야 합니다.",
        "300명의 참가자에게서 1만 시간이 넘는 음성을 모았습니다.",
        "두 단계에 걸쳐 데이터셋 세 개로 학습합니다.",
        "3D 장면을 512*512로 그립니다.",
        "2024년에 나온 열 화상 카메라도 씁니다.",
        "A benchmark of 1,200 clips and 14 tasks tests 22 VLMs.",
        "Training takes 2,880 minutes, as much as 3.2 times faster than before.",
        "Accuracy rises 4.5 points to 83.1%.",
        "It needs no fewer than eight cameras.",
        "Tests run over three datasets.",
    ],
)
def test_figures_spares_other_words_for_the_same(text):
    assert find(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("GPT-4o는 MathVista에서 64.5%, MMMU에서 71.2%를 얻었습니다.", "64.5%"),
        ("지연 시간은 95ms에서 420ms로 줄었습니다.", "95ms"),
        ("정밀도 79.3%, 재현율 88.4%를 보였습니다.", "79.3%"),
        ("ResNet의 F1은 0.77로, VGG의 0.81보다 높습니다.", "0.77"),
        ("BLEU 6.6점을 얻었으며 이는 14.2점 높습니다.", "6.6점"),
        ("GPT-4o scores 64.5% on MathVista and 71.2% on MMMU.", "64.5%"),
        ("A recall of 88.4% is reached.", "88.4%"),
    ],
)
def test_figures_finds_numbers_of_another_owner(text, words):
    assert ("figures.pair", words) in find(text, SCORES)


@pytest.mark.parametrize(
    "text",
    [
        "GPT-4o는 MathVista에서 71.2%, MMMU에서 64.5%를 얻었습니다.",
        "제안 모델은 MathVista 75.8%, MMMU 69.9%를 기록했습니다.",
        "MMMU 정확도는 GPT-4o의 64.5%보다 높은 69.9%입니다.",
        "지연 시간은 420ms에서 95ms로 줄었습니다.",
        "VGG(0.77)보다 ResNet(0.81)이 높았습니다.",
        "On MathVista and MMMU GPT-4o reaches 71.2% and 64.5%.",
        "BLEU 14.2점을 얻었으며 이는 6.6점 높습니다.",
    ],
)
def test_figures_spares_numbers_of_their_owner(text):
    assert find(text, SCORES) == []


def test_figures_reads_a_score_behind_the_name_of_a_benchmark():
    source = "It has scores of 62.6 on OlympiadBench and 79.0 on AIME2024."

    assert ("figures.pair", "79.0") in find("OlympiadBench 79.0, AIME2024 62.6을 기록했습니다.", source)
    assert find("OlympiadBench 62.6, AIME2024 79.0을 기록했습니다.", source) == []


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("최대 18%, 최대 15% 개선했습니다.", "Performance improves by up to 18% in NDCG@10 and 15% in P@10."),
        ("최대 4K 해상도의 영상을 담았습니다.", "It is the largest available up-to 4K resolution benchmark."),
        ("3개 수준의 과제를 담았습니다.", "It has 3 levels of tasks."),
    ],
)
def test_figures_spares_a_bound_that_goes_on(text, source):
    assert find(text, source) == []


def test_figures_takes_a_word_without_a_unit_for_no_percentage():
    assert ("figures.unit", "2%") in find("2% 빠릅니다.", "It uses both losses and is 2x faster.")


def test_figures_spares_a_gain_in_absolute_percent():
    source = "It improves F1 by 1.33% absolute, an absolute improvement of 2.5% on TVSum."

    assert find("F1을 1.33%포인트, TVSum에서 2.5%p 높였습니다.", source) == []


def test_figures_reads_amounts_in_formulas():
    source = r"It is $11.8\%$ better and $3\times$ faster at $200 a month."

    assert find("11.8% 낫고 3배 빠르며 한 달에 200달러가 듭니다.", source) == []
    assert find("한 달에 200유로가 듭니다.", source) == [("figures.unit", "200유로")]


def test_figures_spares_items_of_the_section_that_are_counted():
    claims = [
        make_claim("두 연구가 같은 흐름을 보입니다.", "We study both aspects of two cameras.", part="themes", number=0),
        make_claim("카메라를 다룹니다.", "We study two cameras.", number=2),
    ]

    assert list(check_figures(claims, "ko")) == []


def test_figures_spares_a_value_that_the_source_has_in_words():
    assert find("30초 넘게 이어지는 영상 5초를 만듭니다.", "It renders half a minute of video from 5 seconds.") == []


def test_figures_does_not_need_a_passage_for_a_contradiction():
    assert find("추론에 35초가 걸립니다.", passages=()) == [("figures.unit", "35초")]
    assert find("정확도는 83.7%입니다.", passages=()) == []


def test_figures_finds_nothing_in_other_languages():
    assert find("Die Inferenz dauert 35 Sekunden, also 35 seconds.", language="de") == []


@pytest.mark.parametrize(
    "piece", ["3 models, ", "COCO 29.1%, and ", "세 모델과 ", "9", "(1) 2D ", "A-", "from 1 to 2 "]
)
def test_figures_survives_hostile_texts(piece):
    huge = piece * (1_000_000 // len(piece))

    assert find("추론에 35초가 걸립니다.", huge) == []
    assert find(huge, BENCH, "ko") == []
    find("COCO 31.5%, 모델 네 개, 2D 장면, 35초입니다.", huge[:6_000])
