"""The desk's words: every sentence in both languages, and the compiled file is that of the source."""

import ast
import gettext
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import override

from digests.models import Classification
from newsletter.admin.users import PermissionField
from newsletter.models import Subscriber, Subscription

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


def test_locale_knows_every_sentence_of_the_code():
    root = Path(__file__).parents[2]
    names = {"_", "gettext", "gettext_lazy", "gettext_noop"}
    said = {
        node.args[0].value
        for package in ("newsletter", "digests")
        for path in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
        if node.args and isinstance(node.args[0], ast.Constant)
    }

    assert said - set(_pairs()) == set()
    assert len(said) > 150


def _list_shown_words(model: type[Model]) -> dict[str, Any]:
    """Return the names, help texts and labels of choices of a table, by where they stand."""
    found: dict[str, Any] = {"": model._meta.verbose_name, "plural": model._meta.verbose_name_plural}
    for field in [*model._meta.fields, *model._meta.many_to_many]:
        found |= {field.name: field.verbose_name, f"{field.name} help": field.help_text}
        found |= {f"{field.name} {value}": label for value, label in field.choices or []}
    return {f"{model.__name__} {place}": words for place, words in found.items() if words and words != "ID"}


def _list_shown_words_of_all() -> dict[str, Any]:
    models = {model for model in admin.site._registry if model._meta.app_label in {"digests", "newsletter"}}
    shown: dict[str, Any] = {}
    for model in models | {Subscription, Classification}:
        shown |= _list_shown_words(model)
    return shown


def test_words_of_what_the_desk_shows_are_lazy_translations():
    shown = _list_shown_words_of_all()

    assert [place for place, words in shown.items() if not isinstance(words, Promise)] == []
    assert len(shown) > 100


def test_locale_knows_the_words_of_what_the_desk_shows():
    with override("en"):
        said = {str(words) for words in _list_shown_words_of_all().values()}

    assert said - set(_pairs()) == set()
    assert len(said) > 100


@pytest.mark.django_db
def test_locale_knows_every_permission():
    field = PermissionField(Permission.objects.all())
    with override("ko"):
        said = [field.label_from_instance(row) for row in Permission.objects.all()]

    assert [label for label in said if re.search(r"[a-z]{3}", label)] == []
    assert len(said) > 100


def test_names_are_said_in_the_language_of_the_page():
    said = []
    for language in ("ko", "en"):
        with override(language):
            said.append(str(Subscriber._meta.verbose_name))

    assert said == ["구독자", "subscriber"]
