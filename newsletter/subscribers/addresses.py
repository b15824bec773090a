"""An email address -> the form in which it is compared, the mailbox behind it, and a keyed hash where it may not be kept.

Without SECRET_KEY a hash leads back to no address, not even by trying all that are known. Hashes that an earlier key
made are found through SECRET_KEY_FALLBACKS; without that key they are found no more. `of_address` finds its rows.
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

_GMAIL = ("gmail.com", "googlemail.com")  # two names of the same mailboxes


def hash_address(email: str) -> str:
    """Return the keyed hash of an address, 64 hex digits; the same for every case in which it is written."""
    return _hash(settings.SECRET_KEY, email)


def hash_address_with_all_keys(email: str) -> list[str]:
    """Return the hashes by which an address is looked for: that of the present key, then one per earlier key."""
    return [_hash(key, email) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _hash(secret_key: str, email: str) -> str:
    # A key of its own, so that no other use of SECRET_KEY can be made to give out the hash of an address.
    key = hashlib.blake2b(secret_key.encode(), person=b"address hashes").digest()
    return hmac.new(key, email.strip().lower().encode(errors="replace"), hashlib.sha256).hexdigest()


def fold_address(email: str) -> str:
    """Return an address in the form in which two of them are compared: whatever its case, it is the same address."""
    return email.strip().lower()


def get_base_mailbox(email: str) -> str:
    """Return the address of the mailbox that an address leads to, folded.

    What stands behind a plus is the reader's own label, with most providers; Gmail overlooks dots too.
    """
    name, _at, host = fold_address(email).rpartition("@")
    name = name.partition("+")[0] or name
    if host in _GMAIL:
        name, host = name.replace(".", "") or name, "gmail.com"
    return f"{name}@{host}"


def filter_by_address(rows: QuerySet[_Row], email: str) -> QuerySet[_Row]:
    """Return the rows of an address whatever its case, by the index on the lower-cased column."""
    return filter_by_addresses(rows, [email])


def filter_by_addresses(rows: QuerySet[_Row], emails: Iterable[str]) -> QuerySet[_Row]:
    """Return the rows of some addresses, as `of_address` does of one."""
    return rows.alias(address=Lower("email")).filter(address__in=[fold_address(email) for email in emails])
