"""Proof of work: a challenge for a browser, and whether its answer is right, in time and not spent yet.

The scheme is ALTCHA's, so its widgets work too: find the number that was put behind a salt before it was hashed. The
challenge is signed and nothing of it is stored; an answer is spent by the row it brings (SignupRequest.puzzle). When one is asked
for, and how hard it is, the guard says. Who has no JavaScript can't solve it and is told so.
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

CHALLENGE_LIFETIME_SECONDS = 1200  # time to fill in a form; a page that lay open longer gets a new challenge
_MAX_ANSWER_CHARS = 2000  # letters of an answer


def make_challenge(now: float | None = None, *, numbers: int | None = None) -> dict[str, Any] | None:
    """Return a new challenge of so many numbers to try, as many as PROOF_OF_WORK says without them; None for 0."""
    numbers = settings.PROOF_OF_WORK if numbers is None else numbers
    if not numbers:
        return None
    expires = int((time.time() if now is None else now) + CHALLENGE_LIFETIME_SECONDS)
    # The mark at the end keeps digits of the number from being taken for digits of the time, and the other way round.
    salt = f"{secrets.token_hex(12)}?expires={expires}&"
    digest = _digest(salt, secrets.randbelow(numbers + 1))
    return {
        "algorithm": "SHA-256",
        "challenge": digest,
        "salt": salt,
        "signature": _sign(digest),
        "maxnumber": numbers,
    }


def verify_answer(answer: str, now: float | None = None) -> str:
    """Return what an answer is spent by, or nothing where it is wrong, too old or not to a challenge of ours."""
    given = _parse_answer(answer)
    if given is None or not hmac.compare_digest(_sign(given["challenge"]), given["signature"]):
        return ""
    if not hmac.compare_digest(_digest(given["salt"], given["number"]), given["challenge"]):
        return ""
    expires = re.fullmatch(r"[0-9a-f]{24}\?expires=([0-9]{1,12})&", given["salt"])
    if not expires or int(expires[1]) < (time.time() if now is None else now):
        return ""
    return hashlib.blake2b(given["challenge"].encode(), digest_size=24).hexdigest()


def _parse_answer(answer: str) -> dict[str, Any] | None:
    """Return the parts of an answer, each of the type it has to be."""
    if len(answer) > _MAX_ANSWER_CHARS or not answer.isascii():
        return None
    try:
        given = json.loads(base64.b64decode(answer, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    kinds = {"challenge": str, "salt": str, "signature": str, "number": int}
    if not isinstance(given, dict) or any(type(given.get(name)) is not kind for name, kind in kinds.items()):
        return None
    return given if all(str(part).isascii() for part in given.values()) else None


def _digest(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()


def _sign(digest: str) -> str:
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), person=b"puzzle").digest()
    return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()
