"""What has a finding falls out of a section's parts, and nothing else does; the gates are the real ones."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from digests.quality.findings import Finding
from digests.quality.gates import check_section_parts
from digests.text.section_schema import SectionAnswer, SectionPoint, SourceMaterial
from digests.writing.mend import MendedParts, is_point_quoted, mend_parts, quote_source

RABBIT = SourceMaterial(
    1,
    "RabbitNet: Fast Detectors for Drones",
    "https://example.org/1",
    "Detectors are slow. We propose RabbitNet, an anchor-free detector with 1.5B parameters for drones. RabbitNet reaches 91.2% "
    "accuracy on DroneBench and needs 30 ms.",
)
TURTLE = SourceMaterial(
    2,
    "TurtleMap: Patient Mapping of Caves",
    "https://example.org/2",
    "Caves are dark. We present TurtleMap, a lidar pipeline for caves that runs 10M points on a CPU. TurtleMap maps two caves.",
)
LIZARD = SourceMaterial(
    3,
    "LizardPlan: Routes over Rocks",
    "https://example.org/3",
    "Rocks are hot. We introduce LizardPlan, a planner for robots that climb over rocks. LizardPlan finds routes in 5 seconds.",
)
ITEMS = [RABBIT, TURTLE, LIZARD]
QUOTES = {
    1: "We propose RabbitNet, an anchor-free detector with 1.5B parameters for drones.",
    2: "We present TurtleMap, a lidar pipeline for caves that runs 10M points on a CPU.",
    3: "We introduce LizardPlan, a planner for robots that climb over rocks.",
}
# The gates whose faults these tests make: each other gate has tests of its own.
GATES = {"shape", "evidence", "script", "coverage", "repetition", "input", "language", "numbers"}
BAD = "현장에 重大한 도움이 됩니다."  # letters that no source has


def sentence(text: str, *numbers: int) -> dict[str, Any]:
    """Return a sentence that rests on the key sentences of these items."""
    return {"text": text, "passages": [{"number": number, "quote": QUOTES[number]} for number in numbers]}


def point(number: int, *texts: str, headline: str = "") -> dict[str, Any]:
    """Return a point whose sentences rest on its item."""
    names = {1: "드론용 RabbitNet", 2: "동굴용 TurtleMap", 3: "바위용 LizardPlan"}
    sentences = [sentence(text, number) for text in texts]
    return {"number": number, "headline": headline or names[number], "sentences": sentences}


FAST, SMALL = (
    "RabbitNet은 앵커 없는(anchor-free) 드론용 검출기입니다.",
    "매개변수(parameter)는 1.5B로 작은 편에 듭니다.",
)
CAVES, ROCKS = (
    "TurtleMap은 라이다(lidar)로 동굴 지도를 그립니다.",
    "LizardPlan은 바위를 넘는 로봇의 길(route)을 찾습니다.",
)
EYES, LIGHT = "드론의 눈과 동굴 지도와 로봇의 길을 전합니다.", "가벼운 장비로 현장에서 바로 씁니다."
FIELD, RESCUE, NEXT = (
    "현장에서 쓰려는 흐름이 함께 보입니다.",
    "구조대가 드론과 지도를 쓸 수 있습니다.",
    "더 넓은 동굴이 다음 과제입니다.",
)


def answer(**changes: Any) -> SectionAnswer:
    """Return an answer without a fault, of ten sentences on three items, with changes."""
    parts = {
        "themes": [sentence(EYES, 1, 2, 3), sentence(LIGHT, 2)],
        "keywords": ["라이다(lidar)", "RabbitNet"],
        "trends": [sentence(FIELD, 1, 2)],
        "points": [point(1, FAST, SMALL), point(2, CAVES), point(3, ROCKS)],
        "impact": [sentence(RESCUE, 1, 2)],
        "outlook": [sentence(NEXT, 2)],
    }
    return SectionAnswer.model_validate(parts | changes)


def mend(
    parts: SectionAnswer,
    items: list[SourceMaterial] = ITEMS,
    summarizable: list[SourceMaterial] | None = None,
    gates: set[str] = GATES,
) -> MendedParts | None:
    """Mend an answer by the real gates, those of the names in `gates`."""

    def check(given: SectionAnswer, quoted: Collection[int], titled: Collection[int]) -> list[Finding]:
        found = check_section_parts(given, items, "ko", quoted=quoted, titled=titled)
        return [one for one in found if one.gate in gates]

    return mend_parts(parts, items, items if summarizable is None else summarizable, check)


def mended(parts: SectionAnswer, items: list[SourceMaterial] = ITEMS, **options: Any) -> MendedParts:
    """Mend an answer, which must not be refused."""
    made = mend(parts, items, **options)
    assert made is not None
    return made


def list_texts(parts: SectionAnswer) -> dict[str, list[str]]:
    """Return the sentences by part and point."""
    prose = {part: [one.text for one in getattr(parts, part)] for part in ("themes", "trends", "impact", "outlook")}
    return prose | {f"point {one.number}": [row.text for row in one.sentences] for one in parts.points}


RIGHT = list_texts(answer())


def test_an_answer_without_findings_stays_as_it_is():
    made = mended(answer())

    assert made == MendedParts(answer(), [], fallen=0, total=9)


@pytest.mark.parametrize("part", ["themes", "trends", "impact", "outlook"])
def test_a_sentence_of_a_part_falls_alone(part):
    (first, *_rest) = getattr(answer(), part)

    made = mended(answer(**{part: [first, sentence(BAD, 1)]}))

    assert list_texts(made.parts) == RIGHT | {part: [first.text]}
    assert ([(one.code, one.part) for one in made.found], made.quoted) == ([("script.foreign", part)], [])
    assert (made.fallen, made.total) == (1, 10 - (part == "themes"))


@pytest.mark.parametrize("part", ["themes", "trends", "impact", "outlook"])
def test_a_part_may_fall_as_a_whole(part):
    made = mended(answer(**{part: [sentence(BAD, 1)]}))

    assert list_texts(made.parts) == RIGHT | {part: []}
    assert (made.fallen, made.total) == (1, 9 - (part == "themes"))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_sentence_falls_at_its_place_only(place):
    texts = [EYES, LIGHT]
    texts.insert(place, BAD)

    made = mended(answer(themes=[sentence(text, 2) for text in texts]))

    assert list_texts(made.parts)["themes"] == [EYES, LIGHT]


@pytest.mark.parametrize(
    ("passages", "code"),
    [
        ([], "evidence.missing"),
        ([{"number": 1, "quote": "RabbitNet flies by itself to the moon."}], "evidence.unknown"),
        ([{"number": 1, "quote": "RabbitNet flies to the moon. " * 50}], "evidence.long"),
    ],
)
def test_a_sentence_without_a_passage_falls(passages, code):
    made = mended(answer(themes=[sentence(EYES, 1), {"text": LIGHT, "passages": passages}]))

    assert list_texts(made.parts) == RIGHT | {"themes": [EYES]}
    assert [one.code for one in made.found] == [code]


def test_a_passage_that_is_in_no_source_is_left_out_where_another_is():
    both = sentence(LIGHT, 2)
    both["passages"].append({"number": 1, "quote": "RabbitNet flies by itself to the moon."})

    made = mended(answer(themes=[both]))

    assert ([one.model_dump() for one in made.parts.themes], made.fallen) == ([sentence(LIGHT, 2)], 0)


def test_an_empty_sentence_is_left_out_and_not_counted():
    made = mended(answer(themes=[sentence(EYES, 1, 2, 3), sentence(" ", 1), sentence(LIGHT, 2)]))

    assert (list_texts(made.parts), made.fallen, made.total) == (RIGHT, 0, 9)


@pytest.mark.parametrize("bad", [0, 1])
def test_a_point_keeps_its_other_sentence(bad):
    texts = [BAD, SMALL] if bad == 0 else [FAST, BAD]

    made = mended(answer(points=[point(1, *texts), point(2, CAVES), point(3, ROCKS)]))

    assert list_texts(made.parts) == RIGHT | {"point 1": [text for text in texts if text != BAD]}
    assert (made.quoted, made.fallen, made.total) == ([], 1, 9)


def test_a_point_of_which_too_little_is_left_is_quoted():
    made = mended(answer(points=[point(1, "RabbitNet은 작은 검출기입니다.", BAD), point(2, CAVES), point(3, ROCKS)]))

    assert list_texts(made.parts) == RIGHT | {"point 1": [QUOTES[1]]}
    assert (made.quoted, made.fallen, made.total) == ([1], 2, 9)


def test_a_point_without_a_good_sentence_is_quoted_with_its_title_and_its_passage():
    made = mended(answer(points=[point(1, FAST, SMALL), point(2, BAD), point(3, ROCKS)]))

    assert made.parts.points[1].model_dump() == {
        "number": 2,
        "headline": "TurtleMap: Patient Mapping of Caves",
        "sentences": [{"text": QUOTES[2], "passages": [{"number": 2, "quote": QUOTES[2]}]}],
    }
    assert list_texts(made.parts) == RIGHT | {"point 2": [QUOTES[2]]}
    assert (made.quoted, made.fallen, made.total) == ([2], 1, 9)


def test_a_quote_is_of_the_source_as_it_is_read():
    summary = r"Caves are dark. We present \textbf{TurtleMap} (https://a.example), which is 3.5\% better than all ``slow'' ones in the dark."
    latex = replace(TURTLE, summary=summary)
    parts = answer(
        themes=[sentence(EYES, 1, 3)],
        trends=[],
        impact=[],
        outlook=[],
        points=[point(1, FAST, SMALL), point(2, BAD), point(3, ROCKS)],
    )

    made = mended(parts, [RABBIT, latex, LIZARD])

    assert list_texts(made.parts)["point 2"] == [
        'We present TurtleMap, which is 3.5% better than all "slow" ones in the dark.'
    ]
    assert is_point_quoted(made.parts.points[1], latex)


def test_a_headline_gives_way_to_the_title():
    made = mended(answer(points=[point(1, FAST, SMALL, headline="重大한 RabbitNet"), point(2, CAVES), point(3, ROCKS)]))

    assert [one.headline for one in made.parts.points] == [RABBIT.title, "동굴용 TurtleMap", "바위용 LizardPlan"]
    assert (list_texts(made.parts), made.quoted, made.fallen) == (RIGHT, [], 0)


@pytest.mark.parametrize("headline", [" ", "드론용 " + "아주 " * 20 + "RabbitNet"])
def test_a_headline_that_is_missing_or_too_long_gives_way_to_the_title(headline):
    made = mended(answer(points=[point(1, FAST, SMALL, headline=headline), point(2, CAVES), point(3, ROCKS)]))

    assert made.parts.points[0] == SectionPoint.model_validate(point(1, FAST, SMALL, headline=RABBIT.title))


@pytest.mark.parametrize(
    "title",
    [
        "RabbitNet: Fast and Anchor-Free Detectors for Drones in the Dark of Large and Narrow Caves",
        "토끼망: " + "빠른 " * 20,
    ],
)
def test_a_headline_gives_way_to_a_title_that_is_longer_than_a_headline_may_be(title):
    items = [replace(RABBIT, title=title), TURTLE, LIZARD]

    made = mended(
        answer(points=[point(1, FAST, SMALL, headline="重大한 RabbitNet"), point(2, CAVES), point(3, ROCKS)]), items
    )

    assert made.parts.points[0] == SectionPoint.model_validate(point(1, FAST, SMALL, headline=title.strip()))


def test_a_headline_falls_with_the_whole_point():
    made = mended(answer(points=[point(1, BAD, headline="重大한 RabbitNet"), point(2, CAVES), point(3, ROCKS)]))

    assert (made.parts.points[0], made.quoted) == (quote_source(RABBIT), [1])


def test_a_keyword_falls_alone():
    made = mended(answer(keywords=["라이다(lidar)", "重大", "RabbitNet"]))

    assert (made.parts.keywords, list_texts(made.parts), made.fallen) == (["라이다(lidar)", "RabbitNet"], RIGHT, 0)


def test_keywords_beyond_eight_fall():
    keywords = [f"라이다 {letter}(lidar)" for letter in "가나다라마바사아자차"]

    assert mended(answer(keywords=keywords)).parts.keywords == keywords[:8]


def test_a_bad_keyword_among_too_many_leaves_eight():
    keywords = [f"라이다 {letter}(lidar)" for letter in "가나다라마바사아자차"]

    assert mended(answer(keywords=["重大", *keywords])).parts.keywords == keywords[:8]


def test_all_keywords_may_fall():
    made = mended(answer(keywords=["重大", "研究"]))

    assert (made.parts.keywords, list_texts(made.parts)) == ([], RIGHT)


def test_a_part_that_is_too_long_loses_its_last_sentences():
    long = [f"드론의 눈과 동굴 지도를 {'더욱 ' * 40}{n}번째로 전합니다." for n in range(1, 6)]

    made = mended(answer(themes=[sentence(text, 1) for text in long]), gates={"shape"})

    assert list_texts(made.parts)["themes"] == long[: len(list_texts(made.parts)["themes"])]
    assert 0 < made.fallen == 5 - len(list_texts(made.parts)["themes"])


def test_a_point_of_three_sentences_loses_the_last():
    made = mended(
        answer(points=[point(1, FAST, SMALL, "그림 한 장에 걸리는 시간도 짧습니다."), point(2, CAVES), point(3, ROCKS)])
    )

    assert (list_texts(made.parts), made.quoted, made.fallen, made.total) == (RIGHT, [], 1, 10)


def test_a_point_of_too_many_words_loses_its_last_sentence():
    long = f"매개변수(parameter)는 {'아주 ' * 45}작습니다."

    made = mended(answer(points=[point(1, FAST, long), point(2, CAVES), point(3, ROCKS)]), gates={"shape"})

    assert list_texts(made.parts) == RIGHT | {"point 1": [FAST]}


def test_a_point_of_one_sentence_with_too_many_words_is_quoted():
    long = f"매개변수(parameter)는 {'아주 ' * 45}작습니다."

    made = mended(answer(points=[point(1, long), point(2, CAVES), point(3, ROCKS)]), gates={"shape"})

    assert (list_texts(made.parts), made.quoted) == (RIGHT | {"point 1": [QUOTES[1]]}, [1])


def test_of_a_point_that_is_too_long_the_sentence_with_a_finding_falls():
    made = mended(answer(points=[point(1, FAST, BAD, SMALL), point(2, CAVES), point(3, ROCKS)]))

    assert (list_texts(made.parts), made.fallen, made.total) == (RIGHT, 1, 10)


def test_a_point_that_is_missing_is_quoted():
    made = mended(answer(points=[point(1, FAST, SMALL), point(3, ROCKS)]))

    assert made.parts.points[1] == quote_source(TURTLE)
    assert ([one.number for one in made.parts.points], made.quoted, made.fallen, made.total) == ([1, 2, 3], [2], 0, 8)


def test_a_point_with_a_headline_and_no_sentence_is_quoted():
    made = mended(answer(points=[point(1, FAST, SMALL), point(2), point(3, ROCKS)]))

    assert (made.parts.points[1], made.quoted) == (quote_source(TURTLE), [2])


def test_of_two_points_on_one_item_the_first_stays():
    second = point(2, "라이다(lidar)로 두 동굴의 지도를 얻었습니다.")

    made = mended(answer(points=[point(1, FAST, SMALL), point(2, CAVES), second, point(3, ROCKS)]))

    assert (list_texts(made.parts), made.quoted, made.fallen, made.total) == (RIGHT, [], 1, 10)


@pytest.mark.parametrize("second", [CAVES, BAD])
def test_of_two_points_on_one_item_the_first_stays_whatever_is_found_in_the_second(second):
    made = mended(answer(points=[point(1, FAST, SMALL), point(2, CAVES), point(2, second), point(3, ROCKS)]))

    assert (list_texts(made.parts), made.quoted) == (RIGHT, [])


@pytest.mark.parametrize("number", [4, 0, -1])
def test_a_point_on_no_item_falls(number):
    unknown = point(1, "없는 자료(material)를 이야기하는 문장입니다.") | {"number": number}

    made = mended(answer(points=[point(1, FAST, SMALL), point(2, CAVES), unknown, point(3, ROCKS)]))

    assert (list_texts(made.parts), made.quoted, made.fallen, made.total) == (RIGHT, [], 1, 10)


def test_a_point_on_a_source_that_says_nothing_falls():
    poor = replace(LIZARD, summary="Read more.")

    made = mended(answer(), [RABBIT, TURTLE, poor], summarizable=[RABBIT, TURTLE])

    assert ([one.number for one in made.parts.points], made.quoted) == ([1, 2], [])


def test_points_are_in_the_order_of_their_items():
    made = mended(answer(points=[point(3, ROCKS), point(2, CAVES), point(1, FAST, SMALL, BAD)]))

    assert ([one.number for one in made.parts.points], list_texts(made.parts)) == ([1, 2, 3], RIGHT)


def test_what_falls_in_one_part_leaves_what_falls_in_another():
    made = mended(
        answer(
            trends=[sentence(BAD, 1)],
            keywords=["重大"],
            points=[point(1, FAST, SMALL, BAD), point(2, "TurtleMap은 重大한 지도를 그립니다."), point(3, ROCKS)],
        )
    )

    assert list_texts(made.parts) == RIGHT | {"trends": [], "point 2": [QUOTES[2]]}
    assert (made.quoted, made.fallen, made.total) == ([2], 3, 10)


def test_a_finding_that_comes_of_what_has_fallen_is_mended_too():
    """Without its second sentence the part is too short."""
    made = mended(answer(themes=[sentence("짧습니다.", 1), sentence(BAD, 1)]))

    assert (list_texts(made.parts), made.fallen, made.total) == (RIGHT | {"themes": []}, 2, 9)


def test_warnings_fall_too_in_a_section_of_several_items():
    made = mended(answer(impact=[sentence("구조대가 세 논문과 네 논문을 함께 읽습니다.", 1)]))

    assert [(one.code, one.weight) for one in made.found] == [("coverage.count", "warn")]
    assert list_texts(made.parts) == RIGHT | {"impact": []}


ONE = {"themes": [sentence(EYES, 1)], "trends": [], "points": [point(1, FAST, SMALL)], "outlook": []}
WARNED = "구조대가 두 논문을 함께 읽고 씁니다."  # there is one


def test_the_text_of_one_item_stays_with_its_warnings():
    made = mended(answer(**ONE, impact=[sentence(WARNED, 1)]), [RABBIT])

    assert ([(one.code, one.weight) for one in made.found], made.fallen) == ([("coverage.count", "warn")], 0)
    assert list_texts(made.parts)["impact"] == [WARNED]


def test_of_the_text_of_one_item_falls_what_blocks():
    made = mended(answer(**ONE, impact=[sentence(WARNED, 1), sentence(BAD, 1)]), [RABBIT])

    assert (list_texts(made.parts)["impact"], made.fallen, made.total) == ([WARNED], 1, 5)


def test_what_fell_is_counted_however_much_it_is():
    """Whether it is more than a third is asked where the notice for the editor is made."""
    made = mended(
        answer(
            trends=[sentence(BAD, 1)],
            impact=[sentence(BAD.replace("현장", "동굴"), 1)],
            outlook=[sentence(BAD.replace("현장", "바위"), 1)],
            points=[point(1, FAST, SMALL), point(2, CAVES), point(3, BAD.replace("현장", "하늘"))],
        )
    )

    assert list_texts(made.parts) == RIGHT | {"trends": [], "impact": [], "outlook": [], "point 3": [QUOTES[3]]}
    assert (made.quoted, made.fallen, made.total) == ([3], 4, 9)


def test_all_points_may_be_quoted():
    """Whether that is still the model's text is asked by the writer of the section."""
    bad = [point(number, BAD.replace("현장", where)) for number, where in ((1, "하늘"), (2, "동굴"), (3, "바위"))]

    made = mended(answer(points=bad))

    assert (made.parts.points, made.quoted) == ([quote_source(item) for item in ITEMS], [1, 2, 3])


def test_an_answer_in_another_language_is_refused():
    english = [
        point(
            1, "RabbitNet is a detector without anchors for all of the drones.", headline="Detectors without anchors"
        ),
        point(2, "TurtleMap draws the maps of two caves by lidar and on a CPU.", headline="Maps of the dark caves"),
        point(3, "LizardPlan finds the routes of the robots that climb over rocks.", headline="Routes over hot rocks"),
    ]
    parts = answer(
        themes=[sentence("Eyes for the drones and maps of the caves are the themes of today.", 1)],
        trends=[sentence("All of the works run in the field with a light equipment.", 1, 2)],
        points=english,
        impact=[sentence("The rescue teams can fly with the drones and use the maps.", 1)],
        outlook=[sentence("The larger caves are what has to be tried as the next thing.", 2)],
    )

    assert mend(parts) is None


def test_a_finding_that_stays_whatever_falls_refuses_the_answer():
    def find_always(_parts: SectionAnswer, _quoted: Collection[int], _titled: Collection[int]) -> list[Finding]:
        return [one for one in check_section_parts(answer(points=[point(1, BAD)]), ITEMS, "ko") if one.gate == "script"]

    assert mend_parts(answer(), ITEMS, ITEMS, find_always) is None
