"""Draws the category chart of a digest: the number of items per section as a PNG, and the same in words as alt text.

The picture has a white card with rounded corners as its background; only the corners are transparent. Mail programs in dark
mode change the page but not the pictures, and no text color reaches a contrast of 4.5 on both #ffffff and #16181d. It is
drawn at twice its size, with letters that can still be read on a phone that shrinks 560 pixels to 375. Emoji are left out,
because matplotlib cannot draw color fonts. `draw_digest_chart` reads a digest's rows; the rest is pure.
"""

import functools
import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Count
from django.utils.formats import number_format
from django.utils.translation import npgettext, pgettext

from digests.models import Digest
from digests.text.localization import get_enabled_language, separate_names, use_language

logger = logging.getLogger(__name__)

WIDTH_PX = 560  # the email's column; every length below is in pixels of that column
PIXEL_SCALE = 2
MARGIN_PX = 24
HEADER_PX = 62
# From 13 categories on the rows are closer together: the picture would be higher than a screen.
ROW_PX, DENSE_ROW_PX, DENSE_FROM_ROWS = 32, 28, 13
BAR_PX = 16
MAX_LABEL_PX = 236  # a longer label is cut with an ellipsis, so that the bars keep half of the width
NUMBER_ROOM_PX = 44  # for four digits behind the longest bar
LETTER_PX, CAPTION_PX = 16, 18
# Contrast on the card: 14.6 to 1 for the ink, 4.8 to 1 for the muted color.
INK_COLOR, MUTED_COLOR, CARD_COLOR, EDGE_COLOR = "#1e293b", "#64748b", "#ffffff", "#dbe1e8"
DEFAULT_BAR_COLOR = "#64748b"

FontFamilies = tuple[tuple[str, str], ...]  # file names without extension: regular and bold

# The first family that is installed is used.
KOREAN_FONTS: FontFamilies = (
    ("Pretendard-Regular", "Pretendard-SemiBold"),
    ("NotoSansKR-Regular", "NotoSansKR-Bold"),
    ("NotoSansCJKkr-Regular", "NotoSansCJKkr-Bold"),
    ("NotoSansCJK-Regular", "NotoSansCJK-Bold"),
    ("NanumBarunGothic", "NanumBarunGothicBold"),
    ("NanumGothic", "NanumGothicBold"),
    ("NanumSquareR", "NanumSquareB"),
    ("AppleSDGothicNeo", "AppleSDGothicNeo"),
    ("malgun", "malgunbd"),
    ("UnDotum", "UnDotumBold"),
)


@dataclass(frozen=True)
class ChartRow:
    """One bar of the chart; `fallback_label` is drawn if the font lacks letters of `label`."""

    label: str
    color: str
    count: int
    fallback_label: str = ""


@dataclass(frozen=True)
class _Font:
    regular: Path
    bold: Path
    letters: frozenset[int]

    def can_draw(self, text: str) -> bool:
        """Say whether the font has every letter and digit; other characters (emoji, joiners) are left out anyway."""
        return all(ord(c) in self.letters for c in text if c.isalnum())

    def keep_drawable(self, text: str) -> str:
        return " ".join("".join(c for c in text if ord(c) in self.letters).split())


def draw_digest_chart(digest: Digest) -> None:
    """Set the chart and the alt text of a digest from the items of its sections; the caller saves them.

    A section that an editor dropped is left out. Without any section there is no chart.
    """
    language = digest.publication.language
    sections = digest.sections.exclude(text="", edited_at__isnull=False).select_related("category")
    rows = [
        ChartRow(
            label=section.heading,
            fallback_label=section.category.name("en"),
            color=section.category.color,
            count=section.shown,
        )
        for section in sections.annotate(shown=Count("items")).order_by("position")
    ]
    digest.chart = render_chart_png(rows, language=language) if rows else b""
    digest.chart_alt = describe_chart(rows, language=language) if rows else ""


def describe_chart(counts: Sequence[ChartRow], *, language: str) -> str:
    """Return the counts of the chart in words, in the order in which they are drawn."""
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
        return words.format(rows=separate_names(counted), total=_format_total(total))


def _format_total(total: int) -> str:
    words = npgettext("chart", "{total} in total", "{total} in total", total)
    return words.format(total=number_format(total, force_grouping=True))


def _caption_and_total(total: int, language: str) -> tuple[str, str]:
    """Return the two texts above the bars."""
    with use_language(get_enabled_language(language)):
        return pgettext("chart", "Items per category"), _format_total(total)


def render_chart_png(counts: Sequence[ChartRow], *, language: str, fonts: FontFamilies = KOREAN_FONTS) -> bytes:
    """Return the chart as a PNG, 1120 pixels wide: the same bytes for the same counts and the same installed fonts.

    `fonts` are the families to look for; if none is installed, labels that need Korean letters get their fallback.
    """
    rows = _sort_rows(counts)
    font = _find_font(fonts)
    axes = _draw_card(len(rows))
    caption, sum_text = _caption_and_total(sum(row.count for row in rows), language)
    if not font.can_draw(caption + sum_text):
        caption, sum_text = _caption_and_total(sum(row.count for row in rows), "en")
    baseline = MARGIN_PX + CAPTION_PX / 2
    _draw_text(axes, (MARGIN_PX, baseline), caption, font.bold, CAPTION_PX)
    _draw_text(
        axes, (WIDTH_PX - MARGIN_PX, baseline), sum_text, font.regular, LETTER_PX, color=MUTED_COLOR, align="right"
    )
    _draw_bars(axes, rows, font)
    return _encode_png(axes.figure.canvas)


def _sort_rows(counts: Sequence[ChartRow]) -> list[ChartRow]:
    if any(row.count < 0 for row in counts):
        raise ValueError("a category cannot hold fewer than no items")
    if not any(row.count for row in counts):
        raise ValueError("nothing to draw: no category holds an item")
    return sorted(counts, key=lambda row: -row.count)


def _encode_png(canvas: Any) -> bytes:
    """Return the drawn canvas as a PNG of 256 colors: a third of the bytes, and no difference that can be seen."""
    from PIL import Image  # noqa: PLC0415 - takes 2 MB; only a process that draws needs it, after matplotlib

    canvas.draw()
    picture = Image.frombytes("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()))
    out = io.BytesIO()
    picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "png", optimize=True)
    return out.getvalue()


def _draw_card(rows: int) -> Any:
    """Return axes with the card drawn on them; one unit is a pixel of the email column, and y points downward."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - matplotlib takes 0.4 s to import
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same

    height = HEADER_PX + rows * _row_height(rows) + MARGIN_PX - 6
    figure = Figure(figsize=(WIDTH_PX / 100, height / 100), dpi=100 * PIXEL_SCALE, facecolor="none")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH_PX), ylim=(height, 0))
    axes.axis("off")
    _draw_box(axes, (0.5, 0.5), (WIDTH_PX - 1, height - 1), radius=14, color=CARD_COLOR, edge=EDGE_COLOR)
    return axes


def _row_height(rows: int) -> int:
    return ROW_PX if rows < DENSE_FROM_ROWS else DENSE_ROW_PX


def _draw_bars(axes: Any, rows: list[ChartRow], font: _Font) -> None:
    labels = [_draw_text(axes, (MARGIN_PX, 0), _label_text(row, font), font.regular, LETTER_PX) for row in rows]
    left = MARGIN_PX + max(_shorten_label(axes, label) for label in labels) + 14
    longest = WIDTH_PX - MARGIN_PX - NUMBER_ROOM_PX - left
    most = rows[0].count
    for n, (row, label) in enumerate(zip(rows, labels, strict=True)):
        middle = HEADER_PX + (n + 0.5) * _row_height(len(rows))
        label.set_y(middle)
        length = longest * row.count / most
        if row.count:
            # A category's color may come from an old row or an import: matplotlib would raise for a wrong one.
            color = row.color if re.fullmatch(r"#[0-9a-fA-F]{6}", row.color) else DEFAULT_BAR_COLOR
            _draw_box(axes, (left, middle - BAR_PX / 2 + 1), (length, BAR_PX), radius=min(4, length / 2), color=color)
        _draw_text(axes, (left + length + 8, middle), str(row.count), font.bold, LETTER_PX)


def _label_text(row: ChartRow, font: _Font) -> str:
    label = row.label if font.can_draw(row.label) else row.fallback_label or row.label
    return font.keep_drawable(label) or "?"


def _shorten_label(axes: Any, label: Any) -> float:
    """Shorten a drawn label until it fits its column; return its width."""
    renderer = axes.figure.canvas.get_renderer()

    def width() -> float:
        return float(label.get_window_extent(renderer).width) / PIXEL_SCALE

    text = label.get_text()[:80]
    while width() > MAX_LABEL_PX and text:
        text = text[:-1]
        label.set_text(text.rstrip() + "…")
    return width()


def _draw_text(
    axes: Any,
    place: tuple[float, float],
    text: str,
    font: Path,
    size: int,
    *,
    color: str = INK_COLOR,
    align: str = "left",
) -> Any:
    # A label may hold dollar signs, which are no formula here. 72 points are 100 of our pixels.
    style = {"font": font, "fontsize": size * 0.72, "color": color, "ha": align, "va": "center_baseline"}
    return axes.text(*place, text, parse_math=False, **style)


def _draw_box(
    axes: Any, place: tuple[float, float], size: tuple[float, float], *, radius: float, color: str, edge: str = "none"
) -> None:
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - matplotlib takes 0.4 s to import

    shape = f"round,pad=0,rounding_size={radius}"
    axes.add_patch(FancyBboxPatch(place, *size, boxstyle=shape, facecolor=color, edgecolor=edge, linewidth=0.72))


@functools.cache  # the search reads all font folders of the system; once in a process is enough
def _find_font(families: FontFamilies) -> _Font:
    """Return the first of the families that is installed, or matplotlib's own font, which has no Korean letters."""
    from matplotlib import font_manager  # noqa: PLC0415 - matplotlib takes 0.4 s to import

    installed = {Path(path).stem: Path(path) for path in sorted(font_manager.findSystemFonts())}
    for regular, bold in families:
        if regular in installed:
            return _load_font(installed[regular], installed.get(bold, installed[regular]))
    logger.warning(
        "no Korean font is installed (fonts-nanum, fonts-noto-cjk): the chart names its categories in English"
    )
    default = font_manager.FontProperties(family="DejaVu Sans")
    bold_default = font_manager.FontProperties(family="DejaVu Sans", weight="bold")
    return _load_font(Path(font_manager.findfont(default)), Path(font_manager.findfont(bold_default)))


def _load_font(regular: Path, bold: Path) -> _Font:
    from matplotlib.font_manager import get_font  # noqa: PLC0415 - matplotlib takes 0.4 s to import

    return _Font(regular, bold, frozenset(get_font(regular).get_charmap()))
