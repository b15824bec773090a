"""The id of a row and a reader's secret -> a short signed link, one salt and one scope each; and back.

A token is the id and a keyed BLAKE2b of scope, id and secret: nothing is stored, and a reader's new `link_key` revokes
all links sent before. Pure but for the settings, because one is made per reader while a mailing is sent. Not here:
whether the row still allows what the link is for (signup).
"""

import base64
import functools
import hashlib
import hmac
import re
from typing import Literal

from django.conf import settings

Scope = Literal["manage", "leave", "confirm", "owner", "address", "form"]

_ID = 8  # bytes of the id: any row's
_MAC = 16  # bytes of the signature; with the id 24, which base64 writes without padding
_FORM = re.compile("[A-Za-z0-9_-]{32}")  # `https://news.example.org/u/` and a token stay under 70 characters


def make(scope: Scope, row_id: int, secret: str) -> str:
    """Return the token that allows `scope` on one row to whoever holds it."""
    head = row_id.to_bytes(_ID, "big")
    return base64.urlsafe_b64encode(head + _mac(settings.SECRET_KEY, scope, head, secret)).decode()


def row_id(token: str) -> int | None:
    """Return the id that a token claims; `allows` tells whether it may."""
    raw = _decode(token)
    # An id beyond a signed 64-bit number is no row's, and PostgreSQL would refuse to look for it.
    return int.from_bytes(raw[:_ID], "big") if raw and raw[0] < 128 else None


def allows(scope: Scope, token: str, secret: str) -> bool:
    """Say whether a token is ours, for this scope, and made with this secret; in constant time."""
    raw = _decode(token)
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return bool(raw) and any(hmac.compare_digest(_mac(key, scope, raw[:_ID], secret), raw[_ID:]) for key in keys)


def manage_url(subscription_id: int, link_key: str) -> str:
    """Return the address of a reader's preferences page."""
    return f"{settings.SITE_URL}/m/{make('manage', subscription_id, link_key)}/"


def leave_url(subscription_id: int, link_key: str) -> str:
    """Return the address that ends a subscription: a page for people, at once for a mail program's POST."""
    return f"{settings.SITE_URL}/u/{make('leave', subscription_id, link_key)}"


def _decode(token: str) -> bytes:
    """Return the bytes of a well-formed token, else nothing."""
    return base64.urlsafe_b64decode(token) if _FORM.fullmatch(token) else b""


def _mac(key: str, scope: Scope, head: bytes, secret: str) -> bytes:
    keyed = hashlib.blake2b(key=_key(key), person=scope.encode(), digest_size=_MAC)
    keyed.update(head + secret.encode())
    return keyed.digest()


@functools.cache
def _key(secret_key: str) -> bytes:
    """Return a key of our own of the length that BLAKE2b takes, so that no other use of SECRET_KEY shares it."""
    return hashlib.blake2b(secret_key.encode(), person=b"reader links").digest()
