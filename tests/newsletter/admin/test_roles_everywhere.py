"""Every address of the desk, as Django's own resolver lists them, for every role: who gets in, and where an address shows.

A page that is new stands in no row here and fails the test: somebody has to say who may open it.
"""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from tests.newsletter import everywhere
from tests.newsletter.everywhere import ADDRESS, ORDER_ROUTES, fill_path, list_urls
from tests.newsletter.site.page import FORBIDDEN, REFUSED, status_and_heading

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    return everywhere.create_rows()


EDITOR, PUBLISHER, SUPPORT, ADMINISTRATOR = "editor", "publisher", "support", "administrator"
ALL = {EDITOR, PUBLISHER, SUPPORT, ADMINISTRATOR}
CONTENT = ALL - {SUPPORT}
SENDING = {PUBLISHER, ADMINISTRATOR}
READERS = {SUPPORT, ADMINISTRATOR}
ADMIN = {ADMINISTRATOR}
NOBODY: set[str] = set()

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
    "newsletter_leavereason": (READERS, NOBODY, NOBODY),
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
    "digests_digest_wishes": CONTENT,
    "digests_digest_links": CONTENT,
    "digests_digest_approve": SENDING,
    "digests_digest_changes": CONTENT,
    "digests_source_try": CONTENT,
    "digests_source_move": CONTENT,
    "newsletter_progress": SENDING | READERS,
    "newsletter_figures": SENDING | READERS,
    "newsletter_after": SENDING | READERS,
    "newsletter_mailing_do": SENDING,
    "newsletter_check_mail": SENDING | READERS,
    "newsletter_schedule": SENDING | READERS,
    "newsletter_merge": CONTENT,
    "newsletter_split": CONTENT,
    "newsletter_touched": ALL,
    "newsletter_preview": CONTENT,
    "newsletter_preview_email": CONTENT,
    "newsletter_sets": CONTENT,
    "newsletter_test": CONTENT,
    "newsletter_reader_export": READERS,
    "newsletter_reader_suppress": READERS,
    "newsletter_reader_erase": READERS,
    "newsletter_import": READERS,
    "newsletter_import_one": READERS,
    "newsletter_import_look": READERS,
    "newsletter_export": READERS,
}
WAYS = {"changelist": 0, "change": 0, "history": 0, "add": 1, "delete": 2}


def _who(name: str) -> set[str]:
    """Return who may open an address."""
    if name in PAGES:
        return PAGES[name]
    table, _, way = name.rpartition("_")
    return TABLES[table][WAYS[way]]


def _ask(client, name: str, address: str) -> Any:
    # Some tables lead from Django's page of a row to one of their own.
    return client.post(address) if name in ORDER_ROUTES else client.get(address, follow=name.endswith("_change"))


def _is_open(client, name: str, address: str) -> bool:
    response = _ask(client, name, address)
    assert response.status_code < 500, (name, response.status_code)
    return bool(response.status_code != 403)


def _log_in(client, role: str) -> None:
    person = User.objects.create_user(role, email=f"{role}@example.org", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)


@pytest.mark.parametrize("role", sorted(ALL))
def test_every_address_is_open_to_those_whom_it_is_for(client, rows, role):
    _log_in(client, role)
    found_urls = list(list_urls())
    # What erases comes last.
    found_urls.sort(key=lambda url: url[1].endswith(("_erase", "_do")))
    found = {name: _is_open(client, name, fill_path(route, name, rows)) for route, name in found_urls}

    assert found == {name: role in _who(name) for _route, name in found_urls}
    assert len(found) > 90


@pytest.mark.parametrize("role", [EDITOR, PUBLISHER])
def test_no_page_shows_an_address_to_content_roles(client, rows, role):
    _log_in(client, role)
    leaks = [
        name
        for route, name in list_urls()
        if ADDRESS in _ask(client, name, fill_path(route, name, rows)).content.decode(errors="replace")
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

    may_open = role == PUBLISHER or not asked.startswith("newsletter/")
    refused = REFUSED if may_open else FORBIDDEN
    assert status_and_heading(client.get(f"/admin/{asked}")) == refused


def test_nobody_gets_in_without_a_login(client, rows):
    paths = {
        name: fill_path(route, name, rows) for route, name in list_urls() if name not in {"login", "logout", "jsi18n"}
    }
    answers = {name: client.post(one) if name in ORDER_ROUTES else client.get(one) for name, one in paths.items()}
    led = {name: (one.status_code, one.get("Location", "").partition("?")[0]) for name, one in answers.items()}

    assert {name: seen for name, seen in led.items() if seen != (302, "/admin/login/")} == {}


def test_nobody_gets_in_who_is_not_of_the_staff(client, rows):
    person = User.objects.create_user("reader")
    person.groups.set(Group.objects.all())
    client.force_login(person)
    paths = {
        name: fill_path(route, name, rows) for route, name in list_urls() if name not in {"login", "logout", "jsi18n"}
    }
    statuses = {name: client.post(one) if name in ORDER_ROUTES else client.get(one) for name, one in paths.items()}

    assert {name: one.status_code for name, one in statuses.items() if one.status_code != 302} == {}


def test_figures_of_a_mailing_name_nobody(client, rows):
    _log_in(client, PUBLISHER)
    page = client.get(f"/admin/newsletter/mailing/{rows['newsletter_mailing']}/figures/")

    assert ADDRESS not in json.dumps(page.json())


@pytest.mark.parametrize("pk", ["-1", "0", "abc", "1_0", "%00", "9" * 30, "가", "１"])
def test_row_that_is_none_is_not_there(admin_client, pk):
    found = {
        name: admin_client.get("/" + re.sub(r"<[^>]+>", pk, route), follow=True).status_code
        for route, name in list_urls()
        if "<" in route and name not in ORDER_ROUTES
    }

    # Django leads from a row of its own pages that is not there to the first page.
    assert {name: status for name, status in found.items() if status not in {200, 400, 403, 404, 405}} == {}
