"""The gate for generic points finds refusals and points without a term of their item."""

import pytest

from digests.quality.blocks import Block
from digests.quality.generic_points import check_generic_points
from digests.text.section_schema import SourceMaterial

ITEM = SourceMaterial(
    1,
    "RabbitNet: Retrieval on Graphs",
    "https://arxiv.org/abs/2505.00001",
    "We propose RabbitNet, a retrieval method for knowledge graphs that prunes 40 edges and reads protein structures.",
)


def found(text: str, language: str = "ko", part: str = "points", item: SourceMaterial = ITEM) -> list[tuple[str, str]]:
    block = Block(part, text, range(len(text)), 1 if part == "points" else 0)
    return [(one.code.value, text[slice(*one.span)]) for one in check_generic_points([block], [item], language)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("죄송하지만 이 항목의 내용을 정리하지 못했습니다.", "ko"),
        ("자료가 부족해 요약할 수 없습니다.", "ko"),
        ("제공된 초록에는 결과가 나와 있지 않아 설명하기 어렵습니다.", "ko"),
        ("해당 논문의 본문에 접근할 수 없습니다.", "ko"),
        ("I'm sorry, but the text is missing.", "en"),
        ("A summary cannot be given for this paper.", "en"),
        ("No information was provided for this item.", "en"),
        ("RabbitNet에 관한 초록이 제공되지 않아 핵심을 정리하지 못했습니다.", "ko"),
        ("본문의 글자가 깨져 있어 읽을 수 없습니다.", "ko"),
        ("요약할 만한 내용이 없습니다.", "ko"),
        ("원문을 보내 주시면 요약해 드리겠습니다.", "ko"),
        ("Only the title of RabbitNet was supplied, so I have to leave the summary out.", "en"),
        ("The entry contains no abstract, and the summary stays empty.", "en"),
    ],
)
def test_refusals_are_found(text, language):
    assert found(text, language) == [("echo.refusal", text)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("RabbitNet은 자료가 부족한 언어에서도 그래프를 요약할 수 있습니다.", "ko"),
        ("기존 방법은 긴 문서를 요약하지 못했지만 RabbitNet은 간선 40개를 줄여 해냈습니다.", "ko"),
        ("RabbitNet prunes 40 edges where earlier methods lack information.", "en"),
        ("Graphs without enough information are pruned by RabbitNet.", "en"),
        ("RabbitNet reads only the title of a paper, and inputs have no labels.", "en"),
    ],
)
def test_missing_data_as_the_matter_is_no_refusal(text, language):
    assert found(text, language) == []


def test_a_source_about_refusals_may_be_reported():
    item = SourceMaterial(
        1, "SorryBench", "https://arxiv.org/abs/1", "SorryBench tests how models refuse and say sorry."
    )

    assert found("SorryBench counts how often models say sorry.", "en", item=item) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("새로운 방법을 제안하고 여러 실험에서 기존 방식보다 좋은 결과를 얻었습니다.", "ko"),
        ("기존 모델의 한계를 보완하는 틀을 마련해 다양한 과제에서 효과를 확인했습니다.", "ko"),
        ("A new method is presented, and extensive experiments show better results than before.", "en"),
        ("널리 알려진 난제를 색다른 시각으로 바라보고 실험으로 그 타당성을 보였습니다.", "ko"),
        ("현실의 요구를 반영한 평가 방법을 제시해 모델의 능력을 더 정확히 가늠합니다.", "ko"),
        ("A new retrieval method is presented, and the results are better than before.", "en"),
    ],
)
def test_generic_points_are_found(text, language):
    assert found(text, language) == [("generic.point", text)]


def test_a_generic_first_sentence_is_found():
    first = "새로운 방법을 제안하고 그 효과를 확인했습니다."

    assert found(f"{first} RabbitNet은 간선을 40개 줄였습니다.") == [("generic.point", first)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("RabbitNet은 새로운 방법으로 좋은 결과를 얻었습니다.", "ko"),
        ("새로운 방법으로 간선을 40개 줄여 좋은 결과를 얻었습니다.", "ko"),
        ("단백질 구조를 지식 그래프에 잇고 필요한 간선만 남겨 검색을 돕습니다.", "ko"),
        ("새로운 방법(retrieval)으로 좋은 결과를 얻었습니다.", "ko"),
        ("A new method reads protein structures and prunes edges.", "en"),
        ("RabbitNet is a new method with better results.", "en"),
        ("Eine neue Methode wird vorgestellt.", "de"),
    ],
)
def test_points_with_a_term_of_their_item_pass(text, language):
    assert found(text, language) == []


def test_other_parts_may_be_general():
    assert found("새로운 방법을 제안하고 좋은 결과를 얻은 연구입니다.", part="themes") == []


@pytest.mark.parametrize("piece", ["가", "자료 ", "요약 ", "no text ", "a ", "글에 가나다 "])
def test_hostile_text_ends(piece):
    text = piece * (1_000_000 // len(piece) // 10)

    assert isinstance(found(text), list)
    assert isinstance(found(text, "en"), list)
