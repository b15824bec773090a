"""The desk's words: every sentence in both languages, and the compiled file is that of the source."""

import gettext
import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "newsletter/locale/ko/LC_MESSAGES"
PAIRS = re.compile(r'^msgid "((?:[^"\\]|\\.)+)"\nmsgstr "((?:[^"\\]|\\.)*)"$', re.MULTILINE)
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def _pairs() -> dict[str, str]:
    text = (FOLDER / "django.po").read_text(encoding="utf-8")
    return {_plain(said): _plain(korean) for said, korean in PAIRS.findall(text)}


def _plain(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")


def test_locale_has_every_sentence_in_korean():
    pairs = _pairs()

    assert [said for said, korean in pairs.items() if not korean] == []
    assert len(pairs) > 200


def test_locale_fills_the_same_places():
    assert [
        said for said, korean in _pairs().items() if sorted(PLACES.findall(said)) != sorted(PLACES.findall(korean))
    ] == []


def test_locale_is_compiled_from_its_source():
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    assert {said: compiled.gettext(said) for said in _pairs()} == _pairs()


def test_locale_knows_every_sentence_of_the_templates():
    root = Path(__file__).parents[2]
    pages = list((root / "templates/admin").rglob("*.html"))
    said = {
        words
        for page in pages
        for pair in re.findall(r"{% translate (?:\"([^\"]+)\"|'([^']+)') %}", page.read_text(encoding="utf-8"))
        for words in pair
        if words
    }

    assert said - set(_pairs()) == set()
