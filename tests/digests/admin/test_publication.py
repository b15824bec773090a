"""The page of a publication: who may let the clock approve, and how that is logged."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.forms import model_to_dict
from django.urls import reverse
from django.utils import timezone
from lxml import html

from digests.models import Publication
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def publication():
    return build.publication("papers", categories=[build.category()])


def _enter(client, role: str = "publisher", **fields: Any) -> User:
    person = User.objects.create_user(role, is_staff=True, **fields)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)
    return person


def _save(client, publication: Publication, **changes: object):
    publication.refresh_from_db()
    values = {name: value for name, value in model_to_dict(publication).items() if value is not None}
    values = {name: value for name, value in values.items() if value is not False}
    values |= {name: [row.pk for row in values[name]] for name in ("sources", "categories")}
    address = reverse("admin:digests_publication_change", args=[publication.pk])
    return client.post(address, values | changes, follow=True)


def _log() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]


def test_allowing_the_clock_keeps_who_and_when(client, publication):
    ann = _enter(client, email="ann@example.org")
    _save(client, publication, clock_allowed="on")

    publication.refresh_from_db()
    assert (publication.clock_allowed_by, publication.clock_allowed_at is not None) == (ann, True)
    assert "Approval without a person: allowed" in _log()

    _save(client, publication)
    publication.refresh_from_db()
    assert (publication.clock_allowed_by, publication.clock_allowed_at) == (None, None)
    assert "Approval without a person: no longer allowed" in _log()


def test_what_happens_where_nobody_came_is_kept_in_the_log(client, publication):
    _enter(client, email="ann@example.org")
    _save(client, publication, when_nobody="clean")

    assert Publication.objects.get().when_nobody == "clean"
    assert "If nobody came by the deadline: send sections without problems" in _log()


def test_saving_something_else_keeps_since_when_it_was_allowed(client, publication):
    _enter(client, email="ann@example.org")
    Publication.objects.update(clock_allowed_at=timezone.now())
    before = Publication.objects.get().clock_allowed_at
    _save(client, publication, clock_allowed="on", tagline="New")

    assert Publication.objects.values_list("tagline", "clock_allowed_at").get() == ("New", before)


def test_the_clock_is_not_allowed_by_who_may_not_approve(client, publication):
    person = _enter(client, "editor")
    person.user_permissions.add(Permission.objects.get(codename="change_publication"))
    _save(client, publication, clock_allowed="on", when_nobody="clean", deadline_minutes=5, tagline="New")

    made = Publication.objects.get()
    assert (made.tagline, made.clock_allowed_at, made.when_nobody, made.deadline_minutes) == ("New", None, "hold", 30)


def test_a_new_publication_may_let_the_clock_approve(client):
    ann = _enter(client, "administrator", email="ann@example.org")
    values = model_to_dict(Publication(slug="notes", name="Notes"), exclude=["id", "clock_allowed_at", "next_build_at"])
    values = {name: value for name, value in values.items() if value is not None}
    client.post(reverse("admin:digests_publication_add"), values | {"clock_allowed": "on"})

    assert Publication.objects.get(slug="notes").clock_allowed_by == ann


@pytest.mark.parametrize(("email", "warnings"), [("ann@example.org", 0), ("", 1)])
def test_saving_says_where_nobody_can_be_reminded(client, publication, email, warnings):
    _enter(client, email=email)
    page = _save(client, publication)

    assert [message.level_tag for message in page.context["messages"]].count("warning") == warnings


def test_page_of_an_open_newsletter_has_a_sign_up_form_for_other_sites(client, publication, settings):
    settings.SITE_URL = "https://news.example.org"
    _enter(client)
    address = reverse("admin:digests_publication_change", args=[publication.pk])

    (shown,) = html.fromstring(client.get(address).content.decode()).cssselect(".field-embed_code pre")
    form = html.fromstring("".join(str(part) for part in shown.itertext()))
    assert (form.get("action"), form.get("method")) == ("https://news.example.org/subscribe/", "post")
    assert {one.get("name"): one.get("value") for one in form.cssselect("input")} == {
        "publication": "papers",
        "email": None,
    }
    assert form.cssselect("button")[0].text == "구독 신청하기"

    Publication.objects.update(enabled=False)
    assert html.fromstring(client.get(address).content.decode()).cssselect(".field-embed_code") == []
