"""Makes and verifies the mail address by which a reader unsubscribes: one per subscription, signed so that nobody can guess it.

The address stands in List-Unsubscribe beside the one-click link, where UNSUBSCRIBE_MAILTO names a mailbox. Like the
link it becomes invalid with a new `link_key` of the reader. No query and no file, only settings are read, because one is made
per reader while a mailing is sent. Not here: reading that mailbox (feedback/bounce_mailbox).
"""

import hashlib
import hmac
import re
from collections.abc import Callable

from django.conf import settings

# Small letters and digits alone, because servers on the way may change the case of an address.
_ADDRESS_PATTERN = re.compile(r"(.+)\+([0-9]{1,18})-([0-9a-f]{16})@(.+)", re.IGNORECASE)


def get_unsubscribe_address_maker() -> Callable[[int, str], str]:
    """Return a function that makes the address from a subscription's id and the reader's link key.

    It returns an empty string where UNSUBSCRIBE_MAILTO names no mailbox. The settings are read once, for many readers.
    """
    local, _at, domain = _split_mailbox_setting()
    key = settings.SECRET_KEY
    if not local:
        return lambda _subscription_id, _link_key: ""
    return lambda pk, link_key: f"{local}+{pk}-{_sign_subscription(key, pk, link_key)}@{domain}"


def parse_unsubscribe_address(address: str) -> tuple[int, str] | None:
    """Return the id and the signature that an address claims, None where it is of another form or mailbox.

    `is_valid_signature` says whether the claim is true.
    """
    local, _at, domain = _split_mailbox_setting()
    # Cut at the length of the longest address: 64 letters, an @ and 255 more.
    found = _ADDRESS_PATTERN.fullmatch(address.strip()[:320])
    if not found or not local or (found[1].lower(), found[4].lower()) != (local.lower(), domain.lower()):
        return None
    return int(found[2]), found[3].lower()


def is_valid_signature(subscription_id: int, link_key: str, signature: str) -> bool:
    """Say whether we made a signature with this link key, by a present or an earlier key; in constant time."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(_sign_subscription(key, subscription_id, link_key), signature) for key in keys)


def _split_mailbox_setting() -> tuple[str, str, str]:
    """Return name, @ and host of UNSUBSCRIBE_MAILTO, without the fields that a mailto link may have after a "?"."""
    return settings.UNSUBSCRIBE_MAILTO.partition("?")[0].strip().rpartition("@")


def _sign_subscription(key: str, subscription_id: int, link_key: str) -> str:
    secret = hashlib.blake2b(key.encode()).digest()
    claim = f"{subscription_id}.{link_key}".encode()
    return hashlib.blake2b(claim, key=secret, person=b"leave by mail", digest_size=8).hexdigest()
