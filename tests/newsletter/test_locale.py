"""The desk's words: every sentence in both languages, and the compiled file is that of the source."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import override

from digests.models import Classification
from newsletter.admin.users import PermissionField
from newsletter.models import LeaveReason, Subscriber, Subscription
from newsletter.site.replies import Reply
from tests import messages

PLACES = dict.fromkeys(["address", "date", "email", "minutes", "publications", "zone"], 7)
HOURS = {"midnight", "noon", "{hour} am", "{hour} pm", "{hour}:{minute} am", "{hour}:{minute} pm"}


@pytest.mark.parametrize("locale", messages.list_locales())
def test_locale_is_complete_and_fills_the_same_places(locale):
    assert messages.list_faults(messages.read_catalog(locale)) == []


@pytest.mark.parametrize("locale", messages.list_locales())
def test_locale_is_compiled_from_its_source(locale):
    compiled = messages.compile_catalog(messages.read_catalog(locale))

    assert messages.get_path(locale).with_suffix(".mo").read_bytes() == compiled


def test_locale_that_lacks_a_sentence_has_a_fault():
    catalog = messages.read_catalog("ko")
    message = next(one for one in catalog if one.id == "Main menu")
    message.string = ""

    assert messages.list_faults(catalog) == ["missing: Main menu"]


@pytest.mark.services
@pytest.mark.parametrize("locale", messages.list_locales())
def test_locale_has_the_sentences_of_the_code_and_no_others(locale, extracted):
    updated = messages.update_catalog(messages.read_catalog(locale), extracted, locale)

    assert messages.get_path(locale).read_bytes() == messages.format_catalog(updated)


@pytest.mark.services
@pytest.mark.parametrize(
    ("locale", "kept_in_english"),
    [
        ("ja", set()),
        # The hours of these go to 24, which is Django's own format; a place has the name that CLDR has for it.
        ("de", {*HOURS, "Ho Chi Minh City, Hanoi"}),
        ("es", HOURS),
        ("fr", HOURS),
    ],
)
def test_draft_has_every_sentence_of_the_readers_side(locale, kept_in_english, extracted):
    assert set(messages.list_untranslated(extracted, locale)) == kept_in_english


@pytest.mark.parametrize("locale", ["ko", *settings.DRAFT_LANGUAGES])
def test_codes_that_readers_see_have_words_in_every_language_of_theirs(locale):
    said = {}
    for language in ("en", locale):
        with override(language):
            said[language] = {code: str(code.label.format(**PLACES)) for code in (*Reply, *LeaveReason.Reason)}

    assert [code for code, words in said[locale].items() if words == said["en"][code]] == []
    assert len(said[locale]) >= 50


@pytest.fixture(scope="module")
def extracted():
    return messages.extract_messages()


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

    with override("ko"):
        korean = {str(words) for words in _list_shown_words_of_all().values()}

    assert {words for words in korean & said if re.search("[a-z]{3}", words)} == {"Message-ID"}
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
