"""Every page of the site and the desk, and every mail, speaks one language: Korean pages no English, English pages no Korean."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.conf import settings as site
from django.contrib.auth.models import User
from django.db.models import CharField, JSONField, TextField
from django.test import Client
from django.utils.translation import override
from pytest_django import Settings

from digests.text.messages import MessageCode, format_message, list_codes, make_message
from newsletter.models import Subscription
from newsletter.subscribers import links
from tests import build
from tests.newsletter import everywhere
from tests.newsletter.site import rows
from tests.words import PROPER_NAMES, find_foreign_words, find_foreign_words_of_page, list_texts_of_page

LANGUAGES = ("ko", "en")
# The parameters of all codes.
PLACES = (
    *(
        "address",
        "attributes",
        "capacity",
        "count",
        "counts",
        "css",
        "days",
        "digest",
        "element",
        "email",
        "encoding",
        "error",
    ),
    *("failed", "file", "finding", "found", "host", "hours", "ip", "kind", "known", "lines", "limit", "mailing"),
    *("minutes", "model", "more", "n", "name", "names", "number", "numbers", "part", "place", "planned", "port"),
    *(
        "publications",
        "reason",
        "reasons",
        "refused",
        "reply",
        "row",
        "said",
        "seconds",
        "settled",
        "since",
        "source",
        "spent",
    ),
    *("status", "step", "text", "time", "what", "why", "words", "zone", "date", "queued"),
)
# Names that people give, which stand as they are on every page.
_NAMED = (
    *("publication", "source", "category", "user", "group", "import", "digest", "mailing"),
    *("subscriber", "suppression", "delivery", "event"),
)
# Pages that name an item: its own, and the preview, whose subject is the first headline.
_PAGES_OF_ITEMS = {f"digests_item_{page}" for page in ("change", "changelist", "delete", "history")} | {
    "newsletter_preview"
}
# Answers that are no page in words: files, data, redirects.
_NO_PAGE = {*everywhere.ORDER_ROUTES, "jsi18n", "logout", "view_on_site", "autocomplete"}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Return each language of the desk."""
    return str(request.param)


def _names(*more: str) -> set[str]:
    """Return the names that the rows of the tables have, and of those that are asked for beside."""
    found: set[str] = set()
    for label in (*_NAMED, *more):
        for model in (one for one in apps.get_models() if one._meta.model_name == label):
            for row in model._default_manager.all():
                for field in model._meta.fields:
                    value = getattr(row, field.attname)
                    if isinstance(field, CharField | TextField) and not field.choices and len(str(value)) > 2:
                        found.add(str(value))
                    if isinstance(field, JSONField) and field.name == "names":
                        found |= set(value.values())
    return found


def _faults(client: Client, paths: dict[str, str], language: str) -> dict[str, list[str]]:
    client.cookies["django_language"] = language
    # Django's own pages of a row name it in their frame.
    found, names, of_items = {}, _names(), _names("item")
    for name, path in paths.items():
        response = client.get(path, follow=True)
        assert response.status_code < 500, path
        if "text/html" in response.headers.get("Content-Type", "") and response.content.strip():
            found[name] = find_foreign_words_of_page(
                response.content, language, of_items if name in _PAGES_OF_ITEMS else names
            )
    return {name: faults for name, faults in found.items() if faults}


@pytest.mark.django_db
def test_desk_speaks_one_language(client: Client, language: str) -> None:
    made = everywhere.create_rows()
    client.force_login(User.objects.create_superuser("chief", email="chief@example.org"))
    paths = {
        name: everywhere.fill_path(route, name, made) for route, name in everywhere.list_urls() if name not in _NO_PAGE
    }

    assert _faults(client, paths, language) == {}


def _site_paths(subscription: Subscription) -> Iterator[str]:
    slug, reader = subscription.publication.slug, subscription.subscriber
    yield from ("/", "/about/", "/privacy/", "/search/", "/search/?q=zzz", "/nothing/", "/m/none/", "/link/")
    yield from (f"/{slug}/", f"/{slug}/archive/", f"/{slug}/2026-05-22/")
    yield links.make_manage_url(subscription.pk, reader.link_key)
    yield links.make_unsubscribe_url(subscription.pk, reader.link_key)


@pytest.mark.django_db
def test_site_speaks_one_language(client: Client, language: str) -> None:
    publication = rows.publication()
    rows.sent(publication, dt.date(2026, 5, 22))
    subscription = build.subscription(publication, list(publication.categories.all())[:1])

    assert _faults(client, {path: path for path in _site_paths(subscription)}, language) == {}


def _list_site_texts(client: Client, subscription: Subscription, language: str) -> set[str]:
    """Return what the readers' pages say in a language, outside of elements with another `lang`."""
    client.cookies["django_language"] = language
    pages = [client.get(path, follow=True) for path in _site_paths(subscription)]
    return {text for page in pages for text in list_texts_of_page(page.content, language)}


@pytest.mark.django_db
@pytest.mark.parametrize("draft", list(site.DRAFT_LANGUAGES))
def test_site_in_a_draft_repeats_no_english_sentence(client: Client, settings: Settings, draft: str) -> None:
    settings.LANGUAGES = [*site.DESK_LANGUAGES, *site.DRAFT_LANGUAGES.items()]
    publication = rows.publication()
    rows.sent(publication, dt.date(2026, 5, 22))
    subscription = build.subscription(publication, list(publication.categories.all())[:1])
    names = _names() | {site.SITE_NAME, "name@example.com"}

    own, english = (_list_site_texts(client, subscription, language) for language in (draft, "en"))
    same = [text for text in own & english if find_foreign_words(text, "ko", names)]
    assert same == []
    assert len(own) > 100


def test_proper_names_are_few() -> None:
    assert len(set(PROPER_NAMES)) == len(PROPER_NAMES) <= 150


def _sentence(code: MessageCode, language: str) -> str:
    with override(language):
        return format_message(make_message(code, **dict.fromkeys(PLACES, 7)))


def test_codes_have_a_sentence_in_each_language(language: str) -> None:
    said = {code.value: _sentence(code, language) for code in list_codes() if not code.startswith("sample.")}

    assert {
        code: find_foreign_words(one, language) for code, one in said.items() if find_foreign_words(one, language)
    } == {}
    assert {code for code, one in said.items() if not one} == set()
    assert len(said) > 100
