"""Splitting a document at its markers, and sharing the bytes of one email among sections."""

import pytest

from newsletter.emails.compose_problems import ComposeError
from newsletter.emails.size_limit import (
    SectionParts,
    ShownExtent,
    fit_sections,
    make_marker,
    split_document,
)

N = "0123456789abcdef"


def mark(name: str) -> str:
    return make_marker(N, name)


def section(body: str, *, sources: str = "") -> str:
    return f"<h2>{mark('body')}{body}{mark('sources')}{sources}{mark('more')}MORE{mark('web')}WEB{mark('after')}</div>"


def parts(*blocks: int, sources: int = 2) -> SectionParts:
    """Return a section with blocks of the given bytes and sources of 10 each; its frame takes 20."""
    return SectionParts("b" * 8, tuple("x" * size for size in blocks), ("s" * 10,) * sources, "MORE", "WEB!", "a" * 8)


def test_marker_is_made_of_letters_and_digits_that_mail_leaves_alone() -> None:
    assert make_marker(N, "leave") == "di0123456789abcdefleavex"


def test_split_takes_the_comment_of_a_mark_with_it() -> None:
    document = (
        f"HEAD<!-- {mark('section3')} -->{section('A')}<!-- {mark('section10')} -->{section('B')}{mark('tail')}TAIL"
    )
    head, sections, tail = split_document(document, N, [3, 10])
    assert (head, tail) == ("HEAD", "TAIL")
    assert [one.join(one.whole) for one in sections] == ["<h2>AWEB</div>", "<h2>BWEB</div>"]


@pytest.mark.parametrize("name", ["section0", "tail", "body", "sources", "more", "web", "after"])
def test_split_of_a_document_without_a_mark_says_which(name: str) -> None:
    document = f"<!-- {mark('section0')} -->{section('A')}{mark('tail')}"
    with pytest.raises(ComposeError, match=f"the mark “{name}” once"):
        split_document(document.replace(mark(name), ""), N, [0])


def test_split_of_a_document_with_a_mark_twice_is_refused() -> None:
    document = f"{mark('section0')}{section('A')}{mark('web')}{mark('tail')}"
    with pytest.raises(ComposeError, match="the mark “web” once"):
        split_document(document, N, [0])


def test_join_of_a_part_closes_the_list_and_says_where_to_read_on() -> None:
    cut = mark("cut")
    body = f"<p>1</p>{cut}<ol style='x'><li>2<ul><li>a</li></ul></li>{cut}<li>3</li></ol>{cut}"
    sources = f"<ul><li>s</li>{cut}<li>t</li>{cut}</ul>"
    (one,) = split_document(
        f"{mark('section0')}{section(body, sources=sources)}{mark('tail')}", N, [0], lists=("ol", "ul")
    )[1]
    assert one.whole == ShownExtent(3, 2)
    assert one.join(ShownExtent(2, 1)) == (
        "<h2><p>1</p><ol style='x'><li>2<ul><li>a</li></ul></li></ol><ul><li>s</li></ul>MORE</div>"
    )
    assert one.join(ShownExtent(0, 0)) == "<h2>MORE</div>"
    assert one.join(one.whole) == f"<h2>{body}{sources}WEB</div>".replace(cut, "")


def test_join_of_plain_text_closes_nothing() -> None:
    text = f"{mark('section0')}{section('say <ol> aloud' + mark('cut') + 'more' + mark('cut'))}{mark('tail')}"
    (one,) = split_document(text, N, [0])[1]
    assert one.join(ShownExtent(1, 1)) == "<h2>say <ol> aloudMORE</div>"


def test_fit_with_room_for_all_shows_all() -> None:
    sections = [parts(100, 100), parts(5)]
    assert fit_sections(sections, 240 + 45) == [ShownExtent(2, 2), ShownExtent(1, 2)]


def test_fit_gives_the_long_what_the_short_leave() -> None:
    sections = [parts(*[50] * 10), parts(5), parts(*[50] * 10)]  # 540, 45 and 540 bytes
    shown = fit_sections(sections, 45 + 2 * 300)
    assert shown == [ShownExtent(5, 2), ShownExtent(1, 2), ShownExtent(5, 2)]
    assert sum(one.size(much) for one, much in zip(sections, shown, strict=True)) == 625


def test_fit_never_takes_a_part_of_a_block() -> None:
    assert fit_sections([parts(50, 200, 50)], 300) == [ShownExtent(2, 2)]
    assert fit_sections([parts(200, 50)], 229) == [ShownExtent(0, 2)]


def test_fit_keeps_a_source_before_the_body_and_two_thirds_for_the_body() -> None:
    assert fit_sections([parts(200, 200, sources=9)], 239) == [ShownExtent(1, 1)]
    assert fit_sections([parts(60, 60, 60, sources=30)], 230) == [ShownExtent(2, 9)]


def test_fit_without_room_for_sources_leaves_the_way_to_read_on() -> None:
    assert fit_sections([parts(50), parts(50)], 2 * 29) == [ShownExtent(0, 0), ShownExtent(0, 0)]


def test_fit_without_room_for_the_headings_is_refused() -> None:
    with pytest.raises(ComposeError, match="2 sections don’t fit"):
        fit_sections([parts(50), parts(50)], 2 * 19)
