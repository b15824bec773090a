"""Draws the category chart of a digest: a column per section as a PNG, and the numbers in words as alt text.

The picture has no letters and no background. Mail programs in dark mode change the page but not the pictures, and no color of text can
be read on both: names and numbers stand beside it as text, in the order of `order_columns`. The columns keep a contrast of 3 to 1 on
either page. It is drawn at twice its size. `draw_digest_chart` reads a digest's rows; the rest is pure.
"""

import colorsys
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.formats import number_format
from django.utils.translation import npgettext, pgettext

from digests.models import Digest
from digests.text.localization import get_enabled_language, separate_names, use_language

WIDTH_PX, HEIGHT_PX = 560, 96  # the email's column; every length below is in pixels of that column
PIXEL_SCALE = 2
MAX_COLUMNS = 18  # narrower ones have no room for an emoji below them on a phone; the last one is then all others
_MAX_COLUMN_PX, _COLUMN_SHARE, _LEAST_PX = 34, 0.6, 3
DEFAULT_COLOR, OTHERS_COLOR = "#64748b", "#8a8f98"
# Of relative luminance: 3 to 1 on white, and on the dark page (#15171c).
_LEAST_LUMINANCE, _MOST_LUMINANCE = 0.13, 0.29


@dataclass(frozen=True)
class ChartRow:
    """One section of the chart; the emoji stands below its column, and the label in the alt text."""

    label: str
    color: str
    count: int
    emoji: str = ""


def draw_digest_chart(digest: Digest) -> None:
    """Set the chart and the alt text of a digest from the items of its sections; the caller saves them.

    A section that an editor dropped is left out. Without any section there is no chart.
    """
    sections = digest.sections.exclude(text="", edited_at__isnull=False).select_related("category")
    rows = [
        ChartRow(section.heading, section.category.color, section.shown, section.emoji)
        for section in sections.annotate(shown=Count("items")).order_by("position")
    ]
    digest.chart = render_chart_png(rows) if rows else b""
    digest.chart_alt = describe_chart(rows, language=digest.publication.language) if rows else ""


def describe_chart(counts: Sequence[ChartRow], *, language: str) -> str:
    """Return the counts of the chart in words, the largest first."""
    rows = _sort_rows(counts)
    total = sum(row.count for row in rows)
    with use_language(get_enabled_language(language)):
        counted = [
            npgettext("chart", "{label} {count}", "{label} {count}", row.count).format(
                label=row.label, count=number_format(row.count, force_grouping=True)
            )
            for row in rows
        ]
        words = pgettext("chart", "Items per category: {rows}. {total}")
        in_total = npgettext("chart", "{total} in total", "{total} in total", total)
        sum_text = in_total.format(total=number_format(total, force_grouping=True))
        return words.format(rows=separate_names(counted), total=sum_text)


def order_columns(counts: Sequence[ChartRow]) -> list[ChartRow]:
    """Return the rows as the columns are drawn from left to right: the largest first, and the smallest of many as one."""
    rows = _sort_rows(counts)
    if len(rows) <= MAX_COLUMNS:
        return rows
    kept, others = rows[: MAX_COLUMNS - 1], rows[MAX_COLUMNS - 1 :]
    return [*kept, ChartRow("", OTHERS_COLOR, sum(row.count for row in others), "…")]


def render_chart_png(counts: Sequence[ChartRow]) -> bytes:
    """Return the chart as a PNG, 1120 by 192 pixels: the same bytes for the same counts."""
    rows = order_columns(counts)
    axes = _make_axes()
    most = max(row.count for row in rows)
    place = WIDTH_PX / len(rows)
    width = min(_MAX_COLUMN_PX, place * _COLUMN_SHARE)
    for n, row in enumerate(rows):
        if row.count:
            height = max(_LEAST_PX, (HEIGHT_PX - 2) * row.count / most)
            _draw_column(axes, (n + 0.5) * place - width / 2, width, height, choose_readable_color(row.color))
    return _encode_png(axes.figure.canvas)


def _sort_rows(counts: Sequence[ChartRow]) -> list[ChartRow]:
    if any(row.count < 0 for row in counts):
        raise ValueError("a category cannot hold fewer than no items")
    if not any(row.count for row in counts):
        raise ValueError("nothing to draw: no category holds an item")
    return sorted(counts, key=lambda row: -row.count)


def choose_readable_color(color: str) -> str:
    """Return a color ("#rrggbb") near to one, that stands out from a white and from a dark page."""
    # A category's color may come from an old row or an import.
    color = color if re.fullmatch(r"#[0-9a-fA-F]{6}", color) else DEFAULT_COLOR
    hue, lightness, saturation = colorsys.rgb_to_hls(*(int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)))
    low, high = 0.0, 1.0
    for _step in range(20):  # by bisection: luminance grows with lightness
        luminance = _measure_luminance(colorsys.hls_to_rgb(hue, lightness, saturation))
        if _LEAST_LUMINANCE <= luminance <= _MOST_LUMINANCE:
            break
        low, high = (lightness, high) if luminance < _LEAST_LUMINANCE else (low, lightness)
        lightness = (low + high) / 2
    return "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))


def _measure_luminance(color: tuple[float, float, float]) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _make_axes() -> Any:
    """Return axes on a transparent figure; one unit is a pixel of the email column, and y points upward."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - matplotlib takes 0.4 s to import
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same

    figure = Figure(figsize=(WIDTH_PX / 100, HEIGHT_PX / 100), dpi=100 * PIXEL_SCALE, facecolor="none")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH_PX), ylim=(0, HEIGHT_PX))
    axes.axis("off")
    return axes


def _draw_column(axes: Any, left: float, width: float, height: float, color: str) -> None:
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - matplotlib takes 0.4 s to import

    # It begins below the picture, so that only its upper corners are round.
    shape = f"round,pad=0,rounding_size={min(4, width / 2)}"
    axes.add_patch(FancyBboxPatch((left, -10), width, height + 10, boxstyle=shape, facecolor=color, linewidth=0))


def _encode_png(canvas: Any) -> bytes:
    """Return the drawn canvas as a PNG of 256 colors: a third of the bytes, and no difference that can be seen."""
    from PIL import Image  # noqa: PLC0415 - takes 2 MB; only a process that draws needs it, after matplotlib

    canvas.draw()
    picture = Image.frombytes("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()))
    out = io.BytesIO()
    picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "png", optimize=True)
    return out.getvalue()
