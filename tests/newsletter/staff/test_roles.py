"""What each role may and may not do at the desk: every page and every button, by its response."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse
from django.utils import timezone

from digests.review.approve import approve_digest, fingerprint_digest
from newsletter.admin.users import RoleListFilter
from newsletter.models import Delivery, Mailing
from newsletter.staff.roles import ROLE_PERMISSIONS, make_roles
from tests import build

pytestmark = pytest.mark.django_db
EVERYBODY = {"editor", "publisher", "support", "administrator"}
CONTENT = EVERYBODY - {"support"}
SENDING = {"publisher", "administrator"}
READERS = {"support", "administrator"}


@pytest.fixture
def rows():
    category = build.category()
    publication = build.publication(categories=[category], sources=[build.source()])
    digest = build.digest(publication, state="in_review")
    build.section(digest, category)
    reader = build.subscription(publication, [category], subscriber_=build.subscriber("ann@example.net")).subscriber
    sent = build.digest(publication, date=publication.today(), state="in_review")
    build.section(sent, category)
    mailing = Mailing.objects.create(
        digest=approve_digest(sent), subject="x", planned_at=timezone.now(), state="sending"
    )
    refused = "550 <ann@example.net>: no"
    Delivery.objects.create(mailing=mailing, subscriber=reader, sections=1, state="failed", server_reply=refused)
    return {"digest": digest, "category": category, "reader": reader, "mailing": mailing, "publication": publication}


def _log_in(client, role: str) -> None:
    person = User.objects.create_user(role, email=f"{role}@example.org", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)


PAGES = [
    ("digests_digest_changelist", None, CONTENT),
    ("digests_digest_review", "digest", CONTENT),
    ("digests_digest_changes", "digest", CONTENT),
    ("digests_category_change", "category", EVERYBODY),
    ("digests_source_changelist", None, CONTENT),
    ("digests_item_changelist", None, CONTENT),
    ("newsletter_preview", "digest", CONTENT),
    ("newsletter_preview_email", "digest", CONTENT),
    ("newsletter_merge", "category", CONTENT),
    ("newsletter_mailing_changelist", None, SENDING | READERS),
    ("newsletter_progress", "mailing", SENDING | READERS),
    ("newsletter_figures", "mailing", SENDING | READERS),
    ("newsletter_schedule", "digest", SENDING | READERS),
    ("newsletter_subscriber_changelist", None, READERS),
    ("newsletter_subscriber_change", "reader", READERS),
    ("newsletter_import", None, READERS),
    ("newsletter_delivery_changelist", None, READERS),
    ("newsletter_event_changelist", None, READERS),
    ("newsletter_suppression_changelist", None, READERS),
    ("auth_user_changelist", None, {"administrator"}),
    ("auth_group_changelist", None, {"administrator"}),
    ("admin_logentry_changelist", None, {"administrator"}),
]


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_pages_open_for_whom_they_are_for(client, rows, role):
    _log_in(client, role)
    answers = {
        name: client.get(reverse(f"admin:{name}", args=[rows[row].pk] if row else [])).status_code
        for name, row, _roles in PAGES
    }

    assert answers == {name: 200 if role in roles else 403 for name, _row, roles in PAGES}


BUTTONS = [
    ("digests_digest_save", "digest", {}, CONTENT),
    ("digests_digest_do", "digest", {"do": "drop"}, CONTENT),
    ("digests_digest_approve", "digest", {}, SENDING),
    ("digests_source_try", None, {"kind": "none"}, CONTENT),
    ("newsletter_test", "digest", {}, CONTENT),
    ("newsletter_mailing_do", "mailing", {"do": "pause"}, SENDING),
    ("newsletter_reader_export", "reader", {}, READERS),
    ("newsletter_reader_suppress", "reader", {}, READERS),
    ("newsletter_reader_erase", "reader", {}, READERS),
]


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_buttons_work_for_whom_they_are_for(client, rows, role):
    _log_in(client, role)
    allowed = {
        name: client.post(reverse(f"admin:{name}", args=[rows[row].pk] if row else []), values).status_code != 403
        for name, row, values, _roles in BUTTONS
    }

    assert allowed == {name: role in roles for name, _row, _values, roles in BUTTONS}


@pytest.mark.parametrize("name", [name for name, _row, _roles in PAGES])
def test_pages_show_nobody_who_is_not_logged_in_anything(client, rows, name):
    row = {page: row for page, row, _roles in PAGES}[name]
    response = client.get(reverse(f"admin:{name}", args=[rows[row].pk] if row else []))

    assert (response.status_code, response["Location"].partition("?")[0]) == (302, reverse("admin:login"))


def test_editor_approves_nothing_even_by_a_form_of_the_own(client, rows):
    _log_in(client, "editor")
    digest = rows["digest"]
    client.post(reverse("admin:digests_digest_approve", args=[digest.pk]), {"seen": fingerprint_digest(digest)})

    digest.refresh_from_db()
    assert digest.state == "in_review"


@pytest.mark.parametrize("role", ["editor", "publisher"])
def test_content_roles_see_no_address(client, rows, role):
    _log_in(client, role)
    pages = [
        client.get(reverse(f"admin:{name}", args=[rows[row].pk] if row else [])).content.decode()
        for name, row, roles in PAGES
        if role in roles
    ]
    pages.append(client.get(reverse("admin:index")).content.decode())
    by_reader = reverse("admin:newsletter_preview", args=[rows["digest"].pk])
    pages.append(client.get(by_reader, {"reader": "ann@example.net"}).content.decode())

    assert [page for page in pages if "ann@example.net" in page] == []


def test_support_sends_nothing(client, rows):
    _log_in(client, "support")
    digest = rows["digest"]
    approve_digest(digest)
    client.post(reverse("admin:newsletter_schedule", args=[digest.pk]), {"when": "now"})

    assert list(Mailing.objects.all()) == [rows["mailing"]]


def test_make_roles_keeps_what_an_operator_changed():
    group = Group.objects.get(name="editor")
    group.permissions.set(Permission.objects.filter(codename="view_digest"))

    assert make_roles() == []
    assert [one.codename for one in group.permissions.all()] == ["view_digest"]


def test_make_roles_makes_a_missing_one():
    Group.objects.filter(name="support").delete()

    assert make_roles() == ["support"]
    allowed = {
        f"{one.content_type.app_label}.{one.codename}" for one in Group.objects.get(name="support").permissions.all()
    }
    assert allowed == set(ROLE_PERMISSIONS["support"] or [])


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("ko", ["관리자", "편집자", "friends", "발행 담당자", "구독자 지원"]),
        ("en", ["Administrator", "Editor", "friends", "Publisher", "Support"]),
    ],
)
def test_roles_are_named_in_the_language_of_the_page(admin_client, admin_user, language, labels):
    Group.objects.create(name="friends")
    headers = {"accept-language": language}

    listed = admin_client.get(reverse("admin:auth_group_changelist"), headers=headers)
    people = admin_client.get(reverse("admin:auth_user_changelist"), headers=headers)
    person = admin_client.get(reverse("admin:auth_user_change", args=[admin_user.pk]), headers=headers)

    shown = [listed.content.decode().count(f">{label}</a>") for label in labels]
    (offered,) = (one for one in people.context["cl"].filter_specs if isinstance(one, RoleListFilter))
    assert shown == [1] * 5
    assert [label for _key, label in offered.lookup_choices] == labels
    assert [label for _key, label in person.context["adminform"].form.fields["groups"].choices] == labels
