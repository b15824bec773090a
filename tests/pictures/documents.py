"""Chooses the few pictures that the documentation shows, and writes them small: docs/pictures.

A picture is cut to its first lines and brought to 256 colors or fewer. Not here: how the full set is taken (camera).
"""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
MAX_FILES = 30
MAX_BYTES = 5_000_000
COLORS = 256  # text and emoji look the same, at a third of the bytes


class Chosen(NamedTuple):
    """Which picture of the full set is shown, and how many of its pixels from the top; 0 for all."""

    source: str
    height: int = 0


PICTURES = {
    "email": Chosen("email-papers-minji-600-light", 1180),
    "email-dark": Chosen("email-papers-minji-600-dark", 1180),
    "email-phone": Chosen("email-written-minji-375-light", 1100),
    "email-english": Chosen("email-papers-en-alice-600-light", 1180),
    "email-confirm": Chosen("mail-confirm-ko-600-light", 520),
    "sign-up": Chosen("publication-en-1280-light", 1000),
    "sign-up-phone": Chosen("publication-ko-375-dark", 1100),
    "issue": Chosen("issue-written-ko-1280-light", 1100),
    "preferences": Chosen("preferences-en-1280-light", 1000),
    "archive": Chosen("archive-en-1280-light", 800),
    "search": Chosen("search-en-1280-light", 1000),
    "desk-today": Chosen("desk-today-en-1280-light", 1000),
    "desk-review": Chosen("desk-review-en-1280-light", 1100),
    "desk-evidence": Chosen("desk-review-evidence-en-1280-light"),
    "desk-preview": Chosen("desk-preview-en-1280-light", 1000),
    "desk-mailing": Chosen("desk-mailing-en-1280-light", 1000),
    "desk-source": Chosen("desk-source-en-1280-light", 1000),
    "desk-publication": Chosen("desk-publication-en-1280-light", 1000),
    "desk-check-mail": Chosen("desk-check-mail-en-1280-light", 420),
    "desk-subscriber": Chosen("desk-subscriber-en-1280-light", 1000),
}


def write_pictures(full: Path, folder: Path = FOLDER) -> str:
    """Write the chosen pictures of the full set, remove what is no longer chosen, and return a line with their number and size."""
    from PIL import Image  # slow, and no other way needs it  # noqa: PLC0415

    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.png"):
        path.unlink()
    for name, chosen in PICTURES.items():
        with Image.open(full / f"{chosen.source}.png") as picture:
            height = min(chosen.height or picture.height, picture.height)
            cut = picture.convert("RGB").crop((0, 0, picture.width, height))
            cut.quantize(COLORS, dither=Image.Dither.NONE).save(folder / f"{name}.png", optimize=True)
    size = sum(path.stat().st_size for path in folder.glob("*.png"))
    return f"docs/pictures: {len(PICTURES)} pictures, {size:,} bytes"
