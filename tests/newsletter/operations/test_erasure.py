"""After an erasure the address stands in no row and in no file."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import serializers
from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.test import Client, override_settings
from pytest_django import Settings

from newsletter.feedback import events
from newsletter.models import (
    Delivery,
    Event,
    Import,
    ImportPart,
    KeptAway,
    Mailbox,
    Mailing,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
    TransactionalMail,
)
from newsletter.operations import erasure
from newsletter.subscribers import account, addresses, consent, mailbox_limits, suppression
from newsletter.subscribers.addresses import hash_address
from newsletter.subscribers.csv_import import jobs
from newsletter.transactional import requests
from tests import build
from tests.newsletter.site import page

pytestmark = pytest.mark.django_db

ME = "Me.Myself@example.org"


@pytest.fixture
def subscription() -> Subscription:
    category = build.category("llm")
    reader = build.subscriber(ME, language="en")
    return build.subscription(build.publication("papers", categories=[category]), [category], subscriber_=reader)


@pytest.fixture
def delivery(subscription: Subscription) -> Delivery:
    mailing = Mailing.objects.create(digest=build.digest(subscription.publication), subject="Issue", approved_hash="a")
    words = f"550 <{ME}>"
    return Delivery.objects.create(mailing=mailing, subscriber=subscription.subscriber, sections=1, server_reply=words)


def everything() -> str:
    """Return all rows of all tables as text."""
    return str(serializers.serialize("json", [row for model in apps.get_models() for row in model._base_manager.all()]))


def test_erased_address_is_in_no_row_of_any_table(
    client: Client, subscription: Subscription, delivery: Delivery
) -> None:
    Event.objects.create(delivery=delivery, kind="bounced", detail=f"550 <{ME}>", provider="x", provider_id="1")
    waits = {"kind": "bounced", "weight": "hard", "provider": "x", "detail": f"550 {ME}", "recipient": ME.lower()}
    Event.objects.create(named=delivery.pk, provider_id="2", **waits)
    suppression.suppress_address(ME, Suppression.Reason.BOUNCE, detail=f"550 <{ME}>")
    note = account.request_account_link(subscription, "address", email="new@example.org", language="en", ip=None)
    account.change_address(note)  # the old address could take it back
    account.request_lost_link("NEW@example.org", language="en", ip=None)
    consent.record_sign_up(email="new@example.org", publication=subscription.publication, categories=[], language="en")
    editor = User.objects.create_superuser("editor", "editor@example.net", "x")
    client.force_login(editor)
    client.post("/admin/newsletter/suppression/add/", {"email": "New@example.org", "reason": "manual", "detail": ""})
    assert [everything().lower().count(one) > 0 for one in (ME.lower(), "new@example.org")] == [True, True]

    erasure.erase_subscriber(Subscriber.objects.get())

    left = everything().lower()
    assert [left.count(one) for one in (ME.lower(), "new@example.org", "example.org")] == [0, 0, 0]
    assert list(Suppression.objects.values_list("address_hash", "reason")) == [
        (hash_address("new@example.org"), "manual")
    ]
    assert events.process_due_events() == 2
    assert everything().lower().count("example.org") == 0


@pytest.mark.parametrize(
    ("reason", "never", "kept"),
    [
        ("complaint", False, ["complaint"]),
        ("wish", False, ["wish"]),
        ("manual", True, ["manual"]),
        ("bounce", False, []),
        ("bounce", True, ["wish"]),
        ("", True, ["wish"]),
        ("", False, []),
    ],
)
def test_hash_stays_only_where_a_complaint_or_a_wish_keeps_the_address_suppressed(
    subscription: Subscription, reason: str, never: bool, kept: list[str]
) -> None:
    if reason:
        Suppression.objects.create(email=ME.upper(), reason=reason, detail=f"by {ME}")

    erasure.erase_subscriber(subscription.subscriber, never_again=never)

    rows = Suppression.objects.all()
    assert [(row.email, row.address_hash, row.detail, row.reason) for row in rows] == [
        (None, hash_address(ME), "", one) for one in kept
    ]
    assert suppression.is_suppressed(ME.lower()) is bool(kept)


def test_complaint_that_waits_for_the_tick_is_kept_as_a_hash(subscription: Subscription, delivery: Delivery) -> None:
    Event.objects.create(kind="complained", weight="complaint", provider="x", named=delivery.pk, recipient=ME)

    erasure.erase_subscriber(subscription.subscriber)

    assert list(Suppression.objects.values_list("reason", "address_hash")) == [("complaint", hash_address(ME))]


def test_address_before_a_change_that_another_reader_has_now_is_left_to_them(subscription: Subscription) -> None:
    account.change_address(
        account.request_account_link(subscription, "address", email="new@example.org", language="en", ip=None)
    )
    other = build.subscriber(ME)
    Suppression.objects.create(email=ME, reason="complaint")

    erasure.erase_subscriber(Subscriber.objects.get(email="new@example.org"))

    assert ([one.email for one in Subscriber.objects.all()], Suppression.objects.get().email) == ([other.email], ME)


def test_hash_keeps_sign_up_import_and_event_from_bringing_the_address_back(subscription: Subscription) -> None:
    erasure.erase_subscriber(subscription.subscriber, never_again=True)
    publication = subscription.publication
    note = consent.record_sign_up(email=ME.lower(), publication=publication, categories=["llm"], language="en")
    row = Import(publication=publication, name="readers.csv", consent="a fair")
    jobs.start_import(row, io.BytesIO(f"email\n{ME}\nother@example.org\n".encode()))
    jobs.run_due_imports()

    assert consent.process_sign_up(note) is None
    assert jobs.confirm_import(row)
    jobs.run_due_imports()
    row.refresh_from_db()
    assert row.counts == {"suppressed": 1, "new": 1}
    assert suppression.suppress_address(ME, Suppression.Reason.BOUNCE) is False
    assert [one.email for one in Subscriber.objects.all()] == ["other@example.org"]


def test_hash_that_an_earlier_key_made_is_found(subscription: Subscription) -> None:
    with override_settings(SECRET_KEY="earlier"):
        erasure.erase_subscriber(subscription.subscriber, never_again=True)
    with override_settings(SECRET_KEY_FALLBACKS=["earlier"]):
        assert suppression.find_suppressed_addresses([ME, "other@example.org"]) == {ME.lower()}
        suppression.suppress_by_hash(ME, "complaint")

    assert Suppression.objects.count() == 1


def test_rows_of_one_address_are_looked_up_by_an_index(subscription: Subscription) -> None:
    # With one page of rows each index costs the same, so there are more.
    others = [f"reader-{number}@example.org" for number in range(500)]
    publication = subscription.publication
    SignupRequest.objects.bulk_create(SignupRequest(email=one, publication=publication) for one in others)
    TransactionalMail.objects.bulk_create(TransactionalMail(email=one, kind="link") for one in others)
    Suppression.objects.bulk_create(Suppression(email=one, reason="bounce") for one in others)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for rows in (
        addresses.filter_by_address(SignupRequest.objects.all(), ME),
        addresses.filter_by_address(TransactionalMail.objects.all(), ME),
        addresses.filter_by_address(Suppression.objects.all(), ME),
    ):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")
        indexes = ("signuprequest_address", "transactionalmail_address", "suppression_one_per_address")
        assert sum(rows.explain().count(index) for index in indexes) == 1


def test_erased_reader_is_in_no_file_of_the_outbox(
    subscription: Subscription, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_OUTBOX_DIR, settings.EMAIL_BACKEND = (
        tmp_path / "outbox",
        "newsletter.transport.eml_backend.EmailBackend",
    )
    for address in (ME, ME.upper(), "a-me.myself@example.org", "other@example.org"):
        get_connection().send_messages([EmailMessage("s", "b", "from@example.net", [address])])

    erasure.erase_subscriber(subscription.subscriber)

    names = sorted(path.name.split("-", 1)[1].rpartition("-")[0] for path in (tmp_path / "outbox").iterdir())
    assert names == ["a-me.myself@example.org", "other@example.org"]


@pytest.mark.parametrize(("reason", "choice"), [("", ["never"]), ("complaint", [])])
def test_owners_page_says_before_erasing_what_stays_and_why(
    client: Client, subscription: Subscription, reason: str, choice: list[str]
) -> None:
    if reason:
        Suppression.objects.create(email=ME, reason=reason)
    note = account.request_account_link(subscription, "owner", email=ME, language="en", ip=None)
    address = account.make_account_url(note).removeprefix("http://localhost:8000")

    content = client.get(address).content

    stays = page.texts(content, ".stays li")
    assert [words.partition(" ")[0] for words in stays] == ["How", "A" if reason else "Only", "Backups"]
    assert page.values(content, ".danger input[name=never]", "name") == choice


def test_owner_who_never_wants_to_be_written_to_again_says_so_while_erasing(
    client: Client, subscription: Subscription
) -> None:
    note = account.request_account_link(subscription, "owner", email=ME, language="en", ip=None)
    client.post(
        account.make_account_url(note).removeprefix("http://localhost:8000"), {"do": "erase", "sure": "1", "never": "1"}
    )

    assert (Subscriber.objects.count(), Suppression.objects.get().reason) == (0, "wish")


def test_desk_finds_a_hash_by_its_address_and_logs_none(client: Client) -> None:
    suppression.suppress_by_hash(ME, "complaint")
    client.force_login(User.objects.create_superuser("editor", "editor@example.net", "x"))

    found = page.texts(client.get("/admin/newsletter/suppression/", {"q": ME}).content, "#result_list tbody tr")
    client.post("/admin/newsletter/suppression/add/", {"email": "other@example.org", "reason": "manual", "detail": ""})
    pk = Suppression.objects.get(email="other@example.org").pk
    client.post(f"/admin/newsletter/suppression/{pk}/delete/", {"post": "yes"})

    assert len(found) == 1
    assert [entry.object_repr for entry in LogEntry.objects.all()] == [f"#{pk} (manual)"] * 2


def test_export_holds_what_a_server_said_and_why_nothing_is_sent(
    subscription: Subscription, delivery: Delivery
) -> None:
    Event.objects.create(delivery=delivery, kind="bounced", detail="550 full")
    Suppression.objects.create(email=ME.lower(), reason="bounce", detail="550 full")

    kept = account.export_reader_data(subscription.subscriber)

    assert [mail["server_reply"] for mail in kept["mails"]] == [f"550 <{ME}>"]
    assert [(one["kind"], one["detail"]) for one in kept["events"]] == [("bounced", "550 full")]
    assert [(one["reason"], one["detail"]) for one in kept["suppressed"]] == [("bounce", "550 full")]
    assert json.dumps(kept, default=str).count("link_key") == 0


def test_welcome_that_is_due_follows_a_change_of_address(subscription: Subscription) -> None:
    TransactionalMail.objects.create(kind="welcome", email=ME, subscription=subscription, language="en")

    account.change_address(
        account.request_account_link(subscription, "address", email="new@example.org", language="en", ip=None)
    )

    assert sorted(TransactionalMail.objects.values_list("kind", "email")) == [
        ("undo", ME),
        ("welcome", "new@example.org"),
    ]
    assert requests.purge_requests() == 0


def test_erased_address_is_in_no_file_that_waits_to_be_imported(subscription: Subscription) -> None:
    publication = subscription.publication
    others = "other@example.org", "a-me.myself@example.org", "me.myself@example.org.example.net"
    lines = "".join(f"{one},odd\n" for one in (ME, ME.upper(), f"<{ME}>", *others))
    for state in ("state", "note"):
        row = Import(publication=publication, name="readers.csv", consent="a fair")
        jobs.start_import(row, io.BytesIO(f"email,{state}\n{lines}".encode()))
        jobs.run_due_imports()
    assert sorted(Import.objects.values_list("state", flat=True)) == ["asking", "ready"]
    sizes = [len(one) for one in ImportPart.objects.values_list("text", flat=True)]

    erasure.erase_subscriber(subscription.subscriber)

    left = everything().lower()
    assert left.count("me.myself@example.org") == left.count("a-me.myself@example.org") + left.count(others[2])
    assert [len(one) for one in ImportPart.objects.values_list("text", flat=True)] == sizes
    assert jobs.confirm_import(Import.objects.get(state="ready"))
    jobs.run_due_imports()
    assert sorted(Subscriber.objects.values_list("email", flat=True)) == sorted(others)


@pytest.mark.parametrize(
    ("address", "neighbor", "barred"),
    [
        ("k.im+news@gmail.com", "", ["kim@gmail.com", "ki.m+x@googlemail.com", "k.im+news@gmail.com"]),
        ("kim+news@example.org", "", ["kim@example.org", "kim+x@example.org", "kim+news@example.org"]),
        ("kim+news@example.org", "kim@example.org", ["kim+news@example.org"]),
    ],
)
def test_wish_at_erasing_holds_for_the_mailbox_unless_somebody_else_reads_under_its_name(
    address: str, neighbor: str, barred: list[str]
) -> None:
    publication = build.publication()
    readers = [
        build.subscription(publication, [], subscriber_=build.subscriber(one)) for one in (address, neighbor) if one
    ]

    erasure.erase_subscriber(readers[0].subscriber, never_again=True)

    tried = [*barred, "kam@gmail.com", neighbor or "kam@example.org"]
    assert [one for one in tried if suppression.is_permanently_suppressed(one)] == barred
    assert Suppression.objects.count() == 1


def test_no_hash_of_an_erased_address_stays_without_a_wish(subscription: Subscription) -> None:
    mailbox_limits.count_mail(ME)
    KeptAway.objects.create(hash=hash_address(ME))
    mailbox_limits.count_mail("other@example.org")

    erasure.erase_subscriber(subscription.subscriber)

    assert (Mailbox.objects.count(), KeptAway.objects.count(), Suppression.objects.count()) == (1, 0, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="a file of SQLite's")
def test_journal_of_sqlite_holds_nothing_of_who_was_erased(tmp_path: Path) -> None:
    environment = os.environ | {"VAR_DIR": str(tmp_path), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": ""}
    environment = {name: value for name, value in environment.items() if value}
    code = f"""
import pathlib
from newsletter.local_files import make_local_files; make_local_files()
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from newsletter.models import Subscriber
from newsletter.operations import erasure
reader = Subscriber.objects.create(email="{ME}")
files = [one for one in pathlib.Path("{tmp_path}").rglob("*") if one.is_file()]
print([one.name for one in files if b"{ME}" in one.read_bytes()])
erasure.erase_subscriber(reader)
print([one.name for one in files if b"{ME}" in one.read_bytes()])
"""
    environment["DJANGO_SETTINGS_MODULE"] = "newsletter.settings"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["['db.sqlite3-wal']", "[]"]
