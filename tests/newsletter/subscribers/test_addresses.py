"""Addresses: keyed hashes, mailboxes behind addresses, and look-ups by the index."""

import hashlib
import re
from pathlib import Path

import psycopg
import pytest
from django.test import override_settings

from newsletter.models import SignupRequest, Subscriber, Suppression, TransactionalMail
from newsletter.models.columns import HASH_HEX_DIGITS
from newsletter.subscribers import addresses
from newsletter.subscribers.addresses import hash_address, hash_address_with_all_keys


def test_an_address_has_one_hash_however_it_is_written() -> None:
    assert hash_address("Reader@Example.org") == hash_address(" reader@example.ORG ")
    assert hash_address("reader@example.org") != hash_address("reader2@example.org")
    assert len(hash_address("reader@example.org")) == HASH_HEX_DIGITS


def test_a_hash_depends_on_the_secret_key() -> None:
    with override_settings(SECRET_KEY="one"):
        first = hash_address("reader@example.org")
    with override_settings(SECRET_KEY="two"):
        assert hash_address("reader@example.org") != first
    assert first != hashlib.sha256(b"reader@example.org").hexdigest()


def test_hashes_of_earlier_keys_are_looked_for_too() -> None:
    with override_settings(SECRET_KEY="old"):
        old = hash_address("reader@example.org")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["older", "old"]):
        new = hash_address("reader@example.org")
        assert (
            hash_address_with_all_keys("reader@example.org")[0],
            hash_address_with_all_keys("reader@example.org")[2],
        ) == (new, old)


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        (" Kim.Lee@Example.ORG ", "kim.lee@example.org"),
        ("kim+news@example.org", "kim@example.org"),
        ("kim+a+b@example.org", "kim@example.org"),
        ("+kim@example.org", "+kim@example.org"),
        ("K.i.m.+x@gmail.com", "kim@gmail.com"),
        ("kim@googlemail.com", "kim@gmail.com"),
        ("k.im@naver.com", "k.im@naver.com"),
    ],
)
def test_mailbox_is_that_of_all_its_addresses(email: str, expected: str) -> None:
    assert addresses.get_base_mailbox(email) == expected


def test_no_address_is_compared_in_a_way_that_misses_the_index() -> None:
    root = Path(addresses.__file__).parents[1]
    found = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in root.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"email__i?(exact|startswith|contains)|__iexact|Upper\(", line)
    ]

    assert found == []


COLUMNS = {
    Subscriber: "email, language, link_key, time_zone, created_at",
    Suppression: "email, reason, detail, created_at",
    SignupRequest: "email, language, time_zone, at, attempts, reason, server_reply, categories, puzzle, network, by_reader, publication_id",
    TransactionalMail: "email, kind, language, at, attempts, reason, server_reply, network, key, subscription_id",
}
VALUES = {
    Subscriber: "'ko', '', '', now()",
    Suppression: "'bounce', '', now()",
    SignupRequest: "'ko', '', now(), 0, '', '', '[]', '', '', false, 1",
    TransactionalMail: "'welcome', 'ko', now(), 0, '', '', '', '', 1",
}


@pytest.mark.services
@pytest.mark.parametrize(
    ("model", "index"),
    [
        (Subscriber, "subscriber_one_per_address"),
        (Suppression, "suppression_one_per_address"),
        (SignupRequest, "signuprequest_address"),
        (TransactionalMail, "transactionalmail_address"),
    ],
)
@pytest.mark.parametrize("emails", [["Me@example.org"], ["a@example.org", "B@example.org"]])
def test_address_is_found_by_the_index(
    model: type[Subscriber | Suppression | SignupRequest | TransactionalMail],
    index: str,
    emails: list[str],
    postgres_url: str,
) -> None:
    statement, values = addresses.filter_by_addresses(model.objects.all(), emails).query.sql_with_params()  # type: ignore[type-var]
    table = model._meta.db_table
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "SET session_replication_role = replica"
        )  # the publication that a request names is not needed
        connection.execute(
            f"INSERT INTO {table} ({COLUMNS[model]}) "
            f"SELECT 'n' || n || '@example.org', {VALUES[model]} FROM generate_series(1, 20000) n"
        )
        connection.execute(f"ANALYZE {table}")
        plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {statement}", values).fetchall())

    assert (index in plan, "Seq Scan" in plan) == (True, False)
