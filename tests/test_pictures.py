"""The pictures of the documentation: few, small, each shown somewhere, and those that `make pictures` writes."""

import re
from pathlib import Path

from PIL import Image

from tests import environment
from tests.pictures import documents

ROOT = environment.ROOT
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def shown(page: Path) -> set[Path]:
    """Return the pictures that a page shows, in Markdown or as an element."""
    found = re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for pair in found for target in pair if target and "://" not in target}


def test_docs_pictures_are_those_that_the_command_writes():
    assert {path.name for path in documents.FOLDER.iterdir()} == {f"{name}.png" for name in documents.PICTURES}


def test_docs_pictures_are_few_and_small():
    paths = list(documents.FOLDER.iterdir())

    assert 0 < len(paths) <= 30
    assert sum(path.stat().st_size for path in paths) <= 5_000_000


def test_docs_show_every_picture_and_no_other():
    assert set().union(*map(shown, PAGES)) == {path.resolve() for path in documents.FOLDER.iterdir()}


def test_docs_pictures_are_cut_and_reduced_from_the_full_set(tmp_path):
    for name, chosen in documents.PICTURES.items():
        Image.new("RGB", (600, 2000), f"#{len(name):02x}4080").save(tmp_path / f"{chosen.source}.png")
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "gone.png").touch()

    documents.write_pictures(tmp_path, folder)

    assert {path.stem for path in folder.iterdir()} == set(documents.PICTURES)
    for name, chosen in documents.PICTURES.items():
        with Image.open(folder / f"{name}.png") as picture:
            assert (picture.mode, picture.size) == ("P", (600, chosen.height or 2000))
