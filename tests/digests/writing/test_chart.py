"""The chart: what can be measured in the picture is right, and its alt text states the numbers."""

import io
import logging

import pytest
from PIL import Image

from digests.writing.chart import ChartRow, describe_chart, render_chart_png

THREE = [
    ChartRow("로보틱스", "#22c55e", 2, "Robotics"),
    ChartRow("거대 언어 모델", "#6366f1", 6, "Large Language Models"),
    ChartRow("컴퓨터 비전", "#0ea5e9", 3, "Computer Vision"),
]


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


def longest_run(image: Image.Image, color: str) -> int:
    """Return the longest stretch of a color in any row, in pixels; a step of 4 is the palette's."""
    wanted = tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))
    best = 0
    for y in range(0, image.height, 8):  # a bar is 32 pixels high
        run = 0
        for x in range(image.width):
            pixel = image.getpixel((x, y))
            assert isinstance(pixel, tuple)
            run = run + 1 if all(abs(a - b) <= 4 for a, b in zip(pixel, wanted, strict=False)) else 0
            best = max(best, run)
    return best


def test_describe_korean_states_every_number_in_drawn_order() -> None:
    assert (
        describe_chart(THREE, language="ko")
        == "분야별 글 수: 거대 언어 모델 6편, 컴퓨터 비전 3편, 로보틱스 2편. 모두 11편"
    )


def test_describe_other_language_is_english() -> None:
    rows = [ChartRow("Robotics", "#22c55e", 1), ChartRow("Security", "#0ea5e9", 2)]
    assert describe_chart(rows, language="fr") == "Items per category: Security 2, Robotics 1. 3 in total"


def test_draw_is_twice_the_width_of_the_email_column() -> None:
    assert picture(render_chart_png(THREE, language="ko")).size == (1120, 2 * (62 + 3 * 32 + 18))


def test_draw_bars_are_as_long_as_their_counts() -> None:
    image = picture(render_chart_png(THREE, language="ko"))
    longest = longest_run(image, "#6366f1")
    assert longest_run(image, "#0ea5e9") / longest == pytest.approx(3 / 6, abs=0.01)
    assert longest_run(image, "#22c55e") / longest == pytest.approx(2 / 6, abs=0.01)


def test_draw_card_is_opaque_white_with_transparent_corners() -> None:
    image = picture(render_chart_png(THREE, language="ko"))
    corner, inside = image.getpixel((0, 0)), image.getpixel((30, 30))
    assert isinstance(corner, tuple)
    assert isinstance(inside, tuple)
    assert corner[3] == 0
    assert min(inside) >= 254


def test_draw_same_counts_give_same_bytes() -> None:
    assert render_chart_png(THREE, language="ko") == render_chart_png(list(THREE), language="ko")


def test_draw_order_of_input_does_not_matter() -> None:
    assert render_chart_png(THREE, language="ko") == render_chart_png(THREE[::-1], language="ko")


def test_draw_png_names_no_software_and_no_date() -> None:
    assert Image.open(io.BytesIO(render_chart_png(THREE, language="ko"))).info.keys() == {"transparency"}


def test_draw_two_dozen_categories_stay_below_60_kilobytes() -> None:
    rows = [ChartRow(f"분야 이름 {n}", f"#{n * 9 + 20:02x}80a0", 40 - n, f"Category {n}") for n in range(24)]
    png = render_chart_png(rows, language="ko")
    assert picture(png).size == (1120, 2 * (62 + 24 * 28 + 18))
    assert len(png) < 60_000


@pytest.mark.parametrize(
    "label",
    ["$\\frac{1}{", "🧠 LLM", "👩‍💻", "한국어 " * 60, "Ünïcödé العربية 漢字 ภาษา", "\x00\n\t", "", "<b>&amp;"],
)
def test_draw_any_label_without_warning(label: str) -> None:
    assert picture(render_chart_png([ChartRow(label, "#6366f1", 1, "Fallback")], language="ko")).width == 1120


def test_draw_emoji_is_left_out() -> None:
    plain, adorned = ChartRow("LLM", "#6366f1", 1), ChartRow("🧠 LLM", "#6366f1", 1)
    assert render_chart_png([adorned], language="en") == render_chart_png([plain], language="en")


def test_draw_unreadable_color_becomes_gray() -> None:
    good, bad = ChartRow("LLM", "#64748b", 1), ChartRow("LLM", "url(javascript:1)", 1)
    assert render_chart_png([bad], language="en") == render_chart_png([good], language="en")


def test_draw_category_without_items_has_no_bar() -> None:
    image = picture(render_chart_png([*THREE, ChartRow("Audio", "#ff0000", 0)], language="ko"))
    assert longest_run(image, "#ff0000") == 0


def test_draw_without_korean_font_is_the_english_chart() -> None:
    english = [ChartRow(row.fallback_label, row.color, row.count) for row in THREE]
    assert render_chart_png(THREE, language="ko", fonts=()) == render_chart_png(english, language="en", fonts=())


def test_draw_without_korean_font_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="digests.writing.chart"):
        render_chart_png(THREE, language="ko", fonts=(("Missing", "MissingBold"),))
        render_chart_png(THREE, language="ko", fonts=(("Missing", "MissingBold"),))
    assert [record.getMessage() for record in caplog.records] == [
        "no Korean font is installed (fonts-nanum, fonts-noto-cjk): the chart names its categories in English"
    ]


def test_draw_without_font_and_fallback_is_a_question_mark() -> None:
    assert render_chart_png([ChartRow("보안", "#6366f1", 1)], language="ko", fonts=()) == render_chart_png(
        [ChartRow("?", "#6366f1", 1)], language="en", fonts=()
    )


@pytest.mark.parametrize("counts", [[], [ChartRow("LLM", "#6366f1", 0)]])
def test_draw_nothing_is_refused(counts: list[ChartRow]) -> None:
    with pytest.raises(ValueError, match="nothing to draw: no category holds an item"):
        render_chart_png(counts, language="ko")


def test_draw_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="a category cannot hold fewer than no items"):
        render_chart_png([ChartRow("LLM", "#6366f1", -1), ChartRow("Audio", "#6366f1", 3)], language="ko")
