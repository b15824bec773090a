"""Makes and reads the addresses by which a reader leaves by mail: one per subscription, signed, so that nobody guesses it.

The address stands in List-Unsubscribe beside the one-click link, where UNSUBSCRIBE_MAILTO names a mailbox. Like the
link it ends with the reader's `link_key`. Written in small letters and digits, which no server changes. Pure but for the
settings, because one is made per reader while a mailing is sent. Not here: reading that mailbox (bounces).
"""

import hashlib
import hmac
import re
from collections.abc import Callable

from django.conf import settings

_FORM = re.compile(r"(.+)\+([0-9]{1,18})-([0-9a-f]{16})@(.+)", re.IGNORECASE)


def get_unsubscribe_address_maker() -> Callable[[int, str], str]:
    """Return a function from a subscription's id and link key to its address, quick for many; '' where there is none."""
    local, _at, domain = _mailbox()
    key = settings.SECRET_KEY
    if not local:
        return lambda _subscription_id, _link_key: ""
    return lambda pk, link_key: f"{local}+{pk}-{_sign(key, pk, link_key)}@{domain}"


def parse_unsubscribe_address(address: str) -> tuple[int, str] | None:
    """Return the subscription and the signature that an address claims; `is_signed` tells whether it is ours."""
    local, _at, domain = _mailbox()
    found = _FORM.fullmatch(address.strip()[:320])
    if not found or not local or (found[1].lower(), found[4].lower()) != (local.lower(), domain.lower()):
        return None
    return int(found[2]), found[3].lower()


def is_valid_signature(subscription_id: int, link_key: str, signature: str) -> bool:
    """Say whether a signature is ours, made with this reader's link key; in constant time."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(_sign(key, subscription_id, link_key), signature) for key in keys)


def _mailbox() -> tuple[str, str, str]:
    """Return the mailbox of the settings in its parts; what may stand behind it in a mailto link is not part of it."""
    return settings.UNSUBSCRIBE_MAILTO.partition("?")[0].strip().rpartition("@")


def _sign(key: str, subscription_id: int, link_key: str) -> str:
    secret = hashlib.blake2b(key.encode()).digest()
    said = f"{subscription_id}.{link_key}".encode()
    return hashlib.blake2b(said, key=secret, person=b"leave by mail", digest_size=8).hexdigest()
