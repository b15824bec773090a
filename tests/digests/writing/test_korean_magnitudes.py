"""English magnitudes in Korean text become 조, 억 and 만, exactly, and the gates read the same value in them."""

import pytest

from digests.quality.gates import check_section_parts
from digests.text.section_schema import Passage, SectionAnswer, SectionSentence, SourceMaterial
from digests.writing.korean_magnitudes import convert_magnitudes, write_korean_magnitudes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("25 trillion개의 토큰으로", "25조 개의 토큰으로"),
        ("1 billion에서 27 billion 규모의", "10억에서 270억 규모의"),
        ("매개변수 1.5 billion은", "매개변수 15억은"),
        ("모두 20 million으로", "모두 2,000만으로"),
        ("12.5 million 쌍을", "1,250만 쌍을"),
        ("7.25 billion개", "72억 5,000만 개"),
        ("2 trillion은 적고 3 trillion을 넘는", "2조는 적고 3조를 넘는"),
        ("1,200 million 단어", "12억 단어"),
        # What stays as it is.
        ("$25 trillion 규모", "$25 trillion 규모"),
        ("0.0013 million", "0.0013 million"),
        ("1.23456 billion", "1.23456 billion"),
        ("One Billion Word와 GPT-3 billion", "One Billion Word와 GPT-3 billion"),
        ("3 million-token 문맥", "3 million-token 문맥"),
        ("1.5B와 130K", "1.5B와 130K"),
        ("1.2345 trillion", "1조 2,345억"),
        ("1.2345 billion", "12억 3,450만"),
    ],
)
def test_a_magnitude_is_written_as_korean_has_it(text, said):
    assert convert_magnitudes(text) == said


def test_the_gates_find_the_value_of_the_source_in_what_was_converted():
    source = "We train Nova on 25 trillion tokens of text and report a score of 71.5 on a benchmark of long documents."
    sentence = SectionSentence(
        text="Nova는 25 trillion개의 토큰으로 학습해 긴 문서 벤치마크에서 71.5점을 기록했습니다.",
        passages=[Passage(number=1, quote=source)],
    )
    parts = SectionAnswer.model_validate(
        {
            "themes": [sentence.model_dump()],
            "keywords": ["Nova"],
            "trends": [],
            "points": [{"number": 1, "headline": "25 trillion개로 학습한 Nova", "sentences": [sentence.model_dump()]}],
            "impact": [],
            "outlook": [],
        }
    )

    found = write_korean_magnitudes(parts)

    assert found.points[0].headline == "25조 개로 학습한 Nova"
    assert found.points[0].sentences[0].passages == sentence.passages
    assert "25조 개의 토큰" in found.points[0].text
    items = [SourceMaterial(1, "Nova: A Model", "https://example.org/1", source)]
    assert [
        str(one.code)
        for one in check_section_parts(found, items, "ko")
        if "figures" in str(one.code) or "magnitude" in str(one.code)
    ] == []
