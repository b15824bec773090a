"""Keyed hashes of addresses."""

import hashlib

from django.test import override_settings

from newsletter.addresses import HASH_LENGTH, address_hash, address_hashes


def test_an_address_has_one_hash_however_it_is_written() -> None:
    assert address_hash("Reader@Example.org") == address_hash(" reader@example.ORG ")
    assert address_hash("reader@example.org") != address_hash("reader2@example.org")
    assert len(address_hash("reader@example.org")) == HASH_LENGTH


def test_a_hash_depends_on_the_secret_key() -> None:
    with override_settings(SECRET_KEY="one"):
        first = address_hash("reader@example.org")
    with override_settings(SECRET_KEY="two"):
        assert address_hash("reader@example.org") != first
    assert first != hashlib.sha256(b"reader@example.org").hexdigest()


def test_hashes_of_earlier_keys_are_looked_for_too() -> None:
    with override_settings(SECRET_KEY="old"):
        old = address_hash("reader@example.org")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["older", "old"]):
        new = address_hash("reader@example.org")
        assert (address_hashes("reader@example.org")[0], address_hashes("reader@example.org")[2]) == (new, old)
