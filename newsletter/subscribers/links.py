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
from collections.abc import Callable
from typing import Literal

from django.conf import settings

LinkScope = Literal["manage", "leave", "confirm", "owner", "address", "undo", "never", "form"]

_ID_BYTES = 8  # bytes of the id: any row's
_MAC_BYTES = 16  # bytes of the signature; with the id 24, which base64 writes without padding
_TOKEN_PATTERN = re.compile("[A-Za-z0-9_-]{32}")  # `https://news.example.org/u/` and a token stay under 70 characters


def make_token(scope: LinkScope, row_id: int, secret: str) -> str:
    """Return the token that allows `scope` on one row to whoever holds it."""
    return _sign(_make_keyed_hash(settings.SECRET_KEY, scope), row_id, secret)


def get_link_maker() -> Callable[[int, str], tuple[str, str]]:
    """Return a function from a subscription's id and link key to its manage and leave address, quick for many readers."""
    site = settings.SITE_URL
    manage, leave = (_make_keyed_hash(settings.SECRET_KEY, scope) for scope in ("manage", "leave"))

    def of(subscription_id: int, link_key: str) -> tuple[str, str]:
        return (
            f"{site}/m/{_sign(manage, subscription_id, link_key)}/",
            f"{site}/u/{_sign(leave, subscription_id, link_key)}",
        )

    return of


def parse_row_id(token: str) -> int | None:
    """Return the id that a token claims; `allows` tells whether it may."""
    raw = _decode(token)
    # An id beyond a signed 64-bit number is no row's, and PostgreSQL would refuse to look for it.
    return int.from_bytes(raw[:_ID_BYTES], "big") if raw and raw[0] < 128 else None


def is_valid_token(scope: LinkScope, token: str, secret: str) -> bool:
    """Say whether a token is ours, for this scope, and made with this secret; in constant time."""
    raw = _decode(token)
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return bool(raw) and any(
        hmac.compare_digest(_mac(key, scope, raw[:_ID_BYTES], secret), raw[_ID_BYTES:]) for key in keys
    )


def make_manage_url(subscription_id: int, link_key: str) -> str:
    """Return the address of a reader's preferences page."""
    return get_link_maker()(subscription_id, link_key)[0]


def make_unsubscribe_url(subscription_id: int, link_key: str) -> str:
    """Return the address that ends a subscription: a page for people, at once for a mail program's POST."""
    return get_link_maker()(subscription_id, link_key)[1]


def _decode(token: str) -> bytes:
    """Return the bytes of a well-formed token, else nothing."""
    return base64.urlsafe_b64decode(token) if _TOKEN_PATTERN.fullmatch(token) else b""


def _sign(keyed: "hashlib.blake2b", row_id: int, secret: str) -> str:
    head = row_id.to_bytes(_ID_BYTES, "big")
    return base64.urlsafe_b64encode(head + _compute_digest(keyed, head, secret)).decode()


def _mac(key: str, scope: LinkScope, head: bytes, secret: str) -> bytes:
    return _compute_digest(_make_keyed_hash(key, scope), head, secret)


def _compute_digest(keyed: "hashlib.blake2b", head: bytes, secret: str) -> bytes:
    mac = keyed.copy()
    mac.update(head + secret.encode())
    return mac.digest()


@functools.cache
def _make_keyed_hash(secret_key: str, scope: LinkScope) -> "hashlib.blake2b":
    """Return a hash with a key of our own, so that no other use of SECRET_KEY shares it; whoever signs takes a copy."""
    key = hashlib.blake2b(secret_key.encode(), person=b"reader links").digest()
    return hashlib.blake2b(key=key, person=scope.encode(), digest_size=_MAC_BYTES)
