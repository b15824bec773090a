"""Reasons that are kept in English are shown in Korean: those of all gates, and those of all failures of a model."""

import pytest

from digests.quality.findings import GATE_MESSAGES, make_finding
from digests.writing.fallback_reasons import translate_fallback_reason


def test_in_words_of_another_language_is_as_it_was_kept():
    assert translate_fallback_reason("the model refused to answer", "en") == "the model refused to answer"


def test_in_words_that_are_not_known_stay():
    assert translate_fallback_reason("something new", "ko") == "something new"


@pytest.mark.parametrize(
    ("kept", "korean"),
    [
        ("the model did not answer within 120 seconds (3 times)", "모델이 120초 안에 답하지 않았습니다 (3번)"),
        ("the model server is busy (429)", "모델 서버가 바쁩니다 (429)"),
        (
            "the model is not asked any more: 3 failures in a row, at last: the model's answer was cut off",
            "모델에 더 묻지 않습니다: 3번 잇따라 실패했고, 마지막 이유는 다음과 같습니다. 모델의 답이 중간에 끊겼습니다",
        ),
        (
            "held by the quality gates: point 2: The item's source does not have 15%. (and 3 more)",
            "품질 검사에 걸렸습니다. 2번 항목: 15%이(가) 해당 항목의 원문에 없습니다. (그 밖에 3건)",
        ),
        (
            "held by the quality gates: impact: This part is empty: impact. The repair failed: the model refused to answer.",
            "품질 검사에 걸렸습니다. 영향: 이 부분이 비어 있습니다: impact. 고쳐 쓰기도 실패했습니다: 모델이 답하기를 거절했습니다.",
        ),
    ],
)
def test_in_words_speaks_korean(kept, korean):
    assert translate_fallback_reason(kept, "ko") == korean


@pytest.mark.parametrize("kind", sorted(GATE_MESSAGES))
def test_in_words_knows_every_sentence_of_the_gates(kind):
    one = make_finding(kind, found="A(B)\\1", more="C.D", span=(0, 1), part="impact")

    assert (
        translate_fallback_reason(f"impact: {one.message}; themes: {one.message}", "ko")
        == f"영향: {one.korean}; 주요 주제: {one.korean}"
    )
