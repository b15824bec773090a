"""Every address of the desk, as Django's own resolver lists them, for every role: who gets in, and where an address shows.

A page that is new stands in no row here and fails the test: somebody has to say who may open it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from digests.approve import approve
from digests.models import Collection
from newsletter.models import Delivery, Event, Mailing, Suppression
from tests import build

pytestmark = pytest.mark.django_db

EDITOR, PUBLISHER, SUPPORT, ADMINISTRATOR = "editor", "publisher", "support", "administrator"
ALL = {EDITOR, PUBLISHER, SUPPORT, ADMINISTRATOR}
CONTENT = ALL - {SUPPORT}
SENDING = {PUBLISHER, ADMINISTRATOR}
READERS = {SUPPORT, ADMINISTRATOR}
ADMIN = {ADMINISTRATOR}
NOBODY: set[str] = set()
ADDRESS = "ann.secret@example.net"

# Who may list or open, add, and delete the rows of a table; nobody edits what only the system writes.
TABLES = {
    "auth_group": (ADMIN, ADMIN, ADMIN),
    "auth_user": (ADMIN, ADMIN, ADMIN),
    "digests_category": (ALL, CONTENT, NOBODY),  # chosen or printed ones are retired
    "digests_publication": (ALL, ADMIN, ADMIN),
    "digests_item": (CONTENT, ADMIN, ADMIN),
    "digests_digest": (CONTENT, NOBODY, NOBODY),
    "digests_source": (CONTENT, CONTENT, ADMIN),
    "digests_collection": (CONTENT, NOBODY, ADMIN),
    "newsletter_delivery": (READERS, NOBODY, NOBODY),
    "newsletter_event": (READERS, NOBODY, NOBODY),
    "newsletter_suppression": (READERS, READERS, READERS),
    "newsletter_mailing": (SENDING | READERS, NOBODY, NOBODY),
    "newsletter_subscriber": (READERS, NOBODY, NOBODY),
    "admin_logentry": (ADMIN, NOBODY, NOBODY),
}
PAGES = {
    "second": ALL,
    "second_check": ALL,
    "index": ALL,
    "app_list": ALL,
    "login": ALL,
    "logout": ALL,
    "password_change": ALL,
    "password_change_done": ALL,
    "jsi18n": ALL,
    "autocomplete": NOBODY,  # no form asks for it
    "view_on_site": ALL,
    "auth_user_password_change": ADMIN,
    "digests_digest_review": CONTENT,
    "digests_digest_save": CONTENT,
    "digests_digest_render": CONTENT,
    "digests_digest_do": CONTENT,
    "digests_digest_approve": SENDING,
    "digests_digest_changes": CONTENT,
    "digests_source_try": CONTENT,
    "newsletter_progress": SENDING | READERS,
    "newsletter_figures": SENDING | READERS,
    "newsletter_mailing_do": SENDING,
    "newsletter_schedule": SENDING | READERS,
    "newsletter_merge": CONTENT,
    "newsletter_split": CONTENT,
    "newsletter_preview": CONTENT,
    "newsletter_preview_email": CONTENT,
    "newsletter_test": CONTENT,
    "newsletter_reader_export": READERS,
    "newsletter_reader_suppress": READERS,
    "newsletter_reader_erase": READERS,
    "newsletter_import": READERS,
}
# Orders, which a GET does not carry out; each is sent with nothing in it.
ORDERS = {
    *("digests_digest_save", "digests_digest_do", "digests_digest_approve", "digests_source_try"),
    *("digests_digest_render", "newsletter_mailing_do", "newsletter_test"),
    *("newsletter_reader_export", "newsletter_reader_suppress", "newsletter_reader_erase"),
}
# Pages of a digest that stand below the mailings, and of a category.
OTHERS = {
    **dict.fromkeys(["newsletter_schedule", "newsletter_test"], "digests_digest"),
    **dict.fromkeys(["newsletter_preview", "newsletter_preview_email"], "digests_digest"),
    **dict.fromkeys(["newsletter_merge", "newsletter_split"], "digests_category"),
    **dict.fromkeys(["newsletter_progress", "newsletter_figures", "newsletter_mailing_do"], "newsletter_mailing"),
}
WAYS = {"changelist": 0, "change": 0, "history": 0, "add": 1, "delete": 2}


def _urls() -> Iterator[tuple[str, str]]:
    """Yield route and name of every address of the desk that has a name."""

    def below(patterns: Any, before: str) -> Iterator[tuple[str, str]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from below(pattern.url_patterns, before + str(pattern.pattern))
            elif isinstance(pattern, URLPattern) and pattern.name:
                yield before + str(pattern.pattern), pattern.name

    for route, name in below(get_resolver().url_patterns, ""):
        if route.startswith("admin/"):
            yield route, name


def _who(name: str) -> set[str]:
    """Return who may open an address."""
    if name in PAGES:
        return PAGES[name]
    table, _, way = name.rpartition("_")
    return TABLES[table][WAYS[way]]


@pytest.fixture
def rows():
    """Return a row of every table, by the names that Django gives their pages."""
    category, source = build.category(), build.source()
    publication = build.publication(categories=[category], sources=[source])
    digest = build.digest(publication, state="in_review")
    build.section(digest, category, items=[item := build.item()])
    reader = build.subscription(publication, [category], subscriber_=build.subscriber(ADDRESS)).subscriber
    sent = build.digest(publication, date=timezone.now().date(), state="in_review")
    build.section(sent, category)
    mailing = Mailing.objects.create(digest=approve(sent), subject="x", planned_at=timezone.now(), state="sending")
    answer = f"550 5.1.1 <{ADDRESS}>: no such user"
    delivery = Delivery.objects.create(mailing=mailing, subscriber=reader, sections=1, state="failed", answer=answer)
    person = User.objects.create_user("someone")
    content = ContentType.objects.get_for_model(User)
    made = [
        *(category, publication, digest, source, item, reader, mailing, delivery, person),
        Event.objects.create(kind="bounced", delivery=delivery, detail=answer),
        Suppression.objects.create(email=f"x{ADDRESS}", reason="manual"),
        Collection.objects.create(source=source),
        Group.objects.create(name="x"),
        LogEntry.objects.create(user=person, content_type=content, object_repr="x", action_flag=2),
    ]
    return {f"{row._meta.app_label}_{row._meta.model_name}": row.pk for row in made}


def _path(route: str, name: str, rows: dict[str, int]) -> str:
    """Return an address with the row that its page is about."""
    table = OTHERS.get(name) or next((one for one in rows if name.startswith(f"{one}_")), "")
    pk = rows.get(table or "newsletter_subscriber", 0)
    if name == "view_on_site":
        return f"/admin/r/{ContentType.objects.get(model='digest').pk}/{rows['digests_digest']}/"
    if name == "app_list":
        return "/admin/digests/"
    return "/" + re.sub(r"<[^>]+>", str(pk), route)


def _ask(client, name: str, path: str) -> Any:
    # Some tables lead from Django's page of a row to one of their own.
    return client.post(path) if name in ORDERS else client.get(path, follow=name.endswith("_change"))


def _is_open(client, name: str, path: str) -> bool:
    response = _ask(client, name, path)
    assert response.status_code < 500, (name, response.status_code)
    return bool(response.status_code != 403)


def _log_in(client, role: str) -> None:
    person = User.objects.create_user(role, email=f"{role}@example.org", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)


@pytest.mark.parametrize("role", sorted(ALL))
def test_every_address_is_open_to_those_whom_it_is_for(client, rows, role):
    _log_in(client, role)
    urls = list(_urls())
    # What erases comes last.
    urls.sort(key=lambda url: url[1].endswith(("_erase", "_do")))
    found = {name: _is_open(client, name, _path(route, name, rows)) for route, name in urls}

    assert found == {name: role in _who(name) for _route, name in urls}
    assert len(found) > 90


@pytest.mark.parametrize("role", [EDITOR, PUBLISHER])
def test_no_page_shows_an_address_to_content_roles(client, rows, role):
    _log_in(client, role)
    leaks = [
        name
        for route, name in _urls()
        if ADDRESS in _ask(client, name, _path(route, name, rows)).content.decode(errors="replace")
    ]

    assert leaks == []


@pytest.mark.parametrize("role", [EDITOR, PUBLISHER])
@pytest.mark.parametrize(
    "asked",
    [
        "digests/category/?subscriptions__subscriber__email__startswith=ann",
        "digests/publication/?subscriptions__subscriber__email__startswith=ann",
        "digests/digest/?mailing__deliveries__subscriber__email__startswith=ann",
        "newsletter/mailing/?deliveries__subscriber__email__startswith=ann",
    ],
)
def test_no_list_answers_questions_about_addresses(client, rows, role, asked):
    _log_in(client, role)

    assert client.get(f"/admin/{asked}").status_code in {400, 403}


def test_nobody_gets_in_without_a_login(client, rows):
    paths = {name: _path(route, name, rows) for route, name in _urls() if name not in {"login", "logout", "jsi18n"}}
    answers = {name: client.post(path) if name in ORDERS else client.get(path) for name, path in paths.items()}
    led = {name: (one.status_code, one.get("Location", "").partition("?")[0]) for name, one in answers.items()}

    assert {name: seen for name, seen in led.items() if seen != (302, "/admin/login/")} == {}


def test_nobody_gets_in_who_is_not_of_the_staff(client, rows):
    person = User.objects.create_user("reader")
    person.groups.set(Group.objects.all())
    client.force_login(person)
    paths = {name: _path(route, name, rows) for route, name in _urls() if name not in {"login", "logout", "jsi18n"}}
    statuses = {name: client.post(path) if name in ORDERS else client.get(path) for name, path in paths.items()}

    assert {name: one.status_code for name, one in statuses.items() if one.status_code != 302} == {}


def test_figures_of_a_mailing_name_nobody(client, rows):
    _log_in(client, PUBLISHER)
    page = client.get(f"/admin/newsletter/mailing/{rows['newsletter_mailing']}/figures/")

    assert ADDRESS not in json.dumps(page.json())


@pytest.mark.parametrize("pk", ["-1", "0", "abc", "1_0", "%00", "9" * 30, "가", "１"])
def test_row_that_is_none_is_not_there(admin_client, pk):
    found = {
        name: admin_client.get("/" + re.sub(r"<[^>]+>", pk, route), follow=True).status_code
        for route, name in _urls()
        if "<" in route and name not in ORDERS
    }

    # Django leads from a row of its own pages that is not there to the first page.
    assert {name: status for name, status in found.items() if status not in {200, 400, 403, 404, 405}} == {}
