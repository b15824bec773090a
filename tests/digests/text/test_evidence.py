"""A passage is found in its source however it is typed, and nowhere else; a record holds while its sentence stands in the text."""

from dataclasses import replace
from typing import Any

import pytest

from digests.quality.blocks import split_markdown_into_blocks
from digests.text.evidence import (
    EvidenceRecord,
    find_passage,
    keep_found_passages,
    list_evidence,
    match_evidence,
    read_evidence,
)
from digests.text.section_schema import (
    Passage,
    SectionAnswer,
    SectionSentence,
    SourceMaterial,
    render_written_section,
)

SOURCE = (
    "RabbitNet: Fast Detectors for Drones\n"
    "Detectors are slow. We propose RabbitNet, an anchor-free detector with 1.5B parameters for drones. "
    "RabbitNet reaches 91.2% accuracy on DroneBench with 3,971 images, 4.5 points above GPT-4o, and needs 30 ms."
)
OTHER = (
    "TurtleMap: Patient Mapping of Caves\n"
    "Caves are dark. We present TurtleMap, a lidar pipeline for caves that runs 10M points on a CPU."
)


def found_words(source: str, quote: str) -> str | None:
    """Return the words of a source at the place where a passage is found."""
    place = find_passage(source, quote)
    return source[slice(*place)] if place else None


# Passages in a source


@pytest.mark.parametrize(
    "quote",
    [
        "an anchor-free detector with 1.5B parameters",
        "Detectors are slow.",
        "RabbitNet: Fast Detectors for Drones",
        "and needs 30 ms.",
        SOURCE,
    ],
)
def test_a_passage_is_found_word_for_word_at_its_place(quote):
    assert (found_words(SOURCE, quote) or "").rstrip(".") == quote.rstrip(".")


@pytest.mark.parametrize(
    "quote",
    [
        "Detectors  are\n slow. We\tpropose RabbitNet",
        "Detectors are\u00a0slow. We propose\u2009RabbitNet",
        "detectors are slow. WE PROPOSE RABBITNET",
        "  “Detectors are slow. We propose RabbitNet”  ",
        '"Detectors are slow. We propose RabbitNet"',
        "Detectors are slow. We propose RabbitNet …",
        "... Detectors are slow. We propose RabbitNet, ",
        "Detectors are slow. We propose RabbitNet;",
    ],
)
def test_a_passage_may_differ_in_white_space_capitals_and_the_marks_around_it(quote):
    assert found_words(SOURCE, quote) == "Detectors are slow. We propose RabbitNet"


@pytest.mark.parametrize(
    "line", ["We propose\n  RabbitNet for small drones", "We\r\npropose RabbitNet for\tsmall drones"]
)
def test_a_passage_is_found_across_the_lines_of_its_source(line):
    assert found_words(f"Detectors are slow. {line}.", "We propose RabbitNet for small drones") == line


@pytest.mark.parametrize(
    "typed", ['the "slow" ones', "the “slow” ones", "the ‘slow’ ones", "the „slow“ ones", "the ``slow'' ones"]
)
@pytest.mark.parametrize("quoted", ['the "slow" ones', "the “slow” ones", "the 'slow' ones", "the slow ones"])
def test_a_passage_may_have_other_quotation_marks(typed, quoted):
    assert (
        found_words(f"It beats all {typed} by far.", f"It beats all {quoted} by far") == f"It beats all {typed} by far"
    )


@pytest.mark.parametrize(
    "typed",
    [
        "long-range",
        "long–range",
        "long—range",
        "long‑range",
        "long - range",
        "long--range",
        "long---range",
        "long−range",
    ],
)
@pytest.mark.parametrize("quoted", ["long-range", "long–range", "long — range"])
def test_a_passage_may_have_other_dashes(typed, quoted):
    source = f"It finds {typed} links in a text."

    assert found_words(source, f"It finds {quoted} links") == f"It finds {typed} links"


def test_a_passage_keeps_its_dashes_where_they_change_the_value():
    assert find_passage("It lowers the loss by -0.5 points.", "It lowers the loss by 0.5 points.") is None


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        (r"gains 3.5\% at $\tau^2$ speed", "gains 3.5% at τ² speed"),
        (r"uses \textbf{RabbitNet} for all drones", "uses RabbitNet for all drones"),
        (r"follows Cram\'er and Poincar\'e", "follows Cramér and Poincaré"),
        (r"is $2\times$ faster than before", "is 2× faster than before"),
        (r"runs in $O(n \log n)$ steps", "runs in O(n log n) steps"),
        (r"costs \$5 for each of the drones", "costs $5 for each of the drones"),
    ],
)
def test_a_passage_is_found_whether_latex_is_typed_or_read(typed, plain):
    source = f"Detectors are slow. RabbitNet {typed}. It is small."

    assert found_words(source, f"RabbitNet {plain}") == f"RabbitNet {typed}"
    assert found_words(source, f"RabbitNet {typed}") == f"RabbitNet {typed}"
    assert found_words(f"RabbitNet {plain}.", f"RabbitNet {typed}") == f"RabbitNet {plain}"


def test_a_passage_after_latex_is_at_its_place_in_the_text_as_it_is_typed():
    source = r"We use \textbf{Big} models at 5\% cost. Caves are dark places."

    assert found_words(source, "Caves are dark places") == "Caves are dark places"


def test_a_passage_after_letters_that_fold_to_two_is_at_its_place():
    assert (
        found_words("Die Straße ist groß. Caves are dark places.", "Caves are dark places") == "Caves are dark places"
    )
    assert found_words("Die STRASSE ist groß.", "die Straße ist groß") == "Die STRASSE ist groß"


@pytest.mark.parametrize("mark", ["...", "…", " … ", "[...]", " [...] ", "[…]"])
def test_a_passage_may_leave_something_out(mark):
    quote = f"We propose RabbitNet{mark}for drones{mark}reaches 91.2% accuracy"

    assert found_words(SOURCE, quote) == (
        "We propose RabbitNet, an anchor-free detector with 1.5B parameters for drones. RabbitNet reaches 91.2% accuracy"
    )


def test_the_pieces_of_a_passage_stand_in_their_order():
    assert find_passage(SOURCE, "reaches 91.2% accuracy … We propose RabbitNet") is None


def test_the_pieces_of_a_passage_do_not_overlap():
    assert find_passage("We propose RabbitNet for drones.", "We propose RabbitNet … RabbitNet for drones") is None


def test_each_piece_of_a_passage_stands_in_the_source():
    assert find_passage(SOURCE, "We propose RabbitNet … which flies by itself") is None


@pytest.mark.parametrize(
    "address",
    ["https://a.example/x?y=1", "(https://a.example/x)", "www.a.example", "<http://a.example>", "[https://a.example]"],
)
def test_an_address_is_no_part_of_a_passage(address):
    source = f"We release RabbitNet {address} for all small drones."

    assert found_words(source, "We release RabbitNet for all small drones") == source.rstrip(".")
    assert (
        found_words("We release RabbitNet for all drones.", f"RabbitNet {address} for all drones")
        == "RabbitNet for all drones"
    )


@pytest.mark.parametrize(
    ("quote", "is_found"),
    [
        ("We run it", False),
        ("ran on a CPU", False),
        ("it ran on a CPU", False),  # eleven letters
        ("We run it … a CPU", False),  # eleven in two pieces
        ("We run it … on a CPU", True),
        ("it runs on a CPU", True),
        ("", False),
        ("…", False),
        (" “” ... , ; ", False),
    ],
)
def test_a_passage_of_a_few_letters_proves_nothing(quote, is_found):
    source = "We run it now: it runs on a CPU, as it ran on a CPU before."

    assert (find_passage(source, quote) is not None) == is_found


@pytest.mark.parametrize(("length", "is_found"), [(1200, True), (1201, False)])
def test_a_passage_of_a_whole_source_proves_nothing(length, is_found):
    source = "The drone flew. " * 200

    assert (find_passage(source, source[:length]) is not None) == is_found


@pytest.mark.parametrize(
    "quote",
    [
        "We present TurtleMap, a lidar pipeline for caves",
        "We propose RabbitNet, an anchor-based detector",
        "reaches 92.1% accuracy on DroneBench",
        "reaches 912% accuracy on DroneBench",
        "with 3.971 images, 4.5 points",
        "We do not propose RabbitNet",
        "RabbitNet은 앵커 없는 검출기입니다",
    ],
)
def test_other_words_are_no_passage(quote):
    assert find_passage(SOURCE, quote) is None


@pytest.mark.parametrize(
    "quote",
    [
        "RabbitNet reaches 91",
        "RabbitNet reaches 91.",
        "needs 30 ms above GPT-4",
        "4.5 points above GPT-4",
        "tors are slow. We prop",
    ],
)
def test_a_passage_ends_with_a_whole_word(quote):
    assert find_passage(SOURCE, quote) is None


# Passages of a sentence


def sentence(text: str, *passages: tuple[int, str]) -> SectionSentence:
    """Return a sentence with passages, each the number of its item and the words."""
    rows = [{"number": number, "quote": quote} for number, quote in passages]
    return SectionSentence.model_validate({"text": text, "passages": rows})


def kept(*passages: tuple[int, str], number: int = 0) -> list[tuple[int, str]]:
    """Return the passages of a sentence that stay, in a section of two items."""
    made = keep_found_passages(sentence("x", *passages), [SOURCE, OTHER], number)
    return [(one.number, one.quote) for one in made.passages]


RABBIT_QUOTE, TURTLE_QUOTE = "an anchor-free detector with 1.5B parameters", "a lidar pipeline for caves"


def test_passages_that_stand_in_their_item_are_kept_as_they_are():
    assert kept((1, RABBIT_QUOTE), (2, TURTLE_QUOTE)) == [(1, RABBIT_QUOTE), (2, TURTLE_QUOTE)]


def test_passages_that_stand_in_no_item_are_dropped():
    assert kept((1, "an anchor-based detector for cars"), (1, "We propose"), (2, TURTLE_QUOTE)) == [(2, TURTLE_QUOTE)]


@pytest.mark.parametrize("number", [1, 3, 0, -1])
def test_a_passage_of_another_item_gets_the_right_number(number):
    assert kept((number, TURTLE_QUOTE)) == [(2, TURTLE_QUOTE)]


def test_a_passage_that_two_items_have_keeps_the_item_that_it_names():
    both = keep_found_passages(sentence("x", (2, RABBIT_QUOTE)), [SOURCE, SOURCE])

    assert both.passages == [Passage(number=2, quote=RABBIT_QUOTE)]


def test_a_point_rests_on_its_own_item_only():
    assert kept((1, RABBIT_QUOTE), (2, TURTLE_QUOTE), (1, TURTLE_QUOTE), number=1) == [(1, RABBIT_QUOTE)]


def test_a_points_passage_with_a_wrong_number_gets_the_points():
    assert kept((2, RABBIT_QUOTE), number=1) == [(1, RABBIT_QUOTE)]


@pytest.mark.parametrize("number", [-1, 3, 99])
def test_a_point_on_no_item_keeps_no_passage(number):
    assert kept((1, RABBIT_QUOTE), (number, RABBIT_QUOTE), number=number) == []


def test_a_passage_that_is_given_twice_is_kept_once():
    assert kept((1, RABBIT_QUOTE), (2, RABBIT_QUOTE), (1, RABBIT_QUOTE)) == [(1, RABBIT_QUOTE)]


def test_a_sentence_keeps_its_text_without_passages():
    assert keep_found_passages(sentence("Words.", (1, "that nobody wrote anywhere")), [SOURCE]) == sentence("Words.")


# Records of a text

ITEMS = [
    SourceMaterial(1, "RabbitNet: Fast Detectors", "https://example.org/1", SOURCE),
    SourceMaterial(2, "TurtleMap: Patient Mapping", "https://example.org/2", OTHER),
]
FAST, SMALL, DARK, FIELD, LIGHT = (
    "RabbitNet은 91.2%를 얻었습니다.",
    "RabbitNet은 드론에 맞게 작습니다.",
    "TurtleMap은 *어두운* 동굴(cave)을 그립니다.",
    "두 연구는 현장에서 쓰입니다.",
    "가벼운 장비로 돌아갑니다.",
)


def written(**changes: Any) -> SectionAnswer:
    """Return an answer in which each sentence has a passage."""
    parts = {
        "themes": [sentence(FIELD, (1, RABBIT_QUOTE)), sentence(LIGHT, (2, TURTLE_QUOTE))],
        "keywords": ["lidar"],
        "trends": [],
        "points": [
            {
                "number": 1,
                "headline": "91.2%를 얻은 RabbitNet",
                "sentences": [sentence(FAST, (1, RABBIT_QUOTE)), sentence(SMALL, (1, RABBIT_QUOTE))],
            },
            {"number": 2, "headline": "동굴을 그리는 TurtleMap", "sentences": [sentence(DARK, (2, TURTLE_QUOTE))]},
        ],
        "impact": [],
        "outlook": [],
    }
    return SectionAnswer.model_validate(parts | changes)


TEXT = render_written_section(written(), ITEMS, "ko")


def standing(text: str, answer: SectionAnswer | None = None) -> list[tuple[str, int, str]]:
    """Return part, number and words of each sentence of a Markdown text that still stands as it was written."""
    records = [one for one in list_evidence(answer or written()) if one.part != "headline"]
    return [
        (record.part, record.number, block.text[start:end])
        for block in split_markdown_into_blocks(text, ITEMS)
        for start, end, record in match_evidence(block.text, block.part, block.number, records)
    ]


THEMES_STAND = [("themes", 0, FIELD), ("themes", 0, LIGHT)]
POINTS_STAND = [("points", 1, FAST), ("points", 1, SMALL), ("points", 2, DARK)]


def test_every_sentence_of_a_text_as_it_was_written_stands():
    assert standing(TEXT) == THEMES_STAND + POINTS_STAND


def test_a_record_marks_the_place_of_its_sentence_in_the_markdown():
    records = list_evidence(written())
    (block,) = [one for one in split_markdown_into_blocks(TEXT, ITEMS) if (one.part, one.number) == ("points", 2)]

    ((start, end, _record),) = match_evidence(block.text, block.part, block.number, records)

    assert TEXT[slice(*block.span(start, end))] == r"TurtleMap은 \*어두운\* 동굴(cave)을 그립니다."


@pytest.mark.parametrize(
    ("right", "changed"),
    [
        ("91.2%를 얻었습니다", "92.1%를 얻었습니다"),
        ("91.2%를 얻었습니다", "912%를 얻었습니다"),
        ("91.2%를 얻었습니다", "91,2%를 얻었습니다"),
        ("91.2%를 얻었습니다", "91.2를 얻었습니다"),
        ("91.2%를 얻었습니다", "\\-91.2%를 얻었습니다"),
        ("얻었습니다", "얻지 못했습니다"),
        ("얻었습니다.", "얻었습니다만 느립니다."),
        ("RabbitNet은 91", "RabitNet은 91"),
    ],
)
def test_a_sentence_that_was_edited_stands_no_more(right, changed):
    edited = TEXT.replace(FAST, FAST.replace(right, changed))

    assert edited != TEXT
    assert standing(edited) == [*THEMES_STAND, *POINTS_STAND[1:]]


@pytest.mark.parametrize(
    "changed",
    [
        "**RabbitNet**은 드론에 맞게 작습니다.",
        "RabbitNet은  드론에 맞게\n작습니다.",
        "“RabbitNet”은 드론에 맞게 작습니다.",
    ],
)
def test_a_sentence_stands_in_other_marks_and_white_space(changed):
    assert [row[:2] for row in standing(TEXT.replace(SMALL, changed))] == [
        *(("themes", 0), ("themes", 0), ("points", 1), ("points", 1), ("points", 2)),
    ]


def test_sentences_that_were_reordered_stand_in_their_new_order():
    text = TEXT.replace(f"{FIELD} {LIGHT}", f"{LIGHT} {FIELD}")

    assert standing(text) == [("themes", 0, LIGHT), ("themes", 0, FIELD), *POINTS_STAND]


def test_a_sentence_that_was_moved_to_another_part_stands():
    text = TEXT.replace(f" {LIGHT}", "") + f"\n\n### 영향\n\n{LIGHT}"

    assert standing(text) == [("themes", 0, FIELD), *POINTS_STAND, ("themes", 0, LIGHT)]


def test_a_sentence_that_was_moved_to_another_item_stands_no_more():
    text = TEXT.replace(f" {SMALL}", "") + f" {SMALL}"

    assert standing(text) == [*THEMES_STAND, ("points", 1, FAST), ("points", 2, DARK)]


def test_points_that_were_reordered_stand():
    *before, first, second = TEXT.split("\n")

    assert standing("\n".join([*before, second, first])) == [*THEMES_STAND, POINTS_STAND[2], *POINTS_STAND[:2]]


def test_a_sentence_that_was_doubled_stands_once():
    assert standing(TEXT.replace(LIGHT, f"{LIGHT} {LIGHT}")) == THEMES_STAND + POINTS_STAND


def test_a_sentence_that_a_person_added_has_no_record():
    text = TEXT.replace(FIELD, f"{FIELD} 사람이 쓴 문장입니다.")

    assert standing(text) == THEMES_STAND + POINTS_STAND


def test_a_sentence_that_was_deleted_leaves_the_others():
    assert standing(TEXT.replace(f"{FIELD} ", "")) == [("themes", 0, LIGHT), *POINTS_STAND]


@pytest.mark.parametrize("before", ["아무도 믿지 않지만 ", "비"])
def test_a_sentence_with_words_before_it_stands_no_more(before):
    """Of "Nobody believes that it flies." the model wrote no word but the last."""
    assert standing(TEXT.replace(LIGHT, f"{before}{LIGHT}")) == [("themes", 0, FIELD), *POINTS_STAND]


def test_a_sentence_within_a_longer_one_is_not_taken_for_it():
    answer = written(themes=[sentence("장비로 돌아갑니다.", (2, TURTLE_QUOTE)), sentence(LIGHT, (2, TURTLE_QUOTE))])

    assert standing(render_written_section(answer, ITEMS, "ko"), answer) == [
        *(("themes", 0, "장비로 돌아갑니다."), ("themes", 0, LIGHT)),
        *POINTS_STAND,
    ]


def test_a_longer_sentence_wins_over_one_that_stands_in_it():
    answer = written(
        themes=[sentence(LIGHT, (2, TURTLE_QUOTE)), sentence("가벼운 장비로 돌아갑니다. 쉽습니다.", (1, RABBIT_QUOTE))]
    )
    text = TEXT.replace(f"{FIELD} {LIGHT}", f"{LIGHT} 쉽습니다.")

    assert standing(text, answer) == [("themes", 0, f"{LIGHT} 쉽습니다."), *POINTS_STAND]


def test_a_headline_is_not_taken_for_a_sentence_nor_a_sentence_for_a_headline():
    headline = EvidenceRecord("headline", 1, FAST, (Passage(number=1, quote=RABBIT_QUOTE),))
    point = EvidenceRecord("points", 1, FAST, (Passage(number=1, quote=RABBIT_QUOTE),))

    assert match_evidence(FAST, "headline", 1, [headline, point]) == [(0, len(FAST), headline)]
    assert match_evidence(FAST, "points", 1, [headline, point]) == [(0, len(FAST), point)]


def test_a_record_without_a_letter_stands_nowhere():
    assert match_evidence("Words.", "themes", 0, [EvidenceRecord("themes", 0, "…", ())]) == []


# Rows


def test_records_are_read_as_they_are_kept():
    (first, *rest) = list_evidence(written())
    records = [replace(first, verdict="supported", checked_by="large"), *rest]

    assert read_evidence([one.as_json() for one in records]) == records


def test_records_are_of_sentences_with_a_passage():
    answer = written(themes=[sentence(FIELD), sentence(LIGHT, (2, TURTLE_QUOTE))], points=[])

    assert [
        (one.part, one.number, one.text, one.passages) for one in list_evidence(answer) if one.part != "headline"
    ] == [("themes", 0, LIGHT, (Passage(number=2, quote=TURTLE_QUOTE),))]
