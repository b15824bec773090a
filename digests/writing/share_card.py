"""Draws the picture that a link to an issue is shown with in chats and social networks: its newsletter, its date, three headlines.

1200 x 630 pixels, the size that those services cut nothing from. It is lettered with NanumGothic, which a package brings to every machine;
words that this font cannot draw (another writing, or one from right to left, which would come out in the wrong order) are left out.
`read_card` reads a digest's rows; the rest is pure.
"""

import functools
import importlib.util
import io
import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digests.models import Digest
from digests.text.localization import format_full_date

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH_PX, HEIGHT_PX = 1200, 630
MARGIN_PX, STRIPE_PX = 72, 16
NAME_PX, DATE_PX, LATER_PX = 36, 30, 36
FIRST_SIZES_PX = (64, 56, 48, 42)  # the first in which the first headline has room
FIRST_LINES, LINE_HEIGHT = 3, 1.32
FIRST_TOP_PX, LATER_STEP_PX = 172, 66
PAPER_COLOR, INK_COLOR, MUTED_COLOR, LINE_COLOR = "#fbfaf7", "#1d1f24", "#5d6068", "#d9d6cf"
MAX_HEADLINES = 3


@dataclass(frozen=True)
class ShareCard:
    """What the picture shows; the first headline is the issue's title, `colors` are those of its categories in order."""

    name: str
    date: str
    headlines: tuple[str, ...]
    colors: tuple[str, ...]


@dataclass(frozen=True)
class _CardFont:
    regular: Path
    bold: Path
    letters: frozenset[int]

    def keep_drawable(self, text: str) -> str:
        """Return the text without emoji and other signs that the font lacks; nothing where it lacks a letter."""
        runs_left = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
        if runs_left or any(letter.isalnum() and ord(letter) not in self.letters for letter in text):
            return ""
        return " ".join("".join(letter for letter in text if ord(letter) in self.letters).split())


@functools.cache
def _load_font() -> _CardFont:
    """Return the font of the package, which is not imported: that would change what matplotlib draws with."""
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415 - matplotlib takes long to import

    spec = importlib.util.find_spec("koreanize_matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "koreanize-matplotlib is not installed: run pip install --require-hashes -r requirements.lock"
        )
    folder = Path(spec.origin).parent / "fonts"
    regular = folder / "NanumGothic.ttf"
    return _CardFont(regular, folder / "NanumGothicBold.ttf", frozenset(FT2Font(regular).get_charmap()))


def read_card(digest: Digest) -> ShareCard:
    """Return the content of a digest's picture, in the language of its publication."""
    publication = digest.publication
    headlines = [digest.shown_title, *(one["headline"] for one in digest.headlines)]
    colors = digest.sections.exclude(text="").order_by("position").values_list("category__color", flat=True)
    return ShareCard(
        publication.sender_name,
        format_full_date(digest.date, publication.language),
        tuple(dict.fromkeys(headlines))[:MAX_HEADLINES],
        tuple(color for color in colors if re.fullmatch(r"#[0-9a-fA-F]{6}", color)),
    )


def draw_card_png(card: ShareCard) -> bytes:
    """Return the picture as a PNG: the same bytes for the same content."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - takes 2 MB; only a process that draws needs it

    font = _load_font()

    def make_font(size: int, *, bold: bool = False) -> "FreeTypeFont":
        return ImageFont.truetype(font.bold if bold else font.regular, size)

    picture = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), PAPER_COLOR)
    draw = ImageDraw.Draw(picture)
    _draw_stripe(draw, card.colors)
    name, *headlines = (font.keep_drawable(text) for text in (card.name, *card.headlines))
    date_font = make_font(DATE_PX)
    date = font.keep_drawable(card.date)
    room = WIDTH_PX - 2 * MARGIN_PX
    draw.text((WIDTH_PX - MARGIN_PX, MARGIN_PX + NAME_PX), date, MUTED_COLOR, date_font, anchor="rs")
    name_font, name_room = make_font(NAME_PX, bold=True), room - date_font.getlength(date) - MARGIN_PX / 2
    draw.text(
        (MARGIN_PX, MARGIN_PX + NAME_PX), _fit_line(name, name_font, name_room), INK_COLOR, name_font, anchor="ls"
    )
    first, *later = [one for one in headlines if one] or [""]
    _draw_first_headline(draw, first, [make_font(size, bold=True) for size in FIRST_SIZES_PX])
    _draw_later_headlines(draw, later, make_font(LATER_PX))
    out = io.BytesIO()
    picture.quantize(128, dither=Image.Dither.NONE).save(out, "png", optimize=True)
    return out.getvalue()


def _draw_stripe(draw: "ImageDraw", colors: Iterable[str]) -> None:
    """Draw the colors of the categories along the upper edge."""
    shown = list(colors) or [INK_COLOR]
    for n, color in enumerate(shown):
        left, right = (round(WIDTH_PX * place / len(shown)) for place in (n, n + 1))
        draw.rectangle((left, 0, right - 1, STRIPE_PX - 1), fill=color)


def _draw_first_headline(draw: "ImageDraw", text: str, fonts: list["FreeTypeFont"]) -> None:
    """Draw the first headline in the largest letters that it has room for, in lines of about the same length."""
    room = WIDTH_PX - 2 * MARGIN_PX
    font = next((one for one in fonts if len(_wrap(text, one, room)) <= FIRST_LINES), fonts[-1])
    lines = _wrap(text, font, room)
    if len(lines) > FIRST_LINES:
        lines[FIRST_LINES - 1 :] = [_fit_line(" ".join(lines[FIRST_LINES - 1 :]), font, room)]
    else:
        narrower = (_wrap(text, font, room - step) for step in range(0, room // 2, 16))
        *_, lines = itertools.takewhile(lambda one: len(one) == len(lines), narrower)
    for n, line in enumerate(lines):
        bottom = FIRST_TOP_PX + (n + 0.8) * LINE_HEIGHT * font.size
        draw.text((MARGIN_PX, bottom), line, INK_COLOR, font, anchor="ls")


def _draw_later_headlines(draw: "ImageDraw", lines: list[str], font: "FreeTypeFont") -> None:
    """Draw the other headlines at the lower edge, each in one line below a rule."""
    for n, line in enumerate(lines):
        bottom = HEIGHT_PX - MARGIN_PX / 2 - LATER_STEP_PX * (len(lines) - 1 - n)
        rule = bottom - LATER_STEP_PX + 12
        draw.line((MARGIN_PX, rule, WIDTH_PX - MARGIN_PX, rule), fill=LINE_COLOR, width=2)
        text = _fit_line(line, font, WIDTH_PX - 2 * MARGIN_PX)
        draw.text((MARGIN_PX, bottom - 8), text, MUTED_COLOR, font, anchor="ls")


def _wrap(text: str, font: "FreeTypeFont", room: float) -> list[str]:
    """Return a text's lines, which break at spaces; a word longer than a line breaks anywhere."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room:
            lines[-1] = longer
            continue
        lines += [""] * bool(lines[-1])
        for letter in word:
            if font.getlength(lines[-1] + letter) > room:
                lines.append("")
            lines[-1] += letter
    return lines


def _fit_line(text: str, font: "FreeTypeFont", room: float) -> str:
    """Return the text, or as many of its words as one line has room for."""
    if font.getlength(text) <= room:
        return text
    lines = _wrap(text, font, room - font.getlength("…"))
    return f"{lines[0]}…"
