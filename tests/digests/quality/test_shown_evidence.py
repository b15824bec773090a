"""Readers and editors see what each sentence rests on, and who checked it; nothing is claimed for what an editor wrote."""

import pytest

from digests.models import Section
from digests.quality.shown_evidence import CheckedBy, list_shown_sentences
from digests.text.evidence import list_evidence
from digests.text.section_schema import SectionAnswer, SourceMaterial, render_written_section
from tests import build

pytestmark = pytest.mark.django_db

RABBIT = "Detectors are slow. We propose RabbitNet, an anchor-free detector for drones. RabbitNet needs 30 ms."
POINT, SECOND, THEME = "RabbitNet은 드론용 검출기입니다.", "RabbitNet에는 30 ms가 걸립니다.", "드론의 눈을 다룹니다."


@pytest.fixture
def section() -> Section:
    item = build.item("RabbitNet: Fast Detectors", summary=RABBIT, language="en")
    made = build.section(build.digest(), build.category(), items=[item], origin=Section.Origin.MODEL)
    material = SourceMaterial(1, item.title, item.url, item.summary)
    quote = {"number": 1, "quote": "We propose RabbitNet, an anchor-free detector for drones."}
    answer = SectionAnswer.model_validate(
        {
            "themes": [{"text": THEME, "passages": [quote]}],
            "keywords": ["RabbitNet"],
            "trends": [],
            "points": [
                {
                    "number": 1,
                    "headline": "드론용 RabbitNet",
                    "sentences": [
                        {"text": POINT, "passages": [quote]},
                        {"text": SECOND, "passages": [{"number": 1, "quote": "RabbitNet needs 30 ms."}]},
                    ],
                }
            ],
            "impact": [],
            "outlook": [],
        }
    )
    made.text = render_written_section(answer, [material], "ko")
    made.evidence = [one.as_json() for one in list_evidence(answer)]
    made.save()
    return made


def shown(section: Section) -> list[tuple[str, int, str, CheckedBy]]:
    return [(one.part, one.number, one.text, one.checked_by) for one in list_shown_sentences(section)]


def test_each_sentence_has_its_passages_at_their_places(section):
    found = list_shown_sentences(section)

    assert [(one.part, one.number, one.text) for one in found] == [
        ("themes", 0, THEME),
        ("points", 1, POINT),
        ("points", 1, SECOND),
    ]
    places = [RABBIT[slice(*passage.span)] for one in found for passage in one.passages]
    assert places == [
        "We propose RabbitNet, an anchor-free detector for drones",
        "We propose RabbitNet, an anchor-free detector for drones",
        "RabbitNet needs 30 ms",
    ]
    assert {passage.language for one in found for passage in one.passages} == {"en"}


def test_a_sentence_was_checked_by_rules_or_also_by_a_model(section):
    for row in section.evidence:
        if row["text"] == SECOND:
            row |= {"verdict": "supported", "checked_by": "gpt"}

    assert [(one.checked_by, one.model) for one in list_shown_sentences(section)] == [
        (CheckedBy.RULES, ""),
        (CheckedBy.RULES, ""),
        (CheckedBy.MODEL, "gpt"),
    ]


def test_a_verdict_against_a_sentence_is_no_check(section):
    for row in section.evidence:
        row |= {"verdict": "contradicted", "checked_by": "gpt"}

    assert {(one.checked_by, one.is_contradicted, one.is_unstated) for one in list_shown_sentences(section)} == {
        (CheckedBy.RULES, True, False)
    }


def test_what_an_editor_changes_or_adds_is_the_editors(section):
    section.text = section.text.replace(POINT, "RabbitNet은 배를 위한 검출기입니다.") + "\n\n덧붙인 글입니다."

    assert shown(section) == [
        ("themes", 0, THEME, CheckedBy.RULES),
        ("points", 1, "RabbitNet은 배를 위한 검출기입니다.", CheckedBy.EDITOR),
        ("points", 1, SECOND, CheckedBy.RULES),
        ("points", 0, "덧붙인 글입니다.", CheckedBy.EDITOR),
    ]


def test_a_sentence_of_the_source_is_its_own_passage(section):
    line = section.items.get()
    section.origin, section.evidence = Section.Origin.EXTRACTED, []
    whole = "We propose RabbitNet, an anchor-free detector for drones."
    section.text = f"### 핵심 내용\n\n1. **[{line.title}]({line.url})** — {whole}"

    assert [one[3] for one in shown(section)] == [CheckedBy.SOURCE]


def test_a_short_sentence_of_the_source_is_known_by_its_record(section):
    line = section.items.get()
    short = "RabbitNet needs 30 ms."
    section.text = f"### 핵심 내용\n\n1. **[{line.title}]({line.url})** — {short}"
    passages = [{"number": 1, "quote": short}]
    section.evidence = [{"part": "points", "number": 1, "text": short, "passages": passages}]

    assert [one[3] for one in shown(section)] == [CheckedBy.SOURCE]


def test_an_imported_report_shows_nothing(section):
    section.origin = Section.Origin.IMPORTED

    assert list_shown_sentences(section) == []
