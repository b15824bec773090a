"""A person at the desk keeps the language that was chosen there, where the desk has it."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from newsletter.models import DeskLanguage
from newsletter.staff.language import save_language

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return User.objects.create_superuser("ann", password="right")


def _log_in(client, language: str) -> None:
    headers = {"accept-language": language}
    client.post(reverse("admin:login"), {"username": "ann", "password": "right"}, headers=headers)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_language_of_the_first_login_is_saved(client, person, language):
    _log_in(client, language)
    _log_in(client, "en")

    assert DeskLanguage.by_user([person.pk]) == {person.pk: language}


def test_login_that_no_page_made_saves_no_language(client, person):
    client.force_login(person)

    assert DeskLanguage.by_user([person.pk]) == {}


def test_language_that_the_desk_does_not_have_is_not_saved(person):
    save_language(person, "en")
    save_language(person, "fr")

    assert DeskLanguage.by_user([person.pk]) == {person.pk: "en"}


@pytest.mark.parametrize(("language", "other", "name"), [("ko", "en", "English"), ("en", "ko", "한국어")])
def test_switch_offers_the_other_languages_of_the_desk(admin_client, language, other, name):
    page = admin_client.get(reverse("admin:index"), headers={"accept-language": language}).content.decode()

    assert page.count('<button name="language"') == 1
    assert page.count(f'value="{other}"\n    lang="{other}">{name}</button>') == 1


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("ko", ["구독과 발송", "구독자", "발송 차단 주소", "작업 기록"]),
        ("en", ["Subscribers and sending", "Subscribers", "Suppressed addresses", "Activity log"]),
    ],
)
def test_menu_is_in_the_language_of_the_page(admin_client, language, names):
    page = admin_client.get(reverse("admin:index"), headers={"accept-language": language})

    apps = {app["app_label"]: app for app in page.context["available_apps"]}
    tables = {table["object_name"]: table["name"] for app in apps.values() for table in app["models"]}
    assert [
        apps["newsletter"]["name"],
        *(tables[table] for table in ("Subscriber", "Suppression", "LogEntry")),
    ] == names
