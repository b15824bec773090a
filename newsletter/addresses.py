"""An email address -> a keyed hash of it: what is kept of an address that may not be kept itself.

Without SECRET_KEY a hash leads back to no address, not even by trying all that are known. Hashes that an earlier key
made are found through SECRET_KEY_FALLBACKS; without that key they are found no more. Pure but for the settings.
"""

import hashlib
import hmac

from django.conf import settings

HASH_LENGTH = 64  # hex digits of a SHA-256, for columns that keep one


def address_hash(email: str) -> str:
    """Return the keyed hash of an address, 64 hex digits; the same for every case in which it is written."""
    return _hash(settings.SECRET_KEY, email)


def address_hashes(email: str) -> list[str]:
    """Return the hashes by which an address is looked for: that of the present key, then one per earlier key."""
    return [_hash(key, email) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _hash(secret_key: str, email: str) -> str:
    # A key of its own, so that no other use of SECRET_KEY can be made to give out the hash of an address.
    key = hashlib.blake2b(secret_key.encode(), person=b"address hashes").digest()
    return hmac.new(key, email.strip().lower().encode(errors="replace"), hashlib.sha256).hexdigest()
