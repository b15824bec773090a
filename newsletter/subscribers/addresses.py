"""Compares email addresses: gives their folded form, the mailbox behind them, a keyed hash, and the rows of an address.

A keyed hash stands where the address itself may not be kept. Without SECRET_KEY it leads back to no address, not even by
trying all known ones. Hashes made with an earlier key are found as long as that key is in SECRET_KEY_FALLBACKS. Not here:
whether mail can reach an address (mail_hosts), and whether it may be written to (suppression).
"""

import hashlib
import hmac
from collections.abc import Iterable
from typing import TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Lower

from newsletter.models import SignupRequest, Subscriber, Suppression, TransactionalMail

_Row = TypeVar("_Row", Subscriber, Suppression, SignupRequest, TransactionalMail)

_GMAIL_HOSTS = ("gmail.com", "googlemail.com")  # two names of the same mailboxes


def hash_address(email: str) -> str:
    """Return the keyed hash of an address, 64 hex digits; the same for every case in which it is written."""
    return _hash_with_key(settings.SECRET_KEY, email)


def hash_address_with_all_keys(email: str) -> list[str]:
    """Return the hashes by which an address is looked for: that of the present key, then one per earlier key."""
    return [_hash_with_key(key, email) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _hash_with_key(secret_key: str, email: str) -> str:
    # A key for this purpose alone: no other use of SECRET_KEY can be made to give out the hash of an address.
    key = hashlib.blake2b(secret_key.encode(), person=b"address hashes").digest()
    return hmac.new(key, email.strip().lower().encode(errors="replace"), hashlib.sha256).hexdigest()


def fold_address(email: str) -> str:
    """Return an address in the form in which addresses are compared: without spaces around it, in lower case."""
    return email.strip().lower()


def get_base_mailbox(email: str) -> str:
    """Return the folded address of the mailbox that an address leads to.

    With most providers, what follows a plus is the reader's own label; Gmail ignores dots too.
    """
    name, _at, host = fold_address(email).rpartition("@")
    name = name.partition("+")[0] or name
    if host in _GMAIL_HOSTS:
        name, host = name.replace(".", "") or name, "gmail.com"
    return f"{name}@{host}"


def filter_by_address(rows: QuerySet[_Row], email: str) -> QuerySet[_Row]:
    """Filter rows by an address in any case of letters; PostgreSQL finds them by the index on LOWER(email)."""
    return filter_by_addresses(rows, [email])


def filter_by_addresses(rows: QuerySet[_Row], emails: Iterable[str]) -> QuerySet[_Row]:
    """Filter rows by some addresses, as `filter_by_address` does by one."""
    return rows.alias(address=Lower("email")).filter(address__in=[fold_address(email) for email in emails])
