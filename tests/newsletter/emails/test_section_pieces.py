"""A composed section is cut into its pieces at markers, and each piece is measured."""

import pytest

from newsletter.emails.compose_problems import ComposeError
from newsletter.emails.markers import make_marker, split_at_markers
from newsletter.emails.section_pieces import REGIONS, Cost, Piece, SectionPieces

NONCE = "0123456789abcdef"


def document(*, without: str = "") -> str:
    """Return a section of two items, of which one has a text."""
    cut = make_marker(NONCE, "cut")
    items = {"full": f"FULL1{cut}", "rows": f"ROW1{cut}ROW2{cut}", "links": f"L1{cut}L2{cut}", "top": f"T1{cut}T2{cut}"}
    parts = [f"{make_marker(NONCE, name)}{items.get(name, name.upper())}" for name in REGIONS if name != without]
    return "BEFORE" + "".join(parts)


def test_pieces_stand_between_their_marks():
    found = SectionPieces.parse(document(), document().lower(), NONCE)

    assert found.before == Piece("BEFORE", "before")
    assert found.full == (Piece("FULL1", "full1"),)
    assert found.rows == (Piece("ROW1", "row1"), Piece("ROW2", "row2"))
    assert found.links == (Piece("L1", "l1"), Piece("L2", "l2"))
    assert found.top == (Piece("T1", "t1"), Piece("T2", "t2"))
    assert [one.html for one in (found.lead, found.others, found.list_start, found.list_end)] == [
        "LEAD",
        "OTHERS",
        "LIST",
        "LISTEND",
    ]
    assert [one.html for one in (found.web, found.meaning, found.leave, found.after)] == [
        "WEB",
        "MEANING",
        "STOP",
        "AFTER",
    ]


@pytest.mark.parametrize("name", REGIONS)
def test_a_missing_mark_is_named(name):
    with pytest.raises(ComposeError, match=f"“{name}”"):
        SectionPieces.parse(document(without=name), document(), NONCE)


def test_a_mark_between_sections_may_stand_in_a_comment_and_goes_with_it():
    mark = make_marker(NONCE, "tail")

    assert split_at_markers(f"a<!-- {mark} -->b", NONCE, ["tail"]) == ["a", "b"]
    with pytest.raises(ComposeError, match="“tail”"):
        split_at_markers(f"a{mark}b{mark}c", NONCE, ["tail"])


def test_words_in_the_place_of_a_mark_are_escaped_in_html_alone():
    mark = make_marker(NONCE, "own")

    assert Piece(f"<p>{mark}</p>", mark).replace(mark, "R&D <1>") == Piece("<p>R&amp;D &lt;1&gt;</p>", "R&D <1>")


def test_the_cost_of_a_piece_is_its_lines_its_words_and_its_bytes():
    one, two = Piece("<p>" + "가" * 33 + "</p>", "가" * 33), Piece("<p>" + "가" * 34 + "</p><p>x</p>", "가 나 x")

    assert one.cost == Cost(33, 1, 99 + 7)
    assert two.cost == Cost(3 * 26 + 2 * 7, 3, 34 * 3 + 15)
