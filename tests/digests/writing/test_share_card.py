"""The picture of an issue for previews of links: always of one size, whatever its words are."""

import io

import pytest
from PIL import Image

from digests.writing.share_card import ShareCard, draw_card_png

COLORS = ("#2563eb", "#0891b2")


def draw(*headlines: str, name: str = "AI 논문", colors: tuple[str, ...] = COLORS) -> Image.Image:
    """Return the drawn picture of an issue."""
    content = draw_card_png(ShareCard(name, "2026년 5월 22일 금요일", headlines, colors))
    assert len(content) < 150_000
    return Image.open(io.BytesIO(content)).convert("RGB")


def has_ink(picture: Image.Image) -> bool:
    """Say whether letters of the first headline's color stand below the date."""
    return min(picture.crop((0, 140, *picture.size)).convert("L").tobytes()) < 60


@pytest.mark.parametrize(
    "headlines",
    [
        (),
        ("",),
        ("도구 없이도 긴 문맥에 답하는 에이전트 학습법", "둘째", "셋째"),
        ("가" * 400, "나" * 400, "다" * 400),
        ("word " * 60, "W" * 300),
        ("🧠 $x_1$ <b>", "한\u200d글"),
        ("שלום עולם", "مرحبا", "大規模言語モデル"),
    ],
)
def test_card_has_its_size_and_its_margins(headlines: tuple[str, ...]) -> None:
    picture = draw(*headlines, name="이름 " * 40)

    assert picture.size == (1200, 630)
    paper = picture.getpixel((10, 300))
    for x in (*range(60), *range(1145, 1200)):
        assert {picture.getpixel((x, y)) for y in range(20, 630, 7)} == {paper}


def test_card_shows_each_headline_and_the_colors_of_the_categories() -> None:
    empty, one, three = draw(), draw("첫째 글"), draw("첫째 글", "둘째 글", "셋째 글")

    assert (has_ink(empty), has_ink(one)) == (False, True)
    assert one.tobytes() != three.tobytes()
    assert [one.getpixel((x, 5)) for x in (10, 590, 610, 1190)] == [(37, 99, 235)] * 2 + [(8, 145, 178)] * 2


def test_card_leaves_out_what_runs_from_right_to_left() -> None:
    assert draw("שלום עולם").tobytes() == draw().tobytes()


def test_card_is_the_same_for_the_same_content() -> None:
    assert draw("첫째 글").tobytes() == draw("첫째 글").tobytes()
