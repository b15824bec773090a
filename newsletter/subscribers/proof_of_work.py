"""Proof of work against automatic sign-ups: makes a challenge for a browser and verifies its answer.

The scheme is ALTCHA's, so its widgets work too: the browser finds the number that was put behind a salt before the two were
hashed. The challenge is signed and not stored; an answer is spent by the row of the sign-up that it comes with
(SignupRequest.puzzle is unique). Without JavaScript nobody can solve it; the page says so. Not here: when a challenge is
needed, and how hard it is (antispam).
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import time
from typing import Any

from django.conf import settings

CHALLENGE_LIFETIME_SECONDS = 1200  # enough to fill in a form; a page that was open for longer gets a new challenge
_MAX_ANSWER_CHARS = 2000  # far more than an answer has: nothing longer is decoded


def make_challenge(now: float | None = None, *, numbers: int | None = None) -> dict[str, Any] | None:
    """Return a new challenge, ready for JSON, or None where none is needed.

    `numbers` is how many numbers the browser may have to try, by default PROOF_OF_WORK; 0 means no challenge.
    """
    numbers = settings.PROOF_OF_WORK if numbers is None else numbers
    if not numbers:
        return None
    expires = int((time.time() if now is None else now) + CHALLENGE_LIFETIME_SECONDS)
    # The mark at the end keeps digits of the number from being taken for digits of the time, and the other way round.
    salt = f"{secrets.token_hex(12)}?expires={expires}&"
    digest = _hash_number(salt, secrets.randbelow(numbers + 1))
    return {
        "algorithm": "SHA-256",
        "challenge": digest,
        "salt": salt,
        "signature": _sign_challenge(digest),
        "maxnumber": numbers,
    }


def verify_answer(answer: str, now: float | None = None) -> str:
    """Return the key by which an answer is spent; an empty string where it is wrong, too late or to no challenge of ours."""
    given = _parse_answer(answer)
    if given is None or not hmac.compare_digest(_sign_challenge(given["challenge"]), given["signature"]):
        return ""
    if not hmac.compare_digest(_hash_number(given["salt"], given["number"]), given["challenge"]):
        return ""
    expires = re.fullmatch(r"[0-9a-f]{24}\?expires=([0-9]{1,12})&", given["salt"])
    if not expires or int(expires[1]) < (time.time() if now is None else now):
        return ""
    return hashlib.blake2b(given["challenge"].encode(), digest_size=24).hexdigest()


def _parse_answer(answer: str) -> dict[str, Any] | None:
    """Return the parts of an answer, each of the right type; None where one is missing or of another type."""
    if len(answer) > _MAX_ANSWER_CHARS or not answer.isascii():
        return None
    try:
        given = json.loads(base64.b64decode(answer, validate=True))
    except (binascii.Error, ValueError, RecursionError):  # the last by JSON that is nested very deeply
        return None
    kinds = {"challenge": str, "salt": str, "signature": str, "number": int}
    if not isinstance(given, dict) or any(type(given.get(name)) is not kind for name, kind in kinds.items()):
        return None
    return given if all(str(part).isascii() for part in given.values()) else None


def _hash_number(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()


def _sign_challenge(digest: str) -> str:
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), person=b"puzzle").digest()
    return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()
