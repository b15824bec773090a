"""Signs and verifies the links of readers: a token holds the id of a row, and is valid for one scope and one secret.

A token is the id and a keyed BLAKE2b of scope, id and secret: nothing is stored, and a new `link_key` of a reader revokes
all links sent before. No query and no file, only settings are read, because two tokens per reader are made while a mailing
is sent. Not here: whether the row still allows what the link is for (consent, account, opt_out).
"""

import base64
import functools
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Literal

from django.conf import settings

LinkScope = Literal["manage", "leave", "confirm", "owner", "address", "undo", "never", "form", "again"]

_ID_BYTES = 8  # the width of a primary key of 64 bits
_MAC_BYTES = 16  # bytes of the signature; with the id 24, which base64 writes without padding
_TOKEN_PATTERN = re.compile("[A-Za-z0-9_-]{32}")  # `https://news.example.org/u/` and a token stay under 70 characters


def make_token(scope: LinkScope, row_id: int, secret: str) -> str:
    """Return the token that allows its holder `scope` on one row."""
    return _sign_row_id(_make_keyed_hash(settings.SECRET_KEY, scope), row_id, secret)


def get_link_maker() -> Callable[[int, str], tuple[str, str]]:
    """Return a function that makes the manage and the leave URL from a subscription's id and the reader's link key.

    The keyed hashes are prepared once here, so that each reader costs two copies of them.
    """
    site = settings.SITE_URL
    manage, leave = (_make_keyed_hash(settings.SECRET_KEY, scope) for scope in ("manage", "leave"))

    def make_urls(subscription_id: int, link_key: str) -> tuple[str, str]:
        return (
            f"{site}/m/{_sign_row_id(manage, subscription_id, link_key)}/",
            f"{site}/u/{_sign_row_id(leave, subscription_id, link_key)}",
        )

    return make_urls


def parse_row_id(token: str) -> int | None:
    """Return the row id that a token claims, None where it is no token; `is_valid_token` says whether the claim is true."""
    raw = _decode_token(token)
    # No row has an id beyond a signed 64-bit number, and PostgreSQL would raise an error for it.
    return int.from_bytes(raw[:_ID_BYTES], "big") if raw and raw[0] < 128 else None


def is_valid_token(scope: LinkScope, token: str, secret: str) -> bool:
    """Say whether a token was signed by us for this scope and secret, by a present or an earlier key; in constant time."""
    raw = _decode_token(token)
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return bool(raw) and any(
        hmac.compare_digest(_compute_signature(key, scope, raw[:_ID_BYTES], secret), raw[_ID_BYTES:]) for key in keys
    )


def make_manage_url(subscription_id: int, link_key: str) -> str:
    """Return the URL of a reader's preferences page."""
    return get_link_maker()(subscription_id, link_key)[0]


def make_unsubscribe_url(subscription_id: int, link_key: str) -> str:
    """Return the URL that ends a subscription: a page for people, and at once for a mail program's POST (RFC 8058)."""
    return get_link_maker()(subscription_id, link_key)[1]


def _decode_token(token: str) -> bytes:
    """Return the bytes of a well-formed token, else nothing."""
    return base64.urlsafe_b64decode(token) if _TOKEN_PATTERN.fullmatch(token) else b""


def _sign_row_id(keyed: "hashlib.blake2b", row_id: int, secret: str) -> str:
    head = row_id.to_bytes(_ID_BYTES, "big")
    return base64.urlsafe_b64encode(head + _compute_digest(keyed, head, secret)).decode()


def _compute_signature(key: str, scope: LinkScope, head: bytes, secret: str) -> bytes:
    return _compute_digest(_make_keyed_hash(key, scope), head, secret)


def _compute_digest(keyed: "hashlib.blake2b", head: bytes, secret: str) -> bytes:
    mac = keyed.copy()
    mac.update(head + secret.encode())
    return mac.digest()


@functools.cache
def _make_keyed_hash(secret_key: str, scope: LinkScope) -> "hashlib.blake2b":
    """Return a hash with a key for this purpose alone, so that no other use of SECRET_KEY shares it; signing copies it."""
    key = hashlib.blake2b(secret_key.encode(), person=b"reader links").digest()
    return hashlib.blake2b(key=key, person=scope.encode(), digest_size=_MAC_BYTES)
