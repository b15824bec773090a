"""The chart: its columns are as high as their counts and stand out from a white and from a dark page; its alt text states the numbers."""

import io

import pytest
from PIL import Image

from digests.writing.chart import (
    DEFAULT_COLOR,
    MAX_COLUMNS,
    ChartRow,
    choose_readable_color,
    describe_chart,
    order_columns,
    render_chart_png,
)

THREE = [
    ChartRow("로보틱스", "#15803d", 2),
    ChartRow("거대 언어 모델", "#4f46e5", 6),
    ChartRow("컴퓨터 비전", "#0e7490", 3),
]
WHITE, DARK = (255, 255, 255), (0x15, 0x17, 0x1C)


def picture(counts: list[ChartRow]) -> Image.Image:
    return Image.open(io.BytesIO(render_chart_png(counts))).convert("RGBA")


def column_heights(image: Image.Image, columns: int) -> list[int]:
    """Return the height of what is drawn in the middle of each column's place, in pixels."""
    places = [round((n + 0.5) * image.width / columns) for n in range(columns)]
    pixels = list(image.getchannel("A").tobytes())
    return [sum(pixels[x + y * image.width] > 128 for y in range(image.height)) for x in places]


def contrast(color: str, page: tuple[int, int, int]) -> float:
    """Return the contrast of WCAG between a color and a page."""

    def luminance(parts: tuple[int, ...]) -> float:
        linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    one, other = luminance(tuple(int(color[n : n + 2], 16) for n in (1, 3, 5))), luminance(page)
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def test_describe_korean_states_every_number_in_drawn_order() -> None:
    assert (
        describe_chart(THREE, language="ko")
        == "분야별 글 수: 거대 언어 모델 6편, 컴퓨터 비전 3편, 로보틱스 2편. 모두 11편"
    )


def test_describe_other_language_is_english() -> None:
    rows = [ChartRow("Robotics", "#22c55e", 1), ChartRow("Security", "#0ea5e9", 2)]
    assert describe_chart(rows, language="fr") == "Items per category: Security 2, Robotics 1. 3 in total"


def test_picture_is_twice_the_width_of_the_email_column_and_less_than_200_pixels_high() -> None:
    assert picture(THREE).size == (2 * 560, 2 * 96)


def test_columns_are_as_high_as_their_counts() -> None:
    heights = column_heights(picture(THREE), 3)

    assert [height / heights[0] for height in heights] == pytest.approx([1, 3 / 6, 2 / 6], abs=0.02)


def test_background_is_transparent_and_a_column_of_nothing_is_not_drawn() -> None:
    image = picture([*THREE, ChartRow("음성", "#ff0000", 0)])

    assert image.getchannel("A").getpixel((0, 0)) == 0
    assert column_heights(image, 4)[3] == 0


def test_the_smallest_count_beside_the_largest_can_still_be_seen() -> None:
    assert column_heights(picture([ChartRow("많음", "#4f46e5", 5000), ChartRow("적음", "#4f46e5", 1)]), 2)[1] >= 4


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#facc15", "#1e3a8a", "#4f46e5", "#22c55e", "#d946ef"])
def test_a_columns_color_stands_out_from_a_white_and_from_a_dark_page(color: str) -> None:
    chosen = choose_readable_color(color)

    assert contrast(chosen, WHITE) >= 3
    assert contrast(chosen, DARK) >= 3


def test_a_color_that_is_readable_stays_and_a_wrong_one_is_gray() -> None:
    assert choose_readable_color("#1b6ec2") == "#1b6ec2"
    assert choose_readable_color("red; }") == choose_readable_color(DEFAULT_COLOR)


def test_the_smallest_of_many_categories_are_one_column() -> None:
    rows = [ChartRow(f"분야 {n}", "#4f46e5", n, "🧩") for n in range(1, MAX_COLUMNS + 3)]

    columns = order_columns(rows)

    assert len(columns) == MAX_COLUMNS
    assert [one.count for one in columns[:-1]] == list(range(MAX_COLUMNS + 2, 3, -1))
    assert (columns[-1].count, columns[-1].emoji) == (1 + 2 + 3, "…")
    assert order_columns(rows[:MAX_COLUMNS]) == rows[:MAX_COLUMNS][::-1]


def test_the_same_counts_are_the_same_bytes_in_any_order() -> None:
    assert render_chart_png(THREE) == render_chart_png(THREE[::-1])


def test_png_has_no_date() -> None:
    assert Image.open(io.BytesIO(render_chart_png(THREE))).info.keys() <= {"transparency"}


@pytest.mark.parametrize("counts", [[], [ChartRow("LLM", "#6366f1", 0)]])
def test_nothing_to_draw_is_an_error(counts: list[ChartRow]) -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        render_chart_png(counts)


def test_a_negative_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="fewer than no items"):
        render_chart_png([ChartRow("LLM", "#6366f1", -1), ChartRow("Audio", "#6366f1", 3)])
